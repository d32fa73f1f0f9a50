"""PriceService: list prices as the shop changes them, kept or refused field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sconto.api.amounts import to_price
from sconto.api.convert import reported_us
from sconto.api.endpoint import Context, Endpoint
from sconto.api.text_fields import Words
from sconto.api.validation import Violations, contract_violations
from sconto.app.ports import Clock, NewId, Policy, PricesWrite, Store
from sconto.domain.money import format_minor
from sconto.domain.prior_price import ListPrice
from sconto.domain.ruleset import Ruleset
from sconto.errors import FieldViolation, InvalidRequest
from sconto.v1 import price_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["PriceService"].full_name


@dataclass(frozen=True, slots=True)
class PriceService:
    """What shops tell prices to. *policy* gives the ruleset in force."""

    store: Store
    policy: Callable[[], Policy]
    clock: Clock
    new_id: NewId

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's methods."""
        request_type = wire.RecordPricesRequest
        return (Endpoint("RecordPrices", request_type, self.record_prices, self.new_id),)

    async def record_prices(self, request: wire.RecordPricesRequest, _: Context) -> bytes:
        """Keep the prices that are new; nothing of a request in which anything is wrong."""
        found = Violations(contract_violations(request))
        now_us, ruleset = self.clock(), self.policy().ruleset
        reader = _PriceReader(ruleset, now_us, found)
        prices = tuple(reader.read(sent, f"prices[{i}]") for i, sent in enumerate(request.prices))
        found.raise_if_any()
        kept = await self.store.commit_prices(PricesWrite(prices, now_us))
        if isinstance(kept, ListPrice):
            raise _other_price(kept, prices, kept.currency or ruleset.currency)
        return wire.RecordPricesResponse(new_prices=kept).SerializeToString()


def _other_price(known: ListPrice, sent: tuple[ListPrice, ...], currency: str) -> InvalidRequest:
    place = next(i for i, p in enumerate(sent) if p.key == known.key and p.price != known.price)
    description = f"{format_minor(known.price, currency)} is recorded for this product and instant"
    violation = FieldViolation(f"prices[{place}].list_price", description, "OTHER_PRICE_RECORDED")
    return InvalidRequest((violation,))


@dataclass(frozen=True, slots=True)
class _PriceReader:
    """Reads prices by the ruleset's words; what is wrong with them goes into *found*."""

    ruleset: Ruleset
    now_us: int
    found: Violations

    def read(self, sent: wire.ListPrice, path: str) -> ListPrice:
        """*sent*, which stands at *path*; good for nothing if there is anything in *found*."""
        words, ruleset = Words(self.found), self.ruleset
        words.plain(sent.product_id, path, "product_id")
        if sent.jurisdiction:
            zones, field = ruleset.zones, f"{path}.jurisdiction"
            words.known(sent.jurisdiction, zones, "a jurisdiction of this shop", field, near=False)
        if sent.channel:
            words.known(sent.channel, ruleset.channels, "a channel of this shop", f"{path}.channel")
        at_us = reported_us(
            sent.effective_time, f"{path}.effective_time", self.now_us, self.found,
            "PRICE_IN_THE_FUTURE",
        )  # fmt: skip
        # A currency that the shop has no rate for is refused as not being the shop's own.
        known = ruleset.in_currency(sent.list_price.currency_code) or ruleset
        price = to_price(sent.list_price, known.currency, self.found, path, "list_price") or 0
        place = (sent.product_id, sent.jurisdiction, sent.channel)
        return ListPrice(*place, at_us, price, known.other_currency)
