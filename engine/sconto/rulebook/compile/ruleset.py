"""Compiles rule documents into the domain's ruleset: everything typed, checked and resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sconto.domain.canonical import canonical, digest, parse
from sconto.domain.condition import All, Condition, facts_needed
from sconto.domain.ruleset import Budget, EligibilityRule, Guardrail, ReturnPolicy, Ruleset, Segment
from sconto.errors import InvalidRules
from sconto.rulebook.check.library import check_library
from sconto.rulebook.compile.amounts import Currencies, currencies_of, validity
from sconto.rulebook.compile.codes import code_set, limits_of
from sconto.rulebook.compile.engine_rules import eligibility_as_rule, guardrail_as_rule, in_force
from sconto.rulebook.compile.offers import OfferCompiler, experiment, lanes, objective
from sconto.rulebook.compile.packs import Laws
from sconto.rulebook.compile.rules import RuleCompiler, budget, signal
from sconto.rulebook.compile.scopes import scopes
from sconto.rulebook.compile.vocabulary import vocabulary
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.guardrail_kinds import kinds_of
from sconto.rulebook.judge.conjunctions import check_limits
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.library import Library, Located, Unread, in_use, shelve

_NOT_KEPT = {"examples", "legal_packs"}
"""Keys that can't change a decision once the packs are read: they are not part of the ruleset."""
_LONG_WAY = 8
"""Most segments of a circle that are all named in a message."""


def ruleset_from_documents(raw: bytes) -> Ruleset:
    """The ruleset that *raw*, the `documents` of an earlier one, stands for: an equal value.

    Raises InvalidRules when these documents can't be compiled (any more), and CorruptRecord when
    they are not JSON.
    """
    source, report = Source("<stored documents>"), Report()
    documents = [d for value in parse(raw) if (d := read_document(value, source, report))]
    ruleset = compile_documents(documents, {}, source.file, report)
    if ruleset is None:
        raise InvalidRules(report.errors)
    return ruleset


def compile_documents(
    documents: Sequence[Located], unread: Unread, place: str, report: Report
) -> Ruleset | None:
    """The ruleset of *documents*, or None when *report* holds errors afterwards.

    *unread* names documents that exist but can't be used, so that nobody calls them unknown;
    *place* is where a missing file would belong. Legal packs of places where the shop does not
    sell are left out.
    """
    documents = in_use(documents)
    library = shelve(documents, unread, place, report)
    if library is None:
        return None
    check_library(library, report)
    currencies, raw = currencies_of(library), _canonical_documents(documents)
    ruleset = _Compiler(library, report, currencies, currencies.shop).ruleset(raw)
    check_limits(ruleset, _sources(documents), report)
    if report.errors:
        return None
    others = {
        currency: _Compiler(library, report, currencies, currency).ruleset(raw)
        for currency in sorted(currencies.rates.keys() - {currencies.shop})
    }
    return None if report.errors else replace(ruleset, others=others)


def _canonical_documents(documents: Sequence[Located]) -> bytes:
    ordered = sorted(documents, key=lambda d: (d.doc.kind, d.id))
    return canonical(
        [
            d.doc.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_NOT_KEPT)
            for d in ordered
        ]
    )


def _sources(documents: Sequence[Located]) -> dict[str, Source]:
    """Where each rule stands, by its id; those of legal packs included."""
    sources = {d.id: d.source for d in documents}
    for located in documents:
        for rule in getattr(located.doc, "rules", ()):
            sources[rule.id] = located.source
    return sources


class _Compiler:
    """Compiles one library for requests in one currency; what is wrong goes to the report."""

    def __init__(
        self, library: Library, report: Report, currencies: Currencies, currency: str
    ) -> None:
        shop = library.shop[0]
        amounts = currencies.amounts(currency)
        classes = scopes(library.classes[0] if library.classes else None)
        self._library = library
        self._report = report
        self._currencies = currencies
        self._currency = currency
        self._words = vocabulary(library, currency)
        self._places = frozenset(shop.jurisdictions)
        self._lanes = lanes(library.stacking[0] if library.stacking else None)
        self._objective = objective(library.objective[0] if library.objective else None, amounts)
        self._offers = OfferCompiler(amounts, classes, self._lanes, self._objective.aim)
        self._rules = RuleCompiler(amounts, classes, self._words, self._places, report)

    def ruleset(self, documents: bytes) -> Ruleset:
        """The library compiled; of use only when the report is empty afterwards."""
        library, shop, laws = self._library, self._library.shop[0], Laws()
        for pack, source in library.packs:
            amounts = self._currencies.of_law(pack.currency, self._currency)
            laws.add(pack, source, replace(self._rules, amounts=amounts))
        disclosures = [self._rules.disclosure(d) for d, _ in library.disclosures]
        compiled = [
            form.compile(doc, self._rules, source)
            for doc, source in library.guardrails
            for form in kinds_of(doc)[:1]
        ]
        own = [self._rules.eligibility(doc, source) for doc, source in library.eligibility]
        own += [rule for rule in compiled if isinstance(rule, EligibilityRule)]
        limits = [rule for rule in compiled if isinstance(rule, Guardrail)]
        eligibility = sorted([*own, *laws.eligibility], key=lambda rule: rule.id)
        guardrails = sorted([*limits, *laws.guardrails], key=lambda guardrail: guardrail.id)
        rules = [eligibility_as_rule(rule, self._places) for rule in eligibility]
        rules += [guardrail_as_rule(guardrail, self._places) for guardrail in guardrails]
        return Ruleset(
            digest=digest(documents),
            currency=self._currency,
            exchange=self._currencies.exchange(self._currency),
            zones={name: j.time_zone for name, j in sorted(shop.jurisdictions.items())},
            channels=frozenset(shop.channels),
            reservation_seconds=shop.reservation_minutes * 60,
            facts=dict(sorted(self._words.declared.items())),
            segment_levels=self._segments(),
            offers=tuple(self._offers.offer(doc) for doc, _ in library.offers),
            eligibility=tuple(eligibility),
            guardrails=tuple(guardrails),
            budgets=self._budgets(),
            disclosures=tuple(sorted([*disclosures, *laws.disclosures], key=lambda d: d.id)),
            rules=tuple(rules),
            documents=documents,
            line_conditions=_line_conditions([*eligibility, *guardrails]),
            lanes=self._lanes,
            signals=tuple(signal(doc) for doc, _ in library.signals),
            experiment=experiment(library.experiment[0]) if library.experiment else None,
            objective=self._objective,
            returns=ReturnPolicy(shop.returns),
            price_history=shop.price_history,
            industry=shop.industry,
            events={n: e.amount for n, e in sorted(library.facts[0].events.items())},
            earn_nothing=tuple(sorted(laws.earn_nothing, key=lambda rule: rule.id)),
            code_sets={doc.id: code_set(doc) for doc, _ in library.codes},
            languages=tuple(shop.languages),
            texts={name: doc.model_dump(exclude_none=True) for name, doc in shop.texts.items()},
        )

    def _budgets(self) -> dict[str, Budget]:
        """The budgets that offers draw on, and the limits of codes."""
        shop = self._currencies.amounts(self._currencies.shop)
        own = {doc.id: budget(doc, shop) for doc, _ in self._library.budgets}
        limits = (limit for doc, _ in self._library.codes for limit in limits_of(doc))
        return {**own, **{limit.id: limit for limit in limits}}

    def _segments(self) -> tuple[tuple[Segment, ...], ...]:
        segments = []
        for doc, source in self._library.segments:
            when = self._rules.of_request(doc.when, ("when",), source)
            segments.append(Segment(doc.id, All((*in_force(validity(doc)), when))))
        levels, circular = segment_levels(segments)
        for doc, source in self._library.segments:
            if doc.id in circular:
                way = [f"`{i}`" for i in circular[doc.id]]
                if len(way) > _LONG_WAY:
                    way[_LONG_WAY // 2 : -_LONG_WAY // 2] = ["..."]
                message = f"segment `{doc.id}` needs itself: {' -> '.join(way)}"
                advice = "take one of these out of the condition of the one before it"
                self._report.add(source, ("when",), "REF-006", message, advice)
        return levels


def _line_conditions(rules: Sequence[EligibilityRule | Guardrail]) -> dict[str, Condition]:
    asked = {rule.id: rule.line_when for rule in rules if rule.line_when is not None}
    return dict(sorted(asked.items()))


_PREFIX = "segment."


def segment_levels(
    segments: Sequence[Segment],
) -> tuple[tuple[tuple[Segment, ...], ...], Mapping[str, tuple[str, ...]]]:
    """*segments* in levels, each using only earlier ones, ordered by id within a level.

    Returns the levels and, for each segment that needs itself, the shortest way round.
    """
    waiting = {segment.id: segment for segment in segments}
    needs = {segment.id: _needs(segment, waiting) for segment in segments}
    levels = []
    while ready := sorted(i for i in waiting if not needs[i] & waiting.keys()):
        levels.append(tuple(waiting[i] for i in ready))
        waiting = {i: s for i, s in waiting.items() if i not in ready}
    left = {i: needs[i] & waiting.keys() for i in waiting}
    circles = {i: _way_back(i, left) for i in waiting}
    return tuple(levels), {i: circle for i, circle in sorted(circles.items()) if circle}


def _way_back(start: str, needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The shortest way from *start* through what it needs back to it; empty when there is none."""
    waiting, came_from = [start], {start: start}
    for last in waiting:
        if start in needs[last]:
            way = [start]
            while last != start:
                way.append(last)
                last = came_from[last]  # noqa: PLW2901 - the way is walked back
            return (start, *reversed(way))
        for need in sorted(n for n in needs[last] if n not in came_from):
            came_from[need] = last
            waiting.append(need)
    return ()


def _needs(segment: Segment, known: Mapping[str, Segment]) -> set[str]:
    named = (f.removeprefix(_PREFIX) for f in facts_needed(segment.condition))
    return {name for name in named if name in known}
