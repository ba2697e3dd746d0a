"""Persons, entities and accounts of a goAML report → parts of a record.

Owns how one party is read. A suspicion in goAML is the reporting entity's, hence makes nobody a
suspect: such a person is a person of interest.
"""

from __future__ import annotations

from typing import Final

from adapters.drafting import Sketch, code_of, truth
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import Dialect

_SEXES: Final = {"F": "female", "M": "male"}
_NUMBERS: Final = (("ssn", "national_id"), ("id_number", "national_id"), ("tax_number", "tax_id"))
_NAME_PARTS: Final = ("first_name", "middle_name", "prefix", "last_name")


class Parties:
    """The parts of one draft, as its parties are read."""

    def __init__(self, sketch: Sketch, dialect: Dialect) -> None:
        self._sketch = sketch
        self._dialect = dialect

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
        sketch, here = self._sketch, self._sketch.place("persons")
        self._names(person, here)
        if suspected is not None and truth(suspected.text):
            category = "person_of_interest_not_suspect"
            sketch.put(f"{here}/category", category, suspected.path, "suspicion-of-reporter")
        sketch.take(person, "birthdate", f"{here}/dob", "date-of-time", lambda text: text[:10])
        sketch.take(person, "birth_place", f"{here}/pob/locality")
        sketch.take(person, "country_of_birth", f"{here}/pob/country", "country-code")
        sketch.take(person, "gender", f"{here}/sex", "gender", code_of(_SEXES))
        count = 0
        for tag in ("nationality1", "nationality2", "nationality3"):
            count += sketch.take(person, tag, f"{here}/nationalities/{count}", "country-code")
        self._numbers(person, here)
        self._addresses(person, here)
        self._contacts(person, here)
        return here

    def _names(self, person: Element, here: str) -> None:
        sketch = self._sketch
        parts = [one for tag in _NAME_PARTS if (one := person.child(tag)) is not None and one.text]
        if parts:
            full = " ".join(one.text for one in parts)
            sketch.put(f"{here}/names/0/full", full, [one.path for one in parts], "joined")
            sketch.take(person, "first_name", f"{here}/names/0/given")
            sketch.take(person, "last_name", f"{here}/names/0/family")
        for tag, kind in (("full_name_frn", "transliteration"), ("alias", "alias")):
            place = f"{here}/names/{1 if parts else 0}"
            count = len(self._entry(here).get("names", ()))
            place = f"{here}/names/{count}"
            if sketch.take(person, tag, f"{place}/full"):
                sketch.constant(f"{place}/kind", kind)
        for previous in person.all("previous_names", "previous_name"):
            place = f"{here}/names/{len(self._entry(here).get('names', ()))}"
            given = sketch.take(previous, "first_name", f"{place}/given")
            if sketch.take(previous, "last_name", f"{place}/family") or given:
                sketch.constant(f"{place}/kind", "unknown")

    def _entry(self, here: str) -> dict[str, list[object]]:
        _, parts, index = here.split("/")
        entries = self._sketch.body.get(parts, [])
        found: dict[str, list[object]] = entries[int(index)] if int(index) < len(entries) else {}
        return found

    def _numbers(self, person: Element, here: str) -> None:
        sketch, count = self._sketch, 0
        if sketch.take(person, "passport_number", f"{here}/ids/0/number"):
            sketch.constant(f"{here}/ids/0/kind", "passport")
            sketch.take(person, "passport_country", f"{here}/ids/0/country", "country-code")
            count = 1
        for tag, kind in _NUMBERS:
            if sketch.take(person, tag, f"{here}/ids/{count}/number"):
                sketch.constant(f"{here}/ids/{count}/kind", kind)
                count += 1
        papers = [*person.all("identification"), *person.all("identifications", "identification")]
        for paper in papers:
            place = f"{here}/ids/{count}"
            if sketch.take(paper, "number", f"{place}/number"):
                kinds = code_of(self._dialect.id_kinds)
                if not sketch.take(paper, "type", f"{place}/kind", "identifier-type", kinds):
                    sketch.constant(f"{place}/kind", "other")
                sketch.take(paper, "issue_country", f"{place}/country", "country-code")
                count += 1

    def _addresses(self, holder: Element, here: str) -> None:
        sketch, count = self._sketch, 0
        for address in holder.all("addresses", "address"):
            place = f"{here}/addresses/{count}"
            street = [
                one
                for tag in ("address", "house_number", "apartment_number")
                if (one := address.child(tag)) is not None and one.text
            ]
            taken = [
                sketch.take(address, "city", f"{place}/locality"),
                sketch.take(address, "zip", f"{place}/postal_code"),
                sketch.take(address, "country_code", f"{place}/country", "country-code"),
            ]
            if street:
                text = " ".join(one.text for one in street)
                sketch.put(f"{place}/street", text, [one.path for one in street], "joined")
            count += bool(street) or any(taken)

    def _contacts(self, holder: Element, here: str) -> None:
        sketch = self._sketch
        for phone in holder.all("phones", "phone"):
            prefix, number = phone.child("tph_country_prefix"), phone.child("tph_number")
            if number is None or not number.text:
                continue
            place = sketch.place("identities")
            if prefix is not None and prefix.text:
                text = "+" + prefix.text.lstrip("+0") + number.text.lstrip("0")
                sketch.put(f"{place}/phone", text, [prefix.path, number.path], "with-prefix")
            else:
                sketch.put(f"{place}/phone", number.text, number.path, "as-is")
            sketch.put(f"{place}/holder_ref", here, phone.path, "holder")
            sketch.used.discard(phone.path)
        for email in [*holder.all("email"), *holder.all("emails", "email")]:
            if email.text:
                place = sketch.place("identities")
                sketch.put(f"{place}/email", email.text, email.path, "as-is")
                sketch.put(f"{place}/holder_ref", here, email.path, "holder")
        for social in holder.all("social_media", "social_account"):
            place = sketch.place("identities")
            if sketch.take(social, "user_name", f"{place}/handle"):
                sketch.take(social, "platform", f"{place}/platform")
                sketch.constant(f"{place}/holder_ref", here)

    def organisation(self, entity: Element) -> str:
        """Read an entity; return its pointer."""
        sketch, here = self._sketch, self._sketch.place("organisations")
        if not sketch.take(entity, "name", f"{here}/name"):
            sketch.take(entity, "commercial_name", f"{here}/name")
        if here == sketch.place("organisations"):  # nothing was written: it must exist all the same
            sketch.put(here, {}, entity.path, "entity")
            sketch.used.discard(entity.path)
        sketch.take(entity, "incorporation_number", f"{here}/registration_no")
        sketch.take(entity, "incorporation_country_code", f"{here}/country", "country-code")
        self._addresses(entity, here)
        self._contacts(entity, here)
        for tag in ("director_id", "related_persons"):
            for director in entity.all(tag):
                persons = [*director.all("entity_related_person", "person")]
                for one in persons or ([director] if tag == "director_id" else []):
                    self.relate(self.person(one), here, "control", one.path)
        return here

    def account(self, account: Element) -> str:
        """Read an account with its holders; return its pointer."""
        sketch, here = self._sketch, self._sketch.place("accounts")
        outside = account.child("non_bank_institution")
        if outside is not None and truth(outside.text):
            sketch.put(f"{here}/kind", "e_money", outside.path, "non-bank-institution")
        else:
            sketch.constant(f"{here}/kind", "bank")
        sketch.take(account, "iban", f"{here}/iban")
        sketch.take(account, "account", f"{here}/account_no")
        sketch.take(account, "swift", f"{here}/bic")
        sketch.take(account, "institution_name", f"{here}/institution")
        sketch.take(account, "currency_code", f"{here}/currency")
        for kind in ("t_entity", "t_entity_my_client"):
            for entity in account.all(kind):
                self._hold(here, self.organisation(entity), entity)
        signatories = [
            *account.all("signatory"),
            *account.all("related_persons", "account_related_person"),
        ]
        for signatory in signatories:
            for kind in ("t_person", "t_person_my_client"):
                for one in signatory.all(kind):
                    self._hold(here, self.person(one), one)
        return here

    def _hold(self, account: str, holder: str, element: Element) -> None:
        """Write who holds an account: the first as its holder, others as a relation."""
        if "holder_ref" not in self._entry(account):
            self._sketch.put(f"{account}/holder_ref", holder, element.path, "holder")
            self._sketch.used.discard(element.path)
        else:
            self.relate(holder, account, "control", element.path)

    def relate(self, one: str, other: str, kind: str, source: str) -> None:
        """Write that two parts belong together."""
        here = self._sketch.place("relations")
        self._sketch.put(f"{here}/from", one, source, "relation")
        self._sketch.put(f"{here}/to", other, source, "relation")
        self._sketch.constant(f"{here}/type", kind)
        self._sketch.used.discard(source)
