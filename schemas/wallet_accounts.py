"""Addresses of networks with ways of their own: Ethereum's kind, XRP, Solana, TON, and others.

Pure. Sources: EIP-55; the XRP Ledger's address encoding and its X-address format; the address
encodings of Solana, of TON (TEP-2), of Cardano (CIP-19) and of Monero (CryptoNote).
"""

# ruff: noqa: PLR2004 (the figures are those of the address formats)

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Final

from schemas import base58, bech32
from schemas.faults import NotNormal
from schemas.keccak import keccak256


def bad(detail: str) -> NotNormal:
    """Return the refusal of an address that is malformed or whose checksum fails."""
    return NotNormal("bad-wallet", detail, "Copy the address again from its source.")


_ETHEREUM: Final = re.compile(r"0x[0-9A-Fa-f]{40}")


def ethereum(text: str) -> str:
    """Return an address of Ethereum's kind as it stands; mixed case is its checksum."""
    if not _ETHEREUM.fullmatch(text):
        raise bad("An address of this network is 0x and 40 hexadecimal digits.")
    digits = text[2:]
    if digits in (digits.lower(), digits.upper()):
        return text  # EIP-55: one case alone carries no checksum
    marks = keccak256(digits.lower().encode()).hex()
    for digit, mark in zip(digits, marks, strict=False):
        if digit.isalpha() and digit.isupper() != (int(mark, 16) >= 8):
            raise bad("The checksum of the address does not hold (EIP-55).")
    return text


_X_MAIN, _X_TEST = b"\x05\x44", b"\x04\x93"
_TAGGED: Final = re.compile(r"(r[1-9A-HJ-NP-Za-km-z]{24,34})(?::|\?dt=)(0|[1-9][0-9]{0,9})")


def xrp(text: str) -> str:
    """Return a classic address, with `:TAG` where a destination tag goes with it.

    Many customers of an exchange share one address and differ in their tags, so a tag is kept.
    """
    tagged = _TAGGED.fullmatch(text)
    plain, tag = (tagged[1], int(tagged[2])) if tagged else (text, None)
    payload = base58.checked(plain, base58.RIPPLE) if len(plain) <= 64 else None
    if payload is None:
        raise bad("The checksum of the address does not hold.")
    if len(payload) == 31 and not tagged:
        plain, tag = _from_x_address(payload)
    elif len(payload) != 21 or payload[0] != 0:
        if payload[0] == 0x21:  # a seed
            raise NotNormal(
                "secret-key", "This is a secret seed.", "Send the address; never the seed."
            )
        raise bad("Not an address of an account.")
    if tag is not None and tag >= 2**32:
        raise bad("A destination tag is a number below 4294967296.")
    return plain if tag is None else f"{plain}:{tag}"


def _from_x_address(payload: bytes) -> tuple[str, int | None]:
    """Return the classic address and the tag of an X-address; a test network is refused."""
    if payload.startswith(_X_TEST):
        raise NotNormal("test-network", "An address of a test network holds no value.")
    flag, tag = payload[22], int.from_bytes(payload[23:], "little")
    if not payload.startswith(_X_MAIN) or flag > 1 or tag >= 2**32 or (tag and not flag):
        raise bad("Not an X-address of this network.")
    plain = base58.with_check(b"\x00" + payload[2:22], base58.RIPPLE)
    return plain, tag if flag else None


def solana(text: str) -> str:
    """Return the 32 bytes of an account in Base58, as they stand: there is no checksum."""
    raw = base58.decode(text) if 32 <= len(text) <= 44 else None
    if raw is None or len(raw) != 32:
        raise bad("An address of this network is 32 bytes in Base58, 32 to 44 characters.")
    return text


_TON_RAW: Final = re.compile(r"(-1|0):([0-9A-Fa-f]{64})")
_BOUNCEABLE, _NOT_BOUNCEABLE, _ONLY_FOR_TESTS = 0x11, 0x51, 0x80


def ton(text: str) -> str:
    """Return an account in its bounceable form in base64url, from any of its forms.

    Bounceable or not says how a payment is to be made, not to whom.
    """
    raw = _TON_RAW.fullmatch(text)
    if raw is not None:
        account = int(raw[1]).to_bytes(1, "big", signed=True) + bytes.fromhex(raw[2])
        return _ton_text(account)
    try:
        found = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != 36 or len(text) != 48:
        raise bad("An address of this network is 48 characters of base64, or WORKCHAIN:HEX.")
    if binascii.crc_hqx(found[:34], 0).to_bytes(2, "big") != found[34:]:
        raise bad("The checksum of the address does not hold.")
    if found[0] & _ONLY_FOR_TESTS:
        raise NotNormal("test-network", "An address of a test network holds no value.")
    if found[0] not in (_BOUNCEABLE, _NOT_BOUNCEABLE) or found[1] not in (0, 0xFF):
        raise bad("Not an account of the base chain or the masterchain.")
    return _ton_text(found[1:34])


def _ton_text(account: bytes) -> str:
    body = bytes([_BOUNCEABLE]) + account
    check = binascii.crc_hqx(body, 0).to_bytes(2, "big")
    return base64.urlsafe_b64encode(body + check).decode()


_MONERO_KINDS: Final = {18: 69, 42: 69, 19: 77}  # standard, subaddress, integrated: their bytes
_MONERO_TESTS: Final = (53, 54, 63, 24, 25, 36)


def monero(text: str) -> str:
    """Return a standard, sub- or integrated address as it stands."""
    raw = base58.decode_blocks(text) if len(text) in (95, 106) else None
    if raw is None:
        raise bad("An address of this network is 95 or 106 characters of Base58.")
    if keccak256(raw[:-4])[:4] != raw[-4:]:
        raise bad("The checksum of the address does not hold.")
    if raw[0] in _MONERO_TESTS:
        raise NotNormal("test-network", "An address of a test network holds no value.")
    if _MONERO_KINDS.get(raw[0]) != len(raw):
        raise bad("Not an address of this network.")
    return text


_CARDANO_PREFIXES: Final = {"addr": range(8), "stake": range(14, 16)}
_MAIN_NETWORK: Final = 1
_BYRON_HEAD: Final = b"\x82\xd8\x18\x58"  # a pair: tagged bytes, and their CRC


def cardano(text: str) -> str:
    """Return a Shelley or stake address in lower case, a Byron address as it stands."""
    if len(text) > 256:
        raise bad("Not an address of this network.")
    parts = bech32.decode(text)
    if parts is None:
        return _byron(text)
    raw = bech32.to_bytes(parts.groups)
    if parts.prefix.endswith("_test"):
        raise NotNormal("test-network", "An address of a test network holds no value.")
    kinds = _CARDANO_PREFIXES.get(parts.prefix)
    if kinds is None or parts.constant != bech32.BECH32 or not raw:
        raise bad("Not an address of this network.")
    kind, network = raw[0] >> 4, raw[0] & 0b1111
    sizes = {**dict.fromkeys(range(4), (57,)), 4: range(32, 60), 5: range(32, 60)}
    if kind not in kinds or network != _MAIN_NETWORK or len(raw) not in sizes.get(kind, (29,)):
        raise bad("Not an address of the main network.")
    return text.lower()


def _byron(text: str) -> str:
    raw = base58.decode(text)
    if raw is None or not raw.startswith(_BYRON_HEAD) or len(raw) < 10:
        raise bad("The checksum of the address does not hold.")
    size = raw[4]
    payload, rest = raw[5 : 5 + size], raw[5 + size :]
    # A number of CBOR in its shortest form: the check is four bytes nearly always.
    check = int.from_bytes(rest[1:], "big")
    widths = {0x18: 2, 0x19: 3, 0x1A: 5}
    if len(payload) != size or not rest or len(rest) != widths.get(rest[0], 1):
        raise bad("Not an address of this network.")
    if (check if rest[0] in widths else rest[0]) != zlib.crc32(payload):
        raise bad("The checksum of the address does not hold.")
    # Attributes follow 30 bytes of type and hash; only test networks have their number there (2).
    if payload[31:32] == b"\xa2" or payload[31:33] == b"\xa1\x02":
        raise NotNormal("test-network", "An address of a test network holds no value.")
    return text
