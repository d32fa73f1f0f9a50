"""The run: fit everything, judge everything, and put the figures together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from sconto.errors import NotFound
from sconto.learning.baselines.linear import TLogistic, is_chance
from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM
from sconto.learning.data.documents import UnitSplitDoc
from sconto.learning.data.prepare import Prepared
from sconto.learning.data.recipe import read_data_recipe
from sconto.learning.drift.features import drift, outcome_drift
from sconto.learning.evaluation.probabilities import best_threshold
from sconto.learning.evaluation.slopes import Slope, experiment_slope
from sconto.learning.examples import Examples
from sconto.learning.judge.artefact import Kept, keep_winner
from sconto.learning.judge.bootstrap_differences import BootstrapDifferences, bootstrap_differences
from sconto.learning.judge.checks import check_arms, check_outcomes
from sconto.learning.judge.code_digest import LIBRARIES
from sconto.learning.judge.figures import Figures, ModelFigures, Rows
from sconto.learning.judge.gain import UNSAID, Least, Picked, chooses_by_response, picked
from sconto.learning.judge.gates import check_gates, judge_gates
from sconto.learning.judge.jobs import Job, known_models, perform, result, suite
from sconto.learning.judge.measures import chances
from sconto.learning.judge.policies import Tried, tried, valued_policies
from sconto.learning.judge.repeat_figures import RepeatFigures, model_figures, repeat_figures
from sconto.learning.judge.repeats import Repeat, joined, repeats
from sconto.learning.networks.model import NetworkModel

_BASELINES: Final = (TLogistic.name, SLightGBM.name)
_BASELINES_OF_ONE_ARM: Final = (TLogistic.name, ResponseLightGBM.name)
"""The baselines that every other model is compared with."""
WORK: Final = "work"
_WINNER: Final = "the winner, for a server"
BY_VALUE: Final = "value less cost"
_MADE_WITH: Final = ("sconto", *LIBRARIES)

Shown = Callable[[str, int, bool], None]
"""Called with what is fitted, how many fits the run has in all, and whether that one is done."""


class NoSuchModel(NotFound):
    """A model was asked for that there is none of."""

    code = "MODEL_NOT_FOUND"
    help = "name one of those, or leave `--model` out to judge all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to judge.

    Attributes:
        recipe: Path of the data recipe.
        data: The file or folder that the user gives.
        test_data: The same of the test rows, where a recipe splits by file.
        outcome: The outcome to learn; None for the recipe's first.
        repeats: How many splits, or seeds.
        models: Only these; empty for all.
        workers: Processes that fit.
        rules: What the rules of a server ask of a gain.
    """

    recipe: Path
    data: Path | None
    test_data: Path | None
    outcome: str | None
    repeats: int
    models: tuple[str, ...]
    workers: int
    rules: Least = UNSAID


def judge(asked: Asked, out: Path, shown: Shown) -> tuple[Figures, Kept]:
    """The figures of all models, and what was kept to serve; fits that *out* holds are used again.

    Raises:
        RecipeInvalid: The recipe can't be followed, or a gate names what is not there.
        NoSuchModel: A model was asked for by a name that no model has.
        NothingToJudge: The test rows say too little.
    """
    recipe = read_data_recipe(asked.recipe)
    known = known_models(recipe.doc)
    check_models(asked.models, known)
    check_gates(recipe, known)
    run = _Run(asked, out / WORK, shown)
    for repeat in repeats(asked.recipe, asked.data, asked.test_data, asked.outcome, asked.repeats):
        run.add(repeat)
    figures = run.figures()
    return figures, run.kept(figures, out)


def check_models(asked: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Refuse a model that is not among those that are *known*.

    Raises:
        NoSuchModel: Names it, and those that there are.
    """
    for name in asked:
        if name not in known:
            listed = ", ".join(f"`{model}`" for model in known)
            raise NoSuchModel(f"there is no model `{name}`; there are {listed}")


class _Run:
    """What was found so far."""

    def __init__(self, asked: Asked, work: Path, shown: Shown) -> None:
        self._asked, self._work, self._shown = asked, work, shown
        self._seen: dict[str, list[RepeatFigures]] = {}
        self._tried: list[Tried] = []
        self._thresholds: dict[str, float] = {}
        self._first: Repeat | None = None
        self._fits = 0

    def add(self, repeat: Repeat) -> None:
        """Fit and judge all models in *repeat*."""
        first = self._first is None
        if first:
            self._begin(repeat)
        names = [*self._seen]
        fits, held = repeat.fits(names), repeat.held_fits(names)
        _check(repeat, held)
        values = repeat.value_fits()
        total = self._fits = self._total(repeat, len(fits), len(held), len(values))
        perform(
            [*held, *fits, *values.values()],
            self._work,
            self._asked.workers,
            lambda job, done: self._shown(_named(job, self._asked.repeats), total, done),
        )
        if first:
            self._thresholds = {job.model: self._threshold(job) for job in held}
        found = {job.model: self._picked(job, repeat) for job in held}
        for job in fits:
            done, threshold = result(job, self._work), self._thresholds.get(job.model)
            picked, rules = found.get(job.model), self._asked.rules
            self._seen[job.model].append(
                repeat_figures(done, repeat, threshold, picked, rules, whole=first)
            )
        if values:
            latest = {name: every[-1] for name, every in self._seen.items()}
            expected = {n: result(job, self._work).prediction.response for n, job in values.items()}
            self._tried.append(tried(repeat, latest, expected))

    def figures(self) -> Figures:
        """All of it."""
        if self._first is None:
            raise ValueError("nothing was judged")
        prepared, test = self._first.prepared, self._first.test
        doc, columns = prepared.recipe.doc, test.columns
        models = self._models(self._first)
        return Figures(
            recipe=doc.name,
            about=doc.about,
            outcome=columns.outcome,
            chance=is_chance(self._first.train.outcome),
            randomised=doc.treatment.randomised,
            arms=columns.arms,
            depths=columns.depths,
            repeats=self._asked.repeats,
            splits=isinstance(doc.split, UnitSplitDoc),
            periods={name: _rows(rows) for name, rows in prepared.examples.items()},
            features=len(columns.numeric) + len(columns.categorical),
            best_by=columns.outcome if self._first.train.value is None else BY_VALUE,
            left_out=self._left_out,
            objective=doc.objective is not None,
            references=self._references(),
            models=models,
            policies=valued_policies(self._tried, columns.arms, doc.seed),
            slope=experiment_slope_of(prepared),
            drift=(outcome_drift(self._first.train, test), *drift(self._first.train, test)),
            gates=judge_gates(prepared.recipe, columns.outcome, models),
            made=_made(prepared),
            rules=self._asked.rules,
        )

    def kept(self, figures: Figures, out: Path) -> Kept:
        """The winner, kept in *out* for a server."""
        if self._first is None:
            raise ValueError("nothing was judged")
        self._shown(_WINNER, self._fits, False)
        kept = keep_winner(figures, self._first, out, self._work)
        self._shown(_WINNER, self._fits, True)
        return kept

    def _models(self, first: Repeat) -> dict[str, ModelFigures]:
        """The figures of every model; where time splits, also over test units drawn anew."""
        doc = first.prepared.recipe.doc
        differences: Mapping[str, BootstrapDifferences] = {}
        if not isinstance(doc.split, UnitSplitDoc):
            chance = is_chance(first.train.outcome)
            differences = bootstrap_differences(
                self._seen, first.test, self._references(), doc.seed, chance=chance
            )
        return model_figures(
            self._seen, self._references(), self._networks, self._thresholds, differences
        )

    def _references(self) -> tuple[str, ...]:
        """The models that others are compared with: two baselines, and networks that others extend.

        Events are to show what they add to the first network, pretraining to its own.
        """
        networks = [name for name in self._seen if name in self._networks]
        first = networks[0] if len(networks) > 1 else None
        pretrained = [name for name in networks if f"{name} pretrained" in networks]
        arms = self._first.test.columns.arms if self._first else ()
        baselines = _BASELINES if len(arms) > 1 else _BASELINES_OF_ONE_ARM
        wanted = (*baselines, first, *pretrained)
        return tuple(dict.fromkeys(name for name in wanted if name in self._seen))

    def _begin(self, repeat: Repeat) -> None:
        """Say which models are judged, before any is fitted."""
        train, recipe = repeat.train, repeat.prepared.recipe
        models = suite(train, recipe.doc.hand_rule)
        known = tuple(model.name for model in models)
        check_models(self._asked.models, known)
        check_gates(recipe, known)
        self._first = repeat
        self._networks = {m.name for m in models if isinstance(m, NetworkModel)}
        wanted = self._asked.models or known
        self._seen = {name: [] for name in known if name in wanted}
        self._left_out = tuple(name for name in known if name not in wanted)

    def _total(self, repeat: Repeat, fits: int, held: int, values: int) -> int:
        """How many fits the whole run has, that of the winner among them."""
        if repeat.has_money:
            return 1 + self._asked.repeats * (fits + held + values)
        return 1 + (held or len(self._thresholds)) + self._asked.repeats * (fits + values)

    def _picked(self, job: Job, repeat: Repeat) -> Picked | None:
        """What rows held out say of its choices; None for who does not choose by gain."""
        if not repeat.has_money:
            return None
        done = result(job, self._work)
        if not chooses_by_response(done.prediction):
            return None
        held, rules = job.rows.test, self._asked.rules
        return picked(done.prediction, held, repeat.objective, done.spread, rules)

    def _threshold(self, job: Job) -> float:
        held = job.rows.test
        return best_threshold(held.outcome, chances(result(job, self._work).prediction, held))


def _check(repeat: Repeat, held: tuple[Job, ...]) -> None:
    check_outcomes(repeat.test, "test rows")
    if held:
        check_outcomes(held[0].rows.test, "rows that thresholds are picked on")
    if repeat.is_experiment:
        check_arms(repeat.test)


def _named(job: Job, repeats: int) -> str:
    return f"{job.model}, {job.repeat + 1} of {repeats}"


def _rows(rows: Examples) -> Rows:
    outcome = float(rows.outcome.mean(dtype=np.float64))
    return Rows(len(rows), len(np.unique(rows.unit)), outcome, rows.digest())


def experiment_slope_of(prepared: Prepared) -> Slope | None:
    """Of the outcome per unit of the price really given, in all rows there are."""
    if not prepared.list_prices:
        return None
    names = [*prepared.examples]
    parts = [prepared.examples[name] for name in names]
    listed = joined([prepared.list_prices[name] for name in names])
    return experiment_slope(
        listed * (1 - joined([rows.depth for rows in parts])),
        joined([rows.outcome for rows in parts]),
        np.concatenate([prepared.stratum[name] for name in names]),
        np.concatenate([rows.unit for rows in parts]),
    )


def _made(prepared: Prepared) -> dict[str, str]:
    recipe = hashlib.sha256(prepared.recipe.path.read_bytes()).hexdigest()
    return {"recipe": recipe, **{name: version(name) for name in _MADE_WITH}}
