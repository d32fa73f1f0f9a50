"""The pricing manager's day works: its commands run, and print what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.commands import ran
from support.served import keyed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "a-pricing-managers-day.md"
SERVER = "127.0.0.1:8470"
BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ANYTHING = "…"
SHELL = re.compile(r"[|>]$|\$\(")
"""Begins or is a word that only a shell understands."""
SECONDS = 900
MADE = (
    *("var", "keys", "live", "*.bundle", "*.svg", "*.txt"),
    *("before.json", "request.json", "people.yaml"),
)
"""What the day makes beside the rules."""
DECISIONS = os.environ.get("SCONTO_WALK_DECISIONS", "600")
"""How many of the page's 100,000 decisions are made: all of them take minutes."""


@dataclass(frozen=True)
class Command:
    """One command of the page, and what it prints there."""

    line: str
    expected: str


def steps() -> Iterator[tuple[str, str] | Command]:
    """The page's files to write, (path, text), and its commands, in order."""
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["file"]:
            yield block["file"], block["text"]
        elif block["kind"] == "console":
            for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                line, _, expected = part.partition("\n")
                yield Command(line, expected)


def pattern(expected: str) -> re.Pattern[str]:
    """*expected* as a pattern: an ellipsis on a line of its own is any lines, else any text."""
    lines = [
        r"(?:.*\n)*"
        if line == ANYTHING
        else ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"
        for line in expected.rstrip("\n").split("\n")
        if expected.strip()
    ]
    return re.compile("".join(lines))


class Shop:
    """A clone to stand in, with a server when the page starts one."""

    def __init__(self, folder: Path, port: int, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.port = folder, port
        self.started: list[subprocess.Popen[str]] = []
        scripts = str(Path(sys.executable).parent)
        environment = {
            # What is published on one process is followed by others within a second, not at once.
            "SCONTO_SERVE_PROCESSES": "1",
            # The key is there before the first start, so that chance draws the same every time.
            "SCONTO_SERVE_BEGIN_ANEW": "1",
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "anna@example.com",
            "GIT_COMMITTER_NAME": "Anna", "GIT_COMMITTER_EMAIL": "anna@example.com",
            "NO_COLOR": "1",
        }  # fmt: skip
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)

    def run(self, command: Command) -> str:
        """What *command* prints, and its exit code if that is not 0."""
        line = command.line.replace(SERVER, f"127.0.0.1:{self.port}")
        line = line.replace("--port 8470", f"--port {self.port}").replace("100000", DECISIONS)
        if line.endswith(" &"):
            self._start(line.removesuffix(" &"))
            return ""
        printed, exited = self._printed(line)
        code = f"[exit {exited}]\n" if exited else ""
        return printed.replace(f"127.0.0.1:{self.port}", SERVER) + code

    def _printed(self, line: str) -> tuple[str, int]:
        """What *line* prints, and its exit code; in this process where it needs no shell."""
        program, *words = shlex.split(line)
        if program == "sconto" and not any(map(SHELL.match, words)):
            done = ran(*words)
            return done.out + done.err, done.code
        shell = subprocess.run(
            ["bash", "-c", line], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS,
        )  # fmt: skip
        return shell.stdout, shell.returncode

    def _start(self, line: str) -> None:
        self.started.append(
            subprocess.Popen(
                ["bash", "-c", f"exec {line}"], text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        raise AssertionError(f"`{line}` does not answer")

    def close(self) -> None:
        """End what was started."""
        for process in self.started:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A folder like a clone, committed, without anything the day makes."""
    for name in ("rules", "models"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / ".gitignore").write_text("\n".join(MADE))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    keyed(tmp_path / "var" / "shop")
    made = Shop(tmp_path, port, monkeypatch)
    made.run(Command("git init -q && git add . && git commit -qm 'As they are'", ""))
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_day_goes_as_the_page_tells(shop: Shop) -> None:
    """Every file is written, every command run, and each prints what stands below it."""
    told = []
    for step in steps():
        if not isinstance(step, Command):
            path, text = step
            (shop.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (shop.folder / path).write_text(text, encoding="utf-8")
            continue
        printed = shop.run(step)
        told.append(step.line)
        assert pattern(step.expected).fullmatch(printed), f"$ {step.line}\n{printed}"

    assert len(told) > 15
