"""What stood in for a model is known over all gradings of an offering, in each database."""

from __future__ import annotations

from dataclasses import replace

from gradebook.book import Gradebook
from gradebook.stand_ins import stand_ins
from gradebook.values import Offering
from tests.unit.gradebook.builders import SPRING, a_graded, an_assignment


def record(book: Gradebook, name: str, *models: str, offering: Offering = SPRING) -> None:
    graded = a_graded(submission=name, student=name, digest=name, run_key=name)
    provenance = replace(graded.provenance, stand_ins=models)
    book.record(replace(graded, provenance=provenance), an_assignment(), offering)


def test_each_stand_in_of_the_offering_is_named_once(book: Gradebook) -> None:
    assert stand_ins(book, SPRING) == ()
    record(book, "s1")
    assert stand_ins(book, SPRING) == ()
    record(book, "s2", "small", 'Zoë\'s "model"')
    record(book, "s3", "small")
    record(book, "s4", "elsewhere", offering=Offering(SPRING.course, "2025-fall"))
    assert stand_ins(book, SPRING) == ('Zoë\'s "model"', "small")
