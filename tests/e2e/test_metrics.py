"""Metrics and logs of real servers, read as Prometheus and a collector of logs read them."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sconto.bootstrap import now_us
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1 import decision_service_pb2_grpc as stubs
from support.commands import ran
from support.served import Served, fresh_id, grocery_request, served

Figures = dict[tuple[str, frozenset[str]], float]
"""By name and label values; Prometheus takes an empty one for none."""


class Metered:
    """A server of one process or several, and its metrics."""

    def __init__(self, server: Served, data: Path, processes: int) -> None:
        assert server.process.stdout is not None
        found = re.search(r"metrics on (\S+)", server.process.stdout.readline())
        assert found is not None
        self.server, self.data, self.processes = server, data, processes
        self.url = f"http://{found[1]}/metrics"
        self.channel = grpc.insecure_channel(server.address)
        self.stub = stubs.DecisionServiceStub(self.channel)

    def figures(self) -> Figures:
        """All figures as they are now."""
        with urllib.request.urlopen(self.url) as reply:  # noqa: S310 - our own server
            text = reply.read().decode()
        return {
            (sample.name, frozenset(filter(None, sample.labels.values()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def figure(self, name: str, *labels: str) -> float:
        """One figure as it is now; 0 before there is one."""
        return self.figures().get((f"sconto_{name}", frozenset(labels)), 0)

    def decide(self, request: wire.DecideRequest) -> wire.DecideResponse:
        """The answer to *request*."""
        return self.stub.Decide(request, timeout=20)


def health(metered: Metered) -> tuple[int, str]:
    """The exit code of `sconto health`, and what it says."""
    asked = ran("health", "--server", metered.server.address)
    return asked.code, asked.out


def until(holds: Callable[[], bool]) -> None:
    """Wait until *holds*: what is looked at now and then is seen a moment later."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)


@pytest.fixture(scope="module", params=[1, 2], ids=["one process", "two processes"])
def metered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Metered]:
    """Servers for the tests of this module."""
    data = tmp_path_factory.mktemp("data")
    options = ("--metrics", "127.0.0.1:0", "--log-format", "json")
    with (
        (data.parent / "log").open("w") as log,
        served(data, processes=request.param, options=options, log=log) as server,
    ):
        made = Metered(server, data, request.param)
        with closing(made.channel):
            yield made


def test_calls_and_decisions_are_counted(metered: Metered) -> None:
    """By method and status, outcome, rung and reason; a dry run and a repeated answer are calls."""
    asked = grocery_request(fresh_id())
    for one in (asked, asked, grocery_request(fresh_id(), validate_only=True)):
        metered.decide(one)
    with pytest.raises(grpc.RpcError):
        metered.decide(grocery_request(fresh_id(), jurisdiction="US-XX"))

    figure = metered.figure
    assert 3 == figure("calls_total", "Decide", "OK")
    assert 1 == figure("calls_total", "Decide", "INVALID_ARGUMENT")
    assert 4 == figure("call_duration_seconds_count", "Decide")
    assert 0 == figure("calls_in_flight")
    assert 1 == figure("decisions_total", "discount", "MODEL", "NONE")
    assert 1 == figure("candidates_total", "CHOSEN")
    assert 0 < figure("candidates_total", "NO_LINE_IN_SCOPE")
    stages = ("lookup", "rules", "model", "choice", "commit")
    assert all(figure("decision_stage_duration_seconds_count", stage) == 1 for stage in stages)


def test_store_budgets_and_rules_are_told(metered: Metered) -> None:
    """What is held, used and in force is seen beside the calls."""
    metered.decide(grocery_request(fresh_id(), shopper_id="another"))
    given = metered.figure("decisions_total", "discount", "MODEL", "NONE")

    until(lambda: metered.figure("reservations_held") == given)
    figures = metered.figures()
    used = {labels: v for (name, labels), v in figures.items() if name == "sconto_budget_used"}
    limits = {labels: v for (name, labels), v in figures.items() if name == "sconto_budget_limit"}
    assert used.keys() == limits.keys()
    assert 0 < max(used.values())
    assert (1, 1) == (metered.figure("store_up"), metered.figure("rules_up"))
    assert 1 < metered.figure("log_entries")
    assert abs(metered.figure("rules_active_since_timestamp_seconds") - now_us() / 1_000_000) < 600
    assert 0 == metered.figure("rules_activation_lag_seconds")
    assert 0 < metered.figure("commit_duration_seconds_count")
    assert 1 <= metered.figure("commit_writes_sum") / metered.figure("commit_writes_count")


def test_no_record_is_lost_while_commits_fail(metered: Metered) -> None:
    """Somebody holds the lock, so nothing can be recorded: nothing is answered either."""
    before = metered.figure("calls_total", "Decide", "OK")
    with closing(sqlite3.connect(metered.data / "decisions.sqlite")) as locking:
        locking.execute("BEGIN IMMEDIATE")
        with pytest.raises(grpc.RpcError):
            metered.decide(grocery_request(fresh_id()))
        until(lambda: metered.figure("store_up") == 0)
        assert (1, "NOT_SERVING\n") == health(metered)

    assert 1 <= metered.figure("writes_failed_total")
    assert 1 == metered.figure("calls_total", "Decide", "UNAVAILABLE")
    assert before == metered.figure("calls_total", "Decide", "OK")
    assert ("sconto_records_lost_total", frozenset()) in metered.figures()
    until(lambda: health(metered) == (0, "SERVING\n"))
    assert 0 == metered.figure("records_lost_total")


def test_what_a_process_counted_stays_when_it_is_killed(metered: Metered) -> None:
    """Counts go on from where they were, and what it saw of the store is not told any more."""
    before = metered.figures()
    workers = Path(f"/proc/{metered.server.process.pid}/task")
    for child in {pid for f in workers.glob("*/children") for pid in f.read_text().split()}:
        os.kill(int(child), signal.SIGKILL)
    until(lambda: metered.figure("store_up") == 0 or metered.processes == 1)
    until(lambda: metered.figure("store_up") == 1)

    after = metered.figures()
    counted = [key for key in before if key[0].endswith(("_total", "_count"))]
    assert counted
    assert all(after[key] >= before[key] for key in counted)


def test_the_log_is_lines_of_json(metered: Metered) -> None:
    """Those of every process, about what happened in the tests before."""
    lines = [*map(json.loads, (metered.data.parent / "log").read_text().splitlines())]

    said = [line["message"] for line in lines]
    assert {"time", "level", "logger", "process", "message"} == {key for x in lines for key in x}
    assert any("UNAVAILABLE until it can record again" in one for one in said)
    assert any("SIGKILL and is replaced" in one for one in said) == (metered.processes == 2)
