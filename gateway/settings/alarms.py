"""What makes the ways of alarms insecure or contradictory, for `security`."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.errors import Fault
from gateway.settings.sections import Settings


def alarm_faults(settings: Settings) -> Iterator[Fault]:
    """Yield everything that is wrong with [alarms]."""
    alarms = settings.alarms
    wrong = {
        "smtp_host": (
            bool(alarms.mail_to) != bool(alarms.smtp_host),
            "and alarms.mail_to go together: the server, and the mailboxes it delivers to",
        ),
        "mail_from": (
            bool(alarms.mail_to) != bool(alarms.mail_from),
            "and alarms.mail_to go together: a mail has a sender and readers",
        ),
        "smtp_password_file": (
            bool(alarms.smtp_user) != (alarms.smtp_password_file is not None),
            "and alarms.smtp_user go together",
        ),
        "webhook_certificates_file": (
            bool(alarms.webhook_url) != (alarms.webhook_certificates_file is not None),
            "and alarms.webhook_url go together: no authority is believed",
        ),
    }
    for name, (is_wrong, detail) in wrong.items():
        if is_wrong:
            yield Fault(f"alarms.{name}", "settings-contradict", detail)
