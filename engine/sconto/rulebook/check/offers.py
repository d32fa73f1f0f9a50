"""Checks of offers and of the lanes they compete in."""

from __future__ import annotations

from itertools import pairwise

from sconto.rulebook.check.base import Check
from sconto.rulebook.documents.offers import ObjectiveDoc, OfferDoc, StackingDoc
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.findings import DocPath, did_you_mean
from sconto.rulebook.offer_kinds import BY_KEY, kinds_of


def check_stacking(doc: StackingDoc, check: Check) -> None:
    """Report what is wrong with the lanes of *doc*."""
    seen: set[str] = set()
    for i, lane in enumerate(doc.lanes):
        if lane.id in seen:
            message = f"lane `{lane.id}` stands here twice"
            check.add(("lanes", i, "id"), "LAN-001", message, "give each lane its own id")
        seen.add(lane.id)


def check_objective(doc: ObjectiveDoc, check: Check) -> None:
    """Report what is wrong with the objective *doc*."""
    for key in ("worth", "minimum_gain"):
        check.amount(getattr(doc, key), (key,))
    if doc.aim != "sale" and doc.worth is None:
        _ask_for_worth(doc.aim, ("aim",), check)
    steps = [] if doc.assumed_response is None else doc.assumed_response.steps
    for key, start in (("depth", "0 %"), ("from_half", "50 %")):
        texts = [start, *(getattr(step, key) for step in steps)]
        for i, (lower, higher) in enumerate(pairwise(texts)):
            if (basis_points(lower) or 0) >= (basis_points(higher) or 0):
                message = f"`{key}` of a step must be above {lower}"
                advice = "steps ascend in both: a deeper discount is never assumed to bring less"
                check.add(("assumed_response", "steps", i, key), "OBJ-002", message, advice)
    if steps and steps[-1].from_half.startswith("100"):
        path = ("assumed_response", "steps", len(steps) - 1, "from_half")
        message = "no discount makes an outcome certain"
        check.add(path, "OBJ-002", message, "write less than 100 %")


def _ask_for_worth(aim: str, path: DocPath, check: Check) -> None:
    message = f"nobody says what one {aim} is worth"
    advice = 'add `worth: "8.50"`, the margin that it brings, to `objective.yaml`'
    check.add(path, "OBJ-001", message, advice)


def check_offer(doc: OfferDoc, check: Check) -> None:
    """Report what is wrong with *doc*."""
    check.one_of(doc, tuple(BY_KEY))
    check.known(doc.budgets, check.library.ids("budget"), ("budgets",), "REF-003", "budgets")
    check.amount(doc.minimum_spend, ("minimum_spend",))
    check.amount(doc.cost_of_offering, ("cost_of_offering",))
    _check_aim(doc, check)
    for form in kinds_of(doc):
        form.check(doc, check)
    _check_lane(doc, check)
    _check_budgets(doc, check)
    step = doc.rounding.to
    check.amount(step, ("rounding", "to"))
    if step is not None and not step.strip("0."):
        check.add(
            ("rounding", "to"), "SCH-005", "`to` must be above zero", 'write a step like `"0.05"`'
        )


def _check_aim(doc: OfferDoc, check: Check) -> None:
    if doc.aim in {None, "sale"} or "objective" in check.library.unread:
        return
    objective = check.library.objective
    if objective is None or objective[0].worth is None:
        _ask_for_worth(str(doc.aim), ("aim",), check)


def _check_lane(doc: OfferDoc, check: Check) -> None:
    if "stacking" in check.library.unread:
        return
    stacking = check.library.stacking
    lanes = [lane.id for lane in stacking[0].lanes] if stacking else ["main"]
    if doc.lane is None and len(lanes) > 1:
        advice = "add `lane:` with one of " + ", ".join(f"`{lane}`" for lane in lanes)
        check.add((), "OFR-003", f"offer `{doc.id}` names no lane", advice)
    if doc.lane is not None and doc.lane not in lanes:
        message = f"`{doc.lane}` is not among the lanes of this ruleset"
        check.add(("lane",), "REF-012", message, did_you_mean(doc.lane, lanes))


def _check_budgets(doc: OfferDoc, check: Check) -> None:
    budgets = {b.id: b for b, _ in check.library.budgets}
    for i, budget in enumerate(doc.budgets or ()):
        held = budgets.get(budget)
        if held and (doc.valid_from < held.valid_from or doc.valid_to > held.valid_to):
            message = f"the offer runs while its budget `{budget}` does not"
            days = f"runs from {held.valid_from} to {held.valid_to}"
            advice = f"the budget {days}: keep the offer within that, or give the budget more time"
            check.add(("budgets", i), "REF-008", message, advice)
