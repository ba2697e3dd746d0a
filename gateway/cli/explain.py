"""`gateway explain`: every rule's answer about one record and one partner, on one screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command

LINES: Final = 24  # of the smallest terminal
COLUMNS: Final = 80
_INDENT: Final = 6
_BESIDE: Final = 3  # the first two lines, and the one for what is typed next
_A_LINE: Final = 5  # answers of rules on one line
_MOST_POINTERS: Final = 3  # named of what one rule withholds
_PASSING: Final = "pass"


@command(
    "explain",
    example="gateway explain ID --partner hub.eu\n"
    "gateway explain PL-NH-2026-000731 --partner hub.eu --rules",
)
@click.argument("record")
@click.option("--partner", required=True, help="The partner it may go to, or not.")
@click.option("--rules", is_flag=True, help="A table of all rules, with titles and reasons.")
def explain(call: Invocation, *, record: str, partner: str, rules: bool) -> None:
    """Tell why a record may go to a partner, or not.

    RECORD is its id, or the reference that its source gave it, where only one record has it.

    Decides again as of now. Shows the deciding rule and what would change it, what else stands in
    the way, and the answer of every rule.
    """
    from gateway.flow import look, named  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.explain(named.record_named(record, exchange), partner, None, exchange)
    call.answer(found, lambda: _show(found, rules=rules))


def _show(found: dict[str, Any], *, rules: bool) -> None:
    outcome = str(found["outcome"])
    show.say(f"{found['record']} version {found['version']} ({found['type']})")
    show.say(f"for {found['partner']}: {outcome}", style=show.COLOURS.get(outcome, ""))
    for line in screen(found):
        show.say(line)
    if rules:
        show.say()
        _table(found)


def screen(found: Mapping[str, Any]) -> list[str]:
    """Return the lines below the first two: they fit one screen whatever was decided."""
    said = list(_decided(found))
    grid = ["every rule:", *_grid(found)]
    room = LINES - _BESIDE - len(said) - len(grid)
    beside = [*_others(found), *_withheld(found["withheld"])]
    if len(beside) > room:
        beside = [*beside[: room - 1], "and more: --rules, --json"]
    return [*said, *beside, *grid]


def _decided(found: Mapping[str, Any]) -> Iterator[str]:
    if found["deciding"]:
        yield from _folded(f"decided by {found['deciding']}: {found['reason']}")
    if found["remedy"]:
        yield from _folded(f"what would change it: {found['remedy']}")
    if found["ask"]:
        yield from _folded(f"a consent can be asked of {', '.join(found['ask'])}:")
        yield f"  gateway consents ask {found['record']} \\"
        yield f"    --partner {found['partner']} --reason TEXT"
    if found["agreement"]:
        yield f"under agreement {found['agreement']}, for {show.plain(found['purpose'])}"


def _others(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the rules say that do not pass, beside the deciding one."""
    for one in found["trace"]:
        if one["outcome"] != _PASSING and one["rule"] != found["deciding"]:
            yield from _folded(f"{one['rule']} {one['outcome']}: {one['reason']}", most=2)


def _grid(found: Mapping[str, Any]) -> Iterator[str]:
    said = [f"{one['rule']} {one['outcome']}" for one in found["trace"]]
    for start in range(0, len(said), _A_LINE):
        yield ("  " + "".join(f"{one:<15}" for one in said[start : start + _A_LINE])).rstrip()


def _withheld(cuts: Iterable[Mapping[str, str]]) -> Iterator[str]:
    by_code: dict[str, list[str]] = {}
    for cut in cuts:
        by_code.setdefault(cut["code"], []).append(cut["pointer"])
    for code, pointers in by_code.items():
        rest = len(pointers) - _MOST_POINTERS
        more = f" and {rest} more: --json" if rest > 0 else ""
        yield from _folded(
            f"withheld by {code}: {' '.join(pointers[:_MOST_POINTERS])}{more}", most=2
        )


def _folded(text: str, *, most: int = LINES) -> list[str]:
    return textwrap.wrap(
        show.plain(text),
        COLUMNS,
        subsequent_indent=" " * _INDENT,
        max_lines=most,
        placeholder=" ...",
        break_on_hyphens=False,
    )


def _table(found: Mapping[str, Any]) -> None:
    rows = [
        (
            "=>" if one["rule"] == found["deciding"] else " ",
            one["rule"],
            one["outcome"],
            one["title"],
            one["reason"],
        )
        for one in found["trace"]
    ]
    show.table(("", "rule", "answer", "title", "reason"), rows, empty="no rule was asked")
