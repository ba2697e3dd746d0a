"""Ways to hide bytes in text, and places of documents to put a text."""

from __future__ import annotations

import base64
import json
import quopri
import zlib
from urllib.parse import quote_from_bytes
from xml.sax.saxutils import escape, quoteattr


def _deflated(raw):
    maker = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return maker.compress(raw) + maker.flush()


def _b64(raw):
    return base64.b64encode(raw).decode()


ENCODINGS = {
    "base64": _b64,
    "base64url": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    "base64 in lines of 76": lambda raw: base64.encodebytes(raw).decode(),
    "base64 in lines of 64": lambda raw: wrapped(_b64(raw), 64),
    "hex": lambda raw: raw.hex(),
    "capital hex": lambda raw: raw.hex().upper(),
    "hex after 0x": lambda raw: "0x" + raw.hex(),
    "hex with blanks": lambda raw: raw.hex(" "),
    "hex with colons": lambda raw: raw.hex(":").upper(),
    "hex in groups": lambda raw: raw.hex(" ", 2),
    "hex as C writes it": lambda raw: "".join(f"\\x{byte:02x}" for byte in raw),
    "hex numbers": lambda raw: ", ".join(f"0x{byte:02X}" for byte in raw),
    "decimal numbers": lambda raw: ", ".join(map(str, raw)),
    "base32": lambda raw: base64.b32encode(raw).decode(),
    "base85": lambda raw: base64.b85encode(raw).decode(),
    "ascii85": lambda raw: base64.a85encode(raw, adobe=True).decode(),
    "quoted-printable": lambda raw: quopri.encodestring(raw, quotetabs=True).decode(),
    "percent": quote_from_bytes,
    "data URI": lambda raw: "data:application/octet-stream;base64," + _b64(raw),
    "data URI, percent-encoded": lambda raw: "data%3Aimage%2Fpng%3Bbase64%2C" + _b64(raw),
    "zlib, base64": lambda raw: _b64(zlib.compress(raw)),
    "deflate, base64": lambda raw: _b64(_deflated(raw)),
    "UTF-16 of base64, base64": lambda raw: _b64(_b64(raw).encode("utf-16-le")),
    "part of a mail": lambda raw: (
        "Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _b64(raw)
    ),
}
# What can be put into another: the outer one writes bytes, so any inner text can stand in it.
OUTER = {
    name: ENCODINGS[name]
    for name in (
        "base64",
        "base64url",
        "base64 in lines of 76",
        "hex",
        "hex with blanks",
        "decimal numbers",
        "base32",
        "base85",
        "ascii85",
        "zlib, base64",
        "deflate, base64",
    )
}


def wrapped(text, width):
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def _json(value):
    return json.dumps(value).encode()


PLACES = {
    "a member of JSON": lambda text: _json({"note": text}),
    "JSON with raw letters": lambda text: json.dumps({"n": text}, ensure_ascii=False).encode(),
    "deep in JSON": lambda text: _json({"persons": [{"names": [{"full": text}]}]}),
    "a list of JSON": lambda text: _json([1, None, text]),
    "a name of JSON": lambda text: _json({text: 1}),
    "after words": lambda text: _json({"summary": f"See this: {text}"}),
    "before words": lambda text: _json({"summary": f"{text} and so on, as was said."}),
    "JSON within JSON": lambda text: _json({"note": json.dumps({"x": [text]})}),
    "JSON within JSON within JSON": lambda text: _json(
        {"a": json.dumps({"b": json.dumps([text])})}
    ),
    "XML within JSON": lambda text: _json({"note": f"<a><b>{escape(text)}</b></a>"}),
    "the second line of NDJSON": lambda text: b'{"a": 1}\n' + _json({"b": text}) + b"\n",
    "broken JSON": lambda text: _json({"note": text})[:-1],
    "XML": lambda text: f"<a><b>{escape(text)}</b></a>".encode(),
    "an attribute": lambda text: f"<a b={quoteattr(text)}/>".encode(),
    "CDATA": lambda text: f"<a><![CDATA[{text}]]></a>".encode(),
    "JSON within XML": lambda text: f"<a>{escape(json.dumps({'x': text}))}</a>".encode(),
    "XML in UTF-16": lambda text: (
        f'<?xml version="1.0" encoding="UTF-16"?><a>{escape(text)}</a>'.encode("utf-16")
    ),
    "a cell of CSV": lambda text: (
        'naam;opmerking\nx;"' + text.replace('"', '""') + '"\n'
    ).encode(),
    "CSV in UTF-16": lambda text: f"a;b\n1;{text}\n".encode("utf-16-le"),
    "plain text": lambda text: f"Notes of today\n\n{text}\n".encode(),
}
