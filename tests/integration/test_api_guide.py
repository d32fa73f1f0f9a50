"""The client of the checkout guide is a client that works."""

import re
import subprocess
import sys
from pathlib import Path

from sconto.api.status import ROWS
from support.served import ROOT, served

GUIDE = (ROOT / "docs" / "checkout.md").read_text()
PUBLISHING = (ROOT / "docs" / "publishing.md").read_text()
"""The guide for those who call RulesService, which no checkout does."""


def test_the_client_of_the_guide_gets_a_discount_and_redeems_it(tmp_path: Path) -> None:
    """Copied as it stands, it prints its line's price and what the shopper must be shown."""
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    with served(tmp_path) as server:
        client = found[1].replace("localhost:8470", server.address)
        ran = subprocess.run(
            [sys.executable, "-c", client], capture_output=True, text=True, check=False, timeout=60
        )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert re.match(r"1 \d+ \d+\n(.*\n)*This discount was chosen", ran.stdout)


def test_the_guide_says_what_to_do_about_every_error() -> None:
    """Each reason that a call can fail with has its line, for whoever makes the call."""
    assert [] == [r for r in ROWS if f"| `{r}` |" not in GUIDE and f"`{r}`" not in PUBLISHING]
