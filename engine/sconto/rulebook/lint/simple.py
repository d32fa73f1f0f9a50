"""Warnings that need no solver: no offers, no budget, and limits of the rule engine in reach."""

from __future__ import annotations

from typing import Final

from sconto.domain.condition import Condition
from sconto.rulebook.documents.codes import CodesDoc
from sconto.rulebook.judge.conjunctions import (
    MAX_ALTERNATIVES,
    MAX_CONJUNCTIONS,
    conjunctions,
)
from sconto.rulebook.lint.subject import Place, Subject

IN_REACH: Final = 80
"""Per cent of a limit from which on it is in reach."""


def check_offers(subject: Subject) -> None:
    """Warn about rules without any offer."""
    if not subject.ruleset.offers:
        message = "there is no offer, so nobody gets a discount"
        advice = "add one in `offers/`, or put back the one that was removed last"
        subject.warn(subject.places["shop", "shop"], "SEM-029", message, advice)


def check_budgets(subject: Subject) -> None:
    """Warn about offers that may give without end."""
    opening = [doc for doc, _ in subject.library.codes]
    endless = {offer for doc in opening if not _ends(doc) for offer in doc.offers}
    ended = {offer for doc in opening for offer in doc.offers} - endless
    for doc, source in subject.library.offers:
        if not doc.budgets and doc.id not in ended:
            message = f"offer `{doc.id}` draws on no budget, so nothing ends it but its last day"
            subject.warn((source, ("id",)), "SEM-016", message, "add `budgets: [...]`")


def _ends(doc: CodesDoc) -> bool:
    """Whether a limit on everybody together bounds the uses of the codes of *doc*."""
    limits = doc.limits
    of_all = (limits.in_all, limits.per_day, limits.per_week, limits.per_month)
    return doc.single_use is True or any(of_all)


def check_engine_limits(subject: Subject) -> None:
    """Warn about rules, and rulesets, that come near what the rule engine can hold."""
    ruleset = subject.ruleset
    levels = [
        *([(s.id, s.condition) for s in level] for level in ruleset.segment_levels),
        list(ruleset.line_conditions.items()),
        [(rule.id, rule.condition) for rule in ruleset.rules],
    ]
    for level in levels:
        total = sum(_check_rule(subject, name, condition) for name, condition in level)
        if _near(total, MAX_CONJUNCTIONS):
            what = f"the rules have {total} alternatives in all, limit {MAX_CONJUNCTIONS}"
            _warn(subject, subject.places["shop", "shop"], what, "simplify or remove rules")


def _check_rule(subject: Subject, name: str, condition: Condition) -> int:
    alternatives = len(conjunctions(0, condition))
    if _near(alternatives, MAX_ALTERNATIVES):
        what = f"`{name}` has {alternatives} alternatives, limit {MAX_ALTERNATIVES}"
        _warn(subject, _place(subject, name), what, "split it into several rules")
    return alternatives


def _near(found: int, most: int) -> bool:
    return found * 100 >= most * IN_REACH


def _place(subject: Subject, name: str) -> Place:
    if ("segment", name) in subject.places and name not in subject.rules:
        return subject.places["segment", name]
    return subject.place(name)


def _warn(subject: Subject, place: Place, what: str, advice: str) -> None:
    subject.warn(place, "SEM-018", f"a limit of the rule engine is in reach: {what}", advice)


def check_exercised(subject: Subject) -> None:
    """Warn about rules of the shop that none of its tests exercises, where it has tests at all."""
    report = subject.ran
    if not report.ran:
        return
    for rule_id in report.coverage.untriggered_rules:
        if not subject.of_law(rule_id):
            message = f"in no test does `{rule_id}` withhold anything"
            advice = "write a case in `cases/` in which it withholds a discount, or remove the rule"
            subject.warn(subject.place(rule_id), "SEM-017", message, advice)
