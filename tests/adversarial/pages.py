"""Whether a page of the grader can do anything at all when it is opened; browser tests show the same live."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# fmt: off
TAGS = frozenset((
    "html", "head", "meta", "title", "style", "body", "a", "div", "p", "strong", "main", "footer",
    "header", "nav", "h1", "h2", "h3", "h4", "h5", "h6", "section", "dl", "dt", "dd", "span", "ul",
    "ol", "li", "details", "summary", "table", "caption", "thead", "tbody", "tfoot", "tr", "th",
    "td", "pre", "code", "b", "i", "em", "br", "hr", "sub", "sup", "blockquote", "s", "img", "svg",
    "rect", "line", "circle", "text", "figure", "desc", "path",
    "defs", "use", "g",
))
ATTRIBUTES = frozenset((
    "lang", "charset", "name", "content", "http-equiv", "class", "id", "role", "href", "open",
    "scope", "colspan", "rowspan", "width", "height", "alt", "src", "style", "viewbox", "x", "y",
    "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "fill", "stroke", "stroke-width",
    "stroke-dasharray", "opacity", "text-anchor", "tabindex", "d",
    "transform",
))
# fmt: on
PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+")
LINK = re.compile(r"#[a-z][a-z0-9-]*|[A-Za-z0-9._-]+/staff\.html")
_DRAWN = r"(?:(?:fill|stroke)(?:-[a-z]+)?|font-size|text-anchor|opacity):(?:var\(--[a-z]+\)|[a-z0-9.,#-]+)"
STYLE = re.compile(
    rf"width: [0-9.]+%|margin-top:1\.25rem|margin(-[a-z]+)?: ?[0-9.]+(rem|px)?|{_DRAWN}(?:;{_DRAWN})*"
)
MOVED = re.compile(r"(?:(?:translate|rotate|scale|matrix)\([0-9., -]+\) ?)+")
POLICY = "default-src 'none'"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.policy_first = False
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, given in attrs:
            value = given or ""
            if name not in ATTRIBUTES and not name.startswith(("aria-", "data-")):
                self.wrong.append(f"<{tag} {name}>")
            if name == "src" and not PICTURE.fullmatch(value):
                self.wrong.append(f"<{tag} src={value[:80]}>")
            if name == "href" and not LINK.fullmatch(value):
                self.wrong.append(f"<{tag} href={value[:80]}>")
            if name == "style" and not STYLE.fullmatch(value):
                self.wrong.append(f"<{tag} style={value[:80]}>")
            if name == "tabindex" and value != "0":
                self.wrong.append(f"<{tag} tabindex={value[:80]}>")
            if name == "transform" and not MOVED.fullmatch(value):
                self.wrong.append(f"<{tag} transform={value[:80]}>")
            if name == "http-equiv" and value != "Content-Security-Policy":
                self.wrong.append(f"<{tag} http-equiv={value[:80]}>")


def unsafe(page: str) -> list[str]:
    """Everything in a page that is not plain text, tables, pictures by their bytes, or our own markup."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    head = page[: page.find("<title>")]
    if "Content-Security-Policy" not in head or POLICY not in head:
        reader.wrong.append("no content policy before everything else")
    return reader.wrong
