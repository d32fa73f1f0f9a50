"""A good ruleset without a warning, as files, and faults of meaning that are seeded into it."""

from __future__ import annotations

from dataclasses import dataclass, field

from golden_rules import RULED

_ELIGIBILITY = f"kind: eligibility\n{RULED}sentence: Said plainly.\n"
_GUARDRAIL = f"kind: guardrail\nname: Limit\n{RULED}"
_OFFER = f"kind: offer\nname: Offer\n{RULED}budgets: [campaign]\n"
_SEGMENT = f"kind: segment\n{RULED}"

SOUND = {
    "shop.yaml": (
        "kind: shop\nname: Shop\nindustry: retail\ncurrency: USD\nchannels: [store, online]\n"
        "jurisdictions:\n  US-TN: {time_zone: America/Chicago}\n"
        "  US-WI: {time_zone: America/Chicago}\nreservation_minutes: 30\nconsents: [mail]\n"
    ),
    "facts.yaml": (
        "kind: facts\nfacts:\n"
        "  shopper.baskets_56d: {type: integer, description: Baskets.}\n"
        "  shopper.spend_56d: {type: money, description: Money.}\n"
        "  shopper.share_bp: {type: integer, description: Share of discounts.}\n"
        "  shopper.tier: {type: text, values: [gold, silver], description: Tier.}\n"
        "  line.abv_percent: {type: decimal, places: 1, description: Strength.}\n"
        "  line.volume_ml: {type: integer, description: Contents.}\n"
        "events:\n  basket_abandoned: {description: Left.}\n"
    ),
    "stacking.yaml": (
        "kind: stacking\nlanes:\n  - {id: shelf, sees: list_price}\n"
        "  - {id: basket, sees: price_after_earlier_lanes, without_scores: largest}\n"
    ),
    "signals/abandoned.yaml": (
        f"kind: signal\nid: abandoned\n{RULED}events: [basket_abandoned]\n"
        "measure: count\nwindow: 48 hours\n"
    ),
    "segments/regular.yaml": (
        f"{_SEGMENT}id: regular\nwhen:\n  fact: shopper.baskets_56d\n  at_least: 8\n"
    ),
    "segments/wavering.yaml": (
        f"{_SEGMENT}id: wavering\nwhen:\n  all:\n    - fact: signal.abandoned\n      at_least: 3\n"
        "    - any:\n        - fact: segment.regular\n          is: true\n"
        "        - fact: shopper.tier\n          is: gold\n"
    ),
    "budgets/campaign.yaml": (
        f'kind: budget\nid: campaign\nname: All\n{RULED}limit: "500.00"\n'
        "held_by: campaign\nperiod: month\n"
    ),
    "offers/cheese.yaml": (
        f'{_OFFER}id: cheese\nlane: shelf\npercent_off: ["5 %", "10 %", "20 %"]\n'
        "scope:\n  categories: [CHEESE]\n"
    ),
    "offers/wine.yaml": (
        f'{_OFFER}id: wine\nlane: shelf\npercent_off: ["4 %", "8 %"]\n'
        "scope:\n  categories: [WINE]\n"
    ),
    "offers/basket.yaml": (
        f'{_OFFER}id: basket\nlane: basket\namount_off: ["2.00", "4.00"]\nminimum_spend: "40.00"\n'
    ),
    "offers/tiers.yaml": (
        f"{_OFFER}id: tiers\nlane: basket\nspend_tiers:\n"
        '  - {spend: "50.00", percent_off: "2 %"}\n  - {spend: "100.00", amount_off: "5.00"}\n'
    ),
    "eligibility/consent.yaml": (
        f"{_ELIGIBILITY}id: consent\nrequire:\n  fact: consent.mail\n  is: true\n"
    ),
    "eligibility/deep-for-regular.yaml": (
        f"{_ELIGIBILITY}id: deep-for-regular\noffers: [cheese]\ndeny_when:\n  all:\n"
        "    - fact: candidate.depth_bp\n      more_than: 1500\n"
        "    - none:\n        - fact: segment.regular\n          is: true\n"
        "        - fact: segment.wavering\n          is: true\n"
    ),
    "eligibility/wine-on-weekdays.yaml": (
        f"{_ELIGIBILITY}id: wine-on-weekdays\noffers: [wine]\nrequire:\n"
        "  fact: context.weekday\n  at_most: 4\n"
    ),
    "eligibility/strong-wine.yaml": (
        f"{_ELIGIBILITY}id: strong-wine\noffers: [wine]\nline_when:\n"
        "  fact: line.abv_percent\n  at_least: '15.0'\n"
        "deny_when:\n  fact: candidate.depth_bp\n  more_than: 500\n"
    ),
    "guardrails/floor.yaml": (
        f'{_GUARDRAIL}id: floor\nprice_floor:\n  formula: "line.unit_cost * 1.15"\n'
    ),
    "guardrails/depth.yaml": f'{_GUARDRAIL}id: depth\ndepth_cap: {{at_most: "30 %"}}\n',
    "guardrails/largest.yaml": (
        f'{_GUARDRAIL}id: largest\ndiscount_cap: {{at_most_amount: "15.00"}}\n'
    ),
}
"""The files by their path below the folder of the ruleset."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A change of SOUND that can be served and is not meant: what to replace, and what to add."""

    code: str
    """What must be found."""
    edits: tuple[tuple[str, str, str], ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    """Files that are left out."""
    also: frozenset[str] = frozenset()
    """What else follows from it."""

    def applied(self) -> dict[str, str]:
        """The files that change."""
        changed = dict(self.files)
        for file, right, wrong in self.edits:
            before = changed.get(file, SOUND.get(file, ""))
            assert right in before, (file, right)
            changed[file] = before.replace(right, wrong, 1)
        return changed


def eligibility(name: str, rest: str) -> dict[str, str]:
    """A file with an eligibility rule of *name*, whose last keys are *rest*."""
    return {f"eligibility/{name}.yaml": f"{_ELIGIBILITY}id: {name}\n{rest}"}


def guardrail(name: str, rest: str) -> dict[str, str]:
    """A file with a guardrail of *name*, whose last keys are *rest*."""
    return {f"guardrails/{name}.yaml": f"{_GUARDRAIL}id: {name}\n{rest}"}


def _objective(rest: str) -> dict[str, str]:
    return {"objective.yaml": f"kind: objective\n{rest}"}


_RETURN = {"offers/basket.yaml": SOUND["offers/basket.yaml"] + "aim: return\n"}
"""The one offer that is for a return."""


_YEAR = "valid_from: 2026-01-01\nvalid_to: 2027-01-01\n"

FAULTS = {
    "shadowed_by_a_stricter_rule": Fault(
        "SEM-001",
        files=eligibility("few-baskets", "deny_when: {fact: shopper.baskets_56d, less_than: 3}\n")
        | eligibility("some-baskets", "deny_when: {fact: shopper.baskets_56d, less_than: 5}\n"),
    ),
    "shadowed_through_a_segment": Fault(
        "SEM-001",
        files=eligibility("regulars-only", "require: {fact: segment.regular, is: true}\n")
        | eligibility(
            "not-new",
            "deny_when:\n  all:\n    - {fact: shopper.baskets_56d, at_most: 2}\n"
            "    - {fact: context.channel, is: online}\n",
        ),
    ),
    "written_twice": Fault(
        "SEM-001",
        files=eligibility("consent-again", "require: {fact: consent.mail, is: true}\n"),
    ),
    "guardrail_always_undercut": Fault(
        "SEM-001",
        files=guardrail(
            "depth-of-cheese", 'depth_cap: {at_most: "35 %"}\nscope: {categories: [CHEESE]}\n'
        ),
    ),
    "floor_always_undercut": Fault(
        "SEM-001",
        files=guardrail("low-floor", 'price_floor: {formula: "line.unit_cost * 1.05"}\n'),
    ),
    "rule_about_no_offer_of_its_kind": Fault(
        "SEM-002",
        files=eligibility(
            "no-bundles", "offers: [cheese]\ndeny_when: {fact: offer.kind, is: bundle}\n"
        ),
    ),
    "deeper_than_any_depth": Fault(
        "SEM-002",
        files=eligibility(
            "deepest", "offers: [wine]\ndeny_when: {fact: candidate.depth_bp, more_than: 2500}\n"
        ),
    ),
    "comparisons_that_exclude_each_other": Fault(
        "SEM-002",
        files=eligibility(
            "middling",
            "deny_when:\n  all:\n    - {fact: shopper.baskets_56d, at_least: 8}\n"
            "    - {fact: segment.regular, is: false}\n",
        ),
    ),
    "dead_branch": Fault(
        "SEM-003",
        (
            (
                "segments/wavering.yaml",
                "shopper.tier\n          is: gold",
                "signal.abandoned\n          less_than: 2",
            ),
        ),
    ),
    "dead_item_of_none": Fault(
        "SEM-003",
        (
            (
                "eligibility/deep-for-regular.yaml",
                "segment.wavering\n          is: true",
                "candidate.depth_bp\n          at_most: 1000",
            ),
        ),
        also=frozenset({"SEM-022"}),
    ),
    "dead_branch_of_a_line": Fault(
        "SEM-003",
        (
            (
                "eligibility/strong-wine.yaml",
                "  fact: line.abv_percent\n  at_least: '15.0'\n",
                (
                    "  any:\n    - {fact: line.abv_percent, at_least: '15.0'}\n"
                    "    - {fact: line.quantity, less_than: 1}\n"
                ),
            ),
        ),
    ),
    "nobody_in_a_segment": Fault(
        "SEM-004",
        (("segments/wavering.yaml", "at_least: 3", "less_than: 0"),),
        also=frozenset({"SEM-003", "SEM-024"}),
    ),
    "everybody_in_a_segment": Fault(
        "SEM-005",
        files={
            "segments/visitors.yaml": f"{_SEGMENT}id: visitors\nwhen:\n"
            f"  fact: signal.abandoned\n  at_least: 0\n"
        }
        | eligibility("visitors-only", "require: {fact: segment.visitors, is: true}\n"),
        also=frozenset({"SEM-002"}),
    ),
    "depth_above_the_cap": Fault("SEM-006", (("guardrails/depth.yaml", "30 %", "15 %"),)),
    "tier_below_the_minimum_spend": Fault(
        "SEM-006",
        (("offers/tiers.yaml", "lane: basket\n", 'lane: basket\nminimum_spend: "120.00"\n'),),
    ),
    "depth_for_a_segment_that_another_rule_denies": Fault(
        "SEM-006",
        files=eligibility(
            "no-cheese-for-regulars",
            "offers: [cheese]\ndeny_when:\n  any:\n    - {fact: segment.regular, is: true}\n"
            "    - {fact: segment.wavering, is: true}\n",
        ),
    ),
    "budget_smaller_than_the_discount": Fault(
        "SEM-014",
        (("budgets/campaign.yaml", '"500.00"', '"1.50"'),),
        also=frozenset({"SEM-006"}),
    ),
    "offer_that_needs_more_than_rules_allow": Fault(
        "SEM-007",
        files=eligibility(
            "small-baskets",
            'offers: [basket]\ndeny_when: {fact: basket.list_total, at_least: "60.00"}\n',
        )
        | guardrail("share", 'discount_cap: {at_most_percent: "3 %"}\n'),
        edits=(("offers/basket.yaml", '"2.00", "4.00"', '"2.00"'),),
        also=frozenset({"SEM-023"}),
    ),
    "reward_of_nothing": Fault(
        "SEM-007",
        files={
            "offers/gift.yaml": f"{_OFFER}id: gift\nlane: shelf\nbuy_x_get_y:\n  buy: 4\n  get: 1\n"
            '  off: ["100 %"]\n'
            "  reward: {categories: [TEES], exclude_categories: [TEES]}\n"
        },
    ),
    "limit_below_one_set": Fault(
        "SEM-007",
        files={
            "offers/gift.yaml": f"{_OFFER}id: gift\nlane: shelf\nat_most_pieces: 4\n"
            'buy_x_get_y: {buy: 10, get: 10, off: ["100 %"]}\n'
        },
    ),
    "requirements_that_exclude_each_other": Fault(
        "SEM-008",
        files=eligibility(
            "newcomers", "offers: [cheese]\nrequire: {fact: shopper.baskets_56d, less_than: 2}\n"
        )
        | eligibility("regulars", "offers: [cheese]\nrequire: {fact: segment.regular, is: true}\n"),
        also=frozenset({"SEM-001"}),
    ),
    "weekend_and_weekday": Fault(
        "SEM-008",
        files=eligibility(
            "wine-on-sundays", "offers: [wine]\nrequire: {fact: context.weekday, is: 6}\n"
        ),
    ),
    "rule_that_denies_everything": Fault(
        "SEM-009",
        files=eligibility(
            "no-wine", 'offers: [wine]\ndeny_when: {fact: candidate.discount, more_than: "0.00"}\n'
        ),
        also=frozenset({"SEM-001"}),
    ),
    "two_offers_alike": Fault(
        "SEM-010",
        files={
            "offers/gouda.yaml": f'{_OFFER}id: gouda\nlane: shelf\npercent_off: ["5 %"]\n'
            f"scope:\n  categories: [CHEESE, GOUDA]\n"
        },
    ),
    "two_basket_offers_alike": Fault(
        "SEM-010",
        files={
            "offers/big.yaml": f"{_OFFER}id: big\nlane: basket\n"
            f'amount_off: ["4.00"]\nminimum_spend: "60.00"\n'
        },
    ),
    "offer_of_last_year": Fault(
        "SEM-011",
        (
            ("offers/wine.yaml", _YEAR, "valid_from: 2025-01-01\nvalid_to: 2026-01-01\n"),
            ("budgets/campaign.yaml", "valid_from: 2026-01-01", "valid_from: 2025-01-01"),
            ("guardrails/floor.yaml", "valid_from: 2026-01-01", "valid_from: 2025-01-01"),
            ("guardrails/depth.yaml", "valid_from: 2026-01-01", "valid_from: 2025-01-01"),
            ("guardrails/largest.yaml", "valid_from: 2026-01-01", "valid_from: 2025-01-01"),
            ("eligibility/strong-wine.yaml", "valid_from: 2026-01-01", "valid_from: 2025-01-01"),
            (
                "eligibility/wine-on-weekdays.yaml",
                "valid_from: 2026-01-01",
                "valid_from: 2025-01-01",
            ),
        ),
    ),
    "codes_of_last_summer": Fault(
        "SEM-011",
        files={
            "codes/summer.yaml": (
                "kind: codes\nid: summer\nname: Summer\nowner: Tests\nwhy: To be mistaken.\n"
                "valid_from: 2026-06-01\nvalid_to: 2026-09-01\ncode: SUMMER-10\noffers: [wine]\n"
            )
        },
    ),
    "gap_between_versions": Fault(
        "SEM-012",
        (("eligibility/consent.yaml", "valid_to: 2027-01-01", "valid_to: 2026-12-01"),),
        files={
            name: text.replace("valid_from: 2026-01-01", "valid_from: 2026-12-05")
            for name, text in eligibility(
                "consent-v2", "require: {fact: consent.mail, is: true}\n"
            ).items()
        },
    ),
    "offer_outlives_its_floor": Fault(
        "SEM-013", (("guardrails/floor.yaml", "valid_to: 2027-01-01", "valid_to: 2026-12-15"),)
    ),
    "cap_below_the_smallest_depth": Fault(
        "SEM-014",
        (("guardrails/largest.yaml", '"15.00"', '"1.00"'),),
        also=frozenset({"SEM-006"}),
    ),
    "floor_above_the_ceiling": Fault(
        "SEM-014",
        files=guardrail(
            "wine-floor",
            'price_floor: {formula: "line.list_price * 0.97"}\nscope: {categories: [WINE]}\n',
        ),
    ),
    "per_cent_for_basis_points": Fault(
        "SEM-015", (("eligibility/strong-wine.yaml", "more_than: 500", "more_than: 5"),)
    ),
    "cents_for_units": Fault(
        "SEM-015",
        files=eligibility(
            "spenders",
            'offers: [basket]\ndeny_when: {fact: shopper.spend_56d, less_than: "15.00"}\n',
        )
        | eligibility(
            "spenders-too",
            'offers: [tiers]\ndeny_when: {fact: shopper.spend_56d, less_than: "1500.00"}\n',
        ),
    ),
    "strength_added_to_money": Fault(
        "SEM-015",
        (("guardrails/floor.yaml", "line.unit_cost * 1.15", "line.unit_cost + line.abv_percent"),),
    ),
    "offer_without_a_budget": Fault(
        "SEM-016", (("offers/wine.yaml", "budgets: [campaign]\n", ""),)
    ),
    "no_offer_is_left": Fault(
        "SEM-029",
        removed=frozenset(
            name
            for name, text in SOUND.items()
            if name.startswith("offers/") or "offers: [" in text
        ),
        also=frozenset({"SEM-022"}),
    ),
    "language_without_a_text": Fault(
        "SEM-028",
        (
            (
                "shop.yaml",
                "consents: [mail]\n",
                (
                    "consents: [mail]\nlanguages: [nl]\ntexts:\n"
                    "  nl: {spend_more: 'Nog {amount}.', more_pieces: 'Nog {count}.'}\n"
                ),
            ),
            *(
                (f"offers/{name}.yaml", "name: Offer\n", "name: Offer\ntitle: {nl: Aanbieding}\n")
                for name in ("basket", "cheese", "tiers", "wine")
            ),
        ),
    ),
    "offer_without_a_title_in_a_language": Fault(
        "SEM-028",
        (
            ("shop.yaml", "consents: [mail]\n", "consents: [mail]\nlanguages: [en, de]\n"),
            ("offers/cheese.yaml", "name: Offer\n", "name: Offer\ntitle: {en: Cheese}\n"),
            *(
                (f"offers/{name}.yaml", "name: Offer\n", "name: Offer\ntitle: {en: A, de: B}\n")
                for name in ("basket", "wine")
            ),
        ),
    ),
    "alternatives_near_the_limit": Fault(
        "SEM-018",
        files=eligibility(
            "many",
            "deny_when:\n  all:\n    - any:\n"
            + "".join(f"        - {{fact: shopper.baskets_56d, is: {n}}}\n" for n in range(9))
            + "    - any:\n"
            + "".join(f"        - {{fact: context.hour, is: {n}}}\n" for n in range(6)),
        ),
    ),
    "worth_of_nothing": Fault("SEM-019", files=_objective('aim: return\nworth: "0"\n') | _RETURN),
    "least_gain_above_the_worth": Fault(
        "SEM-019", files=_objective('worth: "0.40"\nminimum_gain: "0.50"\n') | _RETURN
    ),
    "least_gain_above_the_assumed_response": Fault(
        "SEM-019",
        files=_objective(
            'worth: "8.00"\nminimum_gain: "0.50"\nassumed_response:\n  source: Assumed.\n'
            '  steps:\n    - {depth: "20 %", from_half: "55 %"}\n'
        )
        | _RETURN,
    ),
    "share_of_the_cost_out_of_reach": Fault(
        "SEM-019", files=_objective('worth: "3.00"\nminimum_gain_of_cost: "60 %"\n') | _RETURN
    ),
    "least_gain_beyond_the_cost_out_of_reach": Fault(
        "SEM-019", files=_objective('worth: "3.00"\nminimum_gain: "1.50"\n') | _RETURN
    ),
    "discount_dearer_than_the_return": Fault(
        "SEM-019", files=_objective('worth: "1.50"\n') | _RETURN
    ),
}
"""By name."""
