"""The ports of the journeys: what they need from outside, in their own words.

`storing`, `people`, `accounts`, `alarms`, `corroboration`, `after`, `further`, `asked`, `carried`,
`found`, `shown` and `work` are what they need of the store; `outside` is the rest: time,
randomness, adapters and the way to partners; `national` is both, for national systems. `store/`,
`transport/` and `wiring` implement them; tests bring simulated partners.
"""

from gateway.flow.ports.accounts import AccountStore
from gateway.flow.ports.after import DisclosureStore, FollowStore, NoticeStore
from gateway.flow.ports.alarms import AlarmStore, Disk, Mail
from gateway.flow.ports.asked import AskedStore
from gateway.flow.ports.carried import CarriedStore
from gateway.flow.ports.corroboration import CorroborationStore
from gateway.flow.ports.found import DocumentCount, FoundStore, Wanted
from gateway.flow.ports.further import FurtherStore
from gateway.flow.ports.national import (
    Drop,
    Endpoint,
    HandoverStore,
    NationalSystem,
    Origin,
    PulledSource,
    PullStore,
    Tray,
)
from gateway.flow.ports.outside import (
    Adapters,
    Answer,
    Clock,
    Entropy,
    Peer,
    Reached,
    Transport,
)
from gateway.flow.ports.people import ProposalStore
from gateway.flow.ports.shown import DeliveryStore
from gateway.flow.ports.storing import (
    ArrivalStore,
    ConfigStore,
    EnvelopeStore,
    RecordStore,
    ReleaseStore,
)
from gateway.flow.ports.work import LeaseStore, LedgerStore, Store, UnitOfWork

__all__ = [
    "AccountStore",
    "Adapters",
    "AlarmStore",
    "Answer",
    "ArrivalStore",
    "AskedStore",
    "CarriedStore",
    "Clock",
    "ConfigStore",
    "CorroborationStore",
    "DeliveryStore",
    "DisclosureStore",
    "Disk",
    "DocumentCount",
    "Drop",
    "Endpoint",
    "Entropy",
    "EnvelopeStore",
    "FollowStore",
    "FoundStore",
    "FurtherStore",
    "HandoverStore",
    "LeaseStore",
    "LedgerStore",
    "Mail",
    "NationalSystem",
    "NoticeStore",
    "Origin",
    "Peer",
    "ProposalStore",
    "PullStore",
    "PulledSource",
    "Reached",
    "RecordStore",
    "ReleaseStore",
    "Store",
    "Transport",
    "Tray",
    "UnitOfWork",
    "Wanted",
]
