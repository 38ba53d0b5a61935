"""The rule about relative paths. It reads texts and commands; whether a file exists is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.guidelines.facts import Command, Context, ContextKind, Setting, Text
from autograder.guidelines.meaning import UNKNOWN
from autograder.guidelines.path_shapes import is_absolute
from autograder.guidelines.places import Where
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

# Names to look for in a student's source text. Nothing here is called or imported.
_PATH_CALLS: Final = frozenset(
    {
        "open", "io.open", "codecs.open", "glob.glob", "glob.iglob", "numpy.load", "numpy.save",
        "numpy.savez", "numpy.savez_compressed", "numpy.loadtxt", "numpy.savetxt", "numpy.genfromtxt",
        "joblib.load", "joblib.dump", "zipfile.ZipFile", "tarfile.open", "datasets.load_from_disk",
        "sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir",
        "importlib.util.spec_from_file_location", "runpy.run_path", "sqlite3.connect", "h5py.File",
        "PIL.Image.open", "cv2.imread", "cv2.imwrite", "pathlib.Path", "tensorflow.data.TextLineDataset",
        "tensorflow.data.TFRecordDataset", "tensorflow.summary.create_file_writer",
    }
)  # fmt: skip
_PATH_PREFIXES: Final = (
    "os.path.", "os.chdir", "os.listdir", "os.makedirs", "os.mkdir", "os.walk", "os.scandir", "os.remove",
    "os.rename", "os.stat", "shutil.", "pathlib.", "pandas.read_", "polars.read_", "tensorflow.io.gfile.",
)  # fmt: skip
_PATH_METHODS: Final = frozenset(
    {
        ".load_weights", ".save_weights", ".save", ".save_pretrained", ".from_pretrained", ".to_csv",
        ".to_pickle", ".to_json", ".to_excel", ".to_parquet", ".savefig", ".save_to_disk", ".load_from_disk",
        ".load_model", ".extractall", ".joinpath", ".mount", ".export",
    }
)  # fmt: skip
_PATH_ENDS: Final = (
    "load_model",
    "save_model",
    "from_pretrained",
    "image_dataset_from_directory",
    "savefig",
    "mount",
)
_PATH_WORDS: Final = frozenset(
    {
        "path", "paths", "dir", "dirs", "directory", "folder", "folders", "file", "files", "filename",
        "filepath", "fname", "root", "basedir", "logdir", "outdir", "datadir", "cwd", "base", "location",
        "drive", "home",
    }
)  # fmt: skip
_PROSE_CALLS: Final = (
    "print", "display", "logging.", "warnings.", "re.", "IPython.display.", "requests.", "urllib.", "httpx.",
    "matplotlib.pyplot.title", "matplotlib.pyplot.xlabel", "matplotlib.pyplot.ylabel",
    "matplotlib.pyplot.text", "tensorflow.device", "input", "len", "hash", "ValueError", "FileNotFoundError",
    "RuntimeError", "Exception",
)  # fmt: skip
_PROSE_METHODS: Final = frozenset(
    {
        ".startswith", ".endswith", ".split", ".rsplit", ".replace", ".find", ".index", ".count", ".strip",
        ".lstrip", ".rstrip", ".partition", ".rpartition", ".removeprefix", ".removesuffix", ".contains",
        ".extract", ".match", ".fullmatch", ".search", ".sub", ".info", ".debug", ".warning", ".error",
        ".set_title", ".set_xlabel", ".set_ylabel", ".text", ".get", ".post", ".route", ".print", ".write",
    }
)  # fmt: skip
_QUESTIONS: Final = ("is_", "isabs", "has_", "assert", "test_", "check_")
_ASKED_FOR: Final = frozenset({"os.path.exists", "os.path.isdir", "os.path.isfile"})
_COLAB_FOLDERS: Final = ("/content", "/kaggle")
_WEB_WORDS: Final = frozenset(
    {"url", "urls", "route", "routes", "endpoint", "href", "link", "links", "regex"}
)
_PROSE_PARTS: Final = frozenset({"help", "description", "title", "label", "sep", "pattern", "url"})
_FILE_PROGRAMS: Final = frozenset(
    {
        "cd", "ls", "ll", "cp", "mv", "rm", "mkdir", "rmdir", "cat", "head", "tail", "touch", "unzip", "zip",
        "tar", "find", "du", "wget", "curl", "git", "python", "python3", "bash", "sh", "chmod", "ln", "run",
        "load", "loadpy", "writefile", "pip", "gunzip", "rsync", "jupyter", "kaggle", "gdown", "less", "wc",
        "copy", "dir", "type", "move", "tree", "source", "pushd", "test",
    }
)  # fmt: skip


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look at every text and command that may be a path."""
    facts = evidence.reading.facts
    seen: set[tuple[int, int]] = set()
    for text in facts.texts:
        origin = text.value.where
        outside = not facts.on_colab_only(origin) and not facts.on_colab_only(text.where)
        if outside and not origin.exempt and not text.where.exempt and _breaks(text):
            yield from _hit(origin, seen)
    for command in facts.commands:
        where = command.where
        if not where.exempt and not facts.on_colab_only(where) and _command_breaks(command):
            yield from _hit(where, seen)
    for setting in facts.settings:
        if not setting.where.exempt and not facts.on_colab_only(setting.where) and _setting_breaks(setting):
            yield from _hit(setting.where, seen)


def _hit(where: Where, seen: set[tuple[int, int]]) -> Iterator[Hit]:
    key = (id(where.unit), where.line)
    if key in seen:
        return
    seen.add(key)
    yield Hit(
        place=where.place(),
        message="A path leads to a place that exists on your machine or account only.",
        instead=(
            'Use a path relative to the notebook, such as "data/x.csv". Put code for Colab under `if '
            "IN_COLAB:`."
        ),
        firmness=Firmness.FIRM,
        severity=Severity.ERROR,
    )


def _breaks(text: Text) -> bool:
    context = text.context
    if context.kind in (ContextKind.PROSE, ContextKind.TESTED, ContextKind.KEY) or _is_prose(context):
        return False
    if _WEB_WORDS & set(context.name.lower().split("_")) and text.value.text.startswith("/"):
        return False
    if context.name in _ASKED_FOR and text.value.text.startswith(_COLAB_FOLDERS):
        return False  # to ask for Colab's folder is a guard
    expected = text.value.is_path or _expects_path(context)
    return is_absolute(text.value.text, expected=expected)


def _is_prose(context: Context) -> bool:
    if context.kind is not ContextKind.ARGUMENT:
        return False
    name = context.name
    if context.part in _PROSE_PARTS or name in _PROSE_METHODS:
        return True
    if _names_path(context.part):
        return False
    if name.rpartition(".")[2].startswith(_QUESTIONS):
        return True
    return any(name == each or (each.endswith(".") and name.startswith(each)) for each in _PROSE_CALLS)


def _expects_path(context: Context) -> bool:
    if context.kind is ContextKind.ARGUMENT:
        name = context.name
        return (
            name in _PATH_CALLS
            or name in _PATH_METHODS
            or name.startswith(_PATH_PREFIXES)
            or name.rpartition(".")[2] in _PATH_ENDS
            or _names_path(context.part)
        )
    return context.kind is ContextKind.ASSIGNED and _names_path(context.name)


def _names_path(name: str) -> bool:
    return bool(_PATH_WORDS & set(name.lower().split("_")))


def _command_breaks(command: Command) -> bool:
    expected = command.program in _FILE_PROGRAMS
    if command.program in ("echo", "printf", "sed", "awk", "grep"):
        return False
    for word in command.words:
        value = word.partition("=")[2] or word
        if "://" in value and not value.startswith("file://"):
            continue
        if is_absolute(value.strip("\"'"), expected=expected) and not value.startswith(UNKNOWN):
            return True
    return False


def _setting_breaks(setting: Setting) -> bool:
    expected = bool({"home", "dir", "path", "cache", "root"} & set(setting.variable.lower().split("_")))
    parts = (setting.value, *setting.value.split(":"))
    return any(is_absolute(part, expected=expected and part != "~") for part in parts)


RULE: Final = Rule(
    id=RuleId("paths"),
    title="Relative paths",
    statement="Files, folders and modules are referenced by relative paths only.",
    firmness=Firmness.FIRM,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX,),
    looks_for=(
        (
            "home folders and drives of one machine: `/home/...`, `/Users/...`, `C:\\...`, "
            "`R:/...`, `~/...`, `file://...`"
        ),
        "folders of a hosted account: `/content/...`, `/content/drive/...`, `/kaggle/...`",
        (
            "any other absolute path where a path is expected: `open`, `pandas.read_csv`, `pathlib.Path`, "
            "`sys.path`, "
            "`%cd`, shell commands, variables named like a path"
        ),
        "paths put together from constants, f-strings, `os.path.join` and `pathlib`",
    ),
    leaves_alone=(
        (
            "code that runs on Colab only: under `if IN_COLAB:`, a test for `google.colab` or for Colab's "
            "folders, or in "
            "a `try` that imports `google.colab`"
        ),
        "system folders such as `/tmp`, `/dev` and `/usr`",
        (
            "texts that are no paths: dates, formulas, web addresses, `/` alone, TensorFlow devices such as "
            "`/GPU:0`, and "
            "whatever is printed, compared or searched for"
        ),
        "cells unchanged from the release",
    ),
    cannot_see=(
        "paths computed at run time or read from a file",
        "whether a relative path leads to a file that was handed in: the run shows that",
    ),
    example_bad='df = pd.read_csv("/home/jane/hw/data.csv")',
    example_good='df = pd.read_csv("data/data.csv")',
    check=check,
)
