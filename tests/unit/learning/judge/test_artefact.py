"""Which network is kept for a server."""

from __future__ import annotations

from dataclasses import replace

from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.figures import ModelFigures
from sconto.learning.judge.repeat_figures import spread
from sconto.learning.judge.winner import gives_nobody, winner
from unit.learning.judge.judged import DNN, some_figures


def network(value: float, log_loss: float, *, by_gain: bool = True) -> ModelFigures:
    """A network with those figures."""
    one = some_figures().models[DNN]
    figures = {**one.figures, "value_by_gain": spread([value]), "log_loss": spread([log_loss])}
    return replace(one, figures=figures, least=one.least if by_gain else ())


def test_money_decides_among_those_that_choose_as_a_server_does() -> None:
    """The best choice by gain must win, also over one that chooses by a value of its own."""
    models = {
        "t logistic": some_figures().models["t logistic"],
        "poor": network(1.0, 0.1),
        "rich": network(2.0, 0.3),
        "by value": network(3.0, 0.2, by_gain=False),
    }

    assert ("rich", "of the networks, its choice by gain brings most") == winner(models)


def test_without_money_log_loss_decides() -> None:
    """Where nobody chooses by gain the lowest log loss must win, and without networks nobody."""
    models = {"one": network(1, 0.3, by_gain=False), "other": network(1, 0.2, by_gain=False)}

    assert ("other", "its log loss is lowest") == winner(models)
    assert None is winner({"t logistic": some_figures().models["t logistic"]})


def test_a_winner_that_gives_nobody_anything_is_known() -> None:
    """Only a choice that brings exactly what giving nothing brings gives nobody anything."""
    figures = some_figures()
    own = figures.policies["value"]
    name = f"{DNN} by gain"
    same = replace(own.values[name], gains={own.none: Interval(0.0, 0.0, 0.0)})
    nobody = {"value": replace(own, values={name: same})}

    assert gives_nobody(replace(figures, policies=nobody), DNN)
    assert not gives_nobody(figures, DNN)
    assert not gives_nobody(replace(figures, policies={}), DNN)
