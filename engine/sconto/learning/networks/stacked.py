"""The members of an ensemble as one network: few wide products instead of many small ones.

A request is one row, and on one row what costs is the number of operations, not their size. The
members were fitted on the same rows, so they share the scores of the numbers; their first layers
are put side by side; and an embedding is only ever multiplied by the first layer, so the products
are looked up instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from sconto.learning.networks.heads import ArmHead, MonotoneHead, Shrunk, at_least_0
from sconto.learning.networks.network import Network
from sconto.learning.networks.scaling import PLACES


class Stacked(nn.Module):
    """Numbers [n, f] and ids [n, c] to the logits of every member, [members, n, a].

    It says what the *members* say, up to rounding. They have the same shape, were fitted on the
    same rows and look at no events.
    """

    def __init__(self, members: Sequence[Network]) -> None:
        super().__init__()
        first, second = zip(*(_two_linears(member.trunk) for member in members), strict=True)
        self.members, self.hidden = len(members), first[0].out_features
        self.scores = members[0].tabular.scores
        entering = [linear.weight.T for linear in first]
        numbers = PLACES * len(self.scores.get_buffer("start"))
        self.enter = _fixed(torch.cat([weight[:numbers] for weight in entering], dim=1))
        self.bias = _fixed(torch.cat([linear.bias for linear in first]))
        self.tables = nn.ParameterList(_looked_up(members, [w[numbers:] for w in entering]))
        self.second = _Batched(second)
        self.head = _head_of([member.head for member in members])
        self.shrunk = Shrunk.together([member.shrunk for member in members])

    def forward(self, numbers: Tensor, ids: Tensor) -> Tensor:
        """Every member's logits."""
        seen = torch.addmm(self.bias, self.scores.waved(numbers), self.enter)
        for i, table in enumerate(self.tables):
            seen = seen + functional.embedding(ids[:, i], table)
        own = functional.silu(seen).reshape(-1, self.members, self.hidden).transpose(0, 1)
        logits: Tensor = self.head(functional.silu(self.second(own)))
        return logits if self.shrunk is None else self.shrunk(logits)


class _Batched(nn.Module):
    """A linear layer for each member: [members, n, in] to [members, n, out]."""

    def __init__(self, linears: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = _fixed(torch.stack([linear.weight.T for linear in linears]))
        self.bias = _fixed(torch.stack([linear.bias for linear in linears]).unsqueeze(1))

    def forward(self, seen: Tensor) -> Tensor:
        """Each member's part, by its own layer."""
        return torch.matmul(seen, self.weight) + self.bias


class _Depths(nn.Module):
    """The monotone heads of all members; the steps up to each depth are added by one product."""

    def __init__(self, heads: Sequence[MonotoneHead]) -> None:
        super().__init__()
        self.base = _Batched([head.base for head in heads])
        self.rate = _Batched([head.rate for head in heads])
        distance = heads[0].get_buffer("distance")
        arms = torch.arange(len(distance) + 1)
        self.reached = _fixed(distance[:, None] * (arms[:-1, None] < arms))

    def forward(self, seen: Tensor) -> Tensor:
        """Logits under every depth."""
        logits: Tensor = self.base(seen) + at_least_0(self.rate(seen)) @ self.reached
        return logits


class _Arms(nn.Module):
    """The heads of all arms of all members, by two products."""

    def __init__(self, heads: Sequence[ArmHead]) -> None:
        super().__init__()
        first, last = [], []
        for head in heads:
            pairs = [_two_linears(arm) for arm in head.arms]
            first.append(
                _one_linear(torch.cat([a.weight for a, _ in pairs]), [a for a, _ in pairs])
            )
            last.append(_one_linear(_apart([b.weight for _, b in pairs]), [b for _, b in pairs]))
        self.first, self.last = _Batched(first), _Batched(last)

    def forward(self, seen: Tensor) -> Tensor:
        """Logits under every arm."""
        logits: Tensor = self.last(functional.silu(self.first(seen)))
        return logits


def _head_of(heads: Sequence[nn.Module]) -> nn.Module:
    monotone = [head for head in heads if isinstance(head, MonotoneHead)]
    armed = [head for head in heads if isinstance(head, ArmHead)]
    return _Depths(monotone) if monotone else _Arms(armed)


def _looked_up(members: Sequence[Network], weights: Sequence[Tensor]) -> list[nn.Parameter]:
    """For each category a table [ids, members x hidden]: what its id adds to the first layers.

    *weights* are the parts of each member's first layer that its embeddings meet.
    """
    tables: list[list[Tensor]] = []
    for member, weight in zip(members, weights, strict=True):
        embeddings = member.tabular.embeddings
        own = [] if embeddings is None else [*embeddings.tables.parameters()]
        parts = torch.split(weight, [table.shape[1] for table in own])
        tables.append([table @ part for table, part in zip(own, parts, strict=True)])
    return [_fixed(torch.cat(together, dim=1)) for together in zip(*tables, strict=True)]


def _two_linears(layers: nn.Module) -> tuple[nn.Linear, nn.Linear]:
    first, second = (layer for layer in layers.modules() if isinstance(layer, nn.Linear))
    return first, second


def _one_linear(weight: Tensor, of: Sequence[nn.Linear]) -> nn.Linear:
    """A layer with *weight*, and the biases of the layers that it stands for."""
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(torch.cat([o.bias for o in of]))
    return layer


def _apart(rows: Sequence[Tensor]) -> Tensor:
    """Weights [1, width] of several layers as those of one, each on its own part of the input."""
    own = torch.eye(len(rows)).unsqueeze(-1) * torch.cat([*rows])
    return own.flatten(start_dim=1)


def _fixed(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values.detach().clone(), requires_grad=False)
