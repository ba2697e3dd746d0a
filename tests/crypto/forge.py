"""A sender that can do everything wrong, one thing at a time, and the table of what it does.

The table is used twice: the tests of receiving run it live, and `make_vectors.py` writes it to
docs/spec/vectors, where other implementations find it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.core import envelope, steps
from gateway.core.envelope import Agreed, Believed, Believing, Places, Reception, Sender
from gateway.core.statement import STATEMENT_TYP, padded_size
from keys.jws import Unsigned
from keys.memory import MemoryKeys
from keys.ring import Ring
from keys.strict import compact
from keys.suite import b64, close_content, digest, encapsulate, unb64

NOW = 1_790_000_000
EP = 1_789_000_000
ALICE = "fiu.ee"
BOB = "police.nl"
HUB = "hub.example"
KEYS = {name: MemoryKeys(name.encode()) for name in (ALICE, BOB, HUB)}
CEK = bytes(range(32))
IV = bytes(range(12))
TEXTS = (b'{"id":"urn:uuid:1","nonce":"AAAA"}', '{"id":"urn:uuid:2","title":"Zö"}'.encode())
PREV = digest(b"the envelope before")
PROTECTED = b64(b'{"enc":"A256GCM","typ":"xg-envelope+jwe","cty":"xg-lines"}')


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the receiver knows, as plain values that a vector file can hold."""

    peer: str = ALICE
    suite: str = "xg1"
    agreement: bool = True
    carriers: tuple[str, ...] = ()
    our_key_open: bool = True
    arrived_at: int = NOW
    agreements: Mapping[str, Any] = field(
        default_factory=lambda: {"red-flags": {"active": True, "purposes": ["prevention"]}}
    )
    ep: int = EP
    upto: int = 6
    newest: str | None = PREV
    digests: Mapping[str, str] = field(default_factory=lambda: {"6": PREV})
    prevs: Mapping[str, str] = field(default_factory=dict)
    signing_state: str = "active"
    signing_not_before: int | None = None
    signing_not_after: int | None = None

    def reception(self) -> Reception:
        sender = Sender(self.suite, self.agreement, frozenset(self.carriers))
        kid = KEYS[BOB].public_keys()[2].key.kid
        return Reception(
            peer=self.peer,
            us=BOB,
            partners={ALICE: sender, HUB: Sender("xg1", agreement=True)},
            open_kids=frozenset({kid} if self.our_key_open else ()),
        )

    def believing(self) -> Believing:
        ring = Ring(
            replace(
                one,
                state=self.signing_state,
                not_before=self.signing_not_before,
                not_after=self.signing_not_after,
            )
            for one in KEYS[ALICE].public_keys()
        )
        return Believing(
            ring=ring,
            agreements={
                name: Agreed(one["active"], frozenset(one["purposes"]))
                for name, one in self.agreements.items()
            },
            places=Places(
                ep=self.ep,
                upto=self.upto,
                newest=self.newest,
                digests={int(seq): one for seq, one in self.digests.items()},
                prevs={int(seq): one for seq, one in self.prevs.items()},
            ),
            arrived_at=self.arrived_at,
        )


def receive(raw: bytes, facts: Facts) -> Believed:
    """Take an envelope through all steps."""
    outer = envelope.examine(raw, facts.reception())
    (cek,) = KEYS[BOB].agent().open([outer.sealed_for])
    return envelope.believe(outer, cek, facts.believing())


def bodied(texts: tuple[bytes, ...], evidence: tuple[bytes, ...] = ()) -> dict[str, Any]:
    return {"items": [digest(one) for one in texts], "evidence": [digest(one) for one in evidence]}


def filled_up(lines: bytes) -> bytes:
    return lines.ljust(padded_size(len(lines)))


def unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Forgery:
    """How one envelope is made; each hook gets what stands there and gives what shall."""

    said: Mapping[str, Any] = field(default_factory=dict)  # members of the statement
    left_out: str = ""
    lines: tuple[bytes, ...] = TEXTS
    typ: str = STATEMENT_TYP
    signed_by: str = ALICE
    signers: tuple[int, ...] = (0, 1)
    line: Callable[[bytes], bytes] = unchanged
    filled: Callable[[bytes], bytes] = filled_up
    alg: str = "HPKE-10-KE"
    wrapped: Callable[[bytes], bytes] = unchanged  # ek ‖ encrypted_key, before rd is taken
    outside: Mapping[str, Any] = field(default_factory=dict)
    aad: Callable[[bytes], bytes] = unchanged
    parts: Callable[[dict[str, Any]], dict[str, Any]] = unchanged
    raw: Callable[[bytes], bytes] = unchanged

    def make(self) -> bytes:
        recipient = KEYS[BOB].public_keys()[2].key
        said = {
            "v": 1,
            "iss": ALICE,
            "aud": BOB,
            "rk": recipient.kid,
            "ep": EP,
            "seq": 7,
            "prev": PREV,
            "iat": NOW - 60,
            "exp": NOW + 86_400,
            "kind": "records",
            "agr": "red-flags",
            "pur": "prevention",
            "body": bodied(TEXTS),
        } | self.said
        said.pop(self.left_out, None)
        line = self.line(self._signed(compact(said)))
        filled = self.filled(b"".join(one + b"\n" for one in (line, *self.lines)))
        sealed_for = encapsulate(recipient, CEK)
        wrapped = self.wrapped(sealed_for.ek + sealed_for.encrypted_key)
        ek, encrypted_key = b64(wrapped[:1120]), b64(wrapped[1120:])
        rd = digest(f"{recipient.kid}.{self.alg}.{ek}.{encrypted_key}".encode())
        names = ("iss", "aud", "ep", "seq", "exp")
        outside = {"v": 1, **{name: said.get(name) for name in names}, "rd": rd} | self.outside
        aad = b64(self.aad(compact(outside)))
        sealed = close_content(CEK, IV, f"{PROTECTED}.{aad}".encode(), filled)
        header = {"alg": self.alg, "kid": recipient.kid, "ek": ek}
        parts = {
            "protected": PROTECTED,
            "aad": aad,
            "recipients": [{"header": header, "encrypted_key": encrypted_key}],
            "iv": b64(IV),
            "ciphertext": b64(sealed[:-16]),
            "tag": b64(sealed[-16:]),
        }
        return self.raw(compact(self.parts(parts)))

    def _signed(self, payload: bytes) -> bytes:
        agent = KEYS[self.signed_by].agent()
        unsigned = Unsigned(
            self.typ, payload, tuple(agent.signers(NOW)[place] for place in self.signers)
        )
        return unsigned.assemble(agent.sign([unsigned.to_sign()])[0])


@dataclass(frozen=True)
class Case:
    """One envelope, what is known where it arrives, and what must become of it."""

    outcome: type[steps.EnvelopeRefused] | None  # None: believed
    forgery: Forgery = field(default_factory=Forgery)
    facts: Facts = field(default_factory=Facts)


def bit_flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def swap(raw: bytes) -> bytes:
        assert old in raw, "the fault would not be there"
        return raw.replace(old, new, 1)

    return swap


def part_flipped(name: str, at: int = 20) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda parts: parts | {name: b64(bit_flipped(at)(unb64(parts[name])))}


def in_recipient(**changes: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(parts: dict[str, Any]) -> dict[str, Any]:
        recipient = json.loads(json.dumps(parts["recipients"][0]))
        for name, value in changes.items():
            (recipient if name in recipient else recipient["header"])[name] = value
        return parts | {"recipients": [recipient]}

    return change


def signature_flipped(place: int) -> Callable[[bytes], bytes]:
    def change(line: bytes) -> bytes:
        text = json.loads(line)
        entry = text["signatures"][place]
        entry["signature"] = b64(bit_flipped(5)(unb64(entry["signature"])))
        return compact(text)

    return change


def parties_of_another(parts: dict[str, Any]) -> dict[str, Any]:
    other = encapsulate(KEYS[BOB].public_keys()[2].key, CEK)
    return in_recipient(ek=b64(other.ek), encrypted_key=b64(other.encrypted_key))(parts)


VOIDS = {"items": [{"seq": 6, "digest": PREV, "code": "withheld"}]}
VERDICTS = {
    "items": [
        {"ep": 5, "seq": 9, "id": "urn:uuid:1", "version": 1, "state": "accepted", "code": None},
        {"ep": 5, "seq": 8, "id": None, "version": None, "state": "cannot", "code": "kind"},
    ]
}
FURTHER = {
    "items": [
        {"notice": "urn:uuid:1", "record": "urn:uuid:2", "tag": PREV, "by": None,
         "name": "fiu.lv", "hops": 1, "state": "open", "own_system": None, "passed_on": None,
         "at": 1_790_000_000},
        {"notice": "urn:uuid:1", "record": "urn:uuid:2", "tag": digest(b"tag"), "by": PREV,
         "name": None, "hops": 2, "state": "erased", "own_system": "done", "passed_on": None,
         "at": 1_790_000_000},
    ]
}  # fmt: skip
ENDED = Facts(agreements={"red-flags": {"active": False, "purposes": ["prevention"]}})


def said(**members: Any) -> Forgery:
    return Forgery(said=members)


def bare(kind: str, body: dict[str, Any]) -> Forgery:
    return Forgery(said={"kind": kind, "agr": None, "pur": None, "body": body}, lines=())
