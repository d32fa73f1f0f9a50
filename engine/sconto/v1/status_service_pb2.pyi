import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sconto.v1 import publication_pb2 as _publication_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReloadOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELOAD_OUTCOME_UNSPECIFIED: _ClassVar[ReloadOutcome]
    RELOAD_OUTCOME_LOADED: _ClassVar[ReloadOutcome]
    RELOAD_OUTCOME_UNCHANGED: _ClassVar[ReloadOutcome]
    RELOAD_OUTCOME_REFUSED: _ClassVar[ReloadOutcome]
RELOAD_OUTCOME_UNSPECIFIED: ReloadOutcome
RELOAD_OUTCOME_LOADED: ReloadOutcome
RELOAD_OUTCOME_UNCHANGED: ReloadOutcome
RELOAD_OUTCOME_REFUSED: ReloadOutcome

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "start_time", "rules", "model", "scoring")
    class ModelEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SCORING_FIELD_NUMBER: _ClassVar[int]
    version: str
    start_time: _timestamp_pb2.Timestamp
    rules: RulesStatus
    model: _containers.ScalarMap[str, str]
    scoring: ScoringStatus
    def __init__(self, version: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rules: _Optional[_Union[RulesStatus, _Mapping]] = ..., model: _Optional[_Mapping[str, str]] = ..., scoring: _Optional[_Union[ScoringStatus, _Mapping]] = ...) -> None: ...

class ScoringStatus(_message.Message):
    __slots__ = ("scored_count", "partly_unknown_count", "refused_unknown_count", "unfilled_inputs")
    SCORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARTLY_UNKNOWN_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_UNKNOWN_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNFILLED_INPUTS_FIELD_NUMBER: _ClassVar[int]
    scored_count: int
    partly_unknown_count: int
    refused_unknown_count: int
    unfilled_inputs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, scored_count: _Optional[int] = ..., partly_unknown_count: _Optional[int] = ..., refused_unknown_count: _Optional[int] = ..., unfilled_inputs: _Optional[_Iterable[str]] = ...) -> None: ...

class RulesStatus(_message.Message):
    __slots__ = ("digest", "active_since_time", "age", "rule_count", "offer_count", "reload_count", "pending", "last_reload", "publication", "pending_publication", "last_failure", "publication_overdue")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    AGE_FIELD_NUMBER: _ClassVar[int]
    RULE_COUNT_FIELD_NUMBER: _ClassVar[int]
    OFFER_COUNT_FIELD_NUMBER: _ClassVar[int]
    RELOAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    LAST_RELOAD_FIELD_NUMBER: _ClassVar[int]
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    PENDING_PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    LAST_FAILURE_FIELD_NUMBER: _ClassVar[int]
    PUBLICATION_OVERDUE_FIELD_NUMBER: _ClassVar[int]
    digest: str
    active_since_time: _timestamp_pb2.Timestamp
    age: _duration_pb2.Duration
    rule_count: int
    offer_count: int
    reload_count: int
    pending: bool
    last_reload: ReloadAttempt
    publication: _publication_pb2.Publication
    pending_publication: _publication_pb2.Publication
    last_failure: FailedPublication
    publication_overdue: bool
    def __init__(self, digest: _Optional[str] = ..., active_since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., rule_count: _Optional[int] = ..., offer_count: _Optional[int] = ..., reload_count: _Optional[int] = ..., pending: _Optional[bool] = ..., last_reload: _Optional[_Union[ReloadAttempt, _Mapping]] = ..., publication: _Optional[_Union[_publication_pb2.Publication, _Mapping]] = ..., pending_publication: _Optional[_Union[_publication_pb2.Publication, _Mapping]] = ..., last_failure: _Optional[_Union[FailedPublication, _Mapping]] = ..., publication_overdue: _Optional[bool] = ...) -> None: ...

class FailedPublication(_message.Message):
    __slots__ = ("time", "digest", "reason", "error")
    TIME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    digest: str
    reason: str
    error: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., digest: _Optional[str] = ..., reason: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class ReloadAttempt(_message.Message):
    __slots__ = ("start_time", "outcome", "digest", "error", "findings", "finding_count", "check_duration", "compile_duration", "swap_duration")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    FINDING_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHECK_DURATION_FIELD_NUMBER: _ClassVar[int]
    COMPILE_DURATION_FIELD_NUMBER: _ClassVar[int]
    SWAP_DURATION_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    outcome: ReloadOutcome
    digest: str
    error: str
    findings: _containers.RepeatedCompositeFieldContainer[RuleFinding]
    finding_count: int
    check_duration: _duration_pb2.Duration
    compile_duration: _duration_pb2.Duration
    swap_duration: _duration_pb2.Duration
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[ReloadOutcome, str]] = ..., digest: _Optional[str] = ..., error: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[RuleFinding, _Mapping]]] = ..., finding_count: _Optional[int] = ..., check_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., compile_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., swap_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RuleFinding(_message.Message):
    __slots__ = ("file", "line", "column", "code", "message", "help")
    FILE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    file: str
    line: int
    column: int
    code: str
    message: str
    help: str
    def __init__(self, file: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ..., code: _Optional[str] = ..., message: _Optional[str] = ..., help: _Optional[str] = ...) -> None: ...
