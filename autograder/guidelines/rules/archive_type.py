"""The rule about the type of the archive. What cannot be read at all was rejected by intake already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.formats import file_type
from autograder.formats.file_type import FileType
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity

_OTHER_ENDINGS: Final = (".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_NO_ARCHIVES: Final = (".pdf", ".html", ".htm", ".py", ".docx", ".doc", ".txt", ".md", ".rtf", ".pptx")
_UNWELCOME: Final = frozenset({FileType.RAR, FileType.SEVEN_ZIP})


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look at the name of what was handed in, and at the first bytes of the files inside."""
    name = evidence.submission.archive_name
    instead = "Hand in one .zip archive. `autograder pack` makes it."
    lowered = name.casefold()
    if lowered.endswith((".ipynb", ".ipynb.json", ".ipynb.txt")):
        yield Hit(
            place=Place(file=name, text=name),
            message="A bare notebook was handed in instead of a .zip archive.",
            instead=instead,
            firmness=Firmness.PROPOSED,
            severity=Severity.WARNING,
        )
    elif lowered.endswith(_OTHER_ENDINGS):
        yield Hit(
            place=Place(file=name, text=name),
            message=f"The archive's name ends in .{lowered.rpartition('.')[2]}, though it is a zip archive.",
            instead=instead,
            firmness=Firmness.FIRM,
            severity=Severity.WARNING,
        )
    elif lowered.endswith(_NO_ARCHIVES):
        yield Hit(
            place=Place(file=name, text=name),
            message=f"A .{lowered.rpartition('.')[2]} file was handed in instead of a .zip archive.",
            instead=instead,
            firmness=Firmness.FIRM,
            severity=Severity.WARNING,
        )
    for file in evidence.submission.files:
        kind = file_type.of(file.content[: file_type.HEAD_BYTES])
        if kind in _UNWELCOME:
            yield Hit(
                place=Place(file=file.path, text=file.path),
                message=f"There is a {kind.value} archive inside. It stays closed and nothing in it counts.",
                instead="Put the files themselves into the .zip archive.",
                firmness=Firmness.HINT,
                severity=Severity.INFO,
            )


RULE: Final = Rule(
    id=RuleId("archive_type"),
    title="Type of the archive",
    statement="Work is handed in as one `.zip` archive, never as `.rar`, `.7z` or another type.",
    firmness=Firmness.FIRM,
    severity=Severity.WARNING,
    needs=(Need.ARCHIVE,),
    looks_for=(
        (
            "another ending than `.zip`; a real archive of another type is rejected when it comes in, with "
            "the reason"
        ),
        "a bare notebook in place of an archive: proposed, since some ways to hand in unpack archives",
        "`.rar` and `.7z` archives inside the archive: a hint",
    ),
    leaves_alone=("a `.zip` inside the archive, and saved models and arrays that are zip files",),
    cannot_see=("what the student uploaded when the learning management system unpacked it",),
    example_bad="ab1234_20250131_1_HW3.rar",
    example_good="ab1234_20250131_1_HW3.zip",
    check=check,
)
