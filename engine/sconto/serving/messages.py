"""What the process that commits and one that answers say to each other beside writes."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import dataclass
from typing import Any

from sconto.serving.initial_rules import Beginning
from sconto.settings import Settings
from sconto.store.handover import LENGTH, framed


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message to a process that shall answer calls."""

    settings: Settings
    begun: Beginning


@dataclass(frozen=True, slots=True)
class Answering:
    """The sender answers calls from now on."""


@dataclass(frozen=True, slots=True)
class CheckFiles:
    """The sender's rule files have changed; the answer is what a check says of them."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The sender can't answer calls and ends: what is wrong, and what to do about it."""

    error: str
    help: str


async def send(writer: asyncio.StreamWriter, message: object) -> None:
    """Send *message*; raises OSError when the other end is gone."""
    writer.write(framed(message))
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Any:
    """The next message; None when the other end is gone."""
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        # As in `framed`: both ends are of this server, and nobody else can open the socket.
        return pickle.loads(await reader.readexactly(length))  # noqa: S301
    except (asyncio.IncompleteReadError, OSError):
        return None
