"""Offers that run on days on which a limit that usually guards them does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import z3

from sconto.domain.offer import Offer
from sconto.domain.ruleset import Guardrail, GuardrailKind
from sconto.domain.scope import Scope
from sconto.rulebook.lint.goods import Line
from sconto.rulebook.lint.solver import Answer, Problem
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.words import listed
from sconto.rulebook.lint.world import World


@dataclass(frozen=True, slots=True)
class _Gap:
    """Days of an offer on which no limit of *kind* holds in *place*, though one does on others."""

    kind: GuardrailKind
    place: str
    since: date
    until: date
    versions: tuple[str, ...]


def check_guarded(subject: Subject) -> None:
    """Warn about the first such days of each offer and kind of limit."""
    for offer in subject.ruleset.offers:
        told: set[GuardrailKind] = set()
        for gap in _gaps(subject, offer):
            if gap.kind not in told:
                told.add(gap.kind)
                _warn(subject, offer, gap)


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
    """Whether some line is in both scopes."""
    world = World(subject.ruleset)
    line = Line(world, "line", z3.IntVal(1))
    touched = [offer.scope] if offer.shipping is None else [offer.shipping]
    problem = Problem([*world.given, *line.given])
    return any(_covers_both(problem, line, scope, guardrail.scope) for scope in touched)


def _covers_both(problem: Problem, line: Line, first: Scope, second: Scope) -> bool:
    return problem.ask(line.covered(first), line.covered(second)) is Answer.YES


def _warn(subject: Subject, offer: Offer, gap: _Gap) -> None:
    source, _ = subject.offer_place(offer.id)
    what = gap.kind.value.replace("_", " ")
    message = (
        f"offer `{offer.id}` runs from {gap.since} to the day before {gap.until} without a {what}, "
        f"though {listed(gap.versions)} {'guards' if len(gap.versions) == 1 else 'guard'} it on "
        "other days"
    )
    key = "valid_to" if gap.until == offer.validity.valid_to else "valid_from"
    advice = "let the limit hold as long as the offer, or the offer as long as the limit"
    subject.warn((source, (key,)), "SEM-013", message, advice)
