"""Decides one combination through the real core: its context, its scores, its budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sconto.app.code_ref import sent_codes
from sconto.app.moment import EPOCH, moment_at
from sconto.domain.behaviour import BehaviourEvent, signal_values
from sconto.domain.budget import BudgetView, ledger_key
from sconto.domain.codes import PER_CODE, limit_id
from sconto.domain.context import DecisionContext, FactValue, Line, Moment, SentCode
from sconto.domain.decision import decide
from sconto.domain.experiment import assign
from sconto.domain.judging import Judges
from sconto.domain.money import MAX_MINOR
from sconto.domain.objective import Outcome
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist
from sconto.rulebook.cases.inputs import COST, Goods, Inputs, Place, StatedScores

NOON: Final = 12
LATEST_US: Final = 230 * 365 * 86_400 * 1_000_000
"""Instants of records stay far below 2**53 microseconds."""
MOST_SHOPPERS: Final = 100_000
"""Shoppers tried until the experiment's draw puts one into the wanted group."""

_NO_KEY: Final = b""
"""Codes of tests stand in their files anyway."""
_DIGEST: Final = "stated in the test"
_MADE: Final = Provenance("test", "test", 0, {}, {})


class Lacking(Exception):
    """A case leaves out what a decision needs; the message says what, *advice* what to do."""

    def __init__(self, message: str, advice: str) -> None:
        self.advice = advice
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Decidable:
    """A combination, ready to be decided any number of times."""

    context: DecisionContext
    view: BudgetView
    scores: StatedScores | None

    def decided(self, ruleset: Ruleset, judges: Judges) -> bytes:
        """The canonical record of the decision."""
        listed = shortlist(self.context, ruleset, judges)
        aim = ruleset.objective.aim
        scores = None if self.scores is None else _scores(self.scores, listed, aim)
        cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
        decision = decide(self.context, ruleset, listed, scores, cause, self.view)
        return stored(decision, _MADE)


def decidable(inputs: Inputs, ruleset: Ruleset) -> Decidable:
    """The decision that *inputs* ask for; raises Lacking."""
    context = _context(inputs, ruleset)
    view = {_key(ruleset, b, context): used for b, used in inputs.used.items()}
    return Decidable(context, view, inputs.scores)


def _context(inputs: Inputs, ruleset: Ruleset) -> DecisionContext:
    place = inputs.context
    if place.jurisdiction is None or place.channel is None:
        missing = "jurisdiction" if place.jurisdiction is None else "channel"
        raise Lacking(f"`context` does not say its `{missing}`", f"add `{missing}:` to it")
    moment = _moment(place, ruleset, place.jurisdiction)
    events = [BehaviourEvent(e.kind, moment.as_of_us - e.ago_us, e.amount) for e in inputs.events]
    known: dict[str, Any] = {
        "channel": place.channel,
        "jurisdiction": place.jurisdiction,
        "currency": ruleset.currency,
        "moment": moment,
        "consents": {n: given for n, given in inputs.consents.items() if given is not None},
        "shopper": _sent(inputs.shopper.facts),
        "lines": _lines(inputs.basket),
        "offer_ids": inputs.offers,
        "codes": _codes(inputs.codes, ruleset),
        "signals": signal_values(ruleset.signals, events, moment.as_of_us, ruleset.exchange),
    }
    return _of_group(inputs.shopper.group or "policy", known, ruleset)


def _codes(texts: tuple[str, ...], ruleset: Ruleset) -> tuple[SentCode, ...]:
    """The codes *texts*; the id of a set of codes for one use stands for one of them."""
    codes = sent_codes(_NO_KEY, texts, ruleset)
    return tuple(
        code._replace(set_id=text) if (s := ruleset.code_sets.get(text)) and s.single_use else code
        for text, code in zip(texts, codes, strict=True)
    )


def _key(ruleset: Ruleset, budget_id: str, context: DecisionContext) -> str:
    """The ledger key of a budget; where each code has its own, that of the code that was sent."""
    refs = [c.ref for c in context.codes if budget_id == limit_id(c.set_id, PER_CODE)]
    return ledger_key(ruleset.budgets[budget_id], context, *refs[:1])


def _of_group(group: str, known: Mapping[str, Any], ruleset: Ruleset) -> DecisionContext:
    """The context of the first shopper whom the experiment's draw puts into *group*."""
    for number in range(1, MOST_SHOPPERS + 1):
        context = DecisionContext(user_ref=f"u{number}", **known)
        if assign(context, ruleset.experiment).group.value == group:
            return context
        if ruleset.experiment is None:
            break
    advice = "take another `group`, or look at `experiment.yaml`"
    raise Lacking(f"the experiment puts nobody into the group `{group}` here", advice)


def _moment(place: Place, ruleset: Ruleset, jurisdiction: str) -> Moment:
    zone = ruleset.zones[jurisdiction]
    instant_us = place.instant_us
    if instant_us is None:
        if place.day is None:
            raise Lacking("`context` does not say when", "add `day:` to it, or `now:`")
        hour = NOON if place.hour is None else place.hour
        civil = datetime.combine(date.fromisoformat(place.day), time(hour), ZoneInfo(zone))
        instant_us = instant_of(civil)
    if not 0 <= instant_us < LATEST_US:
        raise Lacking("the clock can't stand there", "take a day from 1971 to 2199")
    return moment_at(instant_us, zone, ruleset.budget_zones)


def instant_of(at: datetime) -> int:
    """The instant *at*, microseconds since 1970 UTC."""
    span = at - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _lines(basket: tuple[Goods, ...]) -> tuple[Line, ...]:
    if not basket:
        raise Lacking("there is no `basket`", "say what is bought with `basket:`")
    width = len(str(len(basket)))
    lines = tuple(_line(f"{i:0{width}d}", goods) for i, goods in enumerate(basket, 1))
    if sum(line.list_total for line in lines) > MAX_MINOR:
        raise Lacking("the basket costs more than any may", "take fewer or cheaper pieces")
    return lines


def _line(number: str, goods: Goods) -> Line:
    for name in ("category", "department", "price"):
        if getattr(goods, name) is None:
            raise Lacking(f"line {number} of the basket has no `{name}`", f"add `{name}:` to it")
    facts = _sent(goods.facts)
    cost = facts.pop(COST, None)
    return Line(
        line_id=f"l{number}",
        product_id=goods.product or f"p{number}",
        category=goods.category or "",
        department=goods.department or "",
        brand=goods.brand or "",
        quantity=goods.pieces or 1,
        list_price=goods.price or 0,
        unit_cost=None if cost is None else int(cost),
        facts=facts,
        measured=goods.measured,
    )


def _sent(facts: Mapping[str, FactValue | None]) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if value is not None}


def _scores(stated: StatedScores, listed: Shortlist, aim: Outcome) -> Scores:
    """The stated scores, which are sure."""
    steps = [(c.offer.id, c.depth) for c in listed.allowed]
    with_each = tuple(stated.by_step.get(step, stated.without) for step in steps)
    sure = (0,) * len(steps)
    return Scores(_DIGEST, aim, with_each, (stated.without,) * len(steps), sure, sure)
