"""Slips that are seeded into the good ruleset: texts, unused names, money, places and tests."""

from __future__ import annotations

from golden_language import PACK
from golden_meaning import SOUND, Fault, eligibility, guardrail
from golden_rules import RULED


def _test(day: str, line: str) -> dict[str, str]:
    """A test that expects nothing, of a shopper to whom no rule objects."""
    return {
        "cases/nothing_test.yaml": "kind: test\nabout: Nothing.\nfixtures:\n  goods:\n"
        "    brie: {category: CHEESE, department: DAIRY, brand: Own}\n"
        "cases:\n  - name: nothing off\n"
        "    shopper: {facts: {shopper.baskets_56d: 9, shopper.tier: gold}}\n"
        f"    consents: {{mail: true}}\n    context: {{jurisdiction: US-TN, channel: store, "
        f"day: {day}}}\n    basket: [{line}]\n    expect: {{given: {{}}}}\n"
    }


_WITH_PACKS = (
    "shop.yaml", "reservation_minutes: 30\n", "reservation_minutes: 30\nlegal_packs: ../legal\n"
)  # fmt: skip
_BAN = (
    PACK.partition("facts:")[0].replace("us-tn-alcohol", "us-no-wine").replace("[US-TN]", "[US]")
    + "rules:\n  - id: us-no-wine-off\n    valid_from: 2020-01-01\n    valid_to: 2100-01-01\n"
    "    sentence: Nothing comes off wine.\n    classes: [alcohol]\n    no_discount: true\n"
    "examples:\n"
    + "".join(
        f"  - name: {name}\n    day: 2026-06-01\n    jurisdiction: US-TN\n"
        f'    line: {{class: {goods}, price: "9.00", cost: "1.00"}}\n    discount: "1.00"\n'
        f"    expect: {{given: {given}, rules: [{rules}]}}\n"
        for name, goods, given, rules in (
            ("Wine", "alcohol", "false", "us-no-wine-off"),
            ("More wine", "alcohol", "false", "us-no-wine-off"),
            ("Wine again", "alcohol", "false", "us-no-wine-off"),
        )
    )
)

SAID = "{given: {}, reason: BELOW_MINIMUM_SPEND}"
"""An expectation that can fail."""

SLIPS = {
    "category_with_a_hyphen": Fault(
        "SEM-020", (("offers/wine.yaml", "[WINE]", "[WINE, CHEE-SE]"),)
    ),
    "value_in_other_capitals": Fault(
        "SEM-020",
        (("facts.yaml", ", values: [gold, silver]", ""),),
        files=eligibility(
            "gold-only",
            "offers: [wine]\ndeny_when: {fact: shopper.tier, is: Gold}\n",
        ),
    ),
    "category_with_letters_swapped": Fault(
        "SEM-020", (("offers/wine.yaml", "[WINE]", "[WINE, CHESEE]"),)
    ),
    "text_with_a_star": Fault(
        "SEM-021", (("offers/cheese.yaml", "categories: [CHEESE]", 'categories: ["CHEESE*"]'),)
    ),
    "code_of_another_year": Fault(
        "SEM-022",
        files={
            "codes/late.yaml": (
                "kind: codes\nid: late\nname: Late\nowner: Tests\nwhy: To be mistaken.\n"
                "valid_from: 2027-01-01\nvalid_to: 2028-01-01\ncode: LATE-10\noffers: [wine]\n"
            )
        },
    ),
    "budget_that_no_offer_draws_on": Fault(
        "SEM-022",
        files={
            "budgets/weekly.yaml": SOUND["budgets/campaign.yaml"].replace("campaign", "weekly", 1)
        },
    ),
    "lane_without_offers": Fault(
        "SEM-022",
        (
            (
                "stacking.yaml",
                "lanes:\n",
                "lanes:\n  - {id: delivery, sees: list_price}\n",
            ),
        ),
    ),
    "segment_that_no_rule_names": Fault(
        "SEM-022",
        files={"segments/loyal.yaml": SOUND["segments/regular.yaml"].replace("regular", "loyal")},
    ),
    "signal_that_no_rule_names": Fault(
        "SEM-022",
        files={
            "signals/left.yaml": SOUND["signals/abandoned.yaml"].replace("abandoned", "left", 1)
        },
    ),
    "consent_that_no_rule_asks_for": Fault(
        "SEM-022", (("shop.yaml", "consents: [mail]", "consents: [mail, letters]"),)
    ),
    "tier_that_gives_less": Fault(
        "SEM-023",
        (
            ("offers/tiers.yaml", 'percent_off: "2 %"', 'amount_off: "12.00"'),
            ("offers/tiers.yaml", 'amount_off: "5.00"', 'percent_off: "5 %"'),
        ),
    ),
    "tier_of_a_smaller_share": Fault(
        "SEM-023",
        (
            ("offers/tiers.yaml", 'percent_off: "2 %"', 'percent_off: "8 %"'),
            ("offers/tiers.yaml", 'amount_off: "5.00"', 'percent_off: "5 %"'),
        ),
    ),
    "amount_near_its_minimum": Fault(
        "SEM-023", (("offers/basket.yaml", 'minimum_spend: "40.00"', 'minimum_spend: "5.00"'),)
    ),
    "tier_that_is_almost_free": Fault(
        "SEM-023",
        (("offers/tiers.yaml", 'amount_off: "5.00"', 'amount_off: "90.00"'),),
        also=frozenset({"SEM-006"}),
    ),
    "share_above_the_cap_on_the_basket": Fault(
        "SEM-023",
        (
            ("offers/cheese.yaml", '"5 %", "10 %", "20 %"', '"5 %", "100 %"'),
            ("guardrails/depth.yaml", '"30 %"', '"100 %"'),
            ("guardrails/largest.yaml", 'at_most_amount: "15.00"', 'at_most_percent: "20 %"'),
        ),
    ),
    "margin_floor_of_all": Fault(
        "SEM-024", files=guardrail("margin", 'margin_floor: {at_least: "100 %"}\n')
    ),
    "shadow_price_of_a_percentage": Fault(
        "SEM-024",
        files={
            "budgets/campaign.yaml": SOUND["budgets/campaign.yaml"]
            + 'shadow_price: {at_pace: "35"}\n'
        },
    ),
    "count_below_nothing": Fault(
        "SEM-024",
        files=eligibility("few-baskets", "deny_when: {fact: shopper.baskets_56d, at_most: -5}\n"),
    ),
    "holdout_of_almost_all": Fault(
        "SEM-024",
        files={
            "experiment.yaml": f'kind: experiment\nid: autumn\n{RULED}seed: s\nholdout: "95 %"\n'
        },
    ),
    "goods_of_a_test_that_cost_more_than_their_price": Fault(
        "SEM-024",
        files={
            name: text.replace("brand: Own}", 'brand: Own, price: "5.00", cost: "9.00"}').replace(
                "{given: {}}", SAID
            )
            for name, text in _test("2026-06-01", '{goods: brie, cost: "3"}').items()
        },
        also=frozenset({"SEM-017"}),
    ),
    "time_zone_of_another_country": Fault(
        "SEM-025",
        (("shop.yaml", "US-WI: {time_zone: America/Chicago}", "US-WI: {time_zone: Europe/Paris}"),),
    ),
    "class_of_a_law_that_is_none": Fault(
        "SEM-026",
        (_WITH_PACKS,),
        files={
            "../legal/us-tn-alcohol.yaml": PACK,
            "classes.yaml": "kind: classes\nclasses:\n  alcohol: none\n",
        },
    ),
    "offer_on_goods_that_a_law_bans_everywhere": Fault(
        "SEM-009",
        (_WITH_PACKS,),
        files={
            "../legal/us-no-wine.yaml": _BAN,
            "classes.yaml": "kind: classes\nclasses:\n  alcohol: {categories: [WINE]}\n",
        },
    ),
    "category_of_a_fixture_in_other_capitals": Fault(
        "SEM-020",
        files={
            name: text.replace("category: CHEESE", "category: Cheese").replace("{given: {}}", SAID)
            for name, text in _test("2026-06-01", '{goods: brie, price: "9", cost: "5"}').items()
        },
        also=frozenset({"SEM-017"}),
    ),
    "test_of_a_day_without_offers": Fault(
        "SEM-027",
        files=_test("2036-06-01", '{goods: brie, price: "10.00", cost: "5.00"}'),
        also=frozenset({"SEM-017"}),
    ),
    "test_below_cost": Fault(
        "SEM-027",
        files=_test("2026-06-01", '{goods: brie, price: "10.00", cost: "11"}'),
        also=frozenset({"SEM-017"}),
    ),
    "test_without_the_fact_of_a_law": Fault(
        "SEM-027",
        (_WITH_PACKS,),
        files={
            "../legal/us-tn-alcohol.yaml": PACK,
            "classes.yaml": "kind: classes\nclasses:\n  alcohol: {categories: [CHEESE]}\n",
        }
        | _test("2026-06-01", '{goods: brie, price: "10.00", cost: "5.00"}'),
        also=frozenset({"SEM-017"}),
    ),
}
"""By name."""
