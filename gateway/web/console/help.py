"""The how-tos, as pages of the gateway itself: what each page of the console needs explained.

Owns which how-to belongs to which page, and how Markdown becomes HTML: once per process, without
HTML of its own, with links that stay inside the console. How-tos are in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from flask import Response, url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from gateway.core.errors import NotFound
from gateway.web.console import frame
from gateway.web.console.frame import blp, open_to_all

_HERE: Final = Path(__file__).parent
# In a wheel how-tos lie beside this file; in a clone of the project where they are written.
_FOLDERS: Final = (_HERE / "howto", _HERE.parents[2] / "docs" / "howto")
_NEIGHBOUR: Final = re.compile(r"([a-z][a-z0-9-]*)\.md(#.*)?")


@dataclass(frozen=True, slots=True)
class Topic:
    """One how-to: its title, and its HTML below the title."""

    name: str
    title: str
    html: str


@blp.get("/help")
@open_to_all
def help_index() -> Response:
    """List the how-tos."""
    return frame.page("help.html", topics=topics().values(), topic=None, html="")


@blp.get("/help/<topic>")
@open_to_all
def help_topic(topic: str) -> Response:
    """Show one how-to."""
    found = topics().get(topic)
    if found is None:
        raise NotFound("there is no such how-to")
    place = url_for("console.help_index")
    html = Markup(found.html.replace("help:", f"{place}/"))  # noqa: S704 - made here, of our own files
    return frame.page("help.html", topics=topics().values(), topic=found, html=html)


@cache
def topics() -> dict[str, Topic]:
    """Return every how-to by its name."""
    folder = next(one for one in _FOLDERS if one.is_dir())
    return {path.stem: _topic(path) for path in sorted(folder.glob("*.md"))}


def _topic(path: Path) -> Topic:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(path.read_text(encoding="utf-8"))
    title = next(inner.content for inner in tokens if inner.type == "inline")
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            before.attrSet("id", re.sub(r"[^a-z0-9]+", "-", token.content.lower()).strip("-"))
        if token.children:
            token.children = _inside(token.children)
    body = [token for part in _paragraphs(tokens[3:]) for token in part]
    return Topic(path.stem, title, str(markdown.renderer.render(body, markdown.options, {})))


def _paragraphs(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the tokens in pieces, paragraphs in which nothing is left out."""
    place = 0
    while place < len(tokens):
        size = 3 if tokens[place].type == "paragraph_open" else 1
        piece = tokens[place : place + size]
        place += size
        if size == 1 or piece[1].children:
            yield piece


def _inside(children: list[Token]) -> list[Token]:
    """Return the parts of a paragraph that stay in the console.

    Links that lead out of the how-tos are text; pictures of the console are left out.
    """
    kept, dropped = [], False
    for one in children:
        if one.type == "link_open":
            target = _NEIGHBOUR.fullmatch(str(one.attrGet("href") or ""))
            dropped = target is None
            if target:
                one.attrSet("href", f"help:{target[1]}{target[2] or ''}")
        if one.type != "image" and not (dropped and one.type in ("link_open", "link_close")):
            kept.append(one)
    return kept
