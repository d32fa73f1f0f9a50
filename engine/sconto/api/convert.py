"""A Decide request as the decision context: exact, in one order, or refused field by field.

Lists of lines, facts and offer ids mean the same in any order, so they give the same context.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import filterfalse
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.api.amounts import to_minor, to_price
from sconto.api.facts import FactReader, read_consents
from sconto.api.measured import read_measured
from sconto.api.quick_read import GOODS, PlainReader, assembled
from sconto.api.render import MASK_PATHS
from sconto.api.text_fields import Words
from sconto.api.times import instant_us
from sconto.api.validation import Refused, Violations, check_sizes, contract_violations
from sconto.domain.context import DecisionContext, Line, OtherLine
from sconto.domain.money import MAX_MINOR
from sconto.domain.ruleset import Ruleset
from sconto.v1.decision_pb2 import BasketLine, LineKind
from sconto.v1.decision_service_pb2 import DecideRequest

MAX_AHEAD_US: Final = 5 * 60 * 1_000_000
"""How far the clocks of shops may run ahead of ours."""
MAY_BE_REFUNDS: Final = frozenset({LineKind.LINE_KIND_RETURN, LineKind.LINE_KIND_DEPOSIT})
"""Kinds of lines whose price may be below zero."""
_KINDS: Final = {kind: name.removeprefix("LINE_KIND_") for name, kind in LineKind.items()}


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading one request needs; everything wrong goes into *found*."""

    ruleset: Ruleset
    currency: str
    found: Violations
    words: Words
    facts: FactReader


def _reading(request: DecideRequest, ruleset: Ruleset) -> _Reading:
    found = Violations(contract_violations(request))
    words = Words(found)
    # The request's own currency, so that a wrong one is refused once and not on every amount.
    currency = request.currency_code
    facts = FactReader(ruleset.facts, currency, found)
    return _Reading(ruleset, currency, found, words, facts)


class _Readers:
    """Keeps the reader of the ruleset that was asked for last in each currency.

    There is but one in force.
    """

    def __init__(self) -> None:
        self._latest: dict[str, PlainReader] = {}

    def of(self, ruleset: Ruleset) -> PlainReader:
        """The reader for *ruleset*."""
        latest = self._latest.get(ruleset.currency)
        if latest is None or latest.ruleset is not ruleset:
            latest = self._latest[ruleset.currency] = PlainReader(ruleset)
        return latest


_READERS: Final = _Readers()


def decision_context(
    request: DecideRequest, ruleset: Ruleset, user_key: bytes, now_us: int
) -> DecisionContext:
    """The decision context of *request* at *now_us*, or at its own instant for a dry run.

    *user_key* is the key of the shopper's hash. Raises InvalidRequest with everything that is
    wrong, with the contract as well as with the ruleset's words, in one go.
    """
    plain = _READERS.of(ruleset).read(request, user_key, now_us)
    return plain or checked_context(request, ruleset, user_key, now_us)


def checked_context(
    request: DecideRequest, ruleset: Ruleset, user_key: bytes, now_us: int
) -> DecisionContext:
    """Like `decision_context`, with every word and every constraint looked at on its own.

    It is several times as slow, and knows of everything that is wrong where it stands. Of lists
    that are too long it says only that.
    """
    check_sizes(request)
    reading = _reading(request, ruleset)
    _check_words(request, reading)
    lines, others = _lines(request, reading)
    shopper = reading.facts.read(request.shopper.attributes, "shopper.", "shopper.attributes")
    consents = read_consents(request.shopper.consents, ruleset.facts, reading.found)
    as_of_us = _as_of(request, now_us, reading.found)
    reading.found.raise_if_any()
    return assembled(request, ruleset, user_key, as_of_us, consents, shopper, lines, others)


def microseconds(stamp: Timestamp, field: str, found: Violations) -> int:
    """*stamp* as `instant_us` reads it, or 0, with the reason in *found*."""
    try:
        return instant_us(stamp, field)
    except Refused as refused:
        found.add_refused(refused)
        return 0


def reported_us(stamp: Timestamp, field: str, now_us: int, found: Violations, too_late: str) -> int:
    """*stamp* like `microseconds`; *too_late* is the reason for one too far after *now_us*."""
    at_us = microseconds(stamp, field, found)
    if at_us > now_us + MAX_AHEAD_US:
        found.add(field, "must not be more than five minutes from now", too_late)
    return at_us


def _as_of(request: DecideRequest, now_us: int, found: Violations) -> int:
    if not request.HasField("as_of_time"):
        return now_us
    return microseconds(request.as_of_time, "as_of_time", found)


def _check_words(request: DecideRequest, reading: _Reading) -> None:
    words, ruleset = reading.words, reading.ruleset
    words.known(request.channel, ruleset.channels, "a channel of this shop", "channel")
    words.known(
        request.jurisdiction,
        ruleset.zones,
        "a jurisdiction of this shop",
        "jurisdiction",
        near=False,
    )
    currencies = (ruleset.currency, *ruleset.others)
    words.known(request.currency_code, currencies, "a currency of this shop", "currency_code")
    offers = {offer.id for offer in ruleset.offers} if request.offer_ids else frozenset[str]()
    for i, offer_id in enumerate(request.offer_ids):
        words.known(offer_id, offers, "an offer of this shop", f"offer_ids[{i}]")
    words.plain(request.shopper.shopper_id, "shopper", "shopper_id")
    # Only the first is reported: a mask may hold as many paths as there is room for in a message.
    for path in filterfalse(MASK_PATHS.__contains__, request.read_mask.paths):
        words.known(path, MASK_PATHS, "a field of Decision", "read_mask")
        break


def _lines(
    request: DecideRequest, reading: _Reading
) -> tuple[tuple[Line, ...], tuple[OtherLine, ...]]:
    """The goods in the basket, and what else is in it, each ordered by line_id."""
    lines: dict[str, Line] = {}
    others: dict[str, OtherLine] = {}
    for i, sent in enumerate(request.basket.lines):
        path = f"basket.lines[{i}]"
        if sent.line_id in lines or sent.line_id in others:
            description = "is the line_id of an earlier line too"
            reading.found.add(f"{path}.line_id", description, "DUPLICATE_LINE_ID")
        if sent.kind in GOODS:
            lines[sent.line_id] = _line(sent, path, reading)
        else:
            others[sent.line_id] = _other_line(sent, path, reading)
    if others and not lines:
        reading.found.add("basket.lines", "has no goods to decide on", "NO_GOODS")
    ordered = tuple(lines[line_id] for line_id in sorted(lines))
    _check_totals(ordered, reading.found)
    return ordered, tuple(others[line_id] for line_id in sorted(others))


def _other_line(sent: BasketLine, path: str, reading: _Reading) -> OtherLine:
    found, price = reading.found, 0
    back = sent.kind == LineKind.LINE_KIND_RETURN
    try:
        price = to_minor(sent.list_price, reading.currency, "list_price")
    except Refused as refused:
        found.add_refused(refused, path)
    if (price < 0 and sent.kind not in MAY_BE_REFUNDS) or (price > 0 and back):
        sign = "be positive: it is what is refunded" if back else "be negative"
        found.add(f"{path}.list_price", f"must not {sign}", "AMOUNT_OUT_OF_RANGE")
    if abs(price) * sent.quantity > MAX_MINOR:
        found.add(path, "costs more than can be decided on", "AMOUNT_OUT_OF_RANGE")
    line_id = reading.words.plain(sent.line_id, path, "line_id")
    return OtherLine(line_id, _KINDS.get(sent.kind, ""), sent.quantity, price * sent.quantity)


def _line(sent: BasketLine, path: str, reading: _Reading) -> Line:
    plain, found, currency = reading.words.plain, reading.found, reading.currency
    price = cost = None
    if sent.HasField("list_price"):
        price = to_price(sent.list_price, currency, found, path, "list_price")
    if sent.HasField("unit_cost"):
        cost = to_price(sent.unit_cost, currency, found, path, "unit_cost")
    return Line(
        line_id=plain(sent.line_id, path, "line_id"),
        product_id=plain(sent.product_id, path, "product_id"),
        category=plain(sent.category, path, "category"),
        department=plain(sent.department, path, "department"),
        brand=plain(sent.brand, path, "brand"),
        quantity=sent.quantity,
        list_price=price or 0,
        unit_cost=cost,
        facts=reading.facts.read(sent.facts, "line.", f"{path}.facts"),
        # One that can't be read is refused by the contract.
        measured=read_measured(sent.measured_quantity),
    )


def _check_totals(lines: tuple[Line, ...], found: Violations) -> None:
    """Sums above MAX_MINOR would not be exact in expected margins."""
    if sum(line.list_total for line in lines) > MAX_MINOR:
        found.add("basket", "costs more than can be decided on", "AMOUNT_OUT_OF_RANGE")
    if sum(line.cost_total or 0 for line in lines) > MAX_MINOR:
        found.add("basket", "has unit costs above what can be decided on", "AMOUNT_OUT_OF_RANGE")
