"""The rows to hold against those that were learnt from: new data, written examples, or a log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sconto.errors import ScontoError
from sconto.learning.data.decision_log import Sent, sent
from sconto.learning.data.prepare import Prepared, rows_as
from sconto.learning.data.sources import replaced_by
from sconto.learning.examples import Examples
from sconto.learning.examples_files import COLUMNS_FILE, read
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
        return of_log(train, sent(against, train.columns))
    if not against.exists() or not replaced_by(tables, against):
        # The recipe would read its own data again, and nothing would have changed.
        raise NotComparable(f"`{against}` holds no rows, no log, and no data for the recipe")
    return Compared(train, rows_as(train.columns, prepared.recipe.path, against))


def of_log(train: Examples, facts: Sent) -> Compared:
    """*train*, and the *facts* of the decisions of a log, for the features that they hold.

    Raises:
        NotComparable: They hold none.
    """
    if not facts.names:
        raise NotComparable("no record of the log holds a fact that is a feature of the recipe")
    rows = len(facts.as_of)
    actual = Examples(
        columns=train.columns,
        numeric=facts.numeric,
        categorical=facts.categorical,
        arm=np.zeros(rows, dtype=np.int64),
        depth=np.full(rows, np.nan, dtype=np.float32),
        outcome=np.full(rows, np.nan, dtype=np.float32),
        time=facts.as_of,
        unit=np.arange(rows, dtype=np.int64),
    )
    names = (*train.columns.numeric, *train.columns.categorical)
    lost = tuple(name for name in names if name not in facts.names)
    return Compared(_only(train, facts.names), _only(actual, facts.names), lost)


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
