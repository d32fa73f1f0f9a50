"""`sconto log list`: the decisions that match filters, one a line."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.exit_codes import Exit, one_line
from sconto.cli.options import DATA, FORMAT, STORE_TO_READ, Instant, command, option
from sconto.cli.output import instant_text, print_json, print_table
from sconto.cli.servers import SERVER
from sconto.domain.reasons import ReasonCode, Rung

if TYPE_CHECKING:
    from sconto.app.log_query import LogQuery
    from sconto.settings import Settings
    from sconto.v1.audit_service_pb2 import DecisionSummary

MOST_ROWS: Final = 1_000
"""As many as the server lists on one page."""


class _ReasonName(click.Choice[str]):
    """The name of a reason code, in any case; listed in capital letters as everywhere else."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """*choice* in capital letters."""
        return super().normalize_choice(choice, ctx).upper()


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as a list shows it; the field names are the keys of the JSON form, stable."""

    decision_id: str
    as_of_time: str
    shopper_ref: str
    channel: str
    jurisdiction: str
    offer_ids: tuple[str, ...]
    """The offers given, in the order of their lanes; empty when there was no discount."""
    discount_minor: int
    currency: str
    reason: str
    rung: str


@dataclass(slots=True)
class Listed:
    """What was found: *damaged* are lines on matching entries that can't be shown."""

    rows: builtins.list[Row] = field(default_factory=list)
    damaged: builtins.list[str] = field(default_factory=list)
    next_page_token: str = ""


@command(
    "sconto log list --shopper household-1336 --limit 10",
    "sconto log list --reason BELOW_PRICE_FLOOR --from 2026-11-01 --to 2026-12-01",
    "sconto log list --code welcome --returned",
    "sconto log list --law us-wi --review --rung RULES_ONLY --least-discount 500",
    "sconto log list --server 127.0.0.1:8470 --format json",
)
@DATA
@STORE_TO_READ
@SERVER
@option("--shopper", default="", help="Decisions for the shopper with this id.")
@option("--offer", default="", help="Decisions that gave this offer.")
@option(
    "--reason",
    type=_ReasonName([code.name for code in ReasonCode], case_sensitive=False),
    metavar="CODE",
    help="Decisions in which any candidate got this reason code, e.g. BELOW_PRICE_FLOOR; with "
    "--review those in which a review has it.",
)
@option("--review", is_flag=True, help="Decisions that a rule asks a person to look at.")
@option("--rule", default="", help="Decisions in which this rule or guardrail spoke, by its id.")
@option("--law", default="", help="The same of any rule of a legal pack, or that cites this law.")
@option(
    "--rung",
    type=_ReasonName([rung.name for rung in Rung], case_sensitive=False),
    help="Decisions made on this rung.",
)
@option("--ruleset", default="", help="Decisions by this ruleset: its digest, or the beginning.")
@option("--least-discount", type=int, help="At least this came off in all, in minor units.")
@option("--most-discount", type=int, help="At most this came off in all, in minor units.")
@option(
    "--code", default="", help="Decisions that gave something by a code of this set, by its id."
)
@option("--returned", is_flag=True, help="Decisions of which something came back.")
@option("--replaced", is_flag=True, help="Decisions of which another one took the place.")
@option("--from", "from_us", type=Instant(), help="From this day (UTC) or instant on.")
@option("--to", "to_us", type=Instant(), help="Before this day (UTC) or instant.")
@option(
    "--limit",
    type=click.IntRange(1, MOST_ROWS),
    default=20,
    help="At most this many, the newest first.",
)
@option("--page-token", default="", help="Go on where an earlier list with these filters ended.")
@FORMAT
@click.pass_context
def list(  # noqa: A001 - a command has the name of its module
    ctx: click.Context,
    data: Path,
    store: str | None,
    server: str | None,
    shopper: str,
    offer: str,
    reason: str | None,
    review: bool,
    rule: str,
    law: str,
    rung: str | None,
    ruleset: str,
    least_discount: int | None,
    most_discount: int | None,
    code: str,
    returned: bool,
    replaced: bool,
    from_us: int | None,
    to_us: int | None,
    limit: int,
    page_token: str,
    form: str,
) -> None:
    """List decisions that match every filter given, newest first.

    Entries whose record can't be shown are named on standard error, and the exit code is 1 then.
    """
    from sconto.app.log_query import LogQuery
    from sconto.app.record_filter import RecordFilter

    asked = RecordFilter(
        rule=rule, law=law, rung=rung or "", ruleset=ruleset, review=review,
        least=least_discount, most=most_discount,
    )  # fmt: skip
    query = LogQuery(
        offer_id=offer, reason=ReasonCode[reason] if reason else None,
        from_us=from_us, to_us=to_us, limit=limit,
        code_set=code, returned=returned, replaced=replaced, asked=asked,
    )  # fmt: skip
    if server is None:
        found = _from_log(data, store, query, shopper, page_token)
    elif asked != RecordFilter():
        told = "rules, laws, rungs, rulesets, reviews and amounts are filtered in the data folder"
        raise click.UsageError(f"{told}: leave out `--server`")
    else:
        found = _from_server(server, query, shopper, page_token)
    print_listed(found, form)
    if found.damaged:
        ctx.exit(Exit.REFUSED)


def print_listed(found: Listed, form: str) -> None:
    """Print what was *found*, newest first; damaged entries go to standard error."""
    for line in found.damaged:
        click.echo(one_line(line), err=True)
    listed, token = found.rows, found.next_page_token
    if form == "json":
        rows = [asdict(row) for row in listed]
        print_json({"decisions": rows, "more": bool(token), "next_page_token": token})
        return
    headings = ("decision", "time", "shopper", "offer", ">discount", "reason", "rung")
    title = "1 decision" if len(listed) == 1 else f"{len(listed)} decisions"
    older = f", and older ones: raise `--limit` or add `--page-token {token}`" if token else ""
    print_table(f"{title}{older}", headings, map(_cells, listed))


def _from_log(data: Path, url: str | None, query: LogQuery, shopper_id: str, token: str) -> Listed:
    """What the log in *data* holds; a token is the number of the entry where a page ended."""
    from sconto.app.audit import list_decisions
    from sconto.offline.log import open_log

    if token and not token.isdecimal():
        raise click.UsageError("`--page-token` is not one of a list of the data folder")
    found, following = Listed(), int(token) if token else None
    with open_log(data, url) as (store, settings):
        query = replace(query, user_ref=shopper_ref(settings, shopper_id))
        while len(found.rows) < query.limit:
            left = query.limit - len(found.rows)
            page = list_decisions(store, replace(query, before_seq=following, limit=left))
            found.rows += map(_of_record, page.records)
            found.damaged += [each.why for each in page.damaged]
            following = page.following
            if following is None:
                return found
    found.next_page_token = str(following)
    return found


def shopper_ref(settings: Settings, shopper_id: str) -> str:
    """What stands for the shopper in the log of *settings*; empty for no shopper."""
    from sconto.app.user_ref import user_ref
    from sconto.store.folder import kept_key

    if not shopper_id:
        return ""
    return user_ref(kept_key(settings.key_file), shopper_id)


def _of_record(record: Mapping[str, Any]) -> Row:
    context, outcome = record["context"], record["outcome"]
    return Row(
        decision_id=record["decision_id"],
        as_of_time=instant_text(context["as_of_us"]),
        shopper_ref=context["user_ref"],
        channel=context["channel"],
        jurisdiction=context["jurisdiction"],
        offer_ids=tuple(discount["offer_id"] for discount in outcome["discounts"]),
        discount_minor=outcome["discount"],
        currency=context["currency"],
        reason=outcome["reason"],
        rung=outcome["rung"],
    )


def _from_server(server: str, query: LogQuery, shopper_id: str, token: str) -> Listed:
    """What *server* lists."""
    from sconto.api.render import timestamp
    from sconto.cli import client
    from sconto.v1.audit_service_pb2 import ListDecisionsRequest

    start, end = (
        None if at_us is None else timestamp(at_us) for at_us in (query.from_us, query.to_us)
    )
    request = ListDecisionsRequest(
        shopper_id=shopper_id,
        offer_id=query.offer_id,
        reason_code=f"REASON_CODE_{query.reason.name}" if query.reason else None,
        start_time=start,
        end_time=end,
        page_token=token,
        code_set=query.code_set,
        returned=query.returned,
        replaced=query.replaced,
    )
    found = Listed()
    while len(found.rows) < query.limit:
        request.page_size = query.limit - len(found.rows)
        reply = client.list_decisions(server, request)
        found.rows += map(_of_summary, reply.decisions)
        found.damaged += [each.error for each in reply.damaged]
        request.page_token = found.next_page_token = reply.next_page_token
        if not found.next_page_token:
            break
    return found


def _of_summary(summary: DecisionSummary) -> Row:
    from sconto.cli.messages import minor_of, time_text
    from sconto.v1.decision_pb2 import ReasonCode as Reason
    from sconto.v1.decision_pb2 import Rung

    return Row(
        decision_id=summary.decision_id,
        as_of_time=time_text(summary.as_of_time),
        shopper_ref=summary.shopper_ref,
        channel=summary.channel,
        jurisdiction=summary.jurisdiction,
        offer_ids=tuple(summary.offer_ids),
        discount_minor=minor_of(summary.discount),
        currency=summary.discount.currency_code,
        reason=Reason.Name(summary.reason).removeprefix("REASON_CODE_"),
        rung=Rung.Name(summary.rung).removeprefix("RUNG_"),
    )


def _cells(row: Row) -> tuple[str, ...]:
    from sconto.domain.money import format_minor

    money = format_minor(row.discount_minor, row.currency) if row.offer_ids else ""
    time = row.as_of_time[:19].replace("T", " ")
    offers = ", ".join(row.offer_ids)
    return row.decision_id, time, row.shopper_ref[:12], offers, money, row.reason, row.rung
