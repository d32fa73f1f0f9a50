"""What came of a day's baskets, for people: tables, one decision in full, what to try next."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from sconto.domain.money import format_minor
from sconto.domain.reasons import SENTENCES, ReasonCode, Rung

CURRENCY: Final = "USD"
FLOORS: Final = (
    ReasonCode.BELOW_PRICE_FLOOR,
    ReasonCode.BELOW_MARGIN_FLOOR,
    ReasonCode.ABOVE_DISCOUNT_CAP,
)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """Where one budget stands: minor units when it counts *money*, else discounts given."""

    name: str
    used: int
    limit: int
    money: bool

    def shown(self, amount: int) -> str:
        """*amount* in the budget's own unit."""
        return format_minor(amount, CURRENCY) if self.money else str(amount)


@dataclass(slots=True)
class Tally:
    """Counts over the answers so far; amounts in minor units, latencies in seconds."""

    given: Counter[tuple[str, str]] = field(default_factory=Counter)
    money: Counter[tuple[str, str]] = field(default_factory=Counter)
    none_reasons: Counter[ReasonCode] = field(default_factory=Counter)
    withheld: Counter[ReasonCode] = field(default_factory=Counter)
    rungs: Counter[Rung] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    redeemed: int = 0
    released: int = 0

    def add(self, decision: Any, seconds: float) -> None:
        """Count one answer."""
        self.seconds.append(seconds)
        self.rungs[Rung(decision.rung)] += 1
        for reason in set(decision.not_chosen.reasons):
            self.withheld[ReasonCode(reason)] += 1
        if not decision.HasField("discount"):
            self.none_reasons[ReasonCode(decision.reason)] += 1
            return
        discount = decision.discount
        total = minor(discount.total)
        percent = discount.WhichOneof("depth") == "percent_bp"
        depth = f"{discount.percent_bp / 100:g} %" if percent else format_minor(total, CURRENCY)
        self.given[discount.offer_id, depth] += 1
        self.money[discount.offer_id, depth] += total


def minor(money: Any) -> int:
    """A google.type.Money in minor units of a currency with two decimals."""
    return int(money.units * 100 + money.nanos // 10_000_000)


def show_summary(console: Console, tally: Tally, budgets: list[BudgetLine]) -> None:
    """Print the tables: discounts, reasons for none, limits, budgets and latency."""
    decided = len(tally.seconds)
    console.print(
        f"\n[bold]{decided} baskets decided[/bold]: {tally.given.total()} with a discount worth "
        f"{format_minor(tally.money.total(), CURRENCY)} in all, {tally.none_reasons.total()} "
        f"without; {tally.redeemed} redeemed, {tally.released} released."
    )
    console.print(_given(tally))
    console.print(_reasons("Why there was no discount", tally.none_reasons))
    limits = Counter({code: tally.withheld[code] for code in FLOORS if tally.withheld[code]})
    console.print(_reasons("Baskets in which a floor or cap withheld a candidate", limits))
    console.print(_budgets(budgets))
    rungs = ", ".join(f"{r.name.lower().replace('_', ' ')} {n}" for r, n in tally.rungs.items())
    console.print(f"Rungs: {rungs}.")
    if tally.errors:
        console.print(f"[red]Failed calls: {dict(tally.errors)}[/red]")
    if decided > 1:
        cuts = statistics.quantiles(tally.seconds, n=100)
        console.print(
            f"Decide over gRPC, one call at a time, record on disk before each answer: "
            f"p50 {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms on this machine, this run."
        )


def _given(tally: Tally) -> Table:
    table = Table("offer", "depth", "times", "given", title="Discounts", title_justify="left")
    for (offer, depth), times in sorted(tally.given.items()):
        money = format_minor(tally.money[offer, depth], CURRENCY)
        table.add_row(offer, depth, str(times), money)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _reasons(title: str, counts: Counter[ReasonCode]) -> Table:
    table = Table("reason", "in words", "baskets", title=title, title_justify="left")
    table.columns[2].justify = "right"
    for code, times in counts.most_common():
        table.add_row(code.name, SENTENCES[code], str(times))
    return table


def _budgets(budgets: list[BudgetLine]) -> Table:
    table = Table("budget", "used", "limit", "left", title="Budgets", title_justify="left")
    for b in budgets:
        left = f"{(b.limit - b.used) / b.limit:.0%}"
        table.add_row(b.name, b.shown(b.used), b.shown(b.limit), left)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def show_decision(console: Console, explanation: list[str], decision_id: str) -> None:
    """Print one decision in full, in the words that every reader gets."""
    console.print(f"\n[bold]One decision in full[/bold] ({decision_id})")
    for sentence in explanation:
        console.print(f"  {sentence}", highlight=False)


def show_next_steps(
    console: Console, data: Path, rules: Path, decision_id: str, shopper_id: str
) -> None:
    """Print where the log is and three commands worth trying next."""
    console.print(f"\nDecision log: {data}")
    console.print("Try next:")
    for command in (
        f"sconto log show --data {data} {decision_id} --replay",
        f"sconto log list --data {data} --shopper {shopper_id}",
        f"sconto rules lint {rules}",
    ):
        console.print(f"  .venv/bin/{command}", highlight=False, soft_wrap=True)
