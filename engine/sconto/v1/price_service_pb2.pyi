import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListPrice(_message.Message):
    __slots__ = ("product_id", "jurisdiction", "channel", "list_price", "effective_time")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    jurisdiction: str
    channel: str
    list_price: _money_pb2.Money
    effective_time: _timestamp_pb2.Timestamp
    def __init__(self, product_id: _Optional[str] = ..., jurisdiction: _Optional[str] = ..., channel: _Optional[str] = ..., list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordPricesRequest(_message.Message):
    __slots__ = ("prices",)
    PRICES_FIELD_NUMBER: _ClassVar[int]
    prices: _containers.RepeatedCompositeFieldContainer[ListPrice]
    def __init__(self, prices: _Optional[_Iterable[_Union[ListPrice, _Mapping]]] = ...) -> None: ...

class RecordPricesResponse(_message.Message):
    __slots__ = ("new_prices",)
    NEW_PRICES_FIELD_NUMBER: _ClassVar[int]
    new_prices: int
    def __init__(self, new_prices: _Optional[int] = ...) -> None: ...
