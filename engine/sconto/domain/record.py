"""The decision record: one canonical JSON object with all that a replay or a reader needs.

It is stored in columns: what candidates share is written once. `readable` makes the object that
people and programs read of it, in which each candidate stands whole. Lines are referred to by their
index in `context.lines`; amounts are minor units of `context.currency`; probabilities are ppm;
times are integer microseconds UTC.

Format 3 is read by every later version.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from sconto.domain.budget import Draw, counted_budgets
from sconto.domain.candidate import Candidate
from sconto.domain.canonical import canonical
from sconto.domain.choice import POLICY, Ranked, Valued
from sconto.domain.codes import CodeResult
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.decision import Decision
from sconto.domain.findings import Finding
from sconto.domain.reasons import ReasonCode
from sconto.domain.scores import Scores

SCHEMA: Final = "sconto.decision/3"

LINES: Final = (
    "line_id", "product_id", "category", "department", "brand", "quantity", "list_price",
    "unit_cost", "facts",
)  # fmt: skip
"""The columns of basket lines."""
OFFERS: Final = ("offer_id", "kind", "lane")
"""The columns of offers."""
CANDIDATES: Final = ("offer", "depth", "discount", "on", "parts", "reason")
"""The columns of candidates; offers and line sets are referred to by their index."""
SCORES: Final = ("probability_ppm", "baseline_ppm", "spread_ppm", "doubt_ppm")
"""The columns of scores, of the candidates that are allowed alone, in their order."""
VALUES: Final = (
    "probability_ppm", "baseline_ppm", "spread_ppm", "doubt_ppm", "due_ppm", "margin", "cost",
    "offering", "charge", "gain", "least_gain",
)  # fmt: skip
"""The columns of what these candidates are worth: every number that their gain was made of."""
ALONE, REVIEW, STACKED = "alone", "review", "stacked"
ABOVE_CEILING: Final = "above_ceiling"
"""The key of an outcome that is there only where a price stays above a ceiling."""
"""What a verdict speaks against: a candidate alone, or on top of what earlier lanes gave; or it
asks a person to look at it."""
MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that every reader of JSON holds exactly (RFC 8785, RFC 7493)."""
ROWS: Final = "rows"
"""The key of a table under which the number of its rows stands."""


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
    replaces: str = ""
    """The decision about the same basket as it was before; empty for none."""
    caller: str = ""
    """Who asked, where the server knows its callers."""


Columns = Mapping[str, Any]
"""A record as it is stored."""


def stored(decision: Decision, provenance: Provenance) -> bytes:
    """The record of *decision* as it is stored."""
    return canonical(columns_of(decision, provenance))


def columns_of(decision: Decision, provenance: Provenance) -> Columns:
    """The record of *decision* in columns, ready for `canonical`."""
    replaces = {"replaces": provenance.replaces} if provenance.replaces else {}
    shop = decision.ruleset.exchange.shop_currency
    return {
        **replaces,
        **({"caller": provenance.caller} if provenance.caller else {}),
        **({"shop_currency": shop} if shop else {}),
        "schema": SCHEMA,
        "decision_id": provenance.decision_id,
        "request_id": provenance.request_id,
        "received_us": provenance.received_us,
        "engine": dict(provenance.engine),
        "ruleset": decision.ruleset.digest,
        "model": _model(decision.scores, provenance.model),
        "context": _context(decision.context),
        "segments": dict(decision.shortlist.segments),
        "laws": _laws(decision),
        "budgets": dict(decision.view),
        "outcome": _outcome(decision),
        **_Candidates(decision).columns(),
    }


def table(names: Sequence[str], columns: Iterable[Sequence[Any]], rows: int) -> Columns:
    """*columns* called *names*, *rows* high; one with a single value throughout has it once."""
    made: dict[str, Any] = {ROWS: rows}
    if rows:
        for name, column in zip(names, columns, strict=True):
            made[name] = column[:1] if column.count(column[0]) == rows else column
    return made


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
        "lines": table(LINES, zip(*map(_line, context.lines), strict=True), len(context.lines)),
        "offer_ids": list(context.offer_ids),
        **({"measured": measured} if (measured := _measured(context.lines)) else {}),
        **({"codes": [list(code) for code in context.codes]} if context.codes else {}),
        **({"other_lines": list(map(list, others))} if (others := context.other_lines) else {}),
    }  # fmt: skip


def _line(line: Line) -> tuple[Any, ...]:
    return (
        line.line_id, line.product_id, line.category, line.department, line.brand, line.quantity,
        line.list_price, line.unit_cost, dict(line.facts),
    )  # fmt: skip


def _measured(lines: Sequence[Line]) -> list[list[Any]]:
    """How much there is of the lines that are measured: [line, thousandths, unit]."""
    return [
        [i, line.measured.thousandths, line.measured.unit.value]
        for i, line in enumerate(lines)
        if line.measured is not None
    ]


def _laws(decision: Decision) -> dict[str, str]:
    """The law behind every rule that made a finding, and of every disclosure, by rule id."""
    laws = decision.ruleset.laws
    if not laws:
        return {}
    spoke = {f.rule_id for f in _all_findings(decision)} | {d.id for d in decision.disclosures}
    return {i: laws[i].cite for i in spoke if i in laws}


def _all_findings(decision: Decision) -> list[Finding]:
    _, findings, reviews = decision.shortlist.assessment
    found = [*chain.from_iterable(findings), *chain.from_iterable(reviews)]
    found += decision.above_ceiling
    for ranked in decision.choice.ranked:
        if ranked.on_top_of:
            found += ranked.findings + ranked.reviews
    return found


_NAMES: Final = {code: code.name for code in ReasonCode}
"""An enum's names take a while to ask for."""


class _Candidates:
    """The candidates of one decision as columns."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        self._counted = counted_budgets(decision.ruleset)
        self._refused: list[list[Any]] = []
        self._stacked: list[list[Any]] = []
        self._verdicts = _Verdicts()

    def columns(self) -> Columns:
        """All that the record says of candidates."""
        decision = self._decision
        candidates, findings, reviews = decision.shortlist.assessment
        ranked = iter(decision.choice.ranked)
        reasons: list[str] = []
        values: list[Valued] = []
        for number, (found, asked) in enumerate(zip(findings, reviews, strict=True)):
            if asked:
                self._verdicts.add(REVIEW, number, asked)
            if found:
                self._verdicts.add(ALONE, number, found)
                reasons.append(_NAMES[found[0].code])
                continue
            rank = next(ranked)
            reasons.append(_NAMES[rank.code])
            if rank.valued is not None:
                values.append(rank.valued)
            if rank.refused is not None or rank.on_top_of:
                self._rank(number, rank)
        made: dict[str, Any] = {
            **_priced(candidates, reasons),
            "verdicts": self._verdicts.columns(decision.ruleset.rule_bits),
            "refused": self._refused,
            "stacked": self._stacked,
        }
        scores = decision.scores
        if scores is not None:
            made["scores"] = _scores(scores)
            made["values"] = _values(values)
        return made

    def _rank(self, number: int, ranked: Ranked) -> None:
        if ranked.refused is not None:
            self._refused.append([number, draw(ranked.refused, self._counted)])
        if ranked.on_top_of:
            self._verdicts.add(STACKED, number, ranked.findings)
            stacked = [number, list(ranked.on_top_of), ranked.candidate.discount]
            self._stacked.append(stacked)


def _priced(candidates: Sequence[Candidate], reasons: Sequence[str]) -> Columns:
    """What candidates are, what became of each, and the offers and lines that they refer to."""
    if not candidates:
        return {"candidates": table((), (), 0), "offers": table((), (), 0), "line_sets": []}
    offers, depths, _, _, discounts, on, parts, _ = zip(*candidates, strict=True)
    named = {offer.id: offer for offer in offers}
    places = {offer_id: place for place, offer_id in enumerate(named)}
    sets = {lines: place for place, lines in enumerate(dict.fromkeys(on))}
    of_offer = [places[offer.id] for offer in offers]
    columns = (of_offer, depths, discounts, [sets[lines] for lines in on], parts, reasons)
    offered = zip(*[(o.id, o.kind.value, o.lane) for o in named.values()], strict=True)
    return {
        "candidates": table(CANDIDATES, columns, len(candidates)),
        "offers": table(OFFERS, offered, len(named)),
        "line_sets": list(sets),
    }


def _scores(scores: Scores) -> Columns:
    columns = (scores.probability_ppm, scores.baseline_ppm, scores.spread_ppm, scores.doubt_ppm)
    return table(SCORES, columns, len(scores.probability_ppm))


def _values(values: Sequence[Valued]) -> Columns:
    """The numbers of *values* as JSON can hold them: what is beyond 2**53 - 1 counts as that."""
    columns: Sequence[Sequence[int]] = list(zip(*values, strict=True))[: len(VALUES)]
    if columns and (max(map(max, columns)) > MAX_INTEGER or min(map(min, columns)) < -MAX_INTEGER):
        columns = [[min(max(n, -MAX_INTEGER), MAX_INTEGER) for n in column] for column in columns]
    return table(VALUES, columns, len(values))


_Verdict = tuple[str, ReasonCode, str, str, tuple[tuple[str, str, FactValue], ...]]
"""What speaks, how, by which rule, about which line, and what it compares with what."""


_About = tuple[list[int], list[tuple[FactValue | None, ...]]]
"""The candidates that a verdict is about, by number, and for each what was observed."""


class _Verdicts:
    """What spoke against candidates, by rule: what it compared, and the values that it saw."""

    def __init__(self) -> None:
        self._seen: dict[_Verdict, _About] = {}
        self._of: dict[tuple[str, int], tuple[_About, tuple[FactValue | None, ...]]] = {}
        """Where a finding is held, and what it observed, by its identity: many share one."""

    def add(self, against: str, number: int, findings: Iterable[Finding]) -> None:
        """Note that *findings* speak so against candidate *number*."""
        for found in findings:
            known = self._of.get((against, id(found)))
            if known is None:
                compared = tuple([(c.fact, c.op, c.threshold) for c in found.clauses])
                verdict = (against, found.code, found.rule_id, found.line_id, compared)
                held = self._seen.setdefault(verdict, ([], []))
                known = held, tuple([c.observed for c in found.clauses])
                self._of[against, id(found)] = known
            (candidates, values), observed = known
            candidates.append(number)
            values.append(observed)

    def columns(self, rule_bits: Mapping[str, int]) -> list[list[Any]]:
        """A row for each verdict, in the order of rules."""
        ordered = sorted(self._seen.items(), key=lambda item: rule_bits.get(item[0][2], 0))
        return [
            [against, code.name, rule, line, compared, candidates, _shared(values)]
            for (against, code, rule, line, compared), (candidates, values) in ordered
        ]


def _shared(values: Sequence[Any]) -> Sequence[Any]:
    """*values*, or the one that they all are."""
    return values[:1] if values.count(values[0]) == len(values) else values


def priced(candidate: Candidate) -> dict[str, Any]:
    """A candidate on its own, as `outcome` has those that are given."""
    return {
        "offer_id": candidate.offer.id,
        "kind": candidate.offer.kind.value,
        "lane": candidate.offer.lane,
        "depth": candidate.depth,
        "discount": candidate.discount,
        "allocation": [list(part) for part in candidate.allocation],
    }


def finding(found: Finding) -> dict[str, Any]:
    """A finding: its clauses are [fact, comparison, threshold, observed]."""
    return {
        "reason": found.code.name,
        "rule": found.rule_id,
        "line_id": found.line_id,
        "clauses": [[c.fact, c.op, c.threshold, c.observed] for c in found.clauses],
    }


def draw(drawn: Draw, counted: frozenset[str]) -> dict[str, Any]:
    """A draw on a budget; those in *counted* count discounts."""
    return {
        "budget": drawn.budget_id,
        "measure": "count" if drawn.budget_id in counted else "amount",
        "key": drawn.key,
        "amount": drawn.amount,
        "limit": drawn.limit,
        "pace": drawn.pace,
    }


def _outcome(decision: Decision) -> dict[str, Any]:
    choice, counted = decision.choice, counted_budgets(decision.ruleset)
    return {
        "discounts": [priced(candidate) for candidate in choice.stack.candidates],
        "discount": choice.stack.discount,
        "reason": decision.reason.name,
        "rung": decision.rung.name,
        "rung_cause": decision.cause.name,
        "policy": POLICY,
        "group": choice.assignment.group.value,
        "action_propensity_ppm": choice.propensity_ppm,
        "net_totals": list(decision.net_totals),
        "reserved": [draw(d, counted) for d in decision.draws],
        "expires_us": decision.expires_us,
        "disclosures": [[d.id, d.text] for d in decision.disclosures],
        "reviews": [finding(f) for f in decision.reviews],
        "recheck": list(decision.broken),
        **(
            {ABOVE_CEILING: above}
            if (above := [finding(f) for f in decision.above_ceiling])
            else {}
        ),
        **({"codes": list(map(_code_result, decision.codes))} if decision.codes else {}),
    }


def _code_result(result: CodeResult) -> dict[str, Any]:
    """What became of a code; `reason` is there for one that is valid and opened nothing given."""
    reason = {"reason": result.reason.name} if result.reason else {}
    return {"status": result.status.name, "offer_ids": list(result.offer_ids), **reason}


def reasons_in(decision: Decision) -> frozenset[ReasonCode]:
    """Every reason code that the decision's record holds: what it can be found by."""
    found = {f.code for f in _all_findings(decision)}
    return frozenset({decision.reason, *found, *[r.code for r in decision.choice.ranked]})
