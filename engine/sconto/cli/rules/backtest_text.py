"""The report on a backtest in tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from sconto.cli.exit_codes import printable
from sconto.cli.output import PIPE_WIDTH, print_table
from sconto.domain.money import to_major
from sconto.domain.reasons import SENTENCES, ReasonCode

Report = dict[str, Any]
Row = Sequence[str]

KINDS: Final = {
    "none_to_given": "a discount instead of none",
    "given_to_none": "none instead of a discount",
    "other_offer": "another offer",
    "other_depth": "another depth",
    "other_amount": "another amount",
}
SHOWN: Final = (
    "discounts", "discount", "supplier_share", "discount_cost", "net_revenue", "margin",
    "expected_gain",
    "budgets_run_out", "limits_hit",
)  # fmt: skip
"""The metrics of the first table."""
MOST_ROWS: Final = 12
"""Longer tables are cut to so many rows; the JSON has all of them."""


def print_report(report: Report) -> None:
    """Print *report*."""
    _head(report)
    if not report["decisions_in_log"]:
        click.echo("the log holds no decision in that time: there is nothing to compare")
        return
    _unscored(report)
    _metrics(report)
    for name in ("offer", "segment", "jurisdiction", "channel"):
        _groups(name, report)
    _budgets(report)
    _counts("Floors and caps that withheld something, in decisions", report["limits"])
    _counts("Why candidates were not given, in decisions", map(_sentence, report["withheld"]))
    _biggest(report)
    _notes(report)
    _thresholds(report)


def _table(title: str, headings: Sequence[str], rows: Iterable[Row]) -> None:
    """Print a table; its own title would be wrapped to its width."""
    _bold(title)
    print_table("", headings, rows)


def _bold(text: str) -> None:
    Console(width=PIPE_WIDTH, highlight=False).print(Text(printable(text), style="bold"))


def _head(report: Report) -> None:
    _bold(f"Backtest of {report['new']['name']} against {report['old']['name']}")
    found = f"{report['metrics']['decisions']['new']:,} decisions"
    if report["sampled"] is not None:
        found += f", drawn from {report['decisions_in_log']:,}: budgets are not followed"
    if report["decisions_in_log"]:
        found += f"; {report['from']} to {report['to']}"
    click.echo(printable(f"{found}; log {report['log']}"))
    for sentence in report["assumed"]:
        click.echo(f"  {sentence}")


def _unscored(report: Report) -> None:
    """Print a warning when missing scores make the two sides incomparable."""
    number = report["metrics"]["not_scored"]["new"]
    if number:
        click.echo(
            f"WARNING: {number:,} decisions have a candidate that the log has no score for, so "
            "rules alone chose there: the sums don't compare like with like, and what those "
            "discounts bring is not known. Give the model: --model models/NAME"
        )


def _metrics(report: Report) -> None:
    rows = [_metric(name, report) for name in SHOWN]
    _table("What it comes to", ("", ">old", ">new", ">change", ">"), rows)
    changed = report["metrics"]["changed"]["new"]
    total = report["metrics"]["decisions"]["new"]
    changes = [(KINDS[kind], f"{n:,}", _share(n, total)) for kind, n in report["changes"].items()]
    title = f"{changed:,} of {total:,} decisions change ({_share(changed, total)})"
    _table(title, ("now they give", ">decisions", ">of all"), changes)


def _metric(name: str, report: Report) -> Row:
    metric = report["metrics"][name]
    old, new = metric["old"], metric["new"]
    amounts = [_amount(n, metric["unit"], report) for n in (old, new)]
    change = _amount(new - old, metric["unit"], report)
    plus = "+" if new > old else ""
    return name.replace("_", " "), *amounts, plus + change, _relative(old, new)


def _groups(dimension: str, report: Report) -> None:
    groups = report["by"].get(dimension, [])
    ranked = sorted(groups, key=lambda g: (-abs(_gain(g)), g["name"]))
    rows = [
        (
            group["name"],
            f"{group['decisions']:,}",
            f"{group['changed']:,}",
            f"{group['old']['discounts']:,}",
            f"{group['new']['discounts']:,}",
            _money(group["old"]["discount_cost"], report),
            _money(group["new"]["discount_cost"], report),
            _signed(_gain(group), report),
        )
        for group in ranked
    ]
    headings = (
        dimension, ">decisions", ">changed", ">given, old", ">new",
        f">cost in {report['currency']}, old", ">new", ">change",
    )  # fmt: skip
    if rows:
        _table(_cut(f"By {dimension}", rows), headings, rows[:MOST_ROWS])


def _gain(group: Report) -> int:
    return int(group["new"]["discount_cost"] - group["old"]["discount_cost"])


def _budgets(report: Report) -> None:
    rows = [
        (
            row["key"],
            *_use(row["old"], report),
            *_use(row["new"], report),
        )
        for row in report["budgets"]
    ]
    headings = (
        "budget / holder / period",
        ">old: most used", ">of", "ran out", ">refused", ">paced",
        ">new: most used", ">of", "ran out", ">refused", ">paced",
    )  # fmt: skip
    if rows:
        tight = [row for row in rows if any(row[3:6] + row[8:])] or rows
        _table(
            _cut("Budgets that stood in the way, in decisions", tight), headings, tight[:MOST_ROWS]
        )
    caps = [
        (cap["budget"], f"{cap['old']['decisions']:,}", f"{cap['new']['decisions']:,}")
        for cap in report["shopper_caps"]
    ]
    if caps:
        _table("Shoppers' own caps that refused something", ("cap", ">old", ">new"), caps)


def _use(use: Report | None, report: Report) -> Row:
    if use is None:
        return ("",) * 5
    amounts = [_amount(use[name], use["measure"], report) for name in ("peak", "limit")]
    ran_out = (use["ran_out"] or "")[:16].replace("T", " ")
    stopped = (f"{use[name]:,}" if use[name] else "" for name in ("refused", "paced"))
    return (*amounts, ran_out, *stopped)


def _counts(title: str, rows: Iterable[Report]) -> None:
    counts = [
        (row["name"], row.get("text", ""), f"{row['old']:,}", f"{row['new']:,}") for row in rows
    ]
    if counts:
        _table(title, ("", "", ">old", ">new"), counts)


def _sentence(row: Report) -> Report:
    known = row["name"] in ReasonCode.__members__
    return {**row, "text": SENTENCES[ReasonCode[row["name"]]] if known else ""}


def _biggest(report: Report) -> None:
    rows = [
        (
            change["at"][:16].replace("T", " "),
            _given(change["old"], report),
            _given(change["new"], report),
            _signed(change["discount_cost_change"], report),
            change["show"],
        )
        for change in report["biggest"]
    ]
    if rows:
        headings = ("when", "old", "new", ">cost", "look at what was decided with")
        _table("The biggest changes", headings, rows)


def _given(outcome: Report, report: Report) -> str:
    if not outcome["discounts"]:
        return f"none: {outcome['reason']}"
    return ", ".join(
        f"{d['offer_id']} {_money(d['discount'], report)}" for d in outcome["discounts"]
    )


def _notes(report: Report) -> None:
    """Print a line for each thing that limits the figures."""
    metrics = report["metrics"]
    notes = [
        (metrics["unreadable"]["new"], "entries of the log can't be read and are left out"),
        (metrics["requests_refused"]["new"], "requests would not be taken with the new rules"),
        (metrics["facts_missing"]["new"], "decisions lacked a fact, so something was withheld"),
        (report["lines_without_cost"], "basket lines have no unit cost and are not in the margin"),
        (
            report["discounts_still_held"],
            "discounts of the log are neither redeemed nor lapsed yet",
        ),
    ]
    for number, what in notes:
        if number:
            click.echo(f"note: {what}: {number:,}")
    for entry in report["unreadable"]:
        click.echo(printable(f"  entry {entry['seq']}, `{entry['decision_id']}`: {entry['why']}"))
    for title, key in (("facts that were missing", "facts_missing"),):
        names = ", ".join(row["name"] for row in report[key] if row["new"])
        if names:
            click.echo(printable(f"  {title}: {names}"))
    dropped = ", ".join(row["name"] for row in report["facts_dropped"])
    if dropped:
        click.echo(printable(f"note: the new rules do not know these facts of the log: {dropped}"))


def _thresholds(report: Report) -> None:
    for threshold in report["thresholds"]:
        word = "FAILED" if threshold["failed"] else "held"
        click.echo(f"{word}: fail if {threshold['fail_if']}")


def _cut(title: str, rows: Sequence[Row]) -> str:
    return title if len(rows) <= MOST_ROWS else f"{title} ({MOST_ROWS} of {len(rows)})"


def _amount(number: int, unit: str, report: Report) -> str:
    return f"{number:,}" if unit == "count" else _money(number, report)


def _money(minor: int, report: Report) -> str:
    return f"{to_major(minor, report['currency']):,}"


def _signed(minor: int, report: Report) -> str:
    return ("+" if minor > 0 else "") + _money(minor, report)


def _relative(old: int, new: int) -> str:
    return f"{(new - old) / abs(old):+.1%}" if old else ""


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "0.0%"
