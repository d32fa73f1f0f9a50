"""Requests of an industry as decision contexts, read and checked in a process of their own."""

from __future__ import annotations

import hashlib
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
class Asked:
    """What one checkout asked, and the hash of its request."""

    context: DecisionContext
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """Where requests come from: the *module* whose `baskets` reads *data*; see `Industry`."""

    module: str
    data: Path
    rules: Path
    user_key: bytes


def asked(source: Source, count: int) -> Iterator[Asked]:
    """*count* requests of *source*; when they run out they start again from the first.

    Another process reads them: polars takes Ctrl-C away from the process it is loaded in, and the
    contract is checked there while decisions are made here.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_send, args=(source, count, theirs), daemon=True)
    process.start()
    theirs.close()
    known: list[bytes] = []
    try:
        while chunk := ours.recv_bytes():
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


def _send(source: Source, count: int, theirs: Connection) -> None:
    from sconto.api.convert import decision_context  # noqa: PLC0415 - only needed there
    from sconto.rulebook.loader import load_folder  # noqa: PLC0415

    ruleset = load_folder(source.rules)
    requests = importlib.import_module(source.module).baskets(source.data, 0, count)
    chunk: list[Asked] = []
    for request in requests:
        context = decision_context(request, ruleset, source.user_key, 0)
        request.request_id = ""
        body = request.SerializeToString(deterministic=True)
        chunk.append(Asked(context, hashlib.sha256(body).digest()))
        if len(chunk) == CHUNK:
            theirs.send_bytes(pickle.dumps(chunk))
            chunk = []
    if chunk:
        theirs.send_bytes(pickle.dumps(chunk))
    theirs.send_bytes(b"")
