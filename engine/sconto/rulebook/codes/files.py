"""Findings about files and about the YAML in them, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.code import Code

FILES: Final[Mapping[str, Code]] = {
    "FIL-001": Code(
        "a file or folder that no rule file may be called",
        "Only rule files, `README.md` and `cases/` may stand in a ruleset. Anything else is "
        "refused, so that a misspelt name can't silently switch a rule off.",
        "rules/offer/cheese.yaml     # no such folder",
        "rules/offers/cheese.yaml",
    ),
    "FIL-002": Code(
        "the file name differs from the id",
        "The file is found by its name and the rule by its id; they are the same word.",
        "offers/cheese.yaml:  id: cheeses",
        "offers/cheese.yaml:  id: cheese",
    ),
    "FIL-003": Code(
        "a link that leaves the folder",
        "A link must not bring files from outside into the rules: nobody would review them.",
        "offers/secret.yaml -> ../../elsewhere/secret.yaml",
        "offers/secret.yaml          # a file of its own",
    ),
    "FIL-004": Code(
        "an id used twice",
        "Records name a rule by its id alone, so no two rules may share one. The finding names the "
        "other place.",
        "guardrails/floor.yaml:   id: floor\neligibility/floor.yaml:  id: floor",
        "guardrails/floor.yaml:   id: floor\neligibility/adults.yaml: id: adults",
    ),
    "FIL-005": Code(
        "a file that every ruleset needs is missing",
        "`shop.yaml` says where and in which currency the shop sells, `facts.yaml` what rules may "
        "compare. No ruleset can be read without them.",
        "rules/\n  offers/cheese.yaml",
        "rules/\n  shop.yaml\n  facts.yaml\n  offers/cheese.yaml",
    ),
    "FIL-006": Code(
        "a file that can't be read",
        "The file or folder is not there, or may not be read.",
        "sconto rules lint rule/retail",
        "sconto rules lint rules/retail",
    ),
    "FIL-007": Code(
        "a file in the folder of another kind",
        "A rule stands in the folder of its kind.",
        "offers/monthly.yaml:   kind: budget",
        "budgets/monthly.yaml:  kind: budget",
    ),
    "YML-001": Code(
        "the file is too large",
        "A rule file holds one rule, and that fits into 1 MiB.",
        "offers/all.yaml             # 5 MiB",
        "offers/cheese.yaml          # 1 KiB",
    ),
    "YML-002": Code(
        "the file is not UTF-8 text",
        "Rule files are text in UTF-8, which every editor can save.",
        "name: K\\xe4se               # saved as Latin-1",
        "name: Käse                  # saved as UTF-8",
    ),
    "YML-003": Code(
        "the file is not YAML",
        "The text is no YAML: mostly an indentation that does not fit, or a value with `: ` in it.",
        "sentence: Said: plainly.",
        'sentence: "Said: plainly."',
    ),
    "YML-004": Code(
        "a tab in the indentation",
        "YAML indents with spaces only.",
        "scope:\n\tcategories: [CHEESE]",
        "scope:\n  categories: [CHEESE]",
    ),
    "YML-005": Code(
        "nested too deep",
        "More than 32 levels are no rule that a person could read.",
        "when: {all: [{any: [{all: [{any: [...]}]}]}]}",
        "when:\n  all:\n    - {fact: segment.regular, is: true}",
    ),
    "YML-006": Code(
        "an anchor or alias",
        "Anchors and aliases repeat a value out of sight; write it where it counts.",
        "budgets: &usual [monthly]\nlater: *usual",
        "budgets: [monthly]",
    ),
    "YML-007": Code(
        "a merge key",
        "A merge key brings in keys that can't be seen here; write them out.",
        "scope:\n  <<: {brands: [A]}\n  categories: [CHEESE]",
        "scope:\n  brands: [A]\n  categories: [CHEESE]",
    ),
    "YML-008": Code(
        "a tag or directive",
        "Tags and directives tell YAML readers to build other things than text and numbers.",
        "name: !!str Cheese",
        "name: Cheese",
    ),
    "YML-009": Code(
        "more than one document",
        "One file, one rule.",
        "kind: offer\n---\nkind: budget",
        "kind: offer",
    ),
    "YML-010": Code(
        "a key used twice",
        "Which of the two counts would depend on the program that reads the file.",
        "name: Cheese\nname: Käse",
        "name: Käse",
    ),
    "YML-011": Code(
        "a decimal number without quotes",
        "Programs disagree on what a decimal number without quotes is, so it stands in quotes.",
        "limit: 500.00",
        'limit: "500.00"',
    ),
    "YML-012": Code(
        "a number in another notation",
        "Whole numbers are written in plain digits, without a leading zero, sign or other base.",
        "at_least: 010",
        "at_least: 10",
    ),
    "YML-013": Code(
        "a key that is not text",
        "A key is text.",
        "{12: gold}",
        '{"12": gold}',
    ),
    "YML-014": Code(
        "no document",
        "The file is empty, or all of it is comments.",
        "# to be written",
        "kind: offer\nid: cheese",
    ),
    "YML-015": Code(
        "a character that nobody can see",
        "Control characters, line breaks, characters that turn the direction of text, and those "
        "that are drawn as nothing: a text with one is not the text that it looks like, and can "
        "forge lines of a log. Joiners are taken where a script or an emoji is spelt with them.",
        'name: "Sun\\u202e care"',
        'name: "Sun care"',
    ),
    "YML-016": Code(
        "a letter that looks like another one",
        "A letter of another alphabet stands in a word of Latin letters, or a letter is written in "
        "another Unicode form than NFC, such as `e` and its accent. It looks the same, and what "
        "checkouts send is another text.",
        'categories: ["cafe\\u0301"]',
        'categories: ["caf\u00e9"]',
    ),
    "YML-017": Code(
        "a space at the start or end of a text",
        "Texts are compared as they are, so `gold` and `gold` with a space behind it are two.",
        'is: "gold "',
        "is: gold",
    ),
}  # fmt: skip
