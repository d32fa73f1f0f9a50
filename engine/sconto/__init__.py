"""Sconto decides which discount a shopper gets, and can prove why."""

import sys

from sconto.compiled import CORE

if CORE is not None:
    # `sconto.domain` is found there first; its modules import what they share by its bare name.
    __path__.insert(0, str(CORE / "sconto"))
    sys.path.append(str(CORE))
