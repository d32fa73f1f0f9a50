"""`sconto codes import`: codes for one use that somebody else made."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.codes.options import SET
from sconto.cli.options import DATA, FILE, FORMAT, REQUIRED_RULES, command
from sconto.cli.output import print_json, print_lines


@command("sconto codes import partner.csv --set gift --rules rules/common-offers", name="import")
@click.argument("file", type=FILE)
@SET
@REQUIRED_RULES
@DATA
@FORMAT
def import_(file: Path, set_id: str, rules: Path, data: Path, form: str) -> None:
    """Keep the codes in FILE: CSV with a column `code`, or with one column and no heading.

    Nothing is kept of a file with a line that is no code. Codes that are kept already stay as they
    are, so a file may be imported twice.
    """
    from sconto.offline.codes import import_codes

    kept = import_codes(rules, data, set_id, file)
    if form == "json":
        print_json({"set": set_id, "codes": kept.sent, "new": kept.new})
    else:
        print_lines([f"{kept.sent} codes for {set_id}, {kept.new} of them new."])
