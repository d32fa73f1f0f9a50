"""What each row was given, how deep it was, and by what chance."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from sconto.learning.data.documents import PropensityDoc
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.data.sql import SqlFailed, column, true_for
from sconto.learning.examples import Floats, Ints
from sconto.rulebook.findings import DocPath


@dataclass(frozen=True, slots=True)
class Treatment:
    """Arms, depths and chances of n rows; see `Examples`.

    Attributes:
        arm: int64 [n].
        depth: float32 [n]; NaN where the arm has none.
        propensity: float32 [n] or None.
        propensities: float32 [n, a] or None.
        stratum: int64 [n]; rows among which arms were drawn with the same chances.
    """

    arm: Ints
    depth: Floats
    propensity: Floats | None
    propensities: Floats | None
    stratum: Ints


def treatment(recipe: DataRecipe, rows: pl.DataFrame) -> Treatment:
    """What *rows* were given.

    Raises:
        RecipeFaulty: A row was given none or several of the arms, or a chance is no chance.
    """
    doc = recipe.doc.treatment
    arm = _arms(recipe, rows)
    if doc.depth is None:
        depths = [np.nan if a.depth is None else float(Fraction(a.depth)) for a in doc.arms]
        depth = np.array(depths, dtype=np.float32)[arm]
    else:
        depth = _numbers(recipe, ("treatment", "depth"), doc.depth, rows)
    stratum = np.zeros(len(arm), dtype=np.int64)
    if doc.propensity is None:
        return Treatment(arm, depth, None, None, stratum)
    return _with_chances(recipe, doc.propensity, rows, arm, depth)


def list_prices(recipe: DataRecipe, rows: pl.DataFrame) -> Floats | None:
    """What each of *rows* pays without a discount, float32 [n]; None where the recipe has it not.

    Raises:
        RecipeFaulty: It can't be computed, or is no amount above 0 for a row.
    """
    sql, where = recipe.doc.treatment.list_price, ("treatment", "list_price")
    if sql is None:
        return None
    prices = _numbers(recipe, where, sql, rows)
    if not (prices > 0).all():  # also refuses NaN
        advice = "it is an amount above 0 for every row"
        raise recipe.at_fault(where, "a list price is missing or not above 0", advice)
    return prices


def _arms(recipe: DataRecipe, rows: pl.DataFrame) -> Ints:
    arms = recipe.doc.treatment.arms
    given = np.zeros((rows.height, len(arms)), dtype=np.bool_)
    for i, arm in enumerate(arms):
        try:
            given[:, i] = true_for(arm.when, rows).to_numpy()
        except SqlFailed as error:
            where = ("treatment", "arms", i, "when")
            raise recipe.at_fault(where, str(error), "it is true of the rows given it") from error
    wrong = int((given.sum(axis=1) != 1).sum())
    if wrong:
        message = f"{wrong} rows were given none, or more than one, of the arms"
        advice = "every row needs exactly one arm; leave others out under `clean`"
        raise recipe.at_fault(("treatment", "arms"), message, advice)
    position: Ints = given.argmax(axis=1).astype(np.int64)
    return position


def _with_chances(
    recipe: DataRecipe, doc: PropensityDoc, rows: pl.DataFrame, arm: Ints, depth: Floats
) -> Treatment:
    names = [a.name for a in recipe.doc.treatment.arms]
    stratum = np.zeros(len(arm), dtype=np.int64)
    if doc.column is not None:
        where = ("treatment", "propensity", "column")
        own = _numbers(recipe, where, f'"{doc.column}"', rows)
        _refuse_no_chance(recipe, where, own)
        return Treatment(arm, depth, own, None, stratum)
    if doc.shares is not None:
        shares = [float(Fraction(doc.shares.get(name, "0"))) for name in names]
        chances = np.tile(np.array(shares), (len(arm), 1))
        _refuse_no_chance(recipe, ("treatment", "propensity", "shares"), np.array(sum(shares)))
    else:
        stratum = _strata(recipe, doc.within or [], rows)
        counts = np.zeros((stratum.max(initial=0) + 1, len(names)))
        np.add.at(counts, (stratum, arm), 1)
        chances = (counts / counts.sum(axis=1, keepdims=True))[stratum]
    own = np.take_along_axis(chances, arm[:, None], axis=1)[:, 0]
    _refuse_no_chance(recipe, ("treatment", "propensity"), own)
    return Treatment(arm, depth, own.astype(np.float32), chances.astype(np.float32), stratum)


def _strata(recipe: DataRecipe, names: list[str], rows: pl.DataFrame) -> Ints:
    absent = [name for name in names if name not in rows.columns]
    if absent:
        where = ("treatment", "propensity", "within")
        raise recipe.at_fault(
            where, f"there is no column `{absent[0]}`", "name columns of the rows"
        )
    ranks = rows.select((pl.struct(names).rank("dense") - 1).cast(pl.Int64).alias("stratum"))
    return ranks["stratum"].to_numpy()


def _refuse_no_chance(recipe: DataRecipe, where: DocPath, chance: np.ndarray) -> None:
    """Refuse chances outside (0, 1]; shares of all arms add up to exactly one."""
    if not ((chance > 0) & (chance <= 1 + 1e-9)).all():  # also refuses NaN
        advice = "every arm that was given was given with a probability above 0, at most 1"
        raise recipe.at_fault(where, "a propensity is missing or no probability", advice)


def _numbers(recipe: DataRecipe, where: DocPath, sql: str, rows: pl.DataFrame) -> Floats:
    try:
        found = column("number", sql, rows).cast(pl.Float64).to_numpy()
    except (SqlFailed, pl.exceptions.PolarsError) as error:
        raise recipe.at_fault(where, str(error), "it is a number for every row") from error
    return found.astype(np.float32)
