"""The kinds of offers: how each is written, checked, compiled, described and tried in an example.

One class for each kind. What a kind costs is in `sconto.domain.pricing`; what the solver knows of
it, in `lint/candidate_model.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, ClassVar, Final

from sconto.domain.context import Line
from sconto.domain.money import BP_ONE
from sconto.domain.offer import (
    IN_BASIS_POINTS,
    BundleItem,
    BuyGet,
    Off,
    Offer,
    OfferKind,
    Rounding,
)
from sconto.domain.scope import EVERYTHING, Scope
from sconto.domain.validity import Validity
from sconto.domain.wording import listed
from sconto.rulebook.change_text import added_and_removed, scope_changes, scope_text, value_changes
from sconto.rulebook.check.base import Check
from sconto.rulebook.compile.amounts import Amounts
from sconto.rulebook.compile.scopes import Scopes
from sconto.rulebook.documents.offers import OfferDoc, TierDoc
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.findings import DocPath

Keys = Mapping[str, Any]
"""A document, or a part of one, as JSON."""


class NoSuchOffer(Exception):
    """No offer of a kind takes exactly an amount off a line: why, and what to do about it."""

    def __init__(self, message: str, advice: str) -> None:
        self.advice = advice
        super().__init__(message)


class OfferForm:
    """What the rulebook knows of one kind of offer."""

    kind: ClassVar[OfferKind]
    path: ClassVar[DocPath]
    """Where its depths stand in a document, from the shallowest to the deepest."""

    @property
    def key(self) -> str:
        """The key by which a document is of this kind."""
        return str(self.path[0])

    def depths(self, doc: OfferDoc) -> list[str]:
        """Its depths as written; none where *doc* is of no kind, which its checks report."""
        found: Any = doc
        for key in self.path:
            found = getattr(found, str(key), None)
        return list(found or ())

    def check(self, doc: OfferDoc, check: Check) -> None:
        """Report what is wrong with its depths and its own keys."""
        if self.kind in IN_BASIS_POINTS:
            check.percentages(self.depths(doc), self.path)
        else:
            check.amounts(self.depths(doc), self.path)

    def ladder(self, doc: OfferDoc, amounts: Amounts) -> tuple[int, ...]:
        """Its depths in the unit of the kind."""
        if self.kind in IN_BASIS_POINTS:
            return tuple(basis_points(depth) or 0 for depth in self.depths(doc))
        return tuple(amounts.minor(depth) for depth in self.depths(doc))

    def fields(self, _doc: OfferDoc, _amounts: Amounts, _scopes: Scopes) -> dict[str, Any]:
        """The fields of an `Offer` that only this kind has; `scope` where it is another one."""
        return {}

    def discounted(self, offer: Offer) -> Scope:
        """The lines that *offer* takes money off."""
        return offer.scope

    def largest_share(self, _offer: Offer, _depth: int) -> int:
        """The largest share of a line that an offer takes off at a depth, in basis points."""
        return BP_ONE

    def text(self, value: Any, currency: str) -> str:
        """What comes off, from the *value* of its key."""
        raise NotImplementedError

    def changes(self, old: Any, new: Any, currency: str) -> Iterator[str]:
        """What changed between two values of its key, as predicates."""
        raise NotImplementedError

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """The depth and fields of an offer that takes *discount* off *line*, else NoSuchOffer."""
        raise NotImplementedError


class Percent(OfferForm):
    """A share of the covered lines."""

    kind = OfferKind.PERCENT
    path = ("percent_off",)

    def largest_share(self, _offer: Offer, depth: int) -> int:
        """The depth itself."""
        return depth

    def text(self, value: Any, _currency: str) -> str:
        """The shares that come off."""
        return f"{listed(value)} off"

    def changes(self, old: Any, new: Any, _currency: str) -> Iterator[str]:
        """Shares that were added or removed."""
        yield from _depth_changes(old, new)

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """The share of the line, if a percentage comes to it."""
        return _share(discount, line.list_total), {}


class Amount(OfferForm):
    """An amount off the covered lines together."""

    kind = OfferKind.AMOUNT
    path = ("amount_off",)

    def text(self, value: Any, currency: str) -> str:
        """The amounts that come off."""
        return f"{listed(f'{v} {currency}' for v in value)} off"

    def changes(self, old: Any, new: Any, currency: str) -> Iterator[str]:
        """Amounts that were added or removed."""
        yield from _depth_changes(old, new, f" {currency}")

    def example(self, discount: int, _line: Line) -> tuple[int, dict[str, Any]]:
        """The amount itself."""
        return discount, {}


class BuyXGetY(OfferForm):
    """Buy some pieces, get others cheaper or free."""

    kind = OfferKind.BUY_X_GET_Y
    path = ("buy_x_get_y", "off")

    def fields(self, doc: OfferDoc, _amounts: Amounts, scopes: Scopes) -> dict[str, Any]:
        """How many pieces are bought and given, and where the latter come from."""
        terms = doc.buy_x_get_y
        if terms is None:
            return {}
        reward = None if terms.reward is None else scopes.of(terms.reward)
        return {"buy_get": BuyGet(terms.buy, terms.get, reward, terms.at_most_sets)}

    def largest_share(self, offer: Offer, depth: int) -> int:
        """The share of the pieces given; all of a line where they are other goods."""
        terms = offer.buy_get
        if terms is None or terms.reward is not None:
            return BP_ONE
        return -(-depth * terms.get // (terms.buy + terms.get))

    def text(self, value: Any, _currency: str) -> str:
        """How much off how many pieces."""
        reward = f" from {scope_text(value['reward'])}" if value.get("reward") else ""
        pieces = f"the cheapest {value['get']} of every {value['buy'] + value['get']} pieces"
        most = f", at most {_times(value['at_most_sets'])}" if value.get("at_most_sets") else ""
        return f"{listed(value['off'])} off {pieces}{reward}{most}"

    def changes(self, old: Any, new: Any, _currency: str) -> Iterator[str]:
        """Other depths, another number of pieces, other goods."""
        yield from _depth_changes(old["off"], new["off"], what="off the pieces given")
        now, then = (f"{v['get']} of every {v['buy'] + v['get']} pieces" for v in (new, old))
        if (old["buy"], old["get"]) != (new["buy"], new["get"]):
            yield f"gives {now}, was {then}"
        yield from scope_changes("gives pieces of", old.get("reward"), new.get("reward"))
        most, before = (v.get("at_most_sets") for v in (new, old))
        if most != before:
            yield f"gives pieces {_most_times(most)} in a basket, was {_most_times(before)}"

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """As few pieces given as the discount needs."""
        get = -(-discount // line.list_price)
        if get >= line.quantity:
            message = "buying one piece to get another takes more pieces"
            raise NoSuchOffer(message, "give the line a `quantity`")
        share = _share(discount, get * line.list_price)
        return share, {"buy_get": BuyGet(line.quantity - get, get)}


class Bundle(OfferForm):
    """Several pieces together for one price."""

    kind = OfferKind.BUNDLE
    path = ("bundle_price", "prices")

    def check(self, doc: OfferDoc, check: Check) -> None:
        """Prices descend and are above zero, and the items take the place of `scope`."""
        prices = self.depths(doc)
        for i, price in enumerate(prices):
            check.amount(price, (*self.path, i))
        minor = [check.minor(price) for price in prices]
        for i, (dearer, cheaper) in enumerate(pairwise(minor), start=1):
            if dearer <= cheaper:
                message = "each price of a bundle must be lower than the one before"
                advice = "sort the prices from high to low"
                check.add((*self.path, i), "OFR-001", message, advice)
        if minor[-1] == 0:
            path = (*self.path, len(prices) - 1)
            check.add(path, "OFR-001", "a bundle must cost something", "remove the price of zero")
        if doc.scope is not None:
            message = "the items of a bundle say what it is about, so `scope` has no place here"
            check.add(("scope",), "SCH-006", message, "remove `scope`")

    def fields(self, doc: OfferDoc, _amounts: Amounts, scopes: Scopes) -> dict[str, Any]:
        """Its items; a line must be in the scope of one of them."""
        items = () if doc.bundle_price is None else doc.bundle_price.items
        bundle = tuple(BundleItem(scopes.of(item.scope), item.pieces) for item in items)
        return {"bundle": bundle, "scope": Scope(classes=tuple(i.scope for i in bundle))}

    def text(self, value: Any, currency: str) -> str:
        """The items and their price."""
        items = (f"{i['pieces']} from {scope_text(i['scope'])}" for i in value["items"])
        return f"a bundle of {listed(items)} for {_prices(value, currency)}"

    def changes(self, old: Any, new: Any, currency: str) -> Iterator[str]:
        """Other prices or items."""
        if old["prices"] != new["prices"]:
            now, then = _prices(new, currency), _prices(old, currency)
            yield f"sells a bundle for {now}, was {then}"
        yield from value_changes(self.key, {"items": old["items"]}, {"items": new["items"]})

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """All pieces of the line as one bundle."""
        bundle = (BundleItem(EVERYTHING, line.quantity),)
        return line.list_total - discount, {"bundle": bundle}


class FreeShipping(OfferForm):
    """Shipping cheaper or free for those who buy the covered goods."""

    kind = OfferKind.FREE_SHIPPING
    path = ("free_shipping", "off")

    def fields(self, doc: OfferDoc, _amounts: Amounts, scopes: Scopes) -> dict[str, Any]:
        """The shipping lines."""
        terms = doc.free_shipping
        return {} if terms is None else {"shipping": scopes.of(terms.shipping)}

    def discounted(self, offer: Offer) -> Scope:
        """The shipping lines."""
        return offer.shipping or offer.scope

    def text(self, value: Any, _currency: str) -> str:
        """How much off which lines."""
        return f"{listed(value['off'])} off shipping ({scope_text(value['shipping'])})"

    def changes(self, old: Any, new: Any, _currency: str) -> Iterator[str]:
        """Other depths or shipping lines."""
        yield from _depth_changes(old["off"], new["off"], what="off shipping")
        yield from scope_changes("discounts", old["shipping"], new["shipping"])

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """A share of the line as if it were shipping."""
        return _share(discount, line.list_total), {"shipping": EVERYTHING}


class SpendTiers(OfferForm):
    """What each spend brings; a depth is the spend that reaches the tier."""

    kind = OfferKind.SPEND_TIERS
    path = ("spend_tiers",)

    def depths(self, doc: OfferDoc) -> list[str]:
        """The spend of each tier."""
        return [tier.spend for tier in doc.spend_tiers or ()]

    def check(self, doc: OfferDoc, check: Check) -> None:
        """Spends ascend from above zero, and each tier takes a share or an amount off."""
        tiers = doc.spend_tiers or []
        spends = pairwise([0, *(check.minor(tier.spend) for tier in tiers)])
        for i, (tier, (lower, higher)) in enumerate(zip(tiers, spends, strict=True)):
            path: DocPath = ("spend_tiers", i)
            check.one_of(tier, ("percent_off", "amount_off"), path)
            for key in ("spend", "amount_off"):
                check.amount(getattr(tier, key), (*path, key))
            if lower >= higher:
                message = "each spend must be higher than the one before, and the first above zero"
                advice = "sort the tiers and remove doubles"
                check.add((*path, "spend"), "OFR-002", message, advice)

    def fields(self, doc: OfferDoc, amounts: Amounts, _scopes: Scopes) -> dict[str, Any]:
        """What each tier takes off, by its spend."""
        tiers = doc.spend_tiers or ()
        return {"tiers": {amounts.minor(t.spend): _off(t, amounts) for t in tiers}}

    def largest_share(self, offer: Offer, depth: int) -> int:
        """The share of its tier; all of a line where the tier takes an amount off."""
        return offer.tiers[depth].bp or BP_ONE

    def text(self, value: Any, currency: str) -> str:
        """What each tier brings."""
        return listed(_tier_text(tier, currency) for tier in value)

    def changes(self, old: Any, new: Any, currency: str) -> Iterator[str]:
        """Tiers that were added, removed or changed."""
        before, after = ({t["spend"]: t for t in tiers} for tiers in (old, new))
        for spend in [*after, *(s for s in before if s not in after)]:
            was, now = before.get(spend), after.get(spend)
            if now is None and was is not None:
                yield f"no longer gives {_tier_text(was, currency)}"
            elif was is None and now is not None:
                yield f"gives {_tier_text(now, currency)} now"
            elif now is not None and was is not None and was != now:
                then = _tier_text(was, currency).split(" off")[0]
                yield f"gives {_tier_text(now, currency)}, was {then}"

    def example(self, discount: int, line: Line) -> tuple[int, dict[str, Any]]:
        """One tier, which the line just reaches."""
        return line.list_total, {"tiers": {line.list_total: Off(amount=discount)}}


OFFER_KINDS: Final[tuple[OfferForm, ...]] = (
    Percent(), Amount(), BuyXGetY(), Bundle(), FreeShipping(), SpendTiers(),
)  # fmt: skip
BY_KIND: Final[Mapping[OfferKind, OfferForm]] = {form.kind: form for form in OFFER_KINDS}
BY_KEY: Final[Mapping[str, OfferForm]] = {form.key: form for form in OFFER_KINDS}


def kinds_of(doc: OfferDoc) -> list[OfferForm]:
    """The kinds whose key *doc* has: one, unless its checks report it."""
    return [form for form in OFFER_KINDS if getattr(doc, form.key) is not None]


def offer_scopes(offer: Offer) -> list[Scope]:
    """Every scope that *offer* names."""
    named = [offer.scope, *(item.scope for item in offer.bundle)]
    reward = None if offer.buy_get is None else offer.buy_get.reward
    return [*named, *(scope for scope in (offer.shipping, reward) if scope is not None)]


def own_fields(offer: Offer) -> tuple[object, ...]:
    """The terms of *offer* that only its kind has, besides what its depths stand for."""
    return offer.buy_get, offer.bundle, offer.shipping


def offer_taking(discount: int, kind: str, line: Line) -> Offer:
    """An offer of *kind* that takes *discount* minor units off *line*; raises NoSuchOffer."""
    if not 0 < discount <= line.list_total:
        message = "the discount must be above zero, and at most what the line costs"
        raise NoSuchOffer(message, "change it")
    form = BY_KIND[OfferKind(kind)]
    depth, fields = form.example(discount, line)
    return Offer(
        id="example",
        name="Example",
        kind=form.kind,
        ladder=(depth,),
        scope=EVERYTHING,
        minimum_spend=0,
        supplier_share_bp=0,
        budgets=(),
        validity=Validity(date.min, date.max),
        **fields,
    )


def _share(discount: int, total: int) -> int:
    """The basis points of *total* that make *discount*."""
    nearest = (2 * discount * BP_ONE + total) // (2 * total)
    if nearest and Rounding().apply(total * nearest, BP_ONE) == discount:
        return nearest
    raise NoSuchOffer("no percentage with two decimals takes just this discount off", "change it")


def _off(tier: TierDoc, amounts: Amounts) -> Off:
    if tier.percent_off is not None:
        return Off(bp=basis_points(tier.percent_off))
    return Off(amount=amounts.minor(tier.amount_off or "0"))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _most_times(number: int | None) -> str:
    return "any number of times" if number is None else f"at most {_times(number)}"


def _prices(value: Keys, currency: str) -> str:
    return listed(f"{price} {currency}" for price in value["prices"])


def _tier_text(tier: Keys, currency: str) -> str:
    off = tier.get("percent_off") or f"{tier['amount_off']} {currency}"
    return f"{off} off from a spend of {tier['spend']} {currency}"


def _depth_changes(
    old: list[str], new: list[str], unit: str = "", what: str = "off"
) -> Iterator[str]:
    added, removed = added_and_removed(old, new)
    if added:
        yield f"can take {listed(f'{v}{unit}' for v in added)} {what} now"
    if removed:
        yield f"no longer takes {listed(f'{v}{unit}' for v in removed)} {what}"
    if old[-1] != new[-1]:
        yield f"takes at most {new[-1]}{unit} {what}, was {old[-1]}{unit}"
