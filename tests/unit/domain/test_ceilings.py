"""A price that stays above a ceiling is told, whatever is given."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from sconto.api.render import DEFAULT_FIELDS, decision_fields
from sconto.domain.condition import Comparison, Op
from sconto.domain.decision import Decision, decide_from_context
from sconto.domain.explain import explain
from sconto.domain.findings import Clause, Finding
from sconto.domain.formula import DEPTH_SHARE, Constant, FactRef, Operation
from sconto.domain.reasons import ReasonCode
from sconto.domain.record import Provenance, columns_of, reasons_in, stored
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.ruleset import Guardrail, GuardrailKind, Ruleset
from sconto.domain.scope import Scope
from support import builders, judges
from support.flipping import no_model

PROVENANCE = Provenance("d", "r", 1, {}, {})
CEILING = builders.guardrail("fixed", GuardrailKind.PRICE_CEILING, formula=Constant(Decimal(9)))
ABOVE = ReasonCode.ABOVE_PRICE_CEILING


def decided(ruleset: Ruleset) -> Decision:
    """The decision on one piece of cheese at 10.00."""
    judged = judges.reference(ruleset)
    return decide_from_context(builders.context(), ruleset, judged, no_model, {})


def rules(ceiling: Guardrail, depth: int = 500) -> Ruleset:
    """One offer of a *depth*, under a *ceiling*."""
    return builders.ruleset(builders.offer("cheese", depth), guardrails=[ceiling])


def test_it_is_in_record_reply_and_words() -> None:
    """5 % off leave 9.50, above 9.00: nothing is given, and the price is named."""
    decision = decided(rules(CEILING))
    record = read_record(stored(decision, PROVENANCE))
    reply = decision_fields(columns_of(decision, PROVENANCE), None, DEFAULT_FIELDS)

    line = builders.context().lines[0].line_id
    clause = Clause("line.net_total", "<=", 900, 1000)
    assert (Finding(ABOVE, "fixed", (clause,), line),) == decision.above_ceiling
    assert ["fixed"] == [f["rule"] for f in record["outcome"]["above_ceiling"]]
    assert [("fixed", line)] == [(f.rule_id, f.line_id) for f in reply["reviews"]]
    assert ABOVE in reasons_in(decision)
    told = " ".join(explain(record))
    assert "A price is above its ceiling, and no discount can be blamed for that" in told
    assert "line.net_total was 10.00 USD, the ceiling is 9.00 USD" in told


def test_it_is_told_where_there_is_no_offer() -> None:
    """What is wrong with a price does not hang on discounts."""
    wine = replace(builders.offer("wine", 500), scope=Scope(categories=frozenset({"WINE"})))

    assert decided(builders.ruleset(wine, guardrails=[CEILING])).above_ceiling


SHARE = Operation("*", FactRef("line.list_price"), FactRef(DEPTH_SHARE))


@pytest.mark.parametrize(
    "ruleset",
    [
        rules(CEILING, depth=1500),
        rules(replace(CEILING, jurisdictions=frozenset({"DE"}))),
        rules(replace(CEILING, line_when=Comparison("line.volume_ml", Op.GT, 1))),
        rules(replace(CEILING, formula=SHARE)),
    ],
    ids=["reached by the discount", "elsewhere", "not known of the line", "of what is claimed"],
)
def test_it_is_told_only_where_it_is_so(ruleset: Ruleset) -> None:
    """The record has no key for it then, as before."""
    decision = decided(ruleset)

    assert () == decision.above_ceiling
    assert "above_ceiling" not in read_record(stored(decision, PROVENANCE))["outcome"]


def test_records_from_before_replay_to_their_bytes() -> None:
    """Those with it, and those that were written before it was looked for."""
    ruleset = rules(CEILING)
    now = stored(decided(ruleset), PROVENANCE)
    then = stored(replace(decided(ruleset), above_ceiling=()), PROVENANCE)

    assert now != then
    for raw in (now, then):
        assert raw == replay(read_record(raw), ruleset, judges.reference(ruleset))
