"""What a network learns of inputs that it is not shown, and what the manifest says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sconto.learning.examples import UNKNOWN, Examples
from sconto.learning.networks.encoders import Embeddings
from sconto.learning.networks.fit import fit, new_network, probabilities
from sconto.learning.networks.knowledge import MARGIN, MOST_CAUTION, doubts, hidden, knowledge_of
from sconto.learning.networks.network import Batch, Fitting, Network, Shape, with_hidden
from unit.learning.networks.rows import rows

SHAPE = Shape(hidden=8, dropout=0.0)


def members_for(train: Examples, seeds: tuple[int, ...] = (1, 2)) -> list[Network]:
    """Networks that learnt for a moment."""
    how = Fitting(epochs=3, batch=64, rate=1e-2)
    return [fit(new_network(train, SHAPE, s), train, how, s).network for s in seeds]


def known(n: int, depths: tuple[float | None, ...] = (0.0, 0.1, 0.2, 0.4)) -> Examples:
    """*n* rows with nothing missing."""
    made = rows(n, depths=depths)
    return replace(
        made,
        numeric=np.nan_to_num(made.numeric, nan=7.0),
        categorical=np.maximum(made.categorical, 1),
    )


def test_the_unknown_begins_in_the_midst_of_the_known() -> None:
    """An id that training never met must not stand somewhere that nobody chose."""
    torch.manual_seed(1)
    weights = Embeddings((9, 1)).weights(0)

    assert torch.allclose(weights[1:].mean(dim=0), weights[UNKNOWN])


def test_a_share_of_the_inputs_is_hidden_and_most_rows_keep_all() -> None:
    """Numbers become missing and categories unknown; nothing else changes, and 0 hides nothing."""
    torch.manual_seed(1)
    whole = Batch(torch.ones(4_000, 6), torch.ones(4_000, 4, dtype=torch.int64))
    found = with_hidden(whole, 0.05)
    lost = torch.cat([found.numeric.isnan(), found.categorical == UNKNOWN], dim=1)

    assert 0.04 < lost.float().mean() < 0.06
    assert 0.88 < (~lost.any(dim=1)).float().mean() < 0.92
    assert torch.equal(found.numeric.nan_to_num(1.0), whole.numeric)
    assert with_hidden(whole, 0.0) is whole


def test_hiding_teaches_what_is_not_known() -> None:
    """Of somebody unknown the network says about what happens on average, not anything."""
    train, how = known(2_000, (0.0, None)), Fitting(epochs=12, batch=64, rate=1e-2)
    blank = hidden(train, np.ones((len(train), 4), dtype=bool))
    off = []
    for hide in (0.0, 0.1):
        network = new_network(train, SHAPE, 1)
        fitted = fit(network, train, replace(how, hide=hide), 1).network
        said = probabilities(fitted, blank)[np.arange(len(train)), train.arm].mean()
        off.append(abs(said - train.outcome.mean()))

    assert off[1] < 0.02
    assert off[1] < off[0]


def test_ranges_and_shares_are_those_of_the_training_rows() -> None:
    """A number that is never there has no range, and all of it is unknown."""
    train = rows(200)
    train.numeric[:, 1] = np.nan
    found = knowledge_of(members_for(train, (1,)), train, 0.25)

    own = train.numeric[:, 0]
    assert (np.nanmin(own), np.nanmax(own)) == found.ranges[0]
    assert found.ranges[1] is None
    assert [np.isnan(own).mean(), 1.0] == list(found.unknown_share[:2])
    assert (train.categorical == UNKNOWN).mean() == found.unknown_share[3]
    assert 0.25 == found.most_unknown


@pytest.mark.parametrize("depths", [(0.0, 0.1, 0.4), (0.0, None), (None,)])
def test_no_row_gains_more_by_hiding_than_is_doubted(depths: tuple[float | None, ...]) -> None:
    """For every training row and input, with any caution up to the most."""
    train = known(150, depths)
    members = members_for(train, (1, 2, 3))
    found = doubts(members, train)

    def lowered(of: Examples, caution: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        said = np.stack([probabilities(member, of) for member in members])
        uplift = said - said[:, :, :1] if len(depths) > 1 else 1 - said
        return np.asarray(uplift.mean(axis=0) - caution * uplift.std(axis=0))

    for caution in (0.0, 0.7, MOST_CAUTION):
        before = lowered(train, caution)
        for i in range(4):
            which = np.tile(np.arange(4) == i, (len(train), 1))
            raised = lowered(hidden(train, which), caution) - before
            assert (raised <= found[i] + 1e-12).all()
    if len(depths) > 1:
        assert (found[:, 0] == 0).all()
        assert (found[:, 1:] >= MARGIN).all()
