"""What is linted: a ruleset with its documents, and where each of its rules stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import z3

from sconto.domain.condition import Condition, facts_needed
from sconto.domain.formula import formula_facts
from sconto.domain.ruleset import EligibilityRule, Guardrail, Rule, Ruleset
from sconto.domain.scope import Scope
from sconto.rulebook.cases.run import CasesReport, run_cases
from sconto.rulebook.cases.suite import test_documents
from sconto.rulebook.compile.amounts import as_written
from sconto.rulebook.compile.rules import RuleCompiler
from sconto.rulebook.compile.scopes import scopes
from sconto.rulebook.compile.vocabulary import vocabulary
from sconto.rulebook.documents.cases import CasesDoc, FixturesDoc
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.guardrail_kinds import BY_KEY
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.line_model import LineModel
from sconto.rulebook.lint.request_model import RequestModel
from sconto.rulebook.lint.solver import Answer, Problem
from sconto.rulebook.read.library import Library, Located, shelve

Place = tuple[Source, DocPath]


@dataclass(frozen=True, slots=False)
class Subject:
    """A ruleset without errors, to be looked at; warnings go to *report*."""

    ruleset: Ruleset
    documents: Sequence[Located]
    today: date
    report: Report
    _candidates: dict[tuple[str, int, bool], CandidateModel] = field(default_factory=dict)

    def warn(self, place: Place, code: str, message: str, advice: str) -> None:
        """Warn about what stands at *place*."""
        self.report.add(*place, code, message, advice)

    @cached_property
    def library(self) -> Library:
        """The documents by kind."""
        found = shelve(self.documents, {}, "", Report())
        assert found is not None  # noqa: S101 - a ruleset was made of them
        return found

    @cached_property
    def folder(self) -> Path:
        """Where the ruleset stands."""
        return Path(self.library.shop[1].file).parent

    @cached_property
    def tests(self) -> Sequence[tuple[FixturesDoc | CasesDoc, Source]]:
        """The test files of the ruleset."""
        return test_documents(self.folder, Report())

    @cached_property
    def ran(self) -> CasesReport:
        """What came out of the tests of the ruleset."""
        return run_cases(self.folder)

    @cached_property
    def compiler(self) -> RuleCompiler:
        """Compiles parts of documents, which have no errors."""
        shop, library = self.library.shop[0], self.library
        classes = scopes(library.classes[0] if library.classes else None)
        facts = vocabulary(library, shop.currency)
        places = frozenset(shop.jurisdictions)
        return RuleCompiler(as_written(shop.currency), classes, facts, places, Report())

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Place]:
        """Where each rule stands, by kind and id; rules of packs by kind `law`."""
        found: dict[tuple[str, str], Place] = {}
        for located in self.documents:
            found[located.doc.kind, located.id] = (located.source, ("id",))
            if isinstance(located.doc, LegalPackDoc):
                for i, rule in enumerate(located.doc.rules):
                    found["law", rule.id] = (located.source, ("rules", i, "id"))
        return found

    def place(self, rule_id: str) -> Place:
        """Where the eligibility rule or guardrail *rule_id* stands."""
        kinds = ("eligibility", "guardrail", "law")
        return next(self.places[kind, rule_id] for kind in kinds if (kind, rule_id) in self.places)

    def offer_place(self, offer_id: str) -> Place:
        """Where the offer stands."""
        return self.places["offer", offer_id]

    def of_law(self, rule_id: str) -> bool:
        """Whether the rule comes from a legal pack, which the shop does not write."""
        return ("law", rule_id) in self.places

    @cached_property
    def house_eligibility(self) -> tuple[EligibilityRule, ...]:
        """The shop's own eligibility rules and frequency caps."""
        return tuple(r for r in self.ruleset.eligibility if not self.of_law(r.id))

    @cached_property
    def house_guardrails(self) -> tuple[Guardrail, ...]:
        """The shop's own guardrails."""
        return tuple(g for g in self.ruleset.guardrails if not self.of_law(g.id))

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The compiled rules, by id."""
        return {rule.id: rule for rule in self.ruleset.rules}

    def candidate(self, offer_id: str, depth: int, *, plain: bool) -> CandidateModel:
        """The offer at *depth* as the solver knows it; made once."""
        key = (offer_id, depth, plain)
        if key not in self._candidates:
            offer = next(o for o in self.ruleset.offers if o.id == offer_id)
            self._candidates[key] = CandidateModel(self.request, offer, depth, plain=plain)
        return self._candidates[key]

    @cached_property
    def request(self) -> RequestModel:
        """The request as the solver knows it."""
        return RequestModel(self.ruleset)

    @cached_property
    def _any_line(self) -> tuple[LineModel, Problem]:
        line = LineModel(self.request, "line", z3.IntVal(1))
        return line, Problem([*self.request.given, *line.given])

    def meet(self, first: Scope, second: Scope) -> bool:
        """Whether some line is in both scopes."""
        line, problem = self._any_line
        return problem.ask(line.covered(first), line.covered(second)) is Answer.YES

    def candidates(self, rule: Rule | None = None) -> Iterator[tuple[str, int]]:
        """Every offer and depth that *rule* could be about."""
        for offer in self.ruleset.offers:
            if rule is None or not rule.offer_ids or offer.id in rule.offer_ids:
                yield from ((offer.id, depth) for depth in offer.ladder)


def facts_of(subject: Subject, rule_ids: Iterable[str]) -> frozenset[str]:
    """The facts of the request, the candidate and its lines that the rules look at."""
    ruleset = subject.ruleset
    found: set[str] = set()
    for rule_id in rule_ids:
        found |= expanded(subject.rules[rule_id].deny_when, ruleset)
        about = ruleset.line_conditions.get(rule_id)
        found |= expanded(about, ruleset) if about is not None else frozenset()
    for guardrail in ruleset.guardrails:
        if guardrail.id in set(rule_ids):
            found |= set(formula_facts(guardrail.formula)) if guardrail.formula else set()
            found |= set(BY_KEY[guardrail.kind.value].facts)
    return frozenset(found)


def expanded(condition: Condition, ruleset: Ruleset) -> frozenset[str]:
    """The facts of *condition*, with those of the segments that it names in their place."""
    segments = {f"segment.{s.id}": s.condition for level in ruleset.segment_levels for s in level}
    found: set[str] = set()
    waiting = list(facts_needed(condition))
    while waiting:
        fact = waiting.pop()
        if fact in segments:
            waiting += facts_needed(segments[fact])
        else:
            found.add(fact)
    return frozenset(found)
