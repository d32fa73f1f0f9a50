"""MemoryStore: the Store port without a disk, for tests and for deciding offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice, product
from typing import TypeVar

from sconto.app.log_query import LogQuery
from sconto.app.ports import (
    Behaviour,
    CodesWrite,
    DecisionWrite,
    EventsWrite,
    LogEntry,
    PricesWrite,
    PublicationWrite,
    Reservation,
    ReservationState,
    RulesEntry,
    StepWrite,
    StoredAnswer,
)
from sconto.app.shop_currency import shop_currency
from sconto.app.transparency.checkpoint import size_of
from sconto.app.transparency.kept import CheckpointWrite
from sconto.domain.behaviour import GIVEN, REDEEMED
from sconto.domain.budget import BudgetView
from sconto.domain.prior_price import ListPrice
from sconto.store.books import (
    Books,
    DecisionOutcome,
    Posting,
    PublicationOutcome,
    StepOutcome,
)
from sconto.store.leaves import leaf_row
from sconto.store.rows import log_row

_T = TypeVar("_T")


class MemoryStore:
    """The Store port in this process's memory: the same answers, nothing durable."""

    def __init__(self) -> None:
        self._books = Books()
        self._rulesets: dict[str, bytes] = {}
        self._codes: dict[str, str] = {}
        self._prices: dict[tuple[str, str, str, int, str], ListPrice] = {}
        self._checkpoint = ""
        self._subtrees: dict[tuple[int, int], bytes] = {}

    def close(self) -> None:
        """Do nothing; there is nothing to let go of."""

    async def read(self, question: Callable[[], _T]) -> _T:
        """See Store; nothing here takes long."""
        return question()

    async def check(self) -> None:
        """See Store; nothing here fails."""

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        return self._books.add_decision(write)

    async def commit_step(self, write: StepWrite) -> StepOutcome:
        """See Store."""
        return self._books.take_step(write)

    async def commit_events(self, write: EventsWrite) -> int:
        """See Store."""
        return self._books.add_events(write)

    async def commit_prices(self, write: PricesWrite) -> int | ListPrice:
        """See Store."""
        kept = dict(self._prices)
        for price in write.prices:
            if kept.setdefault(price.key, price) != price:
                return kept[price.key]
        new_prices = len(kept) - len(self._prices)
        self._prices = kept
        return new_prices

    def lowest_prices(
        self,
        product_ids: Sequence[str],
        jurisdiction: str,
        channel: str,
        since_us: int,
        until_us: int,
        currency: str = "",
    ) -> Mapping[str, int]:
        """See Store."""
        found: dict[str, int] = {}
        for product_id, place, way in product(product_ids, {"", jurisdiction}, {"", channel}):
            asked = (product_id, place, way)
            here = (p for p in self._prices.values() if p[:3] == asked and p.currency == currency)
            own = {p.at_us: p.price for p in here}
            begun = max((at_us for at_us in own if at_us <= since_us), default=since_us)
            for at_us, price in own.items():
                if begun <= at_us < until_us:
                    found[product_id] = min(price, found.get(product_id, price))
        return found

    async def forget_events(self, before_us: int, limit: int) -> int:
        """See Store."""
        kept = self._books.kept
        gone = [k for k in kept[:-1][:limit] if k.event.at_us < before_us]
        for forgotten in gone:
            kept.remove(forgotten)
            self._books.known.discard((forgotten.user_ref, forgotten.event_id or ""))
        return len(gone)

    async def commit_codes(self, write: CodesWrite) -> int:
        """See Store."""
        before = len(self._codes)
        for ref in write.refs:
            self._codes.setdefault(ref, write.set_id)
        return len(self._codes) - before

    def code_sets(self, refs: Sequence[str]) -> Mapping[str, str]:
        """See Store."""
        return {ref: self._codes[ref] for ref in refs if ref in self._codes}

    def codes_kept(self) -> Mapping[str, int]:
        """See Store."""
        return Counter(self._codes.values())

    def keys_in_use(self, prefix: str) -> int:
        """See Store."""
        return sum(1 for k, used in self._books.used.items() if used and k.startswith(prefix))

    async def commit_publication(self, write: PublicationWrite) -> PublicationOutcome:
        """See Store."""
        return self._books.add_publication(write)

    def publications(self, after_seq: int) -> tuple[LogEntry, ...]:
        """See Store."""
        posted = self._books.posted[after_seq:]
        return tuple(_entry(p) for p in posted if isinstance(p.write, RulesEntry))

    async def keep_ruleset(self, digest: str, documents: bytes) -> None:
        """See Store."""
        self._rulesets.setdefault(digest, documents)

    def shop_currency(self) -> str:
        """See Store."""
        return next(filter(None, map(shop_currency, self._rulesets.values())), "")

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        posted = self._books.posted[first - 1 : last]
        return [leaf_row(p, log_row(p))[1].encode() for p in posted]

    async def commit_checkpoint(self, write: CheckpointWrite) -> bool:
        """See Store."""
        if size_of(self._checkpoint) >= write.size:
            return False
        self._checkpoint = write.note
        self._subtrees |= {(level, nth): hashed for level, nth, hashed in write.subtrees}
        return True

    def subtrees(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        asked = ((level, nth) for nth in range(first, last + 1))
        return [self._subtrees[place] for place in asked if place in self._subtrees]

    def checkpoint(self) -> str:
        """See Store."""
        return self._checkpoint

    def ruleset_documents(self, digest: str) -> bytes | None:
        """See Store."""
        return self._rulesets.get(digest)

    def answer(self, request_key: str) -> StoredAnswer | None:
        """See Store."""
        return self._books.answers.get(request_key)

    def usage(self, keys: Sequence[str]) -> BudgetView:
        """See Store."""
        return {k: self._books.used[k] for k in keys if self._books.used.get(k)}

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        books = self._books
        mine = [k for k in books.kept if k.user_ref == user_ref]
        later = any(k.event.kind == GIVEN and k.event.at_us > until_us for k in mine)
        seen = [
            k.event
            for k in mine
            if since_us < k.event.at_us <= until_us
            and books.undone.get(k, until_us + 1) > until_us
            and (not without or k.decision_id != without or k.event.kind not in {GIVEN, REDEEMED})
        ]
        last_seq = 0 if later else books.next_event - 1
        return Behaviour(tuple(sorted(seen, key=lambda e: e.at_us)), last_seq)

    def decision(self, decision_id: str) -> LogEntry | None:
        """See Store."""
        return next((e for e in self.history(decision_id) if e.kind == "decision"), None)

    def history(self, decision_id: str) -> tuple[LogEntry, ...]:
        """See Store."""
        about = (p for p in self._books.posted if p.about == decision_id)
        return tuple(_entry(p) for p in about)

    def reservation(self, decision_id: str) -> Reservation | None:
        """See Store."""
        return self._books.reservations.get(decision_id)

    def held(self) -> int:
        """See Store."""
        states = Counter(r.state for r in self._books.reservations.values())
        return states[ReservationState.HELD]

    def due(self, now_us: int, limit: int) -> tuple[Reservation, ...]:
        """See Store."""
        held = [
            r
            for r in self._books.reservations.values()
            if r.state is ReservationState.HELD and r.expires_us <= now_us
        ]
        return tuple(sorted(held, key=lambda r: (r.expires_us, r.decision_id))[:limit])

    def newest_seq(self) -> int:
        """See Store."""
        return self._books.next_seq - 1

    def decisions(self, query: LogQuery) -> tuple[LogEntry, ...]:
        """See Store."""
        newest_first = reversed(self._books.posted)
        found = (_entry(p) for p in newest_first if _matches(p, query) and self._stands(p, query))
        return tuple(islice(found, query.limit))

    def _stands(self, posting: Posting, query: LogQuery) -> bool:
        """Whether its reservation is as *query* asks."""
        if not query.returned and not query.replaced:
            return True
        held = self._books.reservations.get(posting.about)
        replaced = held is not None and held.state is ReservationState.REPLACED
        returned = held is not None and held.returns > 0
        return (replaced or not query.replaced) and (returned or not query.returned)


def _entry(posting: Posting) -> LogEntry:
    user_ref = ""
    match posting.write:
        case DecisionWrite(decided_us=at_us, user_ref=user_ref):
            kind = "decision"
        case StepWrite(step=step, at_us=at_us):
            kind = step.value
        case RulesEntry(step=rules_step, at_us=at_us):
            kind = rules_step.value
    about, write = (posting.seq, kind, posting.about, at_us), posting.write
    return LogEntry(*about, write.record, user_ref, write.request_key)


def _matches(posting: Posting, query: LogQuery) -> bool:
    write = posting.write
    if not isinstance(write, DecisionWrite):
        return False
    return all(
        (
            query.user_ref in {"", write.user_ref},
            query.offer_id in {"", *write.offer_ids},
            query.code_set in {"", *write.code_sets},
            query.reason is None or query.reason in write.reasons,
            query.from_us is None or write.decided_us >= query.from_us,
            query.to_us is None or write.decided_us < query.to_us,
            query.before_seq is None or posting.seq < query.before_seq,
            posting.seq >= query.from_seq,
        )
    )
