"""From a data recipe to discounts: a model that it made scores what a real server decides."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from golden_rules import RULED, write
from sconto.app.audit import find_decision
from sconto.learning.data.prepare import prepare
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.serve import write_servable
from sconto.scoring.manifest import Manifest, read_manifest
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.served import ROOT, fresh_id, served

pytestmark = pytest.mark.slow

FINANCE = ROOT / "models" / "finance" / "recipe.yaml"
ALWAYS = RULED.replace("valid_to: 2027", "valid_to: 2099")
DEPTHS = ("2 %", "5 %", "10 %", "17 %", "34 %", "45 %", "58 %", "70 %")
RULES = {
    "shop.yaml": (
        "kind: shop\nname: Lender\nindustry: finance\ncurrency: ZAR\nchannels: [mail]\n"
        "jurisdictions:\n  ZA-GT: {time_zone: Africa/Johannesburg}\nreservation_minutes: 30\n"
    ),
    "facts.yaml": (
        "kind: facts\nfacts:\n"
        "  shopper.dormancy: {type: integer, description: Months since the last loan.}\n"
        "  shopper.loans_before: {type: integer, description: Loans before.}\n"
        "  shopper.last_amount: {type: decimal, places: 6, description: Logarithm of its amount.}\n"
        "  shopper.last_term: {type: integer, description: Its term.}\n"
        "  shopper.bureau_score: {type: integer, description: Score.}\n"
        "  shopper.no_bureau_score: {type: boolean, description: Whether there is none.}\n"
        "  shopper.application_score: {type: integer, description: Score.}\n"
        "  shopper.risk: {type: text, values: [LOW, MEDIUM, HIGH], description: Band.}\n"
        "  shopper.wave: {type: integer, description: Wave.}\n"
    ),
    "offers/rate.yaml": (
        f"kind: offer\nid: rate\nname: Rate\n{ALWAYS}"
        f"percent_off: [{', '.join(f'{d!r}' for d in DEPTHS)}]\nbudgets: [all]\n"
    ),
    "budgets/all.yaml": (
        f'kind: budget\nid: all\nname: All\n{ALWAYS}limit: "1000000.00"\n'
        "held_by: campaign\nperiod: month\n"
    ),
}
KNOWN = {
    "shopper.dormancy": {"integer": 8},
    "shopper.loans_before": {"integer": 4},
    "shopper.last_amount": {"decimal": "6.908755"},
    "shopper.last_term": {"integer": 4},
    "shopper.no_bureau_score": {"boolean": True},
    "shopper.application_score": {"integer": 30},
    "shopper.risk": {"text": "HIGH"},
    "shopper.wave": {"integer": 2},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of loan offers, taught for a moment."""
    prepared = prepare(FINANCE)
    train = prepared.examples["train"][:3_000]
    prepared = replace(prepared, examples={"train": train})
    made = NetworkModel("dnn", Shape(hidden=16), Fitting(epochs=2, members=2))
    made.fit(train, None, seed=1)
    folder = tmp_path_factory.mktemp("models") / "finance"
    return write_servable(folder, made.members, prepared, "v1")


@pytest.fixture(scope="module")
def records(
    model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[Mapping[str, Any]]]]:
    """The data folder, and the records of three clients: known, half known and unknown."""
    place = tmp_path_factory.mktemp("served")
    write(place / "rules", RULES)
    with (
        served(place / "data", rules=place / "rules", model=model) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = DecisionServiceStub(channel)
        clients = (KNOWN, dict(list(KNOWN.items())[3:]), {})
        decisions = [stub.Decide(request(facts), timeout=20).decision for facts in clients]
    store = SqliteStore(place / "data" / "decisions.sqlite")
    try:
        yield place / "data", [find_decision(store, d.decision_id).record for d in decisions]
    finally:
        store.close()


def request(facts: Mapping[str, Mapping[str, Any]]) -> wire.DecideRequest:
    """A client who asks for a loan that costs 1,000 rand."""
    zar = {"currency_code": "ZAR"}
    body = {
        "request_id": fresh_id(),
        "shopper": {
            "shopper_id": "client",
            "attributes": [{"name": name, **value} for name, value in facts.items()],
        },
        "channel": "mail",
        "jurisdiction": "ZA-GT",
        "currency_code": "ZAR",
        "basket": {
            "lines": [
                {
                    "line_id": "loan",
                    "product_id": "loan",
                    "category": "LOAN",
                    "department": "LOANS",
                    "quantity": 1,
                    "list_price": {**zar, "units": 1000},
                    "unit_cost": {**zar, "units": 100},
                }
            ]
        },
    }
    return json_format.ParseDict(body, wire.DecideRequest())


def test_the_record_says_which_model_scored(
    model: Path, records: tuple[Path, list[Mapping[str, Any]]]
) -> None:
    """Name, version, digests, and what it was shown stand in every record, on the model rung."""
    manifest: Manifest = read_manifest(model)
    for record in records[1]:
        assert "finance/v1" == record["model"]["name"]
        assert f"sha256:{manifest.model_sha256}" == record["model"]["digest"]
        assert f"sha256:{manifest.feature_schema_sha256}" == record["model"]["feature_schema"]
        assert record["model"]["features"]
        assert "MODEL" == record["outcome"]["rung"]


def test_deeper_discounts_never_score_lower(records: tuple[Path, list[Mapping[str, Any]]]) -> None:
    """For every client, facts missing or not; flat beyond the depths that were tried."""
    for record in records[1]:
        ppm = [c["purchase_ppm"] for c in record["candidates"]]
        assert len(DEPTHS) == len(ppm)
        assert sorted(ppm) == ppm
        assert ppm[1] < ppm[2] < ppm[-2]
        assert ppm[0] == ppm[1] == record["candidates"][0]["baseline_ppm"]
        assert ppm[-2] == ppm[-1]


def test_missing_facts_change_the_score(records: tuple[Path, list[Mapping[str, Any]]]) -> None:
    """What is not known is another row, not an error."""
    assert 3 == len({record["candidates"][3]["purchase_ppm"] for record in records[1]})


def test_its_decisions_replay(records: tuple[Path, list[Mapping[str, Any]]]) -> None:
    """`sconto log show --replay` decides again and finds the recorded bytes."""
    data, made = records
    sconto = str(Path(sys.executable).parent / "sconto")
    command = [sconto, "log", "show", made[0]["decision_id"], "--replay", "--data", str(data)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == shown.returncode, shown.stderr
    assert "deciding again gives the same bytes" in shown.stdout
