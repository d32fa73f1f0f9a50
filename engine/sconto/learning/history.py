"""Sums over what happened strictly before an instant: the only way in which features see the past.

Events are kept in one array sorted by (group, instant) with running sums beside it, so a window is
two binary searches and can't reach into the future.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_INSTANT_BITS: Final = 32
NEVER: Final = -1


class History:
    """Events of many groups in time; groups are integers in [0, 2^31), instants Unix seconds."""

    def __init__(self, group: Ints, instant: Ints, **amounts: Ints) -> None:
        """Keep one event per row; *amounts* are what can be summed, each as long as *group*."""
        keys = (group << _INSTANT_BITS) | instant
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        columns = {"events": np.ones(len(keys), dtype=np.int64), **amounts}
        self._sums = {
            name: np.concatenate(([0], np.cumsum(column[order])))
            for name, column in columns.items()
        }

    def sums(self, group: Ints, since: Ints, until: Ints) -> dict[str, Ints]:
        """For each row, every amount over since <= instant < until; `events` counts them."""
        first = self._before(group, np.maximum(since, 0))
        end = self._before(group, until)
        return {name: running[end] - running[first] for name, running in self._sums.items()}

    def last(self, group: Ints, until: Ints) -> Ints:
        """For each row, the latest instant of the group strictly before *until*, else `NEVER`."""
        return self._instant_at(group, self._before(group, until) - 1)

    def first(self, group: Ints) -> Ints:
        """For each row, the earliest instant of the group, else `NEVER`."""
        return self._instant_at(group, self._before(group, np.zeros_like(group)))

    def _before(self, group: Ints, instant: Ints) -> Ints:
        """How many events sort before (group, instant); an event at that very instant does not."""
        return np.searchsorted(self._keys, (group << _INSTANT_BITS) | instant, side="left")

    def _instant_at(self, group: Ints, position: Ints) -> Ints:
        """The instant of the event at *position*, or `NEVER` where it is another group's."""
        if not len(self._keys):
            return np.full(len(group), NEVER, dtype=np.int64)
        keys = self._keys[np.clip(position, 0, len(self._keys) - 1)]
        own = (position >= 0) & (position < len(self._keys)) & (keys >> _INSTANT_BITS == group)
        return np.where(own, keys & ((1 << _INSTANT_BITS) - 1), NEVER)
