"""What holds for all tests."""

from __future__ import annotations

import os

# Tests start many processes; without their caches each would compile every module of Sconto anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
