"""Configurations measured in turns: Decide beside the echo, beside smaller ones, and its stages."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

import echo
from load import DECIDE, Answers, Load, Traffic, put_load, read_answers, together
from logs import bytes_per_decision, fill
from measures import Range, Spread, over_rounds, spread
from ruleset_files import write_ruleset
from scenario import bodies, decide_of, with_new_id
from sconto.bootstrap import open_offline
from sconto.serving.background import running_server
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


Rounds = Mapping[int, Sequence[tuple[Load, Load]]]
"""(echo, Decide) of every round, by number of callers."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The size of what is asked: candidates, rules, and decisions in the log beforehand."""

    candidates: int
    rules: int
    logged: int = 0

    def __str__(self) -> str:
        """As titles have it."""
        logged = f", {self.logged:,} logged" if self.logged else ""
        return f"{self.candidates} candidates, {self.rules:,} rules{logged}"


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
        return 2 + len(self.callers) * self.rounds


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

    of: Configuration
    messages: Messages
    answers: Answers
    pairs: tuple[Pair, ...]
    bytes_per_decision: float
    """Of the log's file, after the load."""
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Decide/s of a larger configuration over that of a smaller one, within rounds."""

    smaller: Configuration
    larger: Configuration
    callers: int
    ratio: Range


@dataclass(frozen=True, slots=True)
class _Shop:
    """Rules and a log of one configuration, and real replies for the echo to answer with."""

    of: Configuration
    settings: Settings
    replies: list[bytes]


def measure(
    plan: Plan, configurations: Sequence[Configuration], advance: Callable[[], None]
) -> tuple[list[Measured], list[Kept]]:
    """Measure *configurations* in turns; *advance* is called `plan.steps` times for each."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as made:
        shops = []
        for number, of in enumerate(configurations):
            shops.append(_shop(plan, of, Path(made) / str(number)))
            advance()
        loads = _loads(plan, shops, advance)
        measured = []
        for shop in shops:
            measured.append(_measured(plan, shop, loads[shop.of]))
            advance()
    return measured, list(kept(loads))


def _shop(plan: Plan, of: Configuration, folder: Path) -> _Shop:
    rules = folder / "rules"
    rules.mkdir(parents=True)
    write_ruleset(rules, of.candidates, of.rules, plan.seed)
    settings = Settings(rules, folder / "data", plan.model, port=0, processes=plan.processes)
    if of.logged:
        _apart(fill, settings, plan.seed, of.logged)
    return _Shop(of, settings, _apart(_sample, settings, plan.seed))


def _measured(plan: Plan, shop: _Shop, rounds: Rounds) -> Measured:
    answers = [reply for taken in rounds.values() for _, decided in taken for reply in decided.kept]
    return Measured(
        shop.of,
        _messages(plan, shop.replies),
        read_answers(answers),
        tuple(_pair(callers, taken) for callers, taken in rounds.items()),
        bytes_per_decision(shop.settings.log_file),
        tuple(_apart(time_stages, shop.settings, plan.seed, plan.decisions)),
    )


def kept(loads: Mapping[Configuration, Rounds]) -> Iterator[Kept]:
    """Each configuration beside the next smaller one that differs from it in one size alone."""
    for size in ("rules", "logged"):
        alike = defaultdict(list)
        for of in sorted(loads, key=lambda of: int(getattr(of, size))):
            alike[replace(of, **{size: 0})].append(of)
        for smaller, larger in (pair for found in alike.values() for pair in pairwise(found)):
            for callers, taken in loads[larger].items():
                both = zip(loads[smaller][callers], taken, strict=True)
                ratios = [after.rate / before.rate for (_, before), (_, after) in both]
                yield Kept(smaller, larger, callers, over_rounds(ratios))


def _apart(work: Callable[..., T], *given: object) -> T:
    """What *work* returns, run in a fresh process where nothing else runs."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *given).result()


def _sample(settings: Settings, seed: int) -> list[bytes]:
    """Real replies, for the echo to answer with."""

    async def answers() -> list[bytes]:
        with open_offline(settings) as engine:
            decide = decide_of(engine)
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
    plan: Plan, shops: Sequence[_Shop], advance: Callable[[], None]
) -> dict[Configuration, dict[int, list[tuple[Load, Load]]]]:
    """Every round's loads; all servers are up at once, and a round visits them all."""
    loads: dict[Configuration, dict[int, list[tuple[Load, Load]]]] = {
        shop.of: {callers: [] for callers in plan.callers} for shop in shops
    }
    with ExitStack() as stack:
        servers = [(shop.of, _servers(stack, plan, shop)) for shop in shops]
        spawn = multiprocessing.get_context("spawn")
        clients = stack.enter_context(ProcessPoolExecutor(plan.processes, spawn))
        sent = (plan.seed, plan.baskets)
        for _ in range(plan.rounds):
            for callers in plan.callers:
                for of, both in servers:
                    bare, decided = (
                        _put(clients, plan, Traffic(port, method, *sent, callers, plan.seconds))
                        for port, method in both
                    )
                    loads[of][callers].append((bare, decided))
                    advance()
    return loads


def _servers(stack: ExitStack, plan: Plan, shop: _Shop) -> tuple[tuple[int, str], ...]:
    """Port and method of the echo and of Decide, which run until *stack* is closed."""
    decide_port = stack.enter_context(running_server(shop.settings))
    echo_port = stack.enter_context(echo.echo_server(shop.replies, plan.processes))
    return ((echo_port, echo.METHOD), (decide_port, DECIDE))


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


def _pair(callers: int, taken: Sequence[tuple[Load, Load]]) -> Pair:
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
