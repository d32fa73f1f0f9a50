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
from sconto.domain.reasons import ReasonCode

if TYPE_CHECKING:
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
class Filters:
    """Filters of the list; empty and None match every decision."""

    shopper_id: str
    offer_id: str
    reason: ReasonCode | None
    from_us: int | None
    to_us: int | None
    limit: int
    code_set: str
    returned: bool
    replaced: bool


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
    more: bool = False
    damaged: builtins.list[str] = field(default_factory=list)


@command(
    "sconto log list --shopper household-1336 --limit 10",
    "sconto log list --reason BELOW_PRICE_FLOOR --from 2026-11-01 --to 2026-12-01",
    "sconto log list --code welcome --returned",
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
    help="Decisions in which any candidate got this reason code, e.g. BELOW_PRICE_FLOOR.",
)
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
    code: str,
    returned: bool,
    replaced: bool,
    from_us: int | None,
    to_us: int | None,
    limit: int,
    form: str,
) -> None:
    """List decisions that match every filter given, newest first.

    Entries whose record can't be shown are named on standard error, and the exit code is 1 then.
    """
    of_reason = ReasonCode[reason] if reason else None
    filters = Filters(shopper, offer, of_reason, from_us, to_us, limit, code, returned, replaced)
    found = _from_log(data, store, filters) if server is None else _from_server(server, filters)
    print_listed(found, form)
    if found.damaged:
        ctx.exit(Exit.REFUSED)


def print_listed(found: Listed, form: str) -> None:
    """Print what was *found*, newest first; damaged entries go to standard error."""
    for line in found.damaged:
        click.echo(one_line(line), err=True)
    listed, more = found.rows, found.more
    if form == "json":
        print_json({"decisions": [asdict(row) for row in listed], "more": more})
        return
    headings = ("decision", "time", "shopper", "offer", ">discount", "reason", "rung")
    title = "1 decision" if len(listed) == 1 else f"{len(listed)} decisions"
    older = ", and older ones: raise `--limit` or set `--to`" if more else ""
    print_table(f"{title}{older}", headings, map(_cells, listed))


def _from_log(data: Path, url: str | None, filters: Filters) -> Listed:
    """What the log in *data* holds."""
    from sconto.app.audit import list_decisions
    from sconto.app.log_query import LogQuery
    from sconto.offline.log import open_log

    with open_log(data, url) as (store, settings):
        query = LogQuery(
            user_ref=_user_ref(settings, filters.shopper_id),
            offer_id=filters.offer_id,
            reason=filters.reason,
            from_us=filters.from_us,
            to_us=filters.to_us,
            limit=filters.limit,
            code_set=filters.code_set,
            returned=filters.returned,
            replaced=filters.replaced,
        )
        found = Listed(more=True)
        while found.more and len(found.rows) < filters.limit:
            page = list_decisions(store, query)
            found.rows += map(_of_record, page.records)
            found.damaged += [each.why for each in page.damaged]
            found.more = page.following is not None
            left = filters.limit - len(found.rows)
            query = replace(query, before_seq=page.following, limit=left)
    return found


def _user_ref(settings: Settings, shopper_id: str) -> str:
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


def _from_server(server: str, filters: Filters) -> Listed:
    """What *server* lists."""
    from sconto.api.render import timestamp
    from sconto.cli import client
    from sconto.v1.audit_service_pb2 import ListDecisionsRequest

    start, end = (
        None if at_us is None else timestamp(at_us) for at_us in (filters.from_us, filters.to_us)
    )
    request = ListDecisionsRequest(
        shopper_id=filters.shopper_id,
        offer_id=filters.offer_id,
        reason_code=f"REASON_CODE_{filters.reason.name}" if filters.reason else None,
        start_time=start,
        end_time=end,
        page_size=filters.limit,
        code_set=filters.code_set,
        returned=filters.returned,
        replaced=filters.replaced,
    )
    found = Listed(more=True)
    while found.more and len(found.rows) < filters.limit:
        reply = client.list_decisions(server, request)
        found.rows += map(_of_summary, reply.decisions)
        found.damaged += [each.error for each in reply.damaged]
        found.more = bool(reply.next_page_token)
        request.page_token = reply.next_page_token
        request.page_size = filters.limit - len(found.rows)
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
