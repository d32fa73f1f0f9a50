"""The same request_id with the same body gets the same answer; with another body it is refused."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import NamedTuple

from sconto.app.made import Made
from sconto.app.ports import Store, StoredAnswer
from sconto.errors import PublicationRefused, RequestIdReused, WrongState


class Answer(NamedTuple):
    """The reply's bytes, and whether they were given before."""

    reply: bytes
    replayed: bool
    made: Made | None = None
    """How the decision was made that it answers, unless that was before."""


def earlier_answer(store: Store, request_key: str, request_hash: bytes) -> bytes | None:
    """The reply given before to this request, or None when it is new.

    Raises RequestIdReused when its request_id was used for another body.
    """
    stored = store.answer(request_key)
    return None if stored is None else same_request(stored, request_hash)


def same_request(stored: StoredAnswer, request_hash: bytes) -> bytes:
    """The stored reply, if it answered this very body; raises RequestIdReused otherwise."""
    if stored.request_hash != request_hash:
        raise RequestIdReused("this request_id was used before for another request")
    return stored.reply


async def unless_answered(
    store: Store, request_key: str, request_hash: bytes, made: Awaitable[Answer]
) -> Answer:
    """The answer *made*; when that is refused, the one given meanwhile to this very request.

    A request that was sent twice may be refused for what it has done itself a moment before.
    """
    try:
        return await made
    except (WrongState, PublicationRefused):
        earlier = await store.read(lambda: earlier_answer(store, request_key, request_hash))
        if earlier is None:
            raise
        return Answer(earlier, replayed=True)
