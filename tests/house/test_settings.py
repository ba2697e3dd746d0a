"""Settings: what is not understood, out of bounds or insecure does not start."""

from __future__ import annotations

import contextlib
import dataclasses
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import SettingRefused
from gateway.core.limits import Limits
from gateway.settings import NAMED, SECTIONS, core_limits, load, read_secret, settings_changes
from gateway.settings.checks import OwnPath

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
SMALLEST = """
[gateway]
id = "fiu.example"
[identity]
names = { en = "FIU" }
org_class = "fiu"
duty_phone = "+372 600 0000"
"""


@pytest.fixture
def written(tmp_path):
    """Write a settings file: the smallest one and some more lines."""

    def write(more: str = "", *, text: str | None = None) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(SMALLEST + more if text is None else text, encoding="utf-8")
        path.chmod(0o640)
        return path

    return write


def refused(path: Path, **environ: str) -> dict[str, str]:
    """Load what must be refused; return code by pointer."""
    with pytest.raises(SettingRefused) as caught:
        load(path, environ)
    return {fault.pointer: fault.code for fault in caught.value.faults}


# The example


def test_the_example_is_accepted_as_it_is():
    assert load(EXAMPLE, {}).gateway.id == "gateway.example"


def test_the_example_holds_every_setting_and_its_default():
    example = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    for section, type_ in SECTIONS.items():
        shown = example[section]
        assert set(shown) == {field.name for field in dataclasses.fields(type_)}
        for field in dataclasses.fields(type_):
            if field.default is not dataclasses.MISSING and field.name != "duty_email":
                assert _as_shown(field.default) == shown[field.name], f"{section}.{field.name}"


def _as_shown(default: object) -> object:
    if isinstance(default, Path):
        return str(default)
    if default is None:
        return ""
    return list(default) if isinstance(default, tuple) else default


def test_every_setting_of_the_example_has_a_comment_above_it():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and line[0].isalpha():
            assert lines[number - 1].startswith("# "), line


def test_defaults_are_the_limits_that_decisions_know(written):
    assert core_limits(load(written(), {})) == Limits()


# Names


def test_an_unknown_name_is_refused_and_the_nearest_is_named(written):
    path = written("[relay]\ntimeout_second = 3\n")

    with pytest.raises(SettingRefused) as caught:
        load(path, {})

    (fault,) = caught.value.faults
    assert (fault.pointer, fault.code) == ("relay.timeout_second", "unknown-setting")
    assert "timeout_seconds" in fault.hint


def test_all_faults_are_told_at_once(written):
    path = written(
        "[relay]\ntimeout_seconds = 0\n[listen]\nport = true\nhost = 1\n[log]\nlevel = 'x'\n"
    )

    assert set(refused(path)) == {
        "relay.timeout_seconds",
        "listen.port",
        "listen.host",
        "log.level",
    }


def test_names_values_and_variables_are_told_together(written):
    path = written("[relay]\ntimeout_second = 3\n[seal]\nbatch_records = 0\n[rely]\n")

    assert refused(path, GATEWAY__LOG__LEVEL="x", GATEWAY__LOG__LEVELS="x") == {
        "relay.timeout_second": "unknown-setting",
        "seal.batch_records": "setting-value",
        "rely": "unknown-setting",
        "log.level": "setting-value",
        "GATEWAY__LOG__LEVELS": "unknown-setting",
    }


def test_what_has_no_default_must_be_there(written):
    path = written(text="[gateway]\n")

    assert {"gateway.id", "identity.names", "identity.org_class"} == set(refused(path))


@pytest.mark.parametrize("text", ["[rely]\n", "relay = 3\n", "[[relay]]\n"])
def test_what_is_no_section_is_refused(written, text):
    assert refused(written(text=text + SMALLEST))


@pytest.mark.parametrize(
    "text", ["=", "[a", "a = 1\na = 2", "\udcff", "a = " + "[" * 5000, "a = " + "1" * 5000]
)
def test_what_is_not_toml_is_refused_without_a_trace(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(SettingRefused):
        load(path, {})


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingRefused):
        load(tmp_path / "none.toml", {})


# The environment


def test_a_variable_overrides_the_file(written):
    loaded = load(
        written("[relay]\ntimeout_seconds = 3\n"),
        {
            "GATEWAY__RELAY__TIMEOUT_SECONDS": "30",
            "GATEWAY__GATEWAY__ID": "other.example",
            "GATEWAY__TRUST__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
            "GATEWAY__LISTEN__ACCEPTS_PARTNERS": "false",
        },
    )

    assert loaded.relay.timeout_seconds == 30
    assert loaded.gateway.id == "other.example"
    assert loaded.trust.allowed_networks == ("127.0.0.0/8",)
    assert not loaded.listen.accepts_partners


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATEWAY__RELAY__TIMEOUT", "30"),
        ("GATEWAY__RELY__TIMEOUT_SECONDS", "30"),
        ("GATEWAY__", "30"),
        ("GATEWAY__RELAY__TIMEOUT_SECONDS", "soon"),
        ("GATEWAY__RELAY__TIMEOUT_SECONDS", "1\nother = 2"),
    ],
)
def test_a_variable_that_overrides_nothing_is_refused(written, variable, value):
    assert variable in refused(written(), **{variable: value})


def test_other_variables_are_left_alone(written):
    assert load(written(), {"GATEWAY_CONFIG": "x", "PATH": "/bin"})


# Paths


def test_relative_paths_count_from_the_folder_of_the_file(written, tmp_path):
    loaded = load(written("[trust]\nca_files = ['a.pem', '/b.pem']\n"), {})

    assert loaded.keys.directory == tmp_path / "var/keys"
    assert loaded.trust.ca_files == (tmp_path / "a.pem", Path("/b.pem"))
    assert loaded.database_url() == f"sqlite:///{tmp_path}/var/gateway.db"
    assert loaded.items.directory is None


def test_every_path_is_absolute(written):
    loaded = load(written(), {})
    for section, type_ in SECTIONS.items():
        for field in dataclasses.fields(type_):
            value = getattr(getattr(loaded, section), field.name)
            if isinstance(field.metadata["check"], OwnPath) and value is not None:
                assert value.is_absolute(), f"{section}.{field.name}"


# Insecure or contradictory

INSECURE = {
    "a password in the address": (
        "[database]\nurl = 'postgresql://gateway:hunter2@db/gateway?sslmode=verify-full'\n",
        {"database.url": "secret-in-settings"},
    ),
    "a password in the query": (
        "[database]\nurl = 'postgresql://gateway@/gateway?password=hunter2'\n",
        {"database.url": "secret-in-settings"},
    ),
    "a password as a setting": (
        "[database]\npassword = 'hunter2'\n",
        {"database.password": "secret-in-settings"},
    ),
    "a key instead of its file": (
        "[listen]\ntls_key_file = '-----BEGIN PRIVATE KEY-----'\n",
        {"listen.tls_key_file": "setting-value"},
    ),
    "a database over a network, unverified": (
        "[database]\nurl = 'postgresql://gateway@db.example/gateway'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database over a network, named in the query": (
        "[database]\nurl = 'postgresql://gateway@/gateway?host=db.example'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database over a network, beside a socket": (
        "[database]\nurl = 'postgresql://gateway@/gateway?host=/run,db.example'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database over a network, by number": (
        "[database]\nurl = 'postgresql://gateway@/gateway?hostaddr=192.0.2.1'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database over a network, by service": (
        "[database]\nurl = 'postgresql://gateway@/gateway?service=db'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database over a network, encrypted to anybody": (
        "[database]\nurl = 'postgresql://gateway@db.example/gateway?sslmode=require'\n",
        {"database.url": "insecure-setting"},
    ),
    "a database that keeps nothing": (
        "[database]\nurl = 'sqlite://'\n",
        {"database.url": "setting-value"},
    ),
    "a database in memory": (
        "[database]\nurl = 'sqlite:///:memory:'\n",
        {"database.url": "setting-value"},
    ),
    "the password of a key in the query": (
        "[database]\nurl = 'postgresql://gateway@/gateway?sslpassword=hunter2'\n",
        {"database.url": "secret-in-settings"},
    ),
    "one passphrase for both groups of keys": (
        "[keys]\nsigning_passphrase_file = 'var/secrets/storage.passphrase'\n",
        {"keys.signing_passphrase_file": "insecure-setting"},
    ),
    "one passphrase by another way": (
        "[keys]\nsigning_passphrase_file = 'var/../var/secrets/storage.passphrase'\n",
        {"keys.signing_passphrase_file": "insecure-setting"},
    ),
    "all addresses, and no way to reach us": (
        "[listen]\nhost = '::'\n",
        {"listen.url": "settings-contradict"},
    ),
    "a socket, and no way to reach us": (
        "[listen]\nproxy_socket = '/nowhere/gateway.sock'\n",
        {"listen.url": "settings-contradict"},
    ),
    "a database of another kind": (
        "[database]\nurl = 'mysql://db/gateway'\n",
        {"database.url": "setting-value"},
    ),
    "an address without TLS": (
        "[listen]\nurl = 'http://gateway.example'\n",
        {"listen.url": "setting-value"},
    ),
    "every address allowed": (
        "[trust]\nallowed_networks = ['0.0.0.0/0']\n",
        {"trust.allowed_networks": "setting-value"},
    ),
    "the metadata service allowed": (
        "[trust]\nallowed_networks = ['169.254.169.254/32']\n",
        {"trust.allowed_networks": "setting-value"},
    ),
    "pauses the wrong way round": (
        "[relay]\nshortest_pause_seconds = 9\nlongest_pause_seconds = 8\n",
        {"relay.longest_pause_seconds": "settings-contradict"},
    ),
    "a lease shorter than a call": (
        "[worker]\nlease_seconds = 20\n",
        {"worker.lease_seconds": "settings-contradict"},
    ),
    "all threads may wait": (
        "[listen]\nwaiters = 8\n",
        {"listen.waiters": "settings-contradict"},
    ),
    "a stop that cuts waiting requests": (
        "[listen]\ngraceful_seconds = 20\n",
        {"listen.graceful_seconds": "settings-contradict"},
    ),
    "half a client": (
        "[client]\nkey_file = 'client.pem'\n",
        {"client.key_file": "settings-contradict"},
    ),
    "a password for SQLite": (
        "[database]\npassword_file = 'p'\n",
        {"database.password_file": "settings-contradict"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("more", "expected"), INSECURE.values(), ids=INSECURE.keys())
def test_an_insecure_setting_does_not_start(written, more, expected):
    assert refused(written(more)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gateway@/gateway?host=/run/postgresql",
        "postgresql://gateway@localhost/gateway",
        "postgresql://gateway@db.example/gateway?sslmode=verify-full",
        "sqlite:////var/lib/gateway/gateway.db",
    ],
)
def test_a_database_reached_safely_starts(written, url):
    assert load(written(f"[database]\nurl = '{url}'\n"), {}).database_url() == url


def test_nobody_to_call_when_life_is_at_stake_is_refused(written):
    text = SMALLEST.replace("duty_phone", "duty_name")

    assert refused(written(text=text)) == {"identity.duty_phone": "settings-contradict"}


def test_a_refusal_never_repeats_a_value(written):
    path = written(
        "[database]\nurl = 'postgresql://gateway:hunter2@db/x'\n[log]\nformat = 'json'\n"
    )

    with pytest.raises(SettingRefused) as caught:
        load(path, {})

    assert "hunter2" not in f"{caught.value} {caught.value.faults}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_secret_file_that_others_can_read_does_not_start(written, tmp_path, mode):
    folder = tmp_path / "var" / "secrets"
    folder.mkdir(parents=True)
    secret = folder / "signing.passphrase"
    secret.write_text("a long enough passphrase\n")
    secret.chmod(mode)

    assert refused(written()) == {"keys.signing_passphrase_file": "loose-permissions"}
    with pytest.raises(SettingRefused):
        read_secret(secret)


def test_a_settings_file_that_others_can_write_does_not_start(written):
    path = written()
    path.chmod(0o646)

    assert refused(path) == {"": "loose-permissions"}


def test_a_proxy_socket_that_others_can_replace_does_not_start(written, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    more = "url = 'https://gateway.example'\n"
    path = written(f"[listen]\nproxy_socket = '{folder}/gateway.sock'\n{more}")
    folder.chmod(0o750)
    assert load(path, {}).listen.bind == f"unix:{folder}/gateway.sock"

    folder.chmod(0o777)

    assert refused(path) == {"listen.proxy_socket": "loose-permissions"}


# National systems


PUSHED = """
[national_systems.cms]
url = "https://cms.example/taken"
server_certificates_file = "cms.pem"
"""


def test_named_tables_are_read_each_by_its_name(written, tmp_path):
    loaded = load(written(PUSHED + '[national_systems."a.b"]\ndirectory = "tray"\n'), {})

    assert loaded.national_systems["cms"].server_certificates_file == tmp_path / "cms.pem"
    assert loaded.national_systems["a.b"].directory == tmp_path / "tray"
    shown = {(row.section, row.name): row.value for row in settings_changes(loaded)}
    assert shown["national_systems.cms", "acknowledge"] == '"gone"'


NATIONAL = {
    "no way at all": ("[national_systems.cms]\n", {"national_systems.cms"}),
    "two ways": (PUSHED + "directory = 'x'\n", {"national_systems.cms"}),
    "any certificate": (
        "[national_systems.cms]\nurl = 'https://cms.example'\n",
        {"national_systems.cms.server_certificates_file"},
    ),
    "no TLS": (
        "[national_systems.cms]\nurl = 'http://cms.example'\n",
        {"national_systems.cms.url"},
    ),
    "a certificate without its key": (
        PUSHED + "certificate_file = 'x'\n",
        {"national_systems.cms.key_file"},
    ),
    "one folder for two": (
        "[national_systems.a]\ndirectory = 'x'\n[national_systems.b]\ndirectory = 'y/../x'\n",
        {"national_systems.b.directory"},
    ),
    "an unknown setting": (PUSHED + "urls = 'x'\n", {"national_systems.cms.urls"}),
    "a name that is none": ("[national_systems.'A B']\n", {"national_systems"}),
    "no table": ("[national_systems]\ncms = 3\n", {"national_systems.cms"}),
}


PULLED = "[pulled_sources.reports]\nclient = 'fiu'\n"
NATIONAL |= {
    "a source that is nowhere": (PULLED, {"pulled_sources.reports"}),
    "a source in two places": (
        PULLED + "url = 'https://fiu.example'\nca_file = 'x'\ndirectory = 'y'\n",
        {"pulled_sources.reports"},
    ),
    "a source without TLS": (
        PULLED + "url = 'http://fiu.example'\n",
        {"pulled_sources.reports.url"},
    ),
    "a source that anybody could sign for": (
        PULLED + "url = 'https://fiu.example'\n",
        {"pulled_sources.reports.ca_file"},
    ),
    "a source in nobody's name": (
        "[pulled_sources.reports]\ndirectory = 'x'\n",
        {"pulled_sources.reports.client"},
    ),
    "one folder for in and out": (
        PULLED + "directory = 'x'\n[national_systems.cms]\ndirectory = 'x'\n",
        {"pulled_sources.reports.directory"},
    ),
}


@pytest.mark.parametrize(("text", "pointers"), NATIONAL.values(), ids=NATIONAL.keys())
def test_a_way_to_a_national_system_that_is_not_safe_does_not_start(written, text, pointers):
    assert set(refused(written(text))) == pointers


def test_a_folder_that_everybody_can_write_does_not_start(written, tmp_path):
    (tmp_path / "tray").mkdir()
    (tmp_path / "drop").mkdir()
    path = written(f"[national_systems.cms]\ndirectory = 'tray'\n{PULLED}directory = 'drop'\n")
    assert load(path, {}).national_systems["cms"].directory == tmp_path / "tray"
    assert load(path, {}).pulled_sources["reports"].settle_seconds == 10

    (tmp_path / "tray").chmod(0o777)
    (tmp_path / "drop").chmod(0o777)

    assert refused(path) == {
        "national_systems.cms.directory": "loose-permissions",
        "pulled_sources.reports.directory": "loose-permissions",
    }


def test_the_example_shows_every_setting_of_named_tables():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = [line[3:] for line in lines if line.startswith("#: ")]
    example = tomllib.loads("\n".join(shown))

    for group, type_ in NAMED.items():
        (table,) = example[group].values()
        assert set(table) == {field.name for field in dataclasses.fields(type_)}


# Secrets


def test_the_password_of_the_database_comes_from_its_file(written, tmp_path):
    password = tmp_path / "password"
    password.write_text("p@ss/word\n")
    password.chmod(0o600)
    path = written(
        "[database]\nurl = 'postgresql://gateway@localhost/x'\npassword_file = 'password'\n"
    )

    assert load(path, {}).database_url() == "postgresql://gateway:p%40ss%2Fword@localhost/x"
    assert "p@ss" not in repr(load(path, {}))


@pytest.mark.parametrize("raw", [b"", b"\n", b"two\nlines\n", b"\xff\xfe", b"x" * 5000])
def test_a_secret_file_holds_one_line_of_text(tmp_path, raw):
    path = tmp_path / "secret"
    path.write_bytes(raw)
    path.chmod(0o600)

    with pytest.raises(SettingRefused):
        read_secret(path)


# Whatever somebody writes

NAMES = [(s, f.name) for s, type_ in SECTIONS.items() for f in dataclasses.fields(type_)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES), st.text(max_size=30).filter(lambda text: "\0" not in text))
def test_any_override_is_taken_or_refused(written, name, text):
    variable = f"GATEWAY__{name[0]}__{name[1]}".upper()
    with contextlib.suppress(SettingRefused):
        load(written(), {variable: text})


# Showing


def test_every_setting_is_shown_beside_its_default_as_toml(written):
    rows = settings_changes(load(written("[relay]\ntimeout_seconds = 9\n"), {}))
    row = next(row for row in rows if row.name == "timeout_seconds")

    assert [row[:2] for row in rows] == [
        (section, field.name)
        for section, kind in SECTIONS.items()
        for field in dataclasses.fields(kind)
    ]
    assert (row.section, row.value, row.default, row.changed) == ("relay", "9.0", "20.0", True)
    for row in rows:
        tomllib.loads(f"x = {row.value}")


def test_what_is_as_by_default_is_not_shown_as_changed(written):
    rows = settings_changes(load(written("[keys]\ndirectory = 'var/keys'\n"), {}))

    assert {row.name for row in rows if row.changed} == {"id", "names", "org_class", "duty_phone"}


def test_a_secret_is_never_among_what_is_shown(written, tmp_path):
    (tmp_path / "p").write_text("hunter2hunter2\n")
    (tmp_path / "p").chmod(0o600)
    more = "[database]\nurl = 'postgresql://gateway@/gateway'\npassword_file = 'p'\n"
    settings = load(written(more), {})

    assert "hunter2" in settings.database_url()
    assert "hunter2" not in repr(settings_changes(settings)) + repr(settings)


# Alarms


ALARM_FAULTS = {
    "readers without a server": (
        'mail_to = ["a@b.example"]\nmail_from = "c@b.example"',
        "smtp_host",
    ),
    "readers without a sender": ('mail_to = ["a@b.example"]\nsmtp_host = "m"', "mail_from"),
    "a user without a password": ('smtp_user = "x"', "smtp_password_file"),
    "a webhook that may show anything": (
        'webhook_url = "https://w.example"',
        "webhook_certificates_file",
    ),
    "a reader that is no address": ('mail_to = ["a b"]', "mail_to"),
    "a sender in two lines": ('mail_from = "a@b.example\\nBcc: x@y.example"', "mail_from"),
}


@pytest.mark.parametrize(("text", "name"), ALARM_FAULTS.values(), ids=ALARM_FAULTS.keys())
def test_alarms_that_would_reach_nobody_are_refused(written, text, name):
    assert f"alarms.{name}" in refused(written(f"[alarms]\n{text}\n"))


def test_alarms_by_mail_and_webhook_are_accepted(written, tmp_path):
    secret = tmp_path / "smtp.password"
    secret.write_text("s3cret")
    secret.chmod(0o600)
    found = load(
        written(
            "[alarms]\n"
            'mail_to = ["a@b.example"]\nmail_from = "c@b.example"\nsmtp_host = "m.example"\n'
            'smtp_user = "x"\nsmtp_password_file = "smtp.password"\n'
            'webhook_url = "https://w.example/x"\nwebhook_certificates_file = "w.pem"\n'
        ),
        {},
    ).alarms
    assert (found.mail_to, found.smtp_tls, found.smtp_port) == (("a@b.example",), "implicit", 465)
    secret.chmod(0o644)
    assert "alarms.smtp_password_file" in refused(
        written('[alarms]\nsmtp_user = "x"\nsmtp_password_file = "smtp.password"\n')
    )
