"""The body of every refusal over HTTP: RFC 9457 problem details with all faults at once."""

from __future__ import annotations

from schemas.containers import Many, Part
from schemas.fields import Text, Token, Whole
from schemas.shape import Shape

_FIRST_STATUS, _LAST_STATUS = 400, 599


class ProblemFault(Shape):
    """One thing that is wrong, where, and how to mend it. Never repeats the value."""

    pointer = Text("JSON pointer (RFC 6901) into the request; absent: the whole.", most=512)
    code = Token("Stable code of the fault.", most=64, required=True)
    detail = Text("What is wrong.", most=512, required=True)
    hint = Text("How to mend it.", most=512)


class ProblemSchema(Shape):
    """Problem details, `application/problem+json`."""

    type = Text("Address of the page about this code.", required=True)
    title = Text("The code in words; the same for every occurrence.", required=True)
    status = Whole("HTTP status.", least=_FIRST_STATUS, most=_LAST_STATUS, required=True)
    code = Token("Stable code; what scripts match on.", most=64, required=True)
    detail = Text("What happened here.", most=1_024)
    errors = Many("All faults.", Part("A fault.", ProblemFault), most=10_000)
    request_id = Token("Number of the request, for asking about it.", most=64, required=True)
