"""The reply to a request, in sentences or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from google.protobuf.json_format import MessageToDict
from google.type.money_pb2 import Money

from sconto.cli import client
from sconto.cli.messages import minor_of
from sconto.cli.output import print_json, print_lines
from sconto.domain.explain import explain
from sconto.domain.money import format_minor
from sconto.domain.reasons import SENTENCES
from sconto.offline.decide import decide_offline
from sconto.v1.decision_pb2 import Decision, NotChosen
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse

DRY: Final = "A dry run: nothing was reserved and nothing was recorded."
REPLAYED: Final = "This is the answer given before to the same request_id."


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, and its explanation in sentences."""

    message: DecideResponse
    sentences: Sequence[str]


def reply_of_files(request: DecideRequest, rules: Path, model: Path | None) -> Reply:
    """The reply to *request*, decided here as a dry run."""
    [(message, record)] = decide_offline([request], rules, model)
    return Reply(message, (DRY, *explain(record)))


def reply_of_server(request: DecideRequest, server: str, *, dry_run: bool) -> Reply:
    """The reply of *server* to *request*, explained from the record that it left."""
    request.validate_only |= dry_run
    message = client.decide(server, request)
    if request.validate_only:
        return Reply(message, (DRY, *_sentences(message.decision)))
    explanation = client.get_decision(server, message.decision.decision_id).explanation
    if message.replayed:
        return Reply(message, (REPLAYED, *explanation))
    return Reply(message, tuple(explanation))


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
    """The sentences on a dry run's reply, which left no record to explain it from."""
    for discount in decision.discounts:
        yield f"{_money(discount.total)} would come off by {discount.offer_id}."
    if not decision.discounts:
        yield f"No discount. Of the candidate that came furthest: {_why(decision.reason)}."
    for number, code in enumerate(decision.codes, 1):
        yield f"Code {number}: {code.sentence}"
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
