"""What an act that takes two people must be able to do: the shape that `proposable` lists.

Owns no act. A body is ids and codes; whatever it rests on is looked at again in the commit in
which it is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_people import ProposalRow

Body = Mapping[str, Any]
Commit = Callable[[UnitOfWork], Sequence[Act]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPeopleAct:
    """How one act is checked, executed, and undone when nobody confirms it.

    `complete` returns the body that is proposed, from what a person asked for; it refuses what
    could never be executed. `execute` does what needs no transaction and returns what runs in the
    approving commit; that raises BasisChanged. `undo` runs in the commit of a rejection or lapse.
    """

    complete: Callable[[Body, Person, Exchange], Body]
    execute: Callable[[ProposalRow, Exchange], Commit]
    undo: Callable[[ProposalRow, UnitOfWork, Exchange], Sequence[Act]] | None = None
