"""What was given to others about one person, as three readers may see it. Pure.

Owns who sees which member, and the sentences for the person. An auditor sees all that is kept; a
supervisory authority the same in the terms of the law; the person what concerns that person.

Stays true:
  * The person reads nothing about anybody else: no record, no officer, no other person's notice,
    and no possible match, which may be about somebody else altogether.
  * Codes and ids only; no rendering holds a value of the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.core.moments import shown
from gateway.core.terms import purpose_in_words

Json = dict[str, Any]
AUDITOR: Final = "auditor"
AUTHORITY: Final = "supervisory_authority"
SUBJECT: Final = "data_subject"
RENDERINGS: Final = (AUDITOR, AUTHORITY, SUBJECT)

_FOR_AUTHORITY: Final = (
    *("id", "sealed_at", "partner", "recipient_class", "recipient_country"),
    *("record", "version", "type", "purpose", "legal_basis", "agreement", "consents", "ground"),
    *("approvals", "withheld", "terms_in_words", "delivery", "now", "notices", "about"),
)
_CLASSES: Final = {
    "eu_authority": "an authority of a state of the European Union",
    "eu_agency": "an agency of the European Union",
    "schengen": "an authority of a Schengen state",
    "third_country": "an authority of a state outside the European Union",
    "international_organisation": "an international organisation",
    "fiu": "a financial intelligence unit",
    "hotline": "a hotline",
    "regulator": "a regulator",
    "private": "a private organisation",
}
_CATEGORIES: Final = {
    "suspect": "as somebody suspected of an offence",
    "convicted": "as somebody convicted of an offence",
    "potential_future": "as somebody who might commit an offence",
    "victim": "as a victim, or somebody who may be one",
    "witness": "as a witness",
    "contact": "as a contact of somebody else",
    "associate": "as an associate of somebody else",
    "informant": "as somebody who gave information",
    "person_of_interest_not_suspect": "as a person of interest who is not suspected",
    "unknown": "without saying in which role",
}
_KINDS: Final = {
    "names": "your names",
    "dob": "your date of birth",
    "pob": "your place of birth",
    "sex": "your sex",
    "nationalities": "your nationalities",
    "ids": "numbers of your papers",
    "documents": "your papers",
    "addresses": "your addresses",
    "minor": "whether you are under 18",
    "safeguarding_flag": "whether you need protection",
    "convictions": "convictions",
    "accounts": "accounts of yours",
    "identities": "online identities of yours",
    "means_of_transport": "vehicles of yours",
}
_SINCE: Final = {
    "correct": "it was corrected",
    "restrict": "its use was restricted",
    "recall": "it was called back",
    "erase": "its erasure was demanded",
    "change_restrictions": "further limits were put on its use",
    "category_change": "the role in which you are named was corrected",
    "promote": "it was confirmed by other information",
    "demote": "it lost the confirmation it had",
    "expire": "it was erased because its time was over",
    "dispute": "it was marked as disputed",
}
_LIFTED: Final = {
    "restrict": "a restriction of its use was lifted",
    "change_restrictions": "a limit on its use was lifted",
    "dispute": "it was no longer marked as disputed",
}
_RIGHTS: Final = (
    "You may ask us to correct or erase what we hold about you, or to limit its use.",
    "You may complain to the supervisory authority, and go to court.",
    "Directive (EU) 2016/680, articles 14 to 18, 52 and 54.",
)


def render(
    kind: str, head: Mapping[str, Any], proven: Sequence[Json], possible: Sequence[Json]
) -> Json:
    """Return one rendering as JSON. `head` says who asked, when, why, and how much was searched."""
    if kind == SUBJECT:
        return _for_subject(head, proven)
    shown = [proven, possible]
    if kind == AUTHORITY:
        shown = [[_for_authority(one) for one in some] for some in shown]
    return {"rendering": kind, **head, "disclosures": shown[0], "possible": shown[1]}


def _for_authority(one: Json) -> Json:
    kept = {name: one[name] for name in _FOR_AUTHORITY}
    stops = [step for step in one["trace"] if step["outcome"] != "pass"]
    return {**kept, "rules_that_did_not_just_pass": stops}


def _for_subject(head: Mapping[str, Any], proven: Sequence[Json]) -> Json:
    given = [one for one in proven if (one["delivery"] or {}).get("taken") != "no"]
    return {
        "rendering": SUBJECT,
        "language": "en",
        "from": head["org"] or head["gateway"],
        "asked_at": head["asked_at"],
        "looked_from": head["since"],
        "given": [_given(one) for one in given],
        "rights": list(_RIGHTS),
    }


def _given(one: Json) -> Json:
    return {
        "on": _day(one["sealed_at"]),
        "to": one["partner"],
        "country": one["recipient_country"],
        "sentences": list(_sentences(one)),
    }


def _sentences(one: Json) -> Iterator[str]:
    delivery = one["delivery"] or {}
    verb = "was given" if delivery.get("taken") == "yes" else "may have reached"
    to = _CLASSES.get(str(one["recipient_class"]), "a recipient")
    country = f" ({one['recipient_country']})" if one["recipient_country"] else ""
    yield f"On {_day(one['sealed_at'])} information about you {verb} {_of(verb, to)}{country}."
    for about in one["about"]:
        yield _about(about)
    if one["purpose"]:
        yield f"It was given {purpose_in_words(one['purpose'])}."
    if one["legal_basis"]:
        yield f"The law it rests on: {one['legal_basis']}."
    if one["ground"]:
        yield f"It left the European Union on this ground: {_ground(one['ground'])}."
    if one["terms"].get("keep_until"):
        yield f"The recipient may keep it until {one['terms']['keep_until']}."
    for notice in _own_notices(one):
        yield f"Since then, on {_day(notice['at'])}, {_since(notice)}."
    yield _held(one)


def _held(one: Json) -> str:
    if one["now"] == "erased":
        return "We hold it no longer."
    if _is_out(one):
        return "We still hold the rest of it ourselves, and you are no longer in it."
    return "We still hold it ourselves."


def _is_out(one: Json) -> bool:
    """Return whether the person was taken out of a record that is held, wherever it named them."""
    return one["now"] != "erased" and all(about["removed"] for about in one["about"])


def _since(notice: Json) -> str:
    if notice["lifts"]:
        return _LIFTED[notice["kind"]]
    end = f", until {_day(notice['until'])}" if notice["until"] is not None else ""
    return f"{_SINCE[notice['kind']]}{end}"


def _of(verb: str, to: str) -> str:
    return f"to {to}" if verb == "was given" else to


def _about(about: Json) -> str:
    kinds = [_KINDS[name] for name in about["kinds"] if name in _KINDS]
    what = f": {', '.join(kinds)}" if kinds else ""
    if about["category"] is None:
        return f"It concerned something of yours{what}."
    role = _CATEGORIES.get(about["category"], "in another role")
    return f"You were named {role}{what}."


def _ground(ground: str) -> str:
    """Return a ground without the names of our own items."""
    kinds = {
        "adequacy": "a decision that the other state protects data well enough",
        "instrument": "an agreement that protects your data there",
        "derogation": "an exception that the law allows in a single case",
    }
    named = [kinds.get(one.partition(":")[0], "another ground") for one in ground.split(",")]
    return " and ".join(dict.fromkeys(named))


def _own_notices(one: Json) -> Iterator[Json]:
    """Yield the notices about the whole record, and about this person in it."""
    places = {about["place"] for about in one["about"]}
    for notice in one["notices"]:
        if notice["kind"] in _SINCE and (notice["person"] is None or notice["person"] in places):
            yield notice


def as_text(report: Mapping[str, Any]) -> str:
    """Return a rendering as lines for people."""
    lines = _letter(report) if report["rendering"] == SUBJECT else _list(report)
    return "\n".join(lines) + "\n"


def _letter(report: Mapping[str, Any]) -> Iterator[str]:
    yield "What we have given to others about you"
    yield ""
    since = f" since {_day(report['looked_from'])}" if report["looked_from"] is not None else ""
    yield (
        f"On {_day(report['asked_at'])} {report['from']} looked through everything that was given "
        f"to others{since}."
    )
    if not report["given"]:
        yield "Nothing in it is about you."
    for number, one in enumerate(report["given"], start=1):
        yield ""
        yield f"{number}. {one['to']}"
        yield from (f"   {sentence}" for sentence in one["sentences"])
    yield ""
    yield "Your rights"
    yield from (f"   {sentence}" for sentence in report["rights"])


def _list(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"Disclosures about one person, for: {report['rendering'].replace('_', ' ')}"
    yield f"gateway {report['gateway']}, organisation {report['org'] or '-'}"
    yield f"asked {_moment(report['asked_at'])}, reason {report['reason']}"
    yield f"by {' and '.join(report['by'])}"
    yield f"blocks searched {report['blocks'] - report['shut']}, not opened {report['shut']}"
    for title, some in (
        ("Found", report["disclosures"]),
        ("Possible: compare by hand", report["possible"]),
    ):
        yield ""
        yield f"{title}: {len(some)}"
        for one in some:
            yield ""
            yield from _listed(one)


_LINES: Final = (
    *("record", "version", "type", "purpose", "legal_basis", "agreement", "ground"),
    "rendition",
)


def _listed(one: Json) -> Iterator[str]:
    who = f"{one['partner']} ({one['recipient_class'] or '-'}, {one['recipient_country'] or '-'})"
    yield f"{_moment(one['sealed_at'])}  {who}"
    for name in _LINES:
        if one.get(name) is not None:
            yield f"  {name.replace('_', ' ')}: {one[name]}"
    yield f"  now: {one['now']}{', this person is no longer in it' if _is_out(one) else ''}"
    for about in one["about"]:
        yield f"  as {about['category'] or about['place']}: {', '.join(about['kinds']) or '-'}"
        yield f"    found by {', '.join(about['found_by'])}"
    yield f"  consents: {', '.join(one['consents']) or 'none'}"
    yes = [f"{given['rule']} {'+'.join(given['by'])}" for given in one["approvals"]]
    yield f"  approved: {', '.join(yes) or 'nothing needed it'}"
    cuts = [f"{cut['pointer']} ({cut['code']})" for cut in one["withheld"]]
    yield f"  withheld: {', '.join(cuts) or 'nothing'}"
    for clause in one["terms_in_words"]:
        yield f"  {clause['id']}: {clause['text']}"
    delivery = one["delivery"] or {}
    yield (
        f"  envelope {delivery.get('ep')}/{delivery.get('seq')}: {delivery.get('state')}, "
        f"taken: {delivery.get('taken')}, verdict: {delivery.get('verdict') or '-'}"
    )
    for notice in one["notices"]:
        person = f" of {notice['person']}" if notice["person"] else ""
        lifted = " lifted" if notice["lifts"] else ""
        yield (
            f"  notice {_moment(notice['at'])}: {notice['kind']}{lifted}{person} "
            f"({notice['code'] or '-'}), there: {notice['told'] or 'not told'}"
        )


def _day(milliseconds: int) -> str:
    return shown(milliseconds).date().isoformat()


def _moment(milliseconds: int) -> str:
    return shown(milliseconds).isoformat(timespec="seconds").replace("+00:00", "Z")
