"""`sconto` from end to end: a server, its callers, and the log that they leave."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
import uuid_utils

from sconto.domain.canonical import canonical
from sconto.domain.record_reading import read_record
from sconto.store.packing import packed, unpacked
from support.commands import Ran, ran
from support.served import RULES, SCONTO, served

ROOT = Path(__file__).parents[2]
REQUEST = ROOT / "tests/golden/cli/request.json"
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("SCONTO_")}


def executed(*words: str | Path, stdin: str = "") -> Ran:
    """Run the executable to its end."""
    done = subprocess.run(
        [SCONTO, *words],
        input=stdin,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Shop:
    """The address of a running server, and its data folder."""

    address: str
    data: Path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A server for the tests of this module."""
    data = tmp_path_factory.mktemp("shop") / "data"
    with served(data, model=None) as server:
        yield Shop(server.address, data)


def request(**changes: Any) -> str:
    """The example request with a fresh request_id and *changes*."""
    body = json.loads(REQUEST.read_text(encoding="utf-8"))
    return json.dumps(body | {"requestId": str(uuid_utils.uuid4())} | changes)


def decided(shop: Shop, **changes: Any) -> str:
    """The id of a decision made by *shop*."""
    reply = ran(
        "decide", "-", "--server", shop.address, "--format", "json", stdin=request(**changes)
    )
    assert (0, "") == (reply.code, reply.err)
    return str(reply.json["decision"]["decisionId"])


def test_a_decision_can_be_made_found_read_and_replayed(shop: Shop) -> None:
    """The executable, from the till to the compliance desk: the same decision, in words too."""
    till = ("decide", "-", "--server", shop.address, "--format", "json")
    reply = executed(*till, stdin=request())
    assert (0, "") == (reply.code, reply.err)
    decision_id = reply.json["decision"]["decisionId"]

    found = ("log", "list", "--data", shop.data, "--shopper", "2375", "--format", "json")
    assert decision_id in [row["decision_id"] for row in executed(*found).json["decisions"]]
    shown = executed("log", "show", decision_id, "--data", shop.data, "--replay")
    assert (0, "") == (shown.code, shown.err)
    for heading in ("Considered", "Prices", "Findings", "Budgets", "History"):
        assert f"\n{heading}" in shown.out
    assert "us-tn-cigarettes-minimum" in shown.out
    assert shown.out.endswith("Replay: deciding again gives the same bytes.\n")


def test_the_server_and_the_folder_tell_the_same(shop: Shop) -> None:
    """Whether a server is asked or the data folder is read, rows and records are the same."""
    decision_id = decided(shop)

    for args in (("log", "list"), ("log", "show", decision_id)):
        there = ran(*args, "--server", shop.address, "--format", "json")
        here = ran(*args, "--data", shop.data, "--format", "json")
        assert (0, here.json) == (there.code, there.json)


def test_the_list_can_be_narrowed(shop: Shop) -> None:
    """Filters are honoured alike by the server and by the folder."""
    decided(shop)
    never = ("--shopper", "nobody"), ("--reason", "rule_failed"), ("--to", "2020-01-01")

    for place in (("--server", shop.address), ("--data", shop.data)):
        for narrowing in never:
            none = ran("log", "list", *place, *narrowing, "--format", "json")
            assert {"decisions": [], "more": False, "next_page_token": ""} == none.json
        some = ran("log", "list", *place, "--limit", "1", "--from", "2020-01-01")
        assert 0 == some.code
        assert "1 decision" in some.out


def test_the_same_request_gets_the_same_answer(shop: Shop) -> None:
    """A repeated request_id is answered again, and another body under it is refused."""
    body = request()
    first = ran("decide", "-", "--server", shop.address, stdin=body)
    again = ran("decide", "-", "--server", shop.address, stdin=body)
    other = body.replace('"quantity": 12', '"quantity": 13')
    reused = ran("decide", "-", "--server", shop.address, stdin=other)

    said = "This is the answer given before to the same request_id.\n"
    assert (0, said + first.out) == (again.code, again.out)
    assert 1 == reused.code
    assert reused.err.startswith(
        "error: this request_id was used before for another request\nhelp:"
    )


def test_a_dry_run_leaves_nothing(shop: Shop) -> None:
    """`--dry-run` answers and records nothing."""
    before = ran("log", "list", "--data", shop.data, "--format", "json").json
    dry = ran("decide", "-", "--server", shop.address, "--dry-run", stdin=request())

    assert 0 == dry.code
    assert dry.out.startswith("A dry run: nothing was reserved and nothing was recorded.\n")
    assert before == ran("log", "list", "--data", shop.data, "--format", "json").json


def test_a_server_refuses_what_it_cannot_decide(shop: Shop) -> None:
    """The field at fault is named, the help is the server's, and the code says refused."""
    refused = ran("decide", "-", "--server", shop.address, stdin=request(jurisdiction="US-XX"))
    unknown = ran("log", "show", str(uuid_utils.uuid4()), "--server", shop.address)

    assert (1, 1) == (refused.code, unknown.code)
    assert "error: jurisdiction: " in refused.err
    assert "help: correct the named fields" in refused.err
    assert "help: check the id" in unknown.err


def test_a_decision_at_the_desk_needs_no_server(tmp_path: Path) -> None:
    """Rules from files answer as a dry run, the same facts the same way, and leave no file."""
    at = {"asOfTime": "2026-11-24T12:00:00Z"}
    replies = [
        ran("decide", "-", "--rules", RULES, "--format", "json", stdin=request(**at))
        for _ in range(2)
    ]

    assert (0, 0) == (replies[0].code, replies[1].code)
    assert replies[0].json == replies[1].json
    assert "" == replies[0].json["decision"]["decisionId"]
    assert replies[0].json["decision"]["discounts"]
    assert [] == list(tmp_path.iterdir())


def test_a_bare_request_is_refused_field_by_field() -> None:
    """An empty request names everything that is missing, and nothing of it is internal."""
    refused = ran("decide", "-", "--rules", RULES, stdin="{}")

    assert 1 == refused.code
    for field in ("shopper", "basket", "channel", "jurisdiction", "currency_code"):
        assert f"{field}: " in refused.err


def test_lint_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    """Good rules give 0; a mistake gives 1 with its position, in words and as JSON."""
    good = ran("rules", "lint", RULES)
    (tmp_path / "shop.yaml").write_text("kind: shop\nname: NO\n")
    text, form = ran("rules", "lint", tmp_path), ran("rules", "lint", tmp_path, "--format", "json")

    assert (0, "no findings\n") == (good.code, good.out)
    assert (1, 1) == (text.code, form.code)
    assert f"{tmp_path / 'shop.yaml'}:" in text.out
    keys = {"file", "line", "col", "severity", "code", "title", "message", "help", "docs"}
    assert all(keys == set(finding) for finding in form.json["findings"])
    assert form.json["findings"]


def test_rules_with_findings_are_not_served(tmp_path: Path) -> None:
    """A server never starts on less than it was told to serve."""
    refused = executed("serve", "--rules", tmp_path, "--data", tmp_path / "data", "--port", "0")

    assert 3 == refused.code
    assert "help: run `sconto rules lint`" in refused.err


def test_a_tampered_record_does_not_replay(shop: Shop, tmp_path: Path) -> None:
    """A record that was changed on disk is shown, and the replay says so and ends with 1."""
    decision_id = decided(shop)
    copy = tmp_path / "decisions.sqlite"
    with closing(connect(shop.data / copy.name)) as source, closing(connect(copy)) as target:
        source.backup(target)
        (kept,) = target.execute(
            "SELECT record FROM log WHERE decision_id = ?", (decision_id,)
        ).fetchone()
        record = unpacked(kept)
        tampered = record.replace(b'"list_price":[499', b'"list_price":[599')
        target.execute("UPDATE log SET record = ?", (packed(tampered),))
        target.commit()
    shown = ran("log", "show", decision_id, "--data", tmp_path, "--replay")
    form = ran("log", "show", decision_id, "--data", tmp_path, "--replay", "--format", "json")

    assert tampered != record
    assert (1, 1) == (shown.code, form.code)
    said = "Replay: deciding again gives OTHER BYTES than the stored ones.\n"
    assert shown.out.endswith(said)
    assert (said, f"{canonical(read_record(tampered)).decode()}\n") == (form.err, form.out)


def test_without_the_key_no_shopper_is_looked_up(shop: Shop, tmp_path: Path) -> None:
    """A lost key is an error; a fresh one would answer every question with nothing."""
    decided(shop)
    with (
        closing(connect(shop.data / "decisions.sqlite")) as source,
        closing(connect(tmp_path / "decisions.sqlite")) as target,
    ):
        source.backup(target)
    listed = ran("log", "list", "--data", tmp_path, "--shopper", "2375")

    assert 3 == listed.code
    assert "user_ref.key` is missing, so no shopper can be looked up" in listed.err
    assert not (tmp_path / "user_ref.key").exists()
