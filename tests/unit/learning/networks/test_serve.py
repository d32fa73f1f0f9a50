"""A trained ensemble becomes a folder that the server takes, and says there what it said here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sconto.domain.money import PPM_ONE
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import FactSpec, FactType
from sconto.domain.scores import Scores
from sconto.learning.data.prepare import Prepared, prepare
from sconto.learning.examples import Examples
from sconto.learning.networks.export import to_onnx
from sconto.learning.networks.fit import new_network, probabilities
from sconto.learning.networks.network import Network, Shape, batch_of
from sconto.learning.networks.serve import NotServable, write_servable
from sconto.learning.networks.stacked import Stacked
from sconto.scoring.scorer import OnnxScorer
from sconto.scoring.manifest import read_manifest
from support import builders
from unit.learning.data.shops import shop
from unit.learning.networks.rows import DEPTHS, rows

SHAPE = Shape(hidden=8, event_width=8)


def members_for(train: Examples, shape: Shape = SHAPE) -> list[Network]:
    """Three networks that nobody taught, whose weights are far from each other."""
    members = [new_network(train, shape, seed).eval() for seed in (1, 2, 3)]
    with torch.no_grad():
        for member in members:
            for weight in (*member.trunk.parameters(), *member.head.parameters()):
                weight.add_(torch.randn_like(weight) * 0.5)
    return members


def without_ids(train: Examples) -> Examples:
    """The same rows without categories."""
    columns = replace(train.columns, categorical=(), vocabularies=())
    return replace(train, columns=columns, categorical=train.categorical[:, :0])


def prepared_of(folder: Path, train: Examples) -> Prepared:
    """What the corner shop's recipe makes, had it made *train*."""
    return replace(prepare(shop(folder)), examples={"train": train})


@pytest.mark.parametrize(
    "train",
    [rows(50), rows(50, depths=(0.0, None, None)), without_ids(rows(50))],
    ids=["depths", "arms", "no categories"],
)
@pytest.mark.parametrize("more", [False, True], ids=["plain", "with more heads"])
def test_stacked_members_say_what_each_says(train: Examples, *, more: bool) -> None:
    """Putting layers side by side and looking products up changes nothing but the last bits."""
    members = members_for(train, replace(SHAPE, value=more, given=more))
    batch = batch_of(train, events=False)
    with torch.no_grad():
        stacked = Stacked(members)(batch.numeric, batch.categorical)
        alone = torch.stack([member(batch).logits for member in members])

    assert torch.allclose(alone, stacked, atol=1e-5)
    assert (alone[0] - alone[1]).abs().max() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("train", [rows(80), without_ids(rows(80))], ids=["all", "no categories"])
def test_what_is_written_scores_as_the_networks_predict(tmp_path: Path, train: Examples) -> None:
    """From a request's facts to millionths: at each arm what the report judged, to one of them."""
    members = members_for(train)
    folder = write_servable(
        tmp_path / "model", members, prepared_of(tmp_path, train), "corner", "v1"
    )
    expected = np.mean([probabilities(member, train) for member in members], axis=0)
    scorer = OnnxScorer(folder, limit_seconds=5.0)
    for row in range(0, 80, 8):
        assert pytest.approx(expected[row] * PPM_ONE, abs=1.1) == scored(scorer, train, row)
    scorer.close()

    manifest = read_manifest(folder)
    assert (1, 7, 64) == manifest.parity.batch_sizes
    assert manifest.parity.largest_difference <= 1e-5
    assert {"train": train.digest()} == manifest.made_from.examples_sha256
    assert str(Path.cwd()).encode() not in (folder / "model.onnx").read_bytes()


def scored(scorer: OnnxScorer, train: Examples, row: int) -> list[int]:
    """Millionths under every depth, for the facts of one row."""
    names = train.columns
    facts: dict[str, int | str] = {
        f"shopper.{name}": round(float(value) * 1e6)
        for name, value in zip(names.numeric, train.numeric[row], strict=True)
        if np.isfinite(value)
    }
    declared = {f"shopper.{n}": FactSpec(n, FactType.DECIMAL, places=6) for n in names.numeric}
    for name, listed, i in zip(
        names.categorical, names.vocabularies, train.categorical[row], strict=True
    ):
        facts[f"shopper.{name}"] = ("never seen", *listed)[i]
        declared[f"shopper.{name}"] = FactSpec(name, FactType.TEXT)
    context = replace(builders.context(), shopper=facts)
    offer = builders.offer("cheese", *(round(depth * 10_000) for depth in DEPTHS[1:]))
    candidates = candidates_for(context, builders.ruleset(offer))
    found = scorer.score(context, candidates, declared)
    assert isinstance(found, Scores)
    return [found.baseline_ppm[0], *found.purchase_ppm]


def test_what_can_not_be_served_is_not_written(tmp_path: Path) -> None:
    """One arm, an amount, or a network over events: refused with the reason; nothing is left."""
    train, out = rows(64), tmp_path / "model"
    prepared = prepared_of(tmp_path, train)
    single = rows(64, depths=(None,))
    amounts = replace(train, outcome=train.outcome * 2.5)
    over_events = members_for(train, replace(SHAPE, events="gru"))

    with pytest.raises(NotServable, match="one arm, `arm0`"):
        write_servable(out, members_for(single), prepared_of(tmp_path, single), "x", "v1")
    with pytest.raises(NotServable, match="`bought` is an amount"):
        write_servable(out, members_for(train), prepared_of(tmp_path, amounts), "x", "v1")
    with pytest.raises(NotServable, match="last events"):
        write_servable(out, over_events, prepared, "x", "v1")
    assert not out.exists()


@pytest.mark.slow
def test_an_export_has_few_operations() -> None:
    """Members together cost about as many operations as one: on one row nothing else counts."""
    train = rows(64)
    count = [
        len(onnx.load_model_from_string(to_onnx(members, train).model).graph.node)
        for members in (members_for(train)[:1], members_for(train))
    ]

    assert count[0] == count[1] < 50
