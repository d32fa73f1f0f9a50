"""Runs the worked examples of a legal pack through the real core, in a small shop made for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sconto.domain.context import DecisionContext, FactValue, Line, Moment
from sconto.domain.decision import Decision, decide
from sconto.domain.judging import Judges
from sconto.domain.limits import LineLimits, in_force
from sconto.domain.lines import LineTruths
from sconto.domain.offer import Offer
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import Finding, shortlist
from sconto.rulebook.amounts import Amounts
from sconto.rulebook.compile import compile_documents
from sconto.rulebook.conditions import ConditionReader
from sconto.rulebook.documents.packs import ExampleDoc, LegalPackDoc
from sconto.rulebook.documents.shop import ClassesDoc, FactsDoc, ShopDoc
from sconto.rulebook.example_offers import CannotTake, offer_taking
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.library import Located
from sconto.rulebook.places import concrete, inside
from sconto.rulebook.reference import ReferenceJudge

OTHER_GOODS: Final = "other-goods"
"""The category of a line that is in no class of the pack."""


def run_examples(located: Located, report: Report) -> None:
    """Run every worked example of the legal pack *located*; one that differs is a finding."""
    pack = located.doc
    if not isinstance(pack, LegalPackDoc):
        return
    for i in range(len(pack.examples)):
        run_example(pack, i, located.source, report)


def run_example(pack: LegalPackDoc, number: int, source: Source, report: Report) -> None:
    """Run example *number* of *pack*; what comes out differently is a finding."""
    example, path = pack.examples[number], ("examples", number)
    place, currency = _place(pack, example), example.currency or pack.currency
    if place is None or currency is None:
        missing = "jurisdiction" if place is None else "currency"
        message = f"example `{example.name}` needs a `{missing}`, which its pack leaves open"
        report.add(source, path, "LAW-005", message, f"add `{missing}:`")
        return
    ruleset = _ruleset(pack, place, currency, source, report)
    if ruleset is None:
        return
    run = _Run(pack, example, path, source, ruleset, place, report)
    try:
        run.compare()
    except CannotTake as cannot:
        report.add(source, (*path, "discount"), "LAW-005", str(cannot), "change the discount")


def _place(pack: LegalPackDoc, example: ExampleDoc) -> str | None:
    if example.jurisdiction is not None:
        return example.jurisdiction
    names = pack.jurisdictions
    return names[0] if len(names) == 1 and concrete(names[0]) == names[0] else None


def _ruleset(
    pack: LegalPackDoc, place: str, currency: str, source: Source, report: Report
) -> Ruleset | None:
    """The ruleset of a shop in *place* that has a category for each class, and no offers yet."""
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
    documents = [
        Located(ShopDoc.model_validate(shop), source),
        Located(FactsDoc(kind="facts", facts={}), source),
        Located(ClassesDoc.model_validate(goods), source),
        Located(pack, source),
    ]
    own = Report()
    ruleset = compile_documents(documents, {}, source.file, own)
    report.extend(own.findings)
    return ruleset


@dataclass(frozen=True, slots=True)
class _Run:
    """One example in its shop."""

    pack: LegalPackDoc
    example: ExampleDoc
    path: DocPath
    source: Source
    ruleset: Ruleset
    place: str
    report: Report

    def compare(self) -> None:
        """Decide, and report every expectation that is not met; raises CannotTake."""
        context = self._context()
        if self.report.findings and any(f.code.startswith("TYP") for f in self.report.findings):
            return
        line, minor = context.lines[0], Amounts(self.ruleset.currency).minor
        offer = offer_taking(minor(self.example.discount), self.example.kind, line)
        ruleset = replace(self.ruleset, offers=(offer,))
        judges = _judges(ruleset)
        listed = shortlist(context, ruleset, judges)
        decision = decide(
            context, ruleset, listed, None, RungCause.MODEL_MISSING, {}
        )
        spoke = (*listed.assessed[0].findings, *listed.assessed[0].reviews)
        self._check_verdict(decision, spoke)
        self._check_limit(context, ruleset, judges, offer, spoke)

    def _check_verdict(self, decision: Decision, spoke: tuple[Finding, ...]) -> None:
        expect = self.example.expect
        given = bool(decision.stack.candidates)
        self._same("given", expect.given, given, _why(decision, spoke))
        rules = sorted({f.rule_id for f in spoke if f.rule_id})
        self._same("rules", sorted(expect.rules), rules)
        missing = sorted(
            {c.fact for f in spoke if f.code is ReasonCode.FACT_MISSING for c in f.clauses}
        )
        if expect.missing is not None and expect.missing not in missing:
            self._differs("missing", expect.missing, missing)
        if expect.disclosures is not None:
            owed = sorted(d.id for d in decision.disclosures)
            self._same("disclosures", sorted(expect.disclosures), owed)

    def _check_limit(
        self,
        context: DecisionContext,
        ruleset: Ruleset,
        judges: Judges,
        offer: Offer,
        spoke: tuple[Finding, ...],
    ) -> None:
        """The limit is one that a rule set; when rules spoke, one of those."""
        if self.example.expect.limit is None:
            return
        limits = LineLimits(context, ruleset, LineTruths(context, ruleset, judges.lines))
        claimed = offer.ladder[0] if self.example.kind == "percent" else 0
        named = {f.rule_id for f in spoke} & {g.id for g in ruleset.guardrails}
        found = [
            limits.of(g, 0, claimed)
            for g in in_force(context, ruleset)
            if not named or g.id in named
        ]
        known = sorted({limit for limit in found if isinstance(limit, int)})
        wanted = Amounts(ruleset.currency).minor(self.example.expect.limit)
        if wanted not in known:
            self._differs("limit", wanted, known)

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

    def _context(self) -> DecisionContext:
        example = self.example
        day = date.fromisoformat(example.day)
        noon = datetime.combine(day, time(12), UTC)
        moment = Moment(
            int(noon.timestamp()) * 1_000_000, "UTC", day, day.weekday(), noon.hour, "examples"
        )
        return DecisionContext(
            user_ref="example",
            channel="store",
            jurisdiction=self.place,
            currency=self.ruleset.currency,
            moment=moment,
            consents={},
            shopper=self._facts(example.shopper, ("shopper",)),
            lines=(self._line(),),
            offer_ids=(),
        )

    def _line(self) -> Line:
        doc, minor = self.example.line, Amounts(self.ruleset.currency).minor
        category = doc.class_ or OTHER_GOODS
        cost = None if doc.cost is None else minor(doc.cost)
        facts = self._facts(doc.facts, ("line", "facts"))
        return Line("l1", "p1", category, "", "", doc.quantity, minor(doc.price), cost, facts)

    def _facts(self, given: Mapping[str, FactValue], where: DocPath) -> dict[str, FactValue]:
        currency, specs = self.ruleset.currency, self.ruleset.facts
        reader = ConditionReader(self.source, specs, {}, currency, self.report)
        facts: dict[str, FactValue] = {}
        for name, value in given.items():
            path = (*self.path, *where, name)
            spec = reader.spec(name, path)
            if spec is not None:
                facts[name] = reader.value(spec, value, path)
        return facts


def _judges(ruleset: Ruleset) -> Judges:
    conditions = tuple(ruleset.line_conditions.values())
    rules = ReferenceJudge([rule.condition for rule in ruleset.rules])
    return Judges((), rules, ReferenceJudge(conditions))


def _why(decision: Decision, spoke: tuple[Finding, ...]) -> str:
    if decision.stack.candidates:
        return ""
    reasons = [f"{f.rule_id or 'the shop'}: {f.code.name}" for f in spoke]
    return f" ({'; '.join(reasons) or decision.reason.name})"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "nothing"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
