"""Findings about test files, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.code import Code

CASES: Final[Mapping[str, Code]] = {
    "TST-001": Code(
        "an unknown fixture",
        "A case names a fixture that neither its file nor `fixtures.yaml` has.",
        "shopper: reguler",
        "shopper: regular",
    ),
    "TST-002": Code(
        "a fixture or case defined twice",
        "Two fixtures of one kind, two cases of one file or two entries of a matrix share a name. "
        "A file's own fixtures can't replace shared ones, and `none` means no scores.",
        "- {name: newcomers start small, ...}\n- {name: newcomers start small, ...}",
        "- {name: newcomers start small, ...}\n- {name: newcomers may get 10 %, ...}",
    ),
    "TST-003": Code(
        "fixtures that need each other",
        "Fixtures that begin `like` one another never end.",
        "regular: {like: newcomer}\nnewcomer: {like: regular}",
        "regular: {facts: {shopper.tenure_days: 400}}\nnewcomer: {like: regular}",
    ),
    "TST-004": Code(
        "a case that leaves out what a decision needs",
        "A decision needs a place, a channel, a day and a basket whose lines have a category, a "
        "department and a price; `common:` can say what all cases share. A `group` must be one "
        "that the experiment has.",
        "context: {jurisdiction: US-WI, channel: store}",
        "context: {jurisdiction: US-WI, channel: store, day: 2026-11-24}",
    ),
    "TST-005": Code(
        "a combination without an expectation",
        "Every combination of a matrix says what must come out: in one entry of `expect_when`, or "
        "in `expect` for all that are left. Nothing is implied.",
        "matrix: {shopper: [regular, newcomer]}\n"
        "expect_when: [{when: {shopper: [regular]}, given: {}}]",
        "matrix: {shopper: [regular, newcomer]}\n"
        "expect_when: [{when: {shopper: [regular]}, given: {}}]\nexpect: {given: {}}",
    ),
    "TST-006": Code(
        "a combination with several expectations",
        "Two entries of `expect_when` are about the same combination.",
        "- {when: {shopper: [regular]}, given: {}}\n- {when: {basket: [eggs]}, given: {}}",
        "- {when: {shopper: [regular]}, given: {}}\n"
        "- {when: {shopper: [newcomer], basket: [eggs]}, given: {}}",
    ),
    "TST-007": Code(
        "an expectation for no combination",
        "An entry names something that the matrix does not have, or no combination is left for it.",
        "matrix: {shopper: [regular]}\nexpect_when: [{when: {shopper: [newcomer]}, given: {}}]",
        "matrix: {shopper: [regular]}\nexpect_when: [{when: {shopper: [regular]}, given: {}}]",
    ),
    "TST-008": Code(
        "an expectation that can't be compared",
        "Something is expected that no answer could have: a step that no offer has, a rule or lane "
        "that is not there, a number of prices other than that of the lines.",
        "withheld: {cheese 12 %: NOT_BEST}     # 5, 10, 15 and 20 %",
        "withheld: {cheese 10 %: NOT_BEST}",
    ),
    "TST-009": Code(
        "a matrix with too many combinations",
        "One case has at most 1000 combinations.",
        "seven lists of five fixtures each",
        "two cases, each with what it is about",
    ),
}
"""One section of docs/lint.md."""
