"""Codes for one use at a server in several processes, of which one is killed."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from e2e.test_processes import SECONDS, Line, checked, lines, wait_until, workers
from sconto.v1 import decision_pb2 as pb
from sconto.v1.decision_service_pb2 import DecideRequest
from support.commands import ran
from support.rule_files import copied_rules
from support.served import fresh_id, grocery_request, served

CODES, TRIES = 12, 8
SET = """\
kind: codes
id: gift
name: Gift
owner: Tests
why: To be used once.
valid_from: 2026-01-01
valid_to: 2030-01-01
single_use: true
offers: [frozen-and-snacks]
"""


def decided(found: list[Line], request: DecideRequest) -> pb.Decision:
    """The decision on *request*, sent again for as long as nobody answers."""
    answers: list[pb.Decision] = []

    def answered() -> bool:
        for line in found:
            try:
                answers.append(line.decide(request).decision)
            except grpc.RpcError:
                continue
            return True
        return False

    wait_until(answered)
    return answers[0]


def test_a_code_made_while_a_server_runs_is_used_once(tmp_path: Path) -> None:
    """By one of all who send it, to whichever process, and through the end of one of them."""
    rules, data, out = copied_rules(tmp_path), tmp_path / "data", tmp_path / "gift.csv"
    (rules / "codes").mkdir()
    (rules / "codes" / "gift.yaml").write_text(SET)
    with (
        served(data, rules=rules, model=None, processes=2) as server,
        lines(server.address) as found,
    ):
        made = ran("codes", "generate", "--set", "gift", "--count", str(CODES), "--out", out,
                   "--rules", rules, "--data", data)  # fmt: skip
        assert 0 == made.code
        codes = out.read_text().split()[1:]
        requests = [
            grocery_request(fresh_id(), f"{code}-{n}", codes=[code.lower()])
            for n in range(TRIES)
            for code in codes
        ]
        with ThreadPoolExecutor(16) as pool:
            asked = [pool.submit(decided, found[::n], r) for r in requests for n in (1, -1)]
            os.kill(workers(server)[0], signal.SIGKILL)
            decisions = [future.result(timeout=SECONDS) for future in asked]
        assert 0 == server.stop()

    by_id = {decision.decision_id: decision for decision in decisions}
    assert len(requests) == len(by_id)
    statuses = Counter(decision.codes[0].status for decision in by_id.values())
    assert CODES == statuses[pb.CODE_STATUS_APPLIED]
    assert not statuses[pb.CODE_STATUS_UNKNOWN]
    assert CODES == sum(bool(decision.discounts) for decision in by_id.values())
    checked(data, [*by_id])
    counted = ran("codes", "status", "--data", data, "--format", "json")
    assert [{"set_id": "gift", "kept": CODES, "used": CODES}] == counted.json
