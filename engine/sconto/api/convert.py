"""A Decide request as the decision context: exact, in one order, or refused field by field.

Lists of lines, facts and offer ids mean the same in any order, so they give the same context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.api.amounts import to_price
from sconto.api.facts import FactReader, read_consents
from sconto.api.render import FIELDS
from sconto.api.validation import Violations, contract_violations
from sconto.api.words import Words
from sconto.app.moment import moment_at
from sconto.app.user_ref import user_ref
from sconto.domain.context import DecisionContext, Line
from sconto.domain.money import MAX_MINOR
from sconto.domain.ruleset import Ruleset
from sconto.v1.decision_pb2 import BasketLine
from sconto.v1.decision_service_pb2 import DecideRequest

MICROSECONDS: Final = 1_000_000
NANOS_PER_MICROSECOND: Final = 1_000
MASK_PATHS: Final = FIELDS | {"*"}
LATEST_SECONDS: Final = 7_258_118_400
"""2200-01-01: later instants are mistakes, and civil time can't be told that far ahead."""


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
    facts = FactReader(ruleset.facts, currency, words, found)
    return _Reading(ruleset, currency, found, words, facts)


def decision_context(
    request: DecideRequest, ruleset: Ruleset, user_key: bytes, now_us: int
) -> DecisionContext:
    """The decision context of *request* at *now_us*, or at its own instant for a dry run.

    *user_key* is the key of the shopper's hash. Raises InvalidRequest with everything that is
    wrong, with the contract as well as with the ruleset's words, in one go.
    """
    reading = _reading(request, ruleset)
    _check_words(request, reading)
    lines = _lines(request, reading)
    shopper = reading.facts.read(request.shopper.attributes, "shopper.", "shopper.attributes")
    consents = read_consents(request.shopper.consents, ruleset.facts, reading.found)
    as_of_us = _as_of(request, now_us, reading.found)
    reading.found.raise_if_any()
    return DecisionContext(
        user_ref=user_ref(user_key, request.shopper.shopper_id),
        channel=request.channel,
        jurisdiction=request.jurisdiction,
        currency=request.currency_code,
        moment=moment_at(as_of_us, ruleset.zones[request.jurisdiction], ruleset.budget_zones),
        consents=consents,
        shopper=shopper,
        lines=lines,
        offer_ids=tuple(sorted(request.offer_ids)),
    )


def microseconds(stamp: Timestamp, field: str, found: Violations) -> int:
    """*stamp* in microseconds UTC, from 1970 to 2200, anything finer dropped."""
    in_range = 0 <= stamp.seconds < LATEST_SECONDS
    if not in_range or not 0 <= stamp.nanos < MICROSECONDS * NANOS_PER_MICROSECOND:
        found.add(field, "must be an instant between 1970 and 2200", "TIME_OUT_OF_RANGE")
    return stamp.seconds * MICROSECONDS + stamp.nanos // NANOS_PER_MICROSECOND


def _as_of(request: DecideRequest, now_us: int, found: Violations) -> int:
    if not request.HasField("as_of_time"):
        return now_us
    return microseconds(request.as_of_time, "as_of_time", found)


def _check_words(request: DecideRequest, reading: _Reading) -> None:
    words, ruleset = reading.words, reading.ruleset
    words.known(request.channel, ruleset.channels, "channel", "channel")
    words.known(request.jurisdiction, ruleset.zones, "jurisdiction", "jurisdiction")
    words.known(request.currency_code, (ruleset.currency,), "currency", "currency_code")
    offers = {offer.id for offer in ruleset.offers} if request.offer_ids else frozenset[str]()
    for i, offer_id in enumerate(request.offer_ids):
        words.known(offer_id, offers, "offer", f"offer_ids[{i}]")
    words.plain(request.shopper.shopper_id, "shopper", "shopper_id")
    for path in request.read_mask.paths:
        words.known(path, MASK_PATHS, "field of Decision", "read_mask")


def _lines(request: DecideRequest, reading: _Reading) -> tuple[Line, ...]:
    lines: dict[str, Line] = {}
    for i, sent in enumerate(request.basket.lines):
        path = f"basket.lines[{i}]"
        if sent.line_id in lines:
            description = "is the line_id of an earlier line too"
            reading.found.add(f"{path}.line_id", description, "DUPLICATE_LINE_ID")
        lines[sent.line_id] = _line(sent, path, reading)
    ordered = tuple(lines[line_id] for line_id in sorted(lines))
    _check_totals(ordered, reading.found)
    return ordered


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
    )


def _check_totals(lines: tuple[Line, ...], found: Violations) -> None:
    """Sums above MAX_MINOR would not be exact in expected margins."""
    if sum(line.list_total for line in lines) > MAX_MINOR:
        found.add("basket", "costs more than can be decided on", "AMOUNT_OUT_OF_RANGE")
    if sum((line.unit_cost or 0) * line.quantity for line in lines) > MAX_MINOR:
        found.add("basket", "has unit costs above what can be decided on", "AMOUNT_OUT_OF_RANGE")
