"""From TOML and environment to `Settings`, or to all faults at once.

Owns the order: read, override, look for unknown names, check each value, build, look at the
whole. Names and values are all told at once; the look at the whole needs every value to be good.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn

from marshmallow import EXCLUDE, Schema

from gateway.core.errors import Fault, SettingRefused
from gateway.core.ids import is_name
from gateway.settings.checks import OwnPath, Paths
from gateway.settings.sections import NAMED, SECTIONS, Settings, check_of, type_of
from gateway.settings.security import insecure

OVERRIDE: Final = "GATEWAY__"
_MOST_BYTES: Final = 1024 * 1024
_SECRET_WORDS: Final = ("password", "passphrase", "secret", "token", "private", "pin")


class SettingsMissing(SettingRefused):
    """There is no settings file where one was looked for."""

    code = "settings-missing"
    advice = "Copy config.example.toml there and edit it, or name another file with --config."


Given = dict[str, dict[str, Any]]


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a file, overridden by ``GATEWAY__SECTION__NAME`` of `environ`.

    A relative path in the file counts from the file's folder. Raises SettingRefused with all
    faults; `Fault.pointer` is ``section.name``, or the name of the variable.
    """
    file = path.absolute()
    given, faults = _split(_read(file))
    faults += _override(given, environ)
    faults += _unknown(given)
    loaded, wrong = _check(given)
    told = {fault.pointer for fault in faults}
    faults += [fault for fault in wrong if fault.pointer not in told]
    if faults:
        _refuse(file, faults)
    settings = _build(file, loaded)
    faults = list(insecure(settings))
    if faults:
        _refuse(file, faults)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise SettingsMissing(f"there is no settings file {file}") from None
    except OSError as error:
        raise SettingRefused(f"cannot read the settings file {file}") from error
    if len(raw) > _MOST_BYTES:
        raise SettingRefused(f"the settings file {file} is larger than {_MOST_BYTES:_} bytes")
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingRefused(f"the settings file {file} is not TOML: {error}") from None
    except (ValueError, RecursionError):  # not UTF-8, a number of 4301 digits, brackets in brackets
        raise SettingRefused(f"the settings file {file} is not TOML in UTF-8") from None


def _split(document: Mapping[str, Any]) -> tuple[Given, list[Fault]]:
    """Return the sections of a document, and a fault for whatever is none."""
    given: Given = {name: {} for name in SECTIONS}
    faults: list[Fault] = []
    for name, section in document.items():
        if name in NAMED:
            faults += _split_named(name, section, given)
        elif name not in SECTIONS:
            faults.append(_unknown_name(name, name, (*SECTIONS, *NAMED), "is not a section"))
        elif not isinstance(section, dict):
            faults.append(Fault(name, "setting-value", "is a section: write it in brackets"))
        else:
            given[name] = dict(section)
    return given, faults


def _split_named(group: str, tables: object, given: Given) -> list[Fault]:
    """Add each table of a group as a section of its own, ``GROUP.NAME``."""
    if not isinstance(tables, dict):
        return [Fault(group, "setting-value", f"holds tables: write [{group}.NAME]")]
    faults: list[Fault] = []
    for name, table in tables.items():
        pointer = f"{group}.{name}"
        if not isinstance(table, dict):
            faults.append(Fault(pointer, "setting-value", f"is a table: write [{group}.NAME]"))
        elif not is_name(name):
            detail = "must be named with 1 to 64 of a-z, 0-9, dot and hyphen"
            faults.append(Fault(group, "setting-value", detail, 'a dot takes quotes: ["a.b"]'))
        else:
            given[pointer] = dict(table)
    return faults


def _override(given: Given, environ: Mapping[str, str]) -> list[Fault]:
    """Put what the environment says into `given`; unknown variables are faults."""
    faults: list[Fault] = []
    known = {
        f"{OVERRIDE}{section}__{name}".upper(): (section, name)
        for section in SECTIONS
        for name in _names(section)
    }
    for variable in sorted(each for each in environ if each.startswith(OVERRIDE)):
        if variable not in known:
            faults.append(_unknown_name(variable, variable, known, "overrides no setting"))
            continue
        section, name = known[variable]
        try:
            given[section][name] = _of_variable(section, name, environ[variable])
        except (ValueError, RecursionError):
            detail = "must be a value as in the file: a number, true, or a list"
            faults.append(Fault(variable, "setting-value", detail))
    return faults


def _of_variable(section: str, name: str, text: str) -> object:
    if _checks(section)[name].takes_text:
        return text
    document = tomllib.loads(f"value = {text}")
    if list(document) != ["value"]:
        raise ValueError("more than a value")
    return document["value"]


def _unknown(given: Given) -> list[Fault]:
    return [
        _unknown_name(f"{section}.{name}", name, _names(section), "is not a setting")
        for section, values in given.items()
        for name in values
        if name not in _names(section)
    ]


def _unknown_name(pointer: str, name: str, known: Iterable[str], detail: str) -> Fault:
    if any(word in name.lower().replace("_file", "") for word in _SECRET_WORDS):
        near = difflib.get_close_matches(f"{name}_file", known, n=1, cutoff=0.8)
        hint = "a secret stands in a file of mode 0600, and the settings name that file"
        return Fault(pointer, "secret-in-settings", detail, f"{hint}: {near[0]}" if near else hint)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return Fault(pointer, "unknown-setting", detail, f"did you mean {near[0]}?" if near else "")


def _check(given: Given) -> tuple[Given, list[Fault]]:
    """Return the values as the checks made them, and a fault for each that they refuse."""
    loaded: Given = {}
    faults: list[Fault] = []
    for section, values in given.items():
        schema = _schema(section)()
        errors = schema.validate(values)
        for name, told in errors.items():
            faults.extend(Fault(f"{section}.{name}", "setting-value", text) for text in told)
        if not errors:
            loaded[section] = schema.load(values)
    return loaded, faults


def _schema(section: str) -> type[Schema]:
    class Meta:
        unknown = EXCLUDE  # unknown names were told before, with the nearest known one

    return type("Section", (Schema,), {"Meta": Meta, **_checks(section)})


def _build(file: Path, loaded: Given) -> Settings:
    made: dict[str, Any] = {
        section: type_of(section)(**dict(_located(file.parent, type_of(section), values)))
        for section, values in loaded.items()
    }
    named: dict[str, Any] = {
        group: MappingProxyType(
            {
                section.removeprefix(f"{group}."): table
                for section, table in made.items()
                if section.startswith(f"{group}.")
            }
        )
        for group in NAMED
    }
    return Settings(file=file, **{name: made[name] for name in SECTIONS} | named)


def _located(folder: Path, type_: type, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values of a section, given or by default, their paths made absolute."""
    for field in dataclasses.fields(type_):
        value = values.get(field.name, field.default)
        check = check_of(field)
        if isinstance(check, OwnPath):
            value = folder / value if value else None
        elif isinstance(check, Paths):
            value = tuple(folder / each for each in value)
        yield field.name, value


def _names(section: str) -> list[str]:
    return [field.name for field in dataclasses.fields(type_of(section))]


def _checks(section: str) -> dict[str, Any]:
    return {field.name: check_of(field) for field in dataclasses.fields(type_of(section))}


def _refuse(file: Path, faults: list[Fault]) -> NoReturn:
    lines = [_sentence(fault) for fault in faults]
    raise SettingRefused(f"{file}: {'; '.join(lines)}", faults=tuple(faults))


def _sentence(fault: Fault) -> str:
    return f"{fault.pointer} {fault.detail}".strip() + (f" ({fault.hint})" if fault.hint else "")
