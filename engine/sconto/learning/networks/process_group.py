"""Processes that train one network: each on its share of every batch, all with equal weights.

They are started by torchrun; without it there is one process, and nothing here costs anything. The
work is torch's DistributedDataParallel (Li et al., PyTorch Distributed, VLDB 2020), by gloo on
processors and nccl on graphics cards. It takes the mean over processes of their gradients; shares
of a batch may differ by a row, so each loss is weighted by its share, and what comes out is the
gradient of the whole batch's mean.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sconto.errors import ScontoError
from sconto.learning.examples import Examples
from sconto.learning.networks.network import CPU

Device = Literal["auto", "cpu", "cuda"]


class ProcessGroupFailed(ScontoError):
    """A process of the group ended or failed, and the others can't go on without it."""

    code = "PROCESS_GROUP_FAILED"
    help = "read the messages of the other processes; the same command goes on from the last epoch"


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """This process among those that train together.

    Attributes:
        rank: Its number, from 0; only 0 writes files and shows progress.
        size: How many there are.
        device: Where it computes.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    def share(self, rows: Examples) -> tuple[Examples, float]:
        """This process's part of a batch, and the weight of its mean loss in the group's mean.

        A process without a row of its own takes the first row with weight 0: all must take part.
        """
        if self.size == 1:
            return rows, 1.0
        mine = rows[self.rank :: self.size]
        return (mine, len(mine) * self.size / len(rows)) if len(mine) else (rows[:1], 0.0)

    def joined(self, module: nn.Module) -> nn.Module:
        """*module* with gradients averaged over the group, and the weights of rank 0."""
        if not dist.is_initialized():
            return module
        return DistributedDataParallel(module, static_graph=True)

    def mean(self, value: Tensor) -> float:
        """The mean of every process's *value*."""
        if self.size > 1:
            dist.all_reduce(value)
        return float(value) / self.size

    def wait(self) -> None:
        """Wait until every process of the group has called this."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def process_group(device: Device = "auto") -> Iterator[ProcessGroup]:
    """The group that torchrun started, or this process alone, on *device*.

    A graphics card is taken if there is one, and is never needed; each process of a machine takes
    another one.

    Raises:
        ProcessGroupFailed: A process of several ended or failed.
    """
    cuda = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    if not dist.is_torchelastic_launched():
        yield ProcessGroup(device=torch.device("cuda", 0) if cuda else CPU)
        return
    # Optimizers import this at their first step. Imported after the group is made, it keeps the
    # group's threads alive for ever; these then abort, now and then, a process that has ended well.
    importlib.import_module("torch._dynamo")
    place = torch.device("cuda", dist.get_node_local_rank()) if cuda else CPU
    if cuda:
        torch.cuda.set_device(place)
    dist.init_process_group("nccl" if cuda else "gloo", device_id=place if cuda else None)
    try:
        yield ProcessGroup(dist.get_rank(), dist.get_world_size(), place)
    # What gloo raises when a connection breaks has no class of its own.
    except RuntimeError as error:
        raise ProcessGroupFailed(f"training together failed: {error}") from error
    finally:
        dist.destroy_process_group()
