"""`sconto rules explain`: a request from a file, and a decision from a real log."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import Parse

from sconto.api.convert import decision_context
from sconto.app.decide import DecideCommand
from sconto.bootstrap import open_engine
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.domain.canonical import canonical, parse
from sconto.errors import Unavailable
from sconto.offline.explain import scorer_of
from sconto.scoring.manifest import read_manifest
from sconto.settings import Settings
from sconto.v1.decision_service_pb2 import DecideRequest
from support.served import MODEL, RULES

REQUEST = RULES.parents[1] / "tests/golden/cli/request.json"
AT = ["--at", "2026-11-23T12:00:00Z"]
FIXTURES = RULES.parents[1] / "tests/fixtures"
FILE = ["rules", "explain", str(REQUEST), "--rules", str(RULES), *AT]
AS_OF_US = 1_795_435_200_000_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with one decision, and the decision's id."""
    data = tmp_path_factory.mktemp("data")

    async def decided() -> str:
        with open_engine(Settings(rules=RULES, data=data)) as engine:
            ruleset = engine.policy.ruleset
            await engine.store.keep_ruleset(ruleset.digest, ruleset.documents)
            request = Parse(REQUEST.read_bytes(), DecideRequest())
            context = decision_context(request, ruleset, engine.user_key, AS_OF_US)
            command = DecideCommand("r1", "Decide/r1", b"", context, engine.policy, False)
            answer = await engine.decider.decide(command, canonical)
        found: str = parse(answer.reply)["decision_id"]
        return found

    return data, asyncio.run(decided())


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_request_is_told_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """Rules with file and line, and money that is missing to the cent."""
    assert main([*FILE, "--offer", "week-shop-tiers"]) == Exit.OK
    told = capsys.readouterr().out

    assert "2.99 USD came off by offer soft-drinks at 5 %." in told
    assert "the covered lines cost 59.88 USD, it needs 60.00 USD" in told
    assert "with 0.12 USD more in the basket (goods like line 1, SOFT DRINKS)" in told


def test_json_has_what_the_sentences_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs find the change by its kind, and the sentence beside it."""
    assert main([*FILE, "--offer", "soft-drinks", "--format", "json"]) == Exit.OK
    told = _json(capsys)

    flip = told["flips"][0]
    assert [*told] == ["ruleset", "answer", "considered", "flips", "record"]
    assert (flip["question"], flip["offer"], flip["depth"]) == ("allowed", "soft-drinks", 1500)
    assert flip["changes"][0]["kind"] == "pieces"
    assert flip["changes"][0]["after"] == 8
    assert "4 pieces fewer" in flip["sentence"]


@pytest.mark.parametrize(
    ("log", "decision_id"),
    [
        ("retail", "01a1e748-0739-7525-873f-2852c73e3bed"),
        ("ecommerce", "01a1e936-69b9-7525-873f-2852c73e3bed"),
    ],
)
def test_a_decision_by_a_model_is_told_without_the_model(
    log: str, decision_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only the model could tell is said to be that, and the rest is told."""
    shutil.copy(FIXTURES / f"record-3-{log}.sqlite", tmp_path / "decisions.sqlite")
    assert main(["rules", "explain", decision_id, "--log", str(tmp_path)]) == Exit.OK
    told = capsys.readouterr().out

    assert "- The answer is another one: only the model can tell: name its folder" in told
    assert "may be given" in told


def test_the_same_request_reads_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """No chance and no key of a machine has a say."""
    main([*FILE, "--offer", "soft-drinks"])
    first = capsys.readouterr().out
    main([*FILE, "--offer", "soft-drinks"])

    assert first == capsys.readouterr().out


def test_a_logged_decision_is_explained_with_its_own_ruleset(
    log: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The record of the log comes out again, and what would have flipped it."""
    data, decision_id = log
    command = ["rules", "explain", decision_id, "--log", str(data), "--offer", "soft-drinks"]

    assert main([*command, "--format", "json"]) == Exit.OK
    told = _json(capsys)
    assert told["record"]["decision_id"] == decision_id
    assert told["ruleset"] == told["record"]["ruleset"]
    assert main(command) == Exit.OK
    assert "it was made with" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["rules", "explain", str(REQUEST)], Exit.USAGE, "`--rules` and `--log`"),
        ([*FILE, "--offer", "none"], Exit.REFUSED, "there is no offer `none`"),
        (["rules", "explain", "x", "--log", "."], Exit.UNAVAILABLE, "there is no decision log"),
        (["rules", "explain", "x", "--log", ".", *AT], Exit.USAGE, "`--at` needs a request"),
        (["rules", "explain", __file__, "--rules", str(RULES)], Exit.REFUSED, "DecideRequest"),
    ],
)
def test_what_can_not_be_explained_says_so(
    args: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and the exit code of its kind."""
    assert main(args) == code
    assert said in capsys.readouterr().err


def test_a_decision_that_the_log_lacks_is_not_found(
    log: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown id is refused, and names itself."""
    assert main(["rules", "explain", "nobody", "--log", str(log[0])]) == Exit.REFUSED
    assert "there is no decision `nobody`" in capsys.readouterr().err


def test_another_model_than_the_one_that_scored_is_refused() -> None:
    """What would have been chosen is told by the very model of the record, or not at all."""
    digest = f"sha256:{read_manifest(MODEL).model_sha256}"

    assert scorer_of({"model": {"digest": digest}}, MODEL) is not None
    assert scorer_of({"model": {"digest": digest}}, None) is None
    with pytest.raises(Unavailable, match="is not the model that scored it"):
        scorer_of({"model": {"digest": "sha256:another"}}, MODEL)
