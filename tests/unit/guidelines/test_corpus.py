"""The guidelines on the labelled corpus: its open part must be read well, and its files be complete."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from autograder.guidelines.registry import RULES
from autograder.model.assignment import Firmness

HERE = Path(__file__).resolve().parents[2] / "guidelines_corpus"
COSTLY = [name for name, rule in RULES.items() if rule.firmness is not Firmness.HINT]


def load_reader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("guidelines_corpus_reader", HERE / "reader.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


reader = load_reader()


@pytest.mark.parametrize("rule", COSTLY)
def test_every_rule_that_can_cost_points_has_enough_cases(rule: str) -> None:
    parts = [reader.cases(rule, part) for part in reader.PARTS]
    broken = sum(case.breaks for cases in parts for case in cases)
    assert broken >= 25 and sum(map(len, parts)) - broken >= 50
    aside = len(parts[1]) / sum(map(len, parts))
    assert 0.28 <= aside <= 0.4, "a third is set aside"


@pytest.mark.parametrize("rule", COSTLY)
def test_the_open_part_of_the_corpus_is_read_well(rule: str) -> None:
    judged = [(case, reader.can_cost(case)) for case in reader.cases(rule, "open")]
    wrong = [case.name for case, found in judged if found is not case.breaks]
    quality = reader.counted((case.breaks, found) for case, found in judged)
    assert quality.precision >= 0.98 and quality.recall >= 0.95, wrong


WRONG_ONCE = [
    case
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt"))
    for case in reader.cases_in(path, path.stem)
]


@pytest.mark.parametrize("case", WRONG_ONCE, ids=[f"{case.rule} {case.name}" for case in WRONG_ONCE])
def test_a_case_that_was_read_wrongly_once_is_read_right(case: object) -> None:
    assert reader.can_cost(case) is case.breaks  # type: ignore[attr-defined]
