"""A partner that writes whatever ids and versions it likes into what it seals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.notice import Notice, lay_out
from gateway.core.rendition import rendition_text


@contextmanager
def texts_forged(by_ref: Mapping[str, tuple[str, int]]) -> Iterator[None]:
    """Let texts be sealed under other ids and versions, by the reference of their provider."""

    def forged(*args: Any, **named: Any) -> bytes:
        body = json.loads(rendition_text(*args, **named))
        if body["provider_ref"] in by_ref:
            record, version = by_ref[body["provider_ref"]]
            body |= {"id": record, "version": version}
        return json.dumps(body).encode()

    with _patched("gateway.flow.seal.rendition_text", forged):
        yield


@contextmanager
def notices_forged(**members: Any) -> Iterator[None]:
    """Let notices be sealed with other members."""

    def forged(said: Notice, nonce: str) -> bytes:
        return lay_out(replace(said, **members), nonce)

    with _patched("gateway.flow.seal_notices.lay_out", forged):
        yield


@contextmanager
def _patched(name: str, by: Callable[..., bytes]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(name, by)
        yield
