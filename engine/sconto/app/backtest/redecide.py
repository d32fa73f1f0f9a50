"""Deciding a logged request again, on another ruleset and another view of the budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sconto.app.backtest.compared_amounts import Bounds, Recorder
from sconto.app.backtest.outcome import REFUSED_REQUEST, Outcome, outcome_of
from sconto.app.backtest.read import Reading
from sconto.app.backtest.unchanged import Unchanged
from sconto.app.moment import moment_at
from sconto.app.ports import Behaviour, Policy, Scorer
from sconto.domain.behaviour import Signal, longest_window, signal_values
from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Facts
from sconto.domain.decision import decide
from sconto.domain.objective import Outcome as Aim
from sconto.domain.reasons import WORTH_UNKNOWN_CAUSES, Rung, RungCause
from sconto.domain.ruleset import FactSpec, Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist

Seen = Callable[[str, int, int, str], Behaviour]
"""What a shopper did in a span of time, from the log's own events; see `Store.behaviour`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is judged and scored: the choice can be made on any view of the budgets."""

    ruleset: Ruleset
    context: DecisionContext
    keys: tuple[str, ...]
    """Every ledger key that the choice can look at."""
    listed: Shortlist | None
    """None when the ruleset would not take the request."""
    scores: Scores | None = None
    cause: RungCause = RungCause.NONE
    not_scored: bool = False

    def choose(self, view: BudgetView) -> tuple[Outcome, Bounds]:
        """What is given when budgets have used *view*, and for which views that is the same."""
        if self.listed is None:
            return Outcome((), REFUSED_REQUEST), ()
        watch = Recorder()
        watched = watch.view({key: view.get(key, 0) for key in self.keys})
        decision = decide(self.context, self.ruleset, self.listed, self.scores, self.cause, watched)
        return outcome_of(decision, not_scored=self.not_scored), watch.noted()


@dataclass(frozen=True, slots=True)
class _Meant:
    """What the words of requests that were decided on another ruleset mean on this one."""

    specs: Mapping[str, FactSpec] | None
    """The facts that mean the same; None when all of the other ruleset's do."""
    to_count: tuple[Signal, ...]
    """The signals that the other ruleset did not count, or not like this one."""
    aims: Mapping[str, Aim]
    """What each of its offers was for."""
    same_response: bool
    """Whether it assumed the same response to depth."""
    unchanged: Unchanged | None = None
    """What the change from the other ruleset leaves as it was; None when that is not kept."""


class Redecider:
    """Decides logged requests again on one policy.

    *ruleset_of* gives the ruleset that a digest of the log names, None when it is not kept. With a
    *scorer*, requests with a candidate that the log has no score for are scored again.
    """

    def __init__(
        self,
        policy: Policy,
        ruleset_of: Callable[[str], Ruleset | None],
        seen: Seen,
        scorer: Scorer | None = None,
    ) -> None:
        self._policy = policy
        self._ruleset_of = ruleset_of
        self._seen = seen
        self._scorer = scorer
        self._meant: dict[tuple[str, str], _Meant] = {}
        self._offers = {offer.id for offer in policy.ruleset.offers}

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset it decides on, in the shop's currency."""
        return self._policy.ruleset

    def _in_currency_of(self, context: DecisionContext) -> Policy:
        """The policy for *context*; that of the shop's currency where its own has no rate."""
        return self._policy.in_currency(context.currency) or self._policy

    def unchanged(
        self, reading: Reading, view: Callable[[tuple[str, ...]], BudgetView]
    ) -> tuple[Outcome, Bounds] | None:
        """The log's answer where it is sure to be that of this ruleset too; else None."""
        if reading.context.currency != self.ruleset.currency:
            return None
        unchanged = self._meaning(reading).unchanged
        if unchanged is None or not unchanged.possible:
            return None
        return unchanged.answer(reading, view(ledger_keys(reading.context, self.ruleset)))

    def prepare(self, reading: Reading) -> Prepared:
        """The request of *reading*, judged and scored on this ruleset."""
        policy, context = self._in_currency_of(reading.context), reading.context
        ruleset, meant = policy.ruleset, self._meaning(reading)
        if not self._takes(context, meant):
            return Prepared(ruleset, context, (), None)
        context = self._in_words(context, meant, reading.record.get("replaces", ""))
        listed = shortlist(context, ruleset, policy.judges)
        scores, cause, not_scored = self._scores(reading, context, listed.allowed)
        keys = ledger_keys(context, ruleset)
        return Prepared(ruleset, context, keys, listed, scores, cause, not_scored)

    def dropped(self, reading: Reading) -> tuple[str, ...]:
        """The facts of the request that this ruleset does not know, or knows as something else."""
        specs = self._meaning(reading).specs
        if specs is None:
            return ()
        context = reading.context
        names = {*context.shopper, *(name for line in context.lines for name in line.facts)}
        return tuple(sorted(name for name in names if name not in specs))

    def _meaning(self, reading: Reading) -> _Meant:
        key = reading.digest, reading.context.currency
        known = self._meant.get(key)
        if known is None:
            kept = self._ruleset_of(reading.digest)
            before = kept and kept.in_currency(reading.context.currency)
            now = self._in_currency_of(reading.context).ruleset
            known = self._meant[key] = _meaning(now, before)
        return known

    def _takes(self, context: DecisionContext, meant: _Meant) -> bool:
        """Whether a server with this ruleset would take the request at all."""
        ruleset = self.ruleset
        return (
            context.channel in ruleset.channels
            and context.jurisdiction in ruleset.zones
            and ruleset.in_currency(context.currency) is not None
            and self._offers.issuperset(context.offer_ids)
            and (meant.specs is None or _values_allowed(context, meant.specs))
        )

    def _in_words(self, context: DecisionContext, meant: _Meant, replaced: str) -> DecisionContext:
        """*context* in the words of this ruleset: its facts, calendars and signals."""
        specs, ruleset = meant.specs, self._in_currency_of(context).ruleset
        if specs is not None:
            lines = tuple(replace(li, facts=_known(li.facts, specs)) for li in context.lines)
            context = replace(context, shopper=_known(context.shopper, specs), lines=lines)
        moment, zone = context.moment, ruleset.zones[context.jurisdiction]
        if moment.zone != zone or not moment.elsewhere.keys() >= {*ruleset.budget_zones}:
            moment = moment_at(moment.as_of_us, zone, ruleset.budget_zones)
            context = replace(context, moment=moment)
        if not meant.to_count:
            return context
        as_of_us = moment.as_of_us
        since_us = as_of_us - longest_window(meant.to_count)
        seen = self._seen(context.user_ref, since_us, as_of_us, replaced)
        counted = signal_values(meant.to_count, seen.events, as_of_us, ruleset.exchange)
        return replace(context, signals={**context.signals, **counted})

    def _scores(
        self, reading: Reading, context: DecisionContext, allowed: tuple[Candidate, ...]
    ) -> tuple[Scores | None, RungCause, bool]:
        """The scores to choose by, the cause when there are none, and whether some were missing."""
        # With other rules the model may know enough.
        of_rules = reading.cause in WORTH_UNKNOWN_CAUSES and self._scorer is not None
        if reading.scores is None and reading.rung is not Rung.NO_DISCOUNT and not of_rules:
            return None, reading.cause, False
        logged = self._logged_scores(reading, allowed)
        if logged is not None:
            return logged, RungCause.NONE, False
        if self._scorer is None:
            return None, RungCause.MODEL_MISSING, True
        found = self._scorer.score(context, allowed, self._in_currency_of(context).ruleset)
        if isinstance(found, Scores):
            return found, RungCause.NONE, False
        return None, found, True

    def _logged_scores(self, reading: Reading, allowed: tuple[Candidate, ...]) -> Scores | None:
        """The scores that the log has for *allowed*, or None when it lacks one.

        A score counts only for the very same discount on the very same lines, of an offer for the
        same, and under the same assumed response.
        """
        logged, meant = reading.scores, self._meaning(reading)
        if logged is None or (logged.assumed and not meant.same_response):
            return None
        values = []
        for c in allowed:
            scored = reading.scored.get((c.offer.id, c.offer.kind.value, c.depth, c.discount))
            if (
                scored is None
                or scored[0] != [list(part) for part in c.allocation]
                or (c.offer.aim is logged.outcome and meant.aims.get(c.offer.id) is not c.offer.aim)
            ):
                return None
            values.append(scored[1])
        return replace(
            logged,
            probability_ppm=tuple(v["probability_ppm"] for v in values),
            baseline_ppm=tuple(v["baseline_ppm"] for v in values),
            spread_ppm=tuple(v["spread_ppm"] for v in values),
            doubt_ppm=tuple(v["doubt_ppm"] for v in values),
        )


def _meaning(ruleset: Ruleset, other: Ruleset | None) -> _Meant:
    if other is None:
        aims = {offer.id: offer.aim for offer in ruleset.offers}
        return _Meant(ruleset.facts, ruleset.signals, aims, same_response=True)
    facts, before = ruleset.facts, other.facts
    same_rate = ruleset.exchange == other.exchange
    to_count = tuple(s for s in ruleset.signals if s not in other.signals or not same_rate)
    specs = None
    if any(facts.get(name) != spec for name, spec in before.items()):
        specs = {name: s for name, s in facts.items() if _alike(s, before.get(name, s))}
    aims = {offer.id: offer.aim for offer in other.offers}
    same_response = other.objective.response == ruleset.objective.response
    unchanged = Unchanged(other, ruleset)
    return _Meant(specs, to_count, aims, same_response=same_response, unchanged=unchanged)


def _alike(spec: FactSpec, other: FactSpec) -> bool:
    """Whether a stored value means the same; which values are allowed is looked at later."""
    return (spec.type, spec.places) == (other.type, other.places)


def _values_allowed(context: DecisionContext, specs: Mapping[str, FactSpec]) -> bool:
    all_facts = (context.shopper, *(line.facts for line in context.lines))
    return all(
        not (spec := specs.get(name)) or not spec.values or value in spec.values
        for facts in all_facts
        for name, value in facts.items()
    )


def _known(facts: Facts, specs: Mapping[str, FactSpec]) -> Facts:
    return {name: value for name, value in facts.items() if name in specs}
