"""Persons, entities and accounts of a goAML report → parts of a record.

Owns how one party is read. A suspicion in goAML is the reporting entity's, hence makes nobody a
suspect: such a person is a person of interest.

Stays true:
  * Whatever a pointer names was begun before its members, so no pointer can miss its part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.drafting import Sketch, code_of, truth
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import Dialect
from adapters.sources.goaml_things import Things
from schemas import normal
from schemas.faults import NotNormal

_SEXES: Final = {"F": "female", "M": "male"}
_NUMBERS: Final = (("ssn", "national_id"), ("id_number", "other"), ("tax_number", "tax_id"))
_NAME_PARTS: Final = ("first_name", "middle_name", "prefix", "last_name")
# What says that two parties written alike are one; a name does not.
_IDENTIFYING: Final = frozenset(
    {
        "ssn", "passport_number", "id_number", "identification", "identifications", "tax_number",
        "birthdate", "incorporation_number", "iban", "account",
    }
)  # fmt: skip
_NO_BIRTH_DATE: Final = "1753-01-01"  # the earliest goAML can hold stands for none
_LONGEST_IBAN: Final = 34


class Parties:
    """The parts of one draft, as its parties are read."""

    def __init__(self, sketch: Sketch, dialect: Dialect) -> None:
        self._sketch = sketch
        self._dialect = dialect
        self._things = Things(sketch, dialect)
        self._roles = code_of(dialect.relation_roles)
        self._id_kinds = code_of(dialect.id_kinds)
        self._read: dict[object, str] = {}  # what was read, as it was written → its pointer

    def party(self, party: Element) -> str | None:
        """Read a party of an activity or transaction; return the pointer of its part."""
        return self.subject(party, "", "is_suspected")

    def subject(self, holder: Element, prefix: str, suspected: str) -> str | None:
        """Read the account, person or entity that `holder` names; return its pointer."""
        for suffix in ("", "_my_client"):
            for kind, read in (("account", self.account), ("entity", self.organisation)):
                one = holder.child(f"{prefix}{kind}{suffix}")
                if one is not None:
                    return read(one)
            one = holder.child(f"{prefix}person{suffix}")
            if one is not None:
                return self.person(one, suspected=holder.child(suspected))
        return None

    def person(self, person: Element, *, suspected: Element | None = None) -> str:
        """Read a person; return its pointer."""
        here = self._once("persons", person, self._fill_person)
        if suspected is not None and truth(suspected.text):
            category = "person_of_interest_not_suspect"
            self._sketch.put(f"{here}/category", category, suspected, "suspicion-of-reporter")
        return here

    def organisation(self, entity: Element) -> str:
        """Read an entity; return its pointer."""
        return self._once("organisations", entity, self._fill_organisation)

    def account(self, account: Element) -> str:
        """Read an account with its holders; return its pointer."""
        return self._once("accounts", account, self._fill_account)

    def relate(self, one: str, other: str, kind: str, source: Element, *, role: str = "") -> None:
        """Write that two parts belong together; `role` is the child that says how."""
        sketch, here = self._sketch, self._sketch.place("relations")
        sketch.point(f"{here}/from", one, source.path)
        sketch.point(f"{here}/to", other, source.path)
        sketch.constant(f"{here}/type", kind)
        if role:
            sketch.take(source, role, f"{here}/role", "role-of-dialect", self._roles)
        dates, day = source.child("relation_date_range"), self._dialect.date_form.day
        sketch.take(dates, "valid_from", f"{here}/valid_from", "date-of-time", day)
        sketch.take(dates, "valid_to", f"{here}/valid_to", "date-of-time", day)

    def _once(self, parts: str, element: Element, fill: Callable[[Element, str], None]) -> str:
        """Return the pointer of a party, read now or when it was first written just like this."""
        identified = _is_identified(element, self._dialect)
        likeness = (parts, _likeness(element)) if identified else None
        if likeness in self._read:
            here = self._read[likeness]
            self._sketch.repeat(element.path, here)
            return here
        here = self._sketch.part(parts, element.path)
        fill(element, here)
        if likeness is not None:
            self._read[likeness] = here
        return here

    def _fill_person(self, person: Element, here: str) -> None:
        sketch, country = self._sketch, self._dialect.country
        self._names(person, here)
        sketch.take(person, "birthdate", f"{here}/dob", "date-of-time", self._birth_date)
        sketch.take(person, "birth_place", f"{here}/pob/locality")
        sketch.take(person, "country_of_birth", f"{here}/pob/country", "country-code", country)
        sketch.take(person, "gender", f"{here}/sex", "gender", code_of(_SEXES))
        count = 0
        for tag in ("nationality1", "nationality2", "nationality3"):
            place = f"{here}/nationalities/{count}"
            count += sketch.take(person, tag, place, "country-code", country)
        self._numbers(person, here)
        self._addresses(person, here)
        place = f"{here}/addresses/{len(sketch.entry(here).get('addresses', ()))}"
        sketch.take(person, "residence", f"{place}/country", "country-code", country)
        self._contacts(person, here)
        self._things.devices(person, here)
        protected = person.child("is_protected")
        # What cannot be read protects: the other way round somebody would lose it.
        if protected is not None and protected.text and truth(protected.text) is not False:
            sketch.put(f"{here}/safeguarding_flag", value=True, sources=protected, rule="protected")
        for relative in person.all("related_persons", "person_related_person"):
            for one in relative.all("person"):
                self.relate(
                    self.person(one), here, "other", relative, role="person_person_relation"
                )

    def _birth_date(self, text: str) -> str | None:
        date = self._dialect.date_form.day(text)
        return None if date == _NO_BIRTH_DATE else date

    def _names(self, person: Element, here: str) -> None:
        sketch = self._sketch
        parts = [one for tag in _NAME_PARTS if (one := self._said(person, tag)) is not None]
        if parts:
            full = " ".join(one.text for one in parts)
            sketch.put(f"{here}/names/0/full", full, parts, "joined")
            sketch.take(person, "first_name", f"{here}/names/0/given")
            sketch.take(person, "last_name", f"{here}/names/0/family")
        for tag, kind in (("full_name_frn", "transliteration"), ("alias", "alias")):
            place = self._next_name(here)
            if sketch.take(person, tag, f"{place}/full"):
                sketch.constant(f"{place}/kind", kind)
        for previous in person.all("previous_names", "previous_name"):
            place = self._next_name(here)
            given = sketch.take(previous, "first_name", f"{place}/given")
            if sketch.take(previous, "last_name", f"{place}/family") or given:
                sketch.constant(f"{place}/kind", "unknown")

    def _next_name(self, here: str) -> str:
        return f"{here}/names/{len(self._sketch.entry(here).get('names', ()))}"

    def _said(self, element: Element, tag: str) -> Element | None:
        """Return a child that says something: not empty, no placeholder."""
        one = element.child(tag)
        return one if one is not None and self._dialect.says(one.text) else None

    def _numbers(self, person: Element, here: str) -> None:
        sketch, country, count = self._sketch, self._dialect.country, 0
        if sketch.take(person, "passport_number", f"{here}/ids/0/number"):
            sketch.constant(f"{here}/ids/0/kind", "passport")
            place = f"{here}/ids/0/country"
            sketch.take(person, "passport_country", place, "country-code", country)
            count = 1
        for tag, kind in _NUMBERS:
            if sketch.take(person, tag, f"{here}/ids/{count}/number"):
                sketch.constant(f"{here}/ids/{count}/kind", kind)
                count += 1
        papers = [*person.all("identification"), *person.all("identifications", "identification")]
        for paper in papers:
            place = f"{here}/ids/{count}"
            if sketch.take(paper, "number", f"{place}/number"):
                if not sketch.take(
                    paper, "type", f"{place}/kind", "identifier-type", self._id_kinds
                ):
                    sketch.constant(f"{place}/kind", "other")
                sketch.take(paper, "issue_country", f"{place}/country", "country-code", country)
                count += 1

    def _addresses(self, holder: Element, here: str) -> None:
        count = 0
        for address in holder.all("addresses", "address"):
            count += self._things.address(address, f"{here}/addresses/{count}")

    def _contacts(self, holder: Element, here: str) -> None:
        sketch = self._sketch
        for phone in holder.all("phones", "phone"):
            prefix, number = (
                self._said(phone, "tph_country_prefix"),
                self._said(phone, "tph_number"),
            )
            if number is None:
                continue
            place = sketch.place("identities")
            if prefix is not None and not number.text.startswith(("+", "00")):
                text = f"+{prefix.text.lstrip('+0')} {number.text}"
                sketch.put(f"{place}/phone", text, [prefix, number], "with-prefix")
            else:
                sketch.put(f"{place}/phone", number.text, number, "as-is")
            sketch.point(f"{place}/holder_ref", here, phone.path)
        for email in [*holder.all("email"), *holder.all("emails", "email")]:
            if self._dialect.says(email.text):
                place = sketch.place("identities")
                sketch.put(f"{place}/email", email.text, email, "as-is")
                sketch.put(f"{place}/holder_ref", here, email.path, "part")
        for social in holder.all("social_media", "social_account"):
            place = sketch.place("identities")
            if self._said(social, "platform") and sketch.take(
                social, "user_name", f"{place}/handle"
            ):
                sketch.take(social, "platform", f"{place}/platform")
                sketch.point(f"{place}/holder_ref", here, social.path)

    def _fill_organisation(self, entity: Element, here: str) -> None:
        sketch, country = self._sketch, self._dialect.country
        if not sketch.take(entity, "name", f"{here}/name"):
            sketch.take(entity, "commercial_name", f"{here}/name")
        sketch.take(entity, "incorporation_number", f"{here}/registration_no")
        place = f"{here}/country"
        sketch.take(entity, "incorporation_country_code", place, "country-code", country)
        self._addresses(entity, here)
        self._contacts(entity, here)
        self._things.devices(entity, here)
        for director in entity.all("director_id"):
            self.relate(self.person(director), here, "control", director, role="role")
        for related in entity.all("related_persons", "entity_related_person"):
            for one in related.all("person"):
                self.relate(self.person(one), here, "control", related, role="role")
        for related in entity.all("related_entities", "entity_related_entity"):
            for one in related.all("entity"):
                role = "entity_entity_relation"
                self.relate(self.organisation(one), here, "other", related, role=role)

    def _fill_account(self, account: Element, here: str) -> None:
        sketch = self._sketch
        outside = account.child("non_bank_institution")
        if outside is not None and truth(outside.text):
            sketch.put(f"{here}/kind", "e_money", outside, "non-bank-institution")
        else:
            sketch.constant(f"{here}/kind", "bank")
        sketch.take(account, "iban", f"{here}/iban")
        number = self._said(account, "account")
        if number is not None and "iban" not in sketch.entry(here) and _is_iban(number.text):
            sketch.put(f"{here}/iban", number.text, number, "iban-as-account")
        else:
            sketch.take(account, "account", f"{here}/account_no")
        sketch.take(account, "swift", f"{here}/bic")
        sketch.take(account, "institution_name", f"{here}/institution")
        sketch.take(account, "currency_code", f"{here}/currency")
        self._things.devices(account, here)
        self._holders(account, here)

    def _holders(self, account: Element, here: str) -> None:
        for entity in account.all("t_entity"):
            self._hold(here, self.organisation(entity), entity)
        for related in account.all("related_entities", "account_related_entity"):
            for entity in related.all("entity"):
                role = "account_entity_relation"
                self._hold(here, self.organisation(entity), related, role=role)
        for related in account.all("related_accounts", "account_related_account"):
            for one in related.all("account"):
                role = "account_account_relation"
                self.relate(self.account(one), here, "other", related, role=role)
        signatories = [
            *account.all("signatory"),
            *account.all("related_persons", "account_related_person"),
        ]
        for signatory in sorted(signatories, key=_is_second):
            for one in signatory.all("t_person"):
                self._hold(here, self.person(one), signatory, role="role")

    def _hold(self, account: str, holder: str, element: Element, *, role: str = "") -> None:
        """Write who holds an account: the first as its holder, others as a relation."""
        if "holder_ref" not in self._sketch.entry(account):
            self._sketch.point(f"{account}/holder_ref", holder, element.path)
        else:
            self.relate(holder, account, "control", element, role=role)


def _is_identified(element: Element, dialect: Dialect) -> bool:
    """Return whether a party has a number or a date of birth: a name alone is not enough."""
    said = {
        one.tag
        for one in element.children
        if one.children
        or (dialect.says(one.text) and dialect.date_form.day(one.text) != _NO_BIRTH_DATE)
    }
    return not said.isdisjoint(_IDENTIFYING)


def _likeness(element: Element) -> tuple[object, ...]:
    """Return all that stands in an element but its name; its depth was bounded by the parser."""
    below = tuple((one.tag, _likeness(one)) for one in element.children)
    return element.text, tuple(element.attributes.items()), below


def _is_second(signatory: Element) -> bool:
    primary = signatory.child("is_primary")
    return primary is None or not truth(primary.text)


def _is_iban(text: str) -> bool:
    if len(text) > 2 * _LONGEST_IBAN:
        return False
    try:
        normal.iban(text)
    except NotNormal:
        return False
    return True
