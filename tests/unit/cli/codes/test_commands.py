"""`sconto codes`: made once, taken from others, counted, in the clear in their file alone."""

from __future__ import annotations

import csv
import stat
from contextlib import closing
from pathlib import Path

import pytest

from sconto.app.code_ref import code_ref
from sconto.bootstrap import user_key
from sconto.domain.codes import check_symbol, normalised
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from support.commands import ran
from support.tested_rules import RULED, ruleset_with_tests


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Rules with one set of codes for one use, and one shared code."""
    folder = ruleset_with_tests(tmp_path / "rules")
    (folder / "codes").mkdir()
    for name, key in (("gift", "single_use: true"), ("fresh", "code: FRESH-10")):
        text = f"kind: codes\nid: {name}\nname: A\n{RULED}{key}\noffers: [cheese]\n"
        (folder / "codes" / f"{name}.yaml").write_text(text)
    return folder


def sets_of(data: Path, codes: list[str]) -> list[str]:
    """The sets that *codes* are kept of."""
    settings = Settings(rules=Path(), data=data)
    key = user_key(settings)
    with closing(SqliteStore(settings.log_file)) as store:
        found = store.code_sets([code_ref(key, normalised(code)) for code in codes])
    return list(found.values())


def test_fresh_codes_stand_in_the_file_alone(rules: Path, tmp_path: Path) -> None:
    """16 symbols with a check symbol, all different, kept by their hashes; only the owner reads."""
    out, data = tmp_path / "gift.csv", tmp_path / "data"
    made = ran("codes", "generate", "--set", "gift", "--count", "2500", "--out", out,
               "--rules", rules, "--data", data)  # fmt: skip
    heading, *rows = csv.reader(out.read_text().splitlines())
    codes = [row[0] for row in rows]
    plain = [code.replace("-", "") for code in codes]

    printed = f"Servers on {data} know 2500 new codes of `gift`; their text stands in {out} only.\n"
    assert (0, printed) == (made.code, made.out)
    assert (["code"], 2500) == (heading, len(set(codes)))
    assert all(len(c) == 16 and c == normalised(c) for c in plain)
    assert all(check_symbol(c[:-1]) == c[-1] for c in plain)
    assert ["gift"] * 900 == sets_of(data, codes[:900])
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    kept = b"".join(path.read_bytes() for path in data.iterdir())
    assert not any(c.encode() in kept or d.encode() in kept for c, d in zip(codes, plain))  # noqa: B905
    counted = ran("codes", "status", "--data", data, "--format", "json")
    assert [{"set_id": "gift", "kept": 2500, "used": 0}] == counted.json


def test_a_file_of_codes_is_never_written_over(rules: Path, tmp_path: Path) -> None:
    """It holds the only copy."""
    out = tmp_path / "gift.csv"
    out.write_text("code\nPRECIOUS\n")
    refused = ran("codes", "generate", "--set", "gift", "--count", "1", "--out", out,
                  "--rules", rules, "--data", tmp_path / "data")  # fmt: skip

    assert (1, "code\nPRECIOUS\n") == (refused.code, out.read_text())
    assert "is there already" in refused.err


def test_foreign_codes_may_be_imported_twice(rules: Path, tmp_path: Path) -> None:
    """With a heading or without; what is kept already counts as not new."""
    data, file = tmp_path / "data", tmp_path / "partner.csv"
    words = ("codes", "import", file, "--set", "gift", "--rules", rules, "--data", data)
    file.write_text("name,Code\nAnna,partner-01\nBen,partner-02\n")
    first = ran(*words, "--format", "json")
    file.write_text("PARTNER 02\nPARTNER 03\n")
    second = ran(*words)

    assert {"set": "gift", "codes": 2, "new": 2} == first.json
    assert "2 codes for gift, 1 of them new.\n" == second.out
    assert ["gift"] * 3 == sets_of(data, ["partner01", "partner02", "partner03"])
    told = ran("codes", "status", "--data", data).out.split()
    assert ["gift", "3", "0"] == told[-3:]


@pytest.mark.parametrize("text", ["code\nGOOD-ONE\nx\n", "GOOD-ONE\na,b\n", "name\nGÜTSCHEIN\n"])
def test_of_a_file_with_a_wrong_line_nothing_is_kept(
    rules: Path, tmp_path: Path, text: str
) -> None:
    """The message names the line, and not what stands there."""
    data, file = tmp_path / "data", tmp_path / "partner.csv"
    file.write_text(text)
    refused = ran("codes", "import", file, "--set", "gift", "--rules", rules, "--data", data)

    assert 1 == refused.code
    assert "error: line " in refused.err
    assert not data.exists()


@pytest.mark.parametrize("name", ["fresh", "nothing"])
def test_codes_are_for_a_set_that_the_rules_have(rules: Path, tmp_path: Path, name: str) -> None:
    """A misspelt set would make codes that open nothing."""
    refused = ran("codes", "generate", "--set", name, "--count", "1", "--out", tmp_path / "x.csv",
                  "--rules", rules, "--data", tmp_path / "data")  # fmt: skip

    assert (1, False) == (refused.code, (tmp_path / "x.csv").exists())
    assert "known: `gift`" in refused.err
