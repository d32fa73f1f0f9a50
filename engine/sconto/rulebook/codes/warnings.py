"""Warnings: rules that can be served, but probably don't mean what was meant, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.code import Code

WARNINGS: Final[Mapping[str, Code]] = {
    "SEM-001": Code(
        "a rule that adds nothing beside another",
        "Whenever this rule or guardrail withholds a discount, the other one does too, so it "
        "can be removed without changing an answer. Proved over all facts that a request can "
        "have; only rules of the shop itself are compared, because a law stays a law.",
        "a.yaml:  deny_when: {fact: shopper.baskets_56d, less_than: 5}\n"
        "b.yaml:  deny_when: {fact: shopper.baskets_56d, less_than: 8}",
        "b.yaml:  deny_when: {fact: shopper.baskets_56d, less_than: 8}",
    ),
    "SEM-002": Code(
        "a rule that can never deny anything",
        "No discount of any offer can make this rule true: its comparisons exclude each other, "
        "or no offer comes to what it asks.",
        "offers: [cheese]                # a percentage\n"
        "deny_when: {fact: offer.kind, is: bundle}",
        "offers: [meal]                  # a bundle\n"
        "deny_when: {fact: offer.kind, is: bundle}",
    ),
    "SEM-003": Code(
        "a part of a condition that can never be true",
        "An item of `any` or `none` can never be true, alone or beside the conditions around "
        "it, so it decides nothing.",
        "all:\n  - {fact: shopper.baskets_56d, at_least: 8}\n"
        "  - any:\n      - {fact: shopper.baskets_56d, less_than: 3}\n"
        "      - {fact: shopper.tier, is: gold}",
        "all:\n  - {fact: shopper.baskets_56d, at_least: 8}\n  - {fact: shopper.tier, is: gold}",
    ),
    "SEM-004": Code(
        "a segment that nobody is in",
        "The condition of the segment can never be true.",
        "all:\n  - {fact: shopper.baskets_56d, at_least: 8}\n"
        "  - {fact: shopper.baskets_56d, less_than: 3}",
        "any:\n  - {fact: shopper.baskets_56d, at_least: 8}\n"
        "  - {fact: shopper.baskets_56d, less_than: 3}",
    ),
    "SEM-005": Code(
        "a segment that everybody is in",
        "The condition of the segment can never be false, so asking for the segment asks "
        "nothing but that its facts are known.",
        "fact: signal.abandoned-48h\nat_least: 0",
        "fact: signal.abandoned-48h\nat_least: 1",
    ),
    "SEM-006": Code(
        "a depth or tier that can never be given",
        "One depth of the offer, or one tier, can never be given, because of the rules, "
        "guardrails and budgets that are named, or because no basket reaches it. Each of them "
        "is needed: without any one of them some basket could get it.",
        'percent_off: ["5 %", "40 %"]    # and depth_cap: {at_most: "30 %"}',
        'percent_off: ["5 %", "30 %"]',
    ),
    "SEM-007": Code(
        "an offer that can never be given",
        "No basket on any day of the offer gets any of its depths, because of what is named.",
        'amount_off: ["5.00"]\n# a budget with limit: "3.00", and a rule that asks for 100.00',
        'amount_off: ["2.50"]',
    ),
    "SEM-008": Code(
        "rules that exclude each other",
        "The rules can't be satisfied by the same basket, so nothing can ever be given of the "
        "offers that they are both about.",
        "a.yaml:  require: {fact: segment.newcomer, is: true}\n"
        "b.yaml:  require: {fact: segment.newcomer, is: false}",
        "b.yaml:  offers: [another]\n         require: {fact: segment.newcomer, is: false}",
    ),
    "SEM-009": Code(
        "a rule that denies everything of an offer",
        "The rule alone denies every depth of an offer in every basket.",
        'offers: [cheese]\ndeny_when: {fact: candidate.discount, more_than: "0.00"}',
        'offers: [cheese]\ndeny_when: {fact: candidate.discount, more_than: "5.00"}',
    ),
    "SEM-010": Code(
        "offers that compete without an order",
        "Two offers of one lane can be given to the same line at the same depth, and nothing "
        "but their ids decides when no model answers. Alike are offers of one kind, both "
        "exclusive or neither, with the same supplier's share where the lane gives the "
        "cheapest, in scopes that select by the same properties of a line. Offers whose amounts"
        " happen to be equal on some basket are not meant. The basket in the message was "
        "decided by the real core.",
        'cheese.yaml:  percent_off: ["5 %"]\ndairy.yaml:   percent_off: ["5 %"]   # the same lines',
        'cheese.yaml:  percent_off: ["5 %"]\ndairy.yaml:   percent_off: ["3 %"]',
    ),
    "SEM-011": Code(
        "a rule that holds no longer",
        "The last day of the rule is past. Decisions of that time are explained from the log, "
        "which keeps the rules of then; `--today` asks about another day. Repealed rules of "
        "legal packs stay. An offer needs a code as long as a code set names it, also one that "
        "holds no longer: remove the set together with its offers.",
        "valid_to: 2020-01-01",
        "valid_to: 2030-01-01",
    ),
    "SEM-012": Code(
        "days between two versions of a rule",
        "Versions are rules of one kind (or of one legal pack) whose ids differ only in a date,"
        " year or version at the end. Between two of them there are days on which none holds.",
        "cap-2026.yaml:  valid_to: 2026-12-31\ncap-2027.yaml:  valid_from: 2027-01-01",
        "cap-2026.yaml:  valid_to: 2027-01-01\ncap-2027.yaml:  valid_from: 2027-01-01",
    ),
    "SEM-013": Code(
        "an offer that runs without its guardrail",
        "On some of its days the offer runs under a limit of this kind, on others under none.",
        "offer:  valid_to: 2027-01-01\nfloor:  valid_to: 2026-07-01",
        "offer:  valid_to: 2027-01-01\nfloor:  valid_to: 2027-01-01",
    ),
    "SEM-014": Code(
        "limits that leave no depth of an offer",
        "Caps, floors, ceilings and budgets together leave no depth of the offer, whatever is "
        "in the basket.",
        'amount_off: ["5.00", "8.00"]    # and discount_cap: {at_most_amount: "3.00"}',
        'amount_off: ["2.00", "3.00"]',
    ),
    "SEM-015": Code(
        "mixed units",
        "A number looks as if it was written in another unit: a share out of its scale, two "
        "numbers of one fact exactly a hundred times apart, a whole number named like money, or"
        " a formula that adds, subtracts or compares things of different kinds, multiplies "
        "money by money or by a per cent, or makes no money.",
        "fact: candidate.depth_bp\nmore_than: 15",
        "fact: candidate.depth_bp\nmore_than: 1500",
    ),
    "SEM-016": Code(
        "an offer that no budget covers",
        "Nothing but its last day ends what the offer may cost: it draws on no budget, and no "
        "limit on everybody's uses of its codes ends it.",
        "budgets: []",
        "budgets: [monthly-campaign]",
    ),
    "SEM-017": Code(
        "a rule that no case exercises",
        "In no case of the ruleset does this rule withhold anything, so nobody knows that it does "
        "what was meant.",
        "cases/     # none in which `adults` withholds",
        "cases/nobody-below-eight-baskets_test.yaml",
    ),
    "SEM-018": Code(
        "a limit of the rule engine in reach",
        "The rule, or all of them together, reach 80 % of what the rule engine was measured "
        "with: 64 alternatives of a rule, 100,000 in all.",
        "any: [... 52 items ...]",
        "any: [... 26 items ...]         # in each of two rules",
    ),
    "SEM-019": Code(
        "an objective that can't be passed",
        "What the outcome is worth, with every shopper won over, is less than the discount costs "
        "or than the objective asks, so the model never gives it. Where a response is assumed, "
        "no more is expected than it says.",
        'worth: "0.40"\nminimum_gain: "0.50"',
        'worth: "8.50"\nminimum_gain: "0.50"',
    ),
    "SEM-020": Code(
        "a text that is a slip away from a known one",
        "Two texts that the same fact is compared with, or has in a test, differ in capital "
        "letters, spaces, hyphens, Unicode form or look-alike characters only, or in one letter of "
        "a long word that stands in a single place. Texts are compared letter by letter. Two texts "
        "that one list names beside each other are both meant.",
        "offers/a.yaml:  categories: [SUN CARE]\noffers/b.yaml:  categories: [SUNCARE]",
        "offers/a.yaml:  categories: [SUN CARE]\noffers/b.yaml:  categories: [SUN CARE]",
    ),
    "SEM-021": Code(
        "a text that looks like a pattern",
        "Texts are compared as they are: a star stands for itself and for nothing else.",
        "fact: shopper.tier\nis: gold*",
        "fact: shopper.tier\nin: [gold, gold-plus]",
    ),
    "SEM-022": Code(
        "something defined and never used",
        "No rule names the segment, signal or consent, no offer draws on the budget or is in the "
        "lane, or a code and the offers that it opens hold on different days. The rule that was to "
        "name it is missing, or names another.",
        "budgets/weekly.yaml:  id: weekly        # and no offer has it under `budgets`",
        "offers/cheese.yaml:   budgets: [monthly-campaign, weekly]",
    ),
    "SEM-023": Code(
        "money that defeats itself",
        "A tier takes less off a larger basket than the tier before off a smaller one, an amount "
        "is half or more of what must be spent for it, or a share is above a cap on the whole "
        "basket, so that it needs other goods beside.",
        'spend_tiers:\n  - {spend: "50.00", amount_off: "12.00"}\n'
        '  - {spend: "100.00", percent_off: "5 %"}',
        'spend_tiers:\n  - {spend: "50.00", amount_off: "5.00"}\n'
        '  - {spend: "100.00", percent_off: "12 %"}',
    ),
    "SEM-024": Code(
        "a number that is hardly meant",
        "A margin floor of 100 %, a shadow price above 10 or below 0.01, an experiment with most "
        "of the shoppers, something that is never below 0 compared with less, or goods of a test "
        "that cost the shop more than their price.",
        'shadow_price: {at_pace: "35"}',
        'shadow_price: {at_pace: "0.35"}',
    ),
    "SEM-025": Code(
        "a time zone of another country",
        "The zone of a place of sale decides what day it is there for rules and laws, and the time "
        "zone database says that this one is the time of other countries.",
        "jurisdictions:\n  FR: {time_zone: America/Chicago}",
        "jurisdictions:\n  FR: {time_zone: Europe/Paris}",
    ),
    "SEM-026": Code(
        "a goods class set to `none` though such goods are named",
        "A law of a place of sale speaks about the class, the shop says that it sells none, and "
        "offers or other rules name such goods, if only to leave them out. The law does not hold "
        "for them.",
        "classes.yaml:     tobacco: none\noffers/basket.yaml:  exclude_categories: [CIGARETTES]",
        "classes.yaml:     tobacco: {categories: [CIGARETTES]}",
    ),
    "SEM-027": Code(
        "a test that can't fail",
        "The test expects nothing and names no reason, and nothing could come out of it: no offer "
        "that it considers holds on its day, all that keeps discounts back is a fact that a law "
        "needs and that is not sent, or every line costs the shop more than it brings.",
        "context: {day: 2031-01-01}     # all offers end in 2030\nexpect: {given: {}}",
        "context: {day: 2026-06-01}\nexpect: {given: {}, reason: NOT_ELIGIBLE}",
    ),
    "SEM-028": Code(
        "a text for shoppers that a language lacks",
        "Shoppers who ask for the language read the shop's first one, or the `name` of the offer.",
        "languages: [en, de]      # and an offer has\ntitle: {en: Wine week}",
        "languages: [en, de]      # and an offer has\ntitle: {en: Wine week, de: Weinwoche}",
    ),
    "SEM-029": Code(
        "rules without an offer",
        "No file of the ruleset is an offer, so nobody gets a discount. A server takes such rules "
        "over, because taking back the last offer is a right of the shop.",
        "shop.yaml     # and no file with `kind: offer`",
        "shop.yaml\noffers/cheese.yaml     # kind: offer",
    ),
}  # fmt: skip
