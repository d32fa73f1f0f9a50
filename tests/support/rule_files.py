"""A copy of the retail rules that a test may change, with the legal packs that they name."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.served import RULES


def copied_rules(place: Path) -> Path:
    """The folder of retail rules below *place*, with the legal packs beside it."""
    shutil.copytree(RULES.with_name("legal"), place / "legal")
    return Path(shutil.copytree(RULES, place / RULES.name))


def rules_with_a_code(place: Path) -> Path:
    """The same, and the code PIZZA-10 opens the offer `basket`, which then needs it."""
    rules = copied_rules(place)
    (rules / "codes").mkdir()
    (rules / "codes" / "pizza.yaml").write_text(
        "kind: codes\nid: pizza\nname: Pizza\nowner: Tests\nwhy: A guide.\nvalid_from: 2026-01-01\n"
        "valid_to: 2030-01-01\ncode: PIZZA-10\noffers: [basket]\n"
    )
    return rules
