"""What partners ask of us and we of them, as frozen rows. Times are milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """One question between one organisation of ours and one partner, and where it stands.

    `record` is the question itself; for an outcome, the record that was given and whose effect is
    asked for. The words of questions and answers are in their records alone.
    """

    kind: str  # request | consent_request | outcome
    record: str
    version: int
    partner: str
    org: str  # ours: who asks, or who is asked
    direction: str  # in: the partner asks us | out: we ask the partner
    state: str  # lifecycle `asked`
    asked_at: int  # in: received; out: sealed
    due_at: int
    clock: str  # 8h | 3d | 7d | by (a day that the asker named)
    urgent: bool = False
    direct: str | None = None  # yes | no: whether the information is directly accessible
    action: str | None = None  # the operational action
    question: str | None = None  # the answer by which something is to be made clearer
    reply: str | None = None  # the newest reply, ours or theirs; one of ours while it is held
    replied_at: int | None = None  # when a reply left, or came
    code: str | None = None  # of a refusal, a consent or an outcome
    matches: int = 0  # records held with an identifier in common, when it came


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCount:
    """How many questions of one kind stand alike; `over`: their time is over, and no answer."""

    partner: str
    action: str | None
    state: str
    code: str | None
    over: bool
    count: int
