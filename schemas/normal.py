"""Normal forms: one way to write each identifier, so that equal things are equal texts. Pure.

Owns the rules that matching depends on; `docs/spec/normal-forms.md` explains each and
`forms.py` holds their vectors. Heavy tables (phone numbers, public suffixes) are loaded when first
needed.

Stays true:
  * Normal forms are idempotent: the normal form of a normal form is itself.
  * What could be read in two ways is refused with the reason, never guessed.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from schemas.codes import (
    COUNTRIES,
    COUNTRIES_MEANT,
    FORMER_LANGUAGES,
    MINOR_UNITS,
    SHORT_LANGUAGES,
)
from schemas.faults import NotNormal

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def text(value: str) -> str:
    """Return `value` in NFC, without white space around it, with LF as the only line end."""
    if value.isascii() and value.isprintable():
        return value.strip()  # nearly every value: nothing but spaces could be wrong with it
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if _CONTROL.search(value):
        raise NotNormal(
            "control-character",
            "The text holds a control character or half of a surrogate pair.",
            "Keep line feeds and tabs, remove the other control characters.",
        )
    return value


# They would pass mod 97 as well as 97, 98 and 02 do: two texts for one number.
_NO_CHECK_DIGITS = frozenset({"00", "01", "99"})


def iban(value: str) -> str:
    """Return an IBAN in upper case without spaces; country length and mod-97 are checked."""
    from stdnum import exceptions  # noqa: PLC0415
    from stdnum import iban as rules  # noqa: PLC0415

    try:
        number = rules.compact(value).upper()
        valid = str(rules.validate(number, check_country=False))
    except exceptions.InvalidChecksum:
        raise NotNormal(
            "bad-iban", "The check digits of the IBAN do not hold.", "Look for a typing mistake."
        ) from None
    except (exceptions.ValidationError, ValueError):
        raise NotNormal(
            "bad-iban",
            "Not an IBAN: unknown country, or the wrong length for it.",
            "Put a number that is not an IBAN into `account_no`.",
        ) from None
    if valid[2:4] in _NO_CHECK_DIGITS:
        raise NotNormal("bad-iban", "No IBAN has these check digits.", "Look for a typing mistake.")
    return valid


_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def bic(value: str) -> str:
    """Return a BIC (ISO 9362) in upper case, 8 or 11 characters.

    The branch XXX is the primary office, which the first 8 characters name already.
    """
    compact = re.sub(r"[\s-]", "", value).upper()
    if not _BIC.fullmatch(compact):
        raise NotNormal("bad-bic", "Not a BIC.", "A BIC has 8 or 11 characters (ISO 9362).")
    if compact[4:6] not in COUNTRIES:
        raise NotNormal(
            "bad-bic",
            "Characters 5 and 6 of a BIC are a country of ISO 3166-1.",
            "Look for a typing mistake.",
        )
    return compact[:8] if compact.endswith("XXX") and len(compact) > len("ABNANL2A") else compact


_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")


def lei(value: str) -> str:
    """Return a legal entity identifier (ISO 17442) in upper case; mod 97-10 is checked."""
    from stdnum.iso7064 import mod_97_10  # noqa: PLC0415

    compact = re.sub(r"[\s-]", "", value).upper()
    if not _LEI.fullmatch(compact):
        raise NotNormal("bad-lei", "Not an LEI.", "An LEI has 20 characters (ISO 17442).")
    if compact[-2:] in _NO_CHECK_DIGITS or not mod_97_10.is_valid(compact):
        raise NotNormal(
            "bad-lei", "The check digits of the LEI do not hold.", "Look for a typing mistake."
        )
    return compact


def phone(value: str, country: str | None = None) -> str:
    """Return a phone number in E.164; a national number is read as one of `country`."""
    import phonenumbers  # noqa: PLC0415

    compact = value.strip()
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if not compact.startswith("+") and country is None:
        raise NotNormal(
            "ambiguous-phone",
            "A number without a country prefix could belong to any country.",
            "Write it with its prefix, e.g. +31 20 555 0123.",
        )
    try:
        number = phonenumbers.parse(compact, country)
    except phonenumbers.NumberParseException:
        raise NotNormal("bad-phone", "Not a phone number.", "Write it in E.164.") from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise NotNormal(
            "bad-phone",
            "No number of that country has this length, or it has an extension.",
            "Write it in E.164; leave out an extension.",
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}")


def email(value: str) -> str:
    """Return an e-mail address with its domain in normal form; the local part is kept."""
    local, at, domain = value.strip().rpartition("@")
    refusal = NotNormal("bad-email", "Not an e-mail address.", "Write one as name@domain.")
    if not at or not _LOCAL_PART.fullmatch(local) or "." not in domain:
        raise refusal
    name = host(domain)
    if "." not in name:  # the one dot stood at the end
        raise refusal
    return f"{unicodedata.normalize('NFC', local)}@{name}"


_MOST_HOST_CHARS = 253  # RFC 1035
_ASCII_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9-]{1,63}")


def host(value: str) -> str:
    """Return a host name per IDNA (UTS 46): lower case, A-labels, no dot at the end."""
    import idna  # noqa: PLC0415

    name = refang(value.strip()).rstrip(".")
    refusal = NotNormal("bad-host", "Not a host name.", "Write a name such as www.example.org.")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise refusal from None
    name = name.lower()
    if len(name) > _MOST_HOST_CHARS or not _ASCII_HOST.fullmatch(name):
        raise refusal
    if name.rpartition(".")[2].isdigit():
        raise NotNormal("bad-host", "This is an address, not a host name.", "Put it into `ip`.")
    return name


def registrable(name: str) -> str | None:
    """Return the registrable domain of a host in normal form; None for a bare suffix."""
    found = _suffixes().privatesuffix(name)
    return str(found) if found else None


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415

    return PublicSuffixList()


def refang(value: str) -> str:
    """Return `value` without the brackets and ``hxxp`` that keep a link from being clicked."""
    value = re.sub(r"^h(?:xx|XX|\*\*)p", "http", value)
    return re.sub(r"[\[({](\.|dot|:|://)[\])}]", lambda m: m[1].replace("dot", "."), value)


_SCHEMES = ("http:", "https:", "ftp:")


def url(value: str) -> str:
    """Return an absolute http, https or ftp URL as the WHATWG URL standard serialises it."""
    import ada_url  # noqa: PLC0415

    try:
        parsed = ada_url.URL(refang(value.strip()))
    except ValueError:
        parsed = None
    if parsed is None or parsed.protocol not in _SCHEMES or not parsed.hostname:
        raise NotNormal(
            "bad-url",
            "Not an absolute URL of a web page.",
            "Start with http://, https:// or ftp://; hxxp and [.] are understood.",
        )
    return str(parsed.href)


def url_host(normal: str) -> str:
    """Return the host of a URL in normal form, an IPv6 address in brackets."""
    import ada_url  # noqa: PLC0415

    return str(ada_url.URL(normal).hostname)


def ip(value: str) -> str:
    """Return an IP address in its canonical text; IPv4 mapped into IPv6 becomes IPv4."""
    try:
        found = ipaddress.ip_address(refang(value.strip()).strip("[]"))
    except ValueError:
        raise NotNormal(
            "bad-ip",
            "Not an IP address.",
            "No port, no zone, no leading zeros: those are read in two ways.",
        ) from None
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            raise NotNormal("bad-ip", "An address with a zone means nothing elsewhere.")
        return str(found.ipv4_mapped or found)
    return str(found)


def asn(value: str) -> int:
    """Return an autonomous system number, with or without ``AS`` before it."""
    digits = re.sub(r"^AS", "", value.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"[0-9]{1,10}", digits) or not 0 < int(digits) < 2**32:
        raise NotNormal("bad-asn", "Not an autonomous system number.", "Write e.g. 64500.")
    return int(digits)


_MASKED = re.compile(r"([0-9]{6})[0-9]{0,2}[*xX•.]{3,9}([0-9]{4})")


def card(value: str) -> str:
    """Return a payment card as its first 6 and last 4 digits; a whole number is cut to that."""
    from stdnum import luhn  # noqa: PLC0415

    compact = re.sub(r"[\s-]", "", value)
    masked = _MASKED.fullmatch(compact)
    if masked:
        return f"{masked[1]}******{masked[2]}"
    if not re.fullmatch(r"[0-9]{13,19}", compact) or not luhn.is_valid(compact):
        raise NotNormal("bad-card", "Not a card number.", "Write it as 411111******1111.")
    return f"{compact[:6]}******{compact[-4:]}"


_LANGUAGE = re.compile(
    r"(?P<lang>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)


def language(value: str) -> str:
    """Return a BCP 47 language tag in its usual case, e.g. ``zh-Hant-TW``.

    A code of three letters becomes the one of two where there is one, a former code its successor.
    """
    tag = _LANGUAGE.fullmatch(value.strip().replace("_", "-").lower())
    if tag is None:
        raise NotNormal("bad-language", "Not a BCP 47 language tag.", "Write e.g. nl or pt-BR.")
    first = SHORT_LANGUAGES.get(tag["lang"], tag["lang"])
    region = (tag["region"] or "").upper()
    if region and not region.isdigit():
        region = country(region)
    parts = [FORMER_LANGUAGES.get(first, first), (tag["script"] or "").title(), region]
    return "-".join(part for part in parts if part) + (tag["rest"] or "")


def country(value: str) -> str:
    """Return a country of ISO 3166-1 alpha-2 in upper case."""
    code = value.strip().upper()
    if code not in COUNTRIES:
        meant = COUNTRIES_MEANT.get(code)
        hint = f"Write {meant}." if meant else "Two letters, e.g. NL."
        raise NotNormal("not-in-list", "Not a country of ISO 3166-1 alpha-2.", hint)
    return code


_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def subdivision(value: str) -> str:
    """Return a subdivision of ISO 3166-2 in upper case: its country and form are checked."""
    code = value.strip().upper()
    if not _SUBDIVISION.fullmatch(code) or code[:2] not in COUNTRIES:
        raise NotNormal("bad-subdivision", "Not of ISO 3166-2.", "Write e.g. PH-CEB.")
    return code


def currency(value: str) -> str:
    """Return a currency of ISO 4217, or an asset of the list beside it, in upper case."""
    code = value.strip().upper()
    if code not in MINOR_UNITS:
        raise NotNormal("not-in-list", "Not a currency of ISO 4217.", "Write e.g. EUR.")
    return code


_MOST_PORT = 65_535


def port(value: str) -> int:
    """Return a port number: 1 to 65535. Port 0 is none that a connection has."""
    if not re.fullmatch(r"[0-9]{1,5}", value.strip()) or not 0 < int(value) <= _MOST_PORT:
        raise NotNormal("out-of-range", "From 1 to 65535.", "A port of 0 means: not known.")
    return int(value)


# A perceptual hash by its name or its length: pHash and its kin 8 bytes, PhotoDNA 144 bytes.
_PERCEPTUAL = re.compile(
    r"(?:photo[-_ ]?dna|pdna|pdq|tmk|[pdaw][-_ ]?hash|neural[-_ ]?hash|perceptual)\b.*"
    r"|[0-9a-f]{16}|[0-9a-f]{288}|(?:[0-9]{1,3},){143}[0-9]{1,3}",
    re.IGNORECASE | re.DOTALL,
)
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def digest(value: str) -> str:
    """Return 32 bytes in base64url; what stands for a picture is refused.

    No member of a record holds the digest of a file. A PDQ hash has 32 bytes, too: hexadecimal
    digits are refused, since nobody could tell which of the two they are.
    """
    if _DIGEST.fullmatch(value):
        return value
    if _PERCEPTUAL.fullmatch(value) or re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise NotNormal(
            "perceptual-hash",
            "This is, or could be, the perceptual hash of a picture.",
            "Leave it out: no record holds the hash of a file.",
        )
    raise NotNormal("bad-digest", "Not 32 bytes in base64url.", "43 characters.")
