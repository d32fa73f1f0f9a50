"""A decision in plain words, from its record alone; every reader gets the same sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sconto.domain.money import format_minor, to_major
from sconto.domain.reasons import SENTENCES, ReasonCode

_MONEY_FACTS: Final = frozenset(
    {
        "basket.list_total",
        "candidate.discount",
        "candidate.margin",
        "candidate.net_total",
        "candidate.scope_total",
        "line.net_total",
    }
)

_COMPARED: Final = {
    "!=": "not",
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
}

_MEASURED: Final = {
    "line.net_total": "the floor is",
    "candidate.margin": "the floor is",
    "candidate.discount": "the cap is",
}

_RUNG_CAUSES: Final = {
    "MODEL_MISSING": "no model was loaded",
    "MODEL_LATE": "the model took too long",
    "MODEL_FAILED": "the model failed",
    "MODEL_NOT_FINITE": "the model gave a number that is none",
    "BUDGET_CONTENDED": "others kept taking the budget first",
}


def explain(record: Mapping[str, Any], state: str | None = None) -> tuple[str, ...]:
    """What was decided and why, one sentence each; *state* is where its reservation stands."""
    return (
        _occasion(record),
        _answer(record),
        *_recheck(record),
        *_prices(record),
        *_made_by(record),
        *_reserved(record, state),
        *_owed(record),
        *_others(record),
    )


def _occasion(record: Mapping[str, Any]) -> str:
    context = record["context"]
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=context["as_of_us"])
    total = sum(line["list_price"] * line["quantity"] for line in context["lines"])
    return (
        f"On {at:%Y-%m-%d at %H:%M:%S} UTC shopper {context['user_ref'][:12]} had a basket of "
        f"{_count(len(context['lines']), 'line')} for {_money(total, record)} "
        f"(channel {context['channel']}, jurisdiction {context['jurisdiction']})."
    )


def _answer(record: Mapping[str, Any]) -> str:
    outcome = record["outcome"]
    sentence = SENTENCES[ReasonCode[outcome["reason"]]]
    if outcome["offer_id"] is None:
        return f"No discount was given. Of the candidate that came furthest: {sentence}."
    off, depth = _money(outcome["discount"], record), _depth(outcome, record)
    return f"{off} came off by offer {outcome['offer_id']} at {depth}: {sentence}."


def _recheck(record: Mapping[str, Any]) -> Iterator[str]:
    for promise in record["outcome"]["recheck"]:
        yield f"The last check found that {promise}."


def _prices(record: Mapping[str, Any]) -> Iterator[str]:
    chosen = _chosen(record)
    if chosen is None:
        return
    lines = record["context"]["lines"]
    for i, part in chosen["allocation"]:
        line = lines[i]
        listed = line["list_price"] * line["quantity"]
        yield (
            f"Line {line['line_id']} ({line['category']}) went from {_money(listed, record)} "
            f"to {_money(listed - part, record)}."
        )


def _made_by(record: Mapping[str, Any]) -> Iterator[str]:
    chosen, model = _chosen(record), record["model"]
    if model is None:
        cause = _RUNG_CAUSES.get(record["outcome"]["rung_cause"], "no model was asked")
        yield f"Rules alone answered, because {cause}; then what costs the shop least comes first."
    elif chosen is not None:
        yield (
            f"The model {model.get('name', model['digest'])} put the probability that such a "
            f"shopper buys the category at {_percent(chosen['purchase_ppm'])} with it and "
            f"{_percent(chosen['baseline_ppm'])} without; weighed by what the lines earn, that is "
            f"{_millionths(chosen['value'], record)} more margin than giving nothing."
        )


def _reserved(record: Mapping[str, Any], state: str | None) -> Iterator[str]:
    for draw in record["outcome"]["reserved"]:
        used = record["budgets"].get(draw["key"], 0)
        before, limit, more = (
            _drawn(n, draw, record) for n in (used, draw["limit"], draw["amount"])
        )
        had = f"Budget {draw['budget']} had {before} of {limit} in use before"
        yield f"{had}; {more} more was reserved."
    if state is not None:
        yield f"The reservation is {state}."


def _drawn(amount: int, draw: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    return _money(amount, record) if draw["measure"] == "amount" else _count(amount, "discount")


def _owed(record: Mapping[str, Any]) -> Iterator[str]:
    for _, text in record["outcome"]["disclosures"]:
        yield f'The shopper had to be told: "{text}"'


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
    if not candidate["findings"]:
        return sentence
    finding = candidate["findings"][0]
    detail = "; ".join(_clause(c, record) for c in finding["clauses"])
    where = f", line {finding['line_id']}" if finding["line_id"] else ""
    by = f" (rule {finding['rule']}{where})" if finding["rule"] else ""
    return f"{sentence}{by}{': ' if detail else ''}{detail}"


def _clause(clause: list[Any], record: Mapping[str, Any]) -> str:
    fact, op, threshold, observed = clause
    if observed is None:
        return f"{fact} was not known"
    was, limit = _value(fact, observed, record), _value(fact, threshold, record)
    if fact in _MEASURED:
        return f"{fact} was {was}, {_MEASURED[fact]} {limit}"
    if op == "==" or isinstance(observed, bool):
        return f"{fact} was {was}"
    return f"{fact} was {was}, {_COMPARED[op]} {limit}"


def _value(fact: str, value: object, record: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if fact in _MONEY_FACTS and isinstance(value, int):
        return _money(value, record)
    return str(value)


def _chosen(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((c for c in record["candidates"] if c["reason"] == "CHOSEN"), None)


def _depth(stated: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """How deep a candidate, or the outcome, is."""
    if stated["kind"] != "percent":
        return _money(stated["depth"], record)
    whole, part = divmod(stated["depth"], 100)
    return f"{whole}.{part:02d} %" if part else f"{whole} %"


def _money(minor: int, record: Mapping[str, Any]) -> str:
    return format_minor(minor, record["context"]["currency"])


def _millionths(value: int, record: Mapping[str, Any]) -> str:
    """Millionths of a minor unit, shown to a ten-thousandth of it."""
    currency = record["context"]["currency"]
    whole = to_major(value // 100, currency).scaleb(-4)
    return f"{whole:f} {currency}"


def _percent(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm % 10_000 // 100:02d} %"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
