"""One decision in full: sentences, then tables with all numbers."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from sconto.app.ports import LogEntry
from sconto.cli.output import instant_text, print_lines, print_table
from sconto.domain.canonical import parse
from sconto.domain.explain import in_budget, shop_currency
from sconto.domain.measured import quantity_text
from sconto.domain.money import format_millionths, format_minor
from sconto.domain.offer import IN_BASIS_POINTS, OfferKind
from sconto.domain.record_reading import line_of
from sconto.domain.units import Units, built_in_units

Record = Mapping[str, Any]

CONSIDERED: Final = ("offer", ">depth", ">discount", "reason", ">expected gain", ">at least")
PRICES: Final = ("line", "product", ">pieces", ">list", ">off", ">final")
FINDINGS: Final = (
    "offer", ">depth", "rule", "line", "fact", ">observed", "compared with", "reason",
)  # fmt: skip
BUDGETS: Final = ("ledger key", ">in use before", ">reserved", ">limit")
KNOWN: Final = ("fact", ">value")
HISTORY: Final = (">entry", "what", "when")
MODEL_INPUTS: Final = ("input", ">value")
"""Headings of the tables; those of number columns start with `>`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A decision: its record as stored, its explanation and its log entries."""

    raw: bytes
    explanation: Sequence[str]
    history: Sequence[LogEntry] = ()
    """Empty when a server was asked, which does not send it."""
    replays: bool | None = None
    """Whether deciding again gave the stored bytes, of returns too; None without `--replay`."""
    units: Units | None = None
    """Of the facts that the decision's ruleset declares; None where that is not at hand."""
    approval: str = ""
    """Who put its ruleset in force; empty when a server was asked."""
    returns: int = 0
    """How many returns it has, which a replay works out again."""


def print_found(found: Found, form: str, model: Path | None) -> None:
    """Print *found*: in words and tables, or the readable record as JSON.

    The folder *model* names what the model was shown.
    """
    if form == "json":
        click.echo(found.raw)
    else:
        _print_decision(parse(found.raw), found, model)
    if found.replays is not None:
        same = "the same bytes" if found.replays else "OTHER BYTES than the stored ones"
        many = "1 return" if found.returns == 1 else f"{found.returns} returns"
        returns = f" and working out {many} again" if found.returns else ""
        click.echo(f"Replay: deciding again{returns} gives {same}.", err=form == "json")


def _print_decision(record: Record, found: Found, model: Path | None) -> None:
    currency = record["context"]["currency"]
    print_lines([f"Decision {record['decision_id']}", "", *found.explanation, ""])
    print_table("Considered", CONSIDERED, _considered(record))
    print_table("Prices", PRICES, _prices(record))
    if findings := tuple(_findings(record)):
        print_table("Findings", FINDINGS, findings)
    if budgets := tuple(_budgets(record)):
        print_table("Budgets", BUDGETS, budgets)
    if known := tuple(_known(record, found.units or built_in_units(currency))):
        print_table("Known of the shopper", KNOWN, known)
    if record["model"]:
        print_model_inputs(record["model"], model)
    if found.history:
        rows = ((str(e.seq), e.kind, instant_text(e.at_us)) for e in found.history)
        print_table("History", HISTORY, rows)
    print_lines(_made_with(record, found.approval))


def _considered(record: Record) -> Iterator[tuple[str, ...]]:
    for candidate in record["candidates"]:
        value = candidate.get("value")
        yield (
            candidate["offer_id"],
            _depth(candidate, record),
            _money(candidate["discount"], record),
            candidate["reason"],
            _margin(value["gain"], record) if value else "",
            _margin(value["least_gain"], record) if value else "",
        )


def _prices(record: Record) -> Iterator[tuple[str, ...]]:
    lines, net_totals = record["context"]["lines"], record["outcome"]["net_totals"]
    for line, net in zip(map(line_of, lines), net_totals, strict=True):
        listed, quantity = line.list_total, str(line.quantity)
        if line.measured is not None:
            quantity = quantity_text(line.quantity, line.measured)
        amounts = (_money(amount, record) for amount in (listed, listed - net, net))
        yield line.line_id, line.product_id, quantity, *amounts


def _findings(record: Record) -> Iterator[tuple[str, ...]]:
    units = built_in_units(record["context"]["currency"])
    for candidate in record["candidates"]:
        about = (candidate["offer_id"], _depth(candidate, record))
        stacked = candidate.get("stacked", {}).get("findings", [])
        for finding in (*candidate["findings"], *stacked):
            rule = (finding["rule"], finding["line_id"])
            for fact, op, threshold, observed in finding["clauses"]:
                was = units.shown(fact, observed)
                compared = "known" if op == "known" else f"{op} {units.shown(fact, threshold)}"
                yield *about, *rule, fact, was, compared, finding["reason"]


def _budgets(record: Record) -> Iterator[tuple[str, ...]]:
    reserved = {draw["key"]: draw for draw in record["outcome"]["reserved"]}
    refused = (c["refused"] for c in record["candidates"] if "refused" in c)
    known = {draw["key"]: draw for draw in refused} | reserved
    for key in sorted({*record["budgets"], *known}):
        used, draw = record["budgets"].get(key, 0), known.get(key)
        if draw is None:
            # The record says what a budget counts only where something was drawn on it.
            yield key, f"{used} (count, or minor units of {shop_currency(record)})", "", ""
            continue
        more = in_budget(draw["amount"], draw, record) if key in reserved else ""
        yield key, in_budget(used, draw, record), more, in_budget(draw["limit"], draw, record)


def _known(record: Record, units: Units) -> Iterator[tuple[str, str]]:
    """Everything personal that the rules and the model could look at."""
    context = record["context"]
    for name, given in sorted(context["consents"].items()):
        yield f"consent.{name}", units.shown("", given)
    for name, value in sorted({**context["shopper"], **context["signals"]}.items()):
        yield name, units.shown(name, value)


def _made_with(record: Record, approval: str) -> Iterator[str]:
    model = record["model"]
    yield f"Ruleset {record['ruleset']}{f', {approval}' if approval else ''}"
    yield f"Model {model['digest']}" if model else "No model"
    yield "Made with " + ", ".join(f"{k} {v}" for k, v in sorted(record["engine"].items()))


def _depth(candidate: Record, record: Record) -> str:
    """The depth of *candidate*: a percentage or an amount, by its offer's kind."""
    if OfferKind(candidate["kind"]) in IN_BASIS_POINTS:
        whole, part = divmod(candidate["depth"], 100)
        return f"{whole}.{part:02d} %" if part else f"{whole} %"
    return _money(candidate["depth"], record)


def _margin(millionths: int, record: Record) -> str:
    return format_millionths(millionths, record["context"]["currency"])


def _money(minor: int, record: Record) -> str:
    return format_minor(minor, record["context"]["currency"])


def print_model_inputs(model: Mapping[str, Any], folder: Path | None) -> None:
    """Print the inputs of the *model* of a record, or one line on why they are not known.

    Raises ModelUnusable where *folder* holds no model.
    """
    if folder is None:
        print_lines(["Inputs of the model: name its folder with `--model` to see them.", ""])
        return
    from sconto.scoring.answer import unpacked
    from sconto.scoring.manifest import read_manifest

    manifest = read_manifest(folder)
    if model["digest"] != f"sha256:{manifest.model_sha256}":
        print_lines(
            [f"Inputs of the model: another model than that in `{folder}` was shown them.", ""]
        )
        return
    shown = unpacked(base64.b64decode(model["features"]), manifest.columns)
    print_table("Inputs of the model", MODEL_INPUTS, _input_rows(shown))


def _input_rows(shown: Mapping[str, float | str | None]) -> Iterator[tuple[str, str]]:
    for name, value in shown.items():
        text = f"{value:.15g}" if isinstance(value, float) else value
        yield name, "missing or not listed" if text is None else text
