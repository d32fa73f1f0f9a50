"""A small shop for tests of recipes: its tables as CSV, and a recipe that can be changed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

OFFERS = """\
customer,on,arm,seen,age,visit,spend
ann,2026-01-10,no,3,30,no,0
bob,2026-01-20,yes,,41,yes,12.5
ann,2026-02-10,yes,4,30,yes,7
cid,2026-02-20,no,1,25,no,0
bob,2026-03-10,no,2,41,no,0
ann,2026-03-20,yes,5,30,yes,3
"""

PURCHASES = """\
customer,at,what,paid
ann,2026-01-05T10:00:00,SOUP,10
ann,2026-01-10T00:00:00,SOUP,99
ann,2026-01-15T10:00:00,MILK,5.25
bob,2026-01-19T10:00:00,SOUP,2
ann,2026-02-15T10:00:00,SOUP,7
bob,2026-03-01T10:00:00,MILK,
ann,2026-03-19T10:00:00,TEA,1
"""

RECIPE: dict[str, Any] = {
    "kind": "training",
    "name": "corner",
    "about": "Who comes?",
    "seed": 1,
    "tables": {
        "offers": {
            "from": {"file": "offers.csv"},
            "columns": {
                "customer": {"type": "text"},
                "on": {"type": "day"},
                "arm": {"type": "yes_no"},
                "seen": {"type": "whole", "missing": True},
                "age": {"type": "whole"},
                "visit": {"type": "yes_no", "after": True},
                "spend": {"type": "number", "after": True},
            },
        },
        "purchases": {
            "from": {"file": "purchases.csv"},
            "time": "at",
            "columns": {
                "customer": {"type": "text"},
                "at": {"type": "instant"},
                "what": {"type": "text"},
                "paid": {"type": "number", "missing": True},
            },
        },
    },
    "rows": {"table": "offers", "moment": "on", "unit": "customer"},
    "treatment": {
        "randomised": True,
        "propensity": {"shares": {"none": "1/2", "tenth": "0.5"}},
        "arms": [
            {"name": "none", "when": "NOT arm", "depth": "0"},
            {"name": "tenth", "when": "arm", "depth": "0.1"},
        ],
    },
    "outcomes": {"visit": "visit", "spend": "spend"},
    "value": "spend",
    "split": {
        "by": "time",
        "train_from": "2026-01-01",
        "test_from": "2026-03-01",
        "until": "2026-04-01",
    },
    "events": {
        "bought": {
            "kind": "purchase",
            "table": "purchases",
            "at": "at",
            "of": ["customer"],
            "numbers": {"paid": "paid"},
            "categories": {"what": "what"},
        }
    },
    "features": {
        "windows": [
            {
                "events": "bought",
                "days": [30],
                "ever": True,
                "give": {"baskets": "count", "spend_before": "sum paid", "basket": "mean paid"},
            },
            {"events": "bought", "ever": True, "give": {"since": "days_since_last"}},
        ],
        "numbers": {"seen": "seen", "share": "spend_before_30d / nullif(spend_before, 0)"},
        "categories": {"who": "customer"},
    },
    "sequence": {"events": ["bought"], "last": 3},
    "hand_rule": {"rank": "seen", "arm": "'tenth'"},
    "audit": ["age"],
}
"""Small, with every part in it."""

Change = Callable[[dict[str, Any]], object]


def shop(folder: Path, *changes: Change, **files: str) -> Path:
    """The path of the recipe in *folder*, changed, with its tables beside it."""
    recipe = deepcopy(RECIPE)
    for change in changes:
        change(recipe)
    for name, text in {"offers": OFFERS, "purchases": PURCHASES, **files}.items():
        (folder / f"{name}.csv").write_text(text)
    path = folder / "recipe.yaml"
    path.write_text(quoted(recipe))
    return path


def quoted(recipe: dict[str, Any]) -> str:
    """*recipe* as YAML, dates as plain text."""
    return yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True)
