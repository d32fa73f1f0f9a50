"""What can come off at most after all: an offer's ladder under the caps and bans that hold with it.

By offer, place and goods, and over the lanes together, from day to day, before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sconto.domain.changes import day_number
from sconto.domain.condition import Truth, evaluate
from sconto.domain.context import FactValue
from sconto.domain.earning import must_be_earned
from sconto.domain.money import BP_ONE
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.ruleset import EarnsNothing, EligibilityRule, Guardrail, Ruleset
from sconto.domain.units import percent
from sconto.domain.wording import listed
from sconto.rulebook.diff.goods import ELSE, Goods, goods_of, labels_of
from sconto.rulebook.diff.sentences import EFFECT, Sentence, file_of
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.edition import Edition
from sconto.rulebook.guardrail_kinds import BY_KEY
from sconto.rulebook.offer_kinds import BY_KIND

Speaking = tuple[Offer | EligibilityRule | Guardrail | EarnsNothing, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    """From the first day to the day before the last, what could come off and what can."""

    first: date
    end: date
    was: int
    now: int


@dataclass(frozen=True, slots=True)
class _Held:
    """The offers about some goods in one place, and the rules that bind them there."""

    offers: tuple[Offer, ...]
    rules: tuple[EligibilityRule, ...]
    caps: tuple[Guardrail, ...]
    earn_nothing: tuple[EarnsNothing, ...]
    """Laws by which the goods get nothing from the offers that must be earned."""
    ruleset: Ruleset

    @property
    def speaking(self) -> Speaking:
        """All of them: where they are equal, nothing has changed."""
        return (*self.offers, *self.rules, *self.caps, *self.earn_nothing)

    def most(self, place: str, day: date) -> int:
        """The largest share that can come off on *day*, all lanes together; basis points."""
        cap = min((g.bp or 0 for g in self.caps if g.validity.covers(day)), default=BP_ONE)
        together = alone = 0
        for lane in self.ruleset.lanes:
            depths = [(o, self._deepest(o, place, day)) for o in self.offers if o.lane == lane.id]
            best = max((d for o, d in depths if not o.exclusive), default=0)
            alone = max(alone, *(d for o, d in depths if o.exclusive), 0)
            left = BP_ONE - together if lane.after_earlier else BP_ONE
            together = min(BP_ONE, together + -(-best * left // BP_ONE))
        return min(cap, max(together, alone))

    def _deepest(self, offer: Offer, place: str, day: date) -> int:
        if not offer.validity.covers(day):
            return 0
        if must_be_earned(offer) and any(r.validity.covers(day) for r in self.earn_nothing):
            return 0
        shares = [
            BY_KIND[offer.kind].largest_share(offer, depth)
            for depth in offer.ladder
            if not any(_denies(rule, offer, depth, place, day) for rule in self.rules)
        ]
        return max(shares, default=0)


def _denies(rule: EligibilityRule, offer: Offer, depth: int, place: str, day: date) -> bool:
    """Whether *rule* denies it whoever asks, as far as can be told from the offer alone."""
    if not rule.validity.covers(day) or (rule.offer_ids and offer.id not in rule.offer_ids):
        return False
    facts: dict[str, FactValue] = {
        "context.jurisdiction": place,
        "context.day": day_number(day),
        "offer.id": offer.id,
        "offer.kind": offer.kind.value,
        "offer.lane": offer.lane,
        "offer.exclusive": offer.exclusive,
        # The smallest discount that there is.
        "candidate.discount": 1,
    }
    if offer.kind is OfferKind.PERCENT:
        facts["candidate.depth_bp"] = depth
    return evaluate(rule.deny_when, facts) is Truth.TRUE


def cap_changes(before: Edition, after: Edition) -> Iterator[Sentence]:
    """By offer, then over all lanes together, where what can come off at most has changed."""
    old, new = before.ruleset, after.ruleset
    labels = labels_of(old) | labels_of(new)
    files = _files(before) | _files(after)
    offers = {o.id: o for o in (*old.offers, *new.offers)}
    both = sorted({o.id for o in old.offers} & {o.id for o in new.offers})
    everything: dict[str, Goods] = {}
    for offer in offers.values():
        everything |= {g.name: g for g in goods_of(offer, labels) if g.name != ELSE}
    for offer_id in both:
        own = {g.name: g for r in (old, new) for o in r.offers if o.id == offer_id
               for g in goods_of(o, labels)}  # fmt: skip
        yield from _sentences(f"offer {offer_id} can take off", own, (offer_id,), old, new, files)
    ids = tuple(sorted(offers))
    yield from _sentences("all offers together can take off", everything, ids, old, new, files)


def _sentences(
    what: str,
    goods: dict[str, Goods],
    ids: tuple[str, ...],
    old: Ruleset,
    new: Ruleset,
    files: dict[str, str],
) -> Iterator[Sentence]:
    found: dict[_Span, dict[str, list[str]]] = {}
    changed: set[str] = set()
    for name, some in goods.items():
        for place in sorted(old.zones.keys() & new.zones.keys()):
            was, now = (_held(some, place, ids, ruleset) for ruleset in (old, new))
            if was.speaking == now.speaking and was.ruleset.lanes == now.ruleset.lanes:
                continue
            for span in _spans(was, now, place):
                found.setdefault(span, {}).setdefault(place, []).append(name)
                changed |= _changed(was.speaking, now.speaking)
    involved = ", ".join(sorted({files[i] for i in changed if i in files})) or "stacking.yaml"
    for span in sorted(found, key=lambda s: (s.first, s.end, s.was, s.now)):
        for names, places in _grouped(found[span]):
            whole = len(names) == len(goods) > 1
            about = "what it covers" if whole else listed(_apart(n, goods) for n in names)
            sentence = _sentence(what, about, places, span)
            yield Sentence(EFFECT, ids[0] if len(ids) == 1 else "", involved, "most", sentence)


def _apart(name: str, goods: Iterable[str]) -> str:
    """*name*, distinguished from the same goods of a brand."""
    return f"{name} of other brands" if any(g.startswith(f"{name} ") for g in goods) else name


def _changed(was: Speaking, now: Speaking) -> set[str]:
    """The ids of those that are not the same before and after."""
    return {s.id for s in was if s not in now} | {s.id for s in now if s not in was}


def _grouped(by_place: dict[str, list[str]]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Places with the same goods together."""
    places: dict[tuple[str, ...], list[str]] = {}
    for place, names in by_place.items():
        places.setdefault(tuple(names), []).append(place)
    yield from places.items()


def _sentence(what: str, about: str, places: Iterable[str], span: _Span) -> str:
    when = []
    if span.first != date.min:
        when.append(f"from {span.first}")
    if span.end != date.max:
        when.append(f"until {span.end - timedelta(days=1)}")
    begins = f"{' '.join(when)} " if when else ""
    now, then = (_SHARES.get(bp) or percent(bp) for bp in (span.now, span.was))
    text = f"{begins}the most that {what} {about} in {listed(places)} is {now}, was {then}."
    return text[:1].upper() + text[1:]


def _spans(was: _Held, now: _Held, place: str) -> Iterator[_Span]:
    """The spans of days in which the most is another one."""
    before, after = _bounds(was.speaking), _bounds(now.speaking)
    days = sorted(before | after)
    spans: list[_Span] = []
    for first, end in zip([date.min, *days], [*days, date.max], strict=True):
        then, most = was.most(place, first), now.most(place, first)
        if spans and spans[-1].end == first and (spans[-1].was, spans[-1].now) == (then, most):
            spans[-1] = _Span(spans[-1].first, end, then, most)
        else:
            spans.append(_Span(first, end, then, most))
    # A day on which something began or ended before as well is no news.
    known = before & after
    for span in spans:
        if span.was != span.now:
            first = date.min if span.first in known else span.first
            yield _Span(first, date.max if span.end in known else span.end, span.was, span.now)


_SHARES: Final = {0: "nothing", BP_ONE: "all of it"}


def _bounds(speaking: Speaking) -> set[date]:
    return {d for s in speaking for d in (s.validity.valid_from, s.validity.valid_to)}


def _held(goods: Goods, place: str, ids: tuple[str, ...], ruleset: Ruleset) -> _Held:
    line = goods.line

    def about(rule: EligibilityRule | Guardrail | EarnsNothing) -> bool:
        here = not rule.jurisdictions or place in rule.jurisdictions
        asks = isinstance(rule, EligibilityRule | Guardrail) and rule.review
        return here and not asks and rule.line_when is None and rule.scope.covers(line)

    offers = (
        o for o in ruleset.offers if o.id in ids and BY_KIND[o.kind].discounted(o).covers(line)
    )
    caps = (
        g
        for g in ruleset.guardrails
        if BY_KEY[g.kind.value].caps_share and g.bp is not None and about(g)
    )
    given = tuple(offers)
    rules = (r for r in ruleset.eligibility if about(r) and _ever_denies(r, given, place))
    earned = any(must_be_earned(offer) for offer in given)
    apart = (r for r in ruleset.earn_nothing if earned and about(r))
    return _Held(given, tuple(rules), tuple(caps), tuple(apart), ruleset)


def _ever_denies(rule: EligibilityRule, offers: Iterable[Offer], place: str) -> bool:
    """Whether *rule* denies any of *offers* at any depth, whoever asks."""
    first = rule.validity.valid_from
    return any(_denies(rule, o, depth, place, first) for o in offers for depth in o.ladder)


def _files(edition: Edition) -> dict[str, str]:
    """The file of every offer and rule, by its id."""
    files: dict[str, str] = {}
    for located in edition.documents:
        if isinstance(located.doc, LegalPackDoc):
            files |= {rule.id: file_of(located) for rule in located.doc.rules}
        elif located.doc.kind in {"offer", "eligibility", "guardrail"}:
            files[located.id] = file_of(located)
    return files
