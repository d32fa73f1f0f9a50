"""Things that are read again when their files change."""

from __future__ import annotations

import pytest

from sconto.app.renewed import Renewed
from sconto.errors import Unavailable


class Files:
    """Files of which each state is read as itself, or raises."""

    def __init__(self) -> None:
        self.now: str | Exception = "first"

    def read(self) -> str:
        """What they hold."""
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


@pytest.mark.parametrize("fault", [Unavailable("mended soon"), ValueError("a fault of ours")])
def test_a_bad_change_leaves_what_was_and_is_told_once(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it is; the next good one is taken."""
    files = Files()
    renewed = Renewed("thing", lambda: files.now, files.read)
    files.now = fault
    renewed.look()
    renewed.look()
    assert "first" == renewed.current
    assert ["the changed thing is not taken, the one before goes on: " + str(fault)] == [
        r.getMessage() for r in caplog.records
    ]
    files.now = "second"
    renewed.look()

    assert "second" == renewed.current


def test_what_is_bad_at_first_raises() -> None:
    """A server does not start on it."""
    files = Files()
    files.now = Unavailable("not there")
    with pytest.raises(Unavailable):
        Renewed("thing", lambda: files.now, files.read)
