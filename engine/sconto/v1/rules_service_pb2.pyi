import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sconto.v1 import publication_pb2 as _publication_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishRulesRequest(_message.Message):
    __slots__ = ("request_id", "envelope", "documents", "activate_time", "validate_only")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    envelope: bytes
    documents: bytes
    activate_time: _timestamp_pb2.Timestamp
    validate_only: bool
    def __init__(self, request_id: _Optional[str] = ..., envelope: _Optional[bytes] = ..., documents: _Optional[bytes] = ..., activate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class PublishRulesResponse(_message.Message):
    __slots__ = ("publication", "replayed")
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    publication: _publication_pb2.Publication
    replayed: bool
    def __init__(self, publication: _Optional[_Union[_publication_pb2.Publication, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class RollbackRulesRequest(_message.Message):
    __slots__ = ("request_id", "envelope", "validate_only")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    envelope: bytes
    validate_only: bool
    def __init__(self, request_id: _Optional[str] = ..., envelope: _Optional[bytes] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RollbackRulesResponse(_message.Message):
    __slots__ = ("publication", "replayed")
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    publication: _publication_pb2.Publication
    replayed: bool
    def __init__(self, publication: _Optional[_Union[_publication_pb2.Publication, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ListPublicationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPublicationsResponse(_message.Message):
    __slots__ = ("publications", "next_page_token")
    PUBLICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    publications: _containers.RepeatedCompositeFieldContainer[_publication_pb2.Publication]
    next_page_token: str
    def __init__(self, publications: _Optional[_Iterable[_Union[_publication_pb2.Publication, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetPublicationRequest(_message.Message):
    __slots__ = ("publication_id",)
    PUBLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    publication_id: str
    def __init__(self, publication_id: _Optional[str] = ...) -> None: ...

class GetPublicationResponse(_message.Message):
    __slots__ = ("publication", "record")
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    publication: _publication_pb2.Publication
    record: bytes
    def __init__(self, publication: _Optional[_Union[_publication_pb2.Publication, _Mapping]] = ..., record: _Optional[bytes] = ...) -> None: ...

class GetRulesetRequest(_message.Message):
    __slots__ = ("digest",)
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: str
    def __init__(self, digest: _Optional[str] = ...) -> None: ...

class GetRulesetResponse(_message.Message):
    __slots__ = ("digest", "documents")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    digest: str
    documents: bytes
    def __init__(self, digest: _Optional[str] = ..., documents: _Optional[bytes] = ...) -> None: ...
