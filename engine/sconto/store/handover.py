"""Writes handed to the one process that commits, over a socket that both ends inherited."""

from __future__ import annotations

import pickle
import selectors
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

from sconto.errors import StoreUnavailable
from sconto.store.committer import Writer
from sconto.store.writes import Write

LENGTH: Final = struct.Struct("!I")
"""What a message begins with: how many bytes follow."""
_CHUNK: Final = 1 << 20
SEND_SECONDS: Final = 5.0
"""A process that does not read its outcomes for so long is given up: others wait behind it."""


class Handover:
    """A Writer that hands its writes over, one message at a time, and waits for the outcomes.

    Writes that come while a message is under way travel together in the next one.
    """

    def __init__(self, joined: socket.socket) -> None:
        self._socket = joined

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """See Writer. Raises StoreUnavailable when the other end is gone."""
        try:
            self._socket.sendall(framed(writes))
            (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
            outcomes: list[Any] = pickle.loads(self._exactly(length))  # noqa: S301 - see framed
        except (OSError, EOFError) as error:
            raise StoreUnavailable("the process that commits is gone") from error
        return outcomes

    def rest(self) -> None:
        """See Writer; the other end looks after its database."""

    def close(self) -> None:
        """See Writer."""
        self._socket.close()

    def _exactly(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            if not (more := self._socket.recv(length - len(data))):
                raise EOFError
            data += more
        return bytes(data)


@dataclass(slots=True)
class _Peer:
    """One process that hands writes over, and what has come of its next message."""

    socket: socket.socket
    data: bytearray = field(default_factory=bytearray)

    def message(self) -> list[Write] | None:
        """The writes of a message that has come whole."""
        if len(self.data) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self.data)
        end = LENGTH.size + length
        if len(self.data) < end:
            return None
        writes: list[Write] = pickle.loads(self.data[LENGTH.size : end])  # noqa: S301 - see framed
        del self.data[:end]
        return writes


class Hub:
    """Has *writer* commit what other processes hand over: all messages that wait go together.

    *ended* resolves when its thread has ended, with what ended it if that was a fault; every
    process that joined then finds its socket closed.
    """

    def __init__(self, writer: Writer) -> None:
        self.ended: Future[None] = Future()
        self._writer = writer
        self._selector = selectors.DefaultSelector()
        self._stop, self._told_to_end = socket.socketpair()
        self._selector.register(self._told_to_end, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._work, name="sconto-hub", daemon=True)
        self._thread.start()

    def join(self) -> socket.socket:
        """A new process's end of a socket; the Handover that gets it is heard from now on."""
        ours, theirs = socket.socketpair()
        self.hear(ours)
        return theirs

    def hear(self, ours: socket.socket) -> None:
        """Hear from now on the Handover at the other end of *ours*."""
        ours.settimeout(SEND_SECONDS)
        self._selector.register(ours, selectors.EVENT_READ, _Peer(ours))

    def close(self) -> None:
        """Commit what has come, then close the writer; safe to call twice."""
        self._stop.close()
        self._thread.join()

    def _work(self) -> None:
        try:
            while self._serve():
                pass
            self.ended.set_result(None)
        except BaseException as error:  # noqa: BLE001 - reported, so that the service ends by it
            self.ended.set_exception(error)
        finally:
            for key in list(self._selector.get_map().values()):
                if key.data:
                    self._part(key.data)
            self._told_to_end.close()
            self._selector.close()
            self._writer.close()

    def _serve(self) -> bool:
        """Commit what has come, waiting for something; false when told to end."""
        ready = [key.data for key, _ in self._selector.select()]
        messages = [(peer, writes) for peer in ready if peer for writes in self._received(peer)]
        if messages:
            outcomes = self._writer.commit([w for _, writes in messages for w in writes])
            for peer, writes in messages:
                self._answer(peer, outcomes[: len(writes)])
                del outcomes[: len(writes)]
            self._writer.rest()
        return None not in ready

    def _received(self, peer: _Peer) -> Iterator[list[Write]]:
        try:
            data = peer.socket.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self._part(peer)
            return
        peer.data += data
        if (writes := peer.message()) is not None:
            yield writes

    def _answer(self, peer: _Peer, outcomes: Sequence[Any]) -> None:
        try:
            peer.socket.sendall(framed(outcomes))
        except OSError:
            self._part(peer)

    def _part(self, peer: _Peer) -> None:
        # Half a message was never a write; its caller was not answered.
        self._selector.unregister(peer.socket)
        peer.socket.close()


def framed(values: object) -> bytes:
    """*values* as one message between processes of the same server."""
    # Pickle runs code that it is sent, so it may only come from ourselves: both ends of the socket
    # were made in one process and inherited, and nobody else can open it.
    data = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data
