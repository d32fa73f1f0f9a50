"""Files that are no rules at all, or try to be more than rules."""

from __future__ import annotations

from golden_rules import GOOD

CHEESE = "offers/cheese.yaml"
FLOOR = "guardrails/floor.yaml"
REGULAR = "segments/regular.yaml"


def _with(file: str, right: str, wrong: str) -> tuple[str, bytes]:
    assert right in GOOD[file]
    return file, GOOD[file].replace(right, wrong, 1).encode()


def _named(name: str) -> tuple[str, bytes]:
    return _with(CHEESE, "name: Cheese", f"name: {name}")


def _floor(formula: str) -> tuple[str, bytes]:
    return _with(FLOOR, '"line.unit_cost * 1.15"', formula)


ANCHORS = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{{', '.join(f'k{i}: *{a}' for i in range(9))}}}\n"
    for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n"
    for a, b in zip("abcdefg", "bcdefgh", strict=True)
)

FILES = {
    "ten_kilobytes_of_brackets": (CHEESE, b"[" * 10_000),
    "ten_kilobytes_of_braces": (CHEESE, b"kind: " + b"{a: " * 10_000),
    "ten_kilobytes_of_dashes": (CHEESE, b"- " * 5_000),
    "alias_bomb": (CHEESE, ANCHORS.encode()),
    "merge_bomb": (CHEESE, MERGES.encode()),
    "five_megabytes": (CHEESE, GOOD[CHEESE].encode() + b"# " + b"x" * 5_000_000),
    "too_many_values": (CHEESE, b"kind: offer\nscope: {brands: [" + b"a," * 20_001 + b"]}\n"),
    "latin_1": (CHEESE, GOOD[CHEESE].replace("Cheese", "Käse").encode("latin-1")),
    "utf_16": (CHEESE, GOOD[CHEESE].encode("utf-16")),
    "utf_16_without_mark": (CHEESE, GOOD[CHEESE].encode("utf-16-le")),
    "null_bytes": _named("Che\x00se"),
    "escape_sequence": _named("\x1b[2J\x1b[1;31mowned"),
    "escaped_control_character": _with(CHEESE, "id: cheese", 'id: "a\\u001b[31m\\nb"'),
    "right_to_left": _with(CHEESE, "id: cheese", "id: chee\u202egnp.es"),
    "direction_turned": _named('"Sun\\u202e care"'),
    "line_break_in_a_text": _named('"a\\nb"'),
    "line_breaks_of_a_block": _named("|\n  Cheese\n  and more"),
    "escape_sequence_in_quotes": _named('"\\x1b[31mCheese"'),
    "null_in_quotes": _named('"\\0"'),
    "tab_in_a_text": _named("Cheese\tand more"),
    "space_of_no_width": _with(CHEESE, "[CHEESE]", "[GOUDA, CHEE\u200bSE]"),
    "space_of_no_width_in_a_key": _with(CHEESE, "categories", "categories\u200b"),
    "space_that_is_none": _with(CHEESE, "[CHEESE]", "[BRIE, OLD\u00a0CHEESE]"),
    "accent_apart": _with(CHEESE, "[CHEESE]", "[CHE\u0301ESE]"),
    "letter_of_another_alphabet": _with(CHEESE, "[CHEESE]", "[\u0421HEESE]"),
    "space_at_the_end": _with(CHEESE, "[CHEESE]", '["CHEESE "]'),
    "space_at_the_start": _with(CHEESE, "[CHEESE]", '[BRIE, " CHEESE"]'),
    "text_of_spaces": _with("eligibility/adults.yaml", "Said plainly.", '"  "'),
    "sentence_without_a_word": _with("eligibility/adults.yaml", "Said plainly.", '"-."'),
    "emoji_id": _with(CHEESE, "id: cheese", "id: 🧀"),
    "wide_characters": (CHEESE, "kind: offer\nname: 奶酪 @: 打折: x\n".encode()),
    "half_a_character": _named('"\\ud83e"'),
    "crlf_with_a_mistake": (CHEESE, GOOD[CHEESE].replace("percent_off", "percent_of")
                            .replace("\n", "\r\n").encode()),
    "byte_order_mark_with_a_mistake": (CHEESE, GOOD[CHEESE].replace("kind: offer", "kind: ofer")
                                       .encode("utf-8-sig")),
    "mistake_in_a_long_line": _with(
        CHEESE, "[CHEESE]", "[" + ", ".join(f"CHEESE {n}" for n in range(400)) + ", true]"
    ),
    "long_key": (CHEESE, GOOD[CHEESE].encode() + b"? " + b"k" * 50_000 + b"\n: 1\n"),
    "long_text": _named("x" * 5_000),
    "huge_integer": _with(REGULAR, "at_least: 8", "at_least: " + "9" * 40),
    "exponent": _with(REGULAR, "at_least: 8", "at_least: 1e9"),
    "infinity": _with(REGULAR, "at_least: 8", "at_least: .inf"),
    "negative_percentage": _with(CHEESE, '"10 %"', '"-10 %"'),
    "percentage_with_comma": _with(CHEESE, '"10 %"', '"7,5 %"'),
    "unicode_percentage": _with(CHEESE, '"10 %"', '"\uff11\uff10 %"'),
    "negative_money": _with("budgets/campaign.yaml", '"500.00"', '"-500.00"'),
    "money_with_thousands": _with("budgets/campaign.yaml", '"500.00"', '"1,500.00"'),
    "two_currencies": _with("shop.yaml", "currency: USD", "currency: [USD, EUR]"),
    "money_in_another_currency": _with("budgets/campaign.yaml", '"500.00"', '"500.00 EUR"'),
    "german_date": _with(CHEESE, "2026-01-01", "1.2.2026"),
    "instant_for_a_date": _with(CHEESE, "2026-01-01", "2026-01-01T00:00:00Z"),
    "nothing_below_scope": _with(CHEESE, "scope:\n  categories: [CHEESE]", "scope:"),
    "empty_item": _with(CHEESE, "[CHEESE]", "[CHEESE, ~]"),
    "brackets_not_closed": _with(CHEESE, "[CHEESE]", "[CHEESE"),
    "quotes_not_closed": _with(CHEESE, "name: Cheese", 'name: "Cheese'),
    "quotes_inside_quotes": _named('"The "best" cheese"'),
    "no_space_after_colon": _with(CHEESE, "owner: Tests", "owner:Tests"),
    "line_without_colon": _with(CHEESE, "owner: Tests", "owner Tests"),
    "percent_sign_first": _named("% off"),
    "star_first": _named("*new* cheese"),
    "item_beside_its_key": _with(CHEESE, "budgets: [campaign]", "budgets: - campaign"),
    "indented_below_a_value": _with(CHEESE, "owner: Tests", "  owner: Tests"),
    "comma_too_many": _with(CHEESE, "[CHEESE]", "[CHEESE, , BRIE]"),
    "no_kind": _with(CHEESE, "kind: offer\n", ""),
    "list_at_the_top": (CHEESE, b"- kind: offer\n- kind: offer\n"),
    "two_conditions_in_one": _with(
        REGULAR, "at_least: 8", "at_least: 8\n  all:\n    - {fact: basket.lines, at_least: 1}"
    ),
    "condition_without_a_fact": _with(REGULAR, "fact: shopper.baskets_56d\n  ", ""),
    "shouted_kind": _with(CHEESE, "kind: offer", "kind: Offer"),
    "thousand_parentheses": _floor('"' + "(" * 1_000 + "1" + ")" * 1_000 + '"'),
    "ninety_parentheses_open": _floor('"' + "(" * 90 + '1"'),
    "deep_formula": _floor('"' + "1 + (" * 30 + "1" + ")" * 30 + '"'),
    "unicode_digits_in_formula": _floor('"line.unit_cost * \uff11.15"'),
    "comma_in_formula": _floor('"line.unit_cost * 1,15"'),
    "exponent_in_formula": _floor('"line.unit_cost * 1e9"'),
    "percent_in_formula": _floor('"line.unit_cost * 115 %"'),
    "empty_formula": _floor('" "'),
    "unicode_facts_in_formula": _floor('"\uff4cine.unit_cost"'),
    "number_of_a_formula_too_long": _floor('"line.unit_cost * 1.1234567890123"'),
    "too_many_alternatives": _with(
        REGULAR,
        "fact: shopper.baskets_56d\n  at_least: 8",
        "all:\n" + ("    - fact: shopper.tier\n      in: [gold, silver]\n"
                    "    - {any: [" + ", ".join(
                        f"{{fact: shopper.baskets_56d, is: {n}}}" for n in range(60)
                    ) + "]}\n    - {any: [" + ", ".join(
                        f"{{fact: basket.lines, is: {n}}}" for n in range(60)) + "]}"),
    ),
    "only_a_capital_differs": ("offers/Cheese.yaml", GOOD[CHEESE].encode()),
    "no_ending": ("offers/brie", GOOD[CHEESE].encode()),
    "rule_at_the_top": ("cheese.yaml", GOOD[CHEESE].encode()),
    "misspelt_shop": ("shop.yml", GOOD["shop.yaml"].encode()),
    "control_character_in_a_name": ("offers/a\x1b[31m\nb.yaml", b"kind: [\n"),
    "bytes_in_a_name": ("offers/\udcff.yaml", b"kind: [\n"),
}  # fmt: skip
"""Name of the mistake -> a file and its bytes."""
