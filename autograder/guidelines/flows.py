"""Marks that show where a value came from: each call that loads something marks what it gives.

A mark is a token like any other, so it flows wherever the value may flow: through functions, tuples and
attributes, and into objects whose methods are called with it. It may flow there; nothing says that it does.
"""

from __future__ import annotations

from typing import Final

from autograder.guidelines.facts import Call
from autograder.guidelines.meaning import only_text

_LOADERS: Final = frozenset(
    {
        "load", "load_model", "load_weights", "load_dataset", "load_data", "load_from_disk",
        "load_checkpoint", "restore_or_initialize", "from_pretrained_keras",
        "File", "load_file", "restore", "from_pretrained", "open", "urlopen",
        "urlretrieve", "get_file", "loadtxt",
        "genfromtxt", "read_text", "read_bytes", "TFSMLayer", "TextLineDataset", "make_csv_dataset",
        "CsvDataset", "hf_hub_download", "from_csv", "from_json", "from_text", "from_parquet",
        "text_dataset_from_directory", "predict", "pipeline", "polarity_scores", "dataset_download",
        "snapshot_download", "connect",
    }
)  # fmt: skip
_PREFIXES: Final = ("read_", "fetch_")
MARK: Final = "<call "


def mark(number: int) -> str:
    """Return the mark of a call by its place in `Facts.calls`."""
    return f"{MARK}{number}>"


def marks_of(call: Call, number: int, *, own: bool = False) -> frozenset[str]:
    """Return the mark that a call puts on what it gives, if it loads something.

    An own function that is told by a text what to give is marked too.
    """
    if own and any(only_text(meaning) for meaning in (*call.arguments, *call.keywords.values())):
        return frozenset((mark(number),))
    loads = (
        call.method in _LOADERS
        or call.method.startswith(_PREFIXES)
        or call.target == "requests.get"
        or call.target.startswith(("nltk.corpus.movie_reviews", "nltk.corpus.twitter_samples"))
    )
    return frozenset((mark(number),)) if loads else frozenset()
