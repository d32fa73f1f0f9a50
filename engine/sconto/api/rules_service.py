"""RulesService: rules that people signed, on their way to being in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sconto.api.convert import microseconds
from sconto.api.endpoint import Context, Endpoint
from sconto.api.paging import PageTokens, page_size
from sconto.api.publication_message import publication_message
from sconto.api.replies import replayed, request_hash, request_key
from sconto.api.validation import Violations, check, contract_violations
from sconto.app.ports import NewId, RulesStep, Store
from sconto.app.publications import Publication, Publications
from sconto.app.publish import MOST_AHEAD_US, PublishCommand, Publisher
from sconto.errors import PublicationRefused
from sconto.v1 import rules_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["RulesService"].full_name


@dataclass(frozen=True, slots=True)
class RulesService:
    """What changes the rules of a running server. *seal* is the key of page tokens."""

    publisher: Publisher
    store: Store
    new_id: NewId
    seal: bytes

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's methods."""
        return (
            Endpoint("PublishRules", wire.PublishRulesRequest, self.publish, self.new_id),
            Endpoint("RollbackRules", wire.RollbackRulesRequest, self.roll_back, self.new_id),
            Endpoint("ListPublications", wire.ListPublicationsRequest, self.list, self.new_id),
            Endpoint("GetPublication", wire.GetPublicationRequest, self.get, self.new_id),
            Endpoint("GetRuleset", wire.GetRulesetRequest, self.get_ruleset, self.new_id),
        )

    async def publish(self, request: wire.PublishRulesRequest, _: Context) -> bytes:
        """Put the documents in force, at once or at their time."""
        found = Violations(contract_violations(request))
        activate_us = self._activate_us(request, found)
        found.raise_if_any()
        command = PublishCommand(
            request_id=request.request_id,
            request_key=request_key(request),
            request_hash=request_hash(request, self.seal),
            envelope=request.envelope,
            validate_only=request.validate_only,
            documents=request.documents,
            activate_us=activate_us,
        )
        return await self._act(command, RulesStep.PUBLICATION, wire.PublishRulesResponse)

    async def roll_back(self, request: wire.RollbackRulesRequest, _: Context) -> bytes:
        """Put a ruleset in force again that was active here before."""
        check(request)
        command = PublishCommand(
            request_id=request.request_id,
            request_key=request_key(request),
            request_hash=request_hash(request, self.seal),
            envelope=request.envelope,
            validate_only=request.validate_only,
        )
        return await self._act(command, RulesStep.ROLLBACK, wire.RollbackRulesResponse)

    async def list(self, request: wire.ListPublicationsRequest, _: Context) -> bytes:
        """One page of what was published, newest first."""
        found = Violations(contract_violations(request))
        tokens = PageTokens(self.seal)
        before_seq = tokens.before_seq(request, found)
        found.raise_if_any()
        size = page_size(request)
        log = await self._log()
        older = [p for p in log.newest_first if before_seq is None or p.seq < before_seq]
        more = older[size - 1].seq if len(older) > size else None
        return wire.ListPublicationsResponse(
            publications=map(publication_message, older[:size]),
            next_page_token=tokens.token(request, more),
        ).SerializeToString()

    async def get(self, request: wire.GetPublicationRequest, _: Context) -> bytes:
        """One publication, with its entry of the log."""
        check(request)
        found = (await self._log()).find(request.publication_id)
        if found is None:
            message = f"there is no publication `{request.publication_id}`"
            raise PublicationRefused("PUBLICATION_NOT_FOUND", message)
        publication_id = found.publication_id
        history = await self.store.read(lambda: self.store.history(publication_id))
        return wire.GetPublicationResponse(
            publication=publication_message(found), record=history[0].record
        ).SerializeToString()

    async def get_ruleset(self, request: wire.GetRulesetRequest, _: Context) -> bytes:
        """The documents of one ruleset that is kept here."""
        check(request)
        held = self.publisher.activator.holder().ruleset
        if request.digest in {"", held.digest}:
            found = wire.GetRulesetResponse(digest=held.digest, documents=held.documents)
            return found.SerializeToString()
        documents = await self.store.read(lambda: self.store.ruleset_documents(request.digest))
        if documents is None:
            message = f"the ruleset `{request.digest}` is not kept here"
            raise PublicationRefused("RULESET_NOT_FOUND", message)
        found = wire.GetRulesetResponse(digest=request.digest, documents=documents)
        return found.SerializeToString()

    async def _act(
        self,
        command: PublishCommand,
        kind: RulesStep,
        reply_type: type[wire.PublishRulesResponse | wire.RollbackRulesResponse],
    ) -> bytes:
        def render(publication: Publication) -> bytes:
            """The reply's bytes."""
            message = publication_message(publication)
            return reply_type(publication=message).SerializeToString()

        answer = await self.publisher.act(command, kind, render)
        return replayed(reply_type, answer.reply) if answer.replayed else answer.reply

    def _activate_us(self, request: wire.PublishRulesRequest, found: Violations) -> int | None:
        if not request.HasField("activate_time"):
            return None
        activate_us = microseconds(request.activate_time, "activate_time", found)
        if activate_us > self.publisher.clock() + MOST_AHEAD_US:
            description = "must not be more than 400 days ahead"
            found.add("activate_time", description, "TOO_FAR_AHEAD")
        return activate_us

    async def _log(self) -> Publications:
        """What the log says by now, also by the hand of another process."""
        log = self.publisher.activator.log
        await log.follow(self.store)
        return log
