"""Ordinary text that looks encoded: keys, tokens, certificates, logs, dumps. The same every time.

No picture is among it: whatever the no-imagery guard reports of it is a false alarm.
"""

# ruff: noqa: SIM905, S311, S608, PLR2004 (words in a line; a corpus, no secret and no query)

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Final
from urllib.parse import quote, quote_plus

from gateway.core.guard import inspect_bytes
from gateway.core.hidden import Search

_SEED: Final = 20261125
_WORDS: Final = (
    "the of bank account transfer zaak verdachte melding betaling onderzoek rekening reference "
    "niño cuenta denuncia enfant signalement compte Überweisung Konto Verdacht image video photo "
    "thumbnail preview picture hash payment card wallet exchange login upload server host domain "
    "address report case unit date time number amount sender receiver note see also was not known"
).split()


def strings(count: int) -> Iterator[tuple[str, str]]:
    """Yield that many kinds and texts, evenly of every kind."""
    random = Random(_SEED)
    kinds = list(KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        yield kind, make(random)


def _prose(random: Random) -> str:
    words = random.choices(_WORDS, k=random.randint(5, 120))
    return " ".join(word + ("." if random.random() < 0.1 else "") for word in words)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _lines(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def _jwt(random: Random) -> str:
    claims = {"iss": "https://id.example", "sub": _uuid(random), "exp": random.getrandbits(31)}
    parts = (json.dumps({"alg": "RS256", "kid": _uuid(random)}), json.dumps(claims))
    signed = [_b64url(part.encode()) for part in parts]
    return ".".join([*signed, _b64url(random.randbytes(256))])


def _certificate(random: Random) -> str:
    body = b"\x30\x82\x03\xb5\x30\x82\x02\x9d\xa0\x03\x02\x01\x02\x02" + random.randbytes(900)
    return f"-----BEGIN CERTIFICATE-----\n{_lines(_b64(body), 64)}\n-----END CERTIFICATE-----"


def _ssh_key(random: Random) -> str:
    return "ssh-rsa " + _b64(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\1\1\0" + random.randbytes(256))


def _pgp(random: Random) -> str:
    body = _lines(_b64(random.randbytes(600)), 64)
    return f"-----BEGIN PGP MESSAGE-----\n\n{body}\n={_b64(random.randbytes(3))}\n-----END"


def _uuid(random: Random) -> str:
    digits = random.randbytes(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _digest(random: Random) -> str:
    kind = random.choice(("md5", "sha1", "sha256", "sha512"))
    return hashlib.new(kind, random.randbytes(8)).hexdigest()


def _log(random: Random) -> str:
    query = quote_plus(_prose(random)[:80])
    return (
        f"{random.randint(1, 223)}.0.2.{random.randint(0, 255)} - - "
        f'[25/Nov/2026:10:{random.randint(10, 59)}:00 +0100] "GET '
        f"/search?q={query}&id={_uuid(random)}&sig={quote(_b64(random.randbytes(32)))} HTTP/1.1"
        f'" 200 {random.randint(1, 99999)} "https://www.example.org/" "Mozilla/5.0 (X11; Linux)"'
    )


def _sql(random: Random) -> str:
    rows = ", ".join(
        f"({random.randint(1, 10**6)}, '{_prose(random)[:40]}', x'{random.randbytes(32).hex()}', "
        f"'{_b64(random.randbytes(48))}', NULL)"
        for _ in range(random.randint(1, 4))
    )
    return f"INSERT INTO `login` (`id`, `note`, `digest`, `token`, `x`) VALUES {rows};"


def _saml(random: Random) -> str:
    maker = zlib.compressobj(wbits=-15)
    request = f'<samlp:AuthnRequest ID="{_uuid(random)}" Version="2.0">{_prose(random)}</a>'
    packed = maker.compress(request.encode()) + maker.flush()
    return "https://id.example/sso?SAMLRequest=" + quote_plus(_b64(packed))


def _mail(random: Random) -> str:
    words = _prose(random).replace("ü", "=C3=BC").replace("ñ", "=C3=B1")
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}=20=\r\n{words}=E2=82=AC"


def _dkim(random: Random) -> str:
    return (
        f"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; bh={_b64(random.randbytes(32))};"
        f" b={_lines(_b64(random.randbytes(256)), 70)}"
    )


def _fingerprints(random: Random) -> str:
    return random.randbytes(random.choice((6, 16, 20, 32, 64))).hex(":").upper()


def _numbers(random: Random) -> str:
    return ", ".join(str(random.randint(0, 255)) for _ in range(random.randint(4, 120)))


def _binary(random: Random) -> str:
    size = random.randint(16, 600)
    return random.choice((_b64, _b64url, bytes.hex))(random.randbytes(size))


def _dense(random: Random) -> str:
    make = random.choice((base64.b32encode, base64.b85encode))
    return make(random.randbytes(random.randint(40, 300))).decode()


def _hidden_text(random: Random) -> str:
    text = random.choice(("{}", "<p>{}</p>", '{{"note": "{}"}}', "a;b\n1;{}\n")).format(
        _prose(random)
    )
    return _b64(random.choice((text.encode(), text.encode("utf-16"), zlib.compress(text.encode()))))


def _script(random: Random) -> str:
    names = [f"{random.choice('abcdefgh')}{number}" for number in range(30)]
    return "".join(f"var {name}=function(e,t){{return e.{name}(t)?{name}:!1}};" for name in names)


def _path(random: Random) -> str:
    return "/".join(["C:", *random.choices(_WORDS, k=12), _digest(random)])


KINDS: Final[dict[str, Callable[[Random], str]]] = {
    "prose": _prose,
    "random bytes": _binary,
    "base32 and base85": _dense,
    "digests": _digest,
    "UUIDs": _uuid,
    "JWTs": _jwt,
    "certificates": _certificate,
    "SSH keys": _ssh_key,
    "PGP blocks": _pgp,
    "fingerprints": _fingerprints,
    "numbers": _numbers,
    "logs": _log,
    "SQL dumps": _sql,
    "SAML requests": _saml,
    "mail": _mail,
    "DKIM signatures": _dkim,
    "text in base64": _hidden_text,
    "scripts": _script,
    "paths": _path,
}


def false_alarms(count: int) -> Counter[str]:
    """Return how many of that many texts the no-imagery guard takes for imagery, by kind."""
    return Counter(
        kind for kind, text in strings(count) if Search(len(text)).in_text(text) is not None
    )


def documents(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield that many kinds and documents: tables, texts, objects of numbers, bytes as characters.

    Of the words in their cells some are those that name media.
    """
    random = Random(_SEED)
    kinds = list(DOCUMENTS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        yield kind, make(random)


def _cell(random: Random) -> str:
    make = random.choice((_word, _word, _word, _uuid, _digest, _amount, _prose))
    return "" if random.random() < 0.1 else make(random)


def _word(random: Random) -> str:
    return random.choice(_WORDS_OF_MEDIA if random.random() < 0.02 else _WORDS)


def _amount(random: Random) -> str:
    return str(random.randint(1, 10**6))


def _table(random: Random) -> bytes:
    mark, width = random.choice(",;\t|"), random.randint(2, 9)
    above = [_prose(random) for _ in range(random.choice((0, 0, 1, 3)))]
    header = mark.join(f"{random.choice(_WORDS)}_{place}" for place in range(width))
    rows = [
        mark.join(_cell(random).translate(_NO_MARKS) for _ in range(width))
        for _ in range(random.randint(1, 60))
    ]
    return "\n".join([*above, header, *rows, ""]).encode()


def _lines_of_words(random: Random) -> bytes:
    lines = (
        ", ".join(
            " ".join(random.choices(_WORDS, k=random.choice((1, 1, 2, 3))))
            for _ in range(random.randint(1, 12))
        )
        for _ in range(random.randint(2, 40))
    )
    return "\n".join([_prose(random), *lines]).encode()


def _numbered(random: Random) -> bytes:
    first, most = random.choice((0, 1, 1990)), random.choice((10, 255, 10**6))
    places = range(first, first + random.randint(10, 200))
    return json.dumps({"counts": {str(one): random.randint(0, most) for one in places}}).encode()


def _sign_for_sign(random: Random) -> bytes:
    """Bytes as characters of the same number, half of them as a stream may begin."""
    begins = random.choice(("", "", "G", "\xff\xfb", "\xff\xf1"))
    return json.dumps({"a": begins + random.randbytes(2_000).decode("latin-1")}).encode()


def _fixed_width(random: Random) -> bytes:
    width = random.choice((187, 191, 203))  # with its end a line is as long as a packet
    lines = (f"G{_prose(random) * 9}"[:width] for _ in range(12))
    return ("\n".join(lines) + "\n").encode("latin-1")


_WORDS_OF_MEDIA: Final = ("thumb", "thumbnails", "miniature")
_NO_MARKS: Final = str.maketrans(",;\t|", "    ")
DOCUMENTS: Final[dict[str, Callable[[Random], bytes]]] = {
    "tables": _table,
    "lines of words": _lines_of_words,
    "numbers by number": _numbered,
    "bytes as characters": _sign_for_sign,
    "lines of one width": _fixed_width,
}


def false_alarms_of_documents(count: int) -> Counter[str]:
    """Return how many of that many documents the guard takes for imagery, by kind."""
    return Counter(kind for kind, raw in documents(count) if inspect_bytes(raw, ""))


if __name__ == "__main__":
    asked = int(sys.argv[1]) if sys.argv[1:] else 100_000
    for alarms, what in (
        (false_alarms(asked), "texts"),
        (false_alarms_of_documents(asked), "documents"),
    ):
        sys.stdout.write(f"{alarms.total()} false alarms in {asked} {what} {dict(alarms)}\n")
