"""One configuration measured whole: Decide beside the echo in turns, and the stages of Decide."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import echo
from load import DECIDE, Answers, Load, Traffic, put_load, read_answers, together
from measures import Range, Spread, over_rounds, spread
from ruleset_files import write_ruleset
from scenario import bodies, with_new_id
from sconto.api.decision_service import DecisionService
from sconto.bootstrap import open_offline
from sconto.cli.play_server import running_server
from sconto.settings import Settings
from sconto.v1 import decision_pb2 as pb
from sconto.v1.decision_service_pb2 import DecideResponse
from stages import Stage, Trailers, time_stages

T = TypeVar("T")

SPREAD: Final = 16
"""Connections of one client to several processes."""
SAMPLE: Final = 256
"""Requests answered beforehand, for the echo to answer with."""
UNPRICED: Final = frozenset(
    {
        pb.REASON_CODE_NOT_VALID_TODAY,
        pb.REASON_CODE_NO_LINE_IN_SCOPE,
        pb.REASON_CODE_BELOW_MINIMUM_SPEND,
        pb.REASON_CODE_NOTHING_TO_DISCOUNT,
    }
)
ALLOWED: Final = frozenset(
    {
        pb.REASON_CODE_CHOSEN,
        pb.REASON_CODE_NOT_BEST,
        pb.REASON_CODE_NOT_WORTH_IT,
        pb.REASON_CODE_BUDGET_SPENT,
        pb.REASON_CODE_SHOPPER_CAP_REACHED,
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, how long and how often. *folder* is on the disk that commits go to."""

    model: Path
    folder: Path
    callers: tuple[int, ...]
    rounds: int
    seconds: float
    decisions: int
    baskets: int
    seed: int
    processes: int = 1

    @property
    def steps(self) -> int:
        """Measurements of one configuration, for a progress bar."""
        return 1 + len(self.callers) * self.rounds


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a configuration: bytes of each, and what the sampled replies say."""

    request_bytes: Spread
    reply_bytes: Spread
    priced: float
    """Candidates of a decision that applied to its basket and met the rules."""
    allowed: float
    """Those that no rule spoke against, so that the model scored them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Decide and the echo at one number of callers, over all rounds."""

    callers: int
    decide_rate: Range
    echo_rate: Range
    ratio: Range
    decide_us: Spread
    echo_us: Spread


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one configuration."""

    candidates: int
    rules: int
    messages: Messages
    answers: Answers
    pairs: tuple[Pair, ...]
    stages: tuple[Stage, ...]


def measure(plan: Plan, candidates: int, rules: int, advance: Callable[[], None]) -> Measured:
    """Measure *candidates* x *rules*; *advance* is called `plan.steps` times."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as made:
        folder = Path(made) / "rules"
        folder.mkdir()
        write_ruleset(folder, candidates, rules, plan.seed)
        settings = Settings(
            folder, Path(made) / "data", plan.model, port=0, processes=plan.processes
        )
        replies = _apart(_sample, settings, plan.seed)
        loads = _loads(plan, settings, replies, advance)
        alone = Settings(folder, Path(made) / "alone", plan.model)
        stages = _apart(time_stages, alone, plan.seed, plan.decisions)
        advance()
    pairs = tuple(_pair(callers, taken) for callers, taken in loads.items())
    kept = [r for taken in loads.values() for _, decided in taken for r in decided.kept]
    answers = read_answers(kept)
    return Measured(candidates, rules, _messages(plan, replies), answers, pairs, tuple(stages))


def _apart(work: Callable[..., T], *given: object) -> T:
    """What *work* returns, run in a fresh process where nothing else runs."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *given).result()


def _sample(settings: Settings, seed: int) -> list[bytes]:
    """Real replies, for the echo to answer with."""

    async def answers() -> list[bytes]:
        with open_offline(settings) as engine:
            service = DecisionService(engine.decider, lambda: engine.policy, engine.user_key)
            decide = next(e for e in service.endpoints() if e.name == "Decide")
            return [await decide(with_new_id(b), Trailers()) for b in bodies(seed, SAMPLE)]

    return asyncio.run(answers())


def _messages(plan: Plan, replies: list[bytes]) -> Messages:
    codes = [
        [*decision.not_chosen.reasons, *[decision.reason] * len(decision.discounts)]
        for decision in (DecideResponse.FromString(reply).decision for reply in replies)
    ]
    priced = sum(code not in UNPRICED for told in codes for code in told)
    allowed = sum(code in ALLOWED for told in codes for code in told)
    return Messages(
        spread([len(with_new_id(body)) for body in bodies(plan.seed, SAMPLE)]),
        spread([len(reply) for reply in replies]),
        priced / len(replies),
        allowed / len(replies),
    )


def _loads(
    plan: Plan, settings: Settings, replies: list[bytes], advance: Callable[[], None]
) -> dict[int, list[tuple[Load, Load]]]:
    """(echo, Decide) of every round, by number of callers; a round visits all of them."""
    loads: dict[int, list[tuple[Load, Load]]] = {callers: [] for callers in plan.callers}
    with (
        running_server(settings) as decide_port,
        echo.echo_server(replies, plan.processes) as echo_port,
        ProcessPoolExecutor(plan.processes, multiprocessing.get_context("spawn")) as clients,
    ):
        sent = (plan.seed, plan.baskets)
        servers = ((echo_port, echo.METHOD), (decide_port, DECIDE))
        for _ in range(plan.rounds):
            for callers in plan.callers:
                bare, decided = (
                    _put(clients, plan, Traffic(port, method, *sent, callers, plan.seconds))
                    for port, method in servers
                )
                loads[callers].append((bare, decided))
                advance()
    return loads


def _put(clients: Executor, plan: Plan, traffic: Traffic) -> Load:
    """The load of all callers; several processes are called by as many, on connections enough."""
    count = plan.processes
    if count == 1:
        return clients.submit(put_load, traffic).result()
    # One caller waits for one answer at a time, in whichever process; the kernel deals out
    # connections by chance, so there are many.
    shares = [len(range(of, traffic.callers, count)) for of in range(count)]
    put = [
        clients.submit(put_load, replace(traffic, callers=share, connections=min(share, SPREAD)))
        for share in shares
        if share
    ]
    return together([future.result() for future in put])


def _pair(callers: int, taken: list[tuple[Load, Load]]) -> Pair:
    bare, decided = zip(*taken, strict=True)
    return Pair(
        callers,
        decide_rate=over_rounds([load.rate for load in decided]),
        echo_rate=over_rounds([load.rate for load in bare]),
        ratio=over_rounds([d.rate / e.rate for e, d in taken]),
        decide_us=_latency(decided),
        echo_us=_latency(bare),
    )


def _latency(loads: tuple[Load, ...]) -> Spread:
    """The median over the rounds, of the median and of the 99th percentile."""
    return Spread(
        over_rounds([load.latency_us.p50 for load in loads]).median,
        over_rounds([load.latency_us.p99 for load in loads]).median,
    )
