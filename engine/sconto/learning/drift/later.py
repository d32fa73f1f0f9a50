"""The rows to hold against those that were learnt from: new data, written examples, or a log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from sconto.errors import ScontoError
from sconto.learning.data import decision_log
from sconto.learning.data.prepare import Prepared, rows_as
from sconto.learning.data.sources import replaced_by
from sconto.learning.examples import Examples
from sconto.learning.examples_files import COLUMNS_FILE, read
from sconto.scoring import tabular
from sconto.settings import Settings


class NotComparable(ScontoError):
    """What came later has no rows, or not the features that were learnt from."""

    code = "NOT_COMPARABLE"
    help = "facts of a log and features of written rows need the names of the recipe's features"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two samples of the same features.

    Attributes:
        expected: The rows that were learnt from.
        actual: The rows that came later; of a log without outcomes, these are NaN.
        not_sent: Features of the recipe that the log's records never hold; in neither sample.
    """

    expected: Examples
    actual: Examples
    not_sent: tuple[str, ...] = ()


def compared(prepared: Prepared, against: Path | None) -> Compared:
    """The training rows of *prepared*, and what to hold against them.

    Without *against* that is its test period. Otherwise *against* is a folder of written examples,
    the folder of a server's log, or other data for the same recipe, which may be a log too.

    Raises:
        NotComparable: It has no rows, or not the features.
        ScontoError: It can't be read.
    """
    both = _compared(prepared, prepared.examples["train"], against)
    wanted, there = both.expected.columns, both.actual.columns
    lost = [n for n in wanted.numeric if n not in there.numeric]
    lost += [n for n in wanted.categorical if n not in there.categorical]
    if lost:
        raise NotComparable(f"the later rows don't have the feature `{lost[0]}`")
    if not len(both.actual) or not len(both.expected):
        raise NotComparable("there are no rows to compare")
    return both


def _compared(prepared: Prepared, train: Examples, against: Path | None) -> Compared:
    if against is None:
        return Compared(train, prepared.examples["test"])
    if (against / COLUMNS_FILE).is_file():
        return Compared(train, read(against))
    tables = prepared.recipe.doc.tables
    learnt_from_log = any(table.source.decision_log is not None for table in tables.values())
    if not learnt_from_log and Settings(rules=Path(), data=against).log_file.is_file():
        return sent(train, decision_log.decisions(against))
    if not against.exists() or not replaced_by(tables, against):
        # The recipe would read its own data again, and nothing would have changed.
        raise NotComparable(f"`{against}` holds no rows, no log, and no data for the recipe")
    return Compared(train, rows_as(train.columns, prepared.recipe.path, against))


def sent(train: Examples, decisions: pl.DataFrame) -> Compared:
    """*train*, and what shoppers sent: the facts in *decisions* that have the names of features.

    The feature `price` is the fact `shopper.price`, else the signal `signal.price`, else what the
    log itself knows by that name, such as `weekday`.

    Raises:
        NotComparable: There is none.
    """
    names = (*train.columns.numeric, *train.columns.categorical)
    found = {name: fact for name in names if (fact := _fact(name, decisions)) is not None}
    if not found:
        raise NotComparable("no record of the log holds a fact that is a feature of the recipe")
    expected = _only(train, frozenset(found))
    columns, rows = expected.columns, decisions.height
    facts = {name: decisions[fact].to_list() for name, fact in found.items()}
    actual = Examples(
        columns=columns,
        numeric=tabular.numbers(facts, columns.numeric, rows),
        categorical=tabular.ids(facts, columns.categorical, columns.vocabularies, rows),
        arm=np.zeros(rows, dtype=np.int64),
        depth=decisions["depth"].to_numpy().astype(np.float32),
        outcome=np.full(rows, np.nan, dtype=np.float32),
        time=decisions["as_of"].to_numpy(),
        unit=np.arange(rows, dtype=np.int64),
    )
    return Compared(expected, actual, tuple(name for name in names if name not in found))


def _fact(name: str, decisions: pl.DataFrame) -> str | None:
    known = (f"shopper_{name}", f"signal_{name}", name)
    return next((fact for fact in known if fact in decisions.columns), None)


def _only(rows: Examples, names: frozenset[str]) -> Examples:
    """*rows* with no other features than those called *names*."""
    numeric = [i for i, name in enumerate(rows.columns.numeric) if name in names]
    categorical = [i for i, name in enumerate(rows.columns.categorical) if name in names]
    columns = replace(
        rows.columns,
        numeric=tuple(rows.columns.numeric[i] for i in numeric),
        categorical=tuple(rows.columns.categorical[i] for i in categorical),
        vocabularies=tuple(rows.columns.vocabularies[i] for i in categorical),
    )
    return replace(
        rows,
        columns=columns,
        numeric=rows.numeric[:, numeric],
        categorical=rows.categorical[:, categorical],
    )
