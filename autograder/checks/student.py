"""The student's notebook as a check sees it: variables, functions and arrays, all as plain data.

Everything comes from the student's kernel and may be a lie. Nothing here runs student code outside the
sandbox: a call happens there, and its result crosses as data.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.checks.asking import ANSWER_BYTES, ANSWER_SECONDS, MIB, Asking
from autograder.checks.verdicts import CheckFailed
from autograder.checks.weights import NoListing, read_listing
from autograder.formats import plain
from autograder.formats.plain import PlainValue, Ref
from autograder.model.evidence import Question, QuestionKind

ARRAY_BYTES = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentArray:
    """One array of a student's model with its content."""

    site: str
    shape: tuple[int, ...]
    values: Any = field(repr=False)


class Student:
    """What a check may ask of the student's notebook. Get one by naming an argument `student`."""

    def __init__(
        self, asking: Asking, *, at_most: int = ANSWER_BYTES, seconds: float = ANSWER_SECONDS
    ) -> None:
        self._asking = asking
        self._at_most = at_most
        self._seconds = seconds

    def within(self, *, seconds: float | None = None, megabytes: float | None = None) -> Student:
        """Return the same notebook with other limits per answer: `student.within(seconds=300).call(...)`.

        Without it an answer may take 60 seconds and 4 MB. The check's own `seconds` in `assignment.toml`
        bounds both.
        """
        at_most = self._at_most if megabytes is None else int(megabytes * MIB)
        return Student(self._asking, at_most=at_most, seconds=seconds or self._seconds)

    def __getitem__(self, name: str) -> PlainValue:
        """Return the value of a variable as plain data. A missing one fails the check."""
        return self._asking.value(self._question(QuestionKind.VALUE, name))

    def number(self, name: str) -> float:
        """Return a variable that is a finite number (no boolean, no text); anything else fails the check."""
        value = _scalar(self[name])
        if type(value) not in (int, float) or not math.isfinite(value):
            raise CheckFailed(f"`{name}` must be a finite number.", staff=_shown(value))
        return float(value)

    def integer(self, name: str) -> int:
        """Return a variable that is a whole number, 3.0 included; anything else fails the check."""
        value = _scalar(self[name])
        if type(value) is float and value.is_integer():
            return int(value)
        if type(value) is not int:
            raise CheckFailed(f"`{name}` must be a whole number.", staff=_shown(value))
        return value

    def text(self, name: str) -> str:
        """Return a variable that is a text; anything else fails the check."""
        value = _scalar(self[name])
        if type(value) is not str:
            raise CheckFailed(f"`{name}` must be a text.", staff=_shown(value))
        return value

    def array(self, name: str, *, shape: tuple[int | None, ...] | None = None) -> Any:
        """Return a variable as a numpy array of numbers, lists included; anything else fails the check.

        `shape` may leave sizes open: `shape=(None, 3)` asks for rows of three.
        """
        import numpy as np

        value = self[name]
        try:
            array = np.asarray(value)
        except ValueError:
            array = np.array(None)
        if array.dtype.kind not in "biuf":
            raise CheckFailed(f"`{name}` must be an array of numbers.", staff=_shown(value))
        if shape is not None and not _fits(array.shape, shape):
            wanted = " x ".join("any" if size is None else str(size) for size in shape)
            raise CheckFailed(f"`{name}` must have the shape {wanted}.", staff=f"it is {array.shape}")
        return array

    def call(self, function: str, /, *arguments: object, **keywords: object) -> PlainValue:
        """Call a function of the student in the sandbox and return its result as plain data.

        Arguments are plain data, or the student's own objects by `student.ref("model")`. A function that is
        missing, raises, takes too long or gives something else than plain data fails the check. The same call
        with the same arguments at the same checkpoint happens once; its answer is used again.

        From the moment arguments were sent, students see nothing that their kernel produced later until
        the check may be seen: the arguments could be in it.
        """
        text = plain.encode([[_plain(item) for item in arguments], _plain(keywords)])
        sent = [item for item in (*arguments, *keywords.values()) if not isinstance(item, Ref)]
        question = self._question(
            QuestionKind.CALL, function, arguments=text, hidden=self._asking.hidden and bool(sent)
        )
        return self._asking.value(question)

    def ref(self, name: str) -> Ref:
        """Stand for the student's own object in the arguments of a call."""
        return Ref(name)

    def arrays(self, name: str, *, sites: Collection[str] | None = None) -> Iterator[StudentArray]:
        """Give the arrays of a model one after the other, each asked for when its turn comes.

        `name` is a variable bound to the model; with `sites` only the arrays there are fetched. Judging the
        content of these arrays outside is `separated`.
        """
        try:
            listing = read_listing(self._asking.value(self._question(QuestionKind.WEIGHTS, name)))
        except NoListing as error:
            raise CheckFailed(f"The weights of `{name}` could not be read.", staff=str(error)) from None
        for weight in listing if sites is None else [one for one in listing if one.site in sites]:
            question = self._question(QuestionKind.ARRAY, name, part=weight.site, at_most=ARRAY_BYTES)
            values = self._asking.value(question)
            if tuple(getattr(values, "shape", ())) != weight.shape:
                raise CheckFailed(f"An array of `{name}` changed while it was read.", staff=weight.site)
            yield StudentArray(site=weight.site, shape=weight.shape, values=values)

    def _question(self, kind: QuestionKind, name: str, **parts: Any) -> Question:
        given = {"at_most": self._at_most, "seconds": self._seconds, **parts}
        return Question(kind=kind, name=name, **given)


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _scalar(value: PlainValue) -> Any:
    return value.item() if getattr(value, "shape", None) == () else value  # type: ignore[union-attr]


def _fits(found: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(found) == len(wanted) and all(
        size is None or size == has for has, size in zip(found, wanted, strict=True)
    )


def _shown(value: object) -> str:
    return f"it is {type(value).__name__}: {repr(value)[:200]}"
