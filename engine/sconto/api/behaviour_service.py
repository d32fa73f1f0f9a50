"""BehaviourService: what shoppers did, in the words of the ruleset or refused field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sconto.api.amounts import to_price
from sconto.api.convert import reported_us
from sconto.api.endpoint import Context, Endpoint
from sconto.api.text_fields import Words
from sconto.api.validation import Violations, contract_violations, shown
from sconto.app.ports import Clock, EventsWrite, NewId, Policy, SentEvent, Store
from sconto.app.user_ref import user_ref
from sconto.domain.behaviour import OWN_EVENTS, BehaviourEvent
from sconto.domain.ruleset import Ruleset
from sconto.v1 import behaviour_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["BehaviourService"].full_name


@dataclass(frozen=True, slots=True)
class BehaviourService:
    """What shops tell events to. *policy* gives the ruleset in force; *user_key* hides shoppers."""

    store: Store
    policy: Callable[[], Policy]
    clock: Clock
    new_id: NewId
    user_key: bytes

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's methods."""
        request_type = wire.RecordEventsRequest
        return (Endpoint("RecordEvents", request_type, self.record_events, self.new_id),)

    async def record_events(self, request: wire.RecordEventsRequest, _: Context) -> bytes:
        """Keep the events that are new; nothing of a request in which anything is wrong."""
        found = Violations(contract_violations(request))
        now_us = self.clock()
        reader = _EventReader(self.policy().ruleset, now_us, self.user_key, found)
        events = [reader.read(sent, f"events[{i}]") for i, sent in enumerate(request.events)]
        found.raise_if_any()
        new_events = await self.store.commit_events(EventsWrite(tuple(events)))
        return wire.RecordEventsResponse(new_events=new_events).SerializeToString()


@dataclass(frozen=True, slots=True)
class _EventReader:
    """Reads events by the ruleset's declarations; what is wrong with them goes into *found*."""

    ruleset: Ruleset
    now_us: int
    user_key: bytes
    found: Violations

    def read(self, sent: wire.BehaviourEvent, path: str) -> SentEvent:
        """*sent*, which stands at *path*; good for nothing if there is anything in *found*."""
        words = Words(self.found)
        words.plain(sent.event_id, path, "event_id")
        words.plain(sent.shopper_id, path, "shopper_id")
        kind = self._kind(sent.kind, words, f"{path}.kind")
        at_us = self._at(sent, f"{path}.event_time")
        event = BehaviourEvent(kind, at_us, self._amount(sent, path))
        return SentEvent(user_ref(self.user_key, sent.shopper_id), sent.event_id, event)

    def _kind(self, kind: str, words: Words, field: str) -> str:
        if kind in OWN_EVENTS:
            description = f"{shown(kind)} is recorded with every discount and can't be sent"
            self.found.add(field, description, "OWN_EVENT")
            return kind
        return words.known(kind, self.ruleset.events, "a kind of event of this shop", field)

    def _at(self, sent: wire.BehaviourEvent, field: str) -> int:
        return reported_us(sent.event_time, field, self.now_us, self.found, "EVENT_IN_THE_FUTURE")

    def _amount(self, sent: wire.BehaviourEvent, path: str) -> int:
        carries = self.ruleset.events.get(sent.kind)
        if carries and sent.HasField("amount"):
            # A currency that the shop has no rate for is refused as not being the shop's own.
            ruleset = self.ruleset.in_currency(sent.amount.currency_code) or self.ruleset
            amount = to_price(sent.amount, ruleset.currency, self.found, path, "amount") or 0
            return ruleset.exchange.to_shop(amount)
        if carries:
            self.found.add(f"{path}.amount", f"{shown(sent.kind)} needs one", "AMOUNT_MISSING")
        elif carries is False and sent.HasField("amount"):
            description = f"{shown(sent.kind)} carries none"
            self.found.add(f"{path}.amount", description, "AMOUNT_UNEXPECTED")
        return 0
