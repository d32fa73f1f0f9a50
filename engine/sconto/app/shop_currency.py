"""The shop's own currency, which is that of all amounts that a store keeps without naming one."""

from __future__ import annotations

import json

from sconto.app.ports import Store
from sconto.errors import Unavailable


def shop_currency(documents: bytes) -> str:
    """The ISO 4217 code of the shop's own currency in rule *documents*; empty without one."""
    try:
        read = json.loads(documents)
    except ValueError:
        return ""
    found = (d["currency"] for d in read if d.get("kind") == "shop")
    return next(found, "")


async def check_currency(store: Store, documents: bytes) -> None:
    """Raise Unavailable for rules in another own currency than the amounts that *store* keeps.

    Budgets, events and list prices recorded in one would be read as amounts of the other.
    """
    kept, new = await store.read(store.shop_currency), shop_currency(documents)
    if kept not in {"", new}:
        raise other_currency(new, kept)


def other_currency(new: str, kept: str) -> Unavailable:
    """The error for rules in *new* where amounts are kept in *kept*."""
    message = f"the rules have {new} as the shop's currency, and the data folder's amounts are in "
    advice = (
        f"give these rules a data folder of their own, or keep {kept} as the shop's currency and "
        f"name {new} in `exchange-rates.yaml`"
    )
    return Unavailable(f"{message}{kept}", advice)
