"""What the process that commits and one that answers say to each other beside writes."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sconto.app.reload import Refused
from sconto.serving.initial_rules import Beginning
from sconto.settings import Settings, TenantSettings
from sconto.store.handover import LENGTH, framed


@dataclass(frozen=True, slots=True)
class Start:
    """The first message to a process that shall answer calls."""

    settings: Settings
    tenants: Mapping[str, TenantSettings]


@dataclass(frozen=True, slots=True)
class HowToBegin:
    """The sender wants to open *tenant*; the answer is a Begin."""

    tenant: str


@dataclass(frozen=True, slots=True)
class Begin:
    """What *tenant* begins with, or why it can't be served."""

    tenant: str
    begun: Beginning | Failed


@dataclass(frozen=True, slots=True)
class Answering:
    """The sender answers calls from now on."""


@dataclass(frozen=True, slots=True)
class CheckFiles:
    """The rule files of *tenant* have changed; the answer is a Checked."""

    tenant: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check says of the rule files of *tenant*."""

    tenant: str
    result: bytes | Refused


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
