"""`sconto store migrate`: bring a database to the format of this version."""

from __future__ import annotations

from sconto.cli.exit_codes import Exit
from sconto.cli.options import STORE_OPTION, command
from sconto.cli.output import print_lines


@command(
    "sconto store migrate --store postgresql://sconto@db/sconto",
    exits=(Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
)
@STORE_OPTION(required=True, help="The PostgreSQL database, as postgresql://...")
def migrate(store: str) -> None:
    """Make an empty store in a PostgreSQL database, or bring one to this version's format.

    All of it happens or nothing. A server needs it done, and never does it itself: a database
    named by mistake must not become an empty log, and replicas of the version before may be
    running. The tables are in the schema `sconto`; the role needs the right to make it.
    """
    from sconto.store.postgres.connecting import shown
    from sconto.store.postgres.upkeep import migrate_database

    done = migrate_database(store)
    if not done.before:
        said = f"an empty store of format {done.now} was made"
    elif done.before < done.now:
        said = f"format {done.before} was brought to {done.now}"
    else:
        said = f"has format {done.now} already"
    print_lines([f"{shown(store)}: {said}"])
