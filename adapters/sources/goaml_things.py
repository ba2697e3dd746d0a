"""Goods and network devices of a goAML report → means of transport, places, observations.

Owns what goAML 5 says of devices, and what an `item` of goods and services is. What kind of thing
an item is, is a code that each FIU chooses: without a dialect it is left and named.
"""

from __future__ import annotations

from typing import Final

from adapters.drafting import Sketch, code_of, truth, whole
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import PLACE, Dialect
from adapters.sources.goaml_times import write_time

_MOST_DESCRIPTION_CHARS: Final = 256
_MOST_STREET_CHARS: Final = 256
_HOLDERS: Final = ("persons", "organisations")


class Things:
    """The things of one draft, as they are read."""

    def __init__(self, sketch: Sketch, dialect: Dialect) -> None:
        self._sketch = sketch
        self._dialect = dialect
        self._kinds = code_of(dialect.goods)

    def goods(self, item: Element) -> None:
        """Read an item of goods and services: a vehicle, a house, or nothing with a place here."""
        kind = item.child("item_type")
        code = self._kinds(kind.text) if kind is not None else None
        if kind is None or code is None:
            self._sketch.lose(item.path, "code-unknown")
        elif code == PLACE:
            here = self._sketch.part("locations", item.path)
            self._sketch.put(f"{here}/kind", "other", kind, "goods-of-dialect")
            address = item.child("address")
            if address is not None:
                self.address(address, here)
        else:
            self._vehicle(item, kind, str(code))

    def _vehicle(self, item: Element, kind: Element, code: str) -> None:
        sketch, country = self._sketch, self._dialect.country
        here = sketch.part("means_of_transport", item.path)
        sketch.put(f"{here}/kind", code, kind, "goods-of-dialect")
        if not sketch.take(item, "registration_number", f"{here}/registration"):
            sketch.take(item, "identification_number", f"{here}/registration")
        described = [*item.all("item_make"), *item.all("description")]
        sketch.joined(described, f"{here}/description", _MOST_DESCRIPTION_CHARS)
        address = item.child("address")
        sketch.take(address, "country_code", f"{here}/country", "country-code", country)

    def address(self, address: Element, here: str) -> bool:
        """Write an address at a pointer; return whether it says anything."""
        sketch, says = self._sketch, self._dialect.says
        city = address.child("city")
        town = "city" if city is not None and says(city.text) else "town"
        street = [
            one for tag in ("address", "house_number", "apartment_number")
            if (one := address.child(tag)) is not None
        ]  # fmt: skip
        country = self._dialect.country
        taken = [
            sketch.take(address, town, f"{here}/locality"),
            sketch.take(address, "zip", f"{here}/postal_code"),
            sketch.take(address, "country_code", f"{here}/country", "country-code", country),
            sketch.joined(street, f"{here}/street", _MOST_STREET_CHARS),
        ]
        return any(taken)

    def devices(self, holder: Element, here: str) -> None:
        """Read the network devices of a party whose part is `here`."""
        sketch = self._sketch
        held = here.split("/")[1] in _HOLDERS
        for device in holder.all("network_devices", "network_device"):
            number = device.child("device_number")
            if held and number is not None and self._dialect.says(number.text):
                place = sketch.place("identities")
                sketch.take(
                    device, "device_number", f"{place}/device_ids/0", "without-spaces", _joined
                )
                sketch.point(f"{place}/holder_ref", here, device.path)
            for address in device.all("ip_address"):
                self._seen(address, here)

    def _seen(self, address: Element, here: str) -> None:
        """Write an observation for each date that an address was seen at."""
        sketch = self._sketch
        known = next(
            (one for tag in ("ipv4", "ipv6") if (one := address.child(tag)) is not None), None
        )
        dates = [
            one for tag in ("first_seen_date", "last_seen_date")
            if (one := address.child(tag)) is not None and self._dialect.says(one.text)
        ]  # fmt: skip
        if known is None or not self._dialect.says(known.text) or not dates:
            sketch.lose(address.path, "address-or-time-missing")
            return
        for date in dates[: 1 if dates[0].text == dates[-1].text else 2]:
            place = sketch.place("network")
            sketch.put(f"{place}/ip", known.text, known, "as-is")
            write_time(sketch, self._dialect, date, f"{place}/time")
            if sketch.take(address, "cgn_port", f"{place}/port", "whole", whole):
                sketch.put(f"{place}/cgn", value=True, sources=address.path, rule="cgn-port")
            sketch.take(address, "using_proxy", f"{place}/proxy", "truth", truth)
            if here.startswith("/persons/"):
                sketch.constant(f"{place}/identity_ref", here)


def _joined(text: str) -> str:
    return "".join(text.split())
