"""Offers that run on days on which a limit that usually guards them does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sconto.domain.offer import Offer
from sconto.domain.ruleset import Guardrail, GuardrailKind
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.text import quoted
from sconto.rulebook.offer_kinds import BY_KIND


@dataclass(frozen=True, slots=True)
class _Gap:
    """Days of an offer on which no limit of *kind* holds in *place*, though one does on others."""

    kind: GuardrailKind
    place: str
    since: date
    until: date
    versions: tuple[str, ...]


def check_guarded(subject: Subject) -> None:
    """Warn about such days, once for the offers that have them in common."""
    found: dict[_Gap, list[str]] = {}
    for offer in subject.ruleset.offers:
        reported: set[GuardrailKind] = set()
        for gap in _gaps(subject, offer):
            if gap.kind not in reported:
                reported.add(gap.kind)
                found.setdefault(gap, []).append(offer.id)
    for gap, offers in found.items():
        _warn(subject, gap, offers)


def _gaps(subject: Subject, offer: Offer) -> Iterator[_Gap]:
    for kind in GuardrailKind:
        limits = [
            g for g in subject.house_guardrails if g.kind is kind and _meets(subject, g, offer)
        ]
        for place in sorted(subject.ruleset.zones):
            here = [g for g in limits if not g.jurisdictions or place in g.jurisdictions]
            yield from _unguarded(offer, kind, place, here)


def _unguarded(
    offer: Offer, kind: GuardrailKind, place: str, limits: list[Guardrail]
) -> Iterator[_Gap]:
    ordered = sorted(limits, key=lambda g: (g.validity.valid_from, g.id))
    held = [g for g in ordered if _overlap(g, offer)]
    if not held:
        return
    names = tuple(g.id for g in held)
    day = offer.validity.valid_from
    for guardrail in held:
        if guardrail.validity.valid_from > day:
            yield _Gap(kind, place, day, guardrail.validity.valid_from, names)
        day = max(day, guardrail.validity.valid_to)
    if day < offer.validity.valid_to:
        yield _Gap(kind, place, day, offer.validity.valid_to, names)


def _overlap(guardrail: Guardrail, offer: Offer) -> bool:
    mine, others = guardrail.validity, offer.validity
    return mine.valid_from < others.valid_to and others.valid_from < mine.valid_to


def _meets(subject: Subject, guardrail: Guardrail, offer: Offer) -> bool:
    return subject.meet(BY_KIND[offer.kind].discounted(offer), guardrail.scope)


def _warn(subject: Subject, gap: _Gap, offers: list[str]) -> None:
    last = [g for g in subject.house_guardrails if g.id in gap.versions]
    ends = next((g for g in last if g.validity.valid_to == gap.since), None)
    guardrail = ends or next(g for g in last if g.validity.valid_from == gap.until)
    source, _ = subject.place(guardrail.id)
    noun, runs = ("offer", "runs") if len(offers) == 1 else ("offers", "run")
    message = (
        f"{noun} {quoted(offers)} {runs} from {gap.since} to the day before {gap.until} without a "
        f"{gap.kind.value.replace('_', ' ')}, though not on other days"
    )
    key = "valid_from" if ends is None else "valid_to"
    advice = "let the limit hold as long as the offer, or the offer as long as the limit"
    subject.warn((source, (key,)), "SEM-013", message, advice)
