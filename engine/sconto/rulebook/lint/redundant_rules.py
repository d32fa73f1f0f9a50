"""Rules that never add anything, because another one withholds the same and more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import z3

from sconto.domain.condition import conjuncts
from sconto.domain.formula import DEPTH_SHARE, formula_facts
from sconto.domain.ruleset import Guardrail, Rule
from sconto.domain.shortlist import Assessed
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.example_baskets import basket_in_which
from sconto.rulebook.lint.facts import truths
from sconto.rulebook.lint.guardrail_model import withholds
from sconto.rulebook.lint.impossible_conditions import can_deny
from sconto.rulebook.lint.line_model import LineModel
from sconto.rulebook.lint.solver import Answer, Problem, Term
from sconto.rulebook.lint.subject import Subject, expanded, facts_of
from sconto.rulebook.lint.text import basket

TOUCHED = 3
"""Lines of the baskets in which limits are compared, beside one that nothing comes off."""


def check_shadows(subject: Subject) -> None:
    """Warn about eligibility rules and guardrails of the shop that another of its own covers."""
    covered: dict[str, str] = {}
    for rule_id, others in _questions(subject):
        # Of two that say the same, one is kept.
        asked = [other for other in others if covered.get(other) is None]
        other = _first_covering(subject, rule_id, asked)
        if other is not None:
            covered[rule_id] = other
    for rule_id, other in sorted(covered.items()):
        _warn(subject, rule_id, other)


def _questions(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """Each rule, the last first, with those that could cover it."""
    rules = [subject.rules[r.id] for r in subject.house_eligibility]
    families = {rule.id: _families(subject, rule) for rule in rules}
    for rule in reversed(rules):
        # Without a fact in common neither can follow from the other.
        related = (o for o in rules if o is not rule and families[o.id] & families[rule.id])
        yield rule.id, [other.id for other in related if not other.review]
    limits = [g.id for g in subject.house_guardrails]
    for limit in reversed(limits):
        yield limit, [other for other in limits if other != limit]


def _families(subject: Subject, rule: Rule) -> set[str]:
    facts = expanded(rule.deny_when, subject.ruleset)
    return {"candidate" if f.startswith(("candidate.", "offer.")) else f for f in facts}


def _first_covering(subject: Subject, rule_id: str, others: Sequence[str]) -> str | None:
    limits = {g.id: g for g in subject.house_guardrails}
    if rule_id in limits:
        undercut = (o for o in others if _undercut(subject, limits[rule_id], limits[o]))
        return next(undercut, None)
    rule = subject.rules[rule_id]
    left = [subject.rules[other] for other in others]
    for plain in (True, False):
        for offer, depth in subject.candidates(rule):
            left = _not_refuted(subject.candidate(offer, depth, plain=plain), rule, left)
    return left[0].id if left and can_deny(subject, rule) else None


def _not_refuted(given: CandidateModel, rule: Rule, others: list[Rule]) -> list[Rule]:
    """Those of *others* that withhold *given* whenever *rule* does.

    One way in which *rule* withholds it and another does not is mostly one of many.
    """
    own = given.withheld_by(rule)
    left, proved = list(others), []
    while left:
        other = left.pop(0)
        if given.problem.ask(own, z3.Not(given.withheld_by(other))) is Answer.NO:
            proved.append(other)
            continue
        model = given.problem.model(own, z3.Not(given.withheld_by(other)))
        if model is not None:
            left = [o for o in left if _true_in(model, given.withheld_by(o))]
    return proved


def _true_in(model: Any, term: Term) -> bool:
    return str(model.eval(term, model_completion=True)) == "True"


def _undercut(subject: Subject, limit: Guardrail, other: Guardrail) -> bool:
    """Whether *other* withholds wherever *limit* does, whatever comes off whichever lines."""
    if other.review or any(_hangs_on_depth(g) for g in (limit, other)):
        return False
    shelf = _Shelf(subject)
    passed, also = shelf.withheld(limit), shelf.withheld(other)
    problem = shelf.problem()
    return problem.ask(passed) is Answer.YES and problem.ask(passed, z3.Not(also)) is Answer.NO


def _hangs_on_depth(guardrail: Guardrail) -> bool:
    return guardrail.formula is not None and DEPTH_SHARE in formula_facts(guardrail.formula)


class _Shelf:
    """Some lines off which anything may come, by no offer in particular."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._request = subject.request
        names = [f"line{i}" for i in range(TOUCHED)]
        self._lines = [LineModel(self._request, name, z3.IntVal(1)) for name in names]
        self._untouched = [LineModel(self._request, "other", z3.IntVal(1), carries=False)]

    def withheld(self, guardrail: Guardrail) -> Term:
        """Whether *guardrail* withholds."""
        passed = withholds(guardrail, self._lines, self._untouched, 0)
        touched = z3.Or([line.covered(guardrail.scope) for line in self._lines])
        headroom = z3.And(passed, touched)
        rule = self._subject.rules[guardrail.id]
        # The rule asks for the day, the place, and the headroom that is given here.
        held = [p for p in conjuncts(rule.condition) if p != rule.deny_when]
        return z3.And(headroom, *(truths(part, self._request.facts).true for part in held))

    def problem(self) -> Problem:
        """What always holds."""
        lines = [*self._lines, *self._untouched]
        nothing = [self._untouched[0].off == 0, self._untouched[0].before == 0]
        given = [term for line in lines for term in line.given]
        return Problem([*self._request.given, *given, *nothing])


def _warn(subject: Subject, rule_id: str, other_id: str) -> None:
    guardrail = any(g.id == rule_id for g in subject.house_guardrails)
    what = "guardrail" if guardrail else "rule"
    verb = "is always undercut by" if guardrail else "never adds anything beside"
    message = f"{what} `{rule_id}` {verb} `{other_id}`, which withholds whatever it withholds"
    example = _example(subject, rule_id, other_id)
    advice = "remove it, or change what it says"
    full_advice = f"{advice}; both speak on {example}" if example else advice
    subject.warn(subject.place(rule_id), "SEM-001", message, full_advice)


def _example(subject: Subject, rule_id: str, other_id: str) -> str:
    """A basket of which both withhold a candidate, which the core confirms."""
    rule, other = subject.rules[rule_id], subject.rules[other_id]
    for offer, depth in subject.candidates(rule):
        given = subject.candidate(offer, depth, plain=True)
        terms = [given.denied_by(rule), given.denied_by(other)]

        def both(assessed: Mapping[str, Assessed], name: str = given.name) -> bool:
            triggered = {f.rule_id for f in (*assessed[name].findings, *assessed[name].reviews)}
            return {rule_id, other_id} <= triggered

        context = basket_in_which(given, terms, both, subject.today)
        if context is not None:
            facts = facts_of(subject, [rule_id, other_id])
            return basket(context, facts, subject.ruleset)
    return ""
