"""Whether the name of a pre-trained model says that it was trained on financial text.

Names only: no hub is asked and no weights are looked at, so a model with a plain name may still know finance.
"""

from __future__ import annotations

import itertools
from typing import Final

_WORDS: Final = frozenset(
    {
        "finance", "financial", "financials", "finbert", "fingpt", "finma", "bloomberggpt", "stock", "stocks",
        "stocktwits", "phrasebank", "crypto", "cryptobert", "econbert", "tradingview", "fiqa", "finsent",
        "secbert", "econ", "banking77", "flang", "finlang", "finllama", "fintwit", "finvader", "finsentiment",
        "edgar", "wallstreetbets", "investor", "investing", "trading", "economics", "fpb",
        "bloomberg", "finbloom", "earnings", "fomc", "auditor",
    }
)  # fmt: skip
_NOT_FINANCIAL: Final = ("fine", "final", "find", "finnish", "finland", "finish", "fingerprint")
_MODEL_ENDS: Final = (
    "bert",
    "berta",
    "gpt",
    "llama",
    "lm",
    "t5",
    "tral",
    "electra",
    "distilbert",
    "sentiment",
)


def words(name: str) -> tuple[str, ...]:
    """Return the words of a model's name in lower case."""
    return tuple("".join(char if char.isalnum() else " " for char in name.lower()).split())


def is_financial(name: str, extra: tuple[str, ...] = ()) -> bool:
    """Whether a name, such as `ProsusAI/finbert`, says that the model knows financial text."""
    parts = words(name)
    listed = {word.lower() for word in extra}
    if name.lower() in listed or listed & set(parts) or _WORDS & set(parts):
        return True
    if any(pair in (("fin", "bert"), ("sec", "bert"), ("fin", "gpt")) for pair in itertools.pairwise(parts)):
        return True
    return any(
        "finbert" in part
        or "fintech" in part
        or part.startswith("financ")
        or (part.startswith("fin") and not part.startswith(_NOT_FINANCIAL) and part.endswith(_MODEL_ENDS))
        for part in parts
    )


def same_model(name: str, pattern: str) -> bool:
    """Whether a model is the one named, with or without its owner; `*` at the end stands for anything."""
    plain, wanted = name.lower(), pattern.lower()
    if wanted.endswith("*"):
        wanted = wanted[:-1]
        return plain.startswith(wanted) or plain.rpartition("/")[2].startswith(wanted)
    return plain == wanted or plain.rpartition("/")[2] == wanted.rpartition("/")[2]
