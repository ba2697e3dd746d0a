"""A mail as a server gets it: over TLS from a server that we can name, or not at all."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from gateway.core.errors import SettingRefused
from gateway.transport.addresses import Unreachable
from gateway.transport.disk import DataDisk
from gateway.transport.mail import SmtpMail, tls_of


@dataclass
class MailServer:
    """One connection at a time: TLS from the first byte, or after STARTTLS."""

    context: ssl.SSLContext
    starttls: bool
    offers: bool = True  # STARTTLS
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            plain.settimeout(5)
            with suppress(OSError), ExitStack() as stack:
                stack.enter_context(plain)  # wrapped or not: closed, however the talk ends
                self._talk(plain if self.starttls else self._wrap(plain, stack), stack)

    def _wrap(self, plain: socket.socket, stack: ExitStack) -> socket.socket:
        return stack.enter_context(self.context.wrap_socket(plain, server_side=True))

    def _talk(self, connection: socket.socket, stack: ExitStack) -> None:
        connection.sendall(b"220 ready\r\n")
        lines = stack.enter_context(connection.makefile("rb"))
        while line := lines.readline().decode().rstrip("\r\n"):
            self.heard.append(line)
            word = line[:4].upper()
            if line == "STARTTLS":
                connection.sendall(b"220 go\r\n")
                connection = self._wrap(connection, stack)
                lines = stack.enter_context(connection.makefile("rb"))
            elif word == "EHLO":
                more = "250-STARTTLS\r\n" if self.starttls and self.offers else ""
                connection.sendall(f"250-here\r\n{more}250 AUTH PLAIN\r\n".encode())
            elif word == "AUTH":
                connection.sendall(b"235 yes\r\n")
            elif word == "DATA":
                connection.sendall(b"354 go on\r\n")
                while (text := lines.readline().decode().rstrip("\r\n")) != ".":
                    self.heard.append(text)
                connection.sendall(b"250 taken\r\n")
            elif word == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 fine\r\n")


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, Path]:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made, tmp_path / "ca.pem"


@pytest.fixture(params=["implicit", "starttls"])
def server(
    request: pytest.FixtureRequest, authority: tuple[trustme.CA, Path]
) -> Iterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(context)
    made = MailServer(context, request.param == "starttls")
    yield made
    made.listener.close()


def mail(server: MailServer, ca_file: Path | None, **more: str) -> SmtpMail:
    return SmtpMail(
        host="127.0.0.1",
        port=server.port,
        starttls=server.starttls,
        sender="alarms@gateway.example",
        recipients=("duty@gateway.example", "second@gateway.example"),
        ca_file=ca_file,
        timeout_seconds=5,
        **more,  # type: ignore[arg-type] # user and password
    )


def test_a_mail_arrives_with_both_readers(
    server: MailServer, authority: tuple[trustme.CA, Path]
) -> None:
    mail(server, authority[1], user="alarms", password="s3cret").send("one began", "BEGAN x\n")
    told = "\n".join(server.heard)
    assert "rcpt TO:<duty@gateway.example>" in told
    assert "rcpt TO:<second@gateway.example>" in told
    assert "Subject: one began" in told
    assert "BEGAN x" in told
    (login,) = (line for line in server.heard if line.startswith("AUTH"))
    assert base64.b64decode(login.split()[-1]) == b"\0alarms\0s3cret"
    if server.starttls:
        assert server.heard.index("STARTTLS") < server.heard.index(login)


def test_a_server_that_nobody_vouches_for_gets_nothing(server: MailServer, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(Unreachable):
        mail(server, tmp_path / "other.pem", user="alarms", password="s3cret").send("a", "b")
    assert not any(line.upper().startswith(("AUTH", "DATA", "MAIL")) for line in server.heard)


def test_nothing_is_sent_in_the_clear(authority: tuple[trustme.CA, Path]) -> None:
    server = MailServer(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), starttls=True, offers=False)
    with pytest.raises(Unreachable):
        mail(server, authority[1], user="alarms", password="s3cret").send("a", "b")
    server.listener.close()
    assert not any(line.upper().startswith(("AUTH", "DATA", "MAIL")) for line in server.heard)


def test_a_password_is_not_shown(authority: tuple[trustme.CA, Path]) -> None:
    shown = SmtpMail(
        host="h", port=1, starttls=False, sender="a@b", recipients=(), password="s3cret"
    )
    assert "s3cret" not in repr(shown)


def test_an_authority_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(SettingRefused):
        tls_of(tmp_path / "x.pem")


def test_the_disk_says_how_much_is_free(tmp_path: Path) -> None:
    assert 0 <= (DataDisk(tmp_path).free_percent() or 0) <= 100
    assert DataDisk(tmp_path / "gone").free_percent() is None
