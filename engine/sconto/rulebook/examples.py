"""Runs the worked examples of a legal pack through the real core, in a small shop made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, Protocol

from sconto.domain.context import DecisionContext, Line, Moment
from sconto.domain.decision import Decision, decide
from sconto.domain.findings import Finding
from sconto.domain.judging import Judges
from sconto.domain.limits import LineLimits
from sconto.domain.lines import LineTruths
from sconto.domain.money import to_major
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist
from sconto.rulebook.compile.amounts import as_written
from sconto.rulebook.compile.conditions import StatedFacts
from sconto.rulebook.compile.ruleset import compile_documents
from sconto.rulebook.documents.jurisdictions import concrete, inside
from sconto.rulebook.documents.packs import ExampleDoc, LegalPackDoc
from sconto.rulebook.documents.shop import ClassesDoc, FactsDoc, ShopDoc
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.judge.fallback import reference_judges
from sconto.rulebook.offer_kinds import NoSuchOffer, offer_taking
from sconto.rulebook.read.library import Located


def run_examples(located: Located, report: Report) -> None:
    """Run every worked example of the legal pack *located*; one that differs is a finding."""
    pack = located.doc
    if not isinstance(pack, LegalPackDoc):
        return
    for i in range(len(pack.examples)):
        run_example(pack, i, located.source, report)


class Recorder(Protocol):
    """Records what the decisions of examples show."""

    def judges(self, judges: Judges, context: DecisionContext) -> Judges:
        """*judges*, recorded while they judge for *context*."""
        ...

    def disclosed(self, disclosures: Iterable[str]) -> None:
        """Note that *disclosures* must be shown."""
        ...


NewRecorder = Callable[[Ruleset], Recorder]
"""Makes the recorder of the decisions on the ruleset of an example."""


def run_example(
    pack: LegalPackDoc,
    number: int,
    source: Source,
    report: Report,
    new_recorder: NewRecorder | None = None,
) -> None:
    """Run example *number* of *pack*; what comes out differently is a finding."""
    example, path, own = pack.examples[number], ("examples", number), Report()
    shop = example_shop(pack, number, source, own)
    context = None if shop is None else shop.context(example, path, source, own)
    if own.findings or shop is None or context is None:
        report.extend(own.findings)
        return
    try:
        _Run(example, path, source, shop.ruleset, context, report, new_recorder).compare()
    except NoSuchOffer as cannot:
        report.add(source, (*path, "discount"), "LAW-005", str(cannot), cannot.advice)


@dataclass(frozen=True, slots=True)
class _Run:
    """One example in its shop."""

    example: ExampleDoc
    path: DocPath
    source: Source
    ruleset: Ruleset
    context: DecisionContext
    report: Report
    new_recorder: NewRecorder | None

    def compare(self) -> None:
        """Decide, and report every expectation that is not met; raises NoSuchOffer."""
        context = self.context
        discount = as_written(self.ruleset.currency).minor(self.example.discount)
        offer = offer_taking(discount, self.example.kind, context.lines[0])
        ruleset = replace(self.ruleset, offers=(offer,))
        judges = reference_judges(ruleset)
        recorder = None if self.new_recorder is None else self.new_recorder(ruleset)
        recorded = judges if recorder is None else recorder.judges(judges, context)
        listed = shortlist(context, ruleset, recorded)
        decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
        if recorder is not None:
            recorder.disclosed(d.id for d in decision.disclosures)
        triggered = (*listed.assessed[0].findings, *listed.assessed[0].reviews)
        self._check_verdict(decision, triggered)
        if self.example.expect.limit is not None:
            limits = LineLimits(context, ruleset, LineTruths(context, ruleset, judges.lines))
            self._check_limit(self.example.expect.limit, limits, offer, triggered)

    def _check_verdict(self, decision: Decision, triggered: tuple[Finding, ...]) -> None:
        expect = self.example.expect
        given = bool(decision.stack.candidates)
        self._same("given", expect.given, given, _why(decision, triggered))
        rules = sorted({f.rule_id for f in triggered if f.rule_id})
        self._same("rules", sorted(expect.rules), rules)
        missing = sorted(
            {c.fact for f in triggered if f.code is ReasonCode.FACT_MISSING for c in f.clauses}
        )
        if expect.missing is not None and expect.missing not in missing:
            self._differs("missing", expect.missing, missing)
        if expect.disclosures is not None:
            shown = sorted(d.id for d in decision.disclosures)
            self._same("disclosures", sorted(expect.disclosures), shown)

    def _check_limit(
        self, wanted: str, limits: LineLimits, offer: Offer, triggered: tuple[Finding, ...]
    ) -> None:
        """The limit is one that a rule set; when limits triggered, one of those."""
        held = [guardrail for _, guardrail in limits.in_force.guardrails]
        named = {f.rule_id for f in triggered} & {g.id for g in held}
        claimed = offer.ladder[0] if offer.kind is OfferKind.PERCENT else 0
        found = {limits.of(g, 0, claimed) for g in held if not named or g.id in named}
        currency = self.ruleset.currency
        known = sorted(limit for limit in found if isinstance(limit, int))
        if as_written(currency).minor(wanted) not in known:
            shown = [str(to_major(limit, currency)) for limit in known]
            self._differs("limit", wanted, shown)

    def _same(self, key: str, wanted: object, found: object, why: str = "") -> None:
        if wanted != found:
            self._differs(key, wanted, found, why)

    def _differs(self, key: str, wanted: object, found: object, why: str = "") -> None:
        message = (
            f"example `{self.example.name}`: `{key}` came out as {_shown(found)}, "
            f"not {_shown(wanted)}{why}"
        )
        advice = "mend the rule, or the example if the rule is right"
        at = (*self.path, "expect", key)
        self.report.add(self.source, at, "LAW-005", message, advice)


def _why(decision: Decision, triggered: tuple[Finding, ...]) -> str:
    if decision.stack.candidates:
        return ""
    reasons = [f"{f.rule_id or 'the shop'}: {f.code.name}" for f in triggered]
    return f" ({'; '.join(reasons) or decision.reason.name})"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "nothing"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


OTHER_GOODS: Final = "other-goods"
"""The category of a line that is in no class of the pack."""


@dataclass(frozen=True, slots=True)
class ExampleShop:
    """A shop without offers yet, in the place of one example."""

    ruleset: Ruleset
    place: str

    def context(
        self, example: ExampleDoc, path: DocPath, source: Source, report: Report
    ) -> DecisionContext:
        """The request of *example*, found at *path*; a fact of the wrong type is reported."""
        facts = StatedFacts(self.ruleset, source, report)
        day = date.fromisoformat(example.day)
        noon = datetime.combine(day, time(12), UTC)
        as_of_us = int(noon.timestamp()) * 1_000_000
        return DecisionContext(
            user_ref="example",
            channel="store",
            jurisdiction=self.place,
            currency=self.ruleset.currency,
            moment=Moment(as_of_us, "UTC", day, day.weekday(), noon.hour, "examples"),
            consents={},
            shopper=facts.read(example.shopper, (*path, "shopper")),
            lines=(self._line(example, facts, (*path, "line", "facts")),),
            offer_ids=(),
        )

    def _line(self, example: ExampleDoc, facts: StatedFacts, path: DocPath) -> Line:
        doc, minor = example.line, as_written(self.ruleset.currency).minor
        cost = None if doc.cost is None else minor(doc.cost)
        category = doc.class_ or OTHER_GOODS
        known = facts.read(doc.facts, path)
        return Line("l1", "p1", category, "", "", doc.quantity, minor(doc.price), cost, known)


def example_shop(
    pack: LegalPackDoc, number: int, source: Source, report: Report
) -> ExampleShop | None:
    """The shop of example *number* of *pack*; None, reported, when it can't be set up."""
    example = pack.examples[number]
    place, currency = _place(pack, example), example.currency or pack.currency
    if place is None or currency is None:
        missing = "jurisdiction" if place is None else "currency"
        message = f"example `{example.name}` needs a `{missing}`, which its pack leaves open"
        report.add(source, ("examples", number), "LAW-005", message, f"add `{missing}:`")
        return None
    ruleset = compile_documents(_documents(pack, place, currency, source), {}, source.file, report)
    return None if ruleset is None else ExampleShop(ruleset, place)


def _place(pack: LegalPackDoc, example: ExampleDoc) -> str | None:
    if example.jurisdiction is not None:
        return example.jurisdiction
    names = pack.jurisdictions
    return names[0] if len(names) == 1 and concrete(names[0]) == names[0] else None


def _documents(pack: LegalPackDoc, place: str, currency: str, source: Source) -> list[Located]:
    """A shop in *place* that has a category for each class of *pack*."""
    places = {place}
    if not inside(pack.jurisdictions, places):
        # An example of where it does not hold; yet the shop must sell where it does.
        places.add(concrete(pack.jurisdictions[0]))
    classes = {name for rule in pack.rules for name in rule.classes or ()}
    shop: dict[str, Any] = {
        "kind": "shop", "name": "Examples", "industry": "retail", "currency": currency,
        "channels": ["store"], "reservation_minutes": 30,
        "jurisdictions": {name: {"time_zone": "UTC"} for name in places},
    }  # fmt: skip
    goods = {"kind": "classes", "classes": {name: {"categories": [name]} for name in classes}}
    return [
        Located(ShopDoc.model_validate(shop), source),
        Located(FactsDoc(kind="facts", facts={}), source),
        Located(ClassesDoc.model_validate(goods), source),
        Located(pack, source),
    ]
