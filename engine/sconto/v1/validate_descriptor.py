"""Registers the descriptor of `buf/validate/validate.proto`, which the generated code depends on.

protovalidate carries that descriptor for its own runtime only; importing this module adds it to
the default descriptor pool of google.protobuf, where the constraints in our messages refer to it.
"""

from __future__ import annotations

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    timestamp_pb2,
)
from protovalidate import ViolationPb

__all__ = ["descriptor_set"]


def descriptor_set() -> bytes:
    """The descriptors that `buf/validate/validate.proto` consists of, as a FileDescriptorSet."""
    wellknown = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)
    files = [m.DESCRIPTOR.serialized_pb for m in wellknown]
    files.append(_validate_proto())
    return descriptor_pb2.FileDescriptorSet(
        file=[descriptor_pb2.FileDescriptorProto.FromString(f) for f in files]
    ).SerializeToString(deterministic=True)


def _validate_proto() -> bytes:
    return bytes(ViolationPb.desc().file.proto.to_binary())


DESCRIPTOR = descriptor_pool.Default().AddSerializedFile(_validate_proto())
