"""The parts of training the model of a recipe: its rows, its network, and the folder to serve."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.errors import Rejected
from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.examples import Examples
from sconto.learning.examples_files import read, write
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.process_group import ProcessGroup
from sconto.learning.networks.serve import NotServable, artefact_of, write_model
from sconto.learning.networks.suite import networks
from sconto.learning.networks.training import Trained
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE

ROWS: Final = "rows"
"""Folder of the rows that one process prepares for the others."""

Busy = Callable[[], AbstractContextManager[object]]
"""Shows that rows are being prepared, while its context lasts."""


@dataclass(frozen=True, slots=True)
class RowSource:
    """Where training rows come from, besides the recipe.

    Attributes:
        data: A folder that replaces the recipe's data.
        examples: A folder of rows that were written before; the recipe's tables are not read.
        outcome: The outcome to learn; the recipe's first if None.
    """

    data: Path | None
    examples: Path | None
    outcome: str | None


def training_rows(
    recipe: DataRecipe, source: RowSource, folder: Path, group: ProcessGroup, busy: Busy
) -> Examples:
    """The training rows of *recipe* from *source*.

    Of several processes one prepares the rows, and all read what it wrote into *folder*.

    Raises:
        Rejected: Written rows are of another recipe or outcome.
        ScontoError: The rows can't be read or prepared.
    """
    if source.examples is not None:
        return _of_recipe(recipe, read(source.examples / "train"), source)
    written = folder / ROWS / "train"
    if group.rank == 0:
        with busy():
            rows = prepare(recipe.path, source.data, source.outcome).examples["train"]
        if group.size == 1:
            return rows
        write([rows], len(rows), written)
    group.wait()
    return read(written)


def _of_recipe(recipe: DataRecipe, rows: Examples, source: RowSource) -> Examples:
    """*rows*, if the recipe has their arms and the outcome is the one asked for."""
    arms = tuple(arm.name for arm in recipe.doc.treatment.arms)
    wanted = {source.outcome} if source.outcome else {*recipe.doc.outcomes}
    if rows.columns.arms != arms or rows.columns.outcome not in wanted:
        message = f"the rows in `{source.examples}` are of another recipe or outcome"
        raise Rejected(message, "write them with `sconto learn data --out`")
    return rows


def network_called(name: str, rows: Examples) -> NetworkModel:
    """The network *name* for *rows*, untrained; raises Rejected where there is none."""
    known = {model.name: model for model in networks(rows)}
    if name not in known:
        message = f"there is no network `{name}` for these rows"
        raise Rejected(message, f"take one of {', '.join(f'`{n}`' for n in known)}")
    return known[name]


def write_served(
    model: NetworkModel, rows: Examples, recipe: DataRecipe, trained: Trained, folder: Path
) -> str | None:
    """Write the trained *model* into *folder* for a server; the reason when none can serve it.

    The model of an earlier run does not stay there: it would be taken for this one.
    """
    digests, version = {"train": trained.rows_sha256}, trained.weights_sha256[:12]
    try:
        artefact = artefact_of(recipe, digests, version, rows.columns.outcome)
        write_model(folder, model.members, rows, artefact)
    except NotServable as error:
        for file in (MODEL_FILE, MANIFEST_FILE):
            (folder / file).unlink(missing_ok=True)
        return str(error)
    return None
