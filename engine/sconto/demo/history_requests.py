"""Requests of an industry as decision contexts, read and validated in another process."""

from __future__ import annotations

import importlib
import multiprocessing
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from sconto.domain.context import DecisionContext

CHUNK: Final = 256


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """The context of one request, and the request's hash."""

    context: DecisionContext
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """The source of requests: the *module* whose `baskets` reads *data*; see `Industry`."""

    module: str
    data: Path
    rules: Path
    user_key: bytes


def requests_of(source: Source, count: int) -> Iterator[HistoryRequest]:
    """*count* requests of *source*; when they run out they start again from the first.

    Another process reads them: polars takes Ctrl-C away from the process it is loaded in, and the
    contract is checked there while decisions are made here.
    """
    spawn = multiprocessing.get_context("spawn")
    local, remote = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_send, args=(source, count, remote), daemon=True)
    process.start()
    remote.close()
    known: list[bytes] = []
    try:
        while chunk := local.recv_bytes():
            known.append(chunk)
            yield from pickle.loads(chunk)  # noqa: S301 - from our own process
        made = sum(len(pickle.loads(chunk)) for chunk in known)  # noqa: S301
        for i in range(count - made):
            if i % made == 0:
                again = (one for chunk in known for one in pickle.loads(chunk))  # noqa: S301
            yield next(again)
    finally:
        process.terminate()
        process.join()


def _send(source: Source, count: int, remote: Connection) -> None:
    from sconto.api.convert import decision_context  # noqa: PLC0415 - only needed there
    from sconto.api.replies import request_hash  # noqa: PLC0415
    from sconto.rulebook.loader import load_folder  # noqa: PLC0415

    ruleset = load_folder(source.rules)
    requests = importlib.import_module(source.module).baskets(source.data, 0, count)
    chunk: list[HistoryRequest] = []
    for request in requests:
        context = decision_context(request, ruleset, source.user_key, 0)
        request.request_id = ""
        chunk.append(HistoryRequest(context, request_hash(request, source.user_key)))
        if len(chunk) == CHUNK:
            remote.send_bytes(pickle.dumps(chunk))
            chunk = []
    if chunk:
        remote.send_bytes(pickle.dumps(chunk))
    remote.send_bytes(b"")
