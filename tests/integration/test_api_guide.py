"""The client of the checkout guide is a client that works."""

import re
import subprocess
import sys
from pathlib import Path

from sconto.api.status import ROWS
from support.rule_files import rules_with_a_code
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


def test_the_guide_sends_codes_that_open_an_offer(tmp_path: Path) -> None:
    """Added to the client, the function prints what became of each code."""
    rules = rules_with_a_code(tmp_path)
    client, codes = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[:2]
    call = "        decision = ask(stub)\n"
    assert call in client
    asked = call.replace("ask(stub)", 'ask_with_codes(stub, ["pizza 1o", "guessed"])')
    client = client.replace("def main():", f"{codes}\n\ndef main():").replace(call, asked)
    with served(tmp_path / "data", rules=rules) as server:
        ran = subprocess.run(
            [sys.executable, "-c", client.replace("localhost:8470", server.address)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    first, second = ran.stdout.splitlines()[:2]
    assert first.startswith("pizza 1o: it")
    assert "there is no such code" not in first
    assert "guessed: there is no such code" == second


def test_the_guide_prints_what_could_be_had(tmp_path: Path) -> None:
    """Added to the client, the function prints how many pieces lack to the first tier."""
    client, *others = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (asking,) = [block for block in others if "near_misses" in block]
    client = client.replace("def main():", f"{asking}\n\ndef main():")
    client = client.replace("decision = ask(stub)", "decision = ask_what_could_be_had(stub)")
    with served(tmp_path, model=None) as server:
        ran = subprocess.run(
            [sys.executable, "-c", client.replace("localhost:8470", server.address)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "week-shop-tiers: 25 more of line 1\n" in ran.stdout


def test_the_return_of_the_guide_refunds_a_piece(tmp_path: Path) -> None:
    """After its client has redeemed; what it prints is the price of one of two pieces."""
    client, *others = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (back,) = [block for block in others if "ReturnRequest" in block]
    kept = client.replace(
        "stub.Redeem(", "decision_id = decision.decision_id\n        stub.Redeem("
    )
    told = "print('refund', refund.units, refund.nanos)"
    lines = [*back.splitlines(), told]
    whole = kept.replace("timeout=STEP_SECONDS)\n\n\nif", "timeout=STEP_SECONDS)\n%s\n\n\nif")
    whole %= "\n".join(f"        {line}" for line in lines)
    with served(tmp_path) as server:
        ran = subprocess.run(
            [sys.executable, "-c", whole.replace("localhost:8470", server.address)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    sold_at = re.match(r"1 (\d+) (\d+)", ran.stdout)
    refunded = re.search(r"refund (\d+) (\d+)", ran.stdout)
    assert sold_at is not None
    assert refunded is not None
    cents = [
        int(units) * 100 + int(nanos) // 10_000_000
        for units, nanos in (sold_at.groups(), refunded.groups())
    ]
    assert cents[0] // 2 == cents[1]


def test_the_guide_says_what_to_do_about_every_error() -> None:
    """Each reason that a call can fail with has its line, for whoever makes the call."""
    assert [] == [r for r in ROWS if f"| `{r}` |" not in GUIDE and f"`{r}`" not in PUBLISHING]
