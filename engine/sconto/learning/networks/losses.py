"""What a network is taught by: its answer for what was given, held against what came of it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from sconto.learning.examples import Examples
from sconto.learning.networks.network import Answer, Fitting
from sconto.scoring.arrays import ascending


def loss_of(answer: Answer, rows: Examples, how: Fitting, unit: Tensor) -> Tensor:
    """The mean loss of *rows*, in float32: outcome, and what else the network answers with.

    *unit* is that of `Answer.value`. Its loss is the squared error, whose best answer is the mean:
    most rows bring nothing, so another loss would learn that none does.
    """
    device = answer.logits.device
    arm = torch.from_numpy(rows.arm).to(device)
    outcome = torch.from_numpy(rows.outcome).to(device)
    logit = logit_given(answer.logits.float(), rows)
    loss = functional.binary_cross_entropy_with_logits(logit, outcome)
    if answer.given is not None:
        loss = loss + how.given_weight * functional.cross_entropy(answer.given.float(), arm)
    if answer.value is not None and (net := rows.net_value()) is not None:
        own = answer.value.gather(1, arm[:, None])[:, 0].float()
        wanted = torch.from_numpy(net).to(device) / unit
        loss = loss + how.value_weight * functional.mse_loss(own, wanted)
    return loss


def logit_given(logits: Tensor, rows: Examples) -> Tensor:
    """The logit [n] of what each row was really given, from those of all arms [n, a].

    Where arms are depths, it is read off the line between the two arms around the row's own depth:
    what lies between arms teaches both. Outside the arms' depths the curve is flat, as in serving.
    """
    depths, device = ascending(rows.columns.depths), logits.device
    if depths is None:
        return logits.gather(1, torch.from_numpy(rows.arm).to(device)[:, None])[:, 0]
    knots = torch.tensor(depths, device=device)
    depth = torch.clamp(torch.from_numpy(rows.depth).to(device), knots[0], knots[-1])
    right = torch.clamp(torch.searchsorted(knots, depth), 1, len(depths) - 1)
    share = (depth - knots[right - 1]) / (knots[right] - knots[right - 1])
    below = logits.gather(1, right[:, None] - 1)[:, 0]
    above = logits.gather(1, right[:, None])[:, 0]
    return below + share * (above - below)
