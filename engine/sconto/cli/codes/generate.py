"""`sconto codes generate`: fresh codes for one use."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.codes.options import SET
from sconto.cli.options import DATA, FILE, FORMAT, REQUIRED_RULES, command, option
from sconto.cli.output import print_json, print_lines

MOST = 10_000_000


@command(
    "sconto codes generate --set gift --count 100000 --out gift.csv --rules rules/common-offers"
)
@SET
@option("--count", type=click.IntRange(1, MOST), required=True, help="How many.")
@option("--out", type=FILE, required=True, help="CSV file to write; it may not be there yet.")
@REQUIRED_RULES
@DATA
@FORMAT
def generate(set_id: str, count: int, out: Path, rules: Path, data: Path, form: str) -> None:
    """Make codes of 16 symbols, write them to a CSV file, and keep their keyed hashes.

    The file is the only place where the codes stand; only its owner can read it. The symbols are
    digits and letters without I, L, O and U; the last one tells of a misread symbol, or of two that
    changed places.
    """
    from sconto.cli.progress import progress
    from sconto.offline.codes import generate_codes

    with progress("codes", count, "codes") as advance:
        generate_codes(rules, data, set_id, count, out, advance)
    if form == "json":
        print_json({"set": set_id, "codes": count, "file": str(out)})
    else:
        codes = "1 new code" if count == 1 else f"{count} new codes"
        its = "its text stands" if count == 1 else "their text stands"
        print_lines([f"Servers on {data} know {codes} of `{set_id}`; {its} in {out} only."])
