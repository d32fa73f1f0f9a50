"""Decisions with a code for one use each, where few codes are stored and where a million are.

Rounds alternate between the two; a ratio compares the two halves of one round. Every code is used
once, in process and without a network; commits are on the disk and shared by many callers.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import uvloop
from rich.console import Console

from measures import load_average, over_rounds
from noticed import plain_table, ranged
from options import FOLDER, MODEL
from ruleset_files import write_ruleset
from scenario import bodies, decide_of, with_new_id
from sconto.app.code_batches import keep_codes, new_codes
from sconto.bootstrap import Engine, open_engine
from sconto.settings import Settings
from sconto.v1.decision_pb2 import CodeStatus
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse
from stages import Trailers

CANDIDATES: Final = 30
RULES: Final = 100
SET: Final = "voucher"
OFFER: Final = "offer-4"
"""Takes an amount off every basket."""
BASKETS: Final = 2_048
PATIENT_MS: Final = 60_000

EXAMPLES: Final = """\b
Examples:
  python benchmarks/bench_codes.py --folder .
  python benchmarks/bench_codes.py --folder . --few 1000 --many 100000 --rounds 3"""


@dataclass(frozen=True, slots=True)
class Shop:
    """An open engine, and codes of it that were not used yet."""

    engine: Engine
    codes: Iterator[str]

    async def decide(self, count: int, callers: int, seed: int) -> float:
        """Decisions per second over *count* of them by so many *callers* at once."""
        decide, context = decide_of(self.engine), Trailers()
        sent = iter([self._body(body) for body in bodies(seed, BASKETS)[:count]])

        async def call() -> None:
            for raw in sent:
                await decide(raw, context)

        begun = time.perf_counter()
        await asyncio.gather(*[call() for _ in range(callers)])
        return count / (time.perf_counter() - begun)

    def _body(self, body: bytes) -> bytes:
        # Fields on the wire add up.
        code = DecideRequest(codes=[next(self.codes)]).SerializeToString()
        return with_new_id(body) + code

    async def check(self, seed: int) -> None:
        """Fail unless the code of a request is known: an unknown one is cheaper to decide."""
        answer = await decide_of(self.engine)(self._body(bodies(seed, 1)[0]), Trailers())
        (code,) = DecideResponse.FromString(answer).decision.codes
        if code.status in {CodeStatus.CODE_STATUS_UNSPECIFIED, CodeStatus.CODE_STATUS_UNKNOWN}:
            raise RuntimeError(f"the code was not taken: {code.sentence}")


def write_shop(folder: Path, seed: int) -> None:
    """The rules of the other benchmarks, one offer of them with codes for one use."""
    folder.mkdir()
    write_ruleset(folder, CANDIDATES, RULES, seed)
    document = {
        "kind": "codes", "id": SET, "name": "Vouchers", "owner": "Benchmarks",
        "why": "Generated to be measured.", "valid_from": "2020-01-01", "valid_to": "2100-01-01",
        "single_use": True, "offers": [OFFER],
    }  # fmt: skip
    (folder / "codes").mkdir()
    (folder / "codes" / f"{SET}.yaml").write_text(json.dumps(document, indent=1))


async def filled(engine: Engine, stored: int, needed: int, seed: int) -> Shop:
    """A shop with *stored* codes, *needed* of which will be used, spread over all of them."""
    draw = random.Random(seed)
    codes = list(new_codes(stored, draw.randrange))
    await keep_codes(engine.store, engine.user_key, SET, codes)
    return Shop(engine, iter(draw.sample(codes, needed)))


@click.command(epilog=EXAMPLES)
@click.option("--few", default=10_000, show_default=True, help="Codes stored beside the many.")
@click.option("--many", default=1_000_000, show_default=True, help="Codes stored.")
@click.option("--rounds", default=7, show_default=True, help="Rounds to take the median of.")
@click.option("--decisions", default=1_000, show_default=True, help="Decisions of half a round.")
@click.option("--callers", default=64, show_default=True, help="How many call at once.")
@click.option("--seed", default=1, show_default=True, help="Rules, baskets and codes grow from it.")
@MODEL
@FOLDER
def main(
    few: int, many: int, rounds: int, decisions: int, callers: int, seed: int,
    model: Path, folder: Path,
) -> None:  # fmt: skip
    """Decide with a code in each request, and print what the number of stored codes changes."""
    before, needed = load_average(), (rounds + 1) * decisions + 1
    if few < needed or decisions > BASKETS:
        raise click.UsageError(
            f"`--few` must be at least {needed}, `--decisions` {BASKETS} at most"
        )
    rates: dict[int, list[float]] = {few: [], many: []}
    with (
        tempfile.TemporaryDirectory(dir=folder) as made,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ExitStack() as open_engines,
    ):
        write_shop(Path(made) / "rules", seed)
        shops = {}
        for stored in rates:
            data = Path(made) / f"data-{stored}"
            settings = Settings(
                Path(made) / "rules", data, model, port=0, model_timeout_ms=PATIENT_MS
            )
            engine = open_engines.enter_context(open_engine(settings))
            shops[stored] = runner.run(filled(engine, stored, needed, seed))
            runner.run(shops[stored].check(seed))
            runner.run(shops[stored].decide(decisions, callers, seed))
        for number in range(rounds):
            # Each comes first in every other round.
            for stored in sorted(shops, reverse=bool(number % 2)):
                rate = runner.run(shops[stored].decide(decisions, callers, seed))
                rates[stored].append(rate)
    title = f"One code in each request: {CANDIDATES} candidates, {RULES} rules, {callers} callers"
    table = plain_table(title, "", f"{few:,} codes stored", f"{many:,} codes", "ratio (least-most)")
    ratio = over_rounds([b / a for a, b in zip(rates[few], rates[many], strict=True)])
    middles = [f"{over_rounds(values).median:,.0f}" for values in rates.values()]
    table.add_row("Decide/s", *middles, ranged(ratio))
    console = Console(width=112)
    console.print(table)
    console.print(f"In process; load average before {before}, after {load_average()}")


if __name__ == "__main__":
    main()
