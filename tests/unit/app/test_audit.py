"""Reading the log: one decision whole, many by page, and whether one replays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.app.audit import FoundDecision, find_decision, list_decisions, replays
from sconto.app.log_query import LogQuery
from sconto.app.ports import Policy
from sconto.domain.canonical import canonical
from sconto.domain.reasons import ReasonCode
from sconto.domain.record_reading import read_record
from sconto.errors import CorruptRecord, NotFound
from sconto.rulebook.policies import reference_policy
from sconto.store.memory import MemoryStore
from support import builders
from support.deciding import command, decider

RULES = builders.ruleset(budgets=[builders.budget()])


async def _decided(count: int = 1) -> MemoryStore:
    store = MemoryStore()
    engine = decider(store)
    for n in range(count):
        await engine.decide(command(RULES, builders.context(), request_id=f"r{n}"), canonical)
    await store.keep_ruleset(RULES.digest, b"documents")
    return store


def _compile(documents: bytes) -> Policy:
    assert b"documents" == documents
    return reference_policy(RULES)


async def test_a_decision_is_found_whole() -> None:
    """Its bytes as stored, what they say, and every entry about it."""
    found = find_decision(await _decided(), "d1")

    assert read_record(found.raw) == found.record
    assert ["decision"] == [e.kind for e in found.history]


def test_a_decision_that_is_not_there_is_not_found() -> None:
    """Its id is in the message."""
    with pytest.raises(NotFound, match="there is no decision `d9`"):
        find_decision(MemoryStore(), "d9")


async def test_pages_hold_every_decision_once_newest_first() -> None:
    """The next page begins where the last one ended, and the last page says that it is."""
    store = await _decided(5)
    seen, before, more = [], None, True
    while more:
        page = list_decisions(store, LogQuery(limit=2, before_seq=before))
        seen += [record["decision_id"] for record in page.records]
        before = page.following
        more = before is not None

    assert ["d5", "d4", "d3", "d2", "d1"] == seen


@pytest.mark.parametrize(("looked_at", "pages"), [(1, 5), (2, 3), (4, 2), (50, 1)])
async def test_a_page_looks_at_a_part_of_a_log(
    looked_at: int, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However rare a match is: all are found, and a page without one leads on."""
    monkeypatch.setattr("sconto.app.audit.LOOKED_AT", looked_at)
    store = await _decided(5)
    first = find_decision(store, "d1").history[0]
    query = LogQuery(limit=9, reason=ReasonCode.BUDGET_SPENT)
    found, before, read = 0, None, 0
    while before is not None or not read:
        page = list_decisions(store, replace(query, before_seq=before))
        found, read, before = found + len(page.records), read + 1, page.following
    everything = list_decisions(store, LogQuery(limit=9, from_us=first.at_us)).records

    assert (0, pages) == (found, read)
    assert min(looked_at, 5) == len(everything)


async def test_a_full_last_page_has_no_next_one() -> None:
    """Nobody is sent to an empty page."""
    page = list_decisions(await _decided(2), LogQuery(limit=2))
    assert None is page.following


async def test_a_stored_decision_replays() -> None:
    """Unless somebody edited it."""
    store = await _decided()
    found = find_decision(store, "d1")
    edited: FoundDecision = replace(found, raw=found.raw.replace(b"CHOSEN", b"NOT_BEST"))

    assert replays(store, found, _compile)
    assert not replays(store, edited, _compile)


async def test_without_its_ruleset_a_decision_can_not_be_replayed() -> None:
    """A missing or exchanged ruleset is a corrupt record, never a quiet `no`."""
    store = await _decided()
    found = find_decision(store, "d1")
    other = replace(RULES, digest="sha256:other")

    with pytest.raises(CorruptRecord, match="is not kept here"):
        replays(MemoryStore(), found, _compile)
    with pytest.raises(CorruptRecord, match="are not those of ruleset"):
        replays(store, found, lambda _: reference_policy(other))
