"""Warnings about tests that pass because nothing could have happened in them."""

from __future__ import annotations

from decimal import Decimal

from sconto.domain.context import Line
from sconto.domain.money import format_minor
from sconto.rulebook.cases.notation import findings_of
from sconto.rulebook.cases.run import CaseResult
from sconto.rulebook.documents.cases import LineDoc
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


def check_goods(subject: Subject) -> None:
    """Warn about goods fixtures that cost the shop more than they bring: nothing comes off them.

    Gifts without a price, and shipping that an offer makes cheaper, are meant to.
    """
    offers = subject.ruleset.offers
    for doc, source in subject.tests:
        for name, goods in doc.fixtures.goods.items():
            price, cost = Decimal(goods.price or 0), Decimal(goods.cost or 0)
            line = _goods_line(name, goods)
            shipped = any(o.shipping is not None and o.shipping.covers(line) for o in offers)
            if 0 < price < cost and not shipped:
                currency = subject.ruleset.currency
                message = (
                    f"goods `{name}` cost the shop {goods.cost} {currency}, and their price is "
                    f"{goods.price}"
                )
                advice = "swap `price` and `cost`, or correct the one that is wrong"
                place: DocPath = ("fixtures", "goods", name, "cost")
                subject.warn((source, place), "SEM-024", message, advice)


def _goods_line(name: str, goods: LineDoc) -> Line:
    """The goods as a basket line, as far as scopes look at it."""
    return Line(
        line_id=name,
        product_id=goods.product or name,
        category=goods.category or "",
        department=goods.department or "",
        brand=goods.brand or "",
        quantity=1,
        list_price=0,
        unit_cost=None,
        facts={},
    )


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
