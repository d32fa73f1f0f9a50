"""`sconto rules`: write, check, test and publish rules."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto rules lint rules/retail",
    package=__name__,
    modules=(
        "lint",
        "diff",
        "explain",
        "fmt",
        "schema",
        "test",
        "backtest",
        "keygen",
        "publish",
        "approve",
        "rollback",
        "status",
        "publications",
    ),
)
def rules() -> None:
    """Check rule files before they are served, and publish them to running servers."""
