"""The keyed hash that stands for a shopper in the decision log."""

from __future__ import annotations

import hmac


def user_ref(key: bytes, shopper_id: str) -> str:
    """HMAC-SHA256 (RFC 2104) of *shopper_id* under *key*, as 32 hex digits.

    The log can be searched by shopper without holding the shopper's id; who lacks the key can't
    guess their way back to it.
    """
    return hmac.digest(key, shopper_id.encode(), "sha256").hex()[:32]
