"""A decision in plain words with its ruleset at hand: which rule spoke, and what would flip it.

What the record alone can tell stays in `sconto.domain.explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sconto.domain.budget import counted_budgets
from sconto.domain.changes import Change
from sconto.domain.choice import Ranked
from sconto.domain.counterfactual import Flip, Question
from sconto.domain.decision import Decision
from sconto.domain.explain import OUTCOMES
from sconto.domain.money import to_major
from sconto.domain.reasons import SENTENCES, ReasonCode
from sconto.domain.shortlist import Assessed
from sconto.domain.telling import Teller, listed


@dataclass(frozen=True, slots=True)
class Considered:
    """A candidate, what became of it, and everything that spoke."""

    offer_id: str
    depth: int
    reason: ReasonCode
    sentence: str
    because: tuple[str, ...]


def considered(decision: Decision, teller: Teller, offer_id: str = "") -> Iterator[Considered]:
    """Every candidate of *decision*, or of one offer, in the order of offers and depths."""
    ranked = {r.candidate.id: r for r in decision.choice.ranked}
    for assessed in decision.shortlist.assessed:
        if offer_id in {"", assessed.candidate.offer.id}:
            yield _considered(assessed, ranked.get(assessed.candidate.id), decision, teller)


def _considered(
    assessed: Assessed, ranked: Ranked | None, decision: Decision, teller: Teller
) -> Considered:
    candidate = assessed.candidate
    reason = ranked.code if ranked else assessed.findings[0].code
    offer = candidate.offer
    off = f" ({teller.units.money(candidate.discount)} off)" if candidate.discount else ""
    name = f"{offer.id} at {teller.depth(offer.kind, candidate.depth)}{off}"
    because = [teller.finding(f) for f in assessed.findings if f.rule_id or f.clauses]
    because += _unfit(assessed, decision, teller)
    if ranked is not None:
        because += _ranking(ranked, decision, teller)
    because += [f"a person should look at it: {teller.finding(f)}" for f in assessed.reviews]
    return Considered(
        offer.id, candidate.depth, reason, f"{name}: {SENTENCES[reason]}", tuple(because)
    )


def _unfit(assessed: Assessed, decision: Decision, teller: Teller) -> Iterator[str]:
    """How far the basket or the day was from what the offer asks."""
    offer, depth = assessed.candidate.offer, assessed.candidate.depth
    match assessed.findings[:1] and assessed.findings[0].code:
        case ReasonCode.NOT_VALID_TODAY:
            start, end = offer.validity.valid_from, offer.validity.valid_to
            yield f"it runs from {start} until the day before {end}"
        case ReasonCode.BELOW_MINIMUM_SPEND:
            lines = decision.context.lines
            spend = sum(line.list_total for line in lines if offer.scope.covers(line))
            asked = max(offer.minimum_spend, depth if offer.tiers else 0)
            if asked:
                covered, least = teller.units.money(spend), teller.units.money(asked)
                yield f"the covered lines cost {covered}, it needs {least}"


def _ranking(ranked: Ranked, decision: Decision, teller: Teller) -> Iterator[str]:
    """What the model and the budgets said, and what spoke on top of earlier lanes."""
    if ranked.valued is not None and decision.scores is not None:
        value, outcome = ranked.valued, OUTCOMES[decision.scores.outcome.value]
        yield (
            f"the model: with it {outcome} in {_share(value.probability_ppm)}, without in "
            f"{_share(value.baseline_ppm)}, so it is expected to add "
            f"{_margin(value.gain, teller)} to giving nothing, and at least "
            f"{_margin(value.least_gain, teller)}"
        )
        if value.charge:
            least = _margin(value.charge, teller)
            yield f"{least} are taken off in that for what its budgets are worth elsewhere"
    if ranked.refused is not None:
        draw, used = ranked.refused, decision.view.get(ranked.refused.key, 0)
        counted = draw.budget_id in counted_budgets(decision.ruleset)
        had, limit, more = (
            str(n) if counted else teller.units.money(n) for n in (used, draw.limit, draw.amount)
        )
        pace = draw.pace
        allowed = "" if pace is None else str(pace) if counted else teller.units.money(pace)
        by_now = f", {allowed} of them by now" if allowed else ""
        yield f"budget {draw.budget_id} had {had} of {limit} in use{by_now}; it needs {more}"
    if ranked.on_top_of:
        earlier = listed(teller.candidate(c) for c in ranked.on_top_of)
        for finding in ranked.findings:
            yield f"on top of {earlier}: {teller.finding(finding)}"


def grouped(entries: Iterable[Considered]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Sentences with what is behind them; an offer that never came into question has one only."""
    told: set[tuple[str, ReasonCode]] = set()
    for entry in entries:
        if entry.because:
            yield entry.sentence, entry.because
            continue
        key = (entry.offer_id, entry.reason)
        same = entry.reason in {ReasonCode.NO_LINE_IN_SCOPE, ReasonCode.NOT_VALID_TODAY}
        if not same:
            yield entry.sentence, ()
        elif key not in told:
            told.add(key)
            yield f"{entry.offer_id}: {SENTENCES[entry.reason]}", ()


def flipped(flip: Flip, teller: Teller) -> str:
    """What would have flipped it, in one sentence."""
    return next(flipped_together((flip,), teller))


def flipped_together(found: Iterable[Flip], teller: Teller) -> Iterator[str]:
    """One sentence each; depths of an offer that the same change lets through share theirs."""
    for (question, offer_id, _), same in groupby(found, lambda f: (f.question, f.offer_id, f.rest)):
        together = tuple(same)
        yield _told(_about(question, offer_id, together, teller), together[0], teller)


def _told(about: str, flip: Flip, teller: Teller) -> str:
    if flip.changes is None:
        return f"{about}: {_never(flip)}."
    told = teller.changes(flip.changes)
    if flip.question is Question.ALLOWED:
        return f"{about} {told}."
    given = listed(teller.candidate(c) for c in flip.given) if flip.given else "nothing"
    verb = "is" if len(flip.given) < 2 else "are"  # noqa: PLR2004 (grammar)
    return f"{about} {told}. Then {given} {verb} given."


def _about(question: Question, offer_id: str, together: Sequence[Flip], teller: Teller) -> str:
    if question is Question.OTHERWISE:
        return "The answer is another one"
    if question is Question.CHOSEN:
        return f"{offer_id} is given"
    kind = next(o.kind for o in teller.ruleset.offers if o.id == offer_id)
    depths = listed(teller.depth(kind, flip.depth or 0) for flip in together)
    return f"{offer_id} at {depths} may be given"


def _never(flip: Flip) -> str:
    if flip.complete:
        return "no change of one or two facts does it"
    if not flip.searched:
        return "that can't be told without the model"
    return "none of the changes of one or two facts that were tried does it, and not all could be"


def flip_json(flip: Flip) -> dict[str, Any]:
    """*flip* for programs, with keys that stay."""
    changes = None if flip.changes is None else [_change_json(c) for c in flip.changes]
    return {
        "question": flip.question.name.lower(),
        "offer": flip.offer_id,
        "depth": flip.depth,
        "changes": changes,
        "given": list(flip.given),
        "complete": flip.complete,
    }


def _change_json(change: Change) -> Mapping[str, Any]:
    return {
        "kind": change.kind.value,
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "hand": change.hand.value,
        "step": str(change.step),
    }


def considered_json(entries: Sequence[Considered]) -> list[dict[str, Any]]:
    """*entries* for programs, with keys that stay."""
    return [
        {
            "offer": e.offer_id,
            "depth": e.depth,
            "reason": e.reason.name,
            "sentence": e.sentence,
            "because": list(e.because),
        }
        for e in entries
    ]


def _share(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm % 10_000 // 100:02d} %"


def _margin(millionths: int, teller: Teller) -> str:
    currency = teller.units.currency
    return f"{to_major(millionths, currency).scaleb(-6):.4f} {currency}"
