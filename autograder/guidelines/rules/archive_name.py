"""The rule about the archive's name. It reads the name only; who really handed in is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from autograder.formats import archive_name
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity

_FORM: Final = "{Net_ID}_{YYYYMMDD}_{version}_HW{id}.zip"
_SLACK: Final = timedelta(days=1)
_ENDINGS: Final = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")


def check(evidence: Evidence) -> Iterator[Hit]:
    """Compare the name, without what the LMS or a browser wrapped around it, with the rule."""
    name = evidence.submission.archive_name
    if not name.casefold().endswith(_ENDINGS):
        return  # a folder or a bare notebook has no archive name
    accepted = evidence.settings.get("accepted", ())
    named = [parts for inner in archive_name.unwrapped(name) if (parts := archive_name.parse(inner))]
    right = [parts for parts in named if _is_accepted(parts.ending, accepted)]
    place = Place(file=name, text=name)
    if not right:
        yield Hit(
            place=place,
            message=f"The archive's name does not follow {_FORM}: {_what_is_wrong(name, accepted)}.",
            instead=f"Name it like {_example(accepted)}. `autograder pack` does it for you.",
            firmness=Firmness.FIRM,
            severity=Severity.WARNING,
        )
        return
    handed_in = evidence.submission.received.date()
    if all(abs(parts.day - handed_in) > _SLACK for parts in right):
        yield Hit(
            place=place,
            message=(
                f"The date in the name, {right[0].day:%Y-%m-%d}, is not the day it was received "
                f"({handed_in})."
            ),
            instead="Use the day on which you hand in.",
            firmness=Firmness.PROPOSED,
            severity=Severity.WARNING,
        )


def _is_accepted(ending: str, accepted: tuple[str, ...]) -> bool:
    if accepted:
        return ending in accepted or ending in {f"HW{each}" for each in accepted}
    return ending.startswith("HW") and len(ending) > 2


def _example(accepted: tuple[str, ...]) -> str:
    first = accepted[0] if accepted else "HW3"
    ending = first if first.startswith("HW") or (accepted and not first[:1].isdigit()) else f"HW{first}"
    return f"ab1234_20250131_1_{ending}.zip"


def _what_is_wrong(name: str, accepted: tuple[str, ...]) -> str:
    stem, _, ending = archive_name.unwrapped(name)[-1].rpartition(".")
    if ending.casefold() != "zip":
        return f'it ends in ".{ending}"'
    parts = stem.split("_", 3)
    if len(parts) < 4:
        return f'"{stem}" has {len(parts)} of the four parts that stand between "_"'
    net_id, day, version, rest = parts
    if not (net_id.isascii() and net_id.isalnum() and net_id[:1].isalpha()):
        return f'"{net_id}" is no Net ID'
    if not _is_day(day):
        return f'"{day}" is no date of the form YYYYMMDD'
    if not version.isdigit() or version.startswith("0"):
        return f'"{version}" is no version, which counts 1, 2, 3 on each date'
    known = (
        " or ".join(each if each.startswith("HW") else f"HW{each}" for each in accepted)
        or "HW and its number"
    )
    return f'it ends in "{rest}" instead of {known}'


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a date has no time zone
    except ValueError:
        return False
    return len(text) == 8 and text.isascii()


RULE: Final = Rule(
    id=RuleId("archive_name"),
    title="Name of the archive",
    statement=f"The archive is named `{_FORM}`; the version counts from 1 on each date.",
    firmness=Firmness.FIRM,
    severity=Severity.WARNING,
    needs=(Need.ARCHIVE,),
    looks_for=(
        (
            "the four parts, after what a learning management system or a browser adds is taken away: names "
            "and numbers "
            "in front, `(1)`, `- Copy` or a date behind"
        ),
        "an ending that the assignment accepts",
        "a date that is more than a day away from the day it was received: proposed, since work may be late",
    ),
    leaves_alone=("a folder or a bare notebook, which has no archive's name",),
    cannot_see=(
        "whether the Net ID is the student's own",
        "whether an earlier version was handed in on that date",
    ),
    example_bad="my_homework_final2.zip",
    example_good="ab1234_20250131_1_HW3.zip",
    settings={
        "accepted": "what may stand after the version, such as `HW3` or `FinalProject`; without it, `HW` "
        "and anything"
    },
    check=check,
)
