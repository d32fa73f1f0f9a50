import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublicationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PUBLICATION_KIND_UNSPECIFIED: _ClassVar[PublicationKind]
    PUBLICATION_KIND_PUBLICATION: _ClassVar[PublicationKind]
    PUBLICATION_KIND_ROLLBACK: _ClassVar[PublicationKind]

class PublicationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PUBLICATION_STATE_UNSPECIFIED: _ClassVar[PublicationState]
    PUBLICATION_STATE_PENDING: _ClassVar[PublicationState]
    PUBLICATION_STATE_ACTIVE: _ClassVar[PublicationState]
    PUBLICATION_STATE_SUPERSEDED: _ClassVar[PublicationState]
    PUBLICATION_STATE_CANCELLED: _ClassVar[PublicationState]
PUBLICATION_KIND_UNSPECIFIED: PublicationKind
PUBLICATION_KIND_PUBLICATION: PublicationKind
PUBLICATION_KIND_ROLLBACK: PublicationKind
PUBLICATION_STATE_UNSPECIFIED: PublicationState
PUBLICATION_STATE_PENDING: PublicationState
PUBLICATION_STATE_ACTIVE: PublicationState
PUBLICATION_STATE_SUPERSEDED: PublicationState
PUBLICATION_STATE_CANCELLED: PublicationState

class Publication(_message.Message):
    __slots__ = ("publication_id", "kind", "state", "digest", "author", "approver", "why", "commit", "dirty", "made_time", "publish_time", "activate_time", "active_time", "end_time", "replaces")
    PUBLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    DIRTY_FIELD_NUMBER: _ClassVar[int]
    MADE_TIME_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    publication_id: str
    kind: PublicationKind
    state: PublicationState
    digest: str
    author: str
    approver: str
    why: str
    commit: str
    dirty: bool
    made_time: _timestamp_pb2.Timestamp
    publish_time: _timestamp_pb2.Timestamp
    activate_time: _timestamp_pb2.Timestamp
    active_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    replaces: str
    def __init__(self, publication_id: _Optional[str] = ..., kind: _Optional[_Union[PublicationKind, str]] = ..., state: _Optional[_Union[PublicationState, str]] = ..., digest: _Optional[str] = ..., author: _Optional[str] = ..., approver: _Optional[str] = ..., why: _Optional[str] = ..., commit: _Optional[str] = ..., dirty: _Optional[bool] = ..., made_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., active_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replaces: _Optional[str] = ...) -> None: ...
