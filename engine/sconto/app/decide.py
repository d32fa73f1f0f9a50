"""Decide: the core with the world attached. Nothing is answered before it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from sconto.app.behaviour import with_signals
from sconto.app.code_ref import with_code_sets
from sconto.app.guesses import Guesses
from sconto.app.idempotency import Answer, same_request, unless_answered
from sconto.app.lifecycle import handing_back, replaceable
from sconto.app.made import Made
from sconto.app.moment import moment_at, moment_on
from sconto.app.ports import (
    BudgetRefused,
    Clock,
    Committed,
    DecisionWrite,
    NewId,
    Policy,
    Reservation,
    Scorer,
    SignalsOutdated,
    StepRefused,
    StepWrite,
    Store,
    StoredAnswer,
)
from sconto.app.prior_prices import with_prior_prices
from sconto.domain.budget import ledger_keys, without
from sconto.domain.canonical import canonical
from sconto.domain.changes import Changer, priced_facts
from sconto.domain.codes import CodeStatus
from sconto.domain.context import DecisionContext
from sconto.domain.decision import Decision, decide, decide_from_context, decide_nothing
from sconto.domain.near_misses import near_miss_fields, near_misses
from sconto.domain.reasons import RungCause
from sconto.domain.record import Columns, Provenance, columns_of, reasons_in
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist
from sconto.errors import StoreUnavailable

MAX_ROUNDS: Final = 5
"""Times a choice is made again because of what was given to others, or to the same shopper, in the
meantime."""

AFTER_SCORES_US: Final = 5_000
"""What choice, commit and reply need of the time that the caller waits."""

Render = Callable[[Columns], bytes]
"""Makes the reply's bytes from the columns of the decision's record, and its near misses if they
were asked for."""


class DecideCommand(NamedTuple):
    """One request to decide, read and checked; *policy* is the ruleset it starts and ends with."""

    request_id: str
    request_key: str
    request_hash: bytes
    context: DecisionContext
    policy: Policy
    validate_only: bool
    replaces: str = ""
    """The decision about the same basket as it was before; empty for none."""
    caller: str = ""
    """Who asks, where the server knows its callers."""
    address: str = ""
    """Where codes were sent from, without the port."""
    deadline_us: int | None = None
    """When the caller stops waiting; None is not said."""
    near_misses: bool = False
    """Whether the reply tells what one change would bring."""


class _LookedUp(NamedTuple):
    """A request with what the store says about it."""

    command: DecideCommand
    """With the sets of its codes."""
    context: DecisionContext
    """That of the command, with signals and prior prices."""
    replaced: Reservation | None
    """What is handed back for the new reservation."""
    used: Mapping[str, int]
    """What budgets have used without it."""


class _Prepared(NamedTuple):
    """What does not change when the choice is made again: who may be given, and their scores."""

    command: DecideCommand
    context: DecisionContext
    """That of the command, with signals and prior prices."""
    provenance: Provenance
    listed: Shortlist
    scores: Scores | None
    cause: RungCause
    replaced: Reservation | None
    """What is handed back for the new reservation."""
    instants: tuple[int, ...]
    """See Made; up to the model's answer."""

    def decide(self, view: Mapping[str, int]) -> Decision:
        ruleset = self.command.policy.ruleset
        return decide(self.context, ruleset, self.listed, self.scores, self.cause, view)

    def decide_nothing(self, view: Mapping[str, int]) -> Decision:
        ruleset, cause = self.command.policy.ruleset, RungCause.BUDGET_CONTENDED
        return decide_nothing(self.context, ruleset, self.listed, view, cause)


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides requests against one store, with one scorer. *versions* go into every record."""

    store: Store
    scorer: Scorer
    clock: Clock
    new_id: NewId
    versions: Mapping[str, str]
    ticks: Callable[[], int] = int
    """Nanoseconds of a monotonic clock, which say what the stages of a decision take."""
    guesses: Guesses = field(default_factory=Guesses, repr=False, compare=False)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(
        init=False, repr=False, compare=False, default_factory=WeakValueDictionary
    )
    """Of each shopper about whom something is being decided, where rules count discounts."""

    async def decide(self, command: DecideCommand, render: Render) -> Answer:
        """Decide *command*, make it durable, and return the reply that *render* made of its record.

        A dry run (`validate_only`) goes the same way and writes nothing. Raises StoreUnavailable
        when the record can't be made durable: then no discount was given. What `replaceable` raises
        of the decision that is to be replaced, it raises too; and TooManyUnknownCodes for who
        guesses.
        """
        if command.validate_only:
            return await self._decide(command, render)
        made = self._in_turn(command, render)
        return await unless_answered(self.store, command.request_key, command.request_hash, made)

    async def _in_turn(self, command: DecideCommand, render: Render) -> Answer:
        if not command.policy.ruleset.counts_given:
            return await self._decide(command, render)
        # At once, all but one would have missed the other's discount, and be made again.
        turn = self._turns.setdefault(command.context.user_ref, asyncio.Lock())
        async with turn:
            return await self._decide(command, render)

    async def dry_runs(self, commands: Sequence[DecideCommand], render: Render) -> list[bytes]:
        """The replies to *commands*, dry runs about one shopper at one instant by one policy.

        Signals and budgets are read once for all. Other requests come in between.
        """
        ruleset = commands[0].policy.ruleset

        def look_up() -> tuple[Mapping[str, int], list[DecisionContext]]:
            counted = with_signals(commands[0].context, ruleset, self.store)
            contexts = [
                replace(c.context, signals=counted.signals, behaviour_seq=counted.behaviour_seq)
                for c in commands
            ]
            priced = [with_prior_prices(context, ruleset, self.store) for context in contexts]
            return self._used(commands[0], None), priced

        used, contexts = await self.store.read(look_up)
        replies = []
        for command, context in zip(commands, contexts, strict=True):
            prepared = self._prepare(_LookedUp(command, context, None, used), self.ticks())
            decision = prepared.decide(used)
            columns = columns_of(decision, prepared.provenance)
            replies.append(render(self._for_reply(columns, decision, prepared)))
            await asyncio.sleep(0)
        return replies

    async def _decide(self, command: DecideCommand, render: Render) -> Answer:
        began = self.ticks()
        found = await self._look_up(command)
        self._count_guesses(found.command)
        prepared, used = self._prepare(found, began), found.used
        if command.validate_only:
            decision = prepared.decide(used)
            columns = columns_of(decision, prepared.provenance)
            reply = render(self._for_reply(columns, decision, prepared))
            made = Made("", decision, None, (*prepared.instants, self.ticks()))
            return Answer(reply, replayed=False, made=made)
        for _ in range(MAX_ROUNDS):
            outcome = await self._commit(prepared.decide(used), prepared, render)
            if isinstance(outcome, Answer):
                return outcome
            if isinstance(outcome, SignalsOutdated | StepRefused):
                began = self.ticks()
                found = await self._look_up(self._from_now(found.command))
                prepared, used = self._prepare(found, began), found.used
            else:
                used = await self.store.read(partial(self._used, found.command, found.replaced))
        outcome = await self._commit(prepared.decide_nothing(used), prepared, render)
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, StepRefused):
            raise StoreUnavailable("the decision that is to be replaced changes all the time")
        raise AssertionError(f"a decision that gives nothing was refused: {outcome}")

    async def _look_up(self, command: DecideCommand) -> _LookedUp:
        """*command* with all that it needs of the store, at one go."""
        return await self.store.read(partial(self._found, command))

    def _found(self, command: DecideCommand) -> _LookedUp:
        ruleset = command.policy.ruleset
        command = command._replace(context=with_code_sets(command.context, ruleset, self.store))
        replaced = self._replaced(command)
        without = replaced.decision_id if replaced else ""
        context = with_signals(command.context, ruleset, self.store, without)
        context = with_prior_prices(context, ruleset, self.store)
        return _LookedUp(command, context, replaced, self._used(command, replaced))

    def _prepare(self, found: _LookedUp, began: int) -> _Prepared:
        looked_up, command, context = self.ticks(), found.command, found.context
        policy = command.policy
        listed = shortlist(context, policy.ruleset, policy.judges)
        judged = self.ticks()
        left_us = None
        if command.deadline_us is not None:
            left_us = command.deadline_us - self.clock() - AFTER_SCORES_US
        scored = self.scorer.score(context, listed.allowed, policy.ruleset, left_us)
        provenance = Provenance(
            decision_id="" if command.validate_only else self.new_id(),
            request_id=command.request_id,
            received_us=self.clock(),
            engine={**self.versions, "rules": policy.judges.engine},
            model=self.scorer.description,
            replaces=command.replaces,
            caller=command.caller,
        )
        if isinstance(scored, Scores):
            scores, cause = scored, RungCause.NONE
        else:
            scores, cause = None, scored
        instants = (began, looked_up, judged, self.ticks())
        replaced = found.replaced
        return _Prepared(command, context, provenance, listed, scores, cause, replaced, instants)

    def _count_guesses(self, command: DecideCommand) -> None:
        """Refuse who guesses codes too often; nothing comes between the check and the count."""
        context = command.context
        if context.codes:
            user_ref, address, now_us = context.user_ref, command.address, self.clock()
            self.guesses.check(user_ref, address, now_us)
            self.guesses.add(user_ref, address, context.unknown_codes, now_us)

    def _from_now(self, command: DecideCommand) -> DecideCommand:
        """*command* as of this moment, so that what was given until now is counted."""
        zone, ruleset = command.context.moment.zone, command.policy.ruleset
        moment = moment_at(self.clock(), zone, ruleset.budget_zones)
        return command._replace(context=replace(command.context, moment=moment))

    def _replaced(self, command: DecideCommand) -> Reservation | None:
        if not command.replaces:
            return None
        user_ref, caller = command.context.user_ref, command.caller
        return replaceable(self.store, command.replaces, user_ref, caller)

    def _used(self, command: DecideCommand, replaced: Reservation | None) -> Mapping[str, int]:
        """What budgets have used, without what *replaced* hands back."""
        used = self.store.usage(ledger_keys(command.context, command.policy.ruleset))
        return without(used, replaced.draws) if replaced else used

    async def _commit(
        self, decision: Decision, prepared: _Prepared, render: Render
    ) -> Answer | BudgetRefused | SignalsOutdated | StepRefused:
        """The durable answer, or what happened in the meantime."""
        command, ruleset = prepared.command, prepared.command.policy.ruleset
        columns = columns_of(decision, prepared.provenance)
        reply = render(self._for_reply(columns, decision, prepared))
        write = DecisionWrite(
            request_key=command.request_key,
            answer=StoredAnswer(command.request_hash, reply),
            decision_id=prepared.provenance.decision_id,
            user_ref=prepared.context.user_ref,
            decided_us=prepared.context.moment.as_of_us,
            offer_ids=frozenset(c.offer.id for c in decision.stack.candidates),
            discount=ruleset.exchange.drawn(decision.stack.discount),
            reasons=reasons_in(decision),
            record=canonical(columns),
            draws=decision.draws,
            expires_us=decision.expires_us,
            behaviour_seq=prepared.context.behaviour_seq if ruleset.counts_given else None,
            replaces=self._handing_back(prepared),
            unknown_codes=prepared.context.unknown_codes,
            code_sets=_code_sets_in_use(decision),
        )
        chosen = self.ticks()
        outcome = await self.store.commit_decision(write)
        match outcome:
            case Committed():
                instants = (*prepared.instants, chosen, self.ticks())
                made = Made(write.decision_id, decision, outcome, instants)
                return Answer(reply, replayed=False, made=made)
            case StoredAnswer():
                return Answer(same_request(outcome, command.request_hash), replayed=True)
            case BudgetRefused() | SignalsOutdated() | StepRefused():
                return outcome

    def _for_reply(self, columns: Columns, decision: Decision, prepared: _Prepared) -> Columns:
        """The record's *columns*, with the near misses that stand in the reply alone."""
        if not prepared.command.near_misses:
            return columns
        policy = prepared.command.policy
        ruleset = policy.ruleset

        def decide_for(context: DecisionContext) -> Decision:
            return decide_from_context(
                context, ruleset, policy.judges, self.scorer.score, decision.view
            )

        zone = decision.context.moment.zone
        moment = partial(moment_on, zone=zone, elsewhere=ruleset.budget_zones)
        found = near_misses(decision, decide_for, Changer(moment, priced_facts(ruleset)))
        return {**columns, "near_misses": [near_miss_fields(near) for near in found]}

    def _handing_back(self, prepared: _Prepared) -> StepWrite | None:
        replaced, by = prepared.replaced, prepared.provenance.decision_id
        return handing_back(replaced, by, self.clock()) if replaced else None


def _code_sets_in_use(decision: Decision) -> frozenset[str]:
    """The sets of the codes by which *decision* gives something."""
    became = zip(decision.context.codes, decision.codes, strict=True)
    return frozenset(c.set_id for c, result in became if result.status is CodeStatus.APPLIED)
