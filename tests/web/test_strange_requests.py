"""Whatever comes in, the answer is never a fault of ours and always of the one shape."""

import string
from collections import defaultdict
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.flow.hand_on import Page
from gateway.flow.offer import Mailbox
from gateway.flow.outcome import Outcome
from gateway.flow.take_in import Taken

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
ANSWERS = {
    "submit": [Outcome(state="stored", record=RECORD)],
    "replay": [Outcome(state="stored", record=RECORD)],
    "settle": None,
    "waiting": Page([], None),
    "take_in": Taken(state="waiting"),
    "receipt_of": b"receipt",
    "mailbox": Mailbox(head={}, envelopes=[], etag="e"),
    "receipts": [],
    "acknowledge": 0,
    "own_card": "{}",
    "records_page": ([], None),
    "quarantine_page": ([], None),
}
PATHS = {
    "client": [
        "/v1/records",
        f"/v1/records/{RECORD}",
        f"/v1/records/{RECORD}/explain",
        f"/v1/records/{RECORD}/timeline",
        "/v1/quarantine",
        "/v1/quarantine/o1/replay",
        "/v1/inbox",
        f"/v1/inbox/{RECORD}/1",
        "/v1/status",
    ],
    "partner": ["/exchange/v1/inbox", "/exchange/v1/mailbox", "/exchange/v1/receipts"],
}
MEDIA_TYPES = [
    "application/json",
    "application/x-ndjson",
    "application/vnd.exchange-gateway.envelope+json",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
]
NAMES = [
    *("Source", "Idempotency-Key", "Urgent-Reason", "Prefer", "If-None-Match", "Content-Encoding"),
    *("Accept", "Range", "Expect", "Cookie", "Authorization", "X-Client-Cert", "Host"),
]
PARAMETERS = ["after", "limit", "iss", "ep", "partner", "x"]
header_text = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40
)
paths = st.sampled_from([(who, path) for who, some in PATHS.items() for path in some])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    who_and_path=paths,
    beyond=st.text(string.printable, max_size=8),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE"]),
    headers=st.dictionaries(st.sampled_from(NAMES), header_text, max_size=4),
    media_type=st.sampled_from(MEDIA_TYPES) | header_text,
    query=st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=20), max_size=3),
    body=st.binary(max_size=64) | st.sampled_from([b"{}", b"[[", b'{"state":1e999}', b"\n\n"]),
)
def test_no_request_makes_the_gateway_fail(  # noqa: PLR0913, PLR0917 - one per part of a request
    calls_as, journeys, who_and_path, beyond, method, headers, media_type, query, body
):
    journeys.answers = defaultdict(dict, ANSWERS)
    who, path = who_and_path

    answer = calls_as(who).open(
        path + quote(beyond, safe="/%"),
        method=method,
        headers=headers | {"Content-Type": media_type},
        query_string=query,
        data=body,
    )

    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
