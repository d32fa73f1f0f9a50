"""The tables that people read."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from measures import Range, Spread
from side_by_side import Kept, Measured
from stages import JUDGE, Stage

TRANSPORT = "unary calls, grpc.aio on uvloop, TCP over loopback, no TLS; all unpinned"


def show(
    console: Console, facts: dict[str, str], measured: list[Measured], kept: list[Kept]
) -> None:
    """Print the machine's *facts*, everything that was *measured*, and what was *kept* of it."""
    console.print(_table("The machine", ("what", ""), facts.items()))
    console.print(f"Transport: {TRANSPORT}. Every decision is durable before it is answered.")
    for one in measured:
        _show_loads(console, one)
    if kept:
        _show_kept(console, kept)
    if measured:
        _show_stages(console, measured)


def _show_loads(console: Console, one: Measured) -> None:
    told, answers = one.messages, one.answers
    headings = (
        "callers", "Decide/s", "echo/s", "Decide / echo (least-most)",
        "Decide p50 ms", "p99 ms", "echo p50 ms", "p99 ms",
    )  # fmt: skip
    rows = (
        (
            str(pair.callers),
            f"{pair.decide_rate.median:,.0f}",
            f"{pair.echo_rate.median:,.0f}",
            _range(pair.ratio),
            *_milliseconds(pair.decide_us),
            *_milliseconds(pair.echo_us),
        )
        for pair in one.pairs
    )
    console.print()
    console.print(_table(f"Decide beside a bare echo: {one.of}", headings, rows))
    console.print(
        f"request {told.request_bytes.p50:,.0f} bytes, reply {told.reply_bytes.p50:,.0f} bytes "
        f"(medians); {told.priced:.1f} candidates met the rules, {told.allowed:.1f} the model; "
        f"{answers.discounts:.0f} % of the answers gave a discount, "
        f"{answers.with_model:.0f} % were made with the model; "
        f"{one.bytes_per_decision:,.0f} bytes of file per decision"
    )


def _show_kept(console: Console, kept: list[Kept]) -> None:
    headings = ("from", "to", "callers", "throughput kept (least-most)")
    rows = ((str(k.smaller), str(k.larger), str(k.callers), _range(k.ratio)) for k in kept)
    console.print()
    console.print(_table("Decide/s beside that of a smaller configuration", headings, rows))


def _show_stages(console: Console, measured: list[Measured]) -> None:
    table = Table(title="\nOne decision, stage by stage, us: median / p99 (share of all time)")
    table.add_column("stage")
    for one in measured:
        table.add_column(str(one.of).replace("candidates", "cand."), justify="right")
    for row in zip(*(one.stages for one in measured), strict=True):
        table.add_row(_name(row[0]), *(_stage(stage) for stage in row))
    console.print(table)
    console.print("One after the other, in process, no network; commits one by one.")


def _name(stage: Stage) -> str:
    return f"  of which {stage.name}" if stage.name == JUDGE else stage.name


def _stage(stage: Stage) -> str:
    return f"{stage.time_us.p50:,.0f} / {stage.time_us.p99:,.0f} ({stage.share:.0f} %)"


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(title=title)
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i and heading else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _range(values: Range) -> str:
    return f"{values.median:.2f} ({values.least:.2f}-{values.greatest:.2f})"


def _milliseconds(values: Spread) -> tuple[str, str]:
    return f"{values.p50 / 1e3:.2f}", f"{values.p99 / 1e3:.2f}"
