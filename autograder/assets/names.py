"""How assets are called: on the hub, by their older short names, and as folders of the libraries' caches."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograder.errors import UsageError

MODEL_ALIASES: Mapping[str, str] = {
    "albert-base-v2": "albert/albert-base-v2",
    "bert-base-cased": "google-bert/bert-base-cased",
    "bert-base-uncased": "google-bert/bert-base-uncased",
    "distilbert-base-cased": "distilbert/distilbert-base-cased",
    "distilbert-base-uncased": "distilbert/distilbert-base-uncased",
    "distilroberta-base": "distilbert/distilroberta-base",
    "gpt2": "openai-community/gpt2",
    "roberta-base": "FacebookAI/roberta-base",
    "t5-small": "google-t5/t5-small",
}
"""Short names that the hub forwards to a name with an owner. Both are registered when one is added."""
DATASET_ALIASES: Mapping[str, str] = {
    "ag_news": "fancyzhx/ag_news",
    "financial_phrasebank": "takala/financial_phrasebank",
    "glue": "nyu-mll/glue",
    "imdb": "stanfordnlp/imdb",
    "rotten_tomatoes": "cornell-movie-review-data/rotten_tomatoes",
    "sst2": "stanfordnlp/sst2",
}

_HUB_NAME = re.compile(r"(?:[A-Za-z0-9][\w.\-]*/)?[A-Za-z0-9][\w.\-]*", re.ASCII)

_PART = re.compile(r"[A-Za-z0-9][\w.\-]*", re.ASCII)


def is_hub_name(name: str) -> bool:
    """Whether the text is `name` or `owner/name` as the hub allows it."""
    return bool(_HUB_NAME.fullmatch(name)) and "--" not in name and ".." not in name and len(name) <= 96


def check_hub_name(name: str) -> str:
    """The name itself. Raises UsageError unless it is `name` or `owner/name` as the hub allows it."""
    if not is_hub_name(name):
        raise UsageError(f"{name!r} is no hub name", hint="A hub name looks like `name` or `owner/name`.")
    return name


def check_part(name: str) -> str:
    """The name of a configuration or a split. Raises UsageError when it could not be a folder's name."""
    if not _PART.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a configuration or a split")
    return name


def all_names(name: str, aliases: Mapping[str, str]) -> tuple[str, ...]:
    """The name with every other name the hub knows the same thing by, short ones first."""
    for short, full in aliases.items():
        if name in (short, full):
            return (short, full)
    return (name,)


def model_folder(name: str) -> str:
    """Folder of a model in `HF_HUB_CACHE`."""
    return "models--" + name.replace("/", "--")


def dataset_folder(name: str) -> str:
    """Folder of a data set in `HF_DATASETS_CACHE`."""
    owner, slash, last = name.rpartition("/")
    return (owner + "___" if slash else "") + dataset_stem(last)


def dataset_stem(name: str) -> str:
    """Name of a data set in file names: without its owner and in snake case, as the library writes it."""
    last = name.rpartition("/")[2]
    last = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", last)
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", last).lower()
