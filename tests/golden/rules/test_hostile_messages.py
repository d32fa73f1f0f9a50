"""Files that are no rules at all, or try to be more: each gives exactly its reviewed message.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from golden_rules import GOOD, write
from sconto.rulebook.findings import as_text
from sconto.rulebook.loader import lint

HERE = Path(__file__).parent
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


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "offers/pipe.yaml")


def _device(folder: Path) -> None:
    (folder / "offers/zero.yaml").symlink_to("/dev/zero")


def _folder(folder: Path) -> None:
    (folder / "offers/brie.yaml").mkdir()


def _shop_is_a_pipe(folder: Path) -> None:
    (folder / "shop.yaml").unlink()
    os.mkfifo(folder / "shop.yaml")


def _circular_link(folder: Path) -> None:
    (folder / "offers/a.yaml").symlink_to("b.yaml")
    (folder / "offers/b.yaml").symlink_to("a.yaml")


def _dangling_link(folder: Path) -> None:
    (folder / "offers/gone.yaml").symlink_to("nowhere.yaml")


def _link_to_a_folder(folder: Path) -> None:
    (folder / "more").symlink_to("offers")


PLACES = {
    "pipe": _pipe, "device": _device, "folder_named_as_a_file": _folder,
    "shop_is_a_pipe": _shop_is_a_pipe, "circular_link": _circular_link,
    "dangling_link": _dangling_link, "link_to_a_folder": _link_to_a_folder,
}  # fmt: skip
"""Name of the mistake -> what makes it."""


def _compare(name: str) -> None:
    actual = as_text(lint([Path("rules")]))
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual
    assert actual


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_explained(name: str) -> None:
    """Whatever the bytes, the finding says where, what and what to do, in one line each."""
    file, raw = FILES[name]
    Path("rules", file).write_bytes(raw)
    _compare(name)


@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file_is_explained(name: str) -> None:
    """Pipes, devices, folders and links are named for what they are, and never opened."""
    make: Callable[[Path], None] = PLACES[name]
    make(Path("rules"))
    _compare(name)


def test_a_file_that_may_not_be_read_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is told; the superuser, as whom tests may run, may read everything."""
    opened = os.open

    def forbidding(path: str, flags: int) -> int:
        if Path(path).name == "cheese.yaml":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, flags)

    monkeypatch.setattr("sconto.rulebook.folder.os.open", forbidding)
    _compare("may_not_be_read")


def test_good_files_in_other_clothes_are_good() -> None:
    """A byte order mark, Windows line ends and hidden copies of editors are no mistakes."""
    for name, text in GOOD.items():
        Path("rules", name).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    Path("rules/offers/.cheese.yaml.swp").write_bytes(b"\0")
    assert as_text(lint([Path("rules")])) == ""
