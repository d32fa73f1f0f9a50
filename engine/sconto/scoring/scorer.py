"""Scoring: the model's answer in time, or a cause and the next rung. It never raises."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import Outcome
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.scoring.forms import Asked, form_of
from sconto.scoring.manifest import Described, read_model
from sconto.scoring.session import PROVIDER, open_session
from sconto.scoring.watchdog import Watchdog

log = logging.getLogger(__name__)

LATE_IN_A_ROW: Final = 3
"""After this many late runs the model rests, so that it can't slow every decision down."""

REST_CALLS: Final = 200
"""Decisions made without a resting model before it is tried again."""


class NoModel:
    """Stands where a model would: every answer is made on the rules-only rung."""

    @property
    def description(self) -> dict[str, str]:
        """Empty: nothing serves scores."""
        return {}

    def score(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], ruleset: Ruleset
    ) -> RungCause:
        """Always MODEL_MISSING."""
        del context, candidates, ruleset
        return RungCause.MODEL_MISSING

    def close(self) -> None:
        """Nothing to close."""


class OnnxScorer:
    """Scores with the model in *folder*, which its manifest vouches for.

    Raises ModelUnusable on opening when any check fails; `score` never raises.
    """

    def __init__(self, folder: Path, limit_seconds: float) -> None:
        self._form = form_of(folder)
        self.manifest: Described = self._form.manifest
        model = read_model(folder, self.manifest)
        self._session = open_session(model, self._form.inputs, self._form.output)
        self._form.check(self._session)
        self._watchdog = Watchdog(limit_seconds)
        self._digest = f"sha256:{self.manifest.model_sha256}"
        self._late = 0
        self._rest = 0
        self.description: dict[str, str] = {
            "name": f"{self.manifest.name}/{self.manifest.version}",
            "feature_schema": f"sha256:{self.manifest.feature_schema_sha256}",
            "runtime": f"onnxruntime {onnxruntime.__version__}, {PROVIDER}, one thread",
        }

    def score(
        self, context: DecisionContext, candidates: tuple[Candidate, ...], ruleset: Ruleset
    ) -> Scores | RungCause:
        """The scores of *candidates*, or why there are none: scoring fails open.

        *ruleset* is the one that *context* was read by.
        """
        if not candidates:
            return Scores(self._digest, Outcome.SALE, (), (), (), ())
        if self._rest > 0:
            self._rest -= 1
            return RungCause.MODEL_LATE
        try:
            return self._score(self._form.ask(context, candidates, ruleset.model_facts))
        except Exception:
            log.exception("the model failed; answering by rules alone")
            return RungCause.MODEL_FAILED

    def close(self) -> None:
        """Stop the watchdog."""
        self._watchdog.close()

    def _score(self, asked: Asked) -> Scores | RungCause:
        output = self._run(asked)
        if output is None:
            return self._was_late()
        self._late = 0
        if not np.isfinite(output).all():
            return RungCause.MODEL_NOT_FINITE
        purchase, baseline = (
            tuple(np.rint(said * PPM_ONE).astype(np.int64).tolist())
            for said in asked.probabilities(output)
        )
        sure = (0,) * len(purchase)
        return Scores(
            self._digest, Outcome.SALE, purchase, baseline, sure, sure, features=asked.packed()
        )

    def _run(self, asked: Asked) -> npt.NDArray[np.float32] | None:
        """The model's output, or None when it took too long."""
        options = onnxruntime.RunOptions()
        began = self._watchdog.start(options)
        try:
            outputs: list[Any] = self._session.run([self._form.output], asked.feeds(), options)
        except Exception:
            if options.terminate:
                return None
            raise
        finally:
            in_time = self._watchdog.stop(began)
        return outputs[0] if in_time else None

    def _was_late(self) -> RungCause:
        self._late += 1
        if self._late >= LATE_IN_A_ROW:
            log.warning("the model was late %d times in a row; it rests", self._late)
            self._late, self._rest = 0, REST_CALLS
        return RungCause.MODEL_LATE
