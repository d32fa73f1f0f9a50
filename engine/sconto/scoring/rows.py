"""From a decision context to the model's rows: the serving side of the one feature definition.

A candidate is scored on its focal category: among the lines it discounts, the category with the
largest list total (ties by name). The rest of the basket is every line outside that category.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.scoring.features import DEPTH_FACT, FACTS, Encoded, Vocabularies, encode

_CATEGORY_FACTS = tuple(
    f for f in FACTS if f.startswith("line.") and f not in {"line.category", "line.department"}
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The model's inputs for n candidates, then one row at depth 0 for each focal category.

    Attributes:
        distinct: the encoded facts of each focal category.
        index: which of them each row shows, int64 [rows].
        depth: the discount of each row as a fraction of its scope, float32 [rows, 1].
        baseline: for each candidate the position of its depth-0 row, int64 [n].
    """

    distinct: Encoded
    index: npt.NDArray[np.int64]
    depth: npt.NDArray[np.float32]
    baseline: npt.NDArray[np.int64]

    def feeds(self) -> dict[str, npt.NDArray[Any]]:
        """The inputs by the names that the exported model has."""
        return {
            "numeric": self.distinct.numeric[self.index],
            "ids": self.distinct.ids[self.index],
            "depth": self.depth,
        }

    def probabilities(
        self, output: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Each candidate's probability, and its focal category's without discount, [n] each."""
        said = output[:, 0].astype(np.float64)
        return said[: len(self.baseline)], said[self.baseline]

    def packed(self) -> bytes:
        """What the model was shown, for the record, little endian without padding.

        uint16 focal categories, uint16 rows, uint16 numeric width; then float32 numeric, int32
        ids of each focal category; then uint16 index and float32 depth of each row.
        """
        numeric, ids = self.distinct.numeric, self.distinct.ids
        return b"".join(
            (
                struct.pack("<HHH", len(numeric), len(self.index), numeric.shape[1]),
                numeric.astype("<f4").tobytes(),
                ids.astype("<i4").tobytes(),
                self.index.astype("<u2").tobytes(),
                self.depth.astype("<f4").tobytes(),
            )
        )


def rows_for(
    context: DecisionContext, candidates: tuple[Candidate, ...], vocabularies: Vocabularies
) -> Rows:
    """The model's rows for *candidates*, of which there is at least one."""
    focal = [_focal_category(context, candidate) for candidate in candidates]
    categories = sorted(set(focal))
    position = {category: i for i, category in enumerate(categories)}
    own = [position[category] for category in focal]
    depths = [c.discount / c.scope_total for c in candidates] + [0.0] * len(categories)
    columns = _columns([_facts(context, category) for category in categories])
    return Rows(
        distinct=encode(columns, vocabularies),
        index=np.array(own + list(range(len(categories))), dtype=np.int64),
        depth=np.array(depths, dtype=np.float32)[:, None],
        baseline=np.array(own, dtype=np.int64) + len(candidates),
    )


def _focal_category(context: DecisionContext, candidate: Candidate) -> str:
    totals: dict[str, int] = {}
    for i, _ in candidate.allocation:
        line = context.lines[i]
        totals[line.category] = totals.get(line.category, 0) + line.list_total
    return min(totals, key=lambda category: (-totals[category], category))


def _facts(context: DecisionContext, category: str) -> dict[str, Any]:
    inside = [line for line in context.lines if line.category == category]
    rest = [line for line in context.lines if line.category != category]
    return {
        **context.shopper,
        **_known(inside),
        "line.category": category,
        "line.department": inside[0].department,
        "rest.lines": len(rest),
        "rest.list_total": sum(line.list_total for line in rest),
        "time.weekday": context.moment.weekday,
        "time.hour": context.moment.hour,
        DEPTH_FACT: 0,
    }


def _known(lines: list[Any]) -> dict[str, Any]:
    """The category's facts, each from the first line that knows it."""
    known: dict[str, Any] = {}
    for fact in _CATEGORY_FACTS:
        values = (line.facts[fact] for line in lines if fact in line.facts)
        known[fact] = next(values, None)
    return known


def _columns(rows: list[dict[str, Any]]) -> Mapping[str, list[Any]]:
    return {fact: [row.get(fact) for row in rows] for fact in FACTS}
