"""A request from JSON, and its reply in plain words or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from google.type.money_pb2 import Money

from sconto.cli.decide_here import decide_here
from sconto.cli.messages import read_message
from sconto.cli.output import print_json, print_lines
from sconto.cli.remote import decide_there, find_there, minor_of
from sconto.domain.explain import explain
from sconto.domain.money import format_minor
from sconto.domain.reasons import SENTENCES
from sconto.v1.decision_pb2 import Decision, NotChosen
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse

DRY = "A dry run: nothing was reserved and nothing was recorded."


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, and the same in sentences."""

    message: DecideResponse
    sentences: Sequence[str]


def read_request(raw: bytes) -> DecideRequest:
    """The DecideRequest that proto3 JSON *raw* stands for; a Failure when it is none."""
    return read_message(raw, DecideRequest)


def from_files(request: DecideRequest, rules: Path, model: Path | None) -> Reply:
    """The reply to *request*, decided here as a dry run."""
    [(message, record)] = decide_here([request], rules, model)
    return Reply(message, (DRY, *explain(record)))


def from_server(request: DecideRequest, server: str, *, dry_run: bool) -> Reply:
    """The reply of *server* to *request*, explained from the record that it left."""
    request.validate_only |= dry_run
    message = decide_there(server, request)
    if request.validate_only:
        return Reply(message, (DRY, *_sentences(message.decision)))
    explanation = find_there(server, message.decision.decision_id).explanation
    again = ("This is the answer given before to the same request_id.",)
    return Reply(message, (*(again if message.replayed else ()), *explanation))


def print_reply(reply: Reply, form: str, server: str | None) -> None:
    """Print *reply* as sentences, or as a DecideResponse in proto3 JSON with every field.

    *server* gave it, and has its record.
    """
    if form == "json":
        print_json(MessageToDict(reply.message, always_print_fields_with_no_presence=True))
        return
    print_lines(reply.sentences)
    if reply.message.decision.decision_id:
        shown = f"sconto log show {reply.message.decision.decision_id} --server {server}"
        print_lines(["", shown])


def _sentences(decision: Decision) -> Iterator[str]:
    """What a dry run's reply says: it left no record, so there is nothing more to tell."""
    for discount in decision.discounts:
        yield f"{_money(discount.total)} would come off by {discount.offer_id}."
    if not decision.discounts:
        yield f"No discount. Of the candidate that came furthest: {_why(decision.reason)}."
    for price in decision.line_prices:
        if price.discount.units or price.discount.nanos:
            yield f"Line {price.line_id} would cost {_money(price.final_price)}."
    for (offer_id, reason), same in groupby(_not_chosen(decision.not_chosen)):
        depths = len(list(same))
        steps = f" ({depths} depths)" if depths > 1 else ""
        yield f"Not {offer_id}{steps}: {_why(reason)}."


def _not_chosen(columns: NotChosen) -> Iterator[tuple[str, int]]:
    for offer, reason in zip(columns.offers, columns.reasons, strict=True):
        yield columns.offer_ids[offer], reason


def _why(reason: int) -> str:
    """The sentence of a reason code; its number where this client is older than the server."""
    known = {code.value: sentence for code, sentence in SENTENCES.items()}
    return known.get(reason, f"reason code {reason}")


def _money(money: Money) -> str:
    return format_minor(minor_of(money), money.currency_code)
