"""A decision in plain words with its ruleset at hand: which rule withheld, and what would flip it.

What the record alone can answer stays in `sconto.domain.explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sconto.domain.budget import counted_budgets
from sconto.domain.changes import Change
from sconto.domain.choice import Ranked
from sconto.domain.codes import opened_offers
from sconto.domain.context import Line
from sconto.domain.counterfactual import Flip, Question
from sconto.domain.decision import Decision
from sconto.domain.earning import must_be_earned, taking_no_part
from sconto.domain.explain import OUTCOMES
from sconto.domain.money import format_millionths
from sconto.domain.offer import BuyGet
from sconto.domain.reasons import SENTENCES, ReasonCode
from sconto.domain.scope import Scope
from sconto.domain.shortlist import Assessed
from sconto.domain.wording import Wording, listed


@dataclass(frozen=True, slots=True)
class Considered:
    """A candidate, what became of it, and every finding."""

    offer_id: str
    depth: int
    reason: ReasonCode
    sentence: str
    because: tuple[str, ...]


def considered(decision: Decision, wording: Wording, offer_id: str = "") -> Iterator[Considered]:
    """Every candidate of *decision*, or of one offer, in the order of offers and depths."""
    ranked = {r.candidate.id: r for r in decision.choice.ranked}
    for assessed in decision.shortlist.assessed:
        if offer_id in {"", assessed.candidate.offer.id}:
            yield _considered(assessed, ranked.get(assessed.candidate.id), decision, wording)


def _considered(
    assessed: Assessed, ranked: Ranked | None, decision: Decision, wording: Wording
) -> Considered:
    candidate = assessed.candidate
    reason = ranked.code if ranked else assessed.findings[0].code
    offer = candidate.offer
    off = f" ({wording.units.money(candidate.discount)} off)" if candidate.discount else ""
    name = f"{offer.id} at {wording.depth(offer.kind, candidate.depth)}{off}"
    because = [wording.finding(f) for f in assessed.findings if f.rule_id or f.clauses]
    because += _unfit(assessed, decision, wording)
    if candidate.discount and offer.at_most_pieces is not None:
        because.append(
            f"pieces of the basket that it makes cheaper: at most {offer.at_most_pieces}"
        )
    if ranked is not None:
        because += _ranking(ranked, decision, wording)
    because += [f"a person should look at it: {wording.finding(f)}" for f in assessed.reviews]
    return Considered(
        offer.id, candidate.depth, reason, f"{name}: {SENTENCES[reason]}", tuple(because)
    )


def _unfit(assessed: Assessed, decision: Decision, wording: Wording) -> Iterator[str]:
    """How far the basket or the day was from what the offer asks."""
    offer, depth = assessed.candidate.offer, assessed.candidate.depth
    match assessed.findings[:1] and assessed.findings[0].code:
        case ReasonCode.NOT_VALID_TODAY:
            start, end = offer.validity.valid_from, offer.validity.valid_to
            yield f"it runs from {start} until the day before {end}"
        case ReasonCode.BELOW_MINIMUM_SPEND:
            lines: Sequence[Line] = decision.context.lines
            if must_be_earned(offer):
                apart = taking_no_part(decision.context, wording.ruleset)
                lines = [line for i, line in enumerate(lines) if i not in apart]
            spend = sum(line.list_total for line in lines if offer.scope.covers(line))
            asked = max(offer.minimum_spend, depth if offer.tiers else 0)
            if spend < asked:
                covered, least = wording.units.money(spend), wording.units.money(asked)
                yield f"the covered lines cost {covered}, it needs {least}"
            elif offer.buy_get is not None:
                yield _no_set(offer.scope, offer.buy_get, lines)


def _no_set(scope: Scope, terms: BuyGet, lines: Sequence[Line]) -> str:
    """What a set takes, and the pieces that there are for it."""
    bought, given = (
        sum(line.quantity for line in lines if part.covers(line))
        for part in (scope, terms.reward or scope)
    )
    return (
        f"a set takes {terms.buy} pieces bought and {terms.get} given, no piece twice; "
        f"{bought} can be bought and {given} can be given"
    )


def _ranking(ranked: Ranked, decision: Decision, wording: Wording) -> Iterator[str]:
    """What the model and the budgets said, and the findings on top of earlier lanes."""
    currency = wording.units.currency
    if ranked.valued is not None and decision.scores is not None:
        value, outcome = ranked.valued, OUTCOMES[decision.scores.outcome.value]
        yield (
            f"the model: with it {outcome} in {_share(value.probability_ppm)}, without in "
            f"{_share(value.baseline_ppm)}, so it is expected to add "
            f"{format_millionths(value.gain, currency)} to giving nothing, and at least "
            f"{format_millionths(value.least_gain, currency)}"
        )
        if value.charge:
            charge = format_millionths(value.charge, currency)
            yield f"{charge} are taken off in that for what its budgets are worth elsewhere"
    if ranked.refused is not None:
        draw, used = ranked.refused, decision.view.get(ranked.refused.key, 0)
        counted = draw.budget_id in counted_budgets(decision.ruleset)
        had, limit, more = (
            str(n) if counted else wording.in_budget(n) for n in (used, draw.limit, draw.amount)
        )
        pace = draw.pace
        allowed = "" if pace is None else str(pace) if counted else wording.in_budget(pace)
        by_now = f", {allowed} of them by now" if allowed else ""
        yield f"budget {draw.budget_id} had {had} of {limit} in use{by_now}; it needs {more}"
    if ranked.on_top_of:
        earlier = listed(wording.candidate(c) for c in ranked.on_top_of)
        for finding in ranked.findings:
            yield f"on top of {earlier}: {wording.finding(finding)}"


_OF_THE_OFFER: Final = frozenset(
    {ReasonCode.NO_LINE_IN_SCOPE, ReasonCode.NOT_VALID_TODAY, ReasonCode.CODE_REQUIRED}
)
"""Reasons that all candidates of an offer share."""


def grouped(entries: Iterable[Considered]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Sentences with what is behind them; an offer that never came into question has one only."""
    reported: set[tuple[str, ReasonCode]] = set()
    for entry in entries:
        if entry.because:
            yield entry.sentence, entry.because
            continue
        key = (entry.offer_id, entry.reason)
        same = entry.reason in _OF_THE_OFFER
        if not same:
            yield entry.sentence, ()
        elif key not in reported:
            reported.add(key)
            yield f"{entry.offer_id}: {SENTENCES[entry.reason]}", ()


def flipped(flip: Flip, wording: Wording) -> str:
    """What would have flipped it, in one sentence."""
    return next(flipped_together((flip,), wording))


def flipped_together(found: Iterable[Flip], wording: Wording) -> Iterator[str]:
    """One sentence each; depths of an offer that the same change lets through share theirs."""
    for (question, offer_id, _), same in groupby(found, lambda f: (f.question, f.offer_id, f.rest)):
        together = tuple(same)
        yield _flip_sentence(_about(question, offer_id, together, wording), together[0], wording)


def _flip_sentence(about: str, flip: Flip, wording: Wording) -> str:
    if flip.changes is None:
        return f"{about}: {_never(flip, wording)}."
    changes = wording.changes(flip.changes)
    if flip.question is Question.ALLOWED:
        return f"{about} {changes}."
    given = listed(wording.candidate(c) for c in flip.given) if flip.given else "nothing"
    verb = "is" if len(flip.given) < 2 else "are"  # noqa: PLR2004 (grammar)
    return f"{about} {changes}. Then {given} {verb} given."


def _about(question: Question, offer_id: str, together: Sequence[Flip], wording: Wording) -> str:
    if question is Question.OTHERWISE:
        return "The answer is another one"
    if question is Question.CHOSEN:
        return f"{offer_id} is given"
    kind = next(o.kind for o in wording.ruleset.offers if o.id == offer_id)
    depths = listed(wording.depth(kind, flip.depth or 0) for flip in together)
    return f"{offer_id} at {depths} may be given"


def untried_codes(wording: Wording, offer_id: str) -> str:
    """What to add where nothing was found: the sets whose codes open *offer_id*, or any offer.

    Empty when every such offer was opened. No code is tried, whatever the question.
    """
    ruleset, context = wording.ruleset, wording.context
    opened = opened_offers(context, ruleset.code_sets)
    sets = [
        f"`{codes.id}`"
        for codes in ruleset.code_sets.values()
        if codes.validity.covers(context.moment.local_date)
        and any(offer not in opened and offer_id in {"", offer} for offer in codes.offers)
    ]
    return f"; codes are not tried: those of {listed(sets)} were not sent" if sets else ""


def why_no_search(decision: Decision, wording: Wording, offer_id: str) -> str:
    """Why no change was looked for that brings *offer_id*."""
    if any(c.offer.id == offer_id for c in decision.stack.candidates):
        return f"{offer_id} is given, and no depth of it was withheld"
    if all(a.candidate.offer.id != offer_id for a in decision.shortlist.assessed):
        return f"{offer_id} was not considered: the request names other offers"
    return f"no change of a fact lets {offer_id} be given{untried_codes(wording, offer_id)}"


def _never(flip: Flip, wording: Wording) -> str:
    if flip.complete:
        return f"no change of one or two facts does it{untried_codes(wording, flip.offer_id)}"
    if not flip.searched:
        return "only the model can tell: name its folder with `--model`"
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
