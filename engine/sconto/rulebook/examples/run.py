"""Runs the worked examples of a legal pack through the real core, in a small shop made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from sconto.domain.context import DecisionContext
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
from sconto.rulebook.compile.amounts import Amounts
from sconto.rulebook.documents.packs import ExampleDoc, LegalPackDoc
from sconto.rulebook.examples.shop import example_shop
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.judge.judges import reference_judges
from sconto.rulebook.offer_kinds import NoSuchOffer, offer_taking
from sconto.rulebook.read.library import Located


def run_examples(located: Located, report: Report) -> None:
    """Run every worked example of the legal pack *located*; one that differs is a finding."""
    pack = located.doc
    if not isinstance(pack, LegalPackDoc):
        return
    for i in range(len(pack.examples)):
        run_example(pack, i, located.source, report)


class Watching(Protocol):
    """Somebody who watches the decisions of examples."""

    def judges(self, judges: Judges, context: DecisionContext) -> Judges:
        """*judges*, watched while they judge for *context*."""
        ...

    def owed(self, disclosures: Iterable[str]) -> None:
        """Note that *disclosures* are owed."""
        ...


Watch = Callable[[Ruleset], Watching]
"""Begins to watch decisions on the ruleset of an example."""


def run_example(
    pack: LegalPackDoc, number: int, source: Source, report: Report, watch: Watch | None = None
) -> None:
    """Run example *number* of *pack*; what comes out differently is a finding."""
    example, path, own = pack.examples[number], ("examples", number), Report()
    shop = example_shop(pack, number, source, own)
    context = None if shop is None else shop.context(example, path, source, own)
    if own.findings or shop is None or context is None:
        report.extend(own.findings)
        return
    try:
        _Run(example, path, source, shop.ruleset, context, report, watch).compare()
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
    watch: Watch | None

    def compare(self) -> None:
        """Decide, and report every expectation that is not met; raises NoSuchOffer."""
        context = self.context
        discount = Amounts(self.ruleset.currency).minor(self.example.discount)
        offer = offer_taking(discount, self.example.kind, context.lines[0])
        ruleset = replace(self.ruleset, offers=(offer,))
        judges = reference_judges(ruleset)
        watching = None if self.watch is None else self.watch(ruleset)
        watched = judges if watching is None else watching.judges(judges, context)
        listed = shortlist(context, ruleset, watched)
        decision = decide(context, ruleset, listed, None, RungCause.MODEL_MISSING, {})
        if watching is not None:
            watching.owed(d.id for d in decision.disclosures)
        spoke = (*listed.assessed[0].findings, *listed.assessed[0].reviews)
        self._check_verdict(decision, spoke)
        if self.example.expect.limit is not None:
            limits = LineLimits(context, ruleset, LineTruths(context, ruleset, judges.lines))
            self._check_limit(self.example.expect.limit, limits, offer, spoke)

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
        self, wanted: str, limits: LineLimits, offer: Offer, spoke: tuple[Finding, ...]
    ) -> None:
        """The limit is one that a rule set; when limits spoke, one of those."""
        held = [guardrail for _, guardrail in limits.in_force.guardrails]
        named = {f.rule_id for f in spoke} & {g.id for g in held}
        claimed = offer.ladder[0] if offer.kind is OfferKind.PERCENT else 0
        found = {limits.of(g, 0, claimed) for g in held if not named or g.id in named}
        currency = self.ruleset.currency
        known = sorted(limit for limit in found if isinstance(limit, int))
        if Amounts(currency).minor(wanted) not in known:
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


def _why(decision: Decision, spoke: tuple[Finding, ...]) -> str:
    if decision.stack.candidates:
        return ""
    reasons = [f"{f.rule_id or 'the shop'}: {f.code.name}" for f in spoke]
    return f" ({'; '.join(reasons) or decision.reason.name})"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "nothing"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
