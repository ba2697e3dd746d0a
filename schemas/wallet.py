"""Addresses of crypto networks: what each network accepts, its checks, one form. Pure.

Owns the list of networks and the networks that share Bitcoin's ways of writing. Leaves networks
with ways of their own to `wallet_accounts.py`. `docs/spec/normal-forms.md` says each rule.

Stays true:
  * An address on a network that we cannot check is refused, not kept unchecked.
  * The case of an address is kept, except where it has none: in Bech32 and CashAddr it is lower.
  * Two addresses get one form only where the network itself takes them for one.
  * A secret key is never taken for an address.
"""

# ruff: noqa: PLR2004 (the figures are those of the address formats)

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from schemas import base58, bech32
from schemas import wallet_accounts as accounts
from schemas.faults import NotNormal
from schemas.wallet_accounts import bad


@dataclass(frozen=True, slots=True)
class _Coin:
    """How a network of Bitcoin's kind writes addresses of the main network."""

    versions: tuple[bytes, ...]  # before the 20 bytes of a hash, in Base58Check
    prefix: str = ""  # of witness programs in Bech32
    # Versions of former times, with the one that is written now.
    former: dict[bytes, bytes] = field(default_factory=dict)


_COINS: Final = {
    "bitcoin": _Coin((b"\x00", b"\x05"), "bc"),
    "litecoin": _Coin((b"\x30", b"\x32"), "ltc", {b"\x05": b"\x32"}),
    "dogecoin": _Coin((b"\x1e", b"\x16")),
    "dash": _Coin((b"\x4c", b"\x10")),
    "zcash": _Coin((b"\x1c\xb8", b"\x1c\xbd")),
    "tron": _Coin((b"\x41",)),
}
_TEST_VERSIONS: Final = (
    b"\x6f", b"\xc4", b"\x3a", b"\x71", b"\x8c", b"\x13", b"\x1d\x25", b"\x1c\xba"
)  # fmt: skip
_TEST_PREFIXES: Final = ("tb", "bcrt", "tltc", "rltc", "bchtest", "bchreg", "ztestsapling", "utest")
_HASH_BYTES: Final = 20
# A private key in the Wallet Import Format; an extended private key (BIP 32).
_WIF_VERSIONS: Final = b"\x80\xb0\x9e\xcc"
_EXTENDED_BYTES: Final = 78
_SECRET_PREFIXES: Final = ("secret-extended-key-", "zxviews", "uview", "uivk")


def address(network: str, text: str) -> str:
    """Return the normal form of an address on `network`. Raises NotNormal."""
    rule = _RULES.get(network)
    if rule is None:
        raise NotNormal(
            "unknown-network",
            "Addresses of this network cannot be checked here.",
            "Networks: " + ", ".join(NETWORKS) + ".",
        )
    return rule(text.strip())


def compared(network: str, normal: str) -> tuple[str, str]:
    """Return network and address as two addresses in normal form are compared.

    Case means nothing on the networks of Ethereum's kind, and a key has the same address on all
    of them. Everywhere else equal addresses are equal texts.
    """
    return ("ethereum", normal.lower()) if network in EVM else (network, normal)


def _like_bitcoin(network: str) -> Callable[[str], str]:
    coin = _COINS[network]

    def rule(text: str) -> str:
        if coin.prefix and text.lower().startswith(coin.prefix + "1"):
            return _segwit(coin.prefix, text)
        return _base58check(network, text)

    return rule


def _base58check(network: str, text: str) -> str:
    payload = base58.checked(text) if len(text) <= 128 else None
    if payload is None:
        raise _why_not(network, text)
    coin = _COINS[network]
    version = payload[:-_HASH_BYTES]
    if len(payload) > _HASH_BYTES:
        if version in coin.versions:
            return text
        if version in coin.former:
            return base58.with_check(coin.former[version] + payload[-_HASH_BYTES:])
    raise _of_another_kind(payload)


def _why_not(network: str, text: str) -> NotNormal:
    """Return the refusal of what has no good check in any form that the network has."""
    prefix = text.lower().rpartition("1")[0]
    if prefix in _TEST_PREFIXES or text.lower().partition(":")[0] in _TEST_PREFIXES:
        return _test_network()
    if text.lower().startswith(_SECRET_PREFIXES):
        return _secret_key()
    other = _PREFIXES.get(prefix, network)
    if other != network:
        return _other_network(other)
    if re.fullmatch(r"[0-9A-Za-z:]{25,256}", text):
        return bad("The checksum of the address does not hold.")
    return bad("Not an address of this network.")


def _of_another_kind(payload: bytes) -> NotNormal:
    """Return the refusal of what has a good checksum and another version."""
    version = payload[:-_HASH_BYTES]
    if len(payload) in (33, 34) and payload[0] in _WIF_VERSIONS:
        return _secret_key()
    if len(payload) == _EXTENDED_BYTES:
        if payload[45] == 0:  # a private key is written as zero and 32 bytes
            return _secret_key()
        return bad("A key of a whole wallet (xpub), not an address.")
    if version in _TEST_VERSIONS:
        return _test_network()
    for network, coin in _COINS.items():
        if version in coin.versions:
            return _other_network(network)
    return bad("Not an address of this network.")


def _other_network(network: str) -> NotNormal:
    return NotNormal(
        "other-network",
        f"This is an address of another network: {network}.",
        "Correct `network`, or the address.",
    )


def _test_network() -> NotNormal:
    return NotNormal(
        "test-network", "An address of a test network holds no value.", "Leave the account out."
    )


def _secret_key() -> NotNormal:
    return NotNormal(
        "secret-key",
        "This is a secret key: whoever reads it can spend what it holds, or see all of it.",
        "Send the address that belongs to it; never the key.",
    )


def _segwit(prefix: str, text: str) -> str:
    if text != text.lower() and text != text.upper():
        raise bad("A Bech32 address has either lower-case or upper-case letters, not both.")
    parts = bech32.decode(text) if len(text) <= 90 else None
    if parts is None or parts.prefix != prefix or not parts.groups:
        raise bad("The checksum of the address does not hold.")
    version = parts.groups[0]
    if parts.constant != (bech32.BECH32 if version == 0 else bech32.BECH32M):
        raise bad("The checksum of the address does not hold.")
    program = bech32.to_bytes(parts.groups[1:])
    lengths = (20, 32) if version == 0 else range(2, 41)
    if version > 16 or program is None or len(program) not in lengths:
        raise bad("The address holds no witness program.")
    return text.lower()


_CASH: Final = "bitcoincash"
_CASH_SIZES: Final = (20, 24, 28, 32, 40, 48, 56, 64)


def _bitcoin_cash(text: str) -> str:
    """Take CashAddr, with or without prefix, and the older form that is Bitcoin's."""
    payload = base58.checked(text) if len(text) <= 128 else None
    if payload is not None:
        version = payload[:-_HASH_BYTES]
        if len(payload) != _HASH_BYTES + 1 or version not in (b"\x00", b"\x05"):
            raise _of_another_kind(payload)
        kind = b"\x00" if version == b"\x00" else b"\x08"
        return bech32.cash_encode(_CASH, kind + payload[-_HASH_BYTES:])
    if text not in (text.lower(), text.upper()) or len(text) > 128:
        raise _why_not("bitcoin_cash", text)
    plain = text.lower().removeprefix(_CASH + ":")
    raw = bech32.cash_decode(_CASH, plain)
    if not raw:
        raise _why_not("bitcoin_cash", text)
    kind_of, size = raw[0] >> 3, _CASH_SIZES[raw[0] & 7]
    if kind_of > 3 or len(raw) != size + 1:
        raise bad("The address holds no hash of a key or script.")
    # Kinds 2 and 3 are 0 and 1 with a mark that the wallet takes tokens.
    return bech32.cash_encode(_CASH, bytes([raw[0] & 0b1111]) + raw[1:])


_SPROUT: Final = b"\x16\x9a"  # before the 64 bytes of a Sprout address


def _zcash(text: str) -> str:
    """Take transparent addresses, and shielded ones as far as their check goes."""
    sprout = base58.checked(text) if len(text) == 95 else None
    if sprout is not None and len(sprout) == 66 and sprout.startswith(_SPROUT):
        return text
    parts = bech32.decode(text) if len(text) <= 256 else None
    if parts is None:
        return _base58check("zcash", text)
    raw = bech32.to_bytes(parts.groups)
    size = len(raw) if raw is not None else 0
    good = {
        "zs": parts.constant == bech32.BECH32 and size == 43,
        "tex": parts.constant == bech32.BECH32M and size == 20,
        "u": parts.constant == bech32.BECH32M and size >= 40,
    }
    if not good.get(parts.prefix, False):
        raise _why_not("zcash", text)
    return text.lower()


def _tron(text: str) -> str:
    """Take Base58Check, and the hexadecimal form that interfaces of the network answer with."""
    if re.fullmatch(r"(?:0x)?41[0-9A-Fa-f]{40}", text):
        return base58.with_check(bytes.fromhex(text.removeprefix("0x")))
    return _base58check("tron", text)


EVM: Final = (
    "ethereum",
    "arbitrum",
    "avalanche",
    "base",
    "bnb_smart_chain",
    "optimism",
    "polygon",
)
_RULES: Final[dict[str, Callable[[str], str]]] = {
    "bitcoin": _like_bitcoin("bitcoin"),
    **dict.fromkeys(EVM, accounts.ethereum),
    "bitcoin_cash": _bitcoin_cash,
    "cardano": accounts.cardano,
    "dash": _like_bitcoin("dash"),
    "dogecoin": _like_bitcoin("dogecoin"),
    "litecoin": _like_bitcoin("litecoin"),
    "monero": accounts.monero,
    "solana": accounts.solana,
    "ton": accounts.ton,
    "tron": _tron,
    "xrp": accounts.xrp,
    "zcash": _zcash,
}
NETWORKS: Final = tuple(_RULES)
_PREFIXES: Final = {
    "bc": "bitcoin",
    "ltc": "litecoin",
    "zs": "zcash",
    "u": "zcash",
    "tex": "zcash",
    "addr": "cardano",
    "stake": "cardano",
}
