"""A decision explained, in sentences or as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from sconto.cli.output import print_json, print_lines
from sconto.cli.progress import status
from sconto.domain.counterfactual import Flip, flips
from sconto.domain.explain import explain_answer
from sconto.domain.explain_rules import (
    considered,
    considered_json,
    flip_json,
    flipped,
    flipped_together,
    grouped,
    why_no_search,
)
from sconto.domain.wording import Wording
from sconto.errors import Rejected
from sconto.offline.explain import Case


def print_case(case: Case, offer_id: str, form: str) -> None:
    """Print the decision of *case*, its candidates and the changes that flip it.

    Raises Rejected when the ruleset has no offer *offer_id*.
    """
    ruleset = case.world.ruleset
    if offer_id and offer_id not in {o.id for o in ruleset.offers}:
        known = ", ".join(f"`{o.id}`" for o in ruleset.offers)
        raise Rejected(f"there is no offer `{offer_id}`", f"known are {known}")
    segments = case.decision.shortlist.segments
    wording = Wording(ruleset, case.situation.context, segments, case.places)
    entries = tuple(considered(case.decision, wording, offer_id))
    found = _flips(case, offer_id)
    if form == "json":
        print_json(
            {
                "ruleset": ruleset.digest,
                "answer": list(explain_answer(case.record)),
                "considered": considered_json(entries),
                "flips": [{**flip_json(f), "sentence": flipped(f, wording)} for f in found],
                "record": case.record,
            }
        )
        return
    print_lines([case.heading, "", *explain_answer(case.record), "", "Considered"])
    for sentence, reasons in grouped(entries):
        print_lines([f"- {sentence}", *(f"    {reason}" for reason in reasons)])
    print_lines(["", "What would have changed it", *_flip_lines(case, found, wording, offer_id)])


def _flips(case: Case, offer_id: str) -> tuple[Flip, ...]:
    """The nearest changes that flip the decision; a terminal shows how far the search is."""
    found: list[Flip] = []
    with status("Looking for the nearest change") as update:
        for flip in flips(case.world, case.situation, case.decision, offer_id):
            found.append(flip)
            update(f"Looking for the nearest change: {len(found)} questions answered")
    return tuple(found)


def _flip_lines(
    case: Case, found: tuple[Flip, ...], wording: Wording, offer_id: str
) -> Iterator[str]:
    for sentence in flipped_together(found, wording):
        yield f"- {sentence}"
    if not found:
        yield f"- {why_no_search(case.decision, wording, offer_id)}"
