import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.type import money_pb2 as _money_pb2
from sconto.v1 import decision_pb2 as _decision_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DecideRequest(_message.Message):
    __slots__ = ("request_id", "shopper", "channel", "jurisdiction", "currency_code", "basket", "offer_ids", "validate_only", "as_of_time", "read_mask", "codes", "replaces", "language_code")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    BASKET_FIELD_NUMBER: _ClassVar[int]
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_MASK_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    shopper: _decision_pb2.Shopper
    channel: str
    jurisdiction: str
    currency_code: str
    basket: _decision_pb2.Basket
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    validate_only: bool
    as_of_time: _timestamp_pb2.Timestamp
    read_mask: _field_mask_pb2.FieldMask
    codes: _containers.RepeatedScalarFieldContainer[str]
    replaces: str
    language_code: str
    def __init__(self, request_id: _Optional[str] = ..., shopper: _Optional[_Union[_decision_pb2.Shopper, _Mapping]] = ..., channel: _Optional[str] = ..., jurisdiction: _Optional[str] = ..., currency_code: _Optional[str] = ..., basket: _Optional[_Union[_decision_pb2.Basket, _Mapping]] = ..., offer_ids: _Optional[_Iterable[str]] = ..., validate_only: _Optional[bool] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., codes: _Optional[_Iterable[str]] = ..., replaces: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class DecideResponse(_message.Message):
    __slots__ = ("decision", "replayed")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    replayed: bool
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class BatchDecideRequest(_message.Message):
    __slots__ = ("shopper", "channel", "jurisdiction", "currency_code", "baskets", "offer_ids", "as_of_time", "read_mask", "language_code")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    BASKETS_FIELD_NUMBER: _ClassVar[int]
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_MASK_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    shopper: _decision_pb2.Shopper
    channel: str
    jurisdiction: str
    currency_code: str
    baskets: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Basket]
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    as_of_time: _timestamp_pb2.Timestamp
    read_mask: _field_mask_pb2.FieldMask
    language_code: str
    def __init__(self, shopper: _Optional[_Union[_decision_pb2.Shopper, _Mapping]] = ..., channel: _Optional[str] = ..., jurisdiction: _Optional[str] = ..., currency_code: _Optional[str] = ..., baskets: _Optional[_Iterable[_Union[_decision_pb2.Basket, _Mapping]]] = ..., offer_ids: _Optional[_Iterable[str]] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., language_code: _Optional[str] = ...) -> None: ...

class BatchDecideResponse(_message.Message):
    __slots__ = ("decisions",)
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Decision]
    def __init__(self, decisions: _Optional[_Iterable[_Union[_decision_pb2.Decision, _Mapping]]] = ...) -> None: ...

class DecideStreamRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: DecideRequest
    def __init__(self, request: _Optional[_Union[DecideRequest, _Mapping]] = ...) -> None: ...

class DecideStreamResponse(_message.Message):
    __slots__ = ("request_id", "response", "error")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    response: DecideResponse
    error: _status_pb2.Status
    def __init__(self, request_id: _Optional[str] = ..., response: _Optional[_Union[DecideResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class RedeemRequest(_message.Message):
    __slots__ = ("request_id", "decision_id", "sold_lines")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    SOLD_LINES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    decision_id: str
    sold_lines: _containers.RepeatedCompositeFieldContainer[SoldLine]
    def __init__(self, request_id: _Optional[str] = ..., decision_id: _Optional[str] = ..., sold_lines: _Optional[_Iterable[_Union[SoldLine, _Mapping]]] = ...) -> None: ...

class SoldLine(_message.Message):
    __slots__ = ("line_id", "quantity", "final_price", "measured_quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FINAL_PRICE_FIELD_NUMBER: _ClassVar[int]
    MEASURED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    quantity: int
    final_price: _money_pb2.Money
    measured_quantity: _decision_pb2.MeasuredQuantity
    def __init__(self, line_id: _Optional[str] = ..., quantity: _Optional[int] = ..., final_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., measured_quantity: _Optional[_Union[_decision_pb2.MeasuredQuantity, _Mapping]] = ...) -> None: ...

class RedeemResponse(_message.Message):
    __slots__ = ("reservation", "replayed")
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reservation: _decision_pb2.Reservation
    replayed: bool
    def __init__(self, reservation: _Optional[_Union[_decision_pb2.Reservation, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class ReturnRequest(_message.Message):
    __slots__ = ("request_id", "decision_id", "lines", "validate_only")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    decision_id: str
    lines: _containers.RepeatedCompositeFieldContainer[ReturnedLine]
    validate_only: bool
    def __init__(self, request_id: _Optional[str] = ..., decision_id: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[ReturnedLine, _Mapping]]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ReturnedLine(_message.Message):
    __slots__ = ("line_id", "quantity", "measured_quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    MEASURED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    quantity: int
    measured_quantity: _decision_pb2.MeasuredQuantity
    def __init__(self, line_id: _Optional[str] = ..., quantity: _Optional[int] = ..., measured_quantity: _Optional[_Union[_decision_pb2.MeasuredQuantity, _Mapping]] = ...) -> None: ...

class ReturnResponse(_message.Message):
    __slots__ = ("refund", "returned_lines", "kept_lines", "reservation", "replayed")
    REFUND_FIELD_NUMBER: _ClassVar[int]
    RETURNED_LINES_FIELD_NUMBER: _ClassVar[int]
    KEPT_LINES_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    refund: _money_pb2.Money
    returned_lines: _containers.RepeatedCompositeFieldContainer[LineRefund]
    kept_lines: _containers.RepeatedCompositeFieldContainer[KeptLine]
    reservation: _decision_pb2.Reservation
    replayed: bool
    def __init__(self, refund: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., returned_lines: _Optional[_Iterable[_Union[LineRefund, _Mapping]]] = ..., kept_lines: _Optional[_Iterable[_Union[KeptLine, _Mapping]]] = ..., reservation: _Optional[_Union[_decision_pb2.Reservation, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class PastReturn(_message.Message):
    __slots__ = ("return_time", "refund", "returned_lines", "kept_lines")
    RETURN_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    RETURNED_LINES_FIELD_NUMBER: _ClassVar[int]
    KEPT_LINES_FIELD_NUMBER: _ClassVar[int]
    return_time: _timestamp_pb2.Timestamp
    refund: _money_pb2.Money
    returned_lines: _containers.RepeatedCompositeFieldContainer[LineRefund]
    kept_lines: _containers.RepeatedCompositeFieldContainer[KeptLine]
    def __init__(self, return_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refund: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., returned_lines: _Optional[_Iterable[_Union[LineRefund, _Mapping]]] = ..., kept_lines: _Optional[_Iterable[_Union[KeptLine, _Mapping]]] = ...) -> None: ...

class LineRefund(_message.Message):
    __slots__ = ("line_id", "quantity", "refund", "measured_quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    MEASURED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    quantity: int
    refund: _money_pb2.Money
    measured_quantity: _decision_pb2.MeasuredQuantity
    def __init__(self, line_id: _Optional[str] = ..., quantity: _Optional[int] = ..., refund: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., measured_quantity: _Optional[_Union[_decision_pb2.MeasuredQuantity, _Mapping]] = ...) -> None: ...

class KeptLine(_message.Message):
    __slots__ = ("line_id", "quantity", "final_price", "measured_quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FINAL_PRICE_FIELD_NUMBER: _ClassVar[int]
    MEASURED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    quantity: int
    final_price: _money_pb2.Money
    measured_quantity: _decision_pb2.MeasuredQuantity
    def __init__(self, line_id: _Optional[str] = ..., quantity: _Optional[int] = ..., final_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., measured_quantity: _Optional[_Union[_decision_pb2.MeasuredQuantity, _Mapping]] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("request_id", "decision_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    decision_id: str
    def __init__(self, request_id: _Optional[str] = ..., decision_id: _Optional[str] = ...) -> None: ...

class ReleaseResponse(_message.Message):
    __slots__ = ("reservation", "replayed")
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reservation: _decision_pb2.Reservation
    replayed: bool
    def __init__(self, reservation: _Optional[_Union[_decision_pb2.Reservation, _Mapping]] = ..., replayed: _Optional[bool] = ...) -> None: ...

class GetDecisionRequest(_message.Message):
    __slots__ = ("decision_id",)
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    def __init__(self, decision_id: _Optional[str] = ...) -> None: ...

class GetDecisionResponse(_message.Message):
    __slots__ = ("decision", "explanation", "record", "returns")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    RETURNS_FIELD_NUMBER: _ClassVar[int]
    decision: _decision_pb2.Decision
    explanation: _containers.RepeatedScalarFieldContainer[str]
    record: bytes
    returns: _containers.RepeatedCompositeFieldContainer[PastReturn]
    def __init__(self, decision: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., explanation: _Optional[_Iterable[str]] = ..., record: _Optional[bytes] = ..., returns: _Optional[_Iterable[_Union[PastReturn, _Mapping]]] = ...) -> None: ...
