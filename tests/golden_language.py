"""A good ruleset that uses every part of the rule language, with a legal pack, as files."""

from __future__ import annotations

from golden_rules import GOOD, RULED

_OFFER = f"kind: offer\nname: Offer\n{RULED}lane: basket\n"
_GUARDRAIL = f"kind: guardrail\nname: Limit\n{RULED}"

PACK = (
    "kind: legal_pack\nid: us-tn-alcohol\nname: Alcohol\nowner: Tests\nwhy: To be mistaken.\n"
    "jurisdictions: [US-TN]\ncurrency: USD\n"
    "law: {cite: An act, url: https://example.org/act, checked_on: 2026-01-01, "
    "confidence: statute}\n"
    "facts:\n  line.volume_ml: {type: integer, description: Contents.}\n"
    "rules:\n"
    "  - id: us-tn-alcohol-minimum\n    valid_from: 2026-01-01\n    valid_to: 2100-01-01\n"
    "    sentence: Not below a cent a millilitre.\n    classes: [alcohol]\n"
    '    price_floor: {formula: "0.01 * line.volume_ml"}\n'
    "examples:\n"
    + "".join(
        f"  - name: {name}\n    day: 2026-06-01\n"
        f'    line: {{class: alcohol, price: "9.00", cost: "1.00", facts: {{{facts}}}}}\n'
        f'    discount: "{discount}"\n    expect: {{{expect}}}\n'
        for name, facts, discount, expect in (
            ("At the minimum", "line.volume_ml: 500", "4.00", "given: true, rules: []"),
            (
                "Below it",
                "line.volume_ml: 500",
                "4.01",
                'given: false, rules: [us-tn-alcohol-minimum], limit: "5.00"',
            ),
            (
                "Volume not sent",
                "",
                "1.00",
                "given: false, rules: [us-tn-alcohol-minimum], missing: line.volume_ml",
            ),
        )
    )
)
"""A legal pack of one rule with three worked examples."""

LANGUAGE = {
    **GOOD,
    "shop.yaml": GOOD["shop.yaml"] + "legal_packs: ../legal\nconsents: [mail]\n",
    "facts.yaml": GOOD["facts.yaml"]
    + (
        "events:\n  basket_abandoned: {description: Left.}\n"
        "  order_placed: {description: Paid., amount: true}\n"
    ),
    "classes.yaml": "kind: classes\nclasses:\n  alcohol: {categories: [BEER]}\n  book: none\n",
    "stacking.yaml": (
        "kind: stacking\nlanes:\n  - {id: shelf, sees: list_price}\n"
        "  - id: basket\n    sees: price_after_earlier_lanes\n    without_scores: nothing\n"
    ),
    "exchange-rates.yaml": (
        "kind: exchange_rates\ndate: 2026-11-24\nsource: The bank.\ncurrencies:\n"
        '  GBP: {rate: "0.79", step: "0.05", rounding: half_up}\n  JPY: {rate: "152.5"}\n'
    ),
    "experiment.yaml": (
        f'kind: experiment\nid: autumn\n{RULED}seed: s\nholdout: "5 %"\nexploration: "2 %"\n'
    ),
    "objective.yaml": (
        'kind: objective\naim: return\nworth: "8.50"\nminimum_gain: "0.05"\n'
        'minimum_gain_of_cost: "10 %"\ncaution: "1.5"\nassumed_response:\n  source: Assumed.\n'
        '  steps:\n    - {depth: "10 %", from_half: "53 %"}\n'
        '    - {depth: "20 %", from_half: "55 %"}\n'
    ),
    "signals/abandoned.yaml": (
        f"kind: signal\nid: abandoned\n{RULED}events: [basket_abandoned]\n"
        "measure: count\nwindow: 48 hours\n"
    ),
    "signals/spend.yaml": (
        f"kind: signal\nid: spend\n{RULED}events: [order_placed, discount_given]\n"
        "measure: sum\nwindow: 90 days\n"
    ),
    "offers/cheese.yaml": GOOD["offers/cheese.yaml"] + "lane: shelf\n",
    "offers/three-for-two.yaml": (
        f"{_OFFER}id: three-for-two\nscope: {{classes: [alcohol]}}\n"
        'buy_x_get_y: {buy: 2, get: 1, off: ["50 %", "100 %"]}\n'
    ),
    "offers/meal.yaml": (
        f'{_OFFER}id: meal\nbundle_price:\n  prices: ["12.00", "10.00"]\n'
        "  items:\n    - {scope: {categories: [BREAD]}, pieces: 1}\n"
        "    - {scope: {categories: [CHEESE]}, pieces: 2}\n"
    ),
    "offers/shipping.yaml": (
        f"{_OFFER}id: shipping\nfree_shipping:\n"
        '  off: ["50 %", "100 %"]\n  shipping: {categories: [SHIPPING]}\n'
        "exclusive: true\n"
    ),
    "offers/tiers.yaml": (
        f"{_OFFER}id: tiers\nspend_tiers:\n"
        '  - {spend: "50.00", percent_off: "5 %"}\n  - {spend: "100.00", amount_off: "12.00"}\n'
        'rounding: {mode: down, to: "0.05"}\n'
    ),
    "codes/spring.yaml": (
        f"kind: codes\nid: spring\nname: Spring\n{RULED}code: SPRING-5\noffers: [meal]\n"
        "limits: {in_all: 100, per_shopper: 1, per_day: 50, per_week: 60, per_month: 70}\n"
    ),
    "codes/gift.yaml": (
        f"kind: codes\nid: gift\nname: Gift\n{RULED}single_use: true\noffers: [shipping]\n"
    ),
    "codes/welcome.yaml": (
        f"kind: codes\nid: welcome\nname: Welcome\n{RULED}code: WELCOME10\noffers: [meal, tiers]\n"
    ),
    "guardrails/often.yaml": (
        f"{_GUARDRAIL}id: often\nfrequency_cap: {{signal: abandoned, at_most: 3}}\n"
    ),
    "guardrails/ceiling.yaml": (
        f"{_GUARDRAIL}id: ceiling\nencode: review\n"
        'price_ceiling:\n  formula: "line.list_price * (1 - candidate.depth_share)"\n'
        "line_when:\n  fact: line.abv_percent\n  at_least: '1.2'\n"
    ),
    "guardrails/depth.yaml": f'{_GUARDRAIL}id: depth\ndepth_cap: {{at_most: "30 %"}}\n',
    "eligibility/mild.yaml": (
        f"kind: eligibility\nid: mild\n{RULED}sentence: Said plainly.\n"
        "deny_when: {fact: signal.spend, less_than: '10.00'}\n"
        "line_when:\n  fact: line.brand\n  is: Mild\n"
    ),
    "budgets/regional.yaml": (
        f"kind: budget\nid: regional\nname: Regional\n{RULED}limit_count: 9\nheld_by: region\n"
        'period: day\ntime_zone: America/New_York\npacing: {ahead_at_most: "10 %"}\n'
    ),
    "disclosures/said.yaml": (
        f"kind: disclosure\nid: said\n{RULED}text: Said.\nscope: {{classes: [alcohol]}}\n"
    ),
    "../legal/us-tn-alcohol.yaml": PACK,
}
"""The files by their path below the folder of the ruleset."""
