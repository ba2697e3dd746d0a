"""The journey of what partners sent to a national system that listens: signed, until it answers.

An answer of 200, 201 or 204 is its yes, 422 its no; 202 says that the answer comes later, by
/v1/inbox. Anything else is no answer, and it is tried again: what one parcel met holds up no other,
what the way met holds up all.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from gateway.core.errors import Unavailable, Unidentified
from gateway.core.signed_post import lay_out
from gateway.flow.bring import (
    PARCELS_PER_RUN,
    WAY,
    Parcel,
    answered,
    code_in,
    failed,
    is_waiting,
    note,
    parcels,
    works_again,
)
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, client_of
from gateway.flow.lease import Lease
from gateway.flow.ports import Answer, Endpoint, NationalSystem
from gateway.flow.rows_national import ANSWER_OWED, HandoverRow
from keys.jws import ToSign

_YES: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
# These say nothing of the parcel: the system does not know us, or cannot take anything now.
_OF_THE_WAY: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def bring_push(name: str, lease: Lease, exchange: Exchange) -> int:
    """Bring what is due to the client `name`; return how many parcels it answered."""
    system = exchange.systems[name]
    if system.endpoint is None:
        return 0
    with exchange.store.reading() as work:
        if is_waiting(name, work, exchange):
            return 0
    try:
        client = client_of(name, exchange)
    except Unidentified:
        return 0  # no item of that name is in force
    done = 0
    for parcel in parcels(client, PARCELS_PER_RUN, lease, exchange):
        try:
            answer = _post(parcel, system.endpoint, exchange)
        except Unavailable as error:
            note([failed(name, WAY, error.code, exchange)], lease, exchange)
            return done
        exchange.reach("bring.sent")
        if answer.status in _OF_THE_WAY:
            pause = answer.retry_after_seconds
            note([failed(name, WAY, str(answer.status), exchange, pause)], lease, exchange)
            return done
        done += _heard(parcel, answer, client, system, lease, exchange)
        works_again(name, lease, exchange)
    return done


def _post(parcel: Parcel, endpoint: Endpoint, exchange: Exchange) -> Answer:
    now = exchange.now_ms()
    signer, _ = exchange.agent.signers(now // 1000)
    post = lay_out(
        endpoint.url,
        parcel.body,
        media_type=parcel.media_type,
        key=parcel.name,
        kid=signer.kid,
        now_ms=now,
    )
    signature = exchange.agent.sign([[ToSign(signer.kid, post.to_sign)]])[0][0]
    return endpoint.post(parcel.body, post.signed(signature))


def _heard(
    parcel: Parcel,
    answer: Answer,
    client: Client,
    system: NationalSystem,
    lease: Lease,
    exchange: Exchange,
) -> bool:
    if answer.status in _YES:
        answered(client, parcel.place, exchange, yes=True, code=None)
        return True
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        answered(client, parcel.place, exchange, yes=False, code=code_in(answer.body))
        return True
    if answer.status == HTTPStatus.ACCEPTED:
        now = exchange.now_ms()
        owed = HandoverRow(
            client=client.name,
            about=parcel.about,
            version=parcel.version,
            partner=parcel.partner,
            stage=ANSWER_OWED,
            at=now,
            retry_at=now + system.answer_ms,
            outcome=str(answer.status),
        )
        note([owed], lease, exchange)
        return True
    pause = answer.retry_after_seconds
    note([failed(client.name, parcel.place, str(answer.status), exchange, pause)], lease, exchange)
    return False
