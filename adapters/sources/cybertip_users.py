"""Reported users, victims and recipients of a CyberTipline report → parts of a case.

Owns how one user is read: the account with the service, the person behind it, devices, addresses
at times, and where the incident itself names somebody. Captures without an address or a time say
nothing and are left.
"""

from __future__ import annotations

from typing import Final

from adapters.drafting import Sketch, truth, whole
from adapters.safe_json import child
from adapters.safe_xml import Element
from schemas.codes import COUNTRIES

USERS: Final = ("personOrUserReported", "victim", "intendedRecipient")
_EVENTS: Final = ("login", "registration", "purchase", "upload", "other")
_PARENT: Final = "parent/guardian"
_MOST_DEVICES: Final = 64
_MOST_NAMES_CHARS: Final = 256
_ADULT: Final = 18


class Users:
    """The users of one case, as they are read."""

    def __init__(self, sketch: Sketch, platform: Element | None) -> None:
        self._sketch = sketch
        self._platform = platform  # of a user whose own service is not said

    def user(self, user: Element, tag: str) -> None:
        """Read a user, the person behind, and what belongs to them."""
        holder = self._person(user, tag)
        here = self._identity(user, holder)
        self.network(user, here or holder)
        vehicle = user.child("vehicleDescription")
        if vehicle is not None and vehicle.text:
            part = self._sketch.part("means_of_transport", vehicle.path)
            self._sketch.constant(f"{part}/kind", "other")
            self._sketch.words(vehicle, f"{part}/description", _MOST_NAMES_CHARS)
            if holder:
                self._sketch.constant(f"{part}/holder_ref", holder)
        for place in user.all("estimatedLocation"):
            self._located(place, holder)
        school = user.child("schoolName")
        if school is not None and school.text:
            part = self._sketch.part("locations", school.path)
            self._sketch.put(f"{part}/text", school.text, school, "school")
            self._sketch.constant(f"{part}/kind", "other")
            if holder:
                self._sketch.constant(f"{part}/person_ref", holder)
        for account in user.all("associatedAccount"):
            self._associated(account, here or holder, of_victim=tag == "victim")

    def _identity(self, user: Element, holder: str | None) -> str | None:
        """Write the account of a user with its service; return its pointer, None if it has none."""
        sketch = self._sketch
        here = sketch.place("identities")
        named = [
            sketch.take(user, "screenName", f"{here}/handle"),
            sketch.take(user, "espIdentifier", f"{here}/user_id", "without-spaces", _joined),
        ]
        if any(named):
            platform = self._platform
            if not (
                sketch.take(user, "espService", f"{here}/platform")
                or sketch.take(user, "platform", f"{here}/platform")
            ) and platform is not None:  # fmt: skip
                sketch.put(f"{here}/platform", platform.text, platform, "platform")
        devices = [one for one in user.all("deviceId", "idValue") if one.text and not one.children]
        for count, one in enumerate(devices[:_MOST_DEVICES]):
            sketch.put(f"{here}/device_ids/{count}", _joined(one.text), one, "without-spaces")
        for one in devices[_MOST_DEVICES:]:
            sketch.lose(one.path, "too-many")
        if not any(named) and not devices:
            return None
        if holder:
            sketch.constant(f"{here}/holder_ref", holder)
        return here

    def _person(self, user: Element, tag: str) -> str | None:
        """Read the person behind a user, if the report speaks of one; return its pointer."""
        sketch = self._sketch
        inner = user.child(f"{tag}Person")
        if inner is None and tag != "victim":
            return None
        here = sketch.part("persons", user.path)
        if tag == "victim":
            sketch.put(f"{here}/category", "victim", user.path, "victim")
            sketch.used.discard(user.path)
        if inner is not None:
            self._members(inner, here)
        return here

    def _members(self, inner: Element, here: str) -> None:
        sketch = self._sketch
        sketch.take(inner, "firstName", f"{here}/names/0/given")
        sketch.take(inner, "lastName", f"{here}/names/0/family")
        sketch.take(inner, "dateOfBirth", f"{here}/dob")
        for tag in ("age", "approximateAge"):
            if "minor" not in sketch.entry(here):
                sketch.take(inner, tag, f"{here}/minor", "age-under-18", _minor)
        for count, address in enumerate(one for one in inner.all("address") if one.children):
            place = f"{here}/addresses/{count}"
            sketch.put(place, {}, address.path, "part")
            sketch.used.discard(address.path)
            self._address(address, place)
        self._contacts(inner, here)

    def _contacts(self, inner: Element, holder: str) -> None:
        for tag in ("email", "phone"):
            for one in inner.all(tag):
                self._contact(one, tag, holder)

    def _contact(self, one: Element, member: str, holder: str | None) -> None:
        if not one.text or one.children:
            return
        sketch = self._sketch
        place = sketch.place("identities")
        code = one.attributes.get("countryCallingCode", "")
        if member == "phone" and code and not one.text.startswith(("+", "00")):
            sketch.put(f"{place}/phone", f"{code} {one.text}", one, "with-prefix")
            sketch.used.add(child(one.path, "@countryCallingCode"))
        else:
            sketch.put(f"{place}/{member}", one.text, one, "as-is")
        if holder:
            sketch.put(f"{place}/holder_ref", holder, one.path, "part")

    def _address(self, address: Element, here: str) -> None:
        sketch = self._sketch
        sketch.take(address, "address", f"{here}/street")
        sketch.take(address, "city", f"{here}/locality")
        sketch.take(address, "zipCode", f"{here}/postal_code")
        sketch.take(address, "country", f"{here}/country", "country-code", _country)

    def _located(self, place: Element, holder: str | None) -> None:
        """Write where the platform takes a user to be."""
        sketch = self._sketch
        if not any(one.text for one in place.children):
            return
        here = sketch.part("locations", place.path)
        sketch.constant(f"{here}/kind", "other")
        sketch.take(place, "city", f"{here}/locality")
        sketch.take(place, "countryCode", f"{here}/country", "country-code", _country)
        time = place.attributes.get("timestamp", "")
        if time:
            sketch.put(f"{here}/time", time, child(place.path, "@timestamp"), "as-is")
        if holder:
            sketch.constant(f"{here}/person_ref", holder)

    def _associated(self, account: Element, user: str | None, *, of_victim: bool) -> None:
        """Read an account that belongs to a user, or to somebody near, such as a parent.

        A parent, and whoever else stands by a victim, must not become what the source profile
        makes of those who are reported.
        """
        sketch = self._sketch
        holder = None
        kind = account.attributes.get("accountType", "")
        source = child(account.path, "@accountType")
        if any(account.child(tag) is not None for tag in ("firstName", "lastName")):
            holder = sketch.part("persons", account.path)
            if kind.casefold() == _PARENT:
                sketch.put(f"{holder}/category", "contact", source, "account-type", before=kind)
            elif of_victim:
                sketch.constant(f"{holder}/category", "victim")
            self._members(account, holder)
        here = self._identity(account, holder)
        self.network(account, here or holder)
        one = here or holder
        if one is None or user is None:
            return
        place = sketch.place("relations")
        sketch.point(f"{place}/from", one, account.path)
        sketch.point(f"{place}/to", user, account.path)
        sketch.constant(f"{place}/type", "other")
        if kind.casefold() == _PARENT:
            sketch.put(f"{place}/role", "parent", source, "account-type", before=kind)

    def incident(self, details: Element) -> None:
        """Read whom or what place the incident itself names."""
        for incident in details.children:
            for one in incident.all("emailAddress"):
                self._contact(one, "email", None)
            for one in incident.all("phoneNumber"):
                self._contact(one, "phone", None)
            self.network(incident, None)
            for address in incident.all("incidentAddress"):
                if address.children:
                    here = self._sketch.part("locations", address.path)
                    self._sketch.constant(f"{here}/kind", "event")
                    self._address(address, here)

    def network(self, holder: Element, seen: str | None, *, event: str | None = None) -> None:
        """Write each capture that has an address and a time; `event`: what those of a file are."""
        sketch = self._sketch
        for capture in holder.all("ipCaptureEvent"):
            address, time = capture.child("ipAddress"), capture.child("dateTime")
            if (time is None or not time.text) and event:
                time = holder.child("uploadedToEspTimestamp")
            if address is None or time is None or not address.text or not time.text:
                sketch.lose(capture.path, "address-or-time-missing")
                continue
            here = sketch.place("network")
            sketch.put(f"{here}/ip", address.text, address, "as-is")
            sketch.put(f"{here}/time", time.text, time, "as-is")
            if capture.child("eventName") is not None:
                sketch.take(capture, "eventName", f"{here}/event", "event", _event)
            elif event:
                sketch.put(f"{here}/event", event, capture.path, "of-a-file")
                sketch.used.discard(capture.path)
            sketch.take(capture, "possibleProxy", f"{here}/proxy", "truth", truth)
            sketch.take(capture, "port", f"{here}/port", "whole", whole)
            if seen:
                sketch.constant(f"{here}/identity_ref", seen)


def _minor(text: str) -> str | None:
    age = whole(text)
    return None if age is None else "yes" if age < _ADULT else "no"


def _country(text: str) -> str | None:
    code = text.strip().upper()
    return code if code in COUNTRIES else None


def _event(text: str) -> str | None:
    code = text.strip().lower()
    return code if code in _EVENTS else None


def _joined(text: str) -> str:
    return "".join(text.split())
