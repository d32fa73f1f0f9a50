"""What searches for counterfactuals in tests: generated worlds, and starter rulebooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sconto.app.moment import moment_on
from sconto.domain.alternatives import Alternatives
from sconto.domain.candidate import Candidate
from sconto.domain.changes import Changer, Situation
from sconto.domain.context import DecisionContext, Moment
from sconto.domain.counterfactual import World
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.thresholds import thresholds
from support import judges, worlds


def no_model(
    _context: DecisionContext, _candidates: tuple[Candidate, ...], _declared: object
) -> RungCause:
    """Every answer is made by rules alone."""
    return RungCause.MODEL_MISSING


def world_of(ruleset: Ruleset, context: DecisionContext) -> World:
    """*ruleset* with the reference evaluator and without a model, where *context* was asked."""
    zone = ruleset.zones[context.jurisdiction]

    def at(day: date, hour: int) -> Moment:
        return moment_on(day, hour, zone, ruleset.budget_zones)

    alternatives = Alternatives(ruleset, thresholds(ruleset), lambda _: True)
    return World(ruleset, judges.reference(ruleset), Changer(at), alternatives, no_model)


def generated(world: worlds.World) -> tuple[World, Situation]:
    """A generated world, and the situation that it starts in."""

    def at(day: date, hour: int) -> Moment:
        moment = world.context.moment
        return replace(moment, local_date=day, weekday=day.weekday(), hour=hour)

    def score(
        _: DecisionContext, candidates: tuple[Candidate, ...], _declared: object
    ) -> Scores | RungCause:
        return world.scores(candidates) or RungCause.MODEL_MISSING

    alternatives = Alternatives(world.ruleset, thresholds(world.ruleset), lambda _: True)
    judged_by = judges.reference(world.ruleset)
    made = World(world.ruleset, judged_by, Changer(at), alternatives, score)
    return made, Situation(world.context, world.view)
