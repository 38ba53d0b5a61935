"""From what matplotlib writes to an SVG that stands inside a page: named, small, in the page's own colours.

Colours become the page's variables, so that a plot follows its dark and printed forms. Text stays text, in
the page's font. Nothing refers to anything outside: no metadata, no namespace, no address. It draws nothing.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup

COLOURS: Final = {
    "ink": "#010101", "soft": "#010102", "line": "#010103", "accent": "#010104", "bad": "#010105",
    "part": "#010106",
}  # fmt: skip
"""What stands for a variable of the page's style while matplotlib draws."""

_LONG: Final = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_FONT: Final = re.compile(r"font-family:[^;]*;?\s*|font:[^;]*?(\d+(?:\.\d+)?px)[^;]*;")
_VALUES: Final = {value: f"var(--{name})" for name, value in COLOURS.items()}
_VALUE: Final = re.compile("|".join(_VALUES))
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_KEPT: Final = ("viewBox",)


def inline(drawn: str, *, name: str, title: str, description: str) -> Markup:
    """The SVG as a part of a page. `name` begins its ids and is used once on a page.

    `title` and `description` are what a screen reader says; the numbers themselves belong beside the plot.
    """
    root = ElementTree.fromstring(drawn[drawn.index("<svg") :])  # noqa: S314 (matplotlib wrote it)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    _cut(root)
    names = {
        element.attrib[_LINK].removeprefix("#"): f"{name}-{number}"
        for number, element in enumerate(root.iter("use"))
    }
    for element in root.iter():
        _settle(element, names)
    _flatten(root)
    root.attrib = {
        **{key: value for key, value in root.attrib.items() if key in _KEPT},
        "class": "plot", "role": "img",
        "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc",
    }  # fmt: skip
    said = [Element("title", id=f"{name}-title"), Element("desc", id=f"{name}-desc")]
    said[0].text, said[1].text = title, description
    root[:0] = said
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    return Markup(text)  # noqa: S704 (ElementTree escaped every text in it)


def _cut(element: Element) -> None:
    """Remove what a page does not need: metadata, style sheets and clips."""
    for child in list(element):
        _cut(child)
        if child.tag in ("metadata", "style", "clipPath") or (child.tag == "defs" and not len(child)):
            element.remove(child)


def _settle(element: Element, names: dict[str, str]) -> None:
    """Names of its own, rounded numbers, the page's colours and font."""
    kept: dict[str, str] = {}
    for key, value in element.attrib.items():
        if key == _LINK:
            kept["href"] = f"#{names[value.removeprefix('#')]}"
        elif key == "id":
            if value in names:
                kept["id"] = names[value]
        elif key == "transform" and value.startswith("rotate(-0 "):
            continue
        elif key == "d":
            kept["d"] = " ".join(_rounded(value).split())
        elif key == "style":
            kept["style"] = _styled(value)
        elif key != "clip-path":
            kept[key] = _rounded(value)
    element.attrib = kept
    element.tail = None
    if element.tag != "text":
        element.text = None


def _styled(value: str) -> str:
    plain = _FONT.sub(lambda found: f"font-size: {found[1]};" if found[1] else "", _rounded(value))
    return _VALUE.sub(lambda found: _VALUES[found[0]], plain).replace(": ", ":").replace("; ", ";")


def _rounded(value: str) -> str:
    return _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)


def _flatten(element: Element) -> None:
    """Put what is in a group without attributes in the group's place."""
    flat: list[Element] = []
    for child in element:
        _flatten(child)
        if child.tag == "g" and not child.attrib:
            flat += list(child)
        else:
            flat.append(child)
    element[:] = flat
