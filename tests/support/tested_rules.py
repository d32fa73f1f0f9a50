"""A small ruleset with tests of its own, all of which pass, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from golden_rules import GOOD, RULED, write

CASES: Final = "cases/cheese_test.yaml"

FILES: Final = {
    **GOOD,
    "segments/regular.yaml": (
        f"kind: segment\nid: regular\n{RULED}when:\n  any:\n"
        "    - {fact: shopper.baskets_56d, at_least: 8}\n"
        "    - {fact: shopper.tier, in: [gold]}\n"
    ),
    "cases/fixtures.yaml": """\
kind: fixtures
fixtures:
  goods:
    cheese: {category: CHEESE, department: DAIRY, price: "10.00", cost: "5.00"}
    cheap-cheese: {goods: cheese, cost: "8.40"}
  shopper:
    often-here: {facts: {shopper.baskets_56d: 8, shopper.tier: silver}}
    seldom-here: {like: often-here, facts: {shopper.baskets_56d: 7}}
  context:
    till: {jurisdiction: US-TN, channel: store, day: 2026-11-24, hour: 12}
  basket:
    cheese: [cheese]
    cheap-cheese: [cheap-cheese]
  scores:
    the-second-pays: {without: "50 %", with: {cheese 10 %: "90 %"}}
common:
  shopper: often-here
  context: till
  expect: {rung: RULES_ONLY, reviews: []}
""",
    CASES: """\
kind: test
about: Who gets cheese cheaper.
cases:
  # The first step is the smallest.
  - name: a regular gets the first step
    basket: cheese
    expect:
      given: {main: "cheese 5 %, 0.50 off"}  # half a dollar
      pays: ["9.50"]
      reason: CHOSEN
      budgets: {campaign: "0.50"}
      withheld: {cheese 10 %: NOT_BEST}

  - name: who is regular, and with what
    matrix:
      shopper: [often-here, seldom-here]
      basket: [cheese, cheap-cheese]
    expect_when:
      - when: {shopper: [seldom-here]}
        given: {}
        reason: NOT_ELIGIBLE
      - when: {shopper: [often-here], basket: [cheap-cheese]}
        given: {}
        reason: BELOW_PRICE_FLOOR
    expect:
      given: {main: "cheese 5 %, 0.50 off"}
""",
}
"""By their path below the folder of the ruleset."""


def ruleset_with_tests(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """The ruleset in *folder*, with *edits*: the file, what stands there, what is written."""
    files = dict(FILES)
    for file, right, wrong in edits:
        assert right in files[file]
        files[file] = files[file].replace(right, wrong, 1)
    write(folder, files)
    return folder
