"""Every act that takes two people, and what does it: one explicit table.

A new act is one `ActKind` in `core.proposal`, one `TwoPeopleAct` in the file of its journey, and
its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.flow.allowing import DEROGATION, DISCLOSE
from gateway.flow.approvable import APPROVE_HOLDS
from gateway.flow.configuring import CONFIGURE
from gateway.flow.confirming import CONFIRM_LINK
from gateway.flow.discarding import DISCARD_ORIGINAL
from gateway.flow.override import OVERRIDE_CONFIRM
from gateway.flow.promoting import PROMOTE
from gateway.flow.trusting import CONFIRM_PARTNER, REVOKE_PARTNER
from gateway.flow.two_people import TwoPeopleAct

PROPOSABLE: Final[Mapping[str, TwoPeopleAct]] = {
    "approve-holds": APPROVE_HOLDS,
    "derogation": DEROGATION,
    "disclose": DISCLOSE,
    "override-confirm": OVERRIDE_CONFIRM,
    "confirm-link": CONFIRM_LINK,
    "promote": PROMOTE,
    "configure": CONFIGURE,
    "confirm-partner": CONFIRM_PARTNER,
    "revoke-partner": REVOKE_PARTNER,
    "discard-original": DISCARD_ORIGINAL,
}
