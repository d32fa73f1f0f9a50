"""`sconto codes`: codes for one use, in bulk."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto codes generate --set gift --count 100000 --out gift.csv --rules rules/common-offers",
    "sconto codes status",
    package=__name__,
    modules=("generate", "import", "status"),
)
def codes() -> None:
    """Make codes for one use, take those of others, and count them.

    A server that runs on the same data folder knows new codes at once. Only keyed hashes are kept.
    """
