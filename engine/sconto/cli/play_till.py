"""A checkout: asks for discounts and follows each to its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import grpc
import uuid_utils

from sconto.cli.play_alone import Alone
from sconto.cli.play_tally import Tally, example_rank, is_discounted
from sconto.domain.canonical import parse
from sconto.domain.money import PPM_ONE
from sconto.domain.reasons import ReasonCode
from sconto.v1 import decision_service_pb2 as messages
from sconto.v1.decision_pb2 import ModelOutcome

WITHOUT_MODEL_PPM: Final = 900_000
"""How often a sale is completed where no model says how probable that is."""

SEED: Final = "sconto play"
"""The same decisions come to the same end in every run."""

CALL_SECONDS: Final = 5.0


@dataclass(slots=True)
class Till:
    """Asks for a discount, then completes or abandons the sale."""

    service: Any
    tally: Tally
    alone: Alone
    example: tuple[str, str] = ("", "")
    """Decision and shopper id of the decision that shows most; empty before the first."""
    most: tuple[int, ...] = ()
    random: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - a demonstration

    def sell(self, request: Any) -> None:
        """Decide one request and follow a discount to its end."""
        began = time.perf_counter()
        try:
            decision = self.service.Decide(request, timeout=CALL_SECONDS).decision
        except grpc.RpcError as error:
            self.tally.errors[error.code().name] += 1
            return
        self.tally.add(request, decision, time.perf_counter() - began)
        full = self.found(decision.decision_id)
        record = parse(full.record)
        self.tally.add_record(full.decision, record, self.alone.ranked(record))
        if example_rank(decision) > self.most:
            self.most = example_rank(decision)
            self.example = (decision.decision_id, request.shopper.shopper_id)
        if is_discounted(decision):
            self._finish(full.decision, record)

    def _finish(self, decision: Any, record: Mapping[str, Any]) -> None:
        asked = {"request_id": str(uuid_utils.uuid4()), "decision_id": decision.decision_id}
        chance = completed_ppm(decision)
        self.tally.without_model += chance is None
        if self.random.randrange(PPM_ONE) < (WITHOUT_MODEL_PPM if chance is None else chance):
            self.service.Redeem(messages.RedeemRequest(**asked), timeout=CALL_SECONDS)
            self.tally.redeemed += 1
        else:
            self.service.Release(messages.ReleaseRequest(**asked), timeout=CALL_SECONDS)
            self.tally.add_release(record)

    def found(self, decision_id: str) -> Any:
        """The decision *decision_id* in full."""
        asked = messages.GetDecisionRequest(decision_id=decision_id)
        return self.service.GetDecision(asked, timeout=CALL_SECONDS)


def completed_ppm(decision: Any) -> int | None:
    """How probable it is, by its model, that the sale of *decision* is completed.

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
