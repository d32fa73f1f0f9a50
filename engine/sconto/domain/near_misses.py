"""What could be had: offers that one change in the shopper's hand would bring, each tried out.

What withheld a candidate says which change is the smallest that could be enough. It is told only
when the whole decision, made again with it, gives the offer. A request costs `MOST_DECIDED`
decisions more at most, however many lines and offers there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sconto.domain.alternatives import MOST_QUANTITY
from sconto.domain.changes import BASKET, Change, Changer, Kind, Situation
from sconto.domain.condition import Comparison, Op, comparisons
from sconto.domain.context import DecisionContext, Line
from sconto.domain.decision import Decision
from sconto.domain.experiment import Group
from sconto.domain.findings import Finding
from sconto.domain.money import MAX_MINOR
from sconto.domain.offer import BuyGet, Offer
from sconto.domain.reasons import ReasonCode, Rung
from sconto.domain.ruleset import Ruleset
from sconto.domain.scope import EVERYTHING, Scope
from sconto.domain.shortlist import Assessed

MOST_DECIDED: Final = 6
"""Changes that are tried for one request, the smallest first."""
MOST_TOLD: Final = 3
"""Near misses of one request."""

Decide = Callable[[DecisionContext], Decision]
"""Decides again, as things stand, for another context."""


class NearMiss(NamedTuple):
    """An offer, the one change that brings it, and what comes off then, minor units."""

    offer_id: str
    change: Change
    discount: int
    """By the offer."""
    total_discount: int
    """In all."""


def near_miss_fields(near: NearMiss) -> Mapping[str, Any]:
    """*near* with the keys and values that a rendering reads."""
    change = near.change
    return {
        "offer_id": near.offer_id,
        "kind": change.kind.value,
        "name": change.name,
        "more": int(change.after) - int(change.before or 0),
        "discount": near.discount,
        "total_discount": near.total_discount,
    }


def near_misses(decision: Decision, decide: Decide, changer: Changer) -> tuple[NearMiss, ...]:
    """What one change would bring beside, or in place of, what *decision* gives; largest first.

    Changes are of spend, pieces of a line, and a consent that is not known. Whoever is in a
    holdout, or is given something by chance, is told nothing; nobody is told to borrow more.
    """
    if (
        decision.choice.assignment.group is not Group.POLICY
        or decision.broken
        or decision.rung is Rung.NO_DISCOUNT
    ):
        return ()
    start = Situation(decision.context, decision.view)
    found: list[NearMiss] = []
    proposed = _Proposals(decision).by_change()
    for change in sorted(proposed, key=lambda c: _size(c, decision.context))[:MOST_DECIDED]:
        then = decide(changer.apply((change,), start).context)
        found += _brought(decision, then, change, proposed[change])
    return tuple(sorted(found, key=lambda n: (-n.discount, n.offer_id))[:MOST_TOLD])


def _brought(
    decision: Decision, then: Decision, change: Change, offer_ids: Iterable[str]
) -> Iterator[NearMiss]:
    """What *then* gives of *offer_ids*, where the shopper has more by it than by *decision*."""
    now, total = _discount_by_offer(decision), then.stack.discount
    if total <= decision.stack.discount:
        return
    after = _discount_by_offer(then)
    for offer_id in offer_ids:
        discount = after.get(offer_id, 0)
        if discount > now.get(offer_id, 0):
            yield NearMiss(offer_id, change, discount, total)


def _discount_by_offer(decision: Decision) -> dict[str, int]:
    return {c.offer.id: c.discount for c in decision.stack.candidates}


def _size(change: Change, context: DecisionContext) -> tuple[int, str, str]:
    """What a change asks the shopper to spend, at list price; ties are broken for good."""
    spent = 0
    if change.kind is Kind.SPEND:
        spent = int(change.after)
    elif change.kind is Kind.PIECES:
        line = next(line for line in context.lines if line.line_id == change.name)
        spent = line.list_price * (int(change.after) - line.quantity)
    return spent, change.kind.value, change.name


class _Proposals:
    """The changes that could be enough for what *decision* withheld."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision
        self._context = decision.context
        self._ruleset = decision.ruleset
        self._rules = {rule.id: rule for rule in decision.ruleset.rules}
        self._covered: dict[Scope, list[Line]] = {}
        self._answers: dict[tuple[str, int], list[Change]] = {}
        """What was proposed, by rule or by offer and depth: many candidates are withheld alike."""
        counting = {scope for offer in decision.ruleset.offers for scope in offer.counted}
        self._by_piece = frozenset(line.line_id for scope in counting for line in self._in(scope))
        """Lines of which some offer counts the pieces: a made-up line would be one of them."""

    def by_change(self) -> Mapping[Change, list[str]]:
        """The smallest change for each offer; offers by their change."""
        smallest: dict[str, Change] = {}
        given = _discount_by_offer(self._decision)
        # Depths that are withheld alike share their findings; of tiers the first is the nearest.
        seen: set[tuple[str, int]] = set()
        for assessed in self._decision.shortlist.assessed:
            offer, key = assessed.candidate.offer, id(assessed.findings)
            if assessed.allowed or (offer.id in given and not offer.tiers):
                continue
            if (offer.id, key) in seen:
                continue
            seen.add((offer.id, key))
            for change in self._of(assessed):
                if self._ruleset.sells_credit and change.kind in BASKET:
                    continue
                known = smallest.get(offer.id)
                if known is None or self._size(change) < self._size(known):
                    smallest[offer.id] = change
        found: dict[Change, list[str]] = {}
        for offer_id, change in smallest.items():
            found.setdefault(change, []).append(offer_id)
        return found

    def _size(self, change: Change) -> tuple[int, str, str]:
        return _size(change, self._context)

    def _of(self, assessed: Assessed) -> list[Change]:
        """Changes each of which answers all that is found against *assessed*."""
        first, *others = [self._changes_lifting(assessed, f) for f in assessed.findings]
        for other in others:
            more = {(c.kind, c.name): c for c in other}
            both = [(c, more[c.kind, c.name]) for c in first if (c.kind, c.name) in more]
            first = [max(pair, key=self._size) for pair in both]
        return first

    def _changes_lifting(self, assessed: Assessed, finding: Finding) -> list[Change]:
        """Changes that could make *finding* go away."""
        offer, depth = assessed.candidate.offer, assessed.candidate.depth
        match finding.code:
            case ReasonCode.BELOW_MINIMUM_SPEND:
                key, found = (offer.id, depth if offer.tiers else 0), self._for_goods(offer, depth)
            case ReasonCode.NO_LINE_IN_SCOPE if offer.bundle:
                key, found = (offer.id, 0), self._for_bundle(offer)
            case ReasonCode.NOT_ELIGIBLE | ReasonCode.FACT_MISSING if finding.rule_id:
                key, found = (finding.rule_id, -1), self._for_rule(finding.rule_id)
            case _:
                return []
        if key not in self._answers:
            self._answers[key] = list(found)
        return self._answers[key]

    def _for_goods(self, offer: Offer, depth: int) -> Iterator[Change]:
        covered = self._in(offer.scope)
        asked = max(offer.minimum_spend, depth if offer.tiers else 0)
        lacking = asked - sum(line.list_total for line in covered)
        if lacking > 0:
            yield from self._spend(covered, lacking)
        elif offer.buy_get is not None:
            yield from self._for_set(covered, offer.buy_get)

    def _for_set(self, covered: Sequence[Line], terms: BuyGet) -> Iterator[Change]:
        """Pieces of one line that complete the first set, where one line can do that (Hall)."""
        reward = covered if terms.reward is None else self._in(terms.reward)
        bought, given = {line.line_id for line in covered}, {line.line_id for line in reward}
        union = {line.line_id: line for line in (*covered, *reward)}.values()
        lacking = (
            (terms.buy - _pieces(covered), bought),
            (terms.get - _pieces(reward), given),
            (terms.buy + terms.get - _pieces(union), bought | given),
        )
        yield from self._cheapest(union, lacking)

    def _for_bundle(self, offer: Offer) -> Iterator[Change]:
        """Pieces of one line that complete the first bundle, where one line can do that."""
        goods = [(item.pieces, self._in(item.scope)) for item in offer.bundle]
        union = {line.line_id: line for _, lines in goods for line in lines}.values()
        wanting = [
            (pieces - _pieces(lines), {line.line_id for line in lines})
            for pieces, lines in goods
            if pieces > _pieces(lines)
        ]
        everything = {line.line_id for line in union}
        lacking = [(sum(p for p, _ in goods) - _pieces(union), everything), *wanting]
        lacking.append((sum(n for n, _ in wanting), everything))
        yield from self._cheapest(union, lacking)

    def _cheapest(
        self, lines: Iterable[Line], lacking: Sequence[tuple[int, set[str]]]
    ) -> Iterator[Change]:
        """More of the line that costs least of those that are good for all that is lacking."""
        wanted = [(n, ids) for n, ids in lacking if n > 0]
        more = max((n for n, _ in wanted), default=0)
        able = [line for line in lines if more and all(line.line_id in ids for _, ids in wanted)]
        yield from self._pieces(able, lambda _: more)

    def _for_rule(self, rule_id: str) -> Iterator[Change]:
        """What the rule compares and the shopper can change; of a law only a consent."""
        of_consent = rule_id in self._ruleset.laws
        for comparison in _expanded(comparisons(self._rules[rule_id].condition), self._ruleset):
            fact, value = comparison.fact, comparison.value
            if fact.startswith("consent."):
                if fact.removeprefix("consent.") not in self._context.consents:
                    yield Change(Kind.CONSENT, fact, None, True)
            elif isinstance(value, int) and not of_consent:
                beyond = comparison.op in {Op.LE, Op.GT, Op.EQ}
                yield from self._of_basket(fact, value + 1 if beyond else value)

    def _of_basket(self, fact: str, wanted: int) -> Iterator[Change]:
        lines, context = self._context.lines, self._context
        if fact == "basket.list_total" and wanted > context.list_total:
            yield from self._spend(self._in(EVERYTHING), wanted - context.list_total)
        elif fact == "basket.pieces" and wanted > _pieces(lines):
            more = wanted - _pieces(lines)
            yield from self._pieces(lines, lambda _: more)

    def _spend(self, lines: Iterable[Line], amount: int) -> Iterator[Change]:
        """*amount* more of goods like those of a line, or pieces of it where pieces count."""
        priced = [line for line in lines if line.list_price]
        plain = [line for line in priced if line.line_id not in self._by_piece]
        total = self._context.list_total
        if plain and amount <= MAX_MINOR - total:
            like = min(plain, key=lambda line: (-line.list_total, line.line_id))
            yield Change(Kind.SPEND, like.line_id, 0, amount, total)
        else:
            yield from self._pieces(priced, lambda line: -(-amount // line.list_price))

    def _pieces(self, lines: Iterable[Line], more: Callable[[Line], int]) -> Iterator[Change]:
        """*more* pieces of the line of which they cost least; a gift is no change to make.

        Nor are more pieces of what is measured.
        """
        able = [
            (line.list_price * n, line.line_id, line.quantity, n)
            for line in lines
            if line.list_price
            and line.measured is None
            and (n := more(line)) + line.quantity <= MOST_QUANTITY
        ]
        if able:
            _, line_id, quantity, n = min(able)
            yield Change(Kind.PIECES, line_id, quantity, quantity + n)

    def _in(self, scope: Scope) -> list[Line]:
        if scope not in self._covered:
            lines = self._context.lines
            self._covered[scope] = [line for line in lines if scope.covers(line)]
        return self._covered[scope]


def _pieces(lines: Iterable[Line]) -> int:
    return sum(line.quantity for line in lines)


def _expanded(found: Iterable[Comparison], ruleset: Ruleset) -> Iterator[Comparison]:
    """*found* with what segments compare in their place."""
    for comparison in found:
        segment = ruleset.segment_of_fact.get(comparison.fact)
        if segment is None:
            yield comparison
        else:
            yield from _expanded(comparisons(segment.condition), ruleset)
