"""All warnings about rules that have no errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from sconto.domain.formula import DEPTH_SHARE
from sconto.domain.limits import LINE_FORMULA_FACTS
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding
from sconto.rulebook.compile.vocabulary import vocabulary
from sconto.rulebook.findings import Report
from sconto.rulebook.lint.ambiguous_offers import check_overlaps
from sconto.rulebook.lint.dates import check_expired, check_gaps, dated
from sconto.rulebook.lint.idle_tests import check_goods, check_tests
from sconto.rulebook.lint.impossible_conditions import check_unreachable
from sconto.rulebook.lint.impossible_offers import check_never
from sconto.rulebook.lint.languages import check_languages
from sconto.rulebook.lint.money import check_money
from sconto.rulebook.lint.places import check_places
from sconto.rulebook.lint.redundant_rules import check_shadows
from sconto.rulebook.lint.simple import (
    check_budgets,
    check_engine_limits,
    check_exercised,
    check_offers,
)
from sconto.rulebook.lint.spelling import check_spelling
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.unguarded_days import check_guarded
from sconto.rulebook.lint.units import check_units
from sconto.rulebook.lint.unused import check_used
from sconto.rulebook.lint.worth import check_worth
from sconto.rulebook.read.library import Located

Progress = Callable[[str], None]
"""Told what is looked at next."""

CHECKS: Final[Sequence[tuple[str, Callable[[Subject], None]]]] = (
    ("texts", check_spelling),
    ("whether there are offers", check_offers),
    ("what is never used", check_used),
    ("texts for shoppers", check_languages),
    ("money that defeats itself", check_money),
    ("places of sale", check_places),
    ("budgets", check_budgets),
    ("what can never be worth it", check_worth),
    ("limits of the rule engine", check_engine_limits),
    ("days without a guardrail", check_guarded),
    ("what can never be given", check_never),
    ("what can never be true", check_unreachable),
    ("what adds nothing", check_shadows),
    ("what competes without an order", check_overlaps),
    ("what no test exercises", check_exercised),
    ("goods of tests", check_goods),
    ("tests that can't fail", check_tests),
)


def warnings_of(
    ruleset: Ruleset | None, documents: Sequence[Located], today: date, progress: Progress
) -> tuple[RuleFinding, ...]:
    """What the rules of *documents*, which make *ruleset*, probably were not meant to say.

    Without a ruleset they are legal packs.
    """
    if ruleset is None:
        return _warnings_of_packs(documents)
    subject = Subject(ruleset, documents, today, Report())
    places = vocabulary(subject.library, subject.ruleset.currency).formula_places
    progress("dates and units")
    check_units(documents, places, subject.report)
    things = dated(documents)
    check_expired(things, today, subject.report)
    check_gaps(things, subject.report)
    for what, check in CHECKS:
        progress(what)
        check(subject)
    return subject.report.findings


def _warnings_of_packs(packs: Sequence[Located]) -> tuple[RuleFinding, ...]:
    report = Report()
    declared = [name for pack in packs for name in getattr(pack.doc, "facts", ())]
    places = dict.fromkeys([*LINE_FORMULA_FACTS, DEPTH_SHARE, *declared], 2)
    for pack in packs:
        check_units([pack], places, report)
    check_gaps(dated(packs), report)
    return report.findings
