"""Pack the students' pages under the names that the learning management system gave, to be uploaded there.

Only the student's page of each result goes in, never the staff's, and nothing else of a result.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.app.results_folder import FEEDBACK, ResultsFolder, disk_trouble
from autograder.config.assignment_file import load
from autograder.errors import UsageError
from autograder.intake.ledger import Ledger, is_intake_folder
from autograder.intake.receipts import Receipt
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId

EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What went into the zip, and the pages that did not, each with the reason."""

    path: Path
    names: tuple[str, ...]
    left_out: tuple[tuple[Path, str], ...]


def pack_feedback(
    assignment_folder: Path, folder: Path, intake: Path, out: Path, *, without: Collection[SubmissionId] = ()
) -> Packed:
    """Write the zip, whole or not at all; the same results give the same bytes. `without` stay away.

    Raises UsageError when a folder is not what it should be or nothing can be packed.
    """
    assignment, results, ledger = load(assignment_folder), ResultsFolder(folder), Ledger(intake)
    if not is_intake_folder(intake):
        raise UsageError(f"{intake} is no intake folder", hint="Give the --out of `autograder intake`.")
    ledger.refuse_other(assignment.id)
    names = named(ledger.receipts())
    found: dict[str, Path] = {}
    left_out: list[tuple[Path, str]] = []
    for graded in ordered(results.all_graded()):
        page = results.of(graded.submission) / FEEDBACK
        if graded.assignment != assignment.id or graded.submission in without or not page.is_file():
            continue
        receipt = names.get(graded.submission)
        if receipt is None:
            left_out.append((page, "this intake folder does not know it"))
        elif not receipt.label:
            left_out.append((page, f"no download names it (it came by {receipt.via})"))
        elif receipt.label.endswith("_") and not receipt.order:
            left_out.append((page, "Canvas takes no file back where a text or a link was handed in"))
        else:
            found[free_name(receipt, found)] = page
    if not found:
        raise UsageError(
            f"{folder} holds no page that belongs to a download in {intake}",
            hint="Grade the intake folder first: `autograder grade`.",
        )
    write_zip(out, found)
    return Packed(path=out, names=tuple(found), left_out=tuple(left_out))


def named(receipts: Iterable[Receipt]) -> dict[SubmissionId, Receipt]:
    """By submission its receipt, the one with a system's name when the same bytes came another way, too."""
    listed = list(receipts)
    replaced = {receipt.replaces for receipt in listed}
    chosen: dict[SubmissionId, Receipt] = {}
    for receipt in listed:
        if receipt.id not in replaced and not getattr(chosen.get(receipt.submission), "label", ""):
            chosen[receipt.submission] = receipt
    return chosen


def ordered(graded: Iterable[GradedSubmission]) -> list[GradedSubmission]:
    """Earlier submissions first, so that names do not depend on the order of folders."""
    return sorted(graded, key=lambda one: (one.received, one.submission))


def free_name(receipt: Receipt, used: Iterable[str]) -> str:
    """Where the page goes in the zip; numbered when the system gave two submissions one name."""
    between = "" if receipt.label.endswith("_") else " - "
    start = f"{receipt.label}{between}" if receipt.flat else f"{receipt.label}/"
    stem, dot, ending = FEEDBACK.rpartition(".")
    taken = {name.casefold() for name in used}
    number, name = 1, f"{start}{FEEDBACK}"
    while name.casefold() in taken:
        number += 1
        name = f"{start}{stem} {number}{dot}{ending}"
    return name


def write_zip(out: Path, pages: dict[str, Path]) -> None:
    """Write pages one after another under another name first, then rename."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as archive:
                    for name, page in sorted(pages.items()):
                        entry = zipfile.ZipInfo(name, date_time=EARLIEST)
                        entry.compress_type = zipfile.ZIP_DEFLATED
                        entry.external_attr = 0o100644 << 16
                        archive.writestr(entry, page.read_bytes())
                temporary.chmod(0o644)
                temporary.replace(out)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise disk_trouble(error, out) from error
