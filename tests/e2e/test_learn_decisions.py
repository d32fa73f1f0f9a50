"""From exploration to a model and back: what the log of a rulebook teaches decides by it."""

from __future__ import annotations

import math
from pathlib import Path

import grpc
import numpy as np
import pytest
from click.testing import CliRunner
from google.protobuf import json_format

from golden_rules import RULED, write
from sconto.app.audit import find_decision
from sconto.app.ports import EventsWrite, SentEvent
from sconto.cli.main import sconto
from sconto.domain.behaviour import BehaviourEvent
from sconto.domain.canonical import canonical
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import Ruleset
from sconto.learning.data import decision_log
from sconto.rulebook.loader import load_folder
from sconto.scoring.manifest import read_manifest
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support import builders
from support.deciding import command, decider
from support.served import ROOT, fresh_id, served

pytestmark = pytest.mark.slow

RECIPE = ROOT / "models" / "decisions" / "recipe.yaml"
SHOPPERS = 400
SECOND = 1_000_000
ALWAYS = RULED.replace("valid_to: 2027", "valid_to: 2099")
RULES = {
    "shop.yaml": (
        "kind: shop\nname: Shop\nindustry: retail\ncurrency: USD\nchannels: [store]\n"
        "jurisdictions:\n  US-TN: {time_zone: America/Chicago}\nreservation_minutes: 30\n"
    ),
    "offers/basket.yaml": (
        f'kind: offer\nid: basket\nname: Basket\n{ALWAYS}percent_off: ["10 %"]\nbudgets: [all]\n'
    ),
    "budgets/all.yaml": (
        f'kind: budget\nid: all\nname: All\n{ALWAYS}limit: "100000.00"\n'
        "held_by: campaign\nperiod: month\n"
    ),
    "facts.yaml": (
        "kind: facts\nfacts:\n"
        "  shopper.list_total: {type: decimal, places: 6, description: Log of the list total.}\n"
        "  shopper.lines: {type: integer, description: Lines.}\n"
        "  shopper.weekday: {type: integer, description: Day.}\n"
        "  shopper.hour: {type: integer, description: Hour.}\n"
        "  shopper.purchases: {type: integer, description: Purchases.}\n"
        "  shopper.purchases_28d: {type: integer, description: Purchases of 28 days.}\n"
        "  shopper.discounts_28d: {type: integer, description: Discounts of 28 days.}\n"
        "  shopper.spend: {type: money, description: What they spent.}\n"
        "  shopper.spend_28d: {type: money, description: What they spent in 28 days.}\n"
        "  shopper.days_since_purchase: {type: decimal, places: 2, description: Days.}\n"
        "  shopper.channel: {type: text, description: Where.}\n"
    ),
    "objective.yaml": 'kind: objective\naim: return\nworth: "50.00"\ncaution: "0"\n',
}
EXPERIMENT = (
    f'kind: experiment\nid: experiment\n{ALWAYS}seed: trial\nholdout: "20 %"\nexploration: "60 %"\n'
)


def asked(shopper: int) -> DecisionContext:
    """The context of one shopper, whose basket costs between 8.00 and 12.00."""
    line = builders.line(list_price=800 + shopper * 7 % 400)
    return builders.context(line, jurisdiction="US-TN", user_ref=f"u{shopper}")


async def played(folder: Path, rules: Ruleset) -> None:
    """A log of decisions; 7 in 10 come back after a discount, else 2, and chance had a say."""
    store = SqliteStore(Settings(rules=Path(), data=folder).log_file)
    decide = decider(store)
    for n in range(SHOPPERS):
        await decide.decide(command(rules, asked(n), request_id=f"r{n}"), canonical)
    rows, draw = decision_log.decisions(folder), np.random.default_rng(1)
    back = draw.random(rows.height) < np.where(rows["given"] == "none", 0.2, 0.7)
    bought = BehaviourEvent("purchase", builders.AS_OF_US + 86_400 * SECOND, 1_250)
    who = rows.filter(back)["user_ref"]
    await store.commit_events(
        EventsWrite(tuple(SentEvent(user, f"e-{user}", bought) for user in who))
    )
    store.close()


def request() -> wire.DecideRequest:
    """A shopper like those of the log, at a till."""
    moment, usd = asked(0).moment, {"currency_code": "USD"}
    never = {name: {"integer": 0} for name in ("purchases", "purchases_28d", "discounts_28d")}
    facts = {
        **never,
        **{name: {"money": usd} for name in ("spend", "spend_28d")},
        "list_total": {"decimal": f"{math.log(1 + 1_000):.6f}"},
        "lines": {"integer": 1},
        "weekday": {"integer": moment.weekday},
        "hour": {"integer": moment.hour},
        "channel": {"text": "store"},
    }
    line = {
        "line_id": "l1",
        "product_id": "p",
        "category": "CHEESE",
        "department": "DAIRY",
        "quantity": 1,
        "list_price": {**usd, "units": 10},
        "unit_cost": {**usd, "units": 6},
    }
    shopper = [{"name": f"shopper.{name}", **value} for name, value in facts.items()]
    body = {
        "request_id": fresh_id(),
        "shopper": {"shopper_id": "new", "attributes": shopper},
        "channel": "store",
        "jurisdiction": "US-TN",
        "currency_code": "USD",
        "basket": {"lines": [line]},
    }
    return json_format.ParseDict(body, wire.DecideRequest())


async def test_what_exploration_showed_decides(tmp_path: Path) -> None:
    """The effect that the log holds must be learnt, served on the model rung, and acted on."""
    rules, log, model = tmp_path / "rules", tmp_path / "log", tmp_path / "model"
    write(rules, {**RULES, "experiment.yaml": EXPERIMENT})
    await played(log, load_folder(rules))
    words = ("learn", "train", RECIPE, "--data", log, "--out", model)
    few = ("--members", "2", "--epochs", "4", "--rate", "0.02")
    done = CliRunner().invoke(sconto, [*map(str, words), *few])

    assert 0 == done.exit_code, done.output
    manifest = read_manifest(model)
    assert (("none", "discount"), "return") == (manifest.columns.arms, manifest.outcome_kind)
    (rules / "experiment.yaml").unlink()
    with (
        served(tmp_path / "data", rules=rules, model=model) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        decision = DecisionServiceStub(channel).Decide(request(), timeout=20).decision
    store = SqliteStore(tmp_path / "data" / "decisions.sqlite")
    record = find_decision(store, decision.decision_id).record
    store.close()
    [candidate] = record["candidates"]

    assert "MODEL" == record["outcome"]["rung"]
    uplift = candidate["value"]["probability_ppm"] - candidate["value"]["baseline_ppm"]
    assert 350_000 < uplift < 650_000
    assert "CHOSEN" == record["outcome"]["reason"]
    assert candidate["value"]["gain"] > 0
