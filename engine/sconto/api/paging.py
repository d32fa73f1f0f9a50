"""Page tokens of lists (AIP-158): opaque, and good only for the filters they came from."""

from __future__ import annotations

import base64
import hashlib
import hmac
from copy import copy
from dataclasses import dataclass
from typing import Final

from sconto.api.validation import Violations
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from sconto.v1.rules_service_pb2 import ListPublicationsRequest

DEFAULT_PAGE: Final = 50
MAX_PAGE: Final = 1000

ListRequest = ListDecisionsRequest | ListPublicationsRequest

_SEQ_BYTES: Final = 8
_SEAL_BYTES: Final = 16


def page_size(request: ListRequest) -> int:
    """How many things to send: 0 means the default, too many means the most allowed."""
    return min(request.page_size or DEFAULT_PAGE, MAX_PAGE)


@dataclass(frozen=True, slots=True)
class PageTokens:
    """Makes and reads tokens, sealed with *key* (HMAC-SHA256), so that nobody can make them up."""

    key: bytes

    def token(self, request: ListRequest, before_seq: int | None) -> str:
        """The token of the page that begins before *before_seq*; empty when there is none."""
        if before_seq is None:
            return ""
        position = before_seq.to_bytes(_SEQ_BYTES)
        return base64.urlsafe_b64encode(position + self._seal(request, position)).decode()

    def before_seq(self, request: ListRequest, found: Violations) -> int | None:
        """Where the page that *request* asks for begins, or None for the first.

        A token that is not one of ours for these filters is a violation of page_token.
        """
        if not request.page_token:
            return None
        try:
            raw = base64.urlsafe_b64decode(request.page_token.encode())
        except ValueError:
            raw = b""
        position = raw[:_SEQ_BYTES]
        if not hmac.compare_digest(raw[_SEQ_BYTES:], self._seal(request, position)):
            description = "is not from a page with these very filters"
            found.add("page_token", description, "PAGE_TOKEN_INVALID")
            return None
        return int.from_bytes(position)

    def _seal(self, request: ListRequest, position: bytes) -> bytes:
        filters = copy(request)
        filters.ClearField("page_size")
        filters.ClearField("page_token")
        sealed = b"page/" + position + filters.SerializeToString(deterministic=True)
        return hmac.digest(self.key, sealed, hashlib.sha256)[:_SEAL_BYTES]
