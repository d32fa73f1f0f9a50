"""A decision in plain words, from its record alone; every reader gets the same sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sconto.domain.codes import CODE_SENTENCES, LIMIT_KEYS, CodeStatus, limit_id
from sconto.domain.measured import MeasuredQuantity, Unit
from sconto.domain.money import PPM_ONE, format_millionths, format_minor
from sconto.domain.objective import Outcome
from sconto.domain.offer import OfferKind
from sconto.domain.reasons import SENTENCES, WORTH_UNKNOWN_CAUSES, ReasonCode
from sconto.domain.record import ABOVE_CEILING
from sconto.domain.record_reading import line_of
from sconto.domain.ruleset import ReturnPolicy
from sconto.domain.units import built_in_units, clause_text

OUTCOMES: Final = {
    Outcome.SALE.value: "this sale is made",
    Outcome.GROWTH.value: "this basket grows",
    Outcome.RETURN.value: "the shopper comes back",
}
"""What a model's probability is of, in words."""

_NOT_WORTH: Final = {ReasonCode.NOT_WORTH_IT.name, ReasonCode.BELOW_LEAST_GAIN.name}

_RUNG_CAUSES: Final = {
    "MODEL_MISSING": "no model was loaded",
    "MODEL_LATE": "the model took too long",
    "MODEL_FAILED": "the model failed",
    "MODEL_NOT_FINITE": "the model gave a number that is none",
    "INPUTS_UNKNOWN": "too much of what the model looks at was not known",
    "RESPONSE_MISSING": "the model has learnt no response to discounts, and the rules assume none",
    "DEADLINE_NEAR": "the caller would not have waited for the model",
    "BUDGET_CONTENDED": "other decisions kept coming first",
}

_HELD_OUT: Final = (
    "No discount was given, because an experiment that measures what discounts bring gives none to "
    "the group that the shopper was drawn into. That is no finding about the shopper, and no "
    "principal reason for a notice of adverse action; without the experiment a discount was "
    "allowed."
)

_WITHOUT_SCORES: Final = (
    "each lane gives what its `without_scores` says, the smallest discount unless it says otherwise"
)

_RETURNS: Final = {
    ReturnPolicy.KEEP_SHARES: "what was paid for them",
    ReturnPolicy.REPRICE: "what was paid less what the rest costs alone",
}


def explain(record: Mapping[str, Any], state: str | None = None) -> tuple[str, ...]:
    """What was decided and why, one sentence each; *state* is where its reservation stands."""
    return (*explain_answer(record, state), *_others(record))


def explain_return(returned: Mapping[str, Any]) -> str:
    """What the record *returned* says of a return, in one sentence."""
    units = returned.get("units", {})
    came = [
        f"{_came(count, units.get(line_id))} of line {line_id}"
        for line_id, count, _ in returned["returned"]
    ]
    refund = _money(returned["refund"], {"context": returned})
    how = _RETURNS[ReturnPolicy(returned["policy"])]
    return f"On {_instant(returned['at_us'])} {', '.join(came)} came back: {refund} back, {how}."


def _came(count: int, unit: str | None) -> str:
    """What came back: pieces, or thousandths of *unit*."""
    return str(count) if unit is None else MeasuredQuantity(count, Unit(unit)).text


def explain_answer(record: Mapping[str, Any], state: str | None = None) -> tuple[str, ...]:
    """The same without what was not chosen."""
    return (
        _occasion(record),
        *_caller(record),
        *_replaces(record),
        *_answer(record),
        *_codes(record),
        *_recheck(record),
        *_prices(record),
        *_made_by(record),
        *_reserved(record, state),
        *_owed(record),
        *_reviews(record),
    )


def _occasion(record: Mapping[str, Any]) -> str:
    context = record["context"]
    total = sum(line_of(line).list_total for line in context["lines"])
    return (
        f"On {_instant(context['as_of_us'])} shopper {context['user_ref'][:12]} had a basket of "
        f"{_count(len(context['lines']), 'line')} for {_money(total, record)} "
        f"(channel {context['channel']}, jurisdiction {context['jurisdiction']})."
    )


def _instant(at_us: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return f"{at:%Y-%m-%d at %H:%M:%S} UTC"


def _answer(record: Mapping[str, Any]) -> Iterator[str]:
    outcome = record["outcome"]
    sentence = SENTENCES[ReasonCode[outcome["reason"]]]
    given = outcome["discounts"]
    if outcome["reason"] == ReasonCode.HELD_OUT.name:
        yield _HELD_OUT
    elif not given:
        yield f"No discount was given. Of the candidate that came furthest: {sentence}."
    for discount in given:
        off = _money(discount["discount"], record)
        yield f"{off} came off by offer {discount['offer_id']} at {_depth(discount, record)}."
    if len(given) > 1:
        yield f"Together that is {_money(outcome['discount'], record)}."
    yield from _chance(record)


def _codes(record: Mapping[str, Any]) -> Iterator[str]:
    sent, results = record["context"].get("codes", ()), record["outcome"].get("codes", ())
    for (set_id, _), result in zip(sent, results, strict=True):
        of_set = f"A code of {set_id}" if set_id else "A code"
        why = CODE_SENTENCES[CodeStatus[result["status"]]]
        by = f" ({', '.join(result['offer_ids'])})" if result["offer_ids"] else ""
        told = f"{of_set} was sent{by}: {why}"
        if "reason" in result:
            told += (
                f" Of the candidate that came furthest: {SENTENCES[ReasonCode[result['reason']]]}."
            )
        yield told


def _chance(record: Mapping[str, Any]) -> Iterator[str]:
    outcome = record["outcome"]
    if outcome["group"] == "exploration":
        yield "Chance chose among what was allowed, so that effects can be measured."
    share = _percent(outcome["action_propensity_ppm"])
    if outcome["action_propensity_ppm"] != PPM_ONE:
        yield (
            "The experiment draws by chance who is held out or gets another allowed answer; "
            f"this answer had a probability of {share}."
        )


def _recheck(record: Mapping[str, Any]) -> Iterator[str]:
    for promise in record["outcome"]["recheck"]:
        yield f"The last check found that {promise}."


def _prices(record: Mapping[str, Any]) -> Iterator[str]:
    nets = record["outcome"]["net_totals"]
    for line, net in zip(record["context"]["lines"], nets, strict=True):
        listed = line_of(line).list_total
        if net != listed:
            yield (
                f"Line {line['line_id']} ({line['category']}) went from {_money(listed, record)} "
                f"to {_money(net, record)}."
            )


def _made_by(record: Mapping[str, Any]) -> Iterator[str]:
    model = record["model"]
    if model is None:
        cause = _RUNG_CAUSES.get(record["outcome"]["rung_cause"], "no model was asked")
        then = _WITHOUT_SCORES
        if record["outcome"]["rung_cause"] in {c.name for c in WORTH_UNKNOWN_CAUSES}:
            then = "nobody can say what a discount is worth, and none is given but by chance"
        yield f"Rules alone answered, because {cause}; then {then}."
        return
    valued = [c for c in record["candidates"] if "value" in c]
    for chosen in (c for c in valued if c["reason"] == ReasonCode.CHOSEN.name):
        yield from _worth_of(chosen, record)
    if record["outcome"]["reason"] in _NOT_WORTH:
        refused = (c for c in valued if c["reason"] in _NOT_WORTH)
        nearest = max(refused, key=lambda c: c["value"]["gain"])
        yield f"Nearest was {nearest['offer_id']} at {_depth(nearest, record)}."
        yield from _worth_of(nearest, record)
    if model["assumed"]:
        yield f"How shoppers respond to depth is assumed, not learnt: {model['assumed']}"
    if unknown := model["unknown"]:
        yield (
            f"The model did not know {', '.join(unknown)}, or had never seen it like this; every "
            "least gain was lowered for that, and costs counted in full."
        )


def _worth_of(chosen: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    """What was expected of a candidate that was chosen, or came nearest."""
    value, model = chosen["value"], record["model"]
    cost, offering = value["cost"] * value["due_ppm"], value["offering"] * PPM_ONE
    yield (
        f"The model {model.get('name', model['digest'])} put the probability that "
        f"{OUTCOMES[model['outcome']]} at {_percent(value['probability_ppm'])} with "
        f"{chosen['offer_id']} and {_percent(value['baseline_ppm'])} without. That brings "
        f"{_money(value['margin'], record)} and the discount is expected to cost "
        f"{_millionths(cost + offering, record)}, so giving it is expected to add "
        f"{_millionths(value['gain'], record)} to giving nothing, and at least "
        f"{_millionths(value['least_gain'], record)}."
    )
    if value["charge"]:
        yield (
            f"{_millionths(value['charge'], record)} are taken off in that for what its budgets "
            "are worth elsewhere."
        )


def _caller(record: Mapping[str, Any]) -> Iterator[str]:
    if caller := record.get("caller"):
        yield f"`{caller}` asked for it."


def _replaces(record: Mapping[str, Any]) -> Iterator[str]:
    if replaced := record.get("replaces"):
        yield f"It replaces decision `{replaced}`, whose reservation was handed back."


def _reserved(record: Mapping[str, Any], state: str | None) -> Iterator[str]:
    reserved = "was reserved" if record["decision_id"] else "would be reserved"
    limits = _code_limits(record)
    for draw in record["outcome"]["reserved"]:
        used, budget = record["budgets"].get(draw["key"], 0), draw["budget"]
        if budget in limits:
            had = f"Code limit {budget} had {used} of {_count(draw['limit'], 'use')} before"
            yield f"{had}; {draw['amount']} more {reserved}."
            continue
        before, limit, more = (
            in_budget(n, draw, record) for n in (used, draw["limit"], draw["amount"])
        )
        yield f"Budget {budget} had {before} of {limit} in use before; {more} more {reserved}."
    if state is not None:
        yield f"The reservation is {state}."


def _code_limits(record: Mapping[str, Any]) -> set[str]:
    """The budgets that are limits of the codes sent."""
    sets = {set_id for set_id, _ in record["context"].get("codes", ())}
    return {limit_id(set_id, key) for set_id in sets for key in LIMIT_KEYS}


def in_budget(amount: int, draw: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """*amount* of the budget of *draw*: money, discounts or uses of a code."""
    if draw["measure"] != "amount":
        uses = draw["budget"] in _code_limits(record)
        return _count(amount, "use" if uses else "discount")
    return format_minor(amount, shop_currency(record))


def shop_currency(record: Mapping[str, Any]) -> str:
    """The currency of the budgets of *record*, whatever the decision's own is."""
    currency: str = record.get("shop_currency", record["context"]["currency"])
    return currency


def _owed(record: Mapping[str, Any]) -> Iterator[str]:
    for _, text in record["outcome"]["disclosures"]:
        yield f'The shopper had to be told: "{text}"'


def _reviews(record: Mapping[str, Any]) -> Iterator[str]:
    for finding in record["outcome"]["reviews"]:
        yield f"A person should look at it{_by(finding, record)}: {_clauses(finding, record)}."
    for finding in record["outcome"].get(ABOVE_CEILING, ()):
        yield (
            "A price is above its ceiling, and no discount can be blamed for that; a person should "
            f"look at it{_by(finding, record)}: {_clauses(finding, record)}."
        )


def _others(record: Mapping[str, Any]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for candidate in record["candidates"]:
        if candidate["reason"] != "CHOSEN":
            key = (candidate["offer_id"], _why_not(candidate, record))
            groups.setdefault(key, []).append(_depth(candidate, record))
    for (offer_id, why), depths in groups.items():
        yield f"Not {offer_id} at {', '.join(depths)}: {why}."


def _why_not(candidate: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    sentence = SENTENCES[ReasonCode[candidate["reason"]]]
    stacked = candidate.get("stacked", {})
    findings = candidate["findings"] or stacked.get("findings", [])
    if not findings:
        return sentence
    detail = _clauses(findings[0], record)
    top = f", on top of {', '.join(stacked['on_top_of'])}" if stacked else ""
    return f"{sentence}{_by(findings[0], record)}{top}{': ' if detail else ''}{detail}"


def _by(finding: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Which rule spoke, on which line, and the law behind it."""
    rule = finding["rule"]
    if not rule:
        return ""
    where = f", line {finding['line_id']}" if finding["line_id"] else ""
    cite = record["laws"].get(rule)
    return f" (rule {rule}{where}{f', {cite}' if cite else ''})"


def _clauses(finding: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    units = built_in_units(record["context"]["currency"])
    return "; ".join(clause_text(units, *clause) for clause in finding["clauses"])


def _depth(stated: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """How deep a candidate is."""
    units = built_in_units(record["context"]["currency"])
    return units.depth(OfferKind(stated["kind"]), stated["depth"])


def _money(minor: int, record: Mapping[str, Any]) -> str:
    return format_minor(minor, record["context"]["currency"])


def _millionths(value: int, record: Mapping[str, Any]) -> str:
    return format_millionths(value, record["context"]["currency"])


def _percent(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm % 10_000 // 100:02d} %"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
