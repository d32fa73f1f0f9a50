"""A small good ruleset as files, for tests that change one thing in it."""

from __future__ import annotations

from pathlib import Path

RULED = "owner: Tests\nwhy: To be mistaken.\nvalid_from: 2026-01-01\nvalid_to: 2027-01-01\n"

GOOD = {
    "shop.yaml": (
        "kind: shop\nname: Shop\nindustry: retail\ncurrency: USD\nchannels: [store]\n"
        "jurisdictions:\n  US-TN: {time_zone: America/Chicago}\nreservation_minutes: 30\n"
    ),
    "facts.yaml": (
        "kind: facts\nfacts:\n"
        "  shopper.baskets_56d: {type: integer, description: Baskets.}\n"
        "  shopper.spend_56d: {type: money, description: Money.}\n"
        "  shopper.tier: {type: text, values: [gold, silver], description: Tier.}\n"
        "  line.abv_percent: {type: decimal, places: 1, description: Strength.}\n"
    ),
    "offers/cheese.yaml": (
        f'kind: offer\nid: cheese\nname: Cheese\n{RULED}percent_off: ["5 %", "10 %"]\n'
        "scope:\n  categories: [CHEESE]\nbudgets: [campaign]\n"
    ),
    "budgets/campaign.yaml": (
        f'kind: budget\nid: campaign\nname: All\n{RULED}limit: "500.00"\n'
        "held_by: campaign\nperiod: month\n"
    ),
    "segments/regular.yaml": (
        f"kind: segment\nid: regular\n{RULED}when:\n  fact: shopper.baskets_56d\n  at_least: 8\n"
    ),
    "eligibility/adults.yaml": (
        f"kind: eligibility\nid: adults\n{RULED}sentence: Said plainly.\n"
        "require:\n  fact: segment.regular\n  is: true\n"
    ),
    "guardrails/floor.yaml": (
        f"kind: guardrail\nid: floor\nname: Floor\n{RULED}"
        'price_floor:\n  formula: "line.unit_cost * 1.15"\n'
    ),
}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write *files*, named by their path below *folder*."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
