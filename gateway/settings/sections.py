"""Every setting: its section, name, unit, default and bounds.

Owns `Settings` and what belongs to one section. `config.example.toml` shows all of them with the
reasons; a test compares the two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from adapters.base import Caps
from gateway.core.limits import Limits
from gateway.settings import checks
from gateway.settings.secrets import read_secret
from schemas.vocab import ORG_CLASSES

T = TypeVar("T")

_CHECK: Final = "check"
_DAY: Final = 24 * 3600
_MEBIBYTE: Final = 1024 * 1024


def setting(default: T, check: checks.Check) -> T:
    """Declare a setting with a default."""
    return dataclasses.field(default=default, metadata={_CHECK: check})


def required(check: checks.Check) -> Any:
    """Declare a setting that has no default."""
    check.required = True
    return dataclasses.field(metadata={_CHECK: check})


def check_of(field: dataclasses.Field[Any]) -> checks.Check:
    """Return the check of a setting."""
    check = field.metadata[_CHECK]
    if not isinstance(check, checks.Check):
        raise TypeError("a setting was declared without its check")
    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySection:
    """Which gateway this is."""

    id: str = required(checks.Name())
    data_directory: Path = setting(Path("var"), checks.OwnPath())


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySection:
    """What our partner card says about us."""

    names: Mapping[str, str] = required(checks.NamesByLanguage())
    community: str = setting("national", checks.Name())
    org_class: str = required(checks.OneOf(*ORG_CLASSES))
    country: str | None = setting(None, checks.MaybeLine(pattern=r"[A-Z]{2}", form="two capitals"))
    time_zone: str = setting("UTC", checks.Zone())
    networks: tuple[str, ...] = setting((), checks.Networks())
    duty_name: str | None = setting(None, checks.MaybeLine())
    duty_phone: str | None = setting(None, checks.MaybeLine(longest=40))
    duty_email: str | None = setting(None, checks.MaybeLine())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenSection:
    """Where requests come in, and how long one of them may hold a thread."""

    host: str = setting("127.0.0.1", checks.Line(pattern=r"[0-9A-Za-z.:-]{1,253}", form="a host"))
    port: int = setting(8443, checks.Whole(1, 65_535))
    url: str = setting("", checks.Https())
    accepts_partners: bool = setting(True, checks.Flag())
    tls_certificate_file: Path = setting(Path("var/tls/certificate.pem"), checks.OwnPath())
    tls_key_file: Path = setting(Path("var/tls/key.pem"), checks.SecretPath())
    tls_next_certificate_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    proxy_socket: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    workers: int = setting(2, checks.Whole(1, 64))
    threads: int = setting(8, checks.Whole(2, 256))
    waiters: int = setting(2, checks.Whole(1, 128))
    longest_wait_seconds: int = setting(20, checks.Whole(0, 20))
    body_seconds: int = setting(60, checks.Whole(1, 600))
    graceful_seconds: int = setting(25, checks.Whole(1, 300))
    poll_interval_seconds: int = setting(30, checks.Whole(1, 3600))

    @property
    def bind(self) -> str:
        """What the server binds: an address, or a Unix socket behind a proxy."""
        if self.proxy_socket is not None:
            return f"unix:{self.proxy_socket}"
        return f"{self._host}:{self.port}"

    @property
    def public_url(self) -> str:
        """Where others find us: `url`, or else the address that we listen on."""
        return self.url or f"https://{self._host}:{self.port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSection:
    """Where rows are kept."""

    url: str = setting("", checks.Line(longest=1_000))
    password_file: Path | None = setting(None, checks.SecretPath(may_be_empty=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysSection:
    """Where keys lie, and what opens them."""

    directory: Path = setting(Path("var/keys"), checks.OwnPath())
    storage_passphrase_file: Path = setting(
        Path("var/secrets/storage.passphrase"), checks.SecretPath()
    )
    signing_passphrase_file: Path = setting(
        Path("var/secrets/signing.passphrase"), checks.SecretPath()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsSection:
    """Configuration that is kept in files instead of being made in the console."""

    directory: Path | None = setting(None, checks.OwnPath(may_be_empty=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSection:
    """Making envelopes."""

    batch_records: int = setting(100, checks.Whole(1, 500))
    bulk_records: int = setting(1_000, checks.Whole(1, 10_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySection:
    """Sending to partners that listen."""

    timeout_seconds: float = setting(20.0, checks.Number(0.1, 300))
    shortest_pause_seconds: float = setting(1.0, checks.Number(0.01, 3600))
    longest_pause_seconds: float = setting(900.0, checks.Number(0.01, _DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSection:
    """Emptying our mailbox at partners."""

    interval_seconds: float = setting(30.0, checks.Number(0.05, 3600))
    batch_envelopes: int = setting(32, checks.Whole(1, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSection:
    """The process that signs, opens, sends, fetches and expires."""

    tick_seconds: float = setting(0.5, checks.Number(0.02, 60))
    threads: int = setting(8, checks.Whole(1, 256))
    lease_seconds: int = setting(60, checks.Whole(2, 3600))
    checkpoint_seconds: float = setting(60.0, checks.Number(0.1, 3600))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSection:
    """How much one caller may send."""

    max_document_bytes: int = setting(8 * _MEBIBYTE, checks.Whole(1024, 64 * _MEBIBYTE))
    max_depth: int = setting(32, checks.Whole(4, 32))
    max_members: int = setting(100_000, checks.Whole(100, 1_000_000))
    max_string_chars: int = setting(65_536, checks.Whole(256, 262_144))
    max_records: int = setting(1_000, checks.Whole(1, 1_000))
    max_bulk_records: int = setting(1_000, checks.Whole(1, 1_000))
    max_unopened_bytes_per_partner: int = setting(
        256 * _MEBIBYTE, checks.Whole(6 * _MEBIBYTE, 64 * 1024 * _MEBIBYTE)
    )
    page_size: int = setting(100, checks.Whole(1, 1_000))
    refusals_until_stalled: int = setting(3, checks.Whole(1, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSection:
    """How long things are kept."""

    idempotency_seconds: int = setting(_DAY, checks.Whole(60, 30 * _DAY))
    envelope_validity_seconds: int = setting(7 * _DAY, checks.Whole(60, 30 * _DAY))
    closed_envelope_seconds: int = setting(3 * _DAY, checks.Whole(0, 30 * _DAY))
    quarantine_seconds: int = setting(90 * _DAY, checks.Whole(3600, 3650 * _DAY))
    quarantine_alarm_seconds: int = setting(7 * _DAY, checks.Whole(60, 3650 * _DAY))
    original_seconds: int = setting(365 * _DAY, checks.Whole(3600, 3650 * _DAY))
    disclosure_seconds: int = setting(3650 * _DAY, checks.Whole(365 * _DAY, 36_500 * _DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSection:
    """Whom TLS lets in, and where partners may live."""

    ca_files: tuple[Path, ...] = setting((), checks.Paths())
    allowed_networks: tuple[str, ...] = setting((), checks.Networks(ours_to_reach=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSection:
    """How the commands push, pull and inbox reach the gateway, as one of its clients."""

    url: str = setting("", checks.Https())
    certificate_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    key_file: Path | None = setting(None, checks.SecretPath(may_be_empty=True))
    server_certificates_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    source: str = setting("", checks.Line(longest=64))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSection:
    """What is logged, and how."""

    level: str = setting("info", checks.OneOf("debug", "info", "warning", "error"))
    format: str = setting("auto", checks.OneOf("auto", "json", "console"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsSection:
    """Who is told of alarms outside the console: a mailbox, a webhook, or both."""

    mail_to: tuple[str, ...] = setting((), checks.Addresses())
    mail_from: str = setting("", checks.Address())
    smtp_host: str = setting("", checks.Line(pattern=r"[0-9A-Za-z.:-]{0,253}", form="a host"))
    smtp_port: int = setting(465, checks.Whole(1, 65_535))
    smtp_tls: str = setting("implicit", checks.OneOf("implicit", "starttls"))
    smtp_user: str = setting("", checks.Line())
    smtp_password_file: Path | None = setting(None, checks.SecretPath(may_be_empty=True))
    smtp_ca_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    webhook_url: str = setting("", checks.Https())
    webhook_certificates_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalSystemSection:
    """How one client is brought what partners sent, instead of fetching it: by one of two ways."""

    url: str = setting("", checks.Https())
    server_certificates_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    certificate_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    key_file: Path | None = setting(None, checks.SecretPath(may_be_empty=True))
    directory: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    acknowledge: str = setting("gone", checks.OneOf("gone", "receipt"))
    receipt_wait_seconds: int = setting(60, checks.Whole(0, _DAY))
    most_files: int = setting(1_000, checks.Whole(1, 100_000))
    rendering: str = setting("native", checks.OneOf("native", "stix"))
    answer_seconds: int = setting(_DAY, checks.Whole(60, 30 * _DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledSourceSection:
    """A source that the gateway looks at itself: at an address, or in a folder."""

    client: str = setting("", checks.Line(longest=64))
    media_type: str = setting(
        "application/json",
        checks.Line(longest=128, pattern=r"[a-z0-9.+-]+/[a-z0-9.+-]+", form="a media type"),
    )
    url: str = setting("", checks.Https())
    ca_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    certificate_file: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    key_file: Path | None = setting(None, checks.SecretPath(may_be_empty=True))
    most_bytes: int = setting(64 * _MEBIBYTE, checks.Whole(1024, 1024 * _MEBIBYTE))
    directory: Path | None = setting(None, checks.OwnPath(may_be_empty=True))
    settle_seconds: float = setting(10.0, checks.Number(0, 86_400))
    keep_seconds: int = setting(7 * _DAY, checks.Whole(60, 365 * _DAY))
    interval_seconds: float = setting(10.0, checks.Number(0.1, _DAY))
    quiet_seconds: int = setting(_DAY, checks.Whole(0, 365 * _DAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one gateway; every path in it is absolute."""

    file: Path
    gateway: GatewaySection
    identity: IdentitySection
    listen: ListenSection
    database: DatabaseSection
    keys: KeysSection
    items: ItemsSection
    seal: SealSection
    relay: RelaySection
    fetch: FetchSection
    worker: WorkerSection
    limits: LimitsSection
    retention: RetentionSection
    trust: TrustSection
    client: ClientSection
    log: LogSection
    alarms: AlarmsSection
    national_systems: Mapping[str, NationalSystemSection]  # by client
    pulled_sources: Mapping[str, PulledSourceSection]  # by source

    def tables(self) -> Iterator[tuple[str, Any]]:
        """Yield every section and named table with its name, as ``national_systems.cms``."""
        for name in SECTIONS:
            yield name, getattr(self, name)
        for group in NAMED:
            for name, table in getattr(self, group).items():
                yield f"{group}.{name}", table

    def database_url(self) -> str:
        """Return the address of the database, its password in it: never log this."""
        if not self.database.url:
            return f"sqlite:///{self.gateway.data_directory / 'gateway.db'}"
        if self.database.url.startswith("sqlite:///"):
            path = Path(self.database.url.removeprefix("sqlite:///"))
            return f"sqlite:///{self.file.parent / path}"
        if self.database.password_file is None:
            return self.database.url
        parts = urlsplit(self.database.url)
        user, _, host = parts.netloc.rpartition("@")
        password = quote(read_secret(self.database.password_file), safe="")
        return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}"))


SECTIONS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "gateway": GatewaySection,
        "identity": IdentitySection,
        "listen": ListenSection,
        "database": DatabaseSection,
        "keys": KeysSection,
        "items": ItemsSection,
        "seal": SealSection,
        "relay": RelaySection,
        "fetch": FetchSection,
        "worker": WorkerSection,
        "limits": LimitsSection,
        "retention": RetentionSection,
        "trust": TrustSection,
        "client": ClientSection,
        "log": LogSection,
        "alarms": AlarmsSection,
    }
)


# Sections of which there may be several, each under a name: [national_systems.NAME].
NAMED: Final[Mapping[str, type]] = MappingProxyType(
    {"national_systems": NationalSystemSection, "pulled_sources": PulledSourceSection}
)


def type_of(section: str) -> type:
    """Return what holds the settings of a section, or of a named table."""
    return SECTIONS.get(section) or NAMED[section.partition(".")[0]]


def core_limits(settings: Settings) -> Limits:
    """Return the limits that decisions and journeys take, as these settings narrow them."""
    limits, retention = settings.limits, settings.retention
    return Limits(
        caps=Caps(
            max_bytes=limits.max_document_bytes,
            max_depth=limits.max_depth,
            max_members=limits.max_members,
            max_string_chars=limits.max_string_chars,
            max_records=limits.max_records,
        ),
        max_bulk_records=limits.max_bulk_records,
        batch_records=settings.seal.batch_records,
        bulk_records=settings.seal.bulk_records,
        batch_envelopes=settings.fetch.batch_envelopes,
        max_unopened_bytes_per_partner=limits.max_unopened_bytes_per_partner,
        page_size=limits.page_size,
        refusals_until_stalled=limits.refusals_until_stalled,
        idempotency_seconds=retention.idempotency_seconds,
        envelope_validity_seconds=retention.envelope_validity_seconds,
        closed_envelope_seconds=retention.closed_envelope_seconds,
        quarantine_seconds=retention.quarantine_seconds,
        quarantine_alarm_seconds=retention.quarantine_alarm_seconds,
        original_seconds=retention.original_seconds,
        disclosure_seconds=retention.disclosure_seconds,
    )
