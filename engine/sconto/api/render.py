"""Messages made from a decision record: one renderer for Decide, GetDecision and ListDecisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.api.amounts import money_fields, to_money
from sconto.api.measured import measured_message
from sconto.api.shopper_texts import IN_ENGLISH, ShopperTexts
from sconto.app.ports import Reservation, ReservationState
from sconto.domain.changes import Kind
from sconto.domain.codes import CodeStatus
from sconto.domain.experiment import Group
from sconto.domain.measured import MeasuredQuantity, Unit
from sconto.domain.objective import Outcome
from sconto.domain.offer import IN_BASIS_POINTS, OfferKind
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.domain.record import REVIEW, Columns
from sconto.domain.record_reading import Record, candidates_of, list_totals, reviews_of, rows
from sconto.v1 import audit_service_pb2
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2 import DecideRequest

_T = TypeVar("_T")

NEAR_MISSES: Final = "near_misses"
"""The field of Decision that is worked out only when it is asked for."""

MICROSECONDS: Final = 1_000_000
NANOS_PER_MICROSECOND: Final = 1_000

_REASONS: Final[Mapping[str, pb.ReasonCode]] = {
    r.name: getattr(pb, f"REASON_CODE_{r.name}") for r in ReasonCode
}
_CODE_STATUSES: Final[Mapping[str, pb.CodeStatus]] = {
    s.name: getattr(pb, f"CODE_STATUS_{s.name}") for s in CodeStatus
}
_RUNGS: Final[Mapping[str, pb.Rung]] = {r.name: getattr(pb, f"RUNG_{r.name}") for r in Rung}
_CAUSES: Final[Mapping[str, pb.RungCause]] = {
    c.name: getattr(pb, f"RUNG_CAUSE_{c.name if c else 'UNSPECIFIED'}") for c in RungCause
}
_STATES: Final[Mapping[ReservationState, pb.ReservationState]] = {
    s: getattr(pb, f"RESERVATION_STATE_{s.name}") for s in ReservationState
}

_KINDS: Final[Mapping[str, pb.OfferKind]] = {
    k.value: getattr(pb, f"OFFER_KIND_{k.name}") for k in OfferKind
}
_GROUPS: Final[Mapping[str, pb.ChoiceGroup]] = {
    g.value: getattr(pb, f"CHOICE_GROUP_{g.name}") for g in Group
}

_OUTCOMES: Final[Mapping[str, pb.ModelOutcome]] = {
    o.value: getattr(pb, f"MODEL_OUTCOME_{o.name}") for o in Outcome
}


def decision_fields(
    record: Columns,
    state: ReservationState | None,
    fields: frozenset[str],
    texts: ShopperTexts = IN_ENGLISH,
) -> dict[str, Any]:
    """The decision of *record*, as it is stored, with those of its *fields* that are wanted.

    What a Decision is made with: a message made apart would be copied. It always has its
    decision_id. *state* is where its reservation stands now; None when nothing is reserved.
    *texts* are what the shopper reads.
    """
    made = {name: part(record) for name, part in _PARTS.items() if name in fields}
    made |= {name: part(record, texts) for name, part in _FOR_SHOPPERS.items() if name in fields}
    made["decision_id"] = record["decision_id"]
    if "reservation" in fields and state is not None:
        made["reservation"] = reservation_message(state, record["outcome"]["expires_us"])
    return made


def wanted_fields(request: DecideRequest | wire.BatchDecideRequest) -> frozenset[str]:
    """The fields that the read_mask of *request* names; without one, all but the candidates."""
    if not request.HasField("read_mask"):
        return DEFAULT_FIELDS
    paths = frozenset(request.read_mask.paths)
    return FIELDS if "*" in paths else paths or DEFAULT_FIELDS


def reservation_message(state: ReservationState, expires_us: int) -> pb.Reservation:
    """A reservation in *state* that lapses at *expires_us*."""
    return pb.Reservation(state=_STATES[state], expire_time=timestamp(expires_us))


def return_reply(returned: Mapping[str, Any], left: Reservation) -> bytes:
    """The reply to the return whose record is *returned*, which leaves *left*."""
    return wire.ReturnResponse(
        **_returned(returned), reservation=reservation_message(left.state, left.expires_us)
    ).SerializeToString()


def past_return(returned: Mapping[str, Any]) -> wire.PastReturn:
    """The return whose record is *returned*."""
    return wire.PastReturn(**_returned(returned), return_time=timestamp(returned["at_us"]))


def _returned(returned: Mapping[str, Any]) -> dict[str, Any]:
    currency, units = returned["currency"], returned.get("units", {})
    return {
        "refund": to_money(returned["refund"], currency),
        "returned_lines": [
            wire.LineRefund(**_how_much(i, n, units), refund=to_money(part, currency))
            for i, n, part in returned["returned"]
        ],
        "kept_lines": [
            wire.KeptLine(**_how_much(i, n, units), final_price=to_money(price, currency))
            for i, n, price in returned["kept"]
            if n
        ],
    }


def _how_much(line_id: str, count: int, units: Mapping[str, str]) -> dict[str, Any]:
    """So many pieces of a line, or thousandths of what is measured in one of *units*."""
    if line_id not in units:
        return {"line_id": line_id, "quantity": count}
    measured = MeasuredQuantity(count, Unit(units[line_id]))
    return {"line_id": line_id, "quantity": 1, "measured_quantity": measured_message(measured)}


def summary_message(record: Record) -> audit_service_pb2.DecisionSummary:
    """The decision of *record* on one line."""
    context, outcome = record["context"], record["outcome"]
    return audit_service_pb2.DecisionSummary(
        decision_id=record["decision_id"],
        as_of_time=timestamp(context["as_of_us"]),
        shopper_ref=context["user_ref"],
        channel=context["channel"],
        jurisdiction=context["jurisdiction"],
        offer_ids=[discount["offer_id"] for discount in outcome["discounts"]],
        discount=to_money(outcome["discount"], context["currency"]),
        reason=_REASONS[outcome["reason"]],
        rung=_RUNGS[outcome["rung"]],
    )


def timestamp(at_us: int) -> Timestamp:
    """*at_us*, microseconds UTC, as a Timestamp."""
    seconds, rest = divmod(at_us, MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * NANOS_PER_MICROSECOND)


def _discounts(record: Record, texts: ShopperTexts) -> list[pb.Discount]:
    context = record["context"]
    if not (discounts := record["outcome"]["discounts"]):
        return []
    line_ids = [line_id for (line_id,) in rows(context["lines"], ("line_id",))]
    return [_discount(given, context["currency"], line_ids, texts) for given in discounts]


def _discount(
    given: Record, currency: str, line_ids: Sequence[str], texts: ShopperTexts
) -> pb.Discount:
    kind, depth = OfferKind(given["kind"]), given["depth"]
    message = pb.Discount(
        offer_id=given["offer_id"],
        total=to_money(given["discount"], currency),
        kind=_KINDS[given["kind"]],
        lane=given["lane"],
        title=texts.titles.get(given["offer_id"]),
        lines=[
            pb.LineDiscount(line_id=line_ids[line], discount=to_money(off, currency))
            for line, off in given["allocation"]
        ],
    )
    if kind in IN_BASIS_POINTS:
        message.percent_bp = depth
    else:
        message.amount.CopyFrom(to_money(depth, currency))
    return message


def _line_prices(record: Columns) -> list[dict[str, Any]]:
    context, net_totals = record["context"], record["outcome"]["net_totals"]
    currency = context["currency"]
    lines = rows(context["lines"], ("line_id",))
    priced = [
        (line_id, listed - net, net)
        for (line_id,), listed, net in zip(lines, list_totals(record), net_totals, strict=True)
    ]
    if "other_lines" in context:
        others = ((line_id, 0, total) for line_id, _, _, total in context["other_lines"])
        priced = sorted((*priced, *others))
    return [
        {
            "line_id": line_id,
            "discount": money_fields(discount, currency),
            "final_price": money_fields(net, currency),
        }
        for line_id, discount, net in priced
    ]


def _codes(record: Record, texts: ShopperTexts) -> list[pb.CodeResult]:
    return [
        pb.CodeResult(
            status=_CODE_STATUSES[code["status"]],
            sentence=texts.of_code(CodeStatus[code["status"]]),
            offer_ids=code["offer_ids"],
            reason=_REASONS[code["reason"]] if "reason" in code else None,
        )
        for code in record["outcome"].get("codes", ())
    ]


def _near_misses(record: Record, texts: ShopperTexts) -> list[pb.NearMiss]:
    """What was added to the columns of the record for this reply; the log has none."""
    currency, now = record["context"]["currency"], record["outcome"]["discount"]
    return [_near_miss(near, currency, now, texts) for near in record.get(NEAR_MISSES, ())]


def _near_miss(near: Record, currency: str, discount_now: int, texts: ShopperTexts) -> pb.NearMiss:
    message = pb.NearMiss(
        offer_id=near["offer_id"],
        discount=to_money(near["discount"], currency),
        total_discount=to_money(near["total_discount"], currency),
        title=texts.titles.get(near["offer_id"]),
        sentence=texts.of_near_miss(near, currency, discount_now),
    )
    name, more = near["name"], near["more"]
    match Kind(near["kind"]):
        case Kind.SPEND:
            message.spend.CopyFrom(pb.MoreSpend(line_id=name, amount=to_money(more, currency)))
        case Kind.PIECES:
            message.pieces.CopyFrom(pb.MorePieces(line_id=name, quantity=more))
        case _:
            message.consent = name.removeprefix("consent.")
    return message


def _disclosures(record: Record) -> list[pb.Disclosure]:
    disclosures = record["outcome"]["disclosures"]
    return [pb.Disclosure(disclosure_id=name, text=text) for name, text in disclosures]


def _not_chosen(record: Columns) -> dict[str, Any]:
    candidates = rows(record["candidates"], ("offer", "depth", "reason"))
    not_chosen = [row for row in candidates if row[2] != _CHOSEN]
    offers, depths, reasons = zip(*not_chosen, strict=True) if not_chosen else ((),) * 3
    facts = [""] * len(not_chosen)
    if _FACT_MISSING in reasons:
        missing = _missing_facts(record)
        asked = [(n, reason) for n, (*_, reason) in enumerate(candidates) if reason != _CHOSEN]
        facts = [missing[n] if reason == _FACT_MISSING else "" for n, reason in asked]
    offer_places, fact_places = _places(offers), _places(["", *facts])
    offer_ids = rows(record["offers"], ("offer_id",))
    return {
        "offer_ids": [offer_ids[offer][0] for offer in offer_places],
        "offers": [offer_places[offer] for offer in offers],
        "depths": depths,
        "reasons": [_REASONS[reason] for reason in reasons],
        "fact_names": fact_places,
        "missing_facts": [fact_places[fact] for fact in facts],
    }


def _places(values: Iterable[_T]) -> dict[_T, int]:
    """The distinct *values* in their order, each with its position."""
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


_CHOSEN: Final = ReasonCode.CHOSEN.name
_FACT_MISSING: Final = ReasonCode.FACT_MISSING.name


def _missing_facts(record: Columns) -> Mapping[int, str]:
    """What the first verdict against each candidate missed, by its number.

    Alone, or else on top of what earlier lanes gave.
    """
    missing: dict[int, str] = {}
    for against, _, _, _, compared, candidates, values in record["verdicts"]:
        if against == REVIEW:
            continue
        seen = values * len(candidates) if len(values) == 1 else values
        for number, observed in zip(candidates, seen, strict=True):
            if number not in missing:
                pairs = zip(compared, observed, strict=True)
                missing[number] = next((c[0] for c, value in pairs if value is None), "")
    return missing


def _withholding_findings(candidate: Record) -> list[Record]:
    """The findings against *candidate*: alone, or else on top of what earlier lanes gave."""
    found: list[Record] = candidate["findings"] or candidate.get("stacked", {}).get("findings", [])
    return found


def _candidates(record: Columns) -> list[pb.Candidate]:
    currency, budgets = record["context"]["currency"], record["budgets"]
    return [_candidate(c, currency, budgets) for c in candidates_of(record)]


def _candidate(candidate: Record, currency: str, budgets: Mapping[str, int]) -> pb.Candidate:
    return pb.Candidate(
        offer_id=candidate["offer_id"],
        kind=_KINDS[candidate["kind"]],
        depth=candidate["depth"],
        discount=to_money(candidate["discount"], currency),
        reason=_REASONS[candidate["reason"]],
        findings=_findings(candidate, budgets),
        value=_value(candidate["value"]) if "value" in candidate else None,
        on_top_of=candidate.get("stacked", {}).get("on_top_of"),
        reviews=[_finding(f) for f in candidate.get("reviews", ())],
    )


def _model(record: Record) -> pb.ModelUse | None:
    model = record["model"]
    if model is None:
        return None
    return pb.ModelUse(
        digest=model["digest"],
        outcome=_OUTCOMES[model["outcome"]],
        unknown_inputs=model["unknown"],
        assumed_response=model["assumed"],
    )


def _value(value: Mapping[str, int]) -> pb.Value:
    return pb.Value(
        probability_ppm=value["probability_ppm"],
        baseline_ppm=value["baseline_ppm"],
        spread_ppm=value["spread_ppm"],
        doubt_ppm=value["doubt_ppm"],
        due_ppm=value["due_ppm"],
        margin=value["margin"],
        cost=value["cost"],
        offering=value["offering"],
        charge_millionths=value["charge"],
        gain_millionths=value["gain"],
        least_gain_millionths=value["least_gain"],
    )


def _findings(candidate: Record, budgets: Mapping[str, int]) -> list[pb.Finding]:
    findings = [_finding(finding) for finding in _withholding_findings(candidate)]
    if "refused" in candidate:
        findings.append(_budget_finding(candidate, budgets))
    return findings


def _finding(finding: Record) -> pb.Finding:
    return pb.Finding(
        reason=_REASONS[finding["reason"]],
        rule_id=finding["rule"],
        line_id=finding["line_id"],
        clauses=[_clause(*clause) for clause in finding["clauses"]],
    )


def _budget_finding(candidate: Record, budgets: Mapping[str, int]) -> pb.Finding:
    """A budget that could not cover the candidate, as a finding, like a rule's."""
    draw = candidate["refused"]
    after = budgets.get(draw["key"], 0) + draw["amount"]
    limit = draw["limit"] if after > draw["limit"] else draw["pace"]
    clause = _clause(f"budget.{draw['budget']}", "<=", limit, after)
    reason = _REASONS[candidate["reason"]]
    return pb.Finding(reason=reason, rule_id=draw["budget"], clauses=[clause])


def _clause(fact: str, comparison: str, threshold: object, observed: object) -> pb.Clause:
    return pb.Clause(
        fact=fact,
        comparison=comparison,
        threshold=_text(threshold),
        observed=None if observed is None else _text(observed),
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_PARTS: Final[Mapping[str, Callable[[Record], Any]]] = {
    "as_of_time": lambda record: timestamp(record["context"]["as_of_us"]),
    "reason": lambda record: _REASONS[record["outcome"]["reason"]],
    "line_prices": _line_prices,
    "rung": lambda record: _RUNGS[record["outcome"]["rung"]],
    "rung_cause": lambda record: _CAUSES[record["outcome"]["rung_cause"]],
    "disclosures": _disclosures,
    "ruleset_digest": lambda record: record["ruleset"],
    "model": _model,
    "not_chosen": _not_chosen,
    "candidates": _candidates,
    "reviews": lambda record: [_finding(f) for f in reviews_of(record["outcome"])],
    "group": lambda record: _GROUPS[record["outcome"]["group"]],
    "action_propensity_ppm": lambda record: record["outcome"]["action_propensity_ppm"],
}

_FOR_SHOPPERS: Final[Mapping[str, Callable[[Record, ShopperTexts], Any]]] = {
    "discounts": _discounts,
    "codes": _codes,
    NEAR_MISSES: _near_misses,
}
"""What has titles or sentences for shoppers."""

FIELDS: Final = frozenset({"decision_id", "reservation", *_PARTS, *_FOR_SHOPPERS})
"""Every field of Decision."""

MASK_PATHS: Final = FIELDS | {"*"}
"""What a read_mask can name."""

DEFAULT_FIELDS: Final = FIELDS - {"candidates", NEAR_MISSES}
"""What is sent when no read_mask is."""
