"""What a ruleset gives for one logged request, in the few words that a backtest adds up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sconto.domain.budget import Draw, counted_budgets
from sconto.domain.decision import Decision
from sconto.domain.exchange import SAME
from sconto.domain.findings import Finding
from sconto.domain.money import BP_ONE
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset

REFUSED_REQUEST = "INVALID_REQUEST"
"""Stands for a reason when a ruleset would not have taken the request at all."""


@dataclass(frozen=True, slots=True)
class Given:
    """A discount that is given; amounts in minor units of the shop's currency, but its depth."""

    offer_id: str
    depth: int
    discount: int
    supplier: int
    """What the supplier pays back of it."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a decision takes from a ledger key."""

    budget_id: str
    key: str
    amount: int
    limit: int
    counted: bool
    """Whether it counts discounts instead of adding up money."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A candidate that rules allowed and a budget could not cover, and why."""

    use: Use
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one request, and what stood in the way of others."""

    given: tuple[Given, ...]
    reason: str
    uses: tuple[Use, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why candidates were not given; each reason once, sorted."""
    rules: tuple[str, ...] = ()
    """The rules and guardrails that withheld a candidate, each once, sorted."""
    missing: tuple[str, ...] = ()
    """The facts for want of which a candidate was withheld."""
    segments: tuple[str, ...] = ()
    """The segments the shopper is in."""
    gain: int = 0
    """What was expected of it when it was decided, millionths of a minor unit; 0 unscored."""
    not_scored: bool = False
    """Whether a candidate had no score, so that the rules-only rung decided."""

    @property
    def discount(self) -> int:
        """What comes off in all, minor units."""
        return sum(given.discount for given in self.given)

    @property
    def cost(self) -> int:
        """What it costs the shop, minor units."""
        return sum(given.discount - given.supplier for given in self.given)


def outcome_of(decision: Decision, *, not_scored: bool) -> Outcome:
    """The outcome that *decision* is."""
    ranked = {r.candidate.id: r for r in decision.choice.ranked}
    assessed = decision.shortlist.assessed
    codes = {
        r.code if (r := ranked.get(a.candidate.id)) else a.findings[0].code for a in assessed
    } - {ReasonCode.CHOSEN}
    findings = [f for a in assessed for f in a.findings]
    findings += [f for r in ranked.values() for f in r.findings]
    counted, in_shop = counted_budgets(decision.ruleset), decision.ruleset.exchange.to_shop
    return Outcome(
        given=tuple(
            Given(c.offer.id, c.depth, in_shop(c.discount), in_shop(c.supplier_pays))
            for c in decision.stack.candidates
        ),
        reason=decision.reason.name,
        uses=tuple(_use(draw, counted) for draw in decision.draws),
        refusals=_once(
            Refusal(_use(r.refused, counted), r.code.name)
            for r in decision.choice.ranked
            if r.refused is not None
        ),
        reasons=tuple(sorted(code.name for code in codes)),
        rules=_named(f.rule_id for f in findings),
        missing=_named(map(_missing, findings)),
        segments=_named(name for name, inside in decision.shortlist.segments.items() if inside),
        gain=in_shop(sum(r.gain for r in decision.choice.ranked if r.code is ReasonCode.CHOSEN)),
        not_scored=not_scored,
    )


def _missing(finding: Finding) -> str:
    return finding.missing_fact


def _use(draw: Draw, counted: frozenset[str]) -> Use:
    # The view may be watched, the draw never is: its amounts are plain.
    return Use(draw.budget_id, draw.key, draw.amount, draw.limit, draw.budget_id in counted)


def _once(refusals: Iterator[Refusal]) -> tuple[Refusal, ...]:
    """Each budget and reason once, whatever number of candidates it refused."""
    found: dict[tuple[str, str], Refusal] = {}
    for refusal in refusals:
        found.setdefault((refusal.use.key, refusal.code), refusal)
    return tuple(found[name] for name in sorted(found))


def _named(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {""}))


def logged_outcome(record: Mapping[str, Any], ruleset: Ruleset | None) -> Outcome:
    """What was really decided, from its *record*, and the *ruleset* of it where that is known."""
    outcome, candidates = record["outcome"], record["candidates"]
    in_shop = (ruleset.exchange if ruleset else SAME).to_shop
    given = {d["offer_id"] for d in outcome["discounts"]}
    offers = (o for o in ruleset.offers if o.id in given) if ruleset and given else ()
    supplier_bp = {o.id: o.supplier_share_bp for o in offers}
    findings = [
        f for c in candidates for f in (*c["findings"], *c.get("stacked", {}).get("findings", ()))
    ]
    return Outcome(
        given=tuple(
            Given(
                g["offer_id"],
                g["depth"],
                in_shop(g["discount"]),
                in_shop(g["discount"] * supplier_bp.get(g["offer_id"], 0) // BP_ONE),
            )
            for g in outcome["discounts"]
        ),
        reason=outcome["reason"],
        uses=tuple(map(_stored_use, outcome["reserved"])),
        refusals=_once(
            Refusal(_stored_use(c["refused"]), c["reason"]) for c in candidates if "refused" in c
        ),
        reasons=_named(c["reason"] for c in candidates if c["reason"] != ReasonCode.CHOSEN.name),
        rules=_named(f["rule"] for f in findings),
        missing=_named(_stored_missing(f) for f in findings),
        segments=_named(name for name, inside in record["segments"].items() if inside),
        gain=in_shop(
            sum(
                c["value"]["gain"]
                for c in candidates
                if c["reason"] == ReasonCode.CHOSEN.name and "value" in c
            )
        ),
    )


def _stored_use(draw: Mapping[str, Any]) -> Use:
    counted = draw["measure"] == "count"
    return Use(draw["budget"], draw["key"], draw["amount"], draw["limit"], counted)


def _stored_missing(finding: Mapping[str, Any]) -> str:
    if finding["reason"] != ReasonCode.FACT_MISSING.name:
        return ""
    return next((fact for fact, _, _, seen in finding["clauses"] if seen is None), "")
