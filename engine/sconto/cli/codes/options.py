"""Options that the commands about codes share."""

from __future__ import annotations

from sconto.cli.options import option

SET = option("--set", "set_id", required=True, help="Id of the codes in the rules, `single_use`.")
"""The set that codes belong to."""
