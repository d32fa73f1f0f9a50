"""Logs to backtest on, made decision by decision in memory, and the plain way to backtest them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sconto.app.backtest.budget_state import BudgetState
from sconto.app.backtest.comparison import RulesetComparison
from sconto.app.backtest.log import Logged, Span
from sconto.app.backtest.outcome import Outcome, Use, outcome_of
from sconto.app.backtest.read import read_logged
from sconto.app.backtest.redecide import Redecider
from sconto.app.backtest.run import Run
from sconto.app.backtest.task import GONE, Decided, Item, Task, Unreadable, work
from sconto.app.lifecycle import NEXT_STATE
from sconto.app.ports import Behaviour, ReservationState, Scorer, Step
from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.candidate import Candidate
from sconto.domain.canonical import canonical
from sconto.domain.context import DecisionContext
from sconto.domain.decision import decide
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.rulebook.policies import reference_policy
from support import judges

ScoresOf = Callable[[Sequence[object]], Scores | None]
LIFETIME_US = 1_800_000_000


@dataclass(slots=True)
class MemoryLog:
    """A DecisionLog that is written as one ruleset decides."""

    kept: list[Logged] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    users: dict[int, str] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    held: dict[str, tuple[int, tuple[tuple[str, int], ...]]] = field(default_factory=dict)
    moves: list[tuple[int, str, int]] = field(default_factory=list)
    seen: list[tuple[str, int, int]] = field(default_factory=list)

    def decide(
        self, context: DecisionContext, ruleset: Ruleset, scores_of: ScoresOf = lambda _: None
    ) -> Outcome:
        """Decide *context* on *ruleset* and what has been used, and write it down."""
        listed = shortlist(context, ruleset, judges.reference(ruleset))
        scores = scores_of(listed.allowed)
        cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
        view = {k: self.used[k] for k in ledger_keys(context, ruleset) if self.used.get(k)}
        decision = decide(context, ruleset, listed, scores, cause, view)
        seq = len(self.kept) + 1
        decision_id = f"d{seq}"
        made = Provenance(decision_id, f"r{seq}", 0, {}, {"runtime": "fixed"})
        raw = stored(decision, made)
        state = ReservationState.HELD if decision.expires_us else None
        self.kept.append(Logged(seq, "decision", decision_id, raw, state, seq))
        self.users[seq], self.times[seq] = context.user_ref, context.moment.as_of_us
        if state:
            self.held[decision_id] = seq, tuple((d.key, d.amount) for d in decision.draws)
        self._move(seq, [(d.key, d.amount) for d in decision.draws])
        return outcome_of(decision, not_scored=False)

    def step(self, decision_id: str, step: Step) -> None:
        """Redeem, release or expire what *decision_id* holds."""
        made, draws = self.held.pop(decision_id)
        seq = len(self.kept) + 1
        raw = canonical({"draws": [list(d) for d in draws]})
        self.kept[made - 1] = replace(self.kept[made - 1], state=NEXT_STATE[step])
        self.kept.append(Logged(seq, step.value, decision_id, raw, NEXT_STATE[step], made))
        if step is not Step.REDEEM:
            self._move(seq, [(key, -amount) for key, amount in draws])

    def _move(self, seq: int, moves: Sequence[tuple[str, int]]) -> None:
        for key, amount in moves:
            self.used[key] = self.used.get(key, 0) + amount
            self.moves.append((seq, key, amount))

    def span(self, from_us: int | None, to_us: int | None) -> Span:
        """See DecisionLog."""
        found = [
            seq
            for seq, at_us in self.times.items()
            if (from_us is None or at_us >= from_us) and (to_us is None or at_us < to_us)
        ]
        if not found:
            return Span(1, 0, 0, 0, 0)
        times = [self.times[seq] for seq in found]
        return Span(found[0], found[-1], len(found), min(times), max(times))

    def entries(self, first: int, last: int) -> Sequence[Logged]:
        """See DecisionLog."""
        return self.kept[first - 1 : last]

    def shoppers(self, first: int, last: int) -> Sequence[str]:
        """See DecisionLog."""
        return sorted({ref for seq, ref in self.users.items() if first <= seq <= last})

    def ids(self, first: int, last: int) -> Sequence[tuple[int, str]]:
        """See DecisionLog."""
        return [(seq, f"d{seq}") for seq in self.users if first <= seq <= last]

    def opening(self, before: int) -> BudgetView:
        """See DecisionLog."""
        used: dict[str, int] = {}
        for seq, key, amount in self.moves:
            if seq < before:
                used[key] = used.get(key, 0) + amount
        return used

    def ruleset_documents(self, digest: str) -> bytes | None:
        """See DecisionLog."""
        return None

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See DecisionLog; nobody did anything, but it is noted who was asked about."""
        self.seen.append((user_ref, since_us, until_us))
        return Behaviour((), 0)


@dataclass(frozen=True, slots=True)
class Model:
    """A Scorer that scores as the log was scored."""

    scores_of: ScoresOf

    @property
    def description(self) -> dict[str, str]:
        """See Scorer."""
        return {}

    def score(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], *_: object
    ) -> Scores | RungCause:
        """See Scorer."""
        return self.scores_of(candidates) or RungCause.MODEL_MISSING


def sides(
    log: MemoryLog,
    old: Ruleset | None,
    new: Ruleset,
    *known: Ruleset,
    model: Scorer | None = None,
) -> RulesetComparison:
    """Both sides; *old* None is what was really decided, *known* are the rulesets the log keeps."""
    ruleset_of = {r.digest: r for r in known}.get

    def redecider(ruleset: Ruleset) -> Redecider:
        return Redecider(reference_policy(ruleset), ruleset_of, log.behaviour, model)

    return RulesetComparison(None if old is None else redecider(old), redecider(new), ruleset_of)


class StaleHands:
    """Work on a task as soon as it is known, on guesses that are old when it is taken."""

    def __init__(self, log: MemoryLog, both: RulesetComparison, at_once: int) -> None:
        self.at_once = at_once
        self._log = log
        self._both = both

    def submit(self, task: Task) -> Callable[[], list[Item]]:
        """See Workers."""
        items = work(task, self._log, self._both)
        return lambda: items


@dataclass(slots=True)
class Heard:
    """Everything that a backtest tells, in its order."""

    told: list[tuple[int, Outcome, Outcome]] = field(default_factory=list)
    unread: list[Unreadable] = field(default_factory=list)
    states: tuple[BudgetState, BudgetState] | None = None

    def decided(self, decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
        """See Listener."""
        old, new = decided.answers
        self.told.append((decided.seq, old.outcome, new.outcome))
        self.states = states

    def unreadable(self, entry: Unreadable) -> None:
        """See Listener."""
        self.unread.append(entry)


def one_by_one(
    log: MemoryLog, ruleset: Ruleset, scores_of: ScoresOf, first: int = 1
) -> list[tuple[int, Outcome]]:
    """What *ruleset* gives for each decision, each on what those before it have used.

    As plain as can be: no guesses, no bounds, and nothing taken from the log but requests, steps
    and what had been used before entry *first*.
    """
    used = dict(log.opening(first))
    held: dict[str, tuple[Use, ...]] = {}
    found = []
    for entry in log.kept[first - 1 :]:
        if entry.kind == "decision":
            outcome = _alone(entry.record, ruleset, scores_of, used)
            found.append((entry.seq, outcome))
            held[entry.decision_id] = outcome.uses
            for use in outcome.uses:
                used[use.key] = used.get(use.key, 0) + use.amount
        elif entry.state in GONE and entry.kind != Step.REDEEM.value:
            logged = log.kept[entry.made - 1]
            for key, amount in _given_back(logged, held, log, first):
                used[key] -= amount
    return found


def _given_back(
    logged: Logged, held: dict[str, tuple[Use, ...]], log: MemoryLog, first: int
) -> list[tuple[str, int]]:
    if logged.seq >= first:
        return [(use.key, use.amount) for use in held[logged.decision_id]]
    return [(key, amount) for seq, key, amount in log.moves if seq == logged.seq]


def _alone(raw: bytes, ruleset: Ruleset, scores_of: ScoresOf, used: dict[str, int]) -> Outcome:
    context = read_logged(raw, lambda _: None).context
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    scores = scores_of(listed.allowed)
    cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
    view = {key: used.get(key, 0) for key in ledger_keys(context, ruleset)}
    decision = decide(context, ruleset, listed, scores, cause, view)
    return outcome_of(decision, not_scored=False)


def a_log(
    random: Random,
    ruleset: Ruleset,
    contexts: Sequence[DecisionContext],
    scores_of: ScoresOf = lambda _: None,
) -> MemoryLog:
    """*contexts* decided on *ruleset*; discounts are redeemed, released and lapse in between."""
    log = MemoryLog()
    for context in contexts:
        log.decide(context, ruleset, scores_of)
        for decision_id in list(log.held):
            if random.random() < 0.3:
                log.step(decision_id, random.choice(list(NEXT_STATE)))
    return log


def backtested(
    log: MemoryLog,
    both: RulesetComparison,
    shared: frozenset[str],
    at_once: int = 2,
    span: Span | None = None,
) -> tuple[Heard, Run]:
    """What a backtest of *log* tells, with work done ahead on stale guesses."""
    heard = Heard()
    run = Run(log, both, span or log.span(None, None), shared)
    run.go(StaleHands(log, both, at_once), heard)
    return heard, run
