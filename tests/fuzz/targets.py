"""What the fuzzers call: each takes bytes, and breaks when a promise about bad input does not hold.

tests/fuzz/run.py drives them with atheris; they need nothing but Sconto itself.
"""

from __future__ import annotations

from sconto.api.http.json_form import message_from
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.errors import InvalidRequest
from sconto.rulebook.codes import CODES
from sconto.rulebook.compile.formula import MAX_LENGTH, FormulaRefused, parse_formula
from sconto.rulebook.findings import Report, as_text, visible
from sconto.rulebook.layout.canonical import canonical
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.strict_yaml import parse_yaml
from sconto.v1.decision_service_pb2 import DecideRequest

FACTS = {"line.unit_cost": 2, "line.list_price": 2, "line.quantity": 0, "line.abv_percent": 2}
FILE = "f.yaml"


class PromiseBroken(AssertionError):
    """The input that led here is worth a test of its own."""


def _must(holds: object, promise: str) -> None:
    if not holds:
        raise PromiseBroken(promise)


def loader(data: bytes) -> None:
    """A file is a value or findings; each finding has a place in it, a code, and one line."""
    parsed = parse_yaml(data, FILE)
    report = Report()
    report.extend(parsed.findings)
    if not parsed.findings:
        _must(isinstance(parsed.value, dict), "a file without findings is a mapping")
        located = read_document(parsed.value, parsed.source, report)
        _must((located is None) == bool(report.findings), "a document is read or explained")
    last = max(1, len(parsed.source.lines))
    for found in report.findings:
        _must(found.code in CODES, "every code is listed")
        _must(1 <= found.line <= last and found.col >= 1, "every finding has its place")
        for text in (found.message, found.help):
            _must(text and visible(text) == text, "a finding says what and what to do, safely")
    as_text(report.findings).encode()


def layout(data: bytes) -> None:
    """A strict file has a layout that is its own layout; changed meanings raise in there."""
    once = canonical(data, FILE, None, {})
    _must((once.text is None) == bool(once.findings), "a file is laid out or explained")
    if once.text is not None:
        again = canonical(once.text.encode(), FILE, None, {})
        _must(again.text == once.text, "a layout is its own layout")


def formula(data: bytes) -> None:
    """Text is a formula of known facts and exact numbers, or refused with a place in it."""
    text = data.decode("utf-8", "replace")
    try:
        parsed = parse_formula(text, FACTS)
    except FormulaRefused as refused:
        _must(refused.code in CODES and str(refused) and refused.advice, "a refusal is explained")
        _must(0 <= refused.at <= len(text), "a refusal has its place")
    else:
        _must(len(text) <= MAX_LENGTH, "a formula is short")
        _closed(parsed)


def _closed(parsed: Formula) -> None:
    match parsed:
        case Operation(op, left, right):
            _must(op in {"+", "-", "*", "min", "max"}, "only these operations exist")
            _closed(left)
            _closed(right)
        case FactRef(name):
            _must(name in FACTS, "only known facts are read")
        case Constant(value):
            _must(value.is_finite(), "numbers are finite")


def request(data: bytes) -> None:
    """A body over HTTP is a request to decide on, or refused as the caller's fault."""
    try:
        message_from(data, DecideRequest).SerializeToString()
    except InvalidRequest as refused:
        _must(len(refused.violations) == 1, "what is no message has one thing wrong")
        _must(visible(str(refused)) == str(refused), "a refusal is one line, safely")


TARGETS = {"loader": loader, "layout": layout, "formula": formula, "request": request}
"""The targets by name."""
