"""What callers notice of something that goes on beside them: a table of the same load with it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from load import Load
from measures import Range, over_rounds


def noticed(beside: str, rounds: Sequence[tuple[Load, Load]]) -> Table:
    """Rate and latencies of the loads of *rounds*: alone, and *beside* what goes on."""
    table = plain_table("What callers notice", "Decide", "alone", beside, "ratio (least-most)")
    alone, busy = zip(*rounds, strict=True)
    for name, before, during in (
        ("calls per second", [a.rate for a in alone], [b.rate for b in busy]),
        ("p50 ms", [a.latency_us.p50 / 1e3 for a in alone], [b.latency_us.p50 / 1e3 for b in busy]),
        ("p99 ms", [a.latency_us.p99 / 1e3 for a in alone], [b.latency_us.p99 / 1e3 for b in busy]),
    ):
        ratio = over_rounds([d / b for b, d in zip(before, during, strict=True)])
        middles = (f"{over_rounds(values).median:,.1f}" for values in (before, during))
        table.add_row(name, *middles, ranged(ratio))
    return table


def plain_table(title: str, first: str, *numbers: str) -> Table:
    """A table whose columns after the *first* hold *numbers*."""
    table = Table(first, title=title)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def ranged(of: Range) -> str:
    """Median, least and greatest, as tables have them."""
    return f"{of.median:.2f} ({of.least:.2f}-{of.greatest:.2f})"
