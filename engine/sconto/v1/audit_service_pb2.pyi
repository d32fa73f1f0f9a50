import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from sconto.v1 import decision_pb2 as _decision_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListDecisionsRequest(_message.Message):
    __slots__ = ("shopper_id", "offer_id", "reason_code", "start_time", "end_time", "page_size", "page_token", "code_set", "returned", "replaced")
    SHOPPER_ID_FIELD_NUMBER: _ClassVar[int]
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CODE_SET_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    shopper_id: str
    offer_id: str
    reason_code: _decision_pb2.ReasonCode
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    code_set: str
    returned: bool
    replaced: bool
    def __init__(self, shopper_id: _Optional[str] = ..., offer_id: _Optional[str] = ..., reason_code: _Optional[_Union[_decision_pb2.ReasonCode, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., code_set: _Optional[str] = ..., returned: _Optional[bool] = ..., replaced: _Optional[bool] = ...) -> None: ...

class ListDecisionsResponse(_message.Message):
    __slots__ = ("decisions", "next_page_token", "damaged")
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DAMAGED_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[DecisionSummary]
    next_page_token: str
    damaged: _containers.RepeatedCompositeFieldContainer[DamagedEntry]
    def __init__(self, decisions: _Optional[_Iterable[_Union[DecisionSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., damaged: _Optional[_Iterable[_Union[DamagedEntry, _Mapping]]] = ...) -> None: ...

class DamagedEntry(_message.Message):
    __slots__ = ("entry", "decision_id", "error")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entry: int
    decision_id: str
    error: str
    def __init__(self, entry: _Optional[int] = ..., decision_id: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class DecisionSummary(_message.Message):
    __slots__ = ("decision_id", "as_of_time", "shopper_ref", "channel", "jurisdiction", "offer_ids", "discount", "reason", "rung")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    SHOPPER_REF_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RUNG_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    as_of_time: _timestamp_pb2.Timestamp
    shopper_ref: str
    channel: str
    jurisdiction: str
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    discount: _money_pb2.Money
    reason: _decision_pb2.ReasonCode
    rung: _decision_pb2.Rung
    def __init__(self, decision_id: _Optional[str] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., shopper_ref: _Optional[str] = ..., channel: _Optional[str] = ..., jurisdiction: _Optional[str] = ..., offer_ids: _Optional[_Iterable[str]] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[_Union[_decision_pb2.ReasonCode, str]] = ..., rung: _Optional[_Union[_decision_pb2.Rung, str]] = ...) -> None: ...
