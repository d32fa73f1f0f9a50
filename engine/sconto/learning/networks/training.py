"""Training in a folder: checkpoints after each epoch, then what was learnt, and from what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from sconto.errors import ScontoError
from sconto.learning.examples import Examples
from sconto.learning.networks.fit import Running, Watch, weights_digest
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.pretrain import Pretraining
from sconto.learning.networks.process_group import ProcessGroup

CHECKPOINTS: Final = "checkpoints"
RUN_FILE: Final = "run.json"
TRAINING_FILE: Final = "training.json"


class AnotherRun(ScontoError):
    """The folder holds checkpoints of another run: other rows, network, settings or seed."""

    code = "ANOTHER_RUN"
    help = "name another folder with `--out`, or begin anew with `--fresh`"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run made, as `training.json` keeps it.

    Attributes:
        model: Name of the network.
        rows: How many rows it learnt from.
        rows_sha256: Their digest.
        seed: Of weights, batches and dropout.
        device: `cpu` or `cuda`.
        processes: How many learnt together.
        torch: The version of torch.
        losses: Of each member, the mean training loss of each epoch.
        held_losses: The same of the rows held out; empty of members without any.
        own_effects: How far effects of each row's own are believed, in [0, 1]; None where they are
            left as they were learnt.
        weights_sha256: Digest of all weights; the same for the same run on the same machine.
    """

    model: str
    rows: int
    rows_sha256: str
    seed: int
    device: str
    processes: int
    torch: str
    losses: tuple[tuple[float, ...], ...]
    held_losses: tuple[tuple[float, ...], ...]
    own_effects: float | None
    weights_sha256: str

    @property
    def loss(self) -> float:
        """The last training loss, on average over the members."""
        return sum(own[-1] for own in self.losses) / len(self.losses)

    @property
    def held_loss(self) -> float | None:
        """The loss of the kept weights on the rows held out, on average; None without any."""
        if not all(self.held_losses):
            return None
        return sum(min(own) for own in self.held_losses) / len(self.held_losses)


def train(
    model: NetworkModel,
    rows: Examples,
    seed: int,
    folder: Path,
    group: ProcessGroup,
    watch: Callable[[int], Watch],
    *,
    fresh: bool = False,
) -> Trained:
    """Train *model* on *rows* in *folder*, going on where a run before was stopped.

    With *fresh* nothing of an earlier run is kept. *watch* gives what receives the progress of a
    member, numbered from 0. Afterwards the model can predict, and `training.json` holds the run.

    Raises:
        AnotherRun: The checkpoints in *folder* are not of this run.
    """
    # Sums are taken in the same order every time, and processes don't get into each other's way.
    torch.set_num_threads(1)
    checkpoints, digest = folder / CHECKPOINTS, rows.digest()
    if group.rank == 0:
        _begin(checkpoints, _run(model, digest, seed), fresh=fresh)
    group.wait()
    model.fit(
        rows,
        None,
        seed,
        lambda member: Running(checkpoints / f"member-{member}", watch(member), group),
    )
    trained = Trained(
        model=model.name,
        rows=len(rows),
        rows_sha256=digest,
        seed=seed,
        device=group.device.type,
        processes=group.size,
        torch=torch.__version__,
        losses=tuple(model.losses),
        held_losses=tuple(model.held_losses),
        own_effects=model.kept,
        weights_sha256=weights_digest(model.members),
    )
    if group.rank == 0:
        _write(folder / TRAINING_FILE, asdict(trained))
    return trained


def _run(model: NetworkModel, digest: str, seed: int) -> dict[str, Any]:
    """All that weights depend on."""
    described = {
        "rows_sha256": digest,
        "seed": seed,
        "shape": asdict(model.shape),
        "how": asdict(model.how),
        "start": _start(model),
    }
    plain: dict[str, Any] = json.loads(json.dumps(described))
    return plain


def _start(model: NetworkModel) -> dict[str, Any] | str | None:
    """With what the encoder of events begins: nothing, its teaching, or its weights."""
    if model.start is None:
        return None
    if isinstance(model.start, Pretraining):
        return asdict(model.start)
    return weights_digest([model.start])


def _begin(checkpoints: Path, run: dict[str, Any], *, fresh: bool) -> None:
    """Make sure that *checkpoints* are those of *run*, or none."""
    if fresh:
        shutil.rmtree(checkpoints, ignore_errors=True)
    path = checkpoints / RUN_FILE
    if path.exists():
        before = json.loads(path.read_bytes())
        if other := [part for part in run if before.get(part) != run[part]]:
            raise AnotherRun(
                f"the checkpoints in `{checkpoints}` are of another run: {', '.join(other)} differ"
            )
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    _write(path, run)


def _write(path: Path, value: dict[str, Any]) -> None:
    """*value* as JSON at *path*, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
