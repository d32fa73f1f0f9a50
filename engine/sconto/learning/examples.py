"""Training rows: what every recipe produces and every model, baseline or network, is fitted on.

n rows, f numbers, c categories, t events per row, k numbers and j categories per event, a arms.
Arrays may be memory maps, so the same code runs over rows that don't fit in memory.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sconto.learning.memory_maps import gathered, release_pages, windows
from sconto.scoring.arrays import UNKNOWN as UNKNOWN  # noqa: PLC0414 - part of this form

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Rows = slice | npt.NDArray[np.int64] | npt.NDArray[np.bool_]

EVENTS: Final = "events."
"""Before the names of the arrays of events."""

WINDOW_BYTES: Final = 32 << 20
"""Rows that `Examples.batches` shuffles together; bounds what it holds of mapped rows."""

_CHUNK: Final = 8_192
"""Rows hashed together; bounds the memory of `Examples.digest`."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the arrays of examples stand for; equal for all periods of one preparation.

    Attributes:
        numeric: Names of the numbers, [f].
        categorical: Names of the categories, [c].
        vocabularies: For each category the texts with ids 1, 2, ...; `UNKNOWN` is none of them.
        arms: Names of what could be given, [a]; the first is no offer where there is one.
        depths: Depth of each arm as a fraction of the list price, [a]; None where it has none.
        outcome: Name of the outcome.
        event_numeric: Names of the numbers of an event, [k]; empty without events.
        event_categorical: Names of the categories of an event, [j].
        event_vocabularies: Like `vocabularies`, for `event_categorical`.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    vocabularies: tuple[tuple[str, ...], ...]
    arms: tuple[str, ...]
    depths: tuple[float | None, ...]
    outcome: str
    event_numeric: tuple[str, ...] = ()
    event_categorical: tuple[str, ...] = ()
    event_vocabularies: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse names and vocabularies that don't belong together."""
        if (
            len(self.categorical) != len(self.vocabularies)
            or len(self.event_categorical) != len(self.event_vocabularies)
            or len(self.arms) != len(self.depths)
        ):
            raise ValueError("every category needs a vocabulary and every arm a depth")

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many ids each category has, `UNKNOWN` included: the rows of an embedding."""
        return tuple(len(v) + 1 for v in self.vocabularies)

    @property
    def event_sizes(self) -> tuple[int, ...]:
        """How many ids each category of an event has, `UNKNOWN` included."""
        return tuple(len(v) + 1 for v in self.event_vocabularies)

    def canonical(self) -> str:
        """These names as JSON that is the same for the same names."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The last events of each row strictly before its moment; the most recent is last.

    Attributes:
        numeric: float32 [n, t, k]; NaN where missing or masked.
        categorical: int64 [n, t, j]; ids, `UNKNOWN` where missing or masked.
        mask: bool [n, t]; True where there is an event. Padding stands in front.
    """

    numeric: Floats
    categorical: Ints
    mask: npt.NDArray[np.bool_]

    def __getitem__(self, rows: Rows) -> Events:
        """The events of those rows."""
        return Events(self.numeric[rows], self.categorical[rows], self.mask[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """n rows to learn from, each known as of its own moment.

    Attributes:
        columns: What the arrays stand for.
        numeric: float32 [n, f]; NaN where missing.
        categorical: int64 [n, c]; ids, `UNKNOWN` where missing.
        arm: int64 [n]; what was given, a position in `columns.arms`.
        depth: float32 [n]; its depth as a fraction of the list price; NaN where it has none.
        outcome: float32 [n]; 0 or 1, or an amount.
        time: int64 [n]; Unix seconds of the moment of decision; 0 where the source has no clock.
        unit: int64 [n]; who was randomised or observed: rows of one unit are not independent.
        value: float32 [n] or None; what the row brought, before its cost, in major units.
        cost: float32 [n] or None; what the offer cost, in major units.
        margin: float32 [n] or None; what the outcome would bring, before its cost, in major units.
        costs: float32 [n, a] or None; what each arm would cost us, in major units.
        propensity: float32 [n] or None; probability with which `arm` was given.
        propensities: float32 [n, a] or None; probability of every arm.
        events: The last events of each row, or None.
    """

    columns: Columns
    numeric: Floats
    categorical: Ints
    arm: Ints
    depth: Floats
    outcome: Floats
    time: Ints
    unit: Ints
    value: Floats | None = None
    cost: Floats | None = None
    margin: Floats | None = None
    costs: Floats | None = None
    propensity: Floats | None = None
    propensities: Floats | None = None
    events: Events | None = None

    def __post_init__(self) -> None:
        """Refuse arrays of another shape or type than promised."""
        rows, wanted = len(self.outcome), _shapes(self)
        for name, array in self.arrays().items():
            shape, dtype = wanted[name]
            if array.shape != (rows, *shape) or array.dtype != dtype:
                raise ValueError(
                    f"`{name}` is {array.dtype} {array.shape}, not {dtype} {(rows, *shape)}"
                )

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.outcome)

    def __getitem__(self, rows: Rows) -> Examples:
        """Those rows, in the order asked for."""
        taken = {
            f.name: getattr(self, f.name)[rows]
            for f in fields(self)
            if f.name != "columns" and getattr(self, f.name) is not None
        }
        return Examples(self.columns, **taken)

    def batches(self, size: int, seed: int | None = None) -> Iterator[Examples]:
        """All rows in batches of *size*, the last one smaller; with a *seed*, shuffled by it.

        A batch is always a copy in memory, whose rows stand in the order of this value. Rows that
        fit into `WINDOW_BYTES` are shuffled all at once; of more, one window of blocks of
        neighbours is held and shuffled at a time, and one batch in their midst may be smaller.
        The order is the same whether arrays are in memory or mapped.
        """
        draw = None if seed is None else np.random.default_rng(seed)
        for rows in windows(len(self), self._window(), size, draw):
            held = self if len(rows) == len(self) else self._gathered(rows)
            order = np.arange(len(rows)) if draw is None else draw.permutation(len(rows))
            for start in range(0, len(rows), size):
                yield held[np.sort(order[start : start + size])]
            del held

    def _window(self) -> int:
        """How many rows fit into `WINDOW_BYTES`."""
        arrays = self.arrays().values()
        row = sum(a.dtype.itemsize * math.prod(a.shape[1:]) for a in arrays)
        return max(1, WINDOW_BYTES // row)

    def _gathered(self, rows: npt.NDArray[np.int64]) -> Examples:
        """A copy of those rows in memory."""
        taken = {name: gathered(array, rows) for name, array in self.arrays().items()}
        return of_arrays(self.columns, taken)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every array that is there, by name; those of events as `events.numeric` and so on."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "columns"}
        events = own.pop("events")
        if events is not None:
            own |= {f"{EVENTS}{f.name}": getattr(events, f.name) for f in fields(events)}
        return {name: array for name, array in own.items() if array is not None}

    def digest(self) -> str:
        """SHA-256 (hex) of names and values: equal rows have equal digests on any machine."""
        digest = hashlib.sha256(self.columns.canonical().encode())
        for name, array in sorted(self.arrays().items()):
            digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
            for start in range(0, len(array), _CHUNK):
                digest.update(_canonical(array[start : start + _CHUNK]))
                release_pages(array)
        return digest.hexdigest()

    def net_value(self) -> Floats | None:
        """float32 [n]; what each row brought less what its offer cost; None without values."""
        if self.value is None or self.cost is None:
            return self.value
        return self.value - self.cost

    def as_if(self, arm: int) -> Examples:
        """The same rows as if all had been given *arm*, at its depth; all else stays."""
        rows, depth = len(self), self.columns.depths[arm]
        return replace(
            self,
            arm=np.full(rows, arm, dtype=np.int64),
            depth=np.full(rows, np.nan if depth is None else depth, dtype=np.float32),
        )


def of_arrays(columns: Columns, arrays: Mapping[str, npt.NDArray[Any]]) -> Examples:
    """The examples whose `arrays` are these."""
    own = {name: array for name, array in arrays.items() if not name.startswith(EVENTS)}
    of_events = {n.removeprefix(EVENTS): arrays[n] for n in arrays.keys() - own.keys()}
    return Examples(columns, **own, events=Events(**of_events) if of_events else None)


def _canonical(array: npt.NDArray[Any]) -> bytes:
    """The little-endian bytes of *array* with one form of NaN and of zero."""
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.float32(np.nan), array + np.float32(0))
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def _shapes(rows: Examples) -> dict[str, tuple[tuple[int, ...], npt.DTypeLike]]:
    """The shape of each array behind its rows, and its type."""
    names = rows.columns
    steps = () if rows.events is None else rows.events.mask.shape[1:]
    return {
        "numeric": ((len(names.numeric),), np.float32),
        "categorical": ((len(names.categorical),), np.int64),
        "propensities": ((len(names.arms),), np.float32),
        "costs": ((len(names.arms),), np.float32),
        "events.numeric": ((*steps, len(names.event_numeric)), np.float32),
        "events.categorical": ((*steps, len(names.event_categorical)), np.int64),
        "events.mask": (steps, np.bool_),
        **dict.fromkeys(("arm", "time", "unit"), ((), np.int64)),
        **dict.fromkeys(
            ("depth", "outcome", "value", "cost", "margin", "propensity"), ((), np.float32)
        ),
    }
