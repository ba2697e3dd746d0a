"""The gateway's first TLS certificate, signed by itself.

Partners and clients pin the certificate, so an authority adds nothing; one from an authority can
be put in its place at any time. Makes bytes only; keeping them is the caller's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LONGEST_COMMON_NAME: Final = 64  # X.520, ub-common-name
_BACKDATED: Final = timedelta(minutes=5)  # for partners whose clock is behind


def self_signed(
    names: Sequence[str], *, common_name: str, now: int, days: int = 730
) -> tuple[bytes, bytes]:
    """Return a certificate for `names` (hosts, addresses) and its private key, both in PEM.

    ECDSA on P-256; good for both ends of a connection, since a gateway is server and client.
    `now` in seconds since 1970.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:LONGEST_COMMON_NAME])])
    start = datetime.fromtimestamp(now, tz=UTC) - _BACKDATED
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([_general(one) for one in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signs_only(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    certificate = builder.sign(key, SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), private


def ends_at(der: bytes) -> int | None:
    """Return when a certificate ends, in seconds since 1970; None if it cannot be read."""
    try:
        return int(x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp())
    except ValueError:
        return None


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
