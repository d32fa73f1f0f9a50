"""Serves a page's model: rules for its facts and offers, decisions as servers make.

The shop, its prices and its large budget are made up. What is real is the way: a request, its
facts, the model read from its folder, and a decision record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml
from google.protobuf import json_format

from sconto.learning.examples import Columns, Examples
from sconto.learning.models import Prediction
from sconto.offline.decide import decide_offline
from sconto.v1.decision_service_pb2 import DecideRequest

Offers = Mapping[str, Sequence[float]]
"""Depths by the id of an offer."""

APART = 1e-4
"""How far a served chance may be from the page's: facts have six decimals."""

PATIENCE_MS = 10_000
"""How long a model may think here; at a till it is passed over after a fiftieth of a second."""

_ALWAYS = {
    "owner": "The page",
    "why": "To show what is served.",
    "valid_from": "2020-01-01",
    "valid_to": "2099-01-01",
}
_SHOP = {
    "kind": "shop",
    "name": "Desk",
    "industry": "retail",
    "currency": "USD",
    "channels": ["mail"],
    "jurisdictions": {"US-TN": {"time_zone": "America/Chicago"}},
    "reservation_minutes": 30,
}
_PPM = 1_000_000
_PRICE = 100_000
"""Of the one thing in a basket, in cents."""


def rules_for_model(
    columns: Columns, offers: Offers, folder: Path, objective: Mapping[str, Any] | None = None
) -> Path:
    """Rule files in *folder* that declare every feature as a fact, and give *offers* to anybody.

    *objective* is as in a rulebook: its aim is what the model learnt, and a model of one arm needs
    the response that it assumes. Without one offers are for this sale.
    """
    more = {} if objective is None else {"objective": objective}
    return _write(folder, columns.numeric, columns.categorical, offers, more)


def rules_for_chance(
    fact: str, sentence: str, refused: Mapping[str, str], depth: float, folder: Path
) -> Path:
    """Rule files in *folder* for an offer of *depth*, refused where *fact* is as told by *refused*.

    The model answers elsewhere, and its chance is a fact like any other.
    """
    rule = {
        "kind": "eligibility",
        "id": "by-chance",
        **_ALWAYS,
        "sentence": sentence,
        "deny_when": {"fact": f"shopper.{fact}", **refused},
    }
    return _write(folder, [fact], [], {"offer": [depth]}, {"eligibility/by-chance": rule})


def served(
    model: Path, rules: Path, rows: Examples, said: Prediction, many: int = 5
) -> pl.DataFrame:
    """What the first *many* of *rows* are answered, beside what the page's own model *said*.

    Of a model with one arm that is the chance with nothing given: what a discount adds is assumed.

    Raises:
        ValueError: A served chance is not the page's.
    """
    found = []
    requests = [_request(row, _facts(rows, row)) for row in range(min(many, len(rows)))]
    for row, record in enumerate(decide(requests, rules, model)):
        for candidate in record["candidates"]:
            depth, value = candidate["discount"] / _PRICE, candidate["value"]
            one_arm = len(rows.columns.arms) == 1
            arm = 0 if one_arm else _arm(rows.columns, candidate["offer_id"], depth)
            ppm = value["baseline_ppm" if one_arm else "probability_ppm"]
            here, there = float(said.response[row, arm]), ppm / 1_000_000
            if not abs(here - there) <= APART:
                raise ValueError(f"row {row}: {there} is served, and the page says {here}")
            found.append(
                {
                    "row": row,
                    "offer": candidate["offer_id"],
                    "depth": depth,
                    "chance served": there,
                    "chance here": here,
                    "with the discount": value["probability_ppm"] / 1_000_000,
                    "expected gain": round(value["gain"] / _PPM / 100, 4),
                    "rung": record["outcome"]["rung"],
                }
            )
    return pl.DataFrame(found)


def decided(
    rules: Path, fact: str, chances: npt.NDArray[np.float64], many: int = 5
) -> pl.DataFrame:
    """Whether *many* shoppers, from the least to the likeliest, are given it with that *fact*."""
    shown = np.argsort(chances, kind="stable")[np.linspace(0, len(chances) - 1, many).astype(int)]
    asked = dict(zip(shown.tolist(), chances[shown].tolist(), strict=True))
    requests = [
        _request(row, [{"name": f"shopper.{fact}", "decimal": f"{chance:.6f}"}])
        for row, chance in asked.items()
    ]
    records = decide(requests, rules, None)
    return pl.DataFrame(
        [
            {
                "row": row,
                fact: round(chance, 6),
                "offer": "given" if record["outcome"]["discounts"] else "not",
            }
            for (row, chance), record in zip(asked.items(), records, strict=True)
        ]
    )


def chances(session: Any, rows: Examples) -> npt.NDArray[np.float64]:
    """What the ONNX model in *session* says of *rows* under their only arm, [n]."""
    feeds = {"numbers": rows.numeric, "ids": rows.categorical}
    logits = session.run(None, feeds)[0].astype(np.float64)
    return np.asarray((1 / (1 + np.exp(-logits))).mean(axis=0)[:, 0])


def decide(
    requests: Sequence[DecideRequest], rules: Path, model: Path | None
) -> list[Mapping[str, Any]]:
    """The record that each of *requests* would leave; the model may take its time.

    They are decided in a thread of their own: the server starts an event loop, and an open page has one
    running in the thread of its cells.
    """
    with ThreadPoolExecutor(1) as pool:
        replied = pool.submit(decide_offline, requests, rules, model, PATIENCE_MS).result()
    return [record for _, record in replied]


def _write(
    folder: Path,
    numbers: Iterable[str],
    texts: Iterable[str],
    offers: Offers,
    more: Mapping[str, Any],
) -> Path:
    facts = {f"shopper.{n}": {"type": "decimal", "places": 6} for n in numbers}
    facts |= {f"shopper.{n}": {"type": "text"} for n in texts}
    budget = {"kind": "budget", "id": "all", "name": "All", **_ALWAYS, "limit": "1000000.00"}
    files: dict[str, Any] = {
        "shop": _SHOP,
        "facts": {
            "kind": "facts",
            "facts": {name: {**kind, "description": "A feature."} for name, kind in facts.items()},
        },
        "budgets/all": {**budget, "held_by": "campaign", "period": "month"},
        **{f"offers/{name}": _offer(name, depths) for name, depths in offers.items()},
        **more,
    }
    for name, content in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def _offer(name: str, depths: Sequence[float]) -> dict[str, Any]:
    percent = [f"{depth * 100:g} %" for depth in depths]
    own = {"kind": "offer", "id": name, "name": name, **_ALWAYS}
    return {**own, "percent_off": percent, "budgets": ["all"]}


def _facts(rows: Examples, row: int) -> list[dict[str, str]]:
    """The features of one of *rows* as a shop sends them; what is missing is not sent."""
    columns = rows.columns
    numbers = zip(columns.numeric, rows.numeric[row].tolist(), strict=True)
    texts = zip(columns.categorical, columns.vocabularies, rows.categorical[row], strict=True)
    return [
        *(
            {"name": f"shopper.{name}", "decimal": f"{value:.6f}"}
            for name, value in numbers
            if np.isfinite(value)
        ),
        *({"name": f"shopper.{name}", "text": listed[i - 1]} for name, listed, i in texts if i),
    ]


def _request(row: int, facts: list[dict[str, str]]) -> DecideRequest:
    line = {
        "line_id": "1",
        "product_id": "1",
        "category": "ANY",
        "department": "ANY",
        "quantity": 1,
        "list_price": {"currency_code": "USD", "units": _PRICE // 100},
        "unit_cost": {"currency_code": "USD", "units": 100},
    }
    body = {
        "request_id": f"00000000-0000-4000-8000-{row:012}",
        "shopper": {"shopper_id": f"row-{row}", "attributes": facts},
        "channel": "mail",
        "jurisdiction": "US-TN",
        "currency_code": "USD",
        "basket": {"lines": [line]},
    }
    return json_format.ParseDict(body, DecideRequest())


def _arm(columns: Columns, offer: str, depth: float) -> int:
    """The arm that a candidate stands for: the one of its name, else of its depth."""
    if offer in columns.arms:
        return columns.arms.index(offer)
    return min(range(len(columns.arms)), key=lambda i: abs((columns.depths[i] or 0.0) - depth))
