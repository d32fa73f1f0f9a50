"""A decision made again for an explanation, from rule files or from a decision log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from sconto.api.convert import decision_context
from sconto.app.audit import decided_by, find_decision
from sconto.app.behaviour import with_signals
from sconto.app.moment import moment_on
from sconto.bootstrap import compile_documents, now_us
from sconto.domain.alternatives import Alternatives
from sconto.domain.changes import Changer, Situation, priced_facts
from sconto.domain.context import DecisionContext
from sconto.domain.counterfactual import World
from sconto.domain.decision import Decision, Score, decide, decide_nothing
from sconto.domain.reasons import Rung
from sconto.domain.record import Provenance
from sconto.domain.record_reading import cause_of, context_of, provenance_of, record_of, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist
from sconto.domain.thresholds import thresholds
from sconto.errors import CorruptRecord, Unavailable
from sconto.offline.log import open_log
from sconto.rulebook.check.protected import protected_word
from sconto.rulebook.edition import edition_in
from sconto.scoring.scorer import NoModel, OnnxScorer
from sconto.store.memory import MemoryStore
from sconto.v1.decision_service_pb2 import DecideRequest

MODEL_SECONDS: Final = 10.0
"""Nobody waits at a till for an explanation."""

USER_KEY: Final = bytes(32)
"""The key of the shopper's hash; a fixed one, so that the same request reads the same."""

OFFLINE: Final = (
    "Decided without a server: nothing was reserved, every budget was full, and holdout and "
    "exploration were left aside."
)


@dataclass(frozen=True, slots=True)
class Case:
    """A decision to explain, with everything that is needed to decide it again."""

    world: World
    situation: Situation
    decision: Decision
    record: Mapping[str, Any]
    places: Mapping[str, str]
    heading: str = ""
    """The sentence on how the decision was made."""


def case_of_request(
    request: DecideRequest, rules: Path, model: Path | None, at_us: int | None
) -> Case:
    """The case of *request*, decided with rules and model from files.

    Raises InvalidRequest, InvalidRules and ModelUnusable.
    """
    request.validate_only = True
    edition = edition_in(rules)
    policy = compile_documents(edition.ruleset.documents).for_request(request.currency_code)
    ruleset, judges = replace(policy.ruleset, experiment=None), policy.judges
    if at_us is not None:
        request.as_of_time.FromMicroseconds(at_us)
    context = decision_context(request, ruleset, USER_KEY, now_us())
    situation = Situation(with_signals(context, ruleset, MemoryStore()), {})
    scorer = NoModel() if model is None else OnnxScorer(model, MODEL_SECONDS)
    world = World(ruleset, judges, *_changing(ruleset, situation.context), scorer.score)
    decision = world.decide(situation)
    provenance = Provenance("", request.request_id, now_us(), {}, scorer.description)
    record = record_of(decision, provenance)
    return Case(world, situation, decision, record, edition.places(), OFFLINE)


def case_of_log(data: Path, decision_id: str, model: Path | None) -> Case:
    """The decision *decision_id* in the log of *data*, with the ruleset that it was made with.

    Raises NotFound, and CorruptRecord when that ruleset is not kept.
    """
    with open_log(data) as (store, _):
        record = find_decision(store, decision_id).record
        documents = store.ruleset_documents(record["ruleset"])
    if documents is None:
        raise CorruptRecord(f"the ruleset `{record['ruleset']}` of this decision is not kept here")
    policy = decided_by(compile_documents(documents), record)
    ruleset, judges = policy.ruleset, policy.judges
    situation = Situation(context_of(record), record["budgets"])
    score = scorer_of(record, model)
    world = World(ruleset, judges, *_changing(ruleset, situation.context), score)
    listed = shortlist(situation.context, ruleset, judges)
    if record["outcome"]["rung"] == Rung.NO_DISCOUNT.name:
        decision = decide_nothing(
            situation.context, ruleset, listed, situation.view, cause_of(record)
        )
    else:
        scores, view = scores_of(record), situation.view
        decision = decide(situation.context, ruleset, listed, scores, cause_of(record), view)
    again = record_of(decision, provenance_of(record))
    heading = (
        f"Decision {decision_id}, explained with the ruleset {ruleset.digest} it was made with."
    )
    return Case(world, situation, decision, again, {}, heading)


def scorer_of(record: Mapping[str, Any], model: Path | None) -> Score | None:
    """The scorer of the model that made *record*; None when its folder *model* is not given."""
    if record["model"] is None:
        return lambda _context, _candidates, _declared: cause_of(record)
    if model is None:
        return None
    scorer, digest = OnnxScorer(model, MODEL_SECONDS), record["model"]["digest"]
    if digest != f"sha256:{scorer.manifest.model_sha256}":
        advice = f"name the folder of the model `{digest}`, or none"
        raise Unavailable(f"`{model}` is not the model that scored it", advice)
    return scorer.score


def _changing(ruleset: Ruleset, context: DecisionContext) -> tuple[Changer, Alternatives]:
    zone = ruleset.zones[context.jurisdiction]
    moment = partial(moment_on, zone=zone, elsewhere=ruleset.budget_zones)
    changer = Changer(moment, priced_facts(ruleset))
    return changer, Alternatives(ruleset, thresholds(ruleset), _changeable)


def _changeable(fact: str) -> bool:
    """Whether *fact* may be changed: protected attributes may not."""
    return protected_word(fact) is None
