"""The tests of an otter assignment as values: questions, their cases, and what each case is worth.

Both formats are read as text: a test file is parsed, never executed, so one that computes its cases is
refused. Points are resolved as otter resolves them and cut to four decimals, their sum kept.
"""

from __future__ import annotations

import ast
import doctest
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from textwrap import dedent
from typing import Final

from autograder.errors import AuthoringError

LARGEST_FILE: Final = 4 * 1024 * 1024
STEP: Final = 10_000
HINT: Final = "Correct the test file in the assignment and make the zip again with otter."


@dataclass(frozen=True, slots=True, kw_only=True)
class OtterCase:
    """One test case. `body` holds its examples as doctest writes them, or the source of its test file.

    In the exception format `function` names the function of `body` that is the case; it is empty otherwise.
    """

    name: str
    hidden: bool
    points: Decimal
    body: str
    function: str = ""
    success_message: str = ""
    failure_message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtterQuestion:
    """The test of one question. `stem` is what `grader.check` is called with, `name` what otter prints."""

    stem: str
    name: str
    cases: tuple[OtterCase, ...]
    all_or_nothing: bool = False

    @property
    def points(self) -> Decimal:
        """What the question is worth."""
        return sum((case.points for case in self.cases), Decimal(0))


def question_from_file(stem: str, text: str, where: str) -> OtterQuestion:
    """Read a test file of either format. `where` names it in messages. Raises AuthoringError."""
    from autograder.interop.otter_tests_exception import question_from_source

    tree = parsed(text, where)
    ok_format = constants(tree, where, ("OK_FORMAT",)).get("OK_FORMAT")
    if ok_format is None and not _binds(tree, "test"):
        raise refused(
            where, "it says neither OK_FORMAT nor `test = {...}`, so its format is none of those known"
        )
    if ok_format is False:
        return question_from_source(stem, text, where)
    others = [
        statement
        for statement in tree.body
        if any(isinstance(node, ast.Name) and node.id == "test" for node in ast.walk(statement))
    ]
    if len(others) != 1 or not isinstance(others[0], ast.Assign):
        raise refused(
            where, "it changes `test` in several statements; one literal `test = {...}` is readable"
        )
    spec = constants(tree, where, ("test",))["test"]
    return question_from_spec(stem, spec, where)


def question_from_spec(stem: str, spec: object, where: str) -> OtterQuestion:
    """Read a test of the OK format: the value of `test`, or what a notebook's metadata holds.

    Raises AuthoringError.
    """
    if not isinstance(spec, Mapping) or not isinstance(spec.get("name"), str):
        raise refused(where, "`test` is no dictionary with a name")
    name = text_of(spec["name"])
    suites = spec.get("suites")
    if not isinstance(suites, list) or not suites or not isinstance(suites[0], Mapping):
        raise refused(where, f"the test of {name} has no suites")
    raw = suites[0].get("cases")
    if not isinstance(raw, list) or not all(isinstance(case, Mapping) for case in raw):
        raise refused(where, f"the first suite of {name} has no list of cases")
    points = resolved(spec.get("points"), [case.get("points") for case in raw], where)
    cases = tuple(
        _ok_case(case, f"{name} - {number}", worth, where)
        for number, (case, worth) in enumerate(zip(raw, points, strict=True), start=1)
    )
    return OtterQuestion(
        stem=stem, name=name, cases=cases, all_or_nothing=bool(spec.get("all_or_nothing", False))
    )


def _ok_case(case: Mapping[str, object], name: str, points: Decimal, where: str) -> OtterCase:
    body = case.get("code")
    if not isinstance(body, str):
        raise refused(where, f"the case {name} has no code")
    body = dedent(body)
    examples_of(body, f"{where}: the case {name}")
    return OtterCase(
        name=text_of(case.get("name")) or name,
        hidden=bool(case.get("hidden", True)),
        points=points,
        body=body,
        success_message=text_of(case.get("success_message")),
        failure_message=text_of(case.get("failure_message")),
    )


def examples_of(body: str, where: str) -> list[doctest.Example]:
    """Give the examples of a case in the OK format. Raises AuthoringError."""
    try:
        parts = doctest.DocTestParser().parse(body)
    except ValueError as problem:
        raise refused(where, f"its examples are not written as doctest wants them: {problem}") from None
    return [part for part in parts if isinstance(part, doctest.Example)]


def resolved(total: object, given: Sequence[object], where: str) -> tuple[Decimal, ...]:
    """Give what each case is worth, by otter's rules.

    `total` is what the question says: a number, one number per case, or None. `given` is what the cases say.
    Cases that say nothing share what is left of the total; without a total they are worth nothing beside
    cases that say something, and 1 together where no case does. Raises AuthoringError.
    """
    if isinstance(total, list):
        if len(total) != len(given):
            raise refused(where, f"it gives points for {len(total)} cases and has {len(given)}")
        given, total = total, None
    said = [None if worth is None else _number(worth, where) for worth in given]
    silent = sum(worth is None for worth in said)
    known = sum((worth for worth in said if worth is not None), Fraction(0))
    share = Fraction(0)
    if total is not None:
        whole = _number(total, where)
        if known > whole:
            raise refused(where, f"its cases are worth more than the {total} points of the question")
        share = (whole - known) / silent if silent else share
    elif known == 0 and silent:
        share = Fraction(1, silent)
    return _to_decimals([share if worth is None else worth for worth in said])


def _to_decimals(exact: Sequence[Fraction]) -> tuple[Decimal, ...]:
    """Cut to four decimals so that the sum stays what it is."""
    made, so_far, given = [], Fraction(0), 0
    for worth in exact:
        so_far += worth
        upto = round(so_far * STEP)
        made.append(Decimal(upto - given) / STEP)
        given = upto
    return tuple(made)


def _number(value: object, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(where, f"its points are {value!r}, which is no number")
    try:
        number = Fraction(repr(value))
    except ValueError:
        raise refused(where, f"its points are {value!r}, which is not finite") from None
    if number < 0:
        raise refused(where, f"its points are {value!r}; points below zero cannot be given")
    return number


def parsed(text: str, where: str) -> ast.Module:
    """Parse a test file. Raises AuthoringError."""
    try:
        if len(text) > LARGEST_FILE:
            raise ValueError("it is too large")
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise refused(where, f"it is no Python that can be read ({problem})") from None


def constants(tree: ast.Module, where: str, names: Sequence[str]) -> dict[str, object]:
    """Give the literals that the top of a file binds to these names; of several the last.

    Raises AuthoringError where one of them is computed.
    """
    found: dict[str, object] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                found[name] = _literal(value, name, where)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in names:
                found[name] = _literal(value, name, where)
    return found


def _literal(value: ast.expr, name: str, where: str) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise refused(
            where, f"line {value.lineno} computes `{name}`; test files are read, not executed: write it out"
        ) from None


def _binds(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
        for statement in tree.body
    )


def text_of(value: object) -> str:
    """Give a text that every file can hold, or "" for anything else."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def refused(where: str, why: str) -> AuthoringError:
    """Give the error for a test that cannot be used: `where` it stands, and why."""
    return AuthoringError(f"{where}: {why}", hint=HINT)
