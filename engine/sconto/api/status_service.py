"""StatusService: what this server runs on, and how its rules came to be in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration

from sconto.api.endpoint import Context, Endpoint
from sconto.api.publication_message import publication_message
from sconto.api.render import timestamp
from sconto.app.activate import Activator, Failure
from sconto.app.decide import Decider
from sconto.app.in_force import Attempt, Outcome
from sconto.app.ports import Scorer
from sconto.domain.ruleset import Ruleset
from sconto.v1 import status_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["StatusService"].full_name

MAX_FINDINGS: Final = 20
"""Findings sent; a person mends these first, and `sconto rules lint` has the rest."""

_OUTCOMES: Final = {
    Outcome.LOADED: wire.RELOAD_OUTCOME_LOADED,
    Outcome.UNCHANGED: wire.RELOAD_OUTCOME_UNCHANGED,
    Outcome.REFUSED: wire.RELOAD_OUTCOME_REFUSED,
}


@dataclass(frozen=True, slots=True)
class StatusService:
    """What operators call. *started_us* is when the server began to serve."""

    decider: Decider
    activator: Activator
    started_us: int

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's methods."""
        request_type = wire.GetStatusRequest
        return (Endpoint("GetStatus", request_type, self.get_status, self.decider.new_id),)

    async def get_status(self, _: wire.GetStatusRequest, __: Context) -> bytes:
        """What is in force, and how it came to be."""
        return wire.GetStatusResponse(
            version=self.decider.versions["sconto"],
            start_time=timestamp(self.started_us),
            rules=_rules_message(self.activator, self.decider.clock()),
            model=self.decider.scorer.description,
            scoring=_scoring_message(self.decider.scorer, self.activator.holder().ruleset),
        ).SerializeToString()


def _scoring_message(scorer: Scorer, ruleset: Ruleset) -> wire.ScoringStatus:
    counts = scorer.counts
    return wire.ScoringStatus(
        scored_count=counts.scored,
        partly_unknown_count=counts.partly_unknown,
        refused_unknown_count=counts.refused_unknown,
        unfilled_inputs=scorer.unfillable(ruleset),
    )


def _rules_message(activator: Activator, now_us: int) -> wire.RulesStatus:
    held, pending = activator.holder, activator.log.pending
    ruleset, failure = held().ruleset, activator.last_failure
    return wire.RulesStatus(
        digest=ruleset.digest,
        active_since_time=timestamp(held.since_us),
        age=_duration(now_us - held.since_us),
        rule_count=len(ruleset.rules),
        offer_count=len(ruleset.offers),
        reload_count=held.reloads,
        pending=held.pending,
        last_reload=None if held.last is None else _attempt_message(held.last),
        publication=None if held.publication is None else publication_message(held.publication),
        pending_publication=None if pending is None else publication_message(pending),
        last_failure=None if failure is None else _failure_message(failure),
        publication_overdue=activator.overdue,
    )


def _failure_message(failure: Failure) -> wire.FailedPublication:
    return wire.FailedPublication(
        time=timestamp(failure.at_us),
        digest=failure.digest,
        reason=failure.reason,
        error=failure.error,
    )


def _attempt_message(attempt: Attempt) -> wire.ReloadAttempt:
    return wire.ReloadAttempt(
        start_time=timestamp(attempt.at_us),
        outcome=_OUTCOMES[attempt.outcome],
        digest=attempt.digest,
        error=attempt.error,
        findings=[
            wire.RuleFinding(
                file=f.file, line=f.line, column=f.col, code=f.code, message=f.message, help=f.help
            )
            for f in attempt.findings[:MAX_FINDINGS]
        ],
        finding_count=len(attempt.findings),
        check_duration=_duration(attempt.timing.check_us),
        compile_duration=_duration(attempt.timing.compile_us),
        swap_duration=_duration(attempt.timing.swap_us),
    )


def _duration(microseconds: int) -> Duration:
    duration = Duration()
    duration.FromMicroseconds(microseconds)
    return duration
