"""From a data recipe to discounts: a model that it made scores what a real server decides."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf import json_format

from golden_rules import RULED, write
from sconto.app.audit import find_decision
from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.examples import UNKNOWN, Examples
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.serve import write_servable
from sconto.scoring.manifest import Manifest, read_manifest
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.served import fresh_id, served
from support.shipped import MODELS, shipped

pytestmark = pytest.mark.slow

FINANCE = MODELS / "finance/recipe.yaml"
ALWAYS = RULED.replace("valid_to: 2027", "valid_to: 2099")
DEPTHS = ("2 %", "5 %", "10 %", "17 %", "34 %", "45 %", "58 %", "70 %")
RULES = {
    "shop.yaml": (
        "kind: shop\nname: Lender\nindustry: finance\ncurrency: ZAR\nchannels: [mail]\n"
        "jurisdictions:\n  ZA-GT: {time_zone: Africa/Johannesburg}\nreservation_minutes: 30\n"
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
OBJECTIVE = ObjectiveDoc(outcome="sale", cost_when="given")


@dataclass(frozen=True, slots=True)
class Client:
    """A model, and the facts of a client from whose kind it learnt."""

    model: Path
    facts: Mapping[str, Mapping[str, Any]]

    def rules(self) -> str:
        """The rule file that declares these facts."""
        kinds = {"decimal": "{type: decimal, places: 6", "text": "{type: text"}
        lines = (
            f"  {name}: {kinds[kind]}, description: Of the client.}}\n"
            for name, [kind] in ((name, [*value]) for name, value in self.facts.items())
        )
        return "kind: facts\nfacts:\n" + "".join(lines)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A small model of loan offers, taught for a moment."""
    prepared = shipped(FINANCE)
    doc = prepared.recipe.doc.model_copy(update={"objective": OBJECTIVE})
    train = prepared.examples["train"][:3_000]
    made = NetworkModel("dnn", Shape(hidden=16), Fitting(epochs=2, members=2))
    made.fit(train, None, seed=1)
    recipe = replace(prepared.recipe, doc=doc)
    prepared = replace(prepared, recipe=recipe, examples={"train": train})
    folder = tmp_path_factory.mktemp("models") / "finance"
    return Client(write_servable(folder, made.members, prepared, "v1"), facts_of(train))


def facts_of(train: Examples) -> dict[str, dict[str, Any]]:
    """What is known of the first row about whom all is known."""
    missing = np.isnan(train.numeric).any(axis=1) | (train.categorical == UNKNOWN).any(axis=1)
    row, columns = int(np.flatnonzero(~missing)[0]), train.columns
    facts: dict[str, dict[str, Any]] = {}
    for name, value in zip(columns.numeric, train.numeric[row].tolist(), strict=True):
        facts[f"shopper.{name}"] = {"decimal": f"{value:.6f}"}
    listed = zip(columns.categorical, columns.vocabularies, train.categorical[row], strict=True)
    for name, texts, i in listed:
        facts[f"shopper.{name}"] = {"text": texts[i - 1]}
    return facts


@pytest.fixture(scope="module")
def records(
    client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[Mapping[str, Any]]]]:
    """The data folder, and the records of three clients: known, known but for one fact, unknown."""
    place = tmp_path_factory.mktemp("served")
    write(place / "rules", {**RULES, "facts.yaml": client.rules()})
    with (
        served(place / "data", rules=place / "rules", model=client.model) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = DecisionServiceStub(channel)
        clients = (client.facts, dict(list(client.facts.items())[1:]), {})
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
    client: Client, records: tuple[Path, list[Mapping[str, Any]]]
) -> None:
    """Name, version, digests, and what it was shown stand in every record, on the model rung."""
    manifest: Manifest = read_manifest(client.model)
    for record in records[1][:2]:
        assert "finance/v1" == record["model"]["name"]
        assert f"sha256:{manifest.model_sha256}" == record["model"]["digest"]
        assert f"sha256:{manifest.feature_schema_sha256}" == record["model"]["feature_schema"]
        assert record["model"]["features"]
        assert "sale" == record["model"]["outcome"]
        assert "MODEL" == record["outcome"]["rung"]


def test_deeper_discounts_never_score_lower(records: tuple[Path, list[Mapping[str, Any]]]) -> None:
    """For every client, a fact missing or not; flat beyond the depths that were tried."""
    for record in records[1][:2]:
        values = [c["value"] for c in record["candidates"]]
        ppm = [value["probability_ppm"] for value in values]
        assert len(DEPTHS) == len(ppm)
        assert sorted(ppm) == ppm
        assert ppm[1] < ppm[2] < ppm[-2]
        assert ppm[0] == ppm[1] == values[0]["baseline_ppm"]
        assert ppm[-2] == ppm[-1]


def test_what_the_model_does_not_know_is_recorded(
    client: Client, records: tuple[Path, list[Mapping[str, Any]]]
) -> None:
    """A missing fact is named and doubted; of somebody unknown rules alone decide, and say why."""
    known, partly, unknown = records[1]
    name = next(iter(client.facts)).removeprefix("shopper.")

    assert [] == known["model"]["unknown"]
    assert [name] == partly["model"]["unknown"]
    assert 0 == known["candidates"][3]["value"]["doubt_ppm"]
    assert 0 < partly["candidates"][3]["value"]["doubt_ppm"]
    assert None is unknown["model"]
    assert "INPUTS_UNKNOWN" == unknown["outcome"]["rung_cause"]


def test_its_decisions_replay(records: tuple[Path, list[Mapping[str, Any]]]) -> None:
    """`sconto log show --replay` decides again and finds the recorded bytes."""
    data, made = records
    sconto = str(Path(sys.executable).parent / "sconto")
    command = [sconto, "log", "show", made[0]["decision_id"], "--replay", "--data", str(data)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == shown.returncode, shown.stderr
    assert "deciding again gives the same bytes" in shown.stdout
