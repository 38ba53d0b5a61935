"""What the code fetches from the network, by the names in commands and calls. Nothing is fetched here.

In the grader's sandbox none of it arrives: an error that follows from it has the network as its cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from autograder.guidelines import shell
from autograder.guidelines.facts import Facts
from autograder.guidelines.meaning import UNKNOWN
from autograder.guidelines.places import Where

_FETCHERS: Final = frozenset(
    {"wget", "curl", "gdown", "kaggle", "huggingface-cli", "aria2c", "git", "dvc", "aws", "gsutil", "spacy"}
)
_UNPACKERS: Final = frozenset({"unzip", "tar", "gunzip", "7z", "unrar"})
_CALLS: Final = frozenset(
    {
        "download", "urlretrieve", "get_file", "snapshot_download", "hf_hub_download", "cached_download",
        "urlopen", "dataset_download", "download_file", "download_folder", "download_url",
        "model_download", "clone_from",
    }
)  # fmt: skip
_OTHER_NAMES: Final = {
    "bs4": "beautifulsoup4", "imblearn": "imbalanced-learn", "cv2": "opencv-python", "PIL": "pillow",
    "yaml": "pyyaml", "sklearn": "scikit-learn", "skimage": "scikit-image", "dotenv": "python-dotenv",
    "fitz": "pymupdf", "Crypto": "pycryptodome",
}  # fmt: skip
_SAME: Final = 3
_MOST_BYTES: Final = 20_000


def installs(facts: Facts, module: str, cell: int, file: str, files: Mapping[str, bytes]) -> bool:
    """Whether a cell up to this one installs the package that brings a module, as far as names tell."""
    root = module.partition(".")[0]
    wanted = {_plain(root), _plain(_OTHER_NAMES.get(root, root))}
    for command in facts.commands:
        if not _before(command.where, cell, file):
            continue
        names = shell.installed(command.program, command.words)
        pip = command.program.startswith("pip") and "install" in command.words
        if pip and any(UNKNOWN in word for word in command.words):
            return True  # any package, as in a loop over names
        if "install" in command.words and "-r" in command.words[:-1]:
            names += _required(command.words[command.words.index("-r") + 1], files)
        for name in names:
            plain = _plain(name)
            if plain in wanted or any(_is_like(plain, each) for each in wanted):
                return True
    return False


def brings_modules(facts: Facts, cell: int, file: str) -> bool:
    """Whether cells up to this one fetch a folder, and modules are looked for in it."""
    names = set(fetched(facts, cell, file))
    asked = [text.value.text for text in facts.texts if text.context.name.startswith("sys.path")]
    asked += [word for command in facts.commands if command.program == "cd" for word in command.words]
    return any(part in names for text in asked for part in text.split("/") if part)


def _required(name: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the packages that a list of requirements in the archive names."""
    content = next((data for path, data in files.items() if path.endswith(name.removeprefix("./"))), b"")
    lines = content[:_MOST_BYTES].decode("utf-8", "replace").splitlines()
    return shell.installed("pip", ("install", *(line.split()[0] for line in lines if line.strip())))


def _is_like(one: str, other: str) -> bool:
    """Whether one name goes on where the other ends, as `umap` and `umap-learn`."""
    short, long = sorted((one, other), key=len)
    return len(short) > _SAME and long.startswith(short)


def fetched(facts: Facts, cell: int, file: str) -> Iterator[str]:
    """Give the names of what cells up to this one fetch: files, folders, packages of data."""
    for command in facts.commands:
        if command.program in _FETCHERS and _before(command.where, cell, file):
            for word in command.words:
                if "." in word or "/" in word or command.program == "spacy":
                    yield from _names(word)
    for call in facts.calls:
        if call.method in _CALLS and _before(call.where, cell, file):
            for meaning in (*call.arguments, *call.keywords.values()):
                for known in facts.texts_of(meaning):
                    yield from _names(known.text)


def unpacks(facts: Facts, cell: int, file: str) -> bool:
    """Whether cells up to this one fetch an archive and unpack it: what is in it cannot be known."""
    programs = {command.program for command in facts.commands if _before(command.where, cell, file)}
    return bool(programs & {"kaggle", "gdown"}) or bool(programs & _FETCHERS and programs & _UNPACKERS)


def _before(where: Where, cell: int, file: str) -> bool:
    return where.unit.file != file or where.unit.cell <= cell


def _names(word: str) -> Iterator[str]:
    """Give what a word of a command may leave behind: the file of an address, without its ending too."""
    last = word.rstrip("/").rpartition("/")[2].partition("?")[0]
    stem = last.removesuffix(".git").removesuffix(".zip").removesuffix(".gz").removesuffix(".tar")
    for name in (last, stem):
        if len(name) > _SAME and UNKNOWN not in name and not name.startswith("-"):
            yield name


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
