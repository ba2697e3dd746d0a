"""The STIX 2.1 rendering: a bundle whose first object says the terms.

Persons and organisations become identities, accounts and online identities user accounts, what was
seen at an address observed data, the record itself a report that refers to all of them. STIX has no
place for most of what police and financial intelligence say: that stands as words in a description
or a note, and the report names every such member, and every one that is left out.

Stays true:
  * Every object that can be marked carries the terms and a label at least as strict as the codes.
  * A reported address is written so that no program follows it.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.base import Handed, Loss, Rendered
from adapters.renderings.stix_objects import (
    EXTENSION,
    Maker,
    Object,
    extension_definition,
    in_words,
    stamp,
)

AS_TEXT: Final = "as-text"
NO_PLACE: Final = "no-place"
# Members of the envelope around what a record says; the report's extension names the record.
_ENVELOPE: Final = frozenset({"nonce", "schema", "rendition", "addressees", "corrects"})
_SAID: Final = frozenset(
    {"id", "version", "type", "originator", "created", "terms", "external_refs"}
)
_NAMES: Final = ("full", "given", "family")


@dataclass
class _Bundle:
    """The objects so far, which of them stands for which part, and what was lost."""

    make: Maker
    objects: dict[str, Object] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)  # pointer of a part → id of its object
    losses: list[Loss] = field(default_factory=list)

    def add(self, made: Object, pointer: str | None = None) -> str:
        known = self.objects.setdefault(made["id"], made)
        belongs = [*known.get("belongs_to_refs", ()), *made.get("belongs_to_refs", ())]
        if belongs:
            known["belongs_to_refs"] = list(dict.fromkeys(belongs))
        if pointer is not None:
            self.parts.setdefault(pointer, known["id"])
        return str(known["id"])

    def rest(self, part: Mapping[str, Any], pointer: str, *said: str) -> str:
        """Return as words what has no property, and name it as a loss."""
        left = {name: value for name, value in part.items() if name not in said}
        self.losses += [Loss(f"{pointer}/{name}", AS_TEXT) for name in left]
        return in_words(left)

    def note(self, pointer: str, content: str, about: Iterable[str]) -> None:
        """Add words about objects; about the whole record where it is about none of them."""
        named = list(dict.fromkeys(about)) or [self.make.id("report", "")]
        if content:
            self.add(self.make.domain("note", pointer, content=content, object_refs=named))


@dataclass(frozen=True)
class Stix:
    """Writes a STIX 2.1 bundle."""

    name: str = "stix"
    media_type: str = "application/stix+json;version=2.1"
    holds_terms: bool = True

    def render(self, handed: Handed) -> Rendered:
        """Write it."""
        make = Maker(handed)
        bundle = _Bundle(make)
        _originator(handed, bundle)
        body = handed.body
        for name, write in _PARTS.items():
            for number, part in enumerate(body.get(name) or ()):
                write(part, f"/{name}/{number}", bundle)
        if body.get("location"):
            _hosting(body["location"], bundle)
        _holders(body, bundle)
        _report(handed, bundle)
        objects = [*make.markings, *bundle.objects.values(), extension_definition(make)]
        written = {"type": "bundle", "id": make.id("bundle", ""), "objects": objects}
        return Rendered(json.dumps(written, ensure_ascii=False).encode(), tuple(bundle.losses))


def _originator(handed: Handed, bundle: _Bundle) -> None:
    given = handed.body.get("originator") or {}
    made = bundle.make.domain(
        "identity",
        "/originator",
        name=str(given.get("org_id") or handed.sender),
        identity_class="organization",
        description=in_words({k: v for k, v in given.items() if k != "org_id"}),
    )
    made["created_by_ref"] = made["id"]
    bundle.make.originator = bundle.add(made)


def _person(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    names = part.get("names") or []
    first = names[0] if names else {}
    name = first.get("full") or " ".join(first[one] for one in _NAMES if first.get(one))
    said = ["category"]
    if len(names) == 1 and set(first) == {"full"}:
        said.append("names")
    bundle.add(
        bundle.make.domain(
            "identity",
            pointer,
            name=name or f"a person without a name ({part.get('category', 'unknown')})",
            identity_class="individual",
            roles=[str(part.get("category", "unknown"))],
            description=bundle.rest(part, pointer, *said),
        ),
        pointer,
    )


def _organisation(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    bundle.add(
        bundle.make.domain(
            "identity",
            pointer,
            name=str(part.get("name") or "an organisation without a name"),
            identity_class="organization",
            description=bundle.rest(part, pointer, "name"),
        ),
        pointer,
    )


def _account(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    """Write an account by the first number it has; STIX knows no account of a bank."""
    number = next(
        (n for n in ("iban", "address", "account_no", "card", "handle") if part.get(n)), ""
    )
    written = part.get(number)
    made = bundle.make.observable(
        "user-account",
        {
            "account_type": str(part.get("kind", "unknown")).replace("_", "-"),
            "user_id": written if isinstance(written, str) else in_words(written),
        },
    )
    id_ = bundle.add(made, pointer)
    bundle.note(pointer, bundle.rest(part, pointer, "kind", number, "holder_ref"), [id_])


def _identity(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    make, ids = bundle.make, []
    if part.get("handle") or part.get("user_id"):
        naming = {
            "account_type": part.get("platform"),
            "user_id": part.get("user_id"),
            "account_login": part.get("handle"),
        }
        ids.append(bundle.add(make.observable("user-account", naming), pointer))
    if part.get("email"):
        value = {"value": part["email"]}
        made = make.observable("email-addr", value, belongs_to_ref=ids[0] if ids else None)
        ids.append(bundle.add(made, pointer))
    said = ["user_id", "handle", "email", "holder_ref"]
    if len(ids) > bool(part.get("email")):
        said.append("platform")
    bundle.note(pointer, bundle.rest(part, pointer, *said), ids)


def _seen(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    make = bundle.make
    address = _address(part, bundle)
    refs = [address] if address else []
    said = ["ip", "identity_ref"] if address else ["identity_ref"]
    if address and part.get("port"):
        version = "ipv6" if address.startswith("ipv6") else "ipv4"
        naming = {"src_ref": address, "src_port": part["port"], "protocols": [version]}
        refs.append(bundle.add(make.observable("network-traffic", naming)))
        said.append("port")
    if address and part.get("asn") is not None:
        said.append("asn")
    time = stamp(part.get("time"))
    if refs and time:
        made = make.domain(
            "observed-data",
            pointer,
            first_observed=time,
            last_observed=time,
            number_observed=1,
            object_refs=refs,
        )
        refs = [bundle.add(made, pointer), *refs]
        said.append("time")
    bundle.note(pointer, bundle.rest(part, pointer, *said), refs[:1])


def _address(part: Mapping[str, Any], bundle: _Bundle) -> str | None:
    """Add an address, with the network it belongs to; None if there is none to be read."""
    try:
        address = ipaddress.ip_address(str(part.get("ip")))
    except ValueError:
        return None
    belongs = []
    number = str(part.get("asn") if part.get("asn") is not None else "").removeprefix("AS")
    if number.isdecimal():
        made = bundle.make.observable("autonomous-system", {"number": int(number)})
        belongs.append(bundle.add(made))
    made = bundle.make.observable(
        f"ipv{address.version}-addr", {"value": str(address)}, belongs_to_refs=belongs
    )
    return bundle.add(made)


def _location(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    country = part.get("country")
    if not isinstance(country, str) or country == "unknown":
        bundle.note(pointer, bundle.rest(part, pointer), [])
        return
    bundle.add(
        bundle.make.domain(
            "location",
            pointer,
            country=country,
            administrative_area=part.get("subdivision"),
            city=part.get("locality"),
            street_address=part.get("street"),
            postal_code=part.get("postal_code"),
            description=bundle.rest(
                part,
                pointer,
                *("country", "subdivision", "locality", "street", "postal_code", "person_ref"),
            ),
        ),
        pointer,
    )


def _in_words_only(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    """Write a part for which STIX has nothing, as a note about the parts it points to."""
    refs = [
        bundle.parts[value]
        for value in part.values()
        if isinstance(value, str) and value in bundle.parts
    ]
    bundle.note(pointer, bundle.rest(part, pointer), refs)


def _relation(part: Mapping[str, Any], pointer: str, bundle: _Bundle) -> None:
    source, target = bundle.parts.get(str(part.get("from"))), bundle.parts.get(str(part.get("to")))
    if source is None or target is None or source == target:
        _in_words_only(part, pointer, bundle)
        return
    said = bundle.rest(part, pointer, "from", "to")
    bundle.add(bundle.make.related(source, target, pointer, said))


# In this order: what others point to comes first.
_PARTS: Final = {
    "persons": _person,
    "organisations": _organisation,
    "accounts": _account,
    "identities": _identity,
    "network": _seen,
    "locations": _location,
    "documents": _in_words_only,
    "means_of_transport": _in_words_only,
    "transactions": _in_words_only,
    "indicator_hits": _in_words_only,
    "relations": _relation,
}
_POINTING: Final = ("holder_ref", "identity_ref", "person_ref")


def _holders(body: Mapping[str, Any], bundle: _Bundle) -> None:
    """Tie what somebody holds, or was seen as, to them."""
    for name in _PARTS:
        for number, part in enumerate(body.get(name) or ()):
            pointer = f"/{name}/{number}"
            own = bundle.parts.get(pointer)
            for member in _POINTING:
                other = bundle.parts.get(str(part.get(member)))
                if own and other and own != other:
                    bundle.add(bundle.make.related(own, other, f"{pointer}/{member}"))
                elif part.get(member) and name not in ("documents", "means_of_transport"):
                    bundle.losses.append(Loss(f"{pointer}/{member}", NO_PLACE))


def _hosting(part: Mapping[str, Any], bundle: _Bundle) -> None:
    """Write where something is reported to be; its URL only in words, and defanged."""
    refs = []
    if part.get("domain"):
        made = bundle.make.observable("domain-name", {"value": part["domain"]})
        refs.append(bundle.add(made))
    address = _address(part, bundle)
    said = ["domain"] if refs else []
    if address:
        refs.append(address)
        said += ["ip", "asn"]
    words = dict(part)
    if isinstance(words.get("url"), str):
        words["url"] = defanged(words["url"])
    bundle.note("/location", bundle.rest(words, "/location", *said), refs)


def defanged(url: str) -> str:
    """Return an address as people can read it and no program follows it."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    readable = host.replace("[.]", ".").replace(".", "[.]")
    return f"{scheme.lower().replace('tt', 'xx', 1)}{separator}{readable}{slash}{path}"


def _report(handed: Handed, bundle: _Bundle) -> None:
    body = handed.body
    done = _SAID | _ENVELOPE | _PARTS.keys() | {"location"}
    rest = {name: value for name, value in body.items() if name not in done}
    bundle.losses += [Loss(f"/{name}", AS_TEXT) for name in rest]
    bundle.losses += [Loss(f"/{name}", NO_PLACE) for name in sorted(_ENVELOPE & body.keys())]
    for name, value in rest.items():
        bundle.note(f"/{name}", f"{name.replace('_', ' ')}: {in_words(value)}", [])
    extension = {
        "extension_type": "property-extension",
        "terms": dict(handed.terms),
        "terms_in_words": [dict(one) for one in handed.terms_in_words],
        "record": handed.record,
        "version": handed.version,
        "record_type": handed.type,
        "sender": handed.sender,
        "urgency": handed.urgency,
        "handling": sorted(handed.handling),
        "losses": [{"pointer": one.source, "code": one.code} for one in bundle.losses],
    }
    report = bundle.make.domain(
        "report",
        "",
        name=f"{handed.type.replace('_', ' ')} {body.get('provider_ref') or handed.record}",
        published=stamp(body.get("as_of")) or bundle.make.created,
        object_refs=[id_ for id_ in bundle.objects if not id_.startswith("report--")],
        external_references=[
            {"source_name": str(one["scheme"]), "external_id": str(one["value"])}
            for one in body.get("external_refs") or ()
        ],
        extensions={EXTENSION: extension},
    )
    bundle.objects = {report["id"]: report, **bundle.objects}


STIX: Final = Stix()
