"""Where plots are drawn: one set of axes with our settings, as SVG for a page.

matplotlib is imported here only. The same numbers give the same bytes: no date, no random ids, and neither a
matplotlibrc nor what another part of the process set counts. It knows nothing about what is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from autograder.reporting.plot_svg import COLOURS, inline
from autograder.reporting.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 400.0
"""Units of the picture: on a phone one is a little less than a pixel, so text stays readable."""
LABEL_AT_MOST: Final = 22

INK, SOFT, LINE, ACCENT = COLOURS["ink"], COLOURS["soft"], COLOURS["line"], COLOURS["accent"]
BAD, PART = COLOURS["bad"], COLOURS["part"]

_SETTINGS: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nbverdict",
    "text.parse_math": False,
    "path.simplify": False,
    "font.size": 10,
}
_NOT_WRITTEN: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
_drawing = Lock()


def drawn(
    name: str,
    title: str,
    description: str,
    draw: Callable[[Axes], None],
    *,
    height: float,
    left: float = 34,
    right: float = 14,
) -> Markup:
    """What `draw` puts on the axes, as a part of a page. `name` begins its ids and is used once on a page.

    `height`, `left` and `right` (room for labels) are in units of the picture, which is 400 wide.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    kept = io.StringIO()
    with _drawing, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        canvas = FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        below, above = 36 / height, 16 / height
        axes = figure.add_axes((left / WIDTH, below, 1 - (left + right) / WIDTH, 1 - below - above))
        _plain(axes)
        draw(axes)
        canvas.print_figure(kept, format="svg", dpi=72, metadata=_NOT_WRITTEN)
    return inline(kept.getvalue(), name=name, title=_words(title), description=_words(description))


def _words(text: str) -> str:
    """A text with nothing that XML cannot hold."""
    return plain(text).replace("\ufffe", "").replace("\uffff", "")


def bars(axes: Axes, places: Sequence[float], numbers: Sequence[int], *, width: Sequence[float]) -> None:
    """Bars from 0 with their numbers on top; what is 0 is not drawn."""
    shown = [
        (place, number, wide) for place, number, wide in zip(places, numbers, width, strict=True) if number
    ]
    axes.bar([p for p, _, _ in shown], [n for _, n, _ in shown], width=[w for _, _, w in shown], color=ACCENT)
    for place, number, _ in shown:
        axes.annotate(
            f"{number:,}", (place, number), xytext=(0, 2), textcoords="offset points", ha="center",
            va="bottom", fontsize=9, color=INK,
        )  # fmt: skip
    counting(axes, max(numbers, default=0))


def counting(axes: Axes, most: int) -> None:
    """A scale of whole numbers from 0."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.set_ylim(0, max(1, most) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.grid(axis="y", color=LINE, linewidth=0.6)


def short_label(text: str, at_most: int = LABEL_AT_MOST) -> str:
    """A name as a label: one line, shortened."""
    one = " ".join(_words(text).split())
    return one if len(one) <= at_most else f"{one[: at_most - 1]}…"


def short_number(value: float) -> str:
    """A number as a label: at most two decimals."""
    return f"{round(value, 2):g}"


def _plain(axes: Axes) -> None:
    axes.patch.set_visible(False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(bottom=False, left=False, labelcolor=SOFT, labelsize=9, pad=3)
    axes.xaxis.label.set_color(SOFT)
    axes.xaxis.label.set_fontsize(9.5)
