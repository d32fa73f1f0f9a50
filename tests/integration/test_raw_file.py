"""What a stranger finds in a store's file who has the file alone, and a list of shoppers."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from pathlib import Path

from sconto.app.log_query import LogQuery
from sconto.domain.canonical import parse
from sconto.store.sqlite import SqliteStore
from sconto.v1.decision_service_pb2 import DecideRequest
from unit.api.door import SECONDS, door
from unit.api.requests import redeem, request

HASHES = ("md5", "sha1", "sha256", "blake2b")
EVERYBODY = [f"shopper-{i}" for i in range(20)]
SHOPPERS = EVERYBODY[::7]


def guesses(shopper_id: str, known: DecideRequest) -> set[bytes]:
    """What the file could hold of *shopper_id* without a key, who may have sent *known*."""
    known.shopper.shopper_id = shopper_id
    no_id = DecideRequest()
    no_id.CopyFrom(known)
    no_id.request_id = ""
    texts = {
        shopper_id.encode(),
        known.shopper.SerializeToString(),
        known.SerializeToString(deterministic=True),
        no_id.SerializeToString(deterministic=True),
    }
    found = {hashlib.new(name, text).digest() for name in HASHES for text in texts}
    return {shopper_id.encode()} | found | {one.hex().encode()[:32] for one in found}


def everything(folder: Path, store: SqliteStore | None = None) -> bytes:
    """All bytes of all files, and what the rows of *store* hold packed."""
    read = [path.read_bytes() for path in folder.iterdir()]
    for entry in store.decisions(LogQuery()) if store else ():
        answer = store.answer(f"Decide/{parse(entry.record)['request_id']}")
        read += [entry.record, answer.reply]
    return b"".join(read)


async def test_no_shopper_is_found_in_the_raw_file_by_hashing_guesses(tmp_path: Path) -> None:
    """Neither the ids nor unkeyed hashes of them, or of their requests, are anywhere in it."""
    store = SqliteStore(tmp_path / "decisions.sqlite")
    sent = [
        request(request_id=f"0d5f8ae2-3c53-4a0c-9c1f-{i:012d}", shopper={"shopper_id": who})
        for i, who in enumerate(SHOPPERS)
    ]
    async with door(store=store) as d:
        made = await asyncio.gather(*(d.decisions.Decide(one, timeout=SECONDS) for one in sent))
        await d.decisions.Redeem(redeem(made[0].decision.decision_id), timeout=SECONDS)
    raw = everything(tmp_path, store)
    store.close()
    raw += everything(tmp_path)

    tried = itertools.product(EVERYBODY, sent)
    found = {who for who, one in tried for guess in guesses(who, one) if guess in raw}
    assert set() == found
    assert sent[0].request_id.encode() in raw
