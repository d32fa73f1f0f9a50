"""A trained ensemble becomes a folder that the server takes, and says there what it said here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

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
from sconto.scoring.manifest import read_manifest
from sconto.scoring.scorer import OnnxScorer
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


def prepared_of(folder: Path, train: Examples, **changed: Any) -> Prepared:
    """What the corner shop's recipe makes, had it made *train*, with *changed* parts."""
    objective = {"outcome": "return"}
    return replace(
        prepare(shop(folder, lambda r: r.update({"objective": objective, **changed}))),
        examples={"train": replace(train, columns=replace(train.columns, outcome="visit"))},
    )


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
    prepared = prepared_of(tmp_path, train, serving={"most_unknown": "1"})
    folder = write_servable(tmp_path / "model", members, prepared, "v1")
    expected = np.mean([probabilities(member, train) for member in members], axis=0)
    scorer = OnnxScorer(folder, limit_seconds=5.0)
    for row in range(0, 80, 8):
        assert pytest.approx(expected[row] * PPM_ONE, abs=1.1) == scored(scorer, train, row)
    scorer.close()

    manifest = read_manifest(folder)
    assert (1, 7, 64) == manifest.parity.batch_sizes
    assert manifest.parity.largest_difference <= 1e-5
    digests = {"train": prepared.examples["train"].digest()}
    assert digests == manifest.made_from.examples_sha256
    assert ("corner", "return", 1.0) == (
        manifest.name,
        manifest.outcome_kind,
        manifest.knowledge.most_unknown,
    )
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
    ruleset = replace(builders.ruleset(offer), facts=declared)
    found = scorer.score(context, candidates_for(context, ruleset), ruleset)
    assert isinstance(found, Scores)
    return [found.baseline_ppm[0], *found.probability_ppm]


def test_what_can_not_be_served_is_not_written(tmp_path: Path) -> None:
    """An amount, events, or nobody said what the outcome means: refused, and nothing is left."""
    train, out = rows(64), tmp_path / "model"
    prepared = prepared_of(tmp_path, train)
    silent = prepared_of(tmp_path, train, objective=None)
    other = replace(prepared, examples={"train": train})
    amounts = replace(train, outcome=train.outcome * 2.5)
    over_events = members_for(train, replace(SHAPE, events="gru"))

    with pytest.raises(NotServable, match="has no `objective`"):
        write_servable(out, members_for(train), silent, "v1")
    with pytest.raises(NotServable, match="about `visit`, not `bought`"):
        write_servable(out, members_for(train), other, "v1")
    with pytest.raises(NotServable, match="`visit` is an amount"):
        write_servable(out, members_for(train), prepared_of(tmp_path, amounts), "v1")
    with pytest.raises(NotServable, match="last events"):
        write_servable(out, over_events, prepared, "v1")
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
