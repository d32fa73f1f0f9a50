"""Whoever looks on while calls are answered: nobody, unless metrics or traces are asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from sconto.app.made import Made


class Watch(Protocol):
    """Counts or follows calls. MUST NOT raise, nor hold up the event loop."""

    def during(self, tenant: str, method: str, context: Any) -> AbstractContextManager[Any]:
        """Encloses the work of one call; a call that ends by an error raises in it."""
        ...

    def failed(self, tenant: str, method: str, code: str) -> None:
        """Is told of each call that ends by an error, with its gRPC status code.

        *tenant* is empty where it is not known.
        """
        ...

    def decided(self, tenant: str, made: Made) -> None:
        """Is told of each decision that is about to be answered, dry runs among them."""
        ...
