"""The decision record: one canonical JSON object with all that a replay or a reader needs.

Lines are referred to by their index in `context.lines`; amounts are minor units of
`context.currency`; probabilities are ppm; times are integer microseconds UTC.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from oracle.budget import Draw
from oracle.candidate import Candidate
from oracle.choice import POLICY, Ranked, Valued
from oracle.codes import CodeResult
from oracle.decision import Decision
from oracle.shortlist import Assessed, Finding
from sconto.domain.context import DecisionContext, Line
from sconto.domain.reasons import ReasonCode
from sconto.domain.scores import Scores

SCHEMA: Final = "sconto.decision/3"

OF_SCORES: Final = frozenset({"digest", "outcome", "unknown", "assumed", "features"})
"""The keys of a record's model that are of its scores; the others describe the model."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a record says about its making that the decision itself does not depend on."""

    decision_id: str
    request_id: str
    received_us: int
    engine: Mapping[str, str]
    """Versions: of Sconto, and which rule engine judged."""
    model: Mapping[str, str]
    """What served the scores (digest, feature schema, runtime); empty without a model."""


def record_of(decision: Decision, provenance: Provenance) -> dict[str, Any]:
    """The record of *decision*, ready for `canonical`."""
    return {
        "schema": SCHEMA,
        "decision_id": provenance.decision_id,
        "request_id": provenance.request_id,
        "received_us": provenance.received_us,
        "engine": dict(provenance.engine),
        "ruleset": decision.ruleset_digest,
        "model": _model(decision.scores, provenance.model),
        "context": _context(decision.context),
        "segments": dict(decision.shortlist.segments),
        "laws": _laws(decision),
        "candidates": _candidates(decision),
        "budgets": dict(decision.view),
        "outcome": _outcome(decision),
    }


def _model(scores: Scores | None, described: Mapping[str, str]) -> dict[str, Any] | None:
    if scores is None:
        return None
    return {
        **described,
        "digest": scores.model_digest,
        "outcome": scores.outcome.value,
        "unknown": list(scores.unknown),
        "assumed": scores.assumed,
        "features": base64.b64encode(scores.features).decode(),
    }


def _context(context: DecisionContext) -> dict[str, Any]:
    moment = context.moment
    return {
        "user_ref": context.user_ref,
        "channel": context.channel,
        "jurisdiction": context.jurisdiction,
        "currency": context.currency,
        "as_of_us": moment.as_of_us,
        "zone": moment.zone,
        "local_date": moment.local_date.isoformat(),
        "weekday": moment.weekday,
        "hour": moment.hour,
        "tzdata": moment.tzdata,
        "elsewhere": {
            zone: [day.isoformat(), hour] for zone, (day, hour) in moment.elsewhere.items()
        },
        "consents": dict(context.consents),
        "shopper": dict(context.shopper),
        "signals": dict(context.signals),
        "behaviour_seq": context.behaviour_seq,
        "lines": [_line(line) for line in context.lines],
        "offer_ids": list(context.offer_ids),
        **({"codes": [[code.set_id, code.ref] for code in context.codes]} if context.codes else {}),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "product_id": line.product_id,
        "category": line.category,
        "department": line.department,
        "brand": line.brand,
        "quantity": line.quantity,
        "list_price": line.list_price,
        "unit_cost": line.unit_cost,
        "facts": dict(line.facts),
        **_measured(line),
    }


def _measured(line: Line) -> dict[str, Any]:
    if line.measured is None:
        return {}
    return {"measured": [line.measured.thousandths, line.measured.unit.value]}


def _laws(decision: Decision) -> dict[str, str]:
    """The law behind every rule that spoke or is owed, by rule id."""
    spoke = {f.rule_id for f in _spoken(decision)} | {d.id for d in decision.disclosures}
    return {i: law.cite for i, law in decision.laws.items() if i in spoke}


def _spoken(decision: Decision) -> Iterator[Finding]:
    yield from decision.above_ceiling
    for assessed in decision.shortlist.assessed:
        yield from (*assessed.findings, *assessed.reviews)
    for ranked in decision.choice.ranked:
        yield from (*ranked.assessed.findings, *ranked.assessed.reviews)


def _candidates(decision: Decision) -> list[dict[str, Any]]:
    ranked = {r.candidate.id: r for r in decision.choice.ranked}
    return [
        _candidate(a, ranked.get(a.candidate.id), decision.counted)
        for a in decision.shortlist.assessed
    ]


def _candidate(
    assessed: Assessed, ranked: Ranked | None, counted: frozenset[str]
) -> dict[str, Any]:
    """A candidate as it stood alone, and under `stacked` on top of what earlier lanes gave."""
    entry = _priced(assessed.candidate)
    entry["reason"] = (ranked.code if ranked else assessed.findings[0].code).name
    entry["findings"] = [_finding(f) for f in assessed.findings]
    if assessed.reviews:
        entry["reviews"] = [_finding(f) for f in assessed.reviews]
    if ranked is None:
        return entry
    if ranked.valued is not None:
        entry["value"] = _value(ranked.valued)
    if ranked.refused is not None:
        entry["refused"] = _draw(ranked.refused, counted)
    if ranked.on_top_of:
        entry["stacked"] = {
            "on_top_of": list(ranked.on_top_of),
            "discount": ranked.candidate.discount,
            "findings": [_finding(f) for f in ranked.assessed.findings],
        }
    return entry


def _value(valued: Valued) -> dict[str, int]:
    """Every number that the expected gain was made of."""
    return {
        "probability_ppm": valued.probability_ppm,
        "baseline_ppm": valued.baseline_ppm,
        "spread_ppm": valued.spread_ppm,
        "doubt_ppm": valued.doubt_ppm,
        "due_ppm": valued.due_ppm,
        "margin": valued.margin,
        "cost": valued.cost,
        "offering": valued.offering,
        "charge": valued.charge,
        "gain": valued.gain,
        "least_gain": valued.least_gain,
    }


def _priced(candidate: Candidate) -> dict[str, Any]:
    return {
        "offer_id": candidate.offer.id,
        "kind": candidate.offer.kind.value,
        "lane": candidate.offer.lane,
        "depth": candidate.depth,
        "discount": candidate.discount,
        "allocation": [list(part) for part in candidate.allocation],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "reason": finding.code.name,
        "rule": finding.rule_id,
        "line_id": finding.line_id,
        "clauses": [[c.fact, c.op, c.threshold, c.observed] for c in finding.clauses],
    }


def _draw(draw: Draw, counted: frozenset[str]) -> dict[str, Any]:
    return {
        "budget": draw.budget_id,
        "measure": "count" if draw.budget_id in counted else "amount",
        "key": draw.key,
        "amount": draw.amount,
        "limit": draw.limit,
        "pace": draw.pace,
    }


def _outcome(decision: Decision) -> dict[str, Any]:
    choice = decision.choice
    return {
        "discounts": [_priced(candidate) for candidate in choice.stack.candidates],
        "discount": choice.stack.discount,
        "reason": decision.reason.name,
        "rung": decision.rung.name,
        "rung_cause": decision.cause.name,
        "policy": POLICY,
        "group": choice.assignment.group.value,
        "action_propensity_ppm": choice.propensity_ppm,
        "net_totals": [price.net_total for price in decision.prices],
        "reserved": [_draw(d, decision.counted) for d in decision.draws],
        "expires_us": decision.expires_us,
        "disclosures": [[d.id, d.text] for d in decision.disclosures],
        "reviews": [_finding(f) for f in decision.reviews],
        "recheck": list(decision.broken),
        **(
            {"above_ceiling": [_finding(f) for f in decision.above_ceiling]}
            if decision.above_ceiling
            else {}
        ),
        **({"codes": [_code(result) for result in decision.codes]} if decision.codes else {}),
    }


def _code(result: CodeResult) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "status": result.status.name,
        "offer_ids": list(result.offer_ids),
    }
    return entry if result.reason is None else {**entry, "reason": result.reason.name}


def reasons_in(decision: Decision) -> frozenset[ReasonCode]:
    """Every reason code that the decision's record holds: what it can be found by."""
    spoken = {f.code for f in _spoken(decision)}
    return frozenset({decision.reason, *spoken, *(r.code for r in decision.choice.ranked)})
