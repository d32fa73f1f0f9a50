"""Two people at their desks: from a folder of rules to a running server, and back."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.rulebook.loader import load_folder
from sconto.store.packing import packed, unpacked
from support.rule_files import copied_rules
from support.served import served

WHO = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")


def git(folder: Path, *words: str) -> str:
    """What git says in *folder*."""
    done = subprocess.run(
        ["git", *WHO, *words], cwd=folder, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class Desk:
    """A terminal, with a folder of rules in git, and keys of anna, ben and cara."""

    place: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def rules(self) -> Path:
        """The folder of rules."""
        return self.place / "work" / "retail"

    def run(self, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, output and errors of one command."""
        self.capsys.readouterr()
        code = main(list(map(str, words)))
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str | Path) -> Any:
        """What a command that must work prints for programs."""
        code, out, err = self.run(*words, "--format", "json")
        assert Exit.OK == code, err
        return json.loads(out)

    def key(self, name: str) -> Path:
        """The key of *name*."""
        return self.place / "keys" / f"{name}.pem"

    def change(self, old: str, new: str) -> None:
        """Change one offer, and commit it."""
        offer = self.rules / "offers" / "cheese.yaml"
        offer.write_text(offer.read_text().replace(old, new, 1))
        git(self.rules, "commit", "-qam", "changed")


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A desk whose people are known to whoever reads `people.yaml`."""
    (tmp_path / "work").mkdir()
    made = Desk(tmp_path, capsys)
    rules = copied_rules(tmp_path / "work")
    git(rules.parent, "init", "-q")
    git(rules.parent, "add", ".")
    git(rules.parent, "commit", "-qm", "first")
    roles = {"anna": "author", "ben": "approver", "cara": "emergency"}
    people = "kind: people\npeople:\n"
    for name, role in roles.items():
        key = made.json("rules", "keygen", name, "--out", tmp_path / "keys")["public_key"]
        people += f'  - name: {name}\n    roles: [{role}]\n    public_key: "{key}"\n'
    (tmp_path / "people.yaml").write_text(people)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.slow
def test_a_day_of_two_people(desk: Desk) -> None:
    """Signed, approved, published, looked at, rolled back; the log proves all of it."""
    data, start = desk.place / "data", copied_rules(desk.place)
    first = load_folder(start).digest
    desk.change("name: ", "name: New ")
    publish = ("rules", "publish", desk.rules, "--key", desk.key("anna"), "--why", "New cheese")
    with served(data, rules=start, model=None, people=desk.place / "people.yaml") as server:
        there = ("--server", server.address)
        made = desk.json(*publish)
        bundle = desk.place / made["bundle"]
        early = desk.run("rules", "publish", bundle, *there)
        own = desk.run("rules", "approve", bundle, "--key", desk.key("anna"), "--yes")
        seen = desk.run("rules", "approve", bundle, "--key", desk.key("ben"), "--yes", *there)
        dry = desk.run("rules", "publish", bundle, *there, "--dry-run")
        sent = desk.run("rules", "publish", bundle, *there)
        again = desk.json("rules", "publish", bundle, *there)
        status = desk.run("rules", "status", *there)
        back = desk.run(
            *("rules", "rollback", first.removeprefix("sha256:")[:10], *there),
            *("--key", desk.key("cara"), "--why", "Wrong cheese"),
        )
        found = desk.json("rules", "publications", *there)["publications"]
        plain = desk.run("status", *there)
    held = desk.run(
        "rules", "publications", "--data", data, "--verify", "--people", desk.place / "people.yaml"
    )

    statement = made["statement"]
    assert (git(desk.rules, "rev-parse", "HEAD"), False) == (
        statement["commit"],
        statement["dirty"],
    )
    assert (Exit.REFUSED, True) == (early[0], "an author and one other person sign" in early[1])
    assert (Exit.REFUSED, True) == (own[0], "`anna.pem` has signed this already" in own[2])
    assert (Exit.OK, True) == (seen[0], "- Offer cheese is called “New " in seen[1])
    assert (Exit.OK, True) == (dry[0], "would be accepted" in dry[1])
    assert (Exit.OK, True) == (sent[0], f"{statement['digest']} is in force since" in sent[1])
    assert statement["digest"] == again["servers"][0]["publication"]["digest"]
    assert (Exit.OK, True, True) == (status[0], "anna" in status[1], "TWO_PERSONS" in status[1])
    assert (Exit.OK, True) == (back[0], f"{first} is in force since" in back[1])
    assert [(first, "cara", ""), (statement["digest"], "anna", "ben")] == [
        (p["digest"], p["author"], p["approver"]) for p in found
    ]
    assert "by cara, approved by nobody: Wrong cheese" in plain[1]
    assert (Exit.OK, True) == (held[0], "every signature and digest holds" in held[1])


@pytest.mark.slow
def test_what_was_changed_in_the_log_is_seen(desk: Desk) -> None:
    """Another reason, other rules under the same digest, another author: each is named."""
    data, start = desk.place / "data", copied_rules(desk.place)
    with served(data, rules=start, model=None, people=desk.place / "people.yaml") as server:
        code, out, err = desk.run(
            *("rules", "publish", desk.rules, "--server", server.address),
            *("--key", desk.key("anna"), "--why", "To be changed"),
            *("--approver-key", desk.key("ben")),
        )
    assert Exit.OK == code, out + err
    with contextlib.closing(sqlite3.connect(data / "decisions.sqlite")) as db, db:
        ((record,),) = db.execute("SELECT record FROM log WHERE kind = 'publication'").fetchall()
        db.execute(
            "UPDATE log SET record = ? WHERE kind = 'publication'",
            (packed(unpacked(record).replace(b"To be changed", b"Another one")),),
        )
        db.execute("UPDATE rulesets SET documents = ?", (b"[]",))

    code, _, err = desk.run("rules", "publications", "--data", data, "--verify")
    assert Exit.REFUSED == code
    assert [
        "entry 1 of the log: the signature of `anna` does not fit what it stands under",
        "entry 1 of the log names a ruleset that is kept with other rules",
        "entry 2 of the log names a ruleset that is kept with other rules",
    ] == err.splitlines()
    code, _, err = desk.run(
        *("serve", "--rules", start, "--data", data, "--port", "0"),
        *("--people", desk.place / "people.yaml"),
    )
    assert (Exit.UNAVAILABLE, True) == (code, "error: entry 1 of the log: the signature of" in err)


def test_nothing_is_signed_that_is_not_good_and_committed(desk: Desk) -> None:
    """Findings, failing tests and what no commit holds are named, and no file is written."""
    publish = ("rules", "publish", desk.rules, "--key", desk.key("anna"), "--why", "A test")
    offer = desk.rules / "offers" / "cheese.yaml"
    offer.write_text(offer.read_text() + "# a note\n")
    dirty = desk.run(*publish)
    offer.write_text(offer.read_text() + "nonsense: 1\n")
    wrong = desk.run(*publish)
    git(desk.rules, "checkout", "-q", ".")
    desk.change("valid_to: 2030-01-01", "valid_to: 2018-01-01")
    fails = desk.run(*publish)

    assert Exit.REFUSED == dirty[0]
    assert "does not hold the files" in dirty[2]
    assert Exit.REFUSED == wrong[0]
    assert "SCH-003 key `nonsense` is not known here" in wrong[2]
    assert "error: 1 finding: nothing was signed\n" in wrong[2]
    assert Exit.REFUSED == fails[0]
    assert "FAILED " in fails[2]
    assert re.search(r"error: [0-9]+ tests fail: nothing was signed\n", fails[2])
    assert [] == list(desk.place.glob("*.bundle"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("publish", "work/retail"), Exit.USAGE, "a folder needs `--key` and `--why`"),
        (("publish", "people.yaml", "--server", "a:1"), Exit.UNAVAILABLE, "is no bundle"),
        (("approve", "keys/anna.pem"), Exit.UNAVAILABLE, "is no bundle"),
        (("rollback", "0123456789"), Exit.USAGE, "a digest needs `--key` and `--why`"),
        (("rollback", "nowhere"), Exit.UNAVAILABLE, "no such file"),
        (("status",), Exit.USAGE, "missing option `--server`"),
        (("keygen", "anna", "--out", "keys"), Exit.REFUSED, "is there already"),
        (("keygen", "../anna"), Exit.USAGE, "is not a name"),
        (
            ("rollback", "0123456789", "--key", "keys/anna.pem", "--why", "x"),
            Exit.USAGE,
            "give the whole digest",
        ),
        (
            ("rollback", "a" * 64, "--key", "people.yaml", "--why", "x"),
            Exit.UNAVAILABLE,
            "`people.yaml` holds no private key in PEM",
        ),
        (("publications", "--data", "nowhere"), Exit.UNAVAILABLE, "there is no decision log"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_words_are_told_in_one_line(
    desk: Desk, words: tuple[str, ...], code: Exit, said: str
) -> None:
    """Each has its exit code, and a line that says what is wrong."""
    found, _, err = desk.run("rules", *words)

    assert code == found
    assert said in err
    assert err.startswith("error: ")
    assert 2 == len(err.splitlines())
