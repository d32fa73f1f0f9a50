"""The forms of models that can be served: what each is shown of a request, and how it answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import FactSpec
from sconto.errors import ModelUnusable
from sconto.scoring import manifest as retail
from sconto.scoring import tabular_manifest as tabular
from sconto.scoring.rows import rows_for
from sconto.scoring.tabular_answer import TabularRow, arms_of
from sconto.scoring.tabular_rows import Reading, reading_of

log = logging.getLogger(__name__)

Declared = Mapping[str, FactSpec]


class Asked(Protocol):
    """What a model is asked about one request."""

    def feeds(self) -> dict[str, npt.NDArray[Any]]:
        """The model's inputs, by name."""
        ...

    def probabilities(
        self, output: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """By the model's *output*: each candidate's probability, and that of giving nothing."""
        ...

    def packed(self) -> bytes:
        """What the model was shown, for the record."""
        ...


class Form(Protocol):
    """One form of models, for one model."""

    @property
    def manifest(self) -> retail.Described:
        """What vouches for the model."""
        ...

    @property
    def inputs(self) -> AbstractSet[str]:
        """The names of the model's inputs."""
        ...

    @property
    def output(self) -> str:
        """The name of its output."""
        ...

    def check(self, session: Any) -> None:
        """Raise ModelUnusable when *session* is not of the shape that the manifest says."""
        ...

    def ask(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], declared: Declared
    ) -> Asked:
        """What to ask about *candidates*, of which there is at least one."""
        ...


def form_of(folder: Path) -> Form:
    """The form of the model in *folder*.

    Raises:
        ModelUnusable: Its manifest is missing or wrong.
    """
    return TabularForm(folder) if tabular.is_tabular(folder) else RetailForm(folder)


class RetailForm:
    """The retail model: a row for each candidate, of facts that `features` names."""

    inputs: AbstractSet[str] = frozenset(retail.INPUTS)
    output = retail.OUTPUT

    def __init__(self, folder: Path) -> None:
        self.manifest: retail.Manifest = retail.read_manifest(folder)

    def check(self, session: Any) -> None:
        """Its shape is fixed by the digest of the feature definition."""

    def ask(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], declared: Declared
    ) -> Asked:
        """A row for each candidate; facts are taken as whole numbers, however they are declared."""
        del declared
        return rows_for(context, candidates, self.manifest.vocabularies)


class TabularForm:
    """A data recipe's model: one row for the shopper, of facts that its manifest names."""

    inputs: AbstractSet[str] = frozenset(tabular.INPUTS)
    output = tabular.OUTPUT

    def __init__(self, folder: Path) -> None:
        self.manifest: tabular.TabularManifest = tabular.read_tabular_manifest(folder)
        self._arms = arms_of(self.manifest.columns)
        self._reading: tuple[Declared, str, Reading] | None = None

    def check(self, session: Any) -> None:
        """See `Form`."""
        columns = self.manifest.columns
        widths = {"numbers": len(columns.numeric), "ids": len(columns.categorical)}
        found = {i.name: i.shape[1] for i in session.get_inputs()}
        given = session.get_outputs()[0].shape
        if found != widths or [given[0], given[2]] != [self.manifest.members, len(columns.arms)]:
            raise ModelUnusable("the model does not fit the columns of its manifest")

    def ask(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], declared: Declared
    ) -> Asked:
        """The shopper's row, and where each candidate stands on the answer."""
        numbers, ids = self._reading_of(declared, context.currency).row(
            {**context.shopper, **context.signals} if context.signals else context.shopper
        )
        return TabularRow(numbers, ids, self._arms, self._arms.places(candidates))

    def _reading_of(self, declared: Declared, currency: str) -> Reading:
        """Made once for a ruleset; what it does not tell the model is said then."""
        kept = self._reading
        if kept is not None and kept[0] is declared and kept[1] == currency:
            return kept[2]
        made = reading_of(self.manifest.columns, declared, currency)
        self._reading = (declared, currency, made)
        if made.unheard:
            log.warning(
                "the model misses %s in every request: declare them as facts of the rules",
                ", ".join(made.unheard),
            )
        return made
