"""Canonical JSON (RFC 8785) for all that is stored or hashed: no floats, sorted ASCII keys."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from sconto.errors import CorruptRecord

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: Any) -> bytes:
    """*value* as canonical JSON bytes.

    Byte-identical to RFC 8785 for what records hold: dicts with ASCII keys, lists, text, integers
    below 2**53 in magnitude (checked), booleans and null. Floats never belong in a record.
    """
    return orjson.dumps(value, option=_OPTIONS)


def parse(raw: bytes) -> Any:
    """The value that canonical JSON *raw* stands for; CorruptRecord when it is no JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise CorruptRecord("the stored bytes are not JSON") from error


def digest(raw: bytes) -> str:
    """SHA-256 of *raw*, as `sha256:<hex>`."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
