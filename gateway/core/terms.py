"""What a recipient may do with a record: its terms in words, and yes, no or ask. Pure.

Owns the wording of the `terms` block, clause by clause, and the answers that follow from it.
Leaves computing the block to `core.policy`, and reading it from a signed text to `flow`.

Stays true:
  * What the terms do not say, or say in a code that is not known here, is not allowed.
  * What was laid on the record since it came only ever takes a yes away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, assert_never

YES: Final = "yes"
NO: Final = "no"
ASK: Final = "ask"

_KNOWN: Final = frozenset(
    {"purposes", "evidence", "pass_on", "pass_on_to", "keep_until", "assurances", "contact"}
)
_PURPOSES: Final[Mapping[str, str]] = {
    "cross_check": "to compare it with what you hold",
    "strategic_analysis": "for analyses that are about no single case",
    "operational_analysis": "for the analysis of a case",
    "facilitate_exchange": "to help others exchange what they hold",
    "research": "for research",
    "public_appeal": "to ask the public for help",
}
_ASSURANCES: Final[Mapping[str, str]] = {
    "no_death_penalty": "You assure that it serves no sentence of death, and no execution."
}
_EVIDENCE: Final[Mapping[str, str]] = {
    YES: "You may use it as evidence in court.",
    NO: "You may not use it as evidence in court.",
    ASK: "Ask the sender before you use it as evidence in court.",
}
_PURPOSE_SOURCE: Final = "Regulation (EU) 2016/794 art. 18(2), 19; Directive (EU) 2016/680 art. 4"
_EVIDENCE_SOURCE: Final = "Europol handling code H1; Directive (EU) 2023/977 art. 1"
_ONWARD_SOURCE: Final = "Europol handling code H2; Directive (EU) 2016/680 art. 35(1)(e)"
_KEEP_SOURCE: Final = "Directive (EU) 2016/680 art. 5"
_ASSURANCE_SOURCE: Final = "Directive (EU) 2016/680 recital 71"
_STATE_SOURCE: Final = "Directive (EU) 2016/680 art. 7(3), 16"
_CONSENT_SOURCE: Final[Mapping[str, str]] = {
    "pass_on": _ONWARD_SOURCE,
    "evidence": _EVIDENCE_SOURCE,
    "other_purpose": _PURPOSE_SOURCE,
}
_NO_USE: Final = frozenset({"access", "use"})
_NO_EVIDENCE: Final = frozenset({"evidential", "H1"})  # restrictions and handling codes
_NOT_ONWARD: Final = frozenset({"transfer", "H2", "H3"})


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the terms, under a name that answers refer to, and the law behind it."""

    id: str
    text: str
    source: str

    def json(self) -> dict[str, str]:
        """Return the clause as plain JSON."""
        return {"id": self.id, "text": self.text, "source": self.source}


@dataclass(frozen=True, slots=True)
class PassOn:
    """The question whether it may go on to this organisation."""

    to: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The question whether it may be used in court."""


@dataclass(frozen=True, slots=True)
class KeepUntil:
    """The question whether it may be kept up to and with this day."""

    day: date


@dataclass(frozen=True, slots=True)
class Purpose:
    """The question whether it may be used for this purpose."""

    code: str


Question = PassOn | Evidence | KeepUntil | Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the sender allowed since, by a consent that is in force."""

    name: str
    use: str  # pass_on | evidence | other_purpose
    until: str  # the moment it ends
    to: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    conditions: str = ""  # in words, which a person of ours accepted

    def allows(self, question: Question) -> bool:
        """Return whether it answers this question with yes."""
        match question:
            case Evidence():
                return self.use == "evidence"
            case Purpose(code=code):
                return self.use == "other_purpose" and code in self.purposes
            case PassOn(to=to):
                return self.use == "pass_on" and to in self.to
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, no or ask; the clause that says so, and whom to ask (members of the contact)."""

    answer: str
    clause: Clause
    contact: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """Return the answer as plain JSON."""
        return {
            "answer": self.answer,
            "clause": self.clause.json(),
            "contact": dict(self.contact) or None,
        }


def in_words(terms: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the terms as sentences, in the order in which people should read them."""
    return [clause.json() for clause in clauses(terms)]


def purpose_in_words(code: str) -> str:
    """Return what a purpose is for; of a code not known here, its words."""
    return _PURPOSES.get(code) or f"for {code.replace('_', ' ')}"


def clauses(terms: Mapping[str, Any]) -> tuple[Clause, ...]:
    """Return every clause of a `terms` block; what it leaves out is said as well."""
    return tuple(_all(terms))


def _all(terms: Mapping[str, Any]) -> Iterator[Clause]:
    yield _purpose(terms)
    yield _evidence(terms)[1]
    yield _pass_on(terms, None)[1]
    yield _keep(terms, None)[1]
    yield from _assurances(terms)
    yield from _unknown(terms)
    yield _contact_clause(contact(terms))


def may(
    question: Question,
    terms: Mapping[str, Any],
    *,
    state: str = "current",
    since: frozenset[str] = frozenset(),
    grants: Sequence[Grant] = (),
) -> Answer:
    """Answer one question about a received record from the signed terms.

    `state` is the record's state here, `since` are the restrictions and handling codes that
    notices laid on it after it came, `grants` the sender's consents for it that are in force. A
    consent widens the terms; it does not undo what was laid on the record since.
    """
    whom = contact(terms)
    stopped = _stopped(state) or next(_unknown(terms), None)
    if stopped is not None:
        return Answer(NO, stopped, whom)
    match question:
        case Evidence():
            answer, clause = _evidence(terms)
            later = _since(since & _NO_EVIDENCE, _EVIDENCE[NO])
        case PassOn(to=to):
            answer, clause = _pass_on(terms, to)
            later = _since(since & _NOT_ONWARD, "You may pass it on to nobody.")
        case KeepUntil(day=day):
            answer, clause = _keep(terms, day)
            later = None
        case Purpose(code=code):
            answer, clause = _for_purpose(terms, code)
            later = _since(since & _NO_USE, "You may use it for nothing.")
        case _ as unreachable:
            assert_never(unreachable)
    if later is not None:
        return Answer(NO, later, whom)
    granted = next((one for one in grants if one.allows(question)), None)
    if answer != YES and granted is not None:
        return Answer(YES, _granted(granted), whom)
    return Answer(answer, clause, whom)


def _for_purpose(terms: Mapping[str, Any], code: str) -> tuple[str, Clause]:
    """Return yes for a purpose of the terms; for another one the sender can be asked."""
    purposes = _words(terms.get("purposes"))
    answer = ASK if purposes else NO
    return YES if code in purposes else answer, _purpose(terms)


def _granted(grant: Grant) -> Clause:
    text = f"Granted by consent {grant.name} of the sender until {grant.until}."
    if grant.conditions:
        text += f" You accepted its conditions: {grant.conditions}"
    return Clause("T-consent", text, _CONSENT_SOURCE[grant.use])


def contact(terms: Mapping[str, Any]) -> dict[str, str]:
    """Return whom to ask: name, phone and email, as far as the sender gave them."""
    given = terms.get("contact")
    if not isinstance(given, Mapping):
        return {}
    return {
        name: given[name]
        for name in ("name", "phone", "email")
        if isinstance(given.get(name), str) and given[name]
    }


def _purpose(terms: Mapping[str, Any]) -> Clause:
    purposes = _words(terms.get("purposes"))
    if not purposes:
        text = "The sender named no purpose: you may use it for nothing before you have asked."
    else:
        known = [purpose_in_words(one) for one in purposes]
        text = f"You may use it {_listed(known, 'and')}, and for nothing else."
    return Clause("T-purpose", text, _PURPOSE_SOURCE)


def _evidence(terms: Mapping[str, Any]) -> tuple[str, Clause]:
    said = terms.get("evidence")
    answer = said if isinstance(said, str) and said in _EVIDENCE else NO
    text = _EVIDENCE[answer]
    if answer != said:
        text = f"The terms do not say whether it may serve as evidence: {_lower(text)}"
    return answer, Clause("T-evidence", text, _EVIDENCE_SOURCE)


def _pass_on(terms: Mapping[str, Any], to: str | None) -> tuple[str, Clause]:
    """Return the clause, and the answer for one organisation; None: the clause alone is asked."""
    said, listed = terms.get("pass_on"), _words(terms.get("pass_on_to"))
    answer = NO
    text = "You may pass it on to nobody."
    if said == ASK:
        answer, text = ASK, "Ask the sender before you pass it on to anybody."
    elif said == "list" and listed:
        answer = YES if to in listed else NO
        text = f"You may pass it on to {_listed(listed, 'and')}, and to nobody else."
    elif said != "nobody":
        text = f"The terms do not say to whom it may go on: {_lower(text)}"
    return answer, Clause("T-pass-on", text, _ONWARD_SOURCE)


def _keep(terms: Mapping[str, Any], day: date | None) -> tuple[str, Clause]:
    last = _day(terms.get("keep_until"))
    if last is None:
        text = "The terms do not say how long it may be kept: agree a day with the sender first."
        return NO, Clause("T-keep", text, _KEEP_SOURCE)
    text = (
        f"You may keep it until {last.isoformat()}. Then erase it, or tell the sender on which "
        "ground of your own you keep it."
    )
    return YES if day is not None and day <= last else NO, Clause("T-keep", text, _KEEP_SOURCE)


def _assurances(terms: Mapping[str, Any]) -> Iterator[Clause]:
    for code in _words(terms.get("assurances")):
        if code in _ASSURANCES:
            yield Clause("T-assurance", _ASSURANCES[code], _ASSURANCE_SOURCE)


def _unknown(terms: Mapping[str, Any]) -> Iterator[Clause]:
    """Yield a clause for each term that cannot be judged here."""
    names = sorted(set(terms) - _KNOWN)
    names += [
        f"assurance {one}" for one in _words(terms.get("assurances")) if one not in _ASSURANCES
    ]
    for name in names:
        text = f"There is a term that this gateway does not know ({name}): ask before any use."
        yield Clause("T-unknown", text, "the sender's own")


def _contact_clause(whom: Mapping[str, str]) -> Clause:
    ways = ", ".join(whom.values())
    text = f"Ask, day and night: {ways}." if ways else "The sender named nobody to ask."
    return Clause("T-contact", text, "the sender's own")


_STATES: Final[Mapping[str, str]] = {
    "recalled": "The sender has called it back: stop using it.",
    "erased": "It was erased here.",
    "superseded": "A newer version has replaced it: ask about that one.",
    "restricted": "The sender has restricted it: keep it, and use it for nothing.",
}


def _stopped(state: str) -> Clause | None:
    """Return why nothing may be done with a record in this state, None if something may."""
    text = _STATES.get(state)
    return Clause("T-state", text, _STATE_SOURCE) if text else None


def _since(codes: frozenset[str], text: str) -> Clause | None:
    if not codes:
        return None
    named = _listed(sorted(codes), "and")
    return Clause("T-since", f"The sender has added {named} since. {text}", "the sender's notice")


def _words(value: object) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [one for one in value if isinstance(one, str) and one]


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _listed(words: Sequence[str], last: str) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
