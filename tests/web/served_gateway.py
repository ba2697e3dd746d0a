"""Serve a gateway whose journeys are played, for `test_serving.py`: FOLDER PORT.

`trusted.json` in the folder lists the certificates that are trusted at this moment.
"""

import json
import ssl
import sys
from pathlib import Path
from types import SimpleNamespace

from gateway import serve
from gateway.core.errors import Unidentified
from gateway.core.limits import Limits
from gateway.flow.identify import Client
from gateway.flow.outcome import Outcome
from gateway.web import identity
from gateway.web.api import records
from gateway.web.app import create_app
from gateway.web.edge import Edge

FOLDER, PORT = Path(sys.argv[1]), sys.argv[2]


def trusted_certificates(_exchange):
    names = json.loads((FOLDER / "trusted.json").read_text())
    return [ssl.PEM_cert_to_DER_cert((FOLDER / name).read_text()) for name in names]


def caller_of_certificate(der, exchange):
    if der not in trusted_certificates(exchange):
        raise Unidentified
    return Client("bank", "fiu.nl", frozenset({"submit", "read"}), ("goaml",))


def submit(submission, _exchange):
    states = submission.raw.decode().split()
    return [Outcome(state=state) for state in states]


def build():
    changed = SimpleNamespace(changed=lambda: (FOLDER / "trusted.json").stat().st_mtime_ns)
    exchange = SimpleNamespace(limits=Limits(), store=changed)
    return create_app(exchange, Edge(body_seconds=2)), exchange


if __name__ == "__main__":
    serve.trusted_certificates = trusted_certificates
    identity.caller_of_certificate = caller_of_certificate
    records.submit = submit
    records.look.status = lambda _exchange: {"epoch": 1}
    listening = serve.Listening(
        bind=f"127.0.0.1:{PORT}",
        certificate_file=FOLDER / "server.pem",
        key_file=FOLDER / "server.key",
        workers=1,
        threads=4,
        graceful_seconds=2,
        head_seconds=1,
        request_seconds=20,
    )
    serve.run_web(listening, build)
