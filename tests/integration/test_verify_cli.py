"""`sconto verify`, `sconto witness`, `sconto log proof` and `checkpoint`, as people use them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sconto.app.transparency.checkpoint import Checkpoints
from sconto.cli.exit_codes import Exit
from sconto.store.sqlite import SqliteStore
from support.commands import Ran, ran
from support.signed_logs import add_entries, key_of, signed_log

MOST_BYTES = 2_048
"""Of a proof: the pass mark of a receipt that a reviewer can mail."""


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data folder with a signed log of 14 entries, and the log's public key in `log.pub`."""
    path = await signed_log(tmp_path / "data")
    shutil.copy(path.parent / "keys" / "log.pub", tmp_path)
    return path.parent


async def _grow(data: Path) -> None:
    with closing(SqliteStore(data / "decisions.sqlite")) as store:
        await add_entries(store, 500, 14)
        await Checkpoints(store, key_of(data / "x")).advance()


def _verify(data: Path, *more: str | Path) -> Ran:
    return ran("verify", data, "--key", data.parent / "log.pub", *more)


def test_a_sound_log_and_a_changed_one(data: Path) -> None:
    """What was proved is said in a sentence; what is wrong, line by line, with exit code 1."""
    good = _verify(data)
    assert (good.code, good.err) == (Exit.OK, "")
    assert "all 14 signed entries are as they were signed" in good.out

    with closing(sqlite3.connect(data / "decisions.sqlite", isolation_level=None)) as connection:
        connection.execute("UPDATE log SET at_us = 1 WHERE seq = 3")
    bad = _verify(data)
    assert bad.code == Exit.REFUSED
    assert bad.out == "entry 3 is not as it was written: its leaf has another `at_us`\n"
    assert _verify(data, "--format", "json").json["wrong"] == [bad.out.strip()]


def test_a_proof_is_checked_without_the_log(data: Path) -> None:
    """It is small, shows the entry, and a changed one is refused."""
    proof = data.parent / "decision.tlog-proof"
    made = ran("log", "proof", "d4", "--data", data)
    proof.write_text(made.out)
    shutil.rmtree(data)

    assert made.out.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert len(made.out) < MOST_BYTES
    checked = _verify(proof)
    assert checked.code == Exit.OK, checked.err
    assert checked.out.startswith("entry 4 of the log `shop.example/log`")
    assert '"about":"d4"' in checked.out

    lines = made.out.splitlines(keepends=True)
    for n in range(1, len(lines) - 1):
        changed = [*lines[:n], lines[n].replace("A", "B").replace("1", "2"), *lines[n + 1 :]]
        if changed != lines:
            proof.write_text("".join(changed))
            assert _verify(proof).code == Exit.REFUSED, changed[n]


async def test_a_witness_signs_what_goes_on_and_refuses_what_was_rolled_back(data: Path) -> None:
    """Its last signature is its memory, and `verify` knows it."""
    folder = data.parent
    shutil.copytree(data, folder / "yesterday")
    assert ran("witness", "keygen", "auditor.example", "--out", folder).code == Exit.OK
    state, key = folder / "shop.checkpoint", folder / "auditor.example.key"
    sign = ("witness", "sign", "-", "--state", state, "--witness-key", key,
            "--key", folder / "log.pub")  # fmt: skip

    first = ran(*sign, stdin=ran("log", "checkpoint", "--since", "0", "--data", data).out)
    assert first.code == Exit.OK, first.err
    await _grow(data)
    request = ran("log", "checkpoint", "--since", "14", "--data", data).out
    second = ran(*sign, stdin=request)
    assert second.code == Exit.OK, second.err
    assert second.out == state.read_text()
    assert second.out.splitlines()[1] == "28"

    old = ran(
        *sign, stdin=ran("log", "checkpoint", "--since", "14", "--data", folder / "yesterday").out
    )
    assert (old.code, "the last checkpoint that was signed has 28" in old.err) == (
        Exit.REFUSED,
        True,
    )
    missing_end = ran(*sign, stdin=request.rstrip("\n").replace("old 14", "old 28"))
    assert missing_end.code == Exit.REFUSED
    assert state.read_text() == second.out
    log_key = ("--witness-key", data / "keys" / "log.key")
    assert "holds no key of a witness" in ran(*sign, *log_key, stdin=request).err
    odd = ran(*sign, stdin=request.replace("old 14", "old"))
    assert (odd.code, "begins with `old`" in odd.err) == (Exit.REFUSED, True)
    forged = ran(*sign, stdin=request.replace("old 14", "old 28"))
    assert (forged.code, "rolled back, or forked" in forged.err) == (Exit.REFUSED, True)
    assert state.read_text() == second.out

    watched = ("--checkpoint", state, "--witness", folder / "auditor.example.pub")
    assert _verify(data, *watched).code == Exit.OK
    rolled_back = _verify(folder / "yesterday", *watched)
    assert rolled_back.out == "28 entries were signed, and the log ends with entry 14\n"


async def test_a_request_without_its_last_line_break_does_not_lock_a_witness_out(
    data: Path,
) -> None:
    """What was signed can be read again, and the next request is signed."""
    folder = data.parent
    ran("witness", "keygen", "auditor.example", "--out", folder)
    sign = ("witness", "sign", "-", "--state", folder / "state", "--witness-key",
            folder / "auditor.example.key", "--key", folder / "log.pub")  # fmt: skip
    skipping = ran(*sign, stdin=ran("log", "checkpoint", "--since", "9", "--data", data).out)
    assert "nothing was signed yet" in skipping.err
    first = ran("log", "checkpoint", "--since", "0", "--data", data).out
    assert ran(*sign, stdin=first.rstrip("\n")).code == Exit.OK
    await _grow(data)
    second = ran("log", "checkpoint", "--since", "14", "--data", data).out
    assert ran(*sign, stdin=second).code == Exit.OK


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("verify", "none", "--key", "log.pub"), Exit.REFUSED, "there is no log in `none`"),
        (("verify", "data", "--key", "data/keys/log.key"), Exit.REFUSED, "not a public key"),
        (("verify", "data"), Exit.USAGE, "--key"),
        (
            ("verify", "data", "--key", "log.pub", "--witness", "log.pub"),
            Exit.REFUSED,
            "`shop.example/log` is not the key of a witness",
        ),
        (("log", "proof", "d99", "--data", "data"), Exit.REFUSED, "the log has no decision `d99`"),
        (("log", "checkpoint", "--since", "99", "--data", "data"), Exit.REFUSED, "rolled back"),
        (("log", "keygen", "shop", "--out", "data/keys"), Exit.REFUSED, "is there already"),
        (("log", "keygen", "a+b", "--out", "new"), Exit.USAGE, "a name has no space and no `+`"),
        (("witness", "keygen", "a b"), Exit.USAGE, "a name has no space and no `+`"),
    ],
)
def test_mistakes_are_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: Exit, said: str
) -> None:
    """With what to do."""
    monkeypatch.chdir(data.parent)
    done = ran(*words)
    assert done.code == code, done
    assert said in done.err
