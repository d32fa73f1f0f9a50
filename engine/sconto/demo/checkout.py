"""A simulated checkout: asks for a discount, then redeems or releases it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import grpc
import uuid_utils

from sconto.bootstrap import compile_documents
from sconto.demo.tally import Tally, example_rank
from sconto.domain.canonical import parse
from sconto.domain.choice import Ranked, choose
from sconto.domain.judging import Judges
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode
from sconto.domain.record_reading import context_of, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.shortlist import shortlist
from sconto.rulebook.edition import edition_in
from sconto.v1 import decision_service_pb2 as messages
from sconto.v1.decision_pb2 import ModelOutcome

WITHOUT_MODEL_PPM: Final = 900_000
"""How often a sale is completed where no model says how probable that is."""

SEED: Final = "sconto play"
"""The same decisions come to the same end in every run."""

CALL_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class LoneCandidates:
    """Values each candidate of a record as if it were given alone, by the rules of the record."""

    ruleset: Ruleset
    judges: Judges

    @classmethod
    def of(cls, rules: Path) -> LoneCandidates:
        """For the rules in the folder *rules*; raises InvalidRules."""
        policy = compile_documents(edition_in(rules).ruleset.documents)
        return cls.by(policy.ruleset, policy.judges)

    @classmethod
    def by(cls, ruleset: Ruleset, judges: Judges) -> LoneCandidates:
        """For *ruleset* reduced to one lane, so that no discount is priced on top of another."""
        return cls(replace(ruleset, lanes=ruleset.lanes[:1], experiment=None), judges)

    def ranked(self, record: Mapping[str, Any]) -> Iterator[Ranked]:
        """Every candidate of *record* that may be given alone, with its value by its scores."""
        context = context_of(record)
        listed = shortlist(context, self.ruleset, self.judges)
        choice = choose(listed, scores_of(record), context, self.ruleset, record["budgets"])
        for ranked in choice.ranked:
            if ranked.open and ranked.valued is not None:
                yield ranked


@dataclass(slots=True)
class Checkout:
    """Asks a server for discounts, then completes or abandons each sale."""

    service: Any
    tally: Tally
    alone: LoneCandidates
    example: tuple[str, str] = ("", "")
    """Decision and shopper id of the decision that shows most; empty before the first."""
    most: tuple[int, ...] = ()
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - a demonstration

    def run(self, request: Any) -> None:
        """Decide one request and follow a discount to its end."""
        began = time.perf_counter()
        try:
            decision = self.service.Decide(request, timeout=CALL_SECONDS).decision
        except grpc.RpcError as error:
            self.tally.errors[error.code().name] += 1
            return
        self.tally.add(request, decision, time.perf_counter() - began)
        full = self.get_decision(decision.decision_id)
        record = parse(full.record)
        self.tally.add_record(full.decision, record, self.alone.ranked(record))
        if example_rank(decision) > self.most:
            self.most = example_rank(decision)
            self.example = (decision.decision_id, request.shopper.shopper_id)
        if decision.discounts:
            self._finish(full.decision, record)

    def _finish(self, decision: Any, record: Mapping[str, Any]) -> None:
        step = {"request_id": str(uuid_utils.uuid4()), "decision_id": decision.decision_id}
        chance = completed_ppm(decision)
        self.tally.without_model += chance is None
        if self.random.randrange(PPM_ONE) < (WITHOUT_MODEL_PPM if chance is None else chance):
            self.service.Redeem(messages.RedeemRequest(**step), timeout=CALL_SECONDS)
            self.tally.redeemed += 1
        else:
            self.service.Release(messages.ReleaseRequest(**step), timeout=CALL_SECONDS)
            self.tally.add_release(record)

    def get_decision(self, decision_id: str) -> Any:
        """The decision *decision_id* in full."""
        request = messages.GetDecisionRequest(decision_id=decision_id)
        return self.service.GetDecision(request, timeout=CALL_SECONDS)


def completed_ppm(decision: Any) -> int | None:
    """The model's probability that the sale of *decision* is completed.

    None where no model valued what was given. A model of what comes after the sale says nothing of
    the sale, unless what it predicts is when the cost falls due.
    """
    given = [c for c in decision.candidates if c.reason == ReasonCode.CHOSEN]
    values = [c.value for c in given if c.HasField("value")]
    if not values:
        return None
    if decision.model.outcome != ModelOutcome.MODEL_OUTCOME_SALE:
        return int(max(value.due_ppm for value in values))
    baseline = values[0].baseline_ppm
    return min(int(baseline + sum(v.probability_ppm - baseline for v in values)), PPM_ONE)
