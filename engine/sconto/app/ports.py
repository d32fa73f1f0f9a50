"""What the use cases need from the world, as protocols that adapters implement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple, Protocol, TypeVar

from sconto.app.log_query import LogQuery
from sconto.app.transparency.kept import KeptTree
from sconto.domain.behaviour import BehaviourEvent
from sconto.domain.budget import BudgetView, Draw
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.judging import Judges
from sconto.domain.prior_price import ListPrice
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores

_T = TypeVar("_T")


class ReservationState(Enum):
    """Where a reservation stands. HELD becomes one of the others; REDEEMED may become RELEASED.

    REPLACED: a later decision, about the same basket as it is now, took its place. RETURNED:
    everything that was sold came back.
    """

    HELD = "held"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"
    REPLACED = "replaced"
    RETURNED = "returned"


class Step(Enum):
    """What can happen to a reservation; the value names the log entry."""

    REDEEM = "redemption"
    RELEASE = "release"
    EXPIRE = "expiry"
    REPLACE = "replacement"
    RETURN = "return"


class RulesStep(Enum):
    """What can happen to the rules by the will of people; the value names the log entry."""

    PUBLICATION = "publication"
    ROLLBACK = "rollback"
    ACTIVATION = "activation"


class StoredAnswer(NamedTuple):
    """The answer given before to a request_id: what was asked (hash), and the reply's bytes."""

    request_hash: bytes
    reply: bytes


NO_ANSWER: Final = StoredAnswer(b"", b"")
"""To what nobody asked for."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a decision holds, and where it stands."""

    decision_id: str
    state: ReservationState
    expires_us: int
    draws: tuple[Draw, ...]
    """What it takes of budgets now."""
    returns: int = 0
    """How many returns there were."""


class Left(NamedTuple):
    """What a return leaves: the reservation, and the discount in the shop's minor units."""

    reservation: Reservation
    discount: int


@dataclass(frozen=True, slots=True)
class StepWrite:
    """One step of a reservation's life; it becomes durable with its log entry, or not at all."""

    request_key: str
    """Empty for an expiry and a replacement, which nobody asked for by themselves."""
    answer: StoredAnswer
    decision_id: str
    step: Step
    at_us: int
    record: bytes
    returns: int = 0
    """How many returns the writer knew of."""
    left: Left | None = None
    """Of a return."""


class DecisionWrite(NamedTuple):
    """All that becomes durable with one decision, or not at all."""

    request_key: str
    """`<method>/<request_id>`."""
    answer: StoredAnswer
    decision_id: str
    user_ref: str
    decided_us: int
    offer_ids: frozenset[str]
    """The offers given; empty for no discount."""
    discount: int
    """What they take off in all, minor units of the shop's currency."""
    reasons: frozenset[ReasonCode]
    record: bytes
    draws: tuple[Draw, ...]
    expires_us: int | None
    behaviour_seq: int | None = None
    """The newest behaviour event that was known when rules counted the discounts that the shopper
    was given; None when no rule counts them."""
    replaces: StepWrite | None = None
    """What hands back the reservation of the decision that this one replaces."""
    unknown_codes: int = 0
    """Codes that were sent and nobody knows."""
    code_sets: frozenset[str] = frozenset()
    """The sets of the codes by which something is given."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event that a checkout tells of; kept once for each shopper and *event_id*."""

    user_ref: str
    event_id: str
    event: BehaviourEvent


@dataclass(frozen=True, slots=True)
class EventsWrite:
    """Events that become durable together, or not at all."""

    events: tuple[SentEvent, ...]


@dataclass(frozen=True, slots=True)
class CodesWrite:
    """Codes of one set that become known together, by their keyed hashes of 32 hex digits."""

    set_id: str
    refs: tuple[str, ...]


class PricesWrite(NamedTuple):
    """List prices that become durable together, or not at all."""

    prices: tuple[ListPrice, ...]
    recorded_us: int


@dataclass(frozen=True, slots=True)
class RulesEntry:
    """One entry of the log about a publication."""

    step: RulesStep
    publication_id: str
    at_us: int
    record: bytes
    request_key: str = ""
    """Empty for an activation, which nobody asks for."""
    answer: StoredAnswer = NO_ANSWER


@dataclass(frozen=True, slots=True)
class PublicationWrite:
    """Entries about one publication that become durable together, or not at all."""

    entries: tuple[RulesEntry, ...]
    after_seq: int
    """The number of the last such entry that the writer knows; 0 for none."""


class Committed(NamedTuple):
    """The write is on disk, under this number of the decision log."""

    seq: int


@dataclass(frozen=True, slots=True)
class BudgetRefused:
    """Nothing was written: *draw* would have passed its budget's limit."""

    draw: Draw


class SignalsOutdated(NamedTuple):
    """Nothing was written: the shopper was given a discount since the signals were counted."""


@dataclass(frozen=True, slots=True)
class StepRefused:
    """Nothing was written: the reservation's *state* does not allow it (None: there is none)."""

    state: ReservationState | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nothing was written: another entry about the rules, this one, came first."""

    seq: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the decision log.

    *kind* is `decision`, or the value of a Step or RulesStep; entries of the last are about a
    publication, whose id is then in *decision_id*. *user_ref* is of a decision, *request_key* of
    what a request asked for; otherwise they are empty.
    """

    seq: int
    kind: str
    decision_id: str
    at_us: int
    record: bytes
    user_ref: str = ""
    request_key: str = ""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one shopper did in a span of time, oldest first."""

    events: tuple[BehaviourEvent, ...]
    last_seq: int
    """The number of the newest event in the store, of any shopper, or one below that of a discount
    that this shopper was given after the span: of later events, *events* may lack one."""


class Store(KeptTree, Protocol):
    """Budgets, reservations, the decision log, idempotency answers and behaviour, in one place.

    Commits MUST be durable before they return, all or nothing, and MUST raise StoreUnavailable
    (leaving nothing behind) when they can't be. Reads MUST see every commit that has returned, and
    raise StoreUnavailable when they fail. On an event loop, ask by `read` whatever is not async.
    INVARIANT: for every ledger key, reserved + redeemed <= limit
    (tests/property/test_budget.py::test_a_budget_is_never_overspent).
    """

    async def read(self, question: Callable[[], _T]) -> _T:
        """What *question* returns or raises; it reads this store, and waits for nothing else.

        MUST NOT hold up the event loop. Raises StoreUnavailable without an answer in time.
        """

    async def check(self) -> None:
        """Raise StoreUnavailable unless reads work, and writes do again if one has failed."""

    async def commit_decision(
        self, write: DecisionWrite
    ) -> Committed | BudgetRefused | SignalsOutdated | StepRefused | StoredAnswer:
        """Append the decision, reserve its draws and keep its answer.

        What it replaces is handed back first, in the same transaction; StepRefused when that is not
        HELD. Returns the StoredAnswer instead when the request_key has one already. MUST check
        every draw against its limit in the same transaction that writes it. A caller MUST NOT give
        a discount without a Committed. One that hangs up meanwhile MUST NOT leave it open whether
        the decision was made: it commits all the same. A decision with a discount adds the event
        `discount_given`; each unknown code of one, the event `code_unknown`.
        """
        ...

    async def commit_step(self, write: StepWrite) -> Committed | StepRefused | StoredAnswer:
        """Take the step if the reservation's state allows it; give budget back on the way down.

        REDEEM needs HELD and `at_us < expires_us`; RELEASE needs HELD or REDEEMED; EXPIRE needs
        HELD and `at_us >= expires_us`. REDEEM adds the event `discount_redeemed`; RELEASE and
        EXPIRE take the decision's own events back, as of `at_us`. REPLACE comes with a decision.
        RETURN needs REDEEMED. RELEASE and RETURN need as many returns before as they know of. After
        a RETURN the own events then have the discount that is left, or are taken back when none is.
        """
        ...

    async def commit_events(self, write: EventsWrite) -> int:
        """Keep the events that are new, and return how many those are.

        An event that was kept before, by its shopper and event_id, stays as it is.
        """
        ...

    async def commit_prices(self, write: PricesWrite) -> int | ListPrice:
        """Keep the prices that are new, and return how many those are.

        Keeps none and returns the kept one when one of them is another price for the same product,
        place and instant.
        """
        ...

    def lowest_prices(
        self,
        product_ids: Sequence[str],
        jurisdiction: str,
        channel: str,
        since_us: int,
        until_us: int,
        currency: str = "",
    ) -> Mapping[str, int]:
        """The lowest price of each product in force there at any time in `[since_us, until_us)`.

        Of prices in *currency*, empty for the shop's own. A product without a price there is left
        out.
        """
        ...

    async def forget_events(self, before_us: int, limit: int) -> int:
        """Delete events that happened before *before_us*, and return how many went.

        Looks at the *limit* events that were kept first, so that commits are never held up for
        long. What came late goes when its turn comes; the event kept last stays.
        """
        ...

    async def commit_codes(self, write: CodesWrite) -> int:
        """Keep the codes that are new, and return how many those are.

        A code that was kept before, of this set or another, stays as it is.
        """
        ...

    def code_sets(self, refs: Sequence[str]) -> Mapping[str, str]:
        """The set of each code, for those of *refs* that are kept."""
        ...

    def codes_kept(self) -> Mapping[str, int]:
        """How many codes are kept of each set."""
        ...

    def keys_in_use(self, prefix: str) -> int:
        """How many ledger keys that begin with *prefix* have used anything."""
        ...

    async def commit_publication(
        self, write: PublicationWrite
    ) -> Committed | Overtaken | StoredAnswer:
        """Append the entries, if none about a publication is in the log after `after_seq`.

        Returns the StoredAnswer instead when a request_key has one already; otherwise the number
        of the first entry. Two servers on one log so agree on what is in force.
        """
        ...

    def publications(self, after_seq: int) -> tuple[LogEntry, ...]:
        """Every entry about a publication with a larger number than *after_seq*, oldest first."""
        ...

    async def keep_ruleset(self, digest: str, documents: bytes) -> None:
        """Keep the rule documents that *digest* names, so that its decisions can be replayed."""
        ...

    def ruleset_documents(self, digest: str) -> bytes | None:
        """The kept documents of a ruleset."""
        ...

    def shop_currency(self) -> str:
        """The shop's own currency in the ruleset that was kept first; empty before."""
        ...

    def answer(self, request_key: str) -> StoredAnswer | None:
        """The answer given before to *request_key*."""
        ...

    def usage(self, keys: Sequence[str]) -> BudgetView:
        """What each ledger key has used, for those of *keys* that have used anything."""
        ...

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """The shopper's events in `(since_us, until_us]`, as they stood at *until_us*.

        Own events that were taken back later than *until_us* are among them; those of the decision
        *without* are not.
        """
        ...

    def decision(self, decision_id: str) -> LogEntry | None:
        """The log entry of a decision."""
        ...

    def history(self, decision_id: str) -> tuple[LogEntry, ...]:
        """Every log entry about a decision, oldest first."""
        ...

    def reservation(self, decision_id: str) -> Reservation | None:
        """What a decision reserved."""
        ...

    def held(self) -> int:
        """How many reservations are HELD."""
        ...

    def due(self, now_us: int, limit: int) -> tuple[Reservation, ...]:
        """HELD reservations whose time is up, oldest first."""
        ...

    def newest_seq(self) -> int:
        """The number of the newest entry of the log; 0 for none."""
        ...

    def decisions(self, query: LogQuery) -> tuple[LogEntry, ...]:
        """Decisions that match *query*, newest first, at most `query.limit`."""
        ...


@dataclass(slots=True)
class ScorerCounts:
    """What a scorer did since it was opened."""

    scored: int = 0
    """Decisions with scores."""
    partly_unknown: int = 0
    """Those among them with an unknown input."""
    refused_unknown: int = 0
    """Decisions without scores, because too many inputs were unknown."""


class Scorer(Protocol):
    """Scores candidates with a model. Fails open: a cause instead of scores is the next rung."""

    @property
    def description(self) -> dict[str, str]:
        """What serves the scores (feature schema, runtime), for the record; empty without one."""
        ...

    @property
    def counts(self) -> ScorerCounts:
        """What it did so far."""
        ...

    def unfillable(self, ruleset: Ruleset) -> tuple[str, ...]:
        """The model's inputs that no fact or signal of *ruleset* can fill."""
        ...

    def score(
        self,
        context: DecisionContext,
        candidates: tuple[Candidate, ...],
        ruleset: Ruleset,
        within_us: int | None = None,
    ) -> Scores | RungCause:
        """The scores of *candidates*, or why there are none. MUST NOT raise.

        DEADLINE_NEAR where *within_us*, what the caller leaves, is too little; None is no limit.

        *ruleset* is the one by which the context was read: its facts say what whole numbers stand
        for, its objective what response to depth is assumed.
        """
        ...


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Policy:
    """A ruleset with the judges compiled for it; swapped whole, freed with its last decision."""

    ruleset: Ruleset
    judges: Judges
    others: Mapping[str, Policy] = field(default_factory=dict)
    """That of the same rules in each other currency of the shop."""

    def for_request(self, currency: str) -> Policy:
        """The policy for a request in *currency*; the shop's own, which refuses an unknown one."""
        return self.others.get(currency, self)

    def in_currency(self, currency: str) -> Policy | None:
        """The policy for a request in *currency*; None where the shop has no rate for it."""
        return self if currency == self.ruleset.currency else self.others.get(currency)


class Clock(Protocol):
    """The only source of the present instant."""

    def __call__(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...


class NewId(Protocol):
    """The only source of decision ids."""

    def __call__(self) -> str:
        """A fresh UUIDv7 as text (RFC 9562)."""
        ...
