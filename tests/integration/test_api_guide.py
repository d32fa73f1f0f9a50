"""The client of the checkout guide is a client that works, and so is each function beside it."""

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sconto.api.status import ROWS
from support.rule_files import rules_with_a_code
from support.served import ROOT, Served, served

GUIDE = (ROOT / "docs" / "checkout.md").read_text()
CLIENT, *FUNCTIONS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
PUBLISHING = (ROOT / "docs" / "publishing.md").read_text()
"""The guide for those who call RulesService, which no checkout does."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server that the guide starts."""
    with served(tmp_path_factory.mktemp("data"), http=True) as started:
        yield started


def printed(server: Served, program: str) -> str:
    """What *program* prints at *server*."""
    ran = subprocess.run(
        [sys.executable, "-c", program.replace("localhost:8470", server.address)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (0, "") == (ran.returncode, ran.stderr)
    return ran.stdout


def printed_by(server: Served, lines: str) -> str:
    """What *lines* print, with a `stub` and every function of the guide."""
    library = "\n\n".join([CLIENT.partition("if __name__")[0], *FUNCTIONS])
    calls = textwrap.indent(textwrap.dedent(lines), "    ")
    channel = 'with grpc.insecure_channel("localhost:8470") as channel:\n'
    return printed(
        server, f"{library}\n\n{channel}    stub = DecisionServiceStub(channel)\n{calls}"
    )


def test_the_client_of_the_guide_gets_a_discount_and_redeems_it(server: Served) -> None:
    """Copied as it stands, it prints its line's price and what the shopper must be shown."""
    out = printed(server, CLIENT)

    assert re.match(r"1 \d+ \d+\n(.*\n)*This discount was chosen", out)


def test_the_guide_sends_codes_that_open_an_offer(tmp_path: Path) -> None:
    """The function prints what became of each code."""
    with served(tmp_path / "data", rules=rules_with_a_code(tmp_path)) as server:
        out = printed_by(server, 'ask_with_codes(stub, ["pizza 1o", "guessed"])')
        unknown = printed_by(server, 'ask_with_codes(stub, ["guessed"])').partition(": ")[2]

    first, second = (line.partition(": ") for line in out.splitlines())
    assert ("pizza 1o", "guessed") == (first[0], second[0])
    assert unknown.strip() == second[2] != first[2]


def test_the_guide_goes_on_without_codes_when_too_many_were_unknown(tmp_path: Path) -> None:
    """The eleventh is refused, with the seconds to wait; a decision is there all the same."""
    with served(tmp_path) as server:
        out = printed_by(
            server,
            """
            ask_with_codes(stub, [f"guess{n}" for n in range(10)])
            decision = ask_with_codes(stub, ["guessed"])
            print(bool(decision.discounts))
            """,
        )

    refused, wait, given = out.splitlines()[-3:]
    assert refused.startswith("TOO_MANY_UNKNOWN_CODES ")
    assert re.fullmatch(r"codes can be tried again in [1-9]\d? s", wait)
    assert "True" == given


def test_the_guide_prints_what_is_wrong_with_a_request(server: Served) -> None:
    """The reason, which the table of the guide has, and each field."""
    out = printed_by(
        server,
        """
        try:
            stub.Decide(basket_request("no-uuid"), timeout=DECIDE_SECONDS)
        except grpc.RpcError as error:
            report(error)
        """,
    )

    assert re.match(r"request_id .+\nINVALID_REQUEST ", out)


def test_the_guide_prints_what_could_be_had(tmp_path: Path) -> None:
    """The function prints how many pieces lack to the first tier."""
    with served(tmp_path, model=None) as server:
        out = printed_by(server, "ask_what_could_be_had(stub)")

    assert "week-shop-tiers: 25 more of line 1\n" in out


def test_the_guide_tries_out_codes_languages_and_another_currency(tmp_path: Path) -> None:
    """The second server of the guide prints what the guide says, in German and in pounds."""
    calls = re.findall(r"`(ask_in_pounds\(.*\))`.*\n\n```text\n([^`]*)```", GUIDE)
    with served(tmp_path, rules=ROOT / "rules" / "common-offers", model=None) as server:
        printed_there = [printed_by(server, call) for call, _ in calls]

    assert [shown for _, shown in calls] == printed_there
    assert 2 == len(calls)


def test_the_guide_prices_a_page(server: Served) -> None:
    """One price for each basket, in their order; nothing is reserved."""
    out = printed_by(server, "ask_for_page(stub, [1, 3])")

    one, three = (re.fullmatch(r"1 (\d+) \d+", line) for line in out.splitlines())
    assert one is not None
    assert three is not None
    assert int(one[1]) < int(three[1])


def test_the_guide_follows_a_basket_to_its_return(server: Served) -> None:
    """Replaced, refused with another quantity, redeemed as sold, and a third is refunded."""
    out = printed_by(
        server,
        """
        decision = change(stub, ask(stub).decision_id, 3)
        redeem_as_sold(stub, decision, {"1": 2})
        redeem_as_sold(stub, decision, {"1": 3})
        paid = decision.line_prices[0].final_price
        refund = take_back(stub, decision.decision_id, {"1": 1})
        for money in (paid, refund):
            print(money.units * 100 + money.nanos // 10_000_000)
        """,
    )

    refused, paid, refund = out.splitlines()
    assert refused.startswith("BASKET_CHANGED ")
    assert int(paid) // 3 == int(refund)


def test_the_request_of_the_guide_gets_a_discount_over_http(server: Served) -> None:
    """Copied as it stands, it says all that the client in Python says."""
    (body,) = re.findall(r"```json\n(\{\"requestId.*?)```", GUIDE, re.DOTALL)
    http = HTTPConnection("127.0.0.1", server.http_port, timeout=30)
    path = "/sconto.v1.DecisionService/Decide"
    http.request("POST", path, body, {"content-type": "application/json"})
    decision = json.load(http.getresponse())["decision"]
    http.close()

    assert decision["discounts"]


def test_the_guide_says_what_to_do_about_every_error() -> None:
    """Each reason that a call can fail with has its line, for whoever makes the call."""
    assert [] == [r for r in ROWS if f"| `{r}` |" not in GUIDE and f"`{r}`" not in PUBLISHING]
