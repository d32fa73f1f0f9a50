"""Publications over gRPC: what two people signed takes over, and nothing else does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sconto.app.activate import Activator
from sconto.app.people import People
from sconto.app.ports import RulesStep
from sconto.app.publications import signed_envelope
from sconto.app.reload import Refused
from sconto.app.signed_rules import SignedRules
from sconto.domain.canonical import digest, parse
from sconto.errors import RuleFinding, StoreUnavailable
from sconto.rulebook.policies import policy_from, policy_of
from sconto.signing.keys import verified
from sconto.store.memory import MemoryStore
from sconto.v1 import publication_pb2, status_service_pb2
from sconto.v1 import rules_service_pb2 as wire
from support import builders, publishing
from support.publishing import MADE_US, envelope, people, statement
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.publications import (
    REQUEST,
    publish,
    published,
    refused,
    retail,
    roll_back,
    shop,
    version,
)

HOUR_US = 3_600_000_000
PENDING = publication_pb2.PUBLICATION_STATE_PENDING
ACTIVE = publication_pb2.PUBLICATION_STATE_ACTIVE
SUPERSEDED = publication_pb2.PUBLICATION_STATE_SUPERSEDED
CANCELLED = publication_pb2.PUBLICATION_STATE_CANCELLED


def in_force(d: Door) -> str:
    """The digest that decides."""
    return d.policy().ruleset.digest


async def rules_of(d: Door) -> status_service_pb2.RulesStatus:
    """What status says of the rules."""
    asked = status_service_pb2.GetStatusRequest()
    return (await d.status.GetStatus(asked, timeout=SECONDS)).rules


async def listed(d: Door, **asked: Any) -> wire.ListPublicationsResponse:
    """A page of publications."""
    request = wire.ListPublicationsRequest(**asked)
    found: wire.ListPublicationsResponse = await d.rules.ListPublications(request, timeout=SECONDS)
    return found


async def went_back(d: Door, request: wire.RollbackRulesRequest) -> wire.RollbackRulesResponse:
    """What the server answers to a rollback that it accepts."""
    found: wire.RollbackRulesResponse = await d.rules.RollbackRules(request, timeout=SECONDS)
    return found


async def test_a_publication_takes_over_at_once() -> None:
    """The reply, status, the list and the policy agree on who put what in force, and when."""
    async with shop() as d:
        reply = (await published(d, publish(1))).publication
        status = await rules_of(d)
        (only,) = (await listed(d)).publications

    assert digest(version(1)) == reply.digest == status.digest
    assert reply == status.publication == only
    assert (ACTIVE, "anna", "ben", "a test") == (
        reply.state,
        reply.author,
        reply.approver,
        reply.why,
    )
    now_us = builders.AS_OF_US
    assert (MADE_US + 1_000_000, now_us, now_us, now_us) == (
        reply.made_time.ToMicroseconds(),
        reply.publish_time.ToMicroseconds(),
        reply.activate_time.ToMicroseconds(),
        reply.active_time.ToMicroseconds(),
    )


async def test_a_publication_waits_for_its_time() -> None:
    """Until then the rules before it decide; status tells what waits; then a tick lets it in."""
    async with shop() as d:
        at_us = d.clock() + HOUR_US
        reply = (await published(d, publish(1, at_us=at_us))).publication
        waiting = await rules_of(d)
        d.clock.now_us = at_us - 1
        await d.activator.tick()
        early, pause_us = in_force(d), d.activator.wait_us()
        d.clock.now_us = at_us
        await d.activator.tick()
        status = await rules_of(d)

    assert (PENDING, at_us) == (reply.state, reply.activate_time.ToMicroseconds())
    assert reply == waiting.pending_publication
    assert not waiting.HasField("publication")
    assert (retail().digest, 1) == (early, pause_us)
    assert digest(version(1)) == status.digest
    assert (ACTIVE, at_us) == (
        status.publication.state,
        status.publication.active_time.ToMicroseconds(),
    )
    assert not status.HasField("pending_publication")


async def test_a_later_publication_cancels_one_that_waits() -> None:
    """What waited never comes, and the list says what became of each."""
    async with shop() as d:
        await published(d, publish(1, at_us=d.clock() + HOUR_US))
        await published(d, publish(2, at_us=d.clock() + 2 * HOUR_US))
        await published(d, publish(3))
        d.clock.now_us += 3 * HOUR_US
        await d.activator.tick()
        states = [p.state for p in (await listed(d)).publications]
        held = in_force(d)

    assert [ACTIVE, CANCELLED, CANCELLED] == states
    assert digest(version(3)) == held


async def test_a_rollback_goes_back_at_once() -> None:
    """To what was published before, and to the files that decided before anything was."""
    async with shop() as d:
        await published(d, publish(1))
        await published(d, publish(2))
        first = (await went_back(d, roll_back(digest(version(1)), 3))).publication
        to_published = in_force(d)
        await went_back(d, roll_back(retail().digest, 4))
        to_files = in_force(d)
        states = [p.state for p in (await listed(d)).publications]

    assert (digest(version(1)), retail().digest) == (to_published, to_files)
    assert publication_pb2.PUBLICATION_KIND_ROLLBACK == first.kind
    assert [ACTIVE, SUPERSEDED, SUPERSEDED, SUPERSEDED] == states


async def test_a_rollback_to_what_decides_cancels_what_waits() -> None:
    """That is how a set publication is called off."""
    async with shop() as d:
        await published(d, publish(1))
        await published(d, publish(2, at_us=d.clock() + HOUR_US))
        before = d.policy()
        await went_back(d, roll_back(digest(version(1)), 3))
        d.clock.now_us += 2 * HOUR_US
        await d.activator.tick()
        after = d.policy()

    assert before is after


async def test_what_only_waited_is_no_way_back() -> None:
    """A ruleset that is kept, and was cancelled before its time, was never active."""
    async with shop() as d:
        await published(d, publish(1, at_us=d.clock() + HOUR_US))
        await published(d, publish(2))
        asked = roll_back(digest(version(1)), 3)
        failed = await failure_of(d.rules.RollbackRules(asked, timeout=SECONDS))

    assert "NEVER_ACTIVE" == failed.info.reason


async def test_one_person_may_roll_back_in_an_emergency() -> None:
    """With the role, which the people file gives; the list shows that nobody approved it."""
    async with shop() as d:
        await published(d, publish(1))
        asked = roll_back(retail().digest, 2, "ella", author="ella")
        found = (await went_back(d, asked)).publication
        alone = roll_back(digest(version(1)), 3, "anna")
        failed = await failure_of(d.rules.RollbackRules(alone, timeout=SECONDS))
        held = in_force(d)

    assert ("ella", "") == (found.author, found.approver)
    assert "TWO_PERSONS_NEEDED" == failed.info.reason
    assert retail().digest == held


async def test_who_is_struck_off_the_list_is_so_at_once() -> None:
    """The people are read for every publication; what was accepted before stays."""
    everybody = people()
    trusted = [everybody]
    async with door(retail(), people=lambda: trusted[0]) as d:
        await published(d, publish(1))
        trusted[0] = People(tuple(p for p in everybody.everybody if p.name != "ben"))
        failed = await refused(d, publish(2))
        held = in_force(d)

    assert "SIGNER_UNKNOWN" == failed.info.reason
    assert digest(version(1)) == held


async def test_a_repeated_request_gets_its_answer_again() -> None:
    """After other publications too, and nothing is done again; another body is refused."""
    async with shop() as d:
        first = await published(d, publish(1))
        await published(d, publish(2))
        again = await published(d, publish(1))
        other = await refused(d, publish(3, request_id=REQUEST % 1))
        held, count = in_force(d), len((await listed(d)).publications)

    assert (False, True) == (first.replayed, again.replayed)
    assert first.publication == again.publication
    assert "REQUEST_ID_REUSED" == other.info.reason
    assert (digest(version(2)), 2) == (held, count)


async def test_nothing_is_published_twice() -> None:
    """An old approval brings no rules back: its bundle is out of turn, under any request_id."""
    async with shop() as d:
        await published(d, publish(1))
        await published(d, publish(2))
        same = await refused(d, publish(2, request_id=REQUEST % 8))
        older = await refused(d, publish(1, request_id=REQUEST % 9))
        held = in_force(d)

    assert ("OUT_OF_TURN", "OUT_OF_TURN") == (same.info.reason, older.info.reason)
    assert digest(version(2)) == held


async def test_a_bundle_from_the_future_is_refused() -> None:
    """It would keep everybody else out until then."""
    async with shop() as d:
        said = statement(digest(version(1)), made_us=d.clock() + HOUR_US)
        failed = await refused(d, publish(1, envelope(said, "anna", "ben")))

    assert "OUT_OF_TURN" == failed.info.reason


async def test_a_refused_publication_changes_nothing_and_is_told() -> None:
    """The rules before go on; status has the reason; the log has nothing."""
    finding = RuleFinding("<stored documents>", 1, 1, "REF-001", "m", "h", "")

    async def check(_: bytes) -> Refused:
        return Refused("<stored documents>:1:1: no such fact", (finding,))

    async with shop(check=check) as d:
        failed = await refused(d, publish(1))
        status = await rules_of(d)
        count = len((await listed(d)).publications)

    assert ("RULES_REFUSED", "RULES_REFUSED") == (failed.info.reason, status.last_failure.reason)
    assert "no such fact" in failed.message
    assert failed.message == status.last_failure.error
    assert digest(version(1)) == status.last_failure.digest
    assert (retail().digest, 0, False) == (status.digest, count, status.publication_overdue)


async def test_a_dry_run_checks_everything_and_changes_nothing() -> None:
    """It is refused for what the real call would be refused for."""
    async with shop() as d:
        found = await published(d, publish(1, validate_only=True))
        said = statement(digest(version(2)))
        failed = await refused(d, publish(2, envelope(said, "anna"), validate_only=True))
        count, held = len((await listed(d)).publications), in_force(d)
        kept = await failure_of(
            d.rules.GetRuleset(wire.GetRulesetRequest(digest=digest(version(1))))
        )

    assert ("", digest(version(1)), ACTIVE) == (
        found.publication.publication_id,
        found.publication.digest,
        found.publication.state,
    )
    assert "TWO_PERSONS_NEEDED" == failed.info.reason
    assert (0, retail().digest, "RULESET_NOT_FOUND") == (count, held, kept.info.reason)


async def test_a_publication_names_its_fields_at_fault() -> None:
    """Too far ahead, no id, no envelope: everything at once."""
    async with shop() as d:
        asked = publish(1, at_us=d.clock() + 401 * 24 * HOUR_US)
        asked.request_id, asked.envelope = "", b""
        failed = await refused(d, asked)
        garbage = publish(1)
        garbage.envelope = b"{}"
        malformed = await refused(d, garbage)

    assert {"request_id", "envelope", "activate_time"} == set(failed.fields)
    assert ["envelope"] == malformed.fields


async def test_the_log_holds_what_was_signed() -> None:
    """Anybody can check the signatures again from the record alone."""
    async with shop() as d:
        made = (await published(d, publish(1))).publication
        asked = wire.GetPublicationRequest(publication_id=made.publication_id)
        found = await d.rules.GetPublication(asked, timeout=SECONDS)

    record = parse(found.record)
    said, keys = signed_envelope(record)
    assert made == found.publication
    assert said.to_bytes() == publish(1).envelope
    assert ["anna", "ben"] == [signer["name"] for signer in record["signers"]]
    assert ["author", "approver"] == [signer["role"] for signer in record["signers"]]
    signatures = zip(keys, said.signatures, strict=True)
    assert all(verified(key, said.to_sign(), s.sig) for key, s in signatures)


async def test_publications_come_in_pages() -> None:
    """Newest first, each once; a token that was made up is refused."""
    async with shop() as d:
        for n in range(1, 6):
            await published(d, publish(n, at_us=d.clock() + HOUR_US))
        pages, token = [], ""
        while not pages or token:
            page = await listed(d, page_size=2, page_token=token)
            pages.append([p.digest for p in page.publications])
            token = page.next_page_token
        made_up = wire.ListPublicationsRequest(page_size=1)
        made_up.page_token = token + "bWFkZSB1cA=="
        failed = await failure_of(d.rules.ListPublications(made_up, timeout=SECONDS))

    assert [[5, 4], [3, 2], [1]] == [
        [n for one in page for n in range(1, 6) if digest(version(n)) == one] for page in pages
    ]
    assert ["page_token"] == failed.fields


async def test_the_documents_of_a_ruleset_can_be_had() -> None:
    """Of the one in force, and of any that is kept."""
    async with shop() as d:
        await published(d, publish(1))
        await published(d, publish(2))
        now = await d.rules.GetRuleset(wire.GetRulesetRequest(), timeout=SECONDS)
        before = wire.GetRulesetRequest(digest=digest(version(1)))
        old = await d.rules.GetRuleset(before, timeout=SECONDS)

    assert (digest(version(2)), version(2)) == (now.digest, now.documents)
    assert (digest(version(1)), version(1)) == (old.digest, old.documents)


async def test_a_publication_by_another_process_is_followed() -> None:
    """Servers on one log decide by the same rules, at the next tick."""
    store = MemoryStore()
    async with shop(store) as first, shop(store, first_id=1_000) as second:
        await published(first, publish(1))
        behind = in_force(second)
        await second.activator.tick()
        caught_up = await rules_of(second)
        await published(second, publish(2))
        await first.activator.tick()
        both = in_force(first), in_force(second)

    assert (retail().digest, digest(version(1))) == (behind, caught_up.digest)
    assert "anna" == caught_up.publication.author
    assert (digest(version(2)), digest(version(2))) == both


async def test_two_that_publish_at_once_follow_one_another() -> None:
    """Each is in the log, at most one is active, and what decides is the last one's."""
    async with shop() as d:
        calls = (published(d, publish(n)) for n in range(1, 9))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        found = (await listed(d)).publications
        held = in_force(d)

    accepted = [a for a in answers if isinstance(a, wire.PublishRulesResponse)]
    assert len(accepted) == len(found)
    assert [ACTIVE] + [SUPERSEDED] * (len(found) - 1) == [p.state for p in found]
    assert found[0].digest == held


class AwayStore(MemoryStore):
    """A store that can't be written while it is away."""

    away = False

    async def commit_publication(self, write: Any) -> Any:
        """See Store."""
        if self.away:
            raise StoreUnavailable("the disk is full")
        return await super().commit_publication(write)


async def test_what_can_not_be_recorded_does_not_take_over() -> None:
    """No entry, no new rules: at once is refused, and a set time is tried until it works."""
    store = AwayStore()
    async with shop(store) as d:
        store.away = True
        failed = await refused(d, publish(1))
        store.away = False
        await published(d, publish(1, at_us=d.clock() + HOUR_US))
        d.clock.now_us += HOUR_US
        store.away = True
        await d.activator.tick()
        overdue, held = await rules_of(d), in_force(d)
        store.away = False
        await d.activator.tick()
        mended = await rules_of(d)

    assert ("STORE_UNAVAILABLE", retail().digest) == (failed.info.reason, held)
    assert (True, "STORE_UNAVAILABLE") == (overdue.publication_overdue, overdue.last_failure.reason)
    assert (False, digest(version(1))) == (mended.publication_overdue, mended.digest)


@pytest.mark.parametrize("kind", [RulesStep.PUBLICATION, RulesStep.ROLLBACK])
async def test_a_call_that_is_hung_up_leaves_no_doubt(kind: RulesStep) -> None:
    """What the log says decides at the next tick, whether or not the caller waited."""
    store = MemoryStore()
    async with shop(store) as d:
        await published(d, publish(1))
        await published(d, publish(2))
        back = kind is RulesStep.ROLLBACK
        call = (
            d.rules.RollbackRules(roll_back(digest(version(1)), 3), timeout=SECONDS)
            if back
            else d.rules.PublishRules(publish(3), timeout=SECONDS)
        )
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await d.activator.tick()
        logged = store.publications(0)[-1]
        held = in_force(d)

    assert parse(logged.record)["digest"] == held


async def test_an_activator_starts_from_the_log() -> None:
    """A server that died after writing and before swapping puts that in force when it starts."""
    store = MemoryStore()
    async with shop(store) as d:
        await published(d, publish(1))
        await published(d, publish(2, at_us=d.clock() + HOUR_US))
        holder, clock, signed = d.policy, d.clock, SignedRules(publishing.people, verified)
    fresh = type(holder)(policy_of(retail()), clock())
    activator = Activator(fresh, store, policy_from, clock, signed)
    await activator.tick()
    before = fresh().ruleset.digest
    clock.now_us += 2 * HOUR_US
    begun = type(holder)(policy_of(retail()), clock())
    again = Activator(begun, store, policy_from, clock, signed)
    await again.tick()

    assert digest(version(1)) == before
    assert digest(version(2)) == again.holder().ruleset.digest
    assert ["publication", "activation"] * 2 == [e.kind for e in store.publications(0)]
