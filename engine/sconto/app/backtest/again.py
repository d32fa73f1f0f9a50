"""Deciding a logged request again, on another ruleset and another view of the budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sconto.app.backtest.outcome import REFUSED_REQUEST, Outcome, outcome_of
from sconto.app.backtest.watched import Bounds, Watch
from sconto.app.moment import moment_at
from sconto.app.ports import Behaviour, Policy, Scorer
from sconto.domain.behaviour import Signal, longest_window, signal_values
from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Facts, Line, Moment
from sconto.domain.decision import decide
from sconto.domain.reasons import Rung, RungCause
from sconto.domain.record import cause_of
from sconto.domain.ruleset import FactSpec, Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist

Seen = Callable[[str, int, int], Behaviour]
"""What a shopper did in a span of time, from the log's own events; see `Store.behaviour`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is judged and scored: the choice can be made on any view of the budgets.

    *listed* is None when the ruleset would not take the request.
    """

    ruleset: Ruleset
    context: DecisionContext
    keys: tuple[str, ...]
    """Every ledger key that the choice can look at."""
    listed: Shortlist | None
    scores: Scores | None
    cause: RungCause
    not_scored: bool

    def choose(self, view: BudgetView) -> tuple[Outcome, Bounds]:
        """What is given when budgets have used *view*, and for which views that is the same."""
        if self.listed is None:
            return Outcome((), REFUSED_REQUEST), ()
        watch = Watch()
        watched = watch.view({key: view.get(key, 0) for key in self.keys})
        decision = decide(
            self.context, self.ruleset, self.listed, self.scores, self.cause, watched
        )
        return outcome_of(decision, not_scored=self.not_scored), watch.noted()


@dataclass(frozen=True, slots=True)
class _Meant:
    """What facts and signals of requests that were decided on another ruleset mean on this one."""

    specs: Mapping[str, FactSpec]
    """The facts that mean the same on both."""
    to_count: tuple[Signal, ...]
    """The signals that the other ruleset did not count, or not like this one."""


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
        scorer: Scorer | None,
    ) -> None:
        self._policy = policy
        self._ruleset_of = ruleset_of
        self._seen = seen
        self._scorer = scorer
        self._meant: dict[str, _Meant] = {}

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset it decides on."""
        return self._policy.ruleset

    def prepare(self, record: Mapping[str, Any]) -> Prepared:
        """The request of *record*, judged and scored on this ruleset."""
        ruleset = self.ruleset
        meant = self._meaning(record["ruleset"])
        if not _takes(ruleset, record["context"], meant):
            nobody = _context(record["context"], meant, None)
            return Prepared(ruleset, nobody, (), None, None, RungCause.NONE, not_scored=False)
        context = self._with_signals(_context(record["context"], meant, ruleset), meant)
        listed = shortlist(context, ruleset, self._policy.judges)
        scores, cause, not_scored = self._scores(record, context, listed.allowed)
        keys = ledger_keys(context, ruleset)
        return Prepared(ruleset, context, keys, listed, scores, cause, not_scored)

    def dropped(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The facts of the request that this ruleset does not know, or knows as something else."""
        specs = self._meaning(record["ruleset"]).specs
        context = record["context"]
        names = {*context["shopper"], *(name for line in context["lines"] for name in line["facts"])}
        return tuple(sorted(name for name in names if name not in specs))

    def _meaning(self, digest: str) -> _Meant:
        known = self._meant.get(digest)
        if known is None:
            known = self._meant[digest] = _meaning(self.ruleset, self._ruleset_of(digest))
        return known

    def _with_signals(self, context: DecisionContext, meant: _Meant) -> DecisionContext:
        if not meant.to_count:
            return context
        as_of_us = context.moment.as_of_us
        since_us = as_of_us - longest_window(meant.to_count)
        seen = self._seen(context.user_ref, since_us, as_of_us)
        counted = signal_values(meant.to_count, seen.events, as_of_us)
        return replace(context, signals={**context.signals, **counted})

    def _scores(
        self, record: Mapping[str, Any], context: DecisionContext, allowed: tuple[Candidate, ...]
    ) -> tuple[Scores | None, RungCause, bool]:
        """The scores to choose by, the cause when there are none, and whether some were missing."""
        contended = record["outcome"]["rung"] == Rung.NO_DISCOUNT.name
        if record["model"] is None and not contended:
            return None, cause_of(record), False
        logged = _logged_scores(record, allowed)
        if logged is not None:
            return logged, RungCause.NONE, False
        scored = RungCause.MODEL_MISSING
        if self._scorer is not None:
            again = self._scorer.score(context, allowed)
            if isinstance(again, Scores):
                return again, RungCause.NONE, False
            scored = again
        return None, scored, True


def _meaning(ruleset: Ruleset, other: Ruleset | None) -> _Meant:
    if other is None:
        return _Meant(ruleset.facts, ruleset.signals)
    same = {n: s for n, s in ruleset.facts.items() if _alike(s, other.facts.get(n, s))}
    return _Meant(same, tuple(s for s in ruleset.signals if s not in other.signals))


def _alike(spec: FactSpec, other: FactSpec) -> bool:
    return (spec.type, spec.places) == (other.type, other.places)


def _takes(ruleset: Ruleset, context: Mapping[str, Any], meant: _Meant) -> bool:
    """Whether a server with *ruleset* would take the request at all."""
    offers = {offer.id for offer in ruleset.offers} if context["offer_ids"] else set[str]()
    texts = [context["shopper"], *(line["facts"] for line in context["lines"])]
    return (
        context["channel"] in ruleset.channels
        and context["jurisdiction"] in ruleset.zones
        and context["currency"] == ruleset.currency
        and all(offer_id in offers for offer_id in context["offer_ids"])
        and all(
            value in spec.values
            for facts in texts
            for name, value in facts.items()
            if (spec := meant.specs.get(name)) is not None and spec.values
        )
    )


def _context(stored: Mapping[str, Any], meant: _Meant, ruleset: Ruleset | None) -> DecisionContext:
    """The context that was stored, in the words of *ruleset*; what it does not know is dropped."""
    specs = meant.specs
    return DecisionContext(
        user_ref=stored["user_ref"],
        channel=stored["channel"],
        jurisdiction=stored["jurisdiction"],
        currency=stored["currency"],
        moment=_moment(stored, ruleset),
        consents=stored["consents"],
        shopper=_known(stored["shopper"], specs),
        lines=tuple(_line(line, specs) for line in stored["lines"]),
        offer_ids=tuple(stored["offer_ids"]),
        signals=stored["signals"],
        behaviour_seq=stored["behaviour_seq"],
    )


def _line(stored: Mapping[str, Any], specs: Mapping[str, FactSpec]) -> Line:
    return Line(**{**stored, "facts": _known(stored["facts"], specs)})


def _known(facts: Facts, specs: Mapping[str, FactSpec]) -> Facts:
    return {name: value for name, value in facts.items() if name in specs}


def _moment(stored: Mapping[str, Any], ruleset: Ruleset | None) -> Moment:
    as_of_us, zone, elsewhere = stored["as_of_us"], stored["zone"], tuple(stored["elsewhere"])
    if ruleset is not None:
        zone, elsewhere = ruleset.zones[stored["jurisdiction"]], ruleset.budget_zones
    return moment_at(as_of_us, zone, elsewhere)


def _logged_scores(record: Mapping[str, Any], allowed: tuple[Candidate, ...]) -> Scores | None:
    """The scores that the log has for *allowed*, or None when it lacks one.

    A score counts only for the very same discount on the very same lines.
    """
    known = {
        (c["offer_id"], c["kind"], c["depth"], c["discount"]): c
        for c in record["candidates"]
        if c.get("purchase_ppm") is not None
    }
    found = [known.get((c.offer.id, c.offer.kind.value, c.depth, c.discount)) for c in allowed]
    purchase, baseline = [], []
    for entry, candidate in zip(found, allowed, strict=True):
        if entry is None or not _same_lines(entry["allocation"], candidate.allocation):
            return None
        purchase.append(entry["purchase_ppm"])
        baseline.append(entry["baseline_ppm"])
    model = record["model"]
    digest = model["digest"] if model else ""
    return Scores(digest, tuple(purchase), tuple(baseline))


def _same_lines(stored: list[list[int]], allocation: tuple[tuple[int, int], ...]) -> bool:
    return len(stored) == len(allocation) and all(
        kept[0] == part[0] and kept[1] == part[1]
        for kept, part in zip(stored, allocation, strict=True)
    )
