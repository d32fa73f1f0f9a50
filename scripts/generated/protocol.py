"""engine/sconto/v1 from proto/: Python messages, stubs and gRPC services; and the buf lint gate."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

from sconto.v1.validate_descriptor import descriptor_set

VALIDATE_IMPORT = "from buf.validate import validate_pb2 as buf_dot_validate_dot_validate__pb2"
OURS = "from sconto.v1 import validate_descriptor as buf_dot_validate_dot_validate__pb2"
"""protovalidate ships its rules' descriptor without protobuf code; ours registers it."""


def files(root: Path) -> Mapping[Path, bytes]:
    """The generated protocol code by path."""
    protos = sorted((root / "proto").glob("sconto/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        _protoc(root, out, protos, "--python_out", "--pyi_out", "--grpc_python_out")
        return {
            root / "engine" / path.relative_to(out): _localised(path)
            for path in sorted(out.rglob("*.py*"))
            if not (path.name.endswith("_grpc.py") and "Service" not in path.read_text())
        }


def descriptors(root: Path, out: Path) -> Path:
    """Write the compiled descriptors with comments, for buf to lint; return their path."""
    image = out / "image.binpb"
    protos = sorted((root / "proto").glob("sconto/v1/*.proto"))
    _run(
        root,
        out,
        protos,
        [f"--descriptor_set_out={image}", "--include_imports", "--include_source_info"],
    )
    return image


def _protoc(root: Path, out: Path, protos: list[Path], *generators: str) -> None:
    _run(root, out, protos, [f"{generator}={out}" for generator in generators])


def _run(root: Path, out: Path, protos: list[Path], flags: list[str]) -> None:
    rules = out / "validate.binpb"
    rules.write_bytes(descriptor_set())
    site = Path(str(importlib.metadata.distribution("googleapis-common-protos").locate_file("")))
    wellknown = Path(grpc_tools.__file__).parent / "_proto"
    paths = [f"-I{root / 'proto'}", f"-I{site}", f"-I{wellknown}"]
    names = [str(p) for p in protos]
    code = protoc.main(["protoc", *paths, f"--descriptor_set_in={rules}", *flags, *names])
    rules.unlink()
    if code:
        raise SystemExit(code)


def _localised(path: Path) -> bytes:
    return path.read_text().replace(VALIDATE_IMPORT, OURS).encode()


def lint(root: Path) -> int:
    """Run `buf lint` over the contract and return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        image = descriptors(root, Path(folder))
        buf = Path(sys.executable).parent / "buf"
        return subprocess.run(
            [buf, "lint", str(image), "--config", str(root / "buf.yaml")], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(lint(Path(__file__).resolve().parents[2]))
