"""The summary of a day: tables, one decision in full, and commands to try next."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from sconto.cli.output import add_row, new_table
from sconto.cli.play.gain_text import print_gain, times_text
from sconto.demo.industries import Industry
from sconto.demo.tally import Sold, Tally
from sconto.domain.money import format_minor
from sconto.domain.reasons import SENTENCES, ReasonCode, Rung, RungCause
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Ruleset

_DECIDERS: Final = {
    Rung.MODEL: "the model",
    Rung.RULES_ONLY: "rules alone",
    Rung.NO_DISCOUNT: "nobody, so no discount was given",
}

MOST_ROWS: Final = 8
"""Longer tables are cut to so many rows, so that the summary stays a page."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Prints one *tally* in the words of one *industry*."""

    console: Console
    industry: Industry
    ruleset: Ruleset
    tally: Tally

    def print(self) -> None:
        """Print all tables, the expected gain, then rungs and latency."""
        self._print_head()
        for title, table in self._tables():
            if table.row_count:
                # Not as the table's own title, which would be wrapped to the table's width.
                self.console.print(f"\n[bold]{title}[/bold]", highlight=False)
                self.console.print(table)
        print_gain(self.console, self.industry, self.ruleset.currency, self.tally)
        self.console.print()
        self._print_rungs()
        self._print_speed()

    def _print_head(self) -> None:
        tally, words = self.tally, self.industry
        decided = words.counted(len(tally.seconds))
        self.console.print(
            f"\n[bold]{decided} decided[/bold]: {tally.discounted} with a "
            f"discount, worth {self._money(tally.money.total())} in all; "
            f"{tally.none_reasons.total()} without; {tally.redeemed} redeemed, "
            f"{tally.released} released."
        )
        self.console.print(f"Data: {words.data}.\nAssumed: {words.assumed}.", highlight=False)

    def _tables(self) -> Iterator[tuple[str, Table]]:
        words = self.industry
        yield "Discounts", self._given()
        yield f"By {words.group}; average price of a {words.piece}", self._groups()
        yield "Why there was no discount", self._reasons()
        yield "Limits and laws that withheld an offer", self._rules(self.tally.withheld)
        yield "Given, but a person should look", self._rules(self.tally.reviewed)
        yield "Budgets", self._budgets()

    def _given(self) -> Table:
        table = new_table("offer", "depth", ">discounts", ">given", show_edge=False)
        for (offer, depth), times in sorted(self.tally.given.items()):
            add_row(table, offer, depth, str(times), self._money(self.tally.money[offer, depth]))
        return table

    def _groups(self) -> Table:
        table = new_table(
            self.industry.group,
            ">number",
            ">list price",
            ">after discount",
            ">given",
            show_edge=False,
        )
        groups = sorted(self.tally.groups.items(), key=lambda item: (-item[1].given, item[0]))
        for name, sold in groups[:MOST_ROWS]:
            add_row(table, name, str(sold.pieces), *self._averages(sold), self._money(sold.given))
        _add_rest(table, len(groups) - MOST_ROWS)
        return table

    def _averages(self, sold: Sold) -> tuple[str, str]:
        before, after = sold.list_total, sold.list_total - sold.given
        return self._money(before // sold.pieces), self._money(after // sold.pieces)

    def _reasons(self) -> Table:
        table = new_table("reason", "in words", f">{self.industry.many}", show_edge=False)
        for code, times in self.tally.none_reasons.most_common():
            add_row(table, code.name, _sentence(code, self.industry), str(times))
        return table

    def _rules(self, counts: Counter[str]) -> Table:
        table = new_table("rule", "law or house rule", f">{self.industry.many}", show_edge=False)
        sources = _sources(self.ruleset)
        shown = Counter({rule: times for rule, times in counts.items() if rule in sources})
        for rule, times in shown.most_common(MOST_ROWS):
            add_row(table, rule, sources[rule], str(times))
        _add_rest(table, len(shown) - MOST_ROWS)
        return table

    def _budgets(self) -> Table:
        table = new_table("budget", ">used", ">limit", ">left", show_edge=False)
        for name, budget, used in budgets_used(self.tally.used, self.ruleset):
            left = f"{(budget.limit - used) / budget.limit:.0%}"
            cells = (self._measured(budget, used), self._measured(budget, budget.limit))
            add_row(table, name, *cells, left)
        return table

    def _measured(self, budget: Budget, amount: int) -> str:
        return self._money(amount) if budget.measure is BudgetMeasure.AMOUNT else str(amount)

    def _print_rungs(self) -> None:
        deciders = (f"{_DECIDERS[r]}, {times_text(n)}" for r, n in self.tally.rungs.items())
        self.console.print(f"Who decided: {'; '.join(deciders)}.")
        if self.tally.causes:
            self.console.print(f"Why the model did not: {_counts(self.tally.causes)}.")
        if self.tally.rungs[Rung.RULES_ONLY]:
            self._print_rules_only()
        if self.tally.held_out:
            held = self.industry.counted(self.tally.held_out)
            allowed = self.tally.none_reasons[ReasonCode.HELD_OUT]
            self.console.print(
                f"In the holdout, given nothing for comparison: {held}; "
                f"a discount was allowed in {allowed} of them (HELD_OUT)."
            )
        if self.tally.errors:
            self.console.print(f"[red]Failed calls: {dict(self.tally.errors)}[/red]")

    def _print_rules_only(self) -> None:
        decided = self.industry.counted(len(self.tally.seconds))
        causes = ", ".join(c.name for c in self.tally.causes if c is not RungCause.BUDGET_CONTENDED)
        self.console.print(
            f"{self.tally.rungs[Rung.RULES_ONLY]} of {decided} were decided by rules alone "
            f"({causes}); what those discounts bring is not known."
        )

    def _print_speed(self) -> None:
        if len(self.tally.seconds) > 1:
            cuts = statistics.quantiles(self.tally.seconds, n=100)
            self.console.print(
                "Decide over gRPC, one call at a time, record on disk before each answer: "
                f"p50 {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms on this machine, "
                "this run."
            )

    def _money(self, amount: int) -> str:
        return format_minor(amount, self.ruleset.currency)


def budgets_used(used: Mapping[str, int], ruleset: Ruleset) -> Iterator[tuple[str, Budget, int]]:
    """Name, budget and use of each ledger key that is not a single shopper's."""
    for key, amount in sorted(used.items()):
        budget_id, holder, _ = key.split("/")
        budget = ruleset.budgets[budget_id]
        if budget.holder is BudgetHolder.CAMPAIGN:
            yield budget.name, budget, amount
        elif budget.holder is BudgetHolder.REGION:
            yield f"{budget.name}, {holder}", budget, amount


def _add_rest(table: Table, more: int) -> None:
    """Say that so many *more* rows are left out, if any."""
    if more > 0:
        add_row(table, f"... and {more} more")


def _sentence(code: ReasonCode, industry: Industry) -> str:
    return SENTENCES[code].replace("the basket", f"the {industry.one}")


def _sources(ruleset: Ruleset) -> dict[str, str]:
    """Where each limit and each legal rule comes from, by rule id."""
    limits = {rail.id: f"house rule: {rail.name}" for rail in ruleset.guardrails}
    return limits | {rule: law.cite for rule, law in ruleset.laws.items()}


def _counts(counts: Mapping[RungCause, int]) -> str:
    return ", ".join(f"{name.name.lower().replace('_', ' ')} {n}" for name, n in counts.items())


def print_decision(console: Console, explanation: list[str], decision_id: str) -> None:
    """Print the explanation of one decision."""
    console.print(f"\n[bold]One decision in full[/bold] ({decision_id})")
    for sentence in explanation:
        console.print(f"  {sentence}", highlight=False, markup=False)


def print_next_steps(
    console: Console, data: Path, rules: Path, decision_id: str, shopper_id: str
) -> None:
    """Print where the log is and three commands worth trying next."""
    console.print(f"\nDecision log: {data}", markup=False)
    console.print("Try next:")
    for command in (
        f"sconto log show --data {data} {decision_id} --replay",
        f"sconto log list --data {data} --shopper {shopper_id}",
        f"sconto rules lint {rules} --errors-only",
    ):
        console.print(f"  .venv/bin/{command}", highlight=False, markup=False, soft_wrap=True)
