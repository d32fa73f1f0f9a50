"""Where the metrics of a server are read: one port for all its processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sconto.settings import Address
from sconto.store.committer import Writer

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client keeps the figures of all processes; it is read on its import."""


@contextmanager
def exposed(address: Address | None) -> Iterator[Address | None]:
    """Where the metrics of this process and its children are read, port 0 of *address* replaced.

    What a process counted stays when it ends. Raises OSError when the address can't be had.
    """
    if address is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sconto-metrics-") as folder:
        os.environ[FOLDER] = folder
        from prometheus_client import CollectorRegistry, start_http_server, values  # noqa: PLC0415
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

        # Whoever imported it before would have figures that nobody reads.
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        host, port = address
        try:
            server, thread = start_http_server(port, host.strip("[]"), registry)
        except OSError as error:
            raise OSError(f"can't listen on `{host}:{port}`") from error
        try:
            yield Address(host, server.server_port)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            del os.environ[FOLDER]


def forget(pid: int) -> None:
    """Let the state of the process *pid*, which has ended, be nobody's; its counts stay."""
    if FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def counted(writer: Writer, tenant: str) -> Writer:
    """*writer*, its commits counted for *tenant* where metrics are read."""
    if FOLDER not in os.environ:
        return writer
    from prometheus_client import CollectorRegistry  # noqa: PLC0415

    from sconto.telemetry.metrics import CommitMetrics, MeasuredWriter  # noqa: PLC0415

    return MeasuredWriter(writer, CommitMetrics(CollectorRegistry(), tenant))
