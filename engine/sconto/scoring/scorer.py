"""Scoring: the model's answer in time, or a cause and the next rung. It never raises."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from sconto.app.ports import ScorerCounts
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import Objective, Outcome
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import FactSpec, Ruleset
from sconto.domain.scores import Scores
from sconto.errors import ModelUnusable
from sconto.scoring.answer import Arms, Row, arms_of
from sconto.scoring.least_gain import least_gain_fit, least_gain_of
from sconto.scoring.manifest import INPUTS, OUTPUT, Manifest, read_manifest, read_model
from sconto.scoring.reading import Reading, reading_of
from sconto.scoring.session import PROVIDER, open_session
from sconto.scoring.unknown import Unknowns
from sconto.scoring.watchdog import Watchdog

log = logging.getLogger(__name__)

LATE_IN_A_ROW: Final = 3
"""After this many late runs the model rests, so that it can't slow every decision down."""

REST_CALLS: Final = 200
"""Decisions made without a resting model before it is tried again."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """How one ruleset is read for the model: what of it the model depends on, and what follows."""

    facts: Mapping[str, FactSpec]
    objective: Objective
    reading: Reading
    arms: Arms | None


class NoModel:
    """Stands where a model would: every answer is made on the rules-only rung."""

    counts: ScorerCounts = ScorerCounts()

    @property
    def description(self) -> dict[str, str]:
        """Empty: nothing serves scores."""
        return {}

    def score(
        self,
        context: DecisionContext,
        candidates: tuple[Candidate, ...],
        ruleset: Ruleset,
        within_us: int | None = None,
    ) -> RungCause:
        """Always MODEL_MISSING."""
        del context, candidates, ruleset, within_us
        return RungCause.MODEL_MISSING

    def unfillable(self, ruleset: Ruleset) -> tuple[str, ...]:
        """None: there are no inputs."""
        del ruleset
        return ()

    def close(self) -> None:
        """Nothing to close."""


class OnnxScorer:
    """Scores with the model in *folder*, which its manifest vouches for.

    Raises ModelUnusable on opening when any check fails; `score` never raises.
    """

    def __init__(self, folder: Path, limit_seconds: float) -> None:
        self.manifest: Manifest = read_manifest(folder)
        model = read_model(folder, self.manifest)
        self._session = open_session(model, frozenset(INPUTS), OUTPUT)
        _check(self._session, self.manifest)
        self._limit_seconds = limit_seconds
        self._watchdog = Watchdog(limit_seconds)
        self._digest = f"sha256:{self.manifest.model_sha256}"
        self._outcome = Outcome(self.manifest.outcome_kind)
        self._unknowns = Unknowns(self.manifest.knowledge)
        self._inputs = self.manifest.columns.inputs
        self._most_unknown = self.manifest.knowledge.most_unknown * len(self._inputs)
        self._terms: dict[str, _Terms] = {}
        self._warned: tuple[str, ...] = ()
        self._late = 0
        self._rest = 0
        self.counts: ScorerCounts = ScorerCounts()
        self.description: dict[str, str] = {
            "name": f"{self.manifest.name}/{self.manifest.version}",
            "feature_schema": f"sha256:{self.manifest.feature_schema_sha256}",
            "runtime": f"onnxruntime {onnxruntime.__version__}, {PROVIDER}, one thread",
        }

    def score(
        self,
        context: DecisionContext,
        candidates: tuple[Candidate, ...],
        ruleset: Ruleset,
        within_us: int | None = None,
    ) -> Scores | RungCause:
        """The scores of *candidates* in *context*, which was read by *ruleset*.

        Or why there are none: scoring fails open. What the model does not know lowers nothing here;
        it is reported as `Scores.doubt_ppm`, and too much of it is a cause.
        """
        if not candidates:
            return Scores(self._digest, self._outcome, (), (), (), ())
        if within_us is not None and within_us <= 0:
            return RungCause.DEADLINE_NEAR
        if self._rest > 0:
            self._rest -= 1
            return RungCause.MODEL_LATE
        try:
            within = math.inf if within_us is None else within_us / 1_000_000
            found = self._score(context, candidates, ruleset, within)
        except Exception:
            log.exception("the model failed; answering by rules alone")
            return RungCause.MODEL_FAILED
        self._count(found)
        return found

    def filled_by(self, ruleset: Ruleset) -> dict[str, str]:
        """The fact or signal of *ruleset* that fills each input; empty where none can."""
        facts = self._terms_of(ruleset).reading.facts
        return dict(zip(self._inputs, facts, strict=True))

    def unfillable(self, ruleset: Ruleset) -> tuple[str, ...]:
        """The model's inputs that no fact or signal of *ruleset* can fill."""
        return tuple(name for name, fact in self.filled_by(ruleset).items() if not fact)

    def close(self) -> None:
        """Stop the watchdog."""
        self._watchdog.close()

    def _score(
        self,
        context: DecisionContext,
        candidates: tuple[Candidate, ...],
        ruleset: Ruleset,
        within_seconds: float,
    ) -> Scores | RungCause:
        terms = self._terms_of(ruleset)
        if terms.arms is None:
            return RungCause.RESPONSE_MISSING
        facts = {**context.shopper, **context.signals} if context.signals else context.shopper
        numbers, ids = terms.reading.row(facts)
        numbers = self._unknowns.known(numbers)
        unknown = self._unknowns.found(numbers, ids, terms.reading.strange(facts))
        if len(unknown) > self._most_unknown:
            return RungCause.INPUTS_UNKNOWN
        row = Row(numbers, ids, terms.arms.places(candidates, context.list_total))
        output = self._run(row, within_seconds)
        if output is None:
            # A caller in a hurry says nothing of the model.
            hurried = within_seconds < self._limit_seconds
            return RungCause.DEADLINE_NEAR if hurried else self._was_late()
        self._late = 0
        if not all(map(math.isfinite, output.ravel().tolist())):
            return RungCause.MODEL_NOT_FINITE
        return self._scores(row, output, terms, terms.arms, unknown)

    def _scores(
        self,
        row: Row,
        output: npt.NDArray[np.float32],
        terms: _Terms,
        arms: Arms,
        unknown: list[int],
    ) -> Scores:
        answer, count = row.answer(output, arms), len(row.places)
        doubt = (0,) * count
        if unknown:
            doubts = arms.doubts(self._unknowns.doubt(unknown), np.array(row.places))
            doubt = _up(np.minimum(doubts, 1.0).tolist())
        return Scores(
            model_digest=self._digest,
            outcome=self._outcome,
            probability_ppm=tuple([round(p * PPM_ONE) for p in answer.probability]),
            baseline_ppm=(round(answer.baseline * PPM_ONE),) * count,
            spread_ppm=_up(answer.spread),
            doubt_ppm=doubt,
            unknown=tuple(self._inputs[i] for i in unknown),
            assumed=terms.objective.response_source if len(output[0, 0]) == 1 else "",
            features=row.packed(),
        )

    def _terms_of(self, ruleset: Ruleset) -> _Terms:
        """Made once for a ruleset; only what is needed of it is kept, so that it can be freed."""
        currency, facts, objective = ruleset.currency, ruleset.model_facts, ruleset.objective
        kept = self._terms.get(currency)
        if kept is not None and kept.facts is facts and kept.objective is objective:
            return kept
        columns = self.manifest.columns
        reading = reading_of(columns, facts, currency, ruleset.exchange)
        made = _Terms(facts, objective, reading, arms_of(columns, objective))
        self._terms[currency] = made
        if not ruleset.other_currency:
            self._check_terms(made, currency)
        return made

    def _check_terms(self, terms: _Terms, currency: str) -> None:
        """Log what the rules can't tell the model, and what they ask of it that costs."""
        self._warn(terms.reading)
        fit = least_gain_fit(least_gain_of(terms.objective, currency), self.manifest.tried)
        if fit.costs and len(self.manifest.columns.arms) > 1:
            log.warning("%s; `sconto doctor` has the lines that serve the best", fit.said)

    def _warn(self, reading: Reading) -> None:
        """Say once which inputs will always be missing: at the start, and after rules changed."""
        named = zip(self._inputs, reading.facts, strict=True)
        missing = tuple(f"shopper.{name}" for name, fact in named if not fact)
        if missing and missing != self._warned:
            log.warning(
                "the model misses %s in every request: declare them as facts of the rules",
                ", ".join(missing),
            )
        self._warned = missing

    def _run(self, row: Row, within_seconds: float) -> npt.NDArray[np.float32] | None:
        """The model's output, or None when it took too long."""
        options = onnxruntime.RunOptions()
        until = self._watchdog.start(options, within_seconds)
        try:
            outputs: list[Any] = self._session.run([OUTPUT], row.feeds(), options)
        except Exception:
            if options.terminate:
                return None
            raise
        finally:
            in_time = self._watchdog.stop(until)
        return outputs[0] if in_time else None

    def _was_late(self) -> RungCause:
        self._late += 1
        if self._late >= LATE_IN_A_ROW:
            log.warning("the model was late %d times in a row; it rests", self._late)
            self._late, self._rest = 0, REST_CALLS
        return RungCause.MODEL_LATE

    def _count(self, found: Scores | RungCause) -> None:
        if isinstance(found, Scores):
            self.counts.scored += 1
            self.counts.partly_unknown += bool(found.unknown)
        elif found is RungCause.INPUTS_UNKNOWN:
            self.counts.refused_unknown += 1


def _check(session: Any, manifest: Manifest) -> None:
    """Raise ModelUnusable when *session* is not of the shape that *manifest* says."""
    columns = manifest.columns
    widths = {"numbers": len(columns.numeric), "ids": len(columns.categorical)}
    found = {i.name: i.shape[1] for i in session.get_inputs()}
    given = session.get_outputs()[0].shape
    if found != widths or [given[0], given[2]] != [manifest.members, len(columns.arms)]:
        raise ModelUnusable("the model does not fit the columns of its manifest")


def _up(shares: Iterable[float]) -> tuple[int, ...]:
    """Probabilities in ppm, rounded up."""
    return tuple([math.ceil(share * PPM_ONE) for share in shares])
