"""A student's Markdown as safe HTML. Links become their text, pictures are left out, HTML stays text."""

from __future__ import annotations

from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from autograder.reporting.outputs import TAGS, Budget, clean_html
from autograder.reporting.text import shown_text, trimmed

AT_MOST: Final = 20_000
MOST_BRACKETS: Final = 400  # the parser takes quadratic time over open brackets
_TAGS: Final = TAGS | {"h4", "h5", "h6", "blockquote", "s"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False})
    return parser.disable(["image", "autolink", "reference"])


def shown_markdown(source: str, budget: Budget) -> Markup:
    """Markdown rendered for the page; shown as text when it is very long or the page's budget is used up."""
    long = len(source) > AT_MOST or source.count("[") > MOST_BRACKETS
    if long or not budget.take_markup(source):
        return Markup("<pre>{}</pre>").format(shown_text(trimmed(source, AT_MOST), at_most=AT_MOST))
    parser = _parser()
    tokens = parser.parse(source)
    for token in tokens:
        if token.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"  # below the page's own headings
    return clean_html(parser.renderer.render(tokens, parser.options, {}), tags=_TAGS)
