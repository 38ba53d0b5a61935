"""The notebooks that will run, as values: what `prepare` makes and a run is given. Nothing happens here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCell:
    """One cell as it will be sent.

    `hidden` says that it holds hidden tests, `restored` that the student had changed or removed it,
    `locked` that its text is the author's. `merged` names answers that the student wrote into this cell;
    `checks` otter's tests that run behind it by its metadata.
    """

    id: str
    cell_type: str
    source: str
    grade_id: str = ""
    hidden: bool = False
    restored: bool = False
    locked: bool = False
    merged: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def stands_for(self, grade_id: str) -> bool:
        """Whether this is the cell of that name, or the one it was merged into."""
        return bool(grade_id) and (grade_id == self.grade_id or grade_id in self.merged)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedNotebook:
    """One notebook as it will run. `name` is its path in the submission."""

    name: str
    cells: tuple[PreparedCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The notebooks in the order in which they run.

    `suspicions` are words for staff, `notes` say to the student, too, what was repaired.
    """

    notebooks: tuple[PreparedNotebook, ...]
    suspicions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
