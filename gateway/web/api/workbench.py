"""What administrators do: /v1/workbench. Mappings tried and checked, the quarantine mended.

For persons with the role ``administrator``; each sees what is of their own organisation. Nothing
here changes a mapping: that is an item, and changes by two people (`/v1/proposals`) or by its file.
"""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from gateway.flow import administering, mappings, source_view
from gateway.flow.administering import Written
from gateway.flow.try_out import tried_json
from gateway.web import asked
from gateway.web.describe import answers
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.said import NUMBER, OBJECT, TEXT, described, said
from gateway.web.serialise import PageSchema, json_answer, page_body

blp = Blueprint("workbench", __name__, url_prefix="/v1/workbench", description="Mend mappings.")
blp.before_request(admit_person("administrator"))

_CHOSEN = {"source": TEXT, "cause": TEXT, "stage": TEXT, "adapter_version": TEXT}
_REPLAY = {**_CHOSEN, "count": NUMBER}
_TRY = {"source": TEXT, "document": TEXT, "name": TEXT, "mapping": OBJECT}
_TRY_ORIGINAL = {"reason": TEXT, "name": TEXT, "mapping": OBJECT}
_CHECK = {"name": TEXT, "mapping": OBJECT}
_PROFILE = {"profile": OBJECT, "source": TEXT, "document": TEXT}
_MOST_BYTES = 4 * 1024 * 1024  # a mapping with its tables, and a sample


@blp.route("/groups", methods=["GET"])
@blp.doc(responses=answers({200: ("All groups, the largest first", PageSchema)}, 403))
def list_groups() -> Response:
    """List what waits in quarantine for the same: one source, adapter version and cause."""
    asked.demand_parameters()
    return json_answer(page_body(administering.groups(calling_person(), exchange()), None))


@blp.route("/replay", methods=["POST"])
@blp.doc(
    requestBody=described(_REPLAY),
    responses=answers(
        {200: ("How many; and, with that count, what became of each", None)},
        400,
        403,
        409,
        415,
        503,
    ),
)
def post_replay() -> Response:
    """Count what is chosen; with that `count`, try all of it again."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_REPLAY)
    count = given.pop("count", None)
    return json_answer(administering.replay_group(given, count, person, exchange()))


@blp.route("/mappings", methods=["GET"])
@blp.doc(responses=answers({200: ("Adapters that ship, and mappings in force", None)}, 403))
def list_mappings() -> Response:
    """List the adapters that ship and the mappings in force, with the sources they read."""
    asked.demand_parameters()
    return json_answer(mappings.listing(calling_person(), exchange()))


@blp.route("/mappings/<name>", methods=["GET"])
@blp.doc(responses=answers({200: ("Its text as TOML, and its versions", None)}, 403, 404))
def get_mapping(name: str) -> Response:
    """Show a mapping: who changes it, its text, and its versions, the newest first."""
    asked.demand_parameters()
    return json_answer(mappings.shown(name, calling_person(), exchange()))


@blp.route("/mappings/<name>/versions/<number>", methods=["GET"])
@blp.doc(
    responses=answers({200: ("Its text, and its lines against the one before", None)}, 403, 404)
)
def get_mapping_version(name: str, number: str) -> Response:
    """Show one version of a mapping against the version before it."""
    asked.demand_parameters()
    wanted = mappings.parse_version(number)
    return json_answer(mappings.version(name, wanted, calling_person(), exchange()))


@blp.route("/sources", methods=["GET"])
@blp.doc(responses=answers({200: ("All sources, by name", PageSchema)}, 403))
def list_sources() -> Response:
    """List your sources: who reads them, how many documents came, when, and which are silent."""
    asked.demand_parameters()
    return json_answer(page_body(source_view.listing(calling_person(), exchange()), None))


@blp.route("/try", methods=["POST"])
@blp.doc(
    requestBody=described(_TRY, "source", "document"),
    responses=answers(
        {200: ("What would become of each record", PageSchema)}, 400, 403, 404, 413, 415, 422
    ),
)
def post_try() -> Response:
    """Show what would become of a document, by a mapping in force or another; stores nothing."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_TRY, "source", "document", most_bytes=_MOST_BYTES)
    document = given["document"].encode(errors="replace")
    found = administering.try_document(
        document, given["source"], _written(given), person, exchange()
    )
    return json_answer(page_body([tried_json(one) for one in found], None))


@blp.route("/originals/<original_id>/try", methods=["POST"])
@blp.doc(
    requestBody=described(_TRY_ORIGINAL, "reason"),
    responses=answers(
        {200: ("The document, and what would become of it", None)}, 400, 403, 404, 413, 415, 422
    ),
)
def post_try_original(original_id: str) -> Response:
    """Show a quarantined document and what would become of it; the look is in the ledger."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_TRY_ORIGINAL, "reason", most_bytes=_MOST_BYTES)
    raw, found = administering.try_original(
        original_id, given["reason"], _written(given), person, exchange()
    )
    records = [tried_json(one) for one in found]
    return json_answer({"document": raw.decode(errors="replace"), "records": records})


@blp.route("/check", methods=["POST"])
@blp.doc(
    requestBody=described(_CHECK, *_CHECK),
    responses=answers(
        {200: ("Counts, then each original that differs", None)}, 400, 403, 404, 413, 415, 422
    ),
)
def post_check() -> Response:
    """Show what a mapping would do to the stored originals of its sources; changes nothing."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_CHECK, *_CHECK, most_bytes=_MOST_BYTES)
    written = Written(given["name"], given["mapping"])
    return json_answer(administering.check_mapping(written, person, exchange()))


@blp.route("/profile", methods=["POST"])
@blp.doc(
    requestBody=described(_PROFILE, *_PROFILE),
    responses=answers(
        {200: ("Counts, then each record without the profile and with it", None)},
        *(400, 403, 404, 413, 415, 422),
    ),
)
def post_profile() -> Response:
    """Show what a source profile gives to a document's records, and what holds them."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_PROFILE, *_PROFILE, most_bytes=_MOST_BYTES)
    document = given["document"].encode(errors="replace")
    return json_answer(
        administering.try_profile(given["profile"], given["source"], document, person, exchange())
    )


def _written(given: dict[str, Any]) -> Written | None:
    if "mapping" not in given:
        return None
    return Written(given.get("name", "tried"), given["mapping"])
