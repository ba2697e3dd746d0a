"""Send a mail over TLS: to the one server that our settings name.

Nothing is sent in the clear: TLS begins with the connection, or by STARTTLS before anything else.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from gateway.core.errors import SettingRefused
from gateway.transport.addresses import Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpMail:
    """`flow.ports.Mail` by SMTP."""

    host: str
    port: int
    starttls: bool  # else TLS from the first byte
    sender: str
    recipients: Sequence[str]
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None  # None: the authorities of this machine
    timeout_seconds: float = 20.0

    def send(self, subject: str, text: str) -> None:
        """Send once. Raises Unreachable."""
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.recipients)
        message["Subject"], message["Date"] = subject, formatdate()
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:  # ssl.SSLError is an OSError
            raise Unreachable("the mail server did not take the message") from error

    def _connect(self) -> smtplib.SMTP:
        context = tls_of(self.ca_file)
        if not self.starttls:
            return smtplib.SMTP_SSL(
                self.host, self.port, context=context, timeout=self.timeout_seconds
            )
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def tls_of(ca_file: Path | None) -> ssl.SSLContext:
    """Return the context for a mail server. Raises SettingRefused."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise SettingRefused(f"not an authority in PEM: {ca_file}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
