"""Reading a data recipe: strict YAML into documents, names that fit, nothing protected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.errors import RuleFinding, ScontoError
from sconto.learning.data.documents import TimeSplitDoc, TrainingDoc
from sconto.learning.data.figure_names import figure_names
from sconto.learning.data.sql_names import names
from sconto.rulebook.check.protected import attributes, protected_word, why_not
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean
from sconto.rulebook.read.document import read_as
from sconto.rulebook.read.strict_yaml import parse_yaml

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VALUES: Final = {
    **dict.fromkeys(("female", "females", "male", "males", "woman", "women", "man", "men"), "sex"),
    **dict.fromkeys(("married", "single", "spouse", "divorced", "widowed"), "marital"),
    "dob": "birth",
}
"""Columns that data sets call by a value of a protected attribute."""

_JOINT: Final = re.compile(r"[^A-Za-z0-9]+")


class RecipeInvalid(ScontoError):
    """A training recipe that can't be followed."""

    code = "INVALID_RECIPE"
    help = "compare the file with a recipe in models/"


class RecipeFaulty(RecipeInvalid):
    """A recipe with mistakes; `findings` has each with its place in the file."""

    help = "mend what is named and run it again"

    def __init__(self, findings: tuple[RuleFinding, ...]) -> None:
        self.findings = findings
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{first.file}:{first.line}:{first.col}: {first.message}{more}")


@dataclass(frozen=True, slots=True)
class DataRecipe:
    """A recipe as read, and where its parts stand."""

    doc: TrainingDoc
    path: Path
    source: Source

    def at_fault(self, where: DocPath, message: str, advice: str) -> RecipeFaulty:
        """The error that *message* about the part at *where* makes."""
        position = self.source.at(where)
        return RecipeFaulty((self.source.finding(position, "SCH-005", message, advice),))


def read_data_recipe(path: Path) -> DataRecipe:
    """The data recipe at *path*.

    Raises:
        RecipeInvalid: It can't be read.
        RecipeFaulty: It has mistakes; every one is named with its place.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RecipeInvalid(f"can't read recipe `{path}`") from error
    parsed = parse_yaml(raw, str(path), readable=False)
    if parsed.findings:
        raise RecipeFaulty(parsed.findings)
    report = Report()
    doc = read_as(parsed.value, {"training": TrainingDoc}, parsed.source, report, nothing=True)
    if doc is not None:
        _check(doc, parsed.source, report)
    if doc is None or report.findings:
        raise RecipeFaulty(report.findings)
    return DataRecipe(_with_columns(doc), path, parsed.source)


def _with_columns(doc: TrainingDoc) -> TrainingDoc:
    """*doc* with the columns that tables have `like` others written out."""
    tables = {
        name: table
        if table.like is None
        else table.model_copy(update={"columns": doc.tables[table.like].columns | table.columns})
        for name, table in doc.tables.items()
    }
    return doc.model_copy(update={"tables": tables})


def _check(doc: TrainingDoc, source: Source, report: Report) -> None:
    """Names that lead nowhere, dates out of order, and protected attributes."""
    for where, name, known in _references(doc):
        if name not in known:
            report.add(
                source, where, "SCH-005", f"`{name}` is not known", did_you_mean(name, known)
            )
    if isinstance(doc.split, TimeSplitDoc):
        _check_dates(doc, doc.split, source, report)
    lined = doc.sequence.events if doc.sequence else []
    keys = [doc.events[name].of for name in lined if name in doc.events]
    if any(of != keys[0] for of in keys):
        message = "the events of one sequence belong to rows by the same columns"
        report.add(source, ("sequence", "events"), "SCH-006", message, "make their `of` the same")
    _check_known(doc, source, report)
    for where, shown in _shown_to_models(doc):
        for word in dict.fromkeys(filter(None, map(protected_name, shown))):
            message = f"`{word}` is a protected attribute"
            report.add(source, where, "PRT-001", message, why_not(word))


def _check_known(doc: TrainingDoc, source: Source, report: Report) -> None:
    """What an outcome brings and an arm costs must be known when the choice is made."""
    unseen = hidden(doc)
    for where, sql in _priced_by(doc):
        for name in dict.fromkeys(names(sql).used):
            if name.lower() in unseen:
                message = f"`{name}` {unseen[name.lower()]}, and a choice is made by this amount"
                advice = "write it over columns that are known at the moment of decision"
                report.add(source, where, "SCH-005", message, advice)


def hidden(doc: TrainingDoc) -> dict[str, str]:
    """Columns, in small letters, that features and choices can't see, each with why not."""
    found = dict.fromkeys(doc.audit, "is kept for audits only")
    treated = [arm.when for arm in doc.treatment.arms]
    treated += [] if doc.treatment.depth is None else [doc.treatment.depth]
    revealing = {"tells what was given": treated, "tells the outcome": [*doc.outcomes.values()]}
    for why, texts in revealing.items():
        found |= {name: why for sql in texts for name in names(sql).used}
    for table in doc.tables.values():
        later = [name for name, column in table.columns.items() if column.after]
        found |= dict.fromkeys(later, "is known only after the decision (`after: true`)")
    return {name.lower(): why for name, why in found.items()}


def protected_name(name: str) -> str | None:
    """The protected attribute that *name*, in any spelling, is or is a value of."""
    plain = _JOINT.sub("_", _HUMP.sub("_", name)).lower()
    value = next((_VALUES[word] for word in attributes(plain, _VALUES)), None)
    return protected_word(plain) or value


def _references(doc: TrainingDoc) -> Iterator[tuple[DocPath, str, tuple[str, ...]]]:
    """Every name of another part, its place, and the names there are."""
    tables, events = tuple(doc.tables), tuple(doc.events)
    yield ("rows", "table"), doc.rows.table, tables
    yield from _likes(doc)
    for name, happened in doc.events.items():
        yield ("events", name, "table"), happened.table, tables
    for i, window in enumerate(doc.features.windows):
        yield ("features", "windows", i, "events"), window.events, events
        if window.events not in events:
            continue
        numbers = tuple(doc.events[window.events].numbers)
        for given, what in window.give.items():
            if " " in what:
                where = ("features", "windows", i, "give", given)
                yield where, what.split()[1], numbers
    for i, name in enumerate(doc.sequence.events if doc.sequence else ()):
        yield ("sequence", "events", i), name, events
    arms = tuple(arm.name for arm in doc.treatment.arms)
    shares = doc.treatment.propensity.shares if doc.treatment.propensity else None
    for name in shares or ():
        yield ("treatment", "propensity", "shares", name), name, arms
    for i, gate in enumerate(doc.gates):
        yield ("gates", i, "figure"), gate.figure, figure_names(doc)
        if gate.outcome is not None:
            yield ("gates", i, "outcome"), gate.outcome, tuple(doc.outcomes)


def _likes(doc: TrainingDoc) -> Iterator[tuple[DocPath, str, tuple[str, ...]]]:
    """Tables that others may be like: those that declare all of their columns themselves."""
    declared = tuple(name for name, t in doc.tables.items() if t.columns and t.like is None)
    for name, table in doc.tables.items():
        if table.like is not None:
            yield ("tables", name, "like"), table.like, declared


def _check_dates(doc: TrainingDoc, split: TimeSplitDoc, source: Source, report: Report) -> None:
    days = [split.train_from, split.validation_from, split.test_from, split.until]
    known = [day for day in days if day is not None]
    if known != sorted(set(known)):
        advice = "each period ends where the next begins"
        report.add(source, ("split",), "SCH-005", "the days of the split must rise", advice)
    if doc.rows.moment is None:
        message = "a split by time needs the rows' `moment`"
        report.add(source, ("split",), "SCH-006", message, "name the column, or split by unit")


def _shown_to_models(doc: TrainingDoc) -> Iterator[tuple[DocPath, Iterable[str]]]:
    """The names in every text that shapes what a model sees or by which something is given."""
    for name, table in doc.tables.items():
        for key in ("sql", "query"):
            found = names(getattr(table.source, key) or "NULL")
            audited = {*doc.audit}
            kept = [column for column in found.passed if column not in audited]
            yield ("tables", name, "from", key), (*found.used, *kept)
    for part in ("numbers", "categories"):
        for name, sql in getattr(doc.features, part).items():
            yield ("features", part, name), (name, *names(sql).used)
    for i, window in enumerate(doc.features.windows):
        for name in window.give:
            yield ("features", "windows", i, "give", name), (name,)
    yield from _events(doc)
    for where, sql in _chosen_by(doc):
        yield where, names(sql).used


def _events(doc: TrainingDoc) -> Iterator[tuple[DocPath, Iterable[str]]]:
    for name, happened in doc.events.items():
        yield ("events", name), (name,)
        for part in ("numbers", "categories"):
            for number, sql in getattr(happened, part).items():
                yield ("events", name, part, number), (number, *names(sql).used)
        yield ("events", name, "where"), names(happened.where or "NULL").used


def _priced_by(doc: TrainingDoc) -> Iterator[tuple[DocPath, str]]:
    """Every SQL of an amount by which a choice is made."""
    for i, arm in enumerate(doc.treatment.arms):
        if arm.cost is not None:
            yield ("treatment", "arms", i, "cost"), arm.cost
    if doc.objective is not None and doc.objective.margin is not None:
        yield ("objective", "margin"), doc.objective.margin


def _chosen_by(doc: TrainingDoc) -> Iterator[tuple[DocPath, str]]:
    """Every SQL by which a choice is made."""
    yield from _priced_by(doc)
    if doc.hand_rule is not None:
        yield ("hand_rule", "rank"), doc.hand_rule.rank
        yield ("hand_rule", "arm"), doc.hand_rule.arm
