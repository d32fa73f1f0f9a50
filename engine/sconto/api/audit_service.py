"""AuditService: finding decisions in the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sconto.api.access import log_read
from sconto.api.convert import microseconds
from sconto.api.endpoint import Context, Endpoint
from sconto.api.paging import PageTokens, page_size
from sconto.api.render import summary_message
from sconto.api.validation import Violations, contract_violations
from sconto.app.audit import list_decisions
from sconto.app.log_query import LogQuery
from sconto.app.ports import NewId, Store
from sconto.app.user_ref import user_ref
from sconto.domain.reasons import ReasonCode
from sconto.v1 import audit_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["AuditService"].full_name


@dataclass(frozen=True, slots=True)
class AuditService:
    """What compliance staff call. *user_key* is the key that hides shopper ids in the log."""

    store: Store
    new_id: NewId
    user_key: bytes

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's methods."""
        request_type = wire.ListDecisionsRequest
        return (Endpoint("ListDecisions", request_type, self.list_decisions, self.new_id),)

    async def list_decisions(self, request: wire.ListDecisionsRequest, context: Context) -> bytes:
        """One page of the decisions that match every filter, newest first."""
        tokens = PageTokens(self.user_key)
        query = self._query(request, tokens)
        page = await self.store.read(lambda: list_decisions(self.store, query))
        asked = [
            field.name for field, _ in request.ListFields() if not field.name.startswith("page")
        ]
        log_read(
            *(context, "ListDecisions"),
            filter="+".join(asked) or "none",
            shopper=query.user_ref,
            decisions=len(page.records),
        )
        return wire.ListDecisionsResponse(
            decisions=map(summary_message, page.records),
            next_page_token=tokens.token(request, page.following),
            damaged=[
                wire.DamagedEntry(entry=d.seq, decision_id=d.decision_id, error=d.why)
                for d in page.damaged
            ],
        ).SerializeToString()

    def _query(self, request: wire.ListDecisionsRequest, tokens: PageTokens) -> LogQuery:
        found = Violations(contract_violations(request))
        from_us = to_us = None
        if request.HasField("start_time"):
            from_us = microseconds(request.start_time, "start_time", found)
        if request.HasField("end_time"):
            to_us = microseconds(request.end_time, "end_time", found)
        before_seq = tokens.before_seq(request, found)
        found.raise_if_any()
        shopper = request.shopper_id
        return LogQuery(
            user_ref=user_ref(self.user_key, shopper) if shopper else "",
            offer_id=request.offer_id,
            reason=ReasonCode(request.reason_code) if request.reason_code else None,
            from_us=from_us,
            to_us=to_us,
            before_seq=before_seq,
            limit=page_size(request),
            code_set=request.code_set,
            returned=request.returned,
            replaced=request.replaced,
        )
