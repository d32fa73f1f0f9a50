"""An offer that a limit of its codes ends needs no budget; one with codes for ever does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from golden_meaning import SOUND
from golden_rules import RULED, write
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding
from sconto.rulebook.lint.run import warnings_of
from sconto.rulebook.loader import lint
from sconto.rulebook.read.library import Located

OFFER = "kind: offer\nid: wine\nname: Wine\nlane: shelf\npercent_off: ['5 %']\n" + RULED
CODES = f"kind: codes\nid: {{}}\nname: Codes\n{RULED}offers: [wine]\n{{}}\n"


def _warn(ruleset: Ruleset | None, documents: Sequence[Located]) -> Sequence[RuleFinding]:
    return list(warnings_of(ruleset, documents, date(2026, 11, 25), lambda _: None))


@pytest.mark.parametrize(
    ("sets", "endless"),
    [
        ((), True),
        (("code: WINE10",), True),
        (("code: WINE10\nlimits: {per_shopper: 1}",), True),
        (("code: WINE10\nlimits: {in_all: 5}", "code: WINE20"), True),
        (("code: WINE10\nlimits: {in_all: 5}",), False),
        (("code: WINE10\nlimits: {per_month: 5}",), False),
        (("single_use: true", "code: WINE10\nlimits: {per_day: 9}"), False),
    ],
)
def test_a_limit_of_every_way_in_ends_an_offer(
    tmp_path: Path, sets: tuple[str, ...], endless: bool
) -> None:
    """Every set of codes that opens the offer must have an end for everybody together."""
    files = {f"codes/set-{i}.yaml": CODES.format(f"set-{i}", text) for i, text in enumerate(sets)}
    write(tmp_path, SOUND | {"offers/wine.yaml": OFFER} | files)

    assert endless == ("SEM-016" in {finding.code for finding in lint([tmp_path], _warn)})
