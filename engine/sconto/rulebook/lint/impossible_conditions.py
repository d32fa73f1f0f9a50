"""Rules and conditions that can never be true, and segments of nobody or everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import z3

from sconto.domain.condition import All, AnyOf, Condition, conjuncts
from sconto.domain.facts import CANDIDATE_FACTS
from sconto.domain.money import BP_ONE
from sconto.domain.ruleset import FactType, Rule
from sconto.rulebook.compile.conditions import Item, items_of
from sconto.rulebook.documents.base import ConditionDoc
from sconto.rulebook.findings import DocPath, Source
from sconto.rulebook.lint.facts import Facts, Number, truths
from sconto.rulebook.lint.line_model import LineModel
from sconto.rulebook.lint.request_model import KNOWN, RequestModel
from sconto.rulebook.lint.solver import Answer, Problem, Term
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.text import condition


def check_unreachable(subject: Subject) -> None:
    """Warn about what can never be true in segments and eligibility rules."""
    reading = _Reading(subject)
    dead = _check_segments(subject, reading) | _check_rules(subject, reading)
    for doc, source in subject.library.segments:
        if doc.id not in dead:
            reading.branches(doc.when, ("when",), source, [])
    for rule_doc, source in subject.library.eligibility:
        if rule_doc.id in dead:
            continue
        where = reading.offers(subject.rules[rule_doc.id])
        for key in ("deny_when", "require"):
            part: ConditionDoc | None = getattr(rule_doc, key)
            if part is not None:
                reading.branches(part, (key,), source, where)
    lines = [(doc.id, doc.line_when, source) for doc, source in subject.library.eligibility]
    lines += [(doc.id, doc.line_when, source) for doc, source in subject.library.guardrails]
    for rule_id, line_when, source in lines:
        if line_when is not None and rule_id not in dead:
            reading.line_branches(line_when, source)


def _check_segments(subject: Subject, reading: _Reading) -> set[str]:
    """Segments of nobody or everybody, reported; their ids."""
    found = set()
    conditions = {s.id: s.condition for level in subject.ruleset.segment_levels for s in level}
    for doc, source in subject.library.segments:
        whole = conditions[doc.id]
        if reading.ask(truths(whole, reading.facts).true) is Answer.NO:
            message = f"nobody is ever in segment `{doc.id}`: {reading.why(whole)}"
            place = (source, ("when",))
            subject.warn(place, "SEM-004", message, "mend the condition, or remove the segment")
            found.add(doc.id)
            continue
        when = subject.compiler.of_request(doc.when, ("when",), source)
        days = [truths(day, reading.facts).true for day in conjuncts(whole)[:2]]
        if reading.ask(*days, truths(when, reading.facts).false) is Answer.NO:
            message = f"everybody is in segment `{doc.id}`: {condition(when, subject.ruleset)} "
            message += "is never false"
            advice = "mend the condition, or remove the segment and whatever asks for it"
            subject.warn((source, ("when",)), "SEM-005", message, advice)
            found.add(doc.id)
    return found


def _check_rules(subject: Subject, reading: _Reading) -> set[str]:
    """Rules that never deny, reported; their ids."""
    found = set()
    for rule in subject.house_eligibility:
        compiled = subject.rules[rule.id]
        if can_deny(subject, compiled):
            continue
        found.add(rule.id)
        message = f"rule `{rule.id}` never denies anything: {_why_silent(compiled, reading)}"
        advice = "mend the condition, or remove the rule"
        subject.warn(subject.place(rule.id), "SEM-002", message, advice)
    return found


def can_deny(subject: Subject, rule: Rule) -> bool:
    """Whether *rule* is true of some candidate, or may be."""
    candidates = list(subject.candidates(rule))
    for plain in (True, False):
        for offer, depth in candidates:
            given = subject.candidate(offer, depth, plain=plain)
            if given.problem.ask(given.denied_by(rule)) is not Answer.NO:
                return True
    return not candidates


def _why_silent(rule: Rule, reading: _Reading) -> str:
    days = reading.days(rule)
    alone = reading.ask(*days, truths(rule.deny_when, reading.facts).true)
    if alone is not Answer.NO:
        return "no candidate of the offers and lines that it is about comes to it"
    if isinstance(rule.deny_when, AnyOf):
        return "what it requires always holds"
    return reading.why(rule.deny_when, days)


class _Reading:
    """Asks about conditions apart from any basket: over all facts that requests can have."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._request = RequestModel(subject.ruleset)
        self.facts: Facts = {**self._request.facts, **_candidate_facts(self._request)}
        self._line = LineModel(self._request, "line", z3.Int("line.pieces"))
        self._problem = Problem([*self._request.given, *self._line.given, *_ranges(self.facts)])

    def ask(self, *terms: Term) -> Answer:
        """Whether *terms* can hold."""
        return self._problem.ask(*terms)

    def days(self, rule: Rule) -> list[Term]:
        """That the day is one on which *rule* is in force."""
        return [truths(part, self.facts).true for part in conjuncts(rule.condition)[:2]]

    def why(self, never: Condition, always: Sequence[Term] = ()) -> str:
        """The parts of *never*, which can't be true, that exclude each other."""
        parts = {condition(p, self._subject.ruleset): p for p in conjuncts(never)}
        wished = {text: truths(part, self.facts).true for text, part in parts.items()}
        core = self._problem.why_not(wished, always) or tuple(parts)
        if len(core) == 1:
            return f"{core[0]} is never true"
        return f"{', '.join(core[:-1])} and {core[-1]} are never true together"

    def offers(self, rule: Rule) -> list[Term]:
        """That the candidate is one of an offer that *rule* is about, and the day one of its."""
        ruleset = self._subject.ruleset
        about = [o for o in ruleset.offers if not rule.offer_ids or o.id in rule.offer_ids]
        kinds = [
            z3.And(
                self._is("offer.id", offer.id),
                self._is("offer.kind", offer.kind.value),
                self._is("offer.lane", offer.lane),
            )
            for offer in about
        ]
        days = self.days(rule)
        return [*days, z3.Or(kinds)] if kinds else days

    def _is(self, fact: str, text: str) -> Term:
        number = self._request.number_of(fact, text)
        return self._request.candidate_text(fact).term == number

    def branches(
        self, doc: ConditionDoc, path: DocPath, source: Source, given: Sequence[Term]
    ) -> None:
        """Warn about parts of `any` and `none` in *doc* that are never true where *given* is."""
        written = self._subject.compiler.of_candidate(doc, path, source)
        self._walk(Item(doc, path, written), source, given, self.facts)

    def line_branches(self, doc: ConditionDoc, source: Source) -> None:
        """The same in a condition on lines."""
        path = ("line_when",)
        written = self._subject.compiler.of_line(doc, path, source) or All(())
        self._walk(Item(doc, path, written), source, [], self._line.facts)

    def _walk(self, of: Item, source: Source, given: Sequence[Term], facts: Facts) -> None:
        group, items = items_of(of.doc, of.path, of.condition)
        terms = [truths(item.condition, facts).true for item in items]
        for i, item in enumerate(items):
            beside = [*given, *(t for j, t in enumerate(terms) if j != i and group == "all")]
            if group != "all" and self.ask(*beside, terms[i]) is Answer.NO:
                self._dead(item.condition, group, (source, item.path), bare=facts)
            else:
                self._walk(item, source, beside, facts)

    def _dead(self, part: Condition, key: str, place: tuple[Source, DocPath], bare: Facts) -> None:
        text = condition(part, self._subject.ruleset)
        alone = self.ask(truths(part, bare).true) is Answer.NO
        why = "is never true" if alone else "is never true beside the conditions around it"
        message = f"{text} under `{key}` {why}"
        self._subject.warn(place, "SEM-003", message, "mend it, or remove it from the list")


def _candidate_facts(request: RequestModel) -> Facts:
    facts: dict[str, Number] = {}
    for name, kind in CANDIDATE_FACTS.items():
        if kind is not FactType.TEXT:
            facts[name] = Number(z3.Int(name), KNOWN)
    return {**facts, **request.candidate_texts()}


def _ranges(facts: Facts) -> Iterator[Term]:
    """What holds between the facts of every candidate."""

    def of(name: str) -> Term:
        fact = facts[f"candidate.{name}"]
        assert isinstance(fact, Number)  # noqa: S101 - it was made so above
        return fact.term

    listed = facts["basket.list_total"]
    assert isinstance(listed, Number)  # noqa: S101 - likewise
    yield from (of("discount") >= 1, of("depth_bp") >= 1, of("depth_bp") <= BP_ONE)
    yield from (of("discount") <= of("scope_total"), of("scope_total") <= listed.term)
    yield of("total_discount") >= of("discount")
    yield of("net_total") == listed.term - of("total_discount")
    yield of("net_total") >= 0
