"""One round of marking on every kind of database that is supported."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from autograder.errors import GradebookError
from autograder.model.results import FindingState
from gradebook.book import Gradebook
from gradebook.marking import tables as marking_tables
from gradebook.marking.requests import RequestState, Window
from gradebook.marking.rubric import Mark
from gradebook.marking.sheets import export_sheet, import_sheet
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_finding
from tests.unit.gradebook.marking.builders import BY_HEAD, NOON, Clock, a_marked_class, a_rubric, hand_in


def test_from_the_queue_to_the_answer(url: str) -> None:
    with Gradebook.open(url, clock=Clock()) as book:
        marking = a_marked_class(book, ["anna", "bert"])
        hand_in(book, "zoe", findings=(a_finding(),))
        desk = marking.next("lab1", "ann")
        assert desk is not None
        marking.renew(desk.piece.ref, "ann")
        marking.mark(desk.piece.ref, Mark(items=("clear",), comment="Good."), "ann")
        raw, rows = export_sheet(marking, "lab1")
        assert rows == 2
        filled = raw.decode("utf-8-sig").replace(",,,,,,,", ",x,,,,,,").encode()
        assert len(import_sheet(marking, "lab1", filled, "bob", name="marks.csv").marks) == 2
        assert marking.queue("lab1") == ()
        marking.store_rubric("lab1", a_rubric(("clear", "4")), BY_HEAD)
        marking.set_window("lab1", Window(opens=NOON), BY_HEAD)
        asked = marking.ask(desk.piece.ref, "Please.")
        marking.answer(asked.id, RequestState.CHANGED, "Yes.", "bob", mark=Mark(items=()))
        marking.decide_findings("lab1", "paths", FindingState.WAIVED, BY_TA)
        totals = {entry.submission: entry.total for entry in book.scores(SPRING, LAB)}
        assert totals == {**dict.fromkeys(totals, Decimal(8)), desk.piece.submission: Decimal(4)}
        assert marking.requests() == ()
        for name in marking_tables.APPEND_ONLY:
            table = marking_tables.metadata.tables[name]
            with book.reading() as db:
                assert db.execute(select(table.c.id)).first() is not None, f"{name} has a row to protect"
            for statement in (table.delete(), table.update().values(id=0)):
                with pytest.raises(GradebookError, match="history is never changed"), book.writing() as db:
                    db.execute(statement)
