"""The table: each row is a sentence, one envelope, and the step that refuses it."""

from __future__ import annotations

from forge import (
    ALICE,
    BOB,
    ENDED,
    EP,
    FURTHER,
    HUB,
    NOW,
    PREV,
    TEXTS,
    VERDICTS,
    VOIDS,
    Case,
    Facts,
    Forgery,
    bare,
    bit_flipped,
    bodied,
    filled_up,
    in_recipient,
    part_flipped,
    parties_of_another,
    said,
    signature_flipped,
    swapped,
)

from gateway.core import steps
from keys.suite import b64, digest

OTHER = digest(b"another envelope")
EVIDENCE = (b'{"a":"statement of the originator"}',)

GOOD = {
    "records": Case(None),
    "records with evidence": Case(
        None, Forgery(said={"body": bodied(TEXTS, EVIDENCE)}, lines=TEXTS + EVIDENCE)
    ),
    "a verdict": Case(None, bare("verdict", VERDICTS)),
    "further holders": Case(None, bare("holders", FURTHER)),
    "a void": Case(None, bare("void", VOIDS)),
    "a key notice": Case(None, bare("key-notice", {"card": "{}"})),
    "a kind nobody knows yet": Case(None, bare("greeting", {"hello": "there"})),
    "a notice under an ended agreement": Case(None, said(kind="notice"), ENDED),
    "a void when all agreements have ended": Case(None, bare("void", VOIDS), ENDED),
    "brought by a carrier": Case(None, facts=Facts(peer=HUB, carriers=(HUB,))),
    "the first of a newer sequence": Case(None, said(ep=EP + 1, seq=1, prev=PREV)),
    "a gap before it": Case(None, facts=Facts(upto=2, digests={})),
    "the farthest place ahead": Case(None, said(seq=70)),
    "opened long after it arrived": Case(None, facts=Facts(arrived_at=NOW + 86_400 + 300)),
    "members of the payload in another order": Case(
        None, said(**dict(reversed([("kind", "records"), ("agr", "red-flags")])))
    ),
}

STEP_1 = {
    "larger than 6 MiB": Case(
        steps.EnvelopeTooLarge, Forgery(raw=lambda raw: raw + b" " * 6 * 1024 * 1024)
    ),
}

STEP_3 = {
    name: Case(steps.EnvelopeNotStrict, Forgery(raw=change))
    for name, change in {
        "a member twice": swapped(b'"iv":', b'"iv":"","iv":'),
        "cut short": lambda raw: raw[:-1],
        "something after the end": lambda raw: raw + b"}",
        "a number with a fraction": lambda raw: raw[:-1] + b',"n":1.0}',
        "a negative number": lambda raw: raw[:-1] + b',"n":-1}',
        "a number beyond 2^53-1": lambda raw: raw[:-1] + b',"n":9007199254740992}',
        "NaN": lambda raw: raw[:-1] + b',"n":NaN}',
        "half of a surrogate pair": lambda raw: raw[:-1] + b',"n":"\\ud800"}',
        "33 levels": lambda raw: raw[:-1] + b',"n":' + b"[" * 32 + b"]" * 32 + b"}",
        "a byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    }.items()
} | {
    "not UTF-8": Case(steps.EnvelopeNotStrict, Forgery(raw=lambda raw: raw[:-1] + b',"n":"\xff"}')),
    "a hundred thousand levels": Case(
        steps.EnvelopeNotStrict, Forgery(raw=lambda _raw: b"[" * 100_000)
    ),
}

STEP_4 = {
    name: Case(steps.EnvelopeNotExact, forgery)
    for name, forgery in {
        "white space": Forgery(raw=swapped(b'"iv":', b'"iv": ')),
        "a line end": Forgery(raw=lambda raw: raw + b"\n"),
        "an escaped letter": Forgery(raw=swapped(b'"tag"', b'"t\\u0061g"')),
        "members in another order": Forgery(
            parts=lambda parts: dict(sorted(parts.items(), reverse=True))
        ),
        "a member too many": Forgery(parts=lambda parts: parts | {"unprotected": {}}),
        "a member missing": Forgery(
            parts=lambda parts: {name: parts[name] for name in parts if name != "tag"}
        ),
        "an array": Forgery(raw=lambda raw: b"[" + raw + b"]"),
        "two recipients": Forgery(
            parts=lambda parts: parts | {"recipients": parts["recipients"] * 2}
        ),
        "no recipient": Forgery(parts=lambda parts: parts | {"recipients": []}),
        "another protected header": Forgery(
            parts=lambda parts: parts | {"protected": b64(b'{"enc":"A256GCM"}')}
        ),
        "padded base64url": Forgery(parts=lambda parts: parts | {"tag": parts["tag"] + "=="}),
        "base64url with spare bits": Forgery(
            parts=lambda parts: parts | {"tag": parts["tag"][:-1] + "_"}
        ),
        "a short iv": Forgery(parts=lambda parts: parts | {"iv": b64(b"8 bytes.")}),
        "a number for the iv": Forgery(parts=lambda parts: parts | {"iv": 12}),
        "a short ek": Forgery(parts=in_recipient(ek=b64(b"short"))),
        "a long encrypted_key": Forgery(parts=in_recipient(encrypted_key=b64(bytes(49)))),
        "a key id that is no digest": Forgery(parts=in_recipient(kid="bob-2026")),
        "a ciphertext of no size step": Forgery(filled=lambda lines: lines + b" "),
        "white space in aad": Forgery(aad=swapped(b'"ep":', b'"ep": ')),
        "true for a number in aad": Forgery(outside={"seq": True}),
        "place zero in aad": Forgery(outside={"seq": 0}),
        "a text for a number in aad": Forgery(outside={"exp": str(NOW)}),
        "version 2 in aad": Forgery(outside={"v": 2}),
        "capitals in an id in aad": Forgery(outside={"iss": "FIU.ee"}),
        "null for an id in aad": Forgery(outside={"iss": None}),
        "a member too many in aad": Forgery(outside={"kind": "records"}),
        "an rd that is no digest": Forgery(outside={"rd": "x"}),
    }.items()
}

STEPS_5_TO_9 = {
    "from somebody else than the caller": Case(steps.PartiesWrong, facts=Facts(peer=HUB)),
    "from nobody we know": Case(steps.PartiesWrong, said(iss="stranger.example")),
    "not for us": Case(steps.PartiesWrong, said(aud="police.be")),
    "back to its sender": Case(steps.PartiesWrong, said(iss=BOB, aud=ALICE)),
    "from a partner without an agreement": Case(steps.NoAgreement, facts=Facts(agreement=False)),
    "an rd of another recipient part": Case(
        steps.OutsideAltered, Forgery(parts=parties_of_another)
    ),
    "an rd of nothing": Case(steps.OutsideAltered, Forgery(outside={"rd": OTHER})),
    "sealed to a key that no longer opens": Case(steps.KeyNotOpen, facts=Facts(our_key_open=False)),
    "a key management of another suite": Case(steps.SuiteWrong, Forgery(alg="HPKE-9-KE")),
    "a key management without a name": Case(steps.SuiteWrong, Forgery(alg="dir")),
    "a sender pinned to another suite": Case(steps.SuiteWrong, facts=Facts(suite="xg9")),
}

STEP_10 = {
    name: Case(steps.SealBroken, forgery)
    for name, forgery in {
        "a bit of the ciphertext": Forgery(parts=part_flipped("ciphertext")),
        "a bit of the tag": Forgery(parts=part_flipped("tag", 3)),
        "a bit of the iv": Forgery(parts=part_flipped("iv", 3)),
        "a bit of the ML-KEM ciphertext": Forgery(wrapped=bit_flipped(100)),
        "a bit of the X25519 share": Forgery(wrapped=bit_flipped(1100)),
        "a bit of the encrypted key": Forgery(wrapped=bit_flipped(1130)),
        "another place on the outside": Forgery(
            parts=lambda parts: parts | {"aad": b64(_other_place(parts["aad"]))}
        ),
    }.items()
}

STEP_11 = {
    name: Case(steps.LinesWrong, forgery)
    for name, forgery in {
        "padded with zeros": Forgery(
            filled=lambda lines: lines + bytes(len(filled_up(lines)) - len(lines))
        ),
        "padded to the next step": Forgery(
            filled=lambda lines: filled_up(lines).ljust(2 * len(filled_up(lines)))
        ),
        "no line end": Forgery(filled=lambda lines: filled_up(lines.replace(b"\n", b" "))),
        "nothing but spaces": Forgery(filled=lambda _lines: b" " * 8192),
        "an empty line": Forgery(lines=(*TEXTS, b"")),
        "a tab in a text": Forgery(said={"body": bodied((b'{"a":\t1}',))}, lines=(b'{"a":\t1}',)),
        "carriage returns": Forgery(filled=lambda lines: filled_up(lines.replace(b"\n", b"\r\n"))),
        "a text of more than 256 KiB": Forgery(lines=(b"x" * (256 * 1024 + 1),)),
        "more than 1,000 lines": Forgery(lines=(b"{}",) * 1001),
    }.items()
}

STEP_12 = {
    "a bit of the Ed25519 signature": Case(
        steps.SignaturesWrong, Forgery(line=signature_flipped(0))
    ),
    "a bit of the ML-DSA signature": Case(
        steps.SignaturesWrong, Forgery(line=signature_flipped(1))
    ),
    "signed by another partner": Case(steps.SignaturesWrong, Forgery(signed_by=HUB)),
    "signatures in the other order": Case(steps.SignaturesWrong, Forgery(signers=(1, 0))),
    "signed by Ed25519 alone": Case(steps.SignaturesWrong, Forgery(signers=(0,))),
    "signed by ML-DSA alone": Case(steps.SignaturesWrong, Forgery(signers=(1,))),
    "signed as a receipt": Case(steps.SignaturesWrong, Forgery(typ="xg-receipt+jws")),
    "white space in the signed text": Case(
        steps.SignaturesWrong, Forgery(line=swapped(b'"signatures":', b'"signatures": '))
    ),
    "an unprotected header": Case(
        steps.SignaturesWrong, Forgery(line=swapped(b'"signature":', b'"header":{},"signature":'))
    ),
    "a revoked key, whatever its date": Case(
        steps.SignaturesWrong, facts=Facts(signing_state="revoked")
    ),
    "a key nobody has confirmed yet": Case(
        steps.SignaturesWrong, facts=Facts(signing_state="next")
    ),
    "a key that was not valid yet": Case(
        steps.SignaturesWrong, facts=Facts(signing_not_before=NOW - 59)
    ),
    "a key that was valid no longer": Case(
        steps.SignaturesWrong, facts=Facts(signing_not_after=NOW - 60)
    ),
}

STEP_13 = {
    name: Case(steps.PayloadDiffers, forgery)
    for name, forgery in {
        "another place inside": Forgery(outside={"seq": 8}),
        "another sequence inside": Forgery(outside={"ep": EP + 1}),
        "another end of validity inside": Forgery(outside={"exp": NOW + 1}),
        "another recipient inside": Forgery(said={"aud": "police.be"}, outside={"aud": BOB}),
        "another sender inside": Forgery(said={"iss": HUB}, outside={"iss": ALICE}),
        "for another key": said(rk=OTHER),
        "a member too many": said(comment="hello"),
        "a member missing": Forgery(left_out="pur"),
        "version 2": said(v=2),
        "true for its place": Forgery(said={"seq": True}, outside={"seq": 1}),
        "a date as text": said(iat="2026-01-01T00:00:00Z"),
        "ends before it begins": said(iat=NOW + 86_400),
        "no prev after the first place": said(prev=None),
        "records without an agreement": said(agr=None, pur=None),
        "an agreement without a purpose": said(pur=None),
        "a void under an agreement": said(kind="void", body=VOIDS),
        "no items": said(body=bodied(())),
        "501 items": said(body={"items": [OTHER] * 501, "evidence": []}),
        "an item that is no digest": said(body={"items": ["x"], "evidence": []}),
        "a verdict of no state": bare(
            "verdict", {"items": [VERDICTS["items"][0] | {"state": "maybe"}]}
        ),
        "a further holder beyond eight others": bare(
            "holders", {"items": [FURTHER["items"][1] | {"hops": 9}]}
        ),
        "a further holder by nobody": bare(
            "holders", {"items": [FURTHER["items"][1] | {"by": None}]}
        ),
        "a further holder with a name that is none": bare(
            "holders", {"items": [FURTHER["items"][0] | {"name": "Europol"}]}
        ),
        "further holders under an agreement": said(kind="holders", body=FURTHER),
        "a void without a reason": bare("void", {"items": [VOIDS["items"][0] | {"code": None}]}),
        "a body that is an array": said(kind="greeting", body=[]),
    }.items()
}

STEP_14 = {
    "signed 301 s in the future": Case(steps.DatesWrong, facts=Facts(arrived_at=NOW - 60 - 301)),
    "arrived 301 s after its end": Case(
        steps.DatesWrong, facts=Facts(arrived_at=NOW + 86_400 + 301)
    ),
    "valid for more than 30 days": Case(steps.DatesWrong, said(exp=NOW - 60 + 30 * 86_400 + 1)),
}

STEP_15 = {
    "an agreement we do not have": Case(steps.NotCovered, said(agr="elsewhere")),
    "a purpose it does not name": Case(steps.NotCovered, said(pur="statistics")),
    "records under an ended agreement": Case(steps.NotCovered, facts=ENDED),
    "a notice under no agreement of ours": Case(
        steps.NotCovered, said(kind="notice", agr="elsewhere")
    ),
    "an agreement without purposes": Case(
        steps.NotCovered,
        facts=Facts(agreements={"red-flags": {"active": True, "purposes": []}}),
    ),
}

STEP_16 = {
    "a place that is taken": Case(steps.SequenceWrong, facts=Facts(upto=6, digests={"7": OTHER})),
    "a place that was voided": Case(steps.SequenceWrong, facts=Facts(upto=9, digests={})),
    "65 places ahead": Case(steps.SequenceWrong, said(seq=71)),
    "a prev that we know otherwise": Case(steps.SequenceWrong, facts=Facts(digests={"6": OTHER})),
    "not the one that its successor named": Case(
        steps.SequenceWrong, facts=Facts(digests={"8": OTHER}, prevs={"8": OTHER})
    ),
    "of an older sequence": Case(steps.SequenceWrong, said(ep=EP - 1)),
    "a sequence from the future": Case(steps.SequenceWrong, said(ep=NOW + 301, seq=1)),
}

STEP_17 = {
    name: Case(steps.DigestsDiffer, forgery)
    for name, forgery in {
        "a text missing": Forgery(lines=TEXTS[:1]),
        "a line too many": Forgery(lines=(*TEXTS, b"{}")),
        "texts in another order": Forgery(lines=TEXTS[::-1]),
        "a text changed": Forgery(lines=(TEXTS[0], TEXTS[1] + b" ")),
        "evidence among the texts": Forgery(
            said={"body": bodied(TEXTS, EVIDENCE)}, lines=EVIDENCE + TEXTS
        ),
        "a text after a void": Forgery(
            said={"kind": "void", "agr": None, "pur": None, "body": VOIDS}, lines=TEXTS[:1]
        ),
    }.items()
}

FAULTS = (
    STEP_1
    | STEP_3
    | STEP_4
    | STEPS_5_TO_9
    | STEP_10
    | STEP_11
    | STEP_12
    | STEP_13
    | STEP_14
    | STEP_15
    | STEP_16
    | STEP_17
)


def _other_place(aad: str) -> bytes:
    from keys.suite import unb64  # noqa: PLC0415

    return swapped(b'"seq":7', b'"seq":8')(unb64(aad))
