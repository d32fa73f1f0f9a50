"""How a repeated request is recognised."""

from __future__ import annotations

from sconto.api.replies import request_hash, request_key
from unit.api.requests import KEY, REQUEST_ID, request


def test_a_request_is_the_same_with_its_id_in_any_case() -> None:
    """A UUID may be written in either case (RFC 9562); anything else makes another body."""
    sent, again = request(), request(request_id=REQUEST_ID.upper())

    assert request_key(sent) == request_key(again)
    assert request_hash(sent, KEY) == request_hash(again, KEY)
    assert again.request_id == REQUEST_ID.upper()
    assert request_hash(sent, KEY) != request_hash(request(channel="app"), KEY)
    assert request_hash(sent, KEY) != request_hash(sent, KEY[:-1])
