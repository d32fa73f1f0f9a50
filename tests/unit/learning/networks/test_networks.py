"""Networks: what holds by construction, that they learn, and that they can stop and go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import cos, nn, sin

from sconto.learning.examples import Examples
from sconto.learning.networks.encoders import SequenceKind
from sconto.learning.networks.fit import Running, fit, new_network, probabilities, values
from sconto.learning.networks.heads import MonotoneHead, head_of
from sconto.learning.networks.losses import logit_given
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape, batch_of
from sconto.learning.networks.pretrain import (
    FROZEN,
    Pretraining,
    pretrain,
    transplanted,
    with_encoder,
)
from sconto.learning.networks.scaling import NormalScores
from sconto.learning.networks.suite import fitting, networks
from unit.learning.networks.rows import DEPTHS, rows

KINDS: tuple[SequenceKind, ...] = ("gru", "cnn", "transformer")
SMALL = Shape(hidden=8, dropout=0.1, event_width=8)


def weights(network: nn.Module) -> dict[str, list[float]]:
    """Every weight by name."""
    return {n: p.flatten().tolist() for n, p in network.state_dict().items()}


def small(kind: SequenceKind | None = None) -> Shape:
    """A small shape that looks at events, or not."""
    return Shape(hidden=8, dropout=0.1, events=kind, event_width=8)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), scale=st.floats(0, 100), n=st.integers(1, 20))
def test_a_deeper_discount_is_never_answered_with_less(seed: int, scale: float, n: int) -> None:
    """Whatever the weights and whoever asks: by construction, not by what was learnt."""
    asked = rows(n, seed)
    network = new_network(rows(40), small(), seed)
    with torch.no_grad():
        for weight in network.head.parameters():
            weight.copy_(torch.randn_like(weight) * scale)

    assert (np.diff(probabilities(network, asked), axis=1) >= 0).all()


def test_depths_in_another_order_are_refused_or_have_heads_of_their_own() -> None:
    """Only ascending depths can promise an order; arms without depth share nothing but a trunk."""
    with pytest.raises(ValueError, match="ascend"):
        MonotoneHead(4, (0.2, 0.1))
    assert isinstance(head_of(4, DEPTHS, 8), MonotoneHead)
    assert not isinstance(head_of(4, (0.0, None, None), 8), MonotoneHead)
    assert not isinstance(head_of(4, (None,), 8), MonotoneHead)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_every_kind_of_network_learns(kind: SequenceKind | None) -> None:
    """The loss falls from epoch to epoch's end, and everybody is answered, without events too."""
    train = rows(300)
    fitted = fit(new_network(train, small(kind), 1), train, Fitting(epochs=8, batch=64), 1)
    said = probabilities(fitted.network, rows(50, 2))

    assert fitted.losses[-1] < fitted.losses[0]
    assert (50, 4) == said.shape
    assert np.isfinite(said).all()


def test_the_same_seed_gives_the_same_weights() -> None:
    """Twice the same, and another seed another network."""
    train, how = rows(120), Fitting(epochs=2, batch=32)
    one, two, other = (
        weights(fit(new_network(train, SMALL, s), train, how, s).network) for s in (1, 1, 2)
    )

    assert one == two
    assert one != other


def test_a_fit_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """Stopped after two of five epochs and gone on from its checkpoint: the weights of one run."""
    train, how = rows(120), Fitting(epochs=5, batch=32)
    whole = fit(new_network(train, SMALL, 1), train, how, 1)
    fit(new_network(train, SMALL, 1), train, how, 1, Running(tmp_path, until=2))
    resumed = fit(new_network(train, SMALL, 9), train, how, 1, Running(tmp_path))

    assert weights(whole.network) == weights(resumed.network)
    assert whole.losses == resumed.losses


def test_what_follows_can_not_change_what_a_recurrent_network_saw_before() -> None:
    """The vector of an event depends on it and on those before it."""
    network = new_network(rows(40), small("gru"), 1)
    assert network.events is not None
    numbers, ids = torch.rand(1, 5, 2), torch.ones(1, 5, 1, dtype=torch.int64)
    mask = torch.ones(1, 5, dtype=torch.bool)
    before = network.events.steps(numbers, ids, mask)
    numbers[0, 4] += 1
    after = network.events.steps(numbers, ids, mask)

    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.equal(before[:, 4], after[:, 4])


@pytest.mark.parametrize("kind", KINDS)
def test_pretraining_learns_from_events_alone(kind: SequenceKind) -> None:
    """Losses fall without any outcome; a frozen encoder keeps its weights, a free one does not."""
    train = rows(200)
    blank = Examples(
        **{f: getattr(train, f) for f in Examples.__slots__ if f != "outcome"},
        outcome=np.zeros(200, dtype=np.float32),
    )
    found, same = (
        pretrain(train, small(kind), 1, Pretraining(epochs=6)),
        pretrain(blank, small(kind), 1, Pretraining(epochs=6)),
    )
    taught = weights(found.encoder)

    assert taught == weights(same.encoder)
    assert found.hidden[-1] < found.hidden[0]
    for frozen in (FROZEN, ()):
        network = with_encoder(found.encoder)(new_network(train, small(kind), 2))
        fitted = fit(network, train, Fitting(epochs=1, batch=64, frozen=frozen), 2).network
        assert fitted.events is not None
        assert (taught == weights(fitted.events)) == bool(frozen)


def test_an_ensemble_says_how_unsure_it_is() -> None:
    """Its answer is the mean of the members, and its disagreement their spread."""
    train, asked = rows(150), rows(20, 3)
    model = NetworkModel("small", SMALL, Fitting(epochs=1, members=3, batch=64))
    model.fit(train, None, 1)
    said = model.responses(asked)

    assert (3, 20, 4) == said.shape
    assert np.allclose(said.mean(axis=0), model.predict(asked).response)
    assert np.allclose(said.std(axis=0), model.disagreement(asked))
    assert (model.disagreement(asked) > 0).all()


def test_a_value_and_who_was_given_what_are_answered_beside_the_outcome() -> None:
    """Both heads answer for every arm, and the value is never negative."""
    train = rows(100)
    shape = Shape(hidden=8, value=True, given=True)
    network = fit(new_network(train, shape, 1), train, Fitting(epochs=1), 1).network
    answer = network(batch_of(train, events=False))

    assert answer.value is not None
    assert answer.given is not None
    assert (100, 4) == tuple(answer.value.shape) == tuple(answer.given.shape)
    assert (answer.value >= 0).all()


def test_scores_are_normal_and_flat_beyond_what_was_seen() -> None:
    """Whatever the units, training values get mean 0 and deviation 1; extremes stay bounded."""
    draw = np.random.default_rng(1)
    numbers = np.stack([draw.lognormal(3, 2, 4_000), np.full(4_000, 7.0)], axis=1)
    scores = NormalScores(2)
    scores.fit(numbers.astype(np.float32))
    said = scores(torch.from_numpy(numbers).float())[:, 0]

    assert abs(float(said.mean())) < 0.05
    assert abs(float(said.std()) - 1) < 0.05
    wild = torch.tensor([[1e9, 7.0], [-1e9, 7.0], [float("nan"), 9.0]])
    high, low, missing = scores(wild)[:, 0].tolist()
    assert 2.5 < high < 3.5
    assert -3.5 < low < -2.5
    assert 0.0 == missing
    assert [0, 0, 1] == scores(wild)[:, 2].tolist()


def test_a_number_has_waves_of_its_score() -> None:
    """Beside scores and marks stand sine and cosine of each score, and of twice it."""
    scores = NormalScores(2)
    numbers = np.random.default_rng(1).lognormal(3, 2, (400, 2)).astype(np.float32)
    scores.fit(numbers)
    asked = torch.from_numpy(numbers)
    plain, said = scores(asked), scores.waved(asked)
    waves = [wave(times * plain[:, [i]]) for i in (0, 1) for times in (1, 2) for wave in (sin, cos)]

    assert torch.allclose(said, torch.cat([plain, *waves], dim=1), atol=1e-5)


def test_few_rows_of_many_numbers_have_no_waves() -> None:
    """What they would add is learnt by heart: 200 rows are wanted for each number."""
    numbers = np.random.default_rng(1).normal(size=(400, 2)).astype(np.float32)
    said = []
    for rows_there in (399, 400):
        scores = NormalScores(2)
        scores.fit(numbers[:rows_there])
        said.append(scores.waved(torch.from_numpy(numbers)))

    assert [0, 8] == [int((one[:, 4:] != 0).any(dim=0).sum()) for one in said]
    assert said[0].shape == said[1].shape


def test_a_depth_between_two_arms_teaches_both() -> None:
    """The logit of what was given lies on the line between its neighbours, flat outside."""
    given = np.array([0.05, 0.3, 0.9, -0.1], dtype=np.float32)
    four = replace(rows(4), depth=given)
    logits = torch.tensor([[0.0, 1.0, 2.0, 4.0]]).repeat(4, 1)

    assert [0.5, 3.0, 4.0, 0.0] == pytest.approx(logit_given(logits, four).tolist())


def test_arms_without_depths_are_taught_by_their_own_rows() -> None:
    """The logit of what was given is that of the arm."""
    two = rows(2, depths=(0.0, None))

    assert two.arm.tolist() == logit_given(torch.tensor([[0.0, 1.0]]).repeat(2, 1), two).tolist()


def test_the_suite_has_what_can_learn_from_the_rows() -> None:
    """Events bring sequences, a choice of arms who was given what, a value a choice by it."""
    some = rows(2)
    columns = replace(some.columns, event_categorical=(), event_vocabularies=())
    eventless = replace(some, columns=columns, events=None)
    one = rows(2, depths=(0.0,))

    assert ["dnn", "dragonnet", "dnn by value"] == [m.name for m in networks(eventless)]
    assert ["dnn", "dragonnet"] == [m.name for m in networks(replace(eventless, value=None))]
    over_events = ["gru", "cnn", "transformer", "gru pretrained"]
    assert ["dnn", *over_events] == [m.name for m in networks(one)]


def test_a_frozen_pretrained_encoder_stays_as_it_was() -> None:
    """Its weights are those that pretraining gave; an unfrozen one's are not."""
    train, how = rows(64), Fitting(epochs=1, members=1)
    shape = small("gru")
    before = pretrain(train, shape, 3, Pretraining(epochs=1)).encoder.enter.weight

    def after(*, frozen: bool) -> torch.Tensor:
        kept = replace(how, frozen=FROZEN if frozen else ())
        model = NetworkModel("x", shape, kept, Pretraining(epochs=1))
        model.fit(train, None, 3)
        assert model.members[0].events is not None
        return model.members[0].events.enter.weight

    assert torch.equal(before, after(frozen=True))
    assert not torch.equal(before, after(frozen=False))


def test_a_transplanted_encoder_keeps_what_names_mean() -> None:
    """A category stands for the same in another order; one never seen is like the unknown."""
    one = rows(64)
    taught = pretrain(one, small("gru"), 3, Pretraining(epochs=1)).encoder
    other = replace(one.columns, event_vocabularies=(("s", "new", "p", "q"),))

    moved = transplanted(taught, one.columns, other).embeddings.weights(0)

    assert torch.equal(taught.embeddings.weights(0)[[0, 4, 0, 1, 2]], moved)
    assert torch.equal(taught.enter.weight, transplanted(taught, one.columns, other).enter.weight)


def test_an_encoder_of_other_events_is_refused() -> None:
    """Numbers of another name can't be read by what was learnt of these."""
    one = rows(8)
    taught = pretrain(one, small("gru"), 3, Pretraining(epochs=1)).encoder

    with pytest.raises(ValueError, match="same numbers"):
        transplanted(taught, one.columns, replace(one.columns, event_numeric=("a", "b")))


def test_what_rows_bring_decides_where_a_network_says_it() -> None:
    """Of two arms alike in outcome the one that brings more must be chosen, at its true worth."""
    some = rows(600, depths=(0.0, None))
    brings = np.where(some.arm == 1, 30, 10).astype(np.float32)
    train = replace(some, value=some.outcome * brings, cost=np.full(600, 2, dtype=np.float32))
    model = NetworkModel(
        "x",
        Shape(hidden=8, dropout=0, value=True),
        Fitting(epochs=30, members=1, value_weight=1, batch=32, rate=1e-2),
    )
    model.fit(train, None, 1)

    worth = values(model.members[0], train)

    assert 1 == np.median(model.predict(train).choice)
    for arm in (0, 1):
        own = train.arm == arm
        mean = float((train.value - 2)[own].mean())  # type: ignore[operator]
        # Rows bring up to 28: a mean near 0 is told no closer than that.
        assert mean == pytest.approx(worth[own, arm].mean(), rel=0.2, abs=0.3)


@given(rows_there=st.integers(1, 10**9))
def test_more_rows_are_learnt_faster_within_bounds(rows_there: int) -> None:
    """Rate and batch never fall with more rows, and stay where networks still learn."""
    some, more = fitting(rows_there), fitting(rows_there + rows_there // 10 + 1)

    assert 2e-3 <= some.rate <= more.rate <= 5e-3
    assert 32 <= some.batch <= more.batch <= 8_192


def test_how_networks_learn_follows_from_how_many_rows_there_are() -> None:
    """The ends of the rule are those that the guide tells."""
    fewest, few, many = fitting(300), fitting(3_780), fitting(1_000_000)

    assert (2e-3, 32) == (fewest.rate, fewest.batch)
    assert (2e-3, 256) == (few.rate, few.batch)
    assert (5e-3, 2_500) == (many.rate, many.batch)


@settings(deadline=None, max_examples=50)
@given(
    known=st.lists(st.integers(-3, 3) | st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
    asked=st.lists(st.floats(-1e7, 1e7, width=32), min_size=1, max_size=20),
)
def test_scores_in_training_are_those_in_the_graph(known: list[float], asked: list[float]) -> None:
    """Searching a number's piece and summing all pieces must agree, ties and all."""
    scores = NormalScores(1)
    scores.fit(np.array(known, dtype=np.float32)[:, None])
    numbers = torch.tensor([*asked, *known], dtype=torch.float32)[:, None]

    assert scores._searched(numbers).flatten().tolist() == pytest.approx(
        scores._summed(numbers).flatten().tolist(), abs=1e-5
    )
