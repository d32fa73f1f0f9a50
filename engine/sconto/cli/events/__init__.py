"""`sconto events`: behaviour events of shoppers."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto events send events.json --server 127.0.0.1:8470", package=__name__, modules=("send",)
)
def events() -> None:
    """Send behaviour events to a server, so that rules can count them."""
