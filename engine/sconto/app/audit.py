"""Reading the decision log: one decision, many decisions, and the proof that one replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from sconto.app.lifecycle import owned, replaced_by
from sconto.app.log_entries import check_history, decision_record
from sconto.app.log_query import ANY_RECORD, LogQuery
from sconto.app.ports import LogEntry, Policy, Reservation, Step, Store
from sconto.app.publications import Publication, Publications
from sconto.domain.canonical import parse
from sconto.domain.explain import explain, explain_return
from sconto.domain.record import Columns
from sconto.domain.record_reading import Record, readable
from sconto.domain.replay import replay
from sconto.domain.returns import Sale, returns_replay
from sconto.errors import CorruptRecord

LOOKED_AT: Final = 50_000
"""Entries of the log that one page looks at where no index finds them: a twentieth of a second."""


READ: Final = 1_000
"""Records that one page reads where each is asked: a tenth of a second."""


@dataclass(frozen=True, slots=True)
class FoundDecision:
    """A decision as stored, as read, what became of it, and every entry about it."""

    columns: Columns
    raw: bytes
    reservation: Reservation | None
    history: tuple[LogEntry, ...]
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        """Read the record."""
        object.__setattr__(self, "record", readable(self.columns))

    @property
    def returns(self) -> tuple[bytes, ...]:
        """The records of its returns, oldest first."""
        return tuple(e.record for e in self.history if e.kind == Step.RETURN.value)

    @property
    def explanation(self) -> tuple[str, ...]:
        """What was decided and why, and what came of it, one sentence each."""
        state = self.reservation.state.value if self.reservation else None
        returns = (explain_return(parse(raw)) for raw in self.returns)
        by = replaced_by(self.history)
        successor = (f"Decision `{by}` took its place.",) if by else ()
        return (*explain(self.record, state), *successor, *returns)


def find_decision(store: Store, decision_id: str, caller: str = "") -> FoundDecision:
    """The decision *decision_id*; raises NotFound as `owned` does.

    Raises CorruptRecord, which names the entry, where one about it can't be read or is another's.
    """
    entry = owned(store.decision(decision_id), decision_id, caller)
    decision_record(entry)
    history = store.history(decision_id)
    check_history(history)
    return FoundDecision(
        columns=parse(entry.record),
        raw=entry.record,
        reservation=store.reservation(decision_id),
        history=history,
    )


class Damaged(NamedTuple):
    """An entry of the log whose record can't be read, or is another's."""

    seq: int
    decision_id: str
    """As its row says."""
    why: str
    """One sentence, which names the entry."""


class Page(NamedTuple):
    """Decisions, newest first."""

    records: tuple[Record, ...]
    damaged: tuple[Damaged, ...]
    """Those that match by their row, and have no record to show."""
    following: int | None
    """Where the next page begins; None on the last one."""


def every_decision(store: Store, limit: int) -> Iterator[Record]:
    """All records, newest first, *limit* at a time; raises CorruptRecord for a damaged one."""
    query = LogQuery(limit=limit)
    while True:
        page = list_decisions(store, query)
        for found in page.damaged:
            raise CorruptRecord(found.why)
        yield from page.records
        if page.following is None:
            return
        query = replace(query, before_seq=page.following)


def list_decisions(store: Store, query: LogQuery) -> Page:
    """The decisions that match *query*.

    A page may be short, or empty, and have a next one all the same.
    """
    by_index = (
        query.user_ref or query.offer_id or query.code_set or query.returned or query.replaced
    )
    end = store.newest_seq() + 1 if query.before_seq is None else query.before_seq
    start = 1 if by_index else max(1, end - LOOKED_AT)
    size = max(query.limit, 1 if query.asked == ANY_RECORD else READ) + 1
    entries = store.decisions(replace(query, from_seq=start, limit=size))
    following = entries[-2].seq if len(entries) == size else start if start > 1 else None
    records: list[Record] = []
    damaged: list[Damaged] = []
    for number, entry in enumerate(entries[: size - 1]):
        if len(records) + len(damaged) == query.limit:
            following = entries[number - 1].seq
            break
        try:
            record = decision_record(entry)
        except CorruptRecord as error:
            damaged.append(Damaged(entry.seq, entry.decision_id, str(error)))
            continue
        if query.asked.matches(record, query.reason):
            records.append(record)
    return Page(tuple(records), tuple(damaged), following)


def put_in_force(store: Store, digest: str, at_us: int) -> Publication | None:
    """The publication by which the ruleset *digest* was in force at *at_us*; None for rule files.

    Raises CorruptRecord.
    """
    published = Publications()
    published.read(store)
    active = (p for p in published.newest_first if p.activated_us is not None)
    latest = next((p for p in active if (p.activated_us or 0) <= at_us), None)
    return latest if latest is not None and latest.digest == digest else None


def decided_by(policy: Policy, record: Record) -> Policy:
    """*policy*, by which *record* was made, in the currency of the record.

    Raises CorruptRecord when its ruleset does not sell in that.
    """
    currency = record["context"]["currency"]
    found = policy.in_currency(currency)
    if found is None:
        digest = policy.ruleset.digest
        raise CorruptRecord(f"the ruleset `{digest}` of this decision has no rate for {currency}")
    return found


def replays(
    store: Store, found: FoundDecision, compile_documents: Callable[[bytes], Policy]
) -> bool:
    """Whether deciding the stored context again gives the stored bytes, and so do its returns.

    Uses the ruleset as it stood then, from the store; raises CorruptRecord when it is not kept.
    """
    digest = found.record["ruleset"]
    documents = store.ruleset_documents(digest)
    if documents is None:
        raise CorruptRecord(f"the ruleset `{digest}` of this decision is not kept here")
    kept = compile_documents(documents)
    if kept.ruleset.digest != digest:
        raise CorruptRecord(f"the kept documents are not those of ruleset `{digest}`")
    policy = decided_by(kept, found.record)
    sale = Sale(found.record, policy.ruleset, policy.judges)
    decided = replay(found.record, policy.ruleset, policy.judges) == found.raw
    return decided and returns_replay(sale, found.returns)
