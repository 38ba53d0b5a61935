"""Plots are parts of a page: the same bytes every time, small, named, in the page's colours, and harmless."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograder.reporting.accuracies import AccuracyTable, Measured, TierLine
from autograder.reporting.class_results import Item
from autograder.reporting.plots import accuracy_plot, count_plot, range_plot, score_plot, time_plot
from autograder.reporting.statistics import bins, spread, timeline

HOSTILE = "$\\frac{1}{0}$ <script>alert(1)</script> & \x00\x1b[31m\u202e\ufffe\uffff 'x' \"y\""
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = Item(id="q1", title="A check", points=Decimal(1))


def a_table(number: int) -> AccuracyTable:
    values = [0.55 + 0.4 * place / number for place in range(number)]
    return AccuracyTable(
        item=ITEM, metric="Accuracy", model="", rows=452, floor=0.614, floor_upper=0.658,
        measured=tuple(
            Measured(name=f"s{n}", value=value, low=value - 0.03, high=value + 0.03)
            for n, value in enumerate(values)
        ),
        tiers=tuple(
            TierLine(
                threshold=threshold, share=1.0, reached=1, reached_unsure=0, missed=1, missed_unsure=0
            )
            for threshold in (0.75, 0.85, 0.86)
        ),
    )  # fmt: skip


def scores() -> str:
    cuts = [("A", 90.0), (HOSTILE, 50.0), ("F", 0.0)]
    return score_plot("p", bins([50.0, 61.0, 99.0], 100), title=HOSTILE, unit="per cent", cuts=cuts)


def counts() -> str:
    return count_plot("p", [(HOSTILE, 3), ("b", 0), ("c", 12_000)], title=HOSTILE, unit="letter")


def times() -> str:
    line = timeline([(START + timedelta(hours=n * n), n % 3 > 0) for n in range(40)])
    assert line is not None
    return time_plot("p", line, title=HOSTILE, due=START + timedelta(hours=700))


def ranges() -> str:
    rows = [(HOSTILE, spread([10.0 * n, 20.0, 110.0])) for n in range(3)]
    return range_plot("p", [(name, one) for name, one in rows if one is not None], title=HOSTILE)


def few_accuracies() -> str:
    return accuracy_plot("p", a_table(40), title=HOSTILE)


def very_many_accuracies() -> str:
    return accuracy_plot("p", a_table(10_000), title=HOSTILE)


PLOTS = pytest.mark.parametrize("plot", [scores, counts, times, ranges, few_accuracies, very_many_accuracies])


@PLOTS
def test_the_same_numbers_give_the_same_bytes(plot: Callable[[], str]) -> None:
    assert plot() == plot()


def test_another_process_with_other_settings_gives_the_same_bytes(tmp_path: Path) -> None:
    """A matplotlibrc of the machine, another folder and another hash seed change nothing."""
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\nsvg.fonttype: path\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "from tests.unit.reporting.test_plots import few_accuracies, times; "
        "sys.stdout.write(few_accuracies() + times())"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code, root], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"}, timeout=120,
    )  # fmt: skip
    assert done.stdout == few_accuracies() + times()


@PLOTS
def test_a_plot_has_a_role_a_title_and_a_description(plot: Callable[[], str]) -> None:
    root = ElementTree.fromstring(plot())
    assert (root.tag, root.attrib["role"]) == ("svg", "img")
    title, described = root[0], root[1]
    assert (title.tag, title.attrib["id"]) == ("title", root.attrib["aria-labelledby"])
    assert (described.tag, described.attrib["id"]) == ("desc", root.attrib["aria-describedby"])
    assert title.text and described.text


@PLOTS
def test_a_plot_is_small_and_refers_to_nothing_outside(plot: Callable[[], str]) -> None:
    drawn = plot()
    assert len(drawn.encode()) < 60_000
    assert not re.search(r"//|url\(|xlink|xmlns|<style|<metadata|clip-path|@import", drawn)
    root = ElementTree.fromstring(drawn)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("p-") for name in ids)
    assert {element.attrib["href"].removeprefix("#") for element in root.iter("use")} <= set(ids)
    assert {element.tag for element in root.iter()} <= {
        "svg", "title", "desc", "g", "path", "text", "defs", "use",
    }  # fmt: skip


@PLOTS
def test_every_colour_of_a_plot_is_the_page_s(plot: Callable[[], str]) -> None:
    """So it follows the dark and the printed form of the page."""
    drawn = plot()
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", drawn)
    assert set(re.findall(r"var\(--(\w+)\)", drawn)) <= {"ink", "soft", "line", "accent", "bad", "part"}


@PLOTS
def test_words_in_a_plot_are_words(plot: Callable[[], str]) -> None:
    """Neither markup nor formulas nor signs that turn the direction of reading."""
    drawn = plot()
    assert "<script" not in drawn
    assert not set("\x00\x1b\u202e") & set(drawn)


def test_a_bar_of_nothing_is_not_drawn() -> None:
    some = count_plot("p", [("a", 1), ("b", 0)], title="t", unit="u")
    both = count_plot("p", [("a", 1), ("b", 1)], title="t", unit="u")
    assert both.count("<path") == some.count("<path") + 1


def test_one_submission_and_one_moment_can_be_drawn() -> None:
    line = timeline([(START, True)])
    one = spread([0.0])
    assert line is not None and one is not None
    assert time_plot("p", line, title="t", due=None)
    assert range_plot("p", [("a", one)], title="t")
    assert accuracy_plot("p", a_table(1), title="t")


def test_importing_the_pages_does_not_import_matplotlib() -> None:
    """It costs what a whole page costs; only a plot of a class is worth that."""
    code = (
        "import sys, autograder.app.overview, autograder.reporting.assignment_overview, "
        "autograder.reporting.course_overview, autograder.cli.commands; print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"
