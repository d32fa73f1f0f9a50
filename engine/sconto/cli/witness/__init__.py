"""`sconto witness`: watch a log of somebody else."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto witness keygen auditor.example --out keys",
    "sconto log checkpoint --since 0 | sconto witness sign - --state shop.checkpoint \\\n"
    "      --witness-key keys/auditor.example.key --key log.pub",
    package=__name__,
    modules=("keygen", "sign"),
)
def witness() -> None:
    """Sign the checkpoints of a log, and refuse one that was rolled back or forked."""
