"""A Decide request that is plainly valid, made a decision context in one quick pass.

What is not plainly valid is left to `sconto.api.convert`, which says what is wrong with it. The
constraints repeat `proto/sconto/v1`; a test holds them against protovalidate, one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from typing import Final

from sconto.api.amounts import to_minor
from sconto.api.facts import MAX_EXACT, decimal_value, text_value
from sconto.api.measured import read_measured
from sconto.api.render import MASK_PATHS
from sconto.api.text_fields import plain
from sconto.api.times import instant_us
from sconto.api.validation import (
    MAX_ATTRIBUTES,
    MAX_CODES,
    MAX_CONSENTS,
    MAX_LINE_FACTS,
    MAX_LINES,
    MAX_MASK_PATHS,
    MAX_OFFER_IDS,
    Refused,
)
from sconto.app.code_ref import sent_codes
from sconto.app.moment import moment_at
from sconto.app.user_ref import user_ref
from sconto.domain.context import DecisionContext, FactValue, Line, OtherLine
from sconto.domain.measured import MeasuredQuantity
from sconto.domain.money import MAX_MINOR
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.v1.decision_pb2 import BasketLine, Consent, Fact, LineKind
from sconto.v1.decision_service_pb2 import DecideRequest

GOODS: Final = frozenset({LineKind.LINE_KIND_UNSPECIFIED, LineKind.LINE_KIND_GOODS})
"""The kinds of lines that offers may cover."""
MAX_QUANTITY: Final = 9_999
MAX_ID: Final = 64
MAX_TEXT: Final = 128
MAX_FACT_NAME: Final = 80
MAX_FACT_TEXT: Final = 256
MIN_JURISDICTION: Final = 2
MAX_JURISDICTION: Final = 16
MAX_LANGUAGE: Final = 35

_uuid: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_currency: Final = re.compile(r"[A-Z]{3}").fullmatch
_language: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*").fullmatch
_consent_name: Final = re.compile(r"[a-z][a-z0-9_]{0,63}").fullmatch
_decimal: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?").fullmatch

Readers = Mapping[str, Callable[[Fact], FactValue]]
"""Reads the value of a declared fact, by name; raises NotPlain or Refused."""


class NotPlain(Exception):
    """Something of a request is wrong or unusual; `sconto.api.convert` knows what to say of it."""


class PlainReader:
    """Reads plainly valid requests in the words of *ruleset*, which are looked up once."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._offer_ids = frozenset(offer.id for offer in ruleset.offers)
        self._of_shopper = _readers(ruleset, "shopper.")
        self._of_line = _readers(ruleset, "line.")

    def read(self, request: DecideRequest, user_key: bytes, now_us: int) -> DecisionContext | None:
        """What `convert.checked_context` makes of *request*, or None if it is not plainly valid.

        Never made of a request that the contract or the ruleset refuses.
        """
        try:
            return self._context(request, user_key, now_us)
        except (NotPlain, Refused):
            return None

    def _context(self, request: DecideRequest, user_key: bytes, now_us: int) -> DecisionContext:
        ruleset, shopper = self.ruleset, request.shopper
        _check_head(request, ruleset)
        if request.offer_ids:
            _check_offer_ids(request.offer_ids, self._offer_ids)
        if request.codes:
            _check_codes(request.codes)
        _check_shopper_id(shopper.shopper_id)
        attributes = _facts(shopper.attributes, MAX_ATTRIBUTES, self._of_shopper)
        return assembled(
            request,
            ruleset,
            user_key,
            _as_of(request, now_us),
            _consents(shopper.consents, ruleset.facts),
            attributes,
            _lines(request.basket.lines, self._of_line, ruleset.currency),
        )


def assembled(
    request: DecideRequest,
    ruleset: Ruleset,
    user_key: bytes,
    as_of_us: int,
    consents: dict[str, bool],
    shopper: dict[str, FactValue],
    lines: tuple[Line, ...],
    other_lines: tuple[OtherLine, ...] = (),
) -> DecisionContext:
    """The context of *request*, whose words are known and whose other parts have been read."""
    jurisdiction = request.jurisdiction
    return DecisionContext(
        user_ref=user_ref(user_key, request.shopper.shopper_id),
        channel=request.channel,
        jurisdiction=jurisdiction,
        currency=request.currency_code,
        moment=moment_at(as_of_us, ruleset.zones[jurisdiction], ruleset.budget_zones),
        consents=consents,
        shopper=shopper,
        lines=lines,
        other_lines=other_lines,
        offer_ids=tuple(sorted(request.offer_ids)),
        codes=sent_codes(user_key, request.codes, ruleset) if request.codes else (),
    )


def _check_head(request: DecideRequest, ruleset: Ruleset) -> None:
    request_id = request.request_id
    channel, jurisdiction = request.channel, request.jurisdiction
    if not (
        (_uuid(request_id) if request_id else request.validate_only)
        and channel in ruleset.channels
        and 0 < len(channel) <= MAX_ID
        and jurisdiction in ruleset.zones
        and MIN_JURISDICTION <= len(jurisdiction) <= MAX_JURISDICTION
        and request.currency_code == ruleset.currency
        and _currency(ruleset.currency)
    ):
        raise NotPlain
    if request.replaces and not _uuid(request.replaces):
        raise NotPlain
    if request.language_code and not _is_language(request.language_code):
        raise NotPlain
    paths = request.read_mask.paths
    if len(paths) > MAX_MASK_PATHS or not MASK_PATHS.issuperset(paths):
        raise NotPlain


def _is_language(text: str) -> bool:
    return len(text) <= MAX_LANGUAGE and _language(text) is not None


def _check_offer_ids(sent: Sequence[str], known: frozenset[str]) -> None:
    if len(sent) > MAX_OFFER_IDS:
        raise NotPlain
    offer_ids = set(sent)
    if not (
        len(offer_ids) == len(sent)
        and all(0 < len(offer_id) <= MAX_ID for offer_id in offer_ids)
        and offer_ids <= known
    ):
        raise NotPlain


def _check_codes(sent: Sequence[str]) -> None:
    if len(sent) > MAX_CODES or not all(0 < len(code) <= MAX_ID for code in sent):
        raise NotPlain


def _check_shopper_id(shopper_id: str) -> None:
    if not 0 < len(shopper_id) <= MAX_TEXT:
        raise NotPlain
    plain(shopper_id, "shopper_id")


def _as_of(request: DecideRequest, now_us: int) -> int:
    if not request.HasField("as_of_time"):
        return now_us
    if not request.validate_only:
        raise NotPlain
    return instant_us(request.as_of_time, "as_of_time")


def _consents(sent: Sequence[Consent], declared: Container[str]) -> dict[str, bool]:
    if len(sent) > MAX_CONSENTS:
        raise NotPlain
    consents = {consent.name: consent.given for consent in sent}
    if len(consents) != len(sent) or not all(map(_consent_name, consents)):
        raise NotPlain
    return {name: given for name, given in consents.items() if f"consent.{name}" in declared}


def _lines(sent: Sequence[BasketLine], readers: Readers, currency: str) -> tuple[Line, ...]:
    if not 0 < len(sent) <= MAX_LINES:
        raise NotPlain
    lines = [_line(one, readers, currency) for one in sent]
    by_id = {line.line_id: line for line in lines}
    costs = sum([line.cost_total for line in lines if line.cost_total])
    total = sum([line.list_total for line in lines])
    if len(by_id) != len(lines) or total > MAX_MINOR or costs > MAX_MINOR:
        raise NotPlain
    return tuple([by_id[line_id] for line_id in sorted(by_id)])


def _line(sent: BasketLine, readers: Readers, currency: str) -> Line:
    line_id, product_id, quantity = sent.line_id, sent.product_id, sent.quantity
    category, department, brand = sent.category, sent.department, sent.brand
    if not (
        0 < len(line_id) <= MAX_ID
        and 0 < len(product_id) <= MAX_TEXT
        and len(category) <= MAX_TEXT
        and len(department) <= MAX_TEXT
        and len(brand) <= MAX_TEXT
        and 0 < quantity <= MAX_QUANTITY
        and sent.kind in GOODS
    ):
        raise NotPlain
    plain(f"{line_id}{product_id}{category}{department}{brand}", "line")
    # A price that is not there has no currency either, and is refused for that.
    price = to_minor(sent.list_price, currency, "list_price")
    cost = to_minor(sent.unit_cost, currency, "unit_cost") if sent.HasField("unit_cost") else None
    if price < 0 or (cost is not None and cost < 0):
        raise NotPlain
    facts = _facts(sent.facts, MAX_LINE_FACTS, readers)
    measured = _measured(sent) if sent.HasField("measured_quantity") else None
    return Line(
        line_id, product_id, category, department, brand, quantity, price, cost, facts, measured
    )


def _measured(sent: BasketLine) -> MeasuredQuantity:
    measured = read_measured(sent.measured_quantity)
    if measured is None or sent.quantity != 1:
        raise NotPlain
    return measured


def _facts(sent: Sequence[Fact], most: int, readers: Readers) -> dict[str, FactValue]:
    if len(sent) > most:
        raise NotPlain
    facts: dict[str, FactValue] = {}
    dropped: set[str] = set()
    for fact in sent:
        name = fact.name
        if name in readers:
            facts[name] = readers[name](fact)
        else:
            _check_dropped(fact)
            dropped.add(name)
    if len(facts) + len(dropped) != len(sent):
        raise NotPlain
    return facts


def _check_dropped(fact: Fact) -> None:
    """Check the constraints of the contract on a fact that the ruleset does not declare."""
    kind = fact.WhichOneof("value")
    if not (
        0 < len(fact.name) <= MAX_FACT_NAME
        and kind is not None
        and -MAX_EXACT <= fact.integer <= MAX_EXACT
        and len(fact.text) <= MAX_FACT_TEXT
        and (kind != "decimal" or _decimal(fact.decimal))
    ):
        raise NotPlain


def _readers(ruleset: Ruleset, prefix: str) -> Readers:
    """What reads each declared fact whose name begins with *prefix*."""
    return {
        name: _reader(spec, ruleset.currency)
        for name, spec in ruleset.facts.items()
        if name.startswith(prefix) and len(name) <= MAX_FACT_NAME
    }


def _reader(spec: FactSpec, currency: str) -> Callable[[Fact], FactValue]:
    match spec.type:
        case FactType.INTEGER:
            return _integer
        case FactType.BOOLEAN:
            return _boolean
        case FactType.MONEY:
            return lambda fact: to_minor(fact.money, currency, "money")
        case FactType.TEXT:
            return partial(_text, spec)
        case FactType.DECIMAL:
            return partial(_decimal_number, spec)


# What was not sent reads as nothing of its kind, so only where that is found is it asked about.


def _integer(fact: Fact) -> int:
    value = fact.integer
    if not -MAX_EXACT <= value <= MAX_EXACT or (not value and not fact.HasField("integer")):
        raise NotPlain
    return value


def _boolean(fact: Fact) -> bool:
    value = fact.boolean
    if not value and not fact.HasField("boolean"):
        raise NotPlain
    return value


def _text(spec: FactSpec, fact: Fact) -> str:
    text = fact.text
    if len(text) > MAX_FACT_TEXT or (not text and not fact.HasField("text")):
        raise NotPlain
    return text_value(text, spec)


def _decimal_number(spec: FactSpec, fact: Fact) -> int:
    text = fact.decimal
    value = decimal_value(text, spec) if _decimal(text) else None
    if value is None:
        raise NotPlain
    return value
