"""A checkout in Node.js, built from the contract's archive and the page about clients alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import contract_archive
from support.rule_files import rules_with_a_code
from support.served import ROOT, Served, served

NODE = Path(sys.executable).parent / "node"
PACKAGES = Path(__file__).parent / "node" / "node_modules"
PROMISES = Path(__file__).parent / "node" / "promises.test.mjs"

GUIDE = (ROOT / "docs" / "clients.md").read_text()
CLIENTS = dict(re.findall(r"^```js\n(?=// (\S+)\n)(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))
"""The files of the page, by name."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's client, its packages and the archive, and nothing of Sconto."""
    if not (NODE.exists() and PACKAGES.exists()):
        missing = "Node.js or the packages of its client are missing: run scripts/set-up dev"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = tmp_path_factory.mktemp("checkout")
    for name, text in CLIENTS.items():
        (folder / name).write_text(text)
    (folder / "node_modules").symlink_to(PACKAGES)
    archive, _ = contract_archive.write(ROOT, folder / "dist")
    with zipfile.ZipFile(archive) as unzipped:
        unzipped.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server over the retail shop, with a code."""
    rules = rules_with_a_code(tmp_path_factory.mktemp("rules"))
    with served(tmp_path_factory.mktemp("data"), rules=rules) as running:
        yield running


def run(checkout: Path, *arguments: str, server: Served) -> subprocess.CompletedProcess[str]:
    """Node with *arguments* in the folder of the client."""
    return subprocess.run(
        [NODE, *arguments],
        cwd=checkout,
        env={**os.environ, "SCONTO_SERVER": server.address},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_the_client_of_the_page_gets_a_discount_and_redeems_it(
    checkout: Path, server: Served
) -> None:
    """Copied as it stands, it prints its line's price and what the shopper must be shown."""
    ran = run(checkout, "checkout.mjs", server.address, server=server)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert re.match(r"1 \d+ \d+\n(.*\n)*This discount was chosen", ran.stdout)
    assert "RESERVATION_STATE_REDEEMED" == ran.stdout.splitlines()[-1]


def test_the_client_of_the_page_releases_what_was_not_paid(checkout: Path, server: Served) -> None:
    """The budget is free again."""
    ran = run(checkout, "checkout.mjs", server.address, "unpaid", server=server)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "RESERVATION_STATE_RELEASED" == ran.stdout.splitlines()[-1]


def test_the_page_shows_codes_a_changed_basket_and_a_return(checkout: Path, server: Served) -> None:
    """What became of each code, what each line loses, and the refund of one piece of three."""
    ran = run(checkout, "changes.mjs", server.address, server=server)

    assert (0, "") == (ran.returncode, ran.stderr)
    first, second, discount, refund = ran.stdout.splitlines()
    assert first.startswith("PIZZA 10: The code ")
    assert "guessed: There is no such code." == second
    assert re.fullmatch(r"\S+ \[ \[ '1', '\d+', \d+ \] \]", discount)
    assert re.fullmatch(r"refund \d+ \d+", refund)


def test_the_page_says_why_a_call_failed(checkout: Path, server: Served) -> None:
    """Without a server each client prints the status, and no stack trace."""
    for client in CLIENTS:
        ran = run(checkout, client, "127.0.0.1:1", server=server)

        assert re.fullmatch(r"(UNAVAILABLE|DEADLINE_EXCEEDED) .*\n", ran.stderr), ran.stderr


def test_every_promise_holds_for_a_client_in_another_language(
    checkout: Path, server: Served
) -> None:
    """Duplicates, changed bodies, typed errors, redemptions and deadlines are as in Python."""
    shutil.copy(PROMISES, checkout)

    ran = run(checkout, "--test", "--test-reporter=tap", PROMISES.name, server=server)

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert re.search(r"^# pass [1-9]\d*\n# fail 0\n(.*\n)*# skipped 0$", ran.stdout, re.MULTILINE)
