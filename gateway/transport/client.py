"""Speak to our own gateway's API, as a national system or a person does: for the commands.

Owns the client side of docs/reference/api.md. Outcomes are values, whatever their status; only a
call that was not carried out is an error.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote

from gateway.core.errors import Fault, GatewayError, SettingRefused
from gateway.flow.ports import Answer
from gateway.transport.addresses import Unreachable, resolve
from gateway.transport.calls import AnswerMalformed, Call, ask, new_session
from gateway.transport.pinned import ContextAdapter, Deadline, client_context, watched

_ANSWER_BYTES = 64 * 1024 * 1024
_OUTCOME_PROBLEMS = frozenset({"conflict", "record-refused"})


class ApiRefused(GatewayError):
    """The gateway refused the call; `status` and `problem` are its answer."""

    code: ClassVar[str] = "api-refused"

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        faults = tuple(
            Fault(*(str(entry.get(name, "")) for name in ("pointer", "code", "detail", "hint")))
            for entry in problem.get("errors", ())
            if isinstance(entry, dict)
        )
        super().__init__(str(problem.get("detail", f"HTTP {status}")), faults=faults)
        self.status = status
        self.problem = dict(problem)


class GatewayUnreachable(Unreachable):
    """The gateway did not answer at its address."""

    code: ClassVar[str] = "gateway-unreachable"
    advice: ClassVar[str] = (
        "Is `gateway run` under way? Its address is client.url in the settings, or made of "
        "[listen]; its client items must hold the certificate under [client]."
    )


class ApiClient:
    """The way of one system or person to the gateway; a context manager, or `close` it."""

    def __init__(
        self,
        url: str,
        *,
        certificate_file: Path,
        key_file: Path,
        server_certificates_file: Path,
        timeout_seconds: float = 30,
    ) -> None:
        self._url = url.rstrip("/")
        self._seconds = timeout_seconds
        self._deadline = Deadline()
        context = _context(certificate_file, key_file, server_certificates_file)
        self._session = new_session(ContextAdapter(context, watched(resolve, self._deadline)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def push(
        self,
        raw: bytes,
        *,
        source: str,
        media_type: str,
        idempotency_key: str | None = None,
        urgent_reason: str | None = None,
        bulk: str | None = None,
    ) -> list[dict[str, Any]]:
        """Push one document; return one outcome per record, in its order.

        Refused, conflicting and quarantined records are outcomes. Raises ApiRefused when the
        document as a whole was not considered, Unreachable when nothing is known: then the same
        call with the same `idempotency_key` is safe.
        """
        headers = {"Content-Type": media_type, "Source": source}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        if bulk is not None:
            headers["Bulk"] = bulk
        if urgent_reason is not None:
            headers["Urgent-Reason"] = quote(urgent_reason)
        return _outcomes(self._call("POST", "/v1/records", headers=headers, body=raw))

    def records(self, after: str | None = None, limit: int | None = None) -> dict[str, Any]:
        """Return a page of records: `items`, and `next` for the following page."""
        return self._object("GET", "/v1/records", _page(after, limit))

    def record(self, record_id: str) -> dict[str, Any]:
        """Return one record as it is now."""
        return self._object("GET", f"/v1/records/{quote(record_id)}")

    def timeline(self, record_id: str) -> list[dict[str, Any]]:
        """Return what happened to one record, oldest first."""
        return list(self._object("GET", f"/v1/records/{quote(record_id)}/timeline")["items"])

    def explain(self, record_id: str, partner: str) -> dict[str, Any]:
        """Return every rule about one record and partner, and the deciding one."""
        path = f"/v1/records/{quote(record_id)}/explain"
        return self._object("GET", path, {"partner": partner})

    def inbox(self, after: str | None = None, limit: int | None = None) -> dict[str, Any]:
        """Return a page of what partners sent and nobody settled yet."""
        return self._object("GET", "/v1/inbox", _page(after, limit))

    def settle(
        self, record_id: str, version: int, *, accepted: bool, code: str | None = None
    ) -> dict[str, Any]:
        """Say what became of a record from the inbox; a rejection needs a code."""
        state = "accepted" if accepted else "rejected"
        body = json.dumps({"state": state, "code": code}).encode()
        path = f"/v1/inbox/{quote(record_id)}/{version}"
        return _object_of(self._call("POST", path, headers=_JSON, body=body))

    def written_as(self, record_id: str, version: int, rendering: str) -> dict[str, Any]:
        """Return a record from the inbox in another format, and what found no place in it."""
        path = f"/v1/inbox/{quote(record_id)}/{version}/as/{quote(rendering)}"
        return self._object("GET", path)

    def may(self, record_id: str, version: int | None, **question: str) -> dict[str, Any]:
        """Return whether something may be done with a record; `version` None: the newest.

        One of `pass_on` (an organisation), `evidence` ("yes"), `keep_until` (a day) and `purpose`
        (its code).
        """
        path = f"/v1/inbox/{quote(record_id)}/{version or 'newest'}/may"
        return self._object("GET", path, question)

    def disclosures(
        self, reason: str, after: str | None = None, limit: int | None = None, **only: str
    ) -> dict[str, Any]:
        """Return a page of what was given to partners; `only`: record, partner, from, to."""
        return self._object(
            "GET", "/v1/disclosures", {"reason": reason, **only, **_page(after, limit)}
        )

    def disclosure(self, id_: str, reason: str) -> dict[str, Any]:
        """Return one disclosure in full."""
        return self._object("GET", f"/v1/disclosures/{quote(id_)}", {"reason": reason})

    def transfers(self, reason: str, since: str, until: str) -> list[dict[str, Any]]:
        """Return the register of transfers from one day to another, both part of it."""
        given = {"reason": reason, "from": since, "to": until}
        return list(self._object("GET", "/v1/transfers", given)["items"])

    def quarantine(self, after: str | None = None, limit: int | None = None) -> dict[str, Any]:
        """Return a page of documents that could not be understood yet."""
        return self._object("GET", "/v1/quarantine", _page(after, limit))

    def quarantine_show(self, original_id: str) -> dict[str, Any]:
        """Return why one document could not be understood."""
        return self._object("GET", f"/v1/quarantine/{quote(original_id)}")

    def replay(self, original_id: str) -> list[dict[str, Any]]:
        """Try a quarantined document again; return its outcomes."""
        return _outcomes(self._call("POST", f"/v1/quarantine/{quote(original_id)}/replay"))

    def look(self, path: str, parameters: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Return what the gateway answers at `path`, for the calls of persons."""
        return self._object("GET", path, parameters)

    def act(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Carry out one act of a person; members without a value are left out."""
        given = {name: value for name, value in (body or {}).items() if value not in (None, [], ())}
        raw = json.dumps(given).encode()
        key = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return _object_of(self._call("POST", path, headers={**_JSON, **key}, body=raw))

    def status(self) -> dict[str, Any]:
        """Return the counts of the gateway."""
        return self._object("GET", "/v1/status")

    def holds(self) -> list[dict[str, Any]]:
        """Return held releases in groups, urgent first; for people, as all below."""
        return list(self._object("GET", "/v1/holds")["items"])

    def hold_sample(self, group: str, reason: str) -> list[dict[str, Any]]:
        """Read a few records of a group; `reason` justifies the look."""
        path = f"/v1/holds/{quote(group)}/sample"
        return list(self._object("GET", path, {"reason": reason})["items"])

    def settle_holds(
        self, group: str, verb: str, reason: str, records: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """`approve` or `refuse` a group, or those of it that are named."""
        body = {"reason": reason, **({} if records is None else {"records": list(records)})}
        return self._post(f"/v1/holds/{quote(group)}/{verb}", body)

    def proposals(self, state: str, after: str | None = None) -> dict[str, Any]:
        """Return a page of proposals: ``open`` or ``all``."""
        return self._object("GET", "/v1/proposals", {"state": state, **_page(after, None)})

    def propose(self, act: str, body: Mapping[str, Any], reason: str) -> dict[str, Any]:
        """Propose an act that takes two people."""
        return self._post("/v1/proposals", {"act": act, "body": body, "reason": reason})

    def proposal(self, id_: str) -> dict[str, Any]:
        """Return one proposal with exactly what is executed."""
        return self._object("GET", f"/v1/proposals/{quote(id_)}")

    def approve(self, id_: str, digest: str) -> dict[str, Any]:
        """Approve a proposal as its second person."""
        return self._post(f"/v1/proposals/{quote(id_)}/approve", {"digest": digest})

    def reject(self, id_: str, reason: str) -> dict[str, Any]:
        """Reject a proposal, or take an own one back."""
        return self._post(f"/v1/proposals/{quote(id_)}/reject", {"reason": reason})

    def urgent(self) -> list[dict[str, Any]]:
        """Return urgent releases without a receipt, with their clocks."""
        return list(self._object("GET", "/v1/urgent")["items"])

    def lift(
        self,
        record: str,
        partners: Sequence[str],
        fields: Sequence[str],
        reason: str,
        *,
        raised: bool = False,
    ) -> dict[str, Any]:
        """Let members of a record go at once (R-20); return what a second person confirms.

        `raised`: its urgency is raised with it.
        """
        members: dict[str, Any] = {"partners": list(partners), "fields": list(fields)}
        return self._post(
            "/v1/urgent", {"record": record, "reason": reason, "raise": raised, **members}
        )

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        raw = json.dumps(body).encode()
        return _object_of(self._call("POST", path, headers=_JSON, body=raw))

    def _object(
        self, method: str, path: str, parameters: Mapping[str, str | int] | None = None
    ) -> dict[str, Any]:
        return _object_of(self._call(method, path, parameters=parameters))

    def _call(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        call = Call(
            method=method,
            url=self._url + path,
            parameters=parameters or {},
            headers=headers or {},
            body=body,
            answer_bytes=_ANSWER_BYTES,
            seconds=self._seconds,
        )
        try:
            return ask(self._session, call, self._deadline)
        except Unreachable as error:
            if type(error) is not Unreachable:
                raise  # it says more
            raise GatewayUnreachable from error


_JSON = {"Content-Type": "application/json"}
_FIRST_ERROR = 400


def _context(certificate: Path, key: Path, server_certificates: Path) -> ssl.SSLContext:
    try:
        context = client_context(certificate, key)
        context.load_verify_locations(server_certificates)
    except OSError as error:  # ssl.SSLError is one
        raise SettingRefused("the certificate, its key or the server's cannot be read") from error
    context.check_hostname = True  # the file may name an authority that signs for others, too
    return context


def _page(after: str | None, limit: int | None) -> dict[str, str | int]:
    given: dict[str, str | int] = {}
    if after:
        given["after"] = after
    if limit:
        given["limit"] = limit
    return given


def _outcomes(answer: Answer) -> list[dict[str, Any]]:
    kind = (answer.headers or {}).get("content-type", "")
    if answer.status < _FIRST_ERROR and kind.startswith("application/x-ndjson"):
        return [_parsed(line) for line in answer.body.splitlines()]
    body = _parsed(answer.body)
    if answer.status < _FIRST_ERROR:
        return [body]
    outcome = body.get("outcome")
    if body.get("code") in _OUTCOME_PROBLEMS and isinstance(outcome, dict):
        return [outcome]
    raise ApiRefused(answer.status, body)


def _object_of(answer: Answer) -> dict[str, Any]:
    body = _parsed(answer.body)
    if answer.status >= _FIRST_ERROR:
        raise ApiRefused(answer.status, body)
    return body


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerMalformed("the answer is not the JSON of a gateway") from error
    if not isinstance(value, dict):
        raise AnswerMalformed("the answer is not the JSON of a gateway")
    return value
