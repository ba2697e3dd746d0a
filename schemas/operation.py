"""`operation`: who does what together, and when. Organisations and days, no persons."""

# ruff: noqa: D102, ARG002 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import vocab
from schemas.containers import Many, Part
from schemas.faults import Problem
from schemas.fields import Choice, Name, Text
from schemas.quantities import Day, Instant
from schemas.record import RecordBase
from schemas.shape import Cross, Shape


class OperationMember(Shape):
    """One organisation that takes part, as what, and when."""

    org_id = Name("The organisation.", required=True)
    role = Choice("As what.", of=vocab.OPERATION_ROLES, required=True)
    from_ = Day("Its first day.", data_key="from", attribute="from")
    until = Day("Its last day.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if {"from", "until"} <= members.keys() and members["until"] < members["from"]:
            yield Cross(("until",), Problem("contradiction", "It leaves before it joins."))


class Window(Shape):
    """The days within which the operation runs."""

    from_ = Day("The first day.", required=True, data_key="from", attribute="from")
    to = Day("The last day.", required=True)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if {"from", "to"} <= members.keys() and members["to"] < members["from"]:
            yield Cross(("to",), Problem("contradiction", "It ends before it begins."))


class Task(Shape):
    """One thing to be done."""

    text = Text("What is to be done.", most=1_000, required=True)
    by = Name("The organisation that does it.")
    due = Day("Its last day.")


class Operation(RecordBase):
    """An operation."""

    kind: ClassVar[str] = "operation"

    title = Text("Its name.", required=True)
    lead = Name("The organisation that leads it.", required=True)
    members = Many(
        "Who takes part.",
        Part("An organisation.", OperationMember),
        least=1,
        most=256,
        required=True,
    )
    window = Part("When it runs.", Window, required=True)
    tasks = Many("What is to be done.", Part("One task.", Task), most=256)
    action_days = Many("The days of common action.", Day("One of them."), most=64, as_set=True)
    embargo = Instant("Nothing is said of it in public before this.")
    agreement = Name("The agreement that its members exchange under while it runs.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if {"lead", "members"} <= members.keys():
            leading = [one.get("org_id") for one in members["members"] if one.get("role") == "lead"]
            if leading != [members["lead"]]:
                detail = "One member leads, and it is the organisation in `lead`."
                yield Cross(("lead",), Problem("contradiction", detail))
        window = members.get("window") or {}
        if {"from", "to"} <= window.keys():
            for index, day in enumerate(members.get("action_days") or ()):
                if not window["from"] <= day <= window["to"]:
                    detail = "The day of action is outside the window."
                    yield Cross(("action_days", index), Problem("contradiction", detail))
