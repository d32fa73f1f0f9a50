"""Warnings about tests that pass because nothing could have happened in them."""

from __future__ import annotations

from sconto.domain.money import format_minor
from sconto.rulebook.cases.notation import findings_of
from sconto.rulebook.cases.run import CaseResult
from sconto.rulebook.findings import DocPath
from sconto.rulebook.lint.subject import Subject

_SAYS_WHY = frozenset({"reason", "withheld"})


def check_tests(subject: Subject) -> None:
    """Warn about expectations of nothing that would hold whatever the rules say.

    One that names a reason is not meant: it fails when another reason keeps the discount back.
    """
    sources = {source.file: source for _, source in subject.tests}
    by_entry: dict[tuple[str, DocPath], list[CaseResult]] = {}
    for result in subject.ran.ran:
        combination = result.planned.combination
        by_entry.setdefault((combination.file, combination.entry), []).append(result)
    for (file, entry), results in by_entry.items():
        causes = [_cause(result, subject) for result in results]
        if all(causes):
            name = results[0].planned.combination.case
            message = f"test `{name}` can't fail: it expects nothing, and {causes[0]}"
            advice = "mend what it is decided on, or expect the `reason` that keeps it back"
            subject.warn((sources[file], entry), "SEM-027", message, advice)


def _cause(result: CaseResult, subject: Subject) -> str:
    """Why nothing could come out of *result*, whose expectation names no reason; else nothing."""
    expected = result.planned.combination.expected or {}
    if expected.get("given") != {} or expected.keys() & _SAYS_WHY:
        return ""
    return _no_offer(result, subject) or _law(result, subject) or _below_cost(result, subject)


def _no_offer(result: CaseResult, subject: Subject) -> str:
    context = result.planned.decidable.context
    day, wanted = context.moment.local_date, context.offer_ids
    considered = [o for o in subject.ruleset.offers if not wanted or o.id in wanted]
    if any(offer.validity.covers(day) for offer in considered):
        return ""
    return f"no offer that it considers holds on {day}"


def _law(result: CaseResult, subject: Subject) -> str:
    """The fact that is not sent and that a law needs, where nothing else keeps a discount back."""
    for candidate in result.record["candidates"]:
        found = findings_of(candidate)
        missing = [fact for f in found for fact, *_, seen in f["clauses"][:1] if seen is None]
        if found and len(missing) == len(found) and all(subject.of_law(f["rule"]) for f in found):
            return f"`{missing[0]}`, which the law of `{found[0]['rule']}` needs, is not sent"
    return ""


def _below_cost(result: CaseResult, subject: Subject) -> str:
    for line in result.planned.decidable.context.lines:
        if line.unit_cost is None or line.unit_cost <= line.list_price:
            return ""
    line, currency = result.planned.decidable.context.lines[0], subject.ruleset.currency
    cost, price = (
        format_minor(line.unit_cost or 0, currency),
        format_minor(line.list_price, currency),
    )
    return f"`{line.product_id}` costs the shop {cost} and sells at {price}"
