"""A checkout: asks for discounts and follows each to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import grpc
import uuid_utils

from sconto.cli.play_tally import Tally, example_rank, is_discounted
from sconto.domain.canonical import parse
from sconto.v1 import decision_service_pb2 as messages

RELEASE_EVERY: Final = 10
"""One discount in so many is handed back, as if the sale had been abandoned."""

CALL_SECONDS: Final = 5.0


@dataclass(slots=True)
class Till:
    """Asks for a discount, then completes or abandons the sale."""

    service: Any
    tally: Tally
    example: tuple[str, str] = ("", "")
    """Decision and shopper id of the decision that shows most; empty before the first."""
    most: tuple[int, ...] = ()

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
        self.tally.add_record(full.decision, parse(full.record))
        if example_rank(decision) > self.most:
            self.most = example_rank(decision)
            self.example = (decision.decision_id, request.shopper.shopper_id)
        if is_discounted(decision):
            self._finish(decision.decision_id)

    def _finish(self, decision_id: str) -> None:
        asked = {"request_id": str(uuid_utils.uuid4()), "decision_id": decision_id}
        if (self.tally.redeemed + self.tally.released + 1) % RELEASE_EVERY == 0:
            self.service.Release(messages.ReleaseRequest(**asked), timeout=CALL_SECONDS)
            self.tally.released += 1
        else:
            self.service.Redeem(messages.RedeemRequest(**asked), timeout=CALL_SECONDS)
            self.tally.redeemed += 1

    def found(self, decision_id: str) -> Any:
        """The decision *decision_id* in full."""
        asked = messages.GetDecisionRequest(decision_id=decision_id)
        return self.service.GetDecision(asked, timeout=CALL_SECONDS)
