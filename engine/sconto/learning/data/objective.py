"""Money: what an outcome brings and an arm costs, before one is given, and what rows really did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.domain.objective import CostWhen, Outcome, due_ppm
from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.data.features import visible
from sconto.learning.data.raw_rows import RawRows, amounts
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.examples import Floats, Ints

Array = TypeVar("Array", bound=npt.NDArray[Any])


@dataclass(frozen=True, slots=True)
class Money:
    """Of n rows and a arms, float32, in major units; None where the recipe says nothing of it.

    Attributes:
        value: [n]; what each row brought.
        cost: [n]; what its arm cost.
        margin: [n]; what the first outcome would bring before any discount, at least 0.
        costs: [n, a]; what each arm would cost if its cost fell due.
    """

    value: Floats | None
    cost: Floats | None
    margin: Floats | None
    costs: Floats | None


def of_money(recipe: DataRecipe, rows: RawRows, arm: Ints) -> Money:
    """The money of *rows*, which were given *arm* [n].

    A recipe says what its rows brought and cost, or else it follows from its objective: the first
    outcome brought its margin, and the arm that was given its cost, if that fell due.

    Raises:
        RecipeFaulty: An amount can't be computed, is missing for a row, or a cost is below 0.
    """
    doc = recipe.doc
    margin, costs = _margin(recipe, rows.frame), _costs(recipe, rows.frame)
    if doc.value is not None or doc.objective is None or margin is None:
        value = None if doc.value is None else rows.outcome(recipe, ("value",), doc.value)
        cost = None if doc.cost is None else rows.outcome(recipe, ("cost",), doc.cost)
        return Money(value, cost, margin, costs)
    name, sql = next(iter(doc.outcomes.items()))
    happened = rows.outcome(recipe, ("outcomes", name), sql)
    cost = None
    if costs is not None:
        own = np.take_along_axis(costs, arm[:, None], axis=1)[:, 0]
        cost = own * due(doc.objective, happened)
    return Money(happened * margin, cost, margin, costs)


def due(objective: ObjectiveDoc, chance: Array) -> Array:
    """The probability that the cost of an arm falls due, where the outcome has that *chance*."""
    moment, outcome = CostWhen(objective.cost_when), Outcome(objective.outcome)
    as_often_as_the_outcome = due_ppm(moment, outcome, 0) == 0
    return chance if as_often_as_the_outcome else np.ones_like(chance)


def _margin(recipe: DataRecipe, rows: pl.DataFrame) -> Floats | None:
    """It looks only at columns that are known at the moment: a choice is made by it."""
    doc = recipe.doc.objective
    if doc is None or doc.margin is None:
        return None
    found = amounts(recipe, ("objective", "margin"), doc.margin, visible(recipe, rows))
    return np.maximum(found, np.float32(0))


def _costs(recipe: DataRecipe, rows: pl.DataFrame) -> Floats | None:
    arms = recipe.doc.treatment.arms
    if all(arm.cost is None for arm in arms):
        return None
    seen = visible(recipe, rows)
    found = np.zeros((rows.height, len(arms)), dtype=np.float32)
    for i, arm in enumerate(arms):
        if arm.cost is not None:
            where = ("treatment", "arms", i, "cost")
            found[:, i] = amounts(recipe, where, arm.cost, seen)
            if (found[:, i] < 0).any():
                raise recipe.at_fault(where, "a cost is below 0", "write what it costs, 0 or more")
    return found
