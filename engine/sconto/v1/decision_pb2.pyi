import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Unit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNIT_UNSPECIFIED: _ClassVar[Unit]
    UNIT_KILOGRAM: _ClassVar[Unit]
    UNIT_POUND: _ClassVar[Unit]
    UNIT_METRE: _ClassVar[Unit]
    UNIT_YARD: _ClassVar[Unit]
    UNIT_FOOT: _ClassVar[Unit]
    UNIT_SQUARE_METRE: _ClassVar[Unit]
    UNIT_SQUARE_FOOT: _ClassVar[Unit]
    UNIT_LITRE: _ClassVar[Unit]
    UNIT_US_GALLON: _ClassVar[Unit]
    UNIT_CUBIC_METRE: _ClassVar[Unit]
    UNIT_HOUR: _ClassVar[Unit]

class LineKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINE_KIND_UNSPECIFIED: _ClassVar[LineKind]
    LINE_KIND_GOODS: _ClassVar[LineKind]
    LINE_KIND_GIFT_CARD: _ClassVar[LineKind]
    LINE_KIND_TAX: _ClassVar[LineKind]
    LINE_KIND_DEPOSIT: _ClassVar[LineKind]
    LINE_KIND_FEE: _ClassVar[LineKind]
    LINE_KIND_RETURN: _ClassVar[LineKind]

class ReasonCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_CODE_UNSPECIFIED: _ClassVar[ReasonCode]
    REASON_CODE_CHOSEN: _ClassVar[ReasonCode]
    REASON_CODE_NOT_BEST: _ClassVar[ReasonCode]
    REASON_CODE_NOT_WORTH_IT: _ClassVar[ReasonCode]
    REASON_CODE_BELOW_LEAST_GAIN: _ClassVar[ReasonCode]
    REASON_CODE_WORTH_UNKNOWN: _ClassVar[ReasonCode]
    REASON_CODE_NOT_VALID_TODAY: _ClassVar[ReasonCode]
    REASON_CODE_NO_LINE_IN_SCOPE: _ClassVar[ReasonCode]
    REASON_CODE_BELOW_MINIMUM_SPEND: _ClassVar[ReasonCode]
    REASON_CODE_NOTHING_TO_DISCOUNT: _ClassVar[ReasonCode]
    REASON_CODE_HIGHER_TIER_REACHED: _ClassVar[ReasonCode]
    REASON_CODE_CODE_REQUIRED: _ClassVar[ReasonCode]
    REASON_CODE_FACT_MISSING: _ClassVar[ReasonCode]
    REASON_CODE_NOT_ELIGIBLE: _ClassVar[ReasonCode]
    REASON_CODE_BELOW_PRICE_FLOOR: _ClassVar[ReasonCode]
    REASON_CODE_BELOW_MARGIN_FLOOR: _ClassVar[ReasonCode]
    REASON_CODE_ABOVE_DISCOUNT_CAP: _ClassVar[ReasonCode]
    REASON_CODE_RULE_FAILED: _ClassVar[ReasonCode]
    REASON_CODE_ABOVE_PRICE_CEILING: _ClassVar[ReasonCode]
    REASON_CODE_FREQUENCY_CAP_REACHED: _ClassVar[ReasonCode]
    REASON_CODE_BUDGET_SPENT: _ClassVar[ReasonCode]
    REASON_CODE_SHOPPER_CAP_REACHED: _ClassVar[ReasonCode]
    REASON_CODE_BUDGET_AHEAD_OF_PACE: _ClassVar[ReasonCode]
    REASON_CODE_GUARDRAIL_RECHECK_FAILED: _ClassVar[ReasonCode]
    REASON_CODE_HELD_OUT: _ClassVar[ReasonCode]

class OfferKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFER_KIND_UNSPECIFIED: _ClassVar[OfferKind]
    OFFER_KIND_PERCENT: _ClassVar[OfferKind]
    OFFER_KIND_AMOUNT: _ClassVar[OfferKind]
    OFFER_KIND_BUY_X_GET_Y: _ClassVar[OfferKind]
    OFFER_KIND_BUNDLE: _ClassVar[OfferKind]
    OFFER_KIND_FREE_SHIPPING: _ClassVar[OfferKind]
    OFFER_KIND_SPEND_TIERS: _ClassVar[OfferKind]

class ChoiceGroup(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHOICE_GROUP_UNSPECIFIED: _ClassVar[ChoiceGroup]
    CHOICE_GROUP_POLICY: _ClassVar[ChoiceGroup]
    CHOICE_GROUP_HOLDOUT: _ClassVar[ChoiceGroup]
    CHOICE_GROUP_EXPLORATION: _ClassVar[ChoiceGroup]

class Rung(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUNG_UNSPECIFIED: _ClassVar[Rung]
    RUNG_MODEL: _ClassVar[Rung]
    RUNG_RULES_ONLY: _ClassVar[Rung]
    RUNG_NO_DISCOUNT: _ClassVar[Rung]

class RungCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUNG_CAUSE_UNSPECIFIED: _ClassVar[RungCause]
    RUNG_CAUSE_MODEL_MISSING: _ClassVar[RungCause]
    RUNG_CAUSE_MODEL_LATE: _ClassVar[RungCause]
    RUNG_CAUSE_MODEL_FAILED: _ClassVar[RungCause]
    RUNG_CAUSE_MODEL_NOT_FINITE: _ClassVar[RungCause]
    RUNG_CAUSE_BUDGET_CONTENDED: _ClassVar[RungCause]
    RUNG_CAUSE_INPUTS_UNKNOWN: _ClassVar[RungCause]
    RUNG_CAUSE_RESPONSE_MISSING: _ClassVar[RungCause]
    RUNG_CAUSE_DEADLINE_NEAR: _ClassVar[RungCause]

class ReservationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESERVATION_STATE_UNSPECIFIED: _ClassVar[ReservationState]
    RESERVATION_STATE_HELD: _ClassVar[ReservationState]
    RESERVATION_STATE_REDEEMED: _ClassVar[ReservationState]
    RESERVATION_STATE_RELEASED: _ClassVar[ReservationState]
    RESERVATION_STATE_EXPIRED: _ClassVar[ReservationState]
    RESERVATION_STATE_REPLACED: _ClassVar[ReservationState]
    RESERVATION_STATE_RETURNED: _ClassVar[ReservationState]

class CodeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODE_STATUS_UNSPECIFIED: _ClassVar[CodeStatus]
    CODE_STATUS_APPLIED: _ClassVar[CodeStatus]
    CODE_STATUS_NOT_NEEDED: _ClassVar[CodeStatus]
    CODE_STATUS_NOT_CHOSEN: _ClassVar[CodeStatus]
    CODE_STATUS_WITHHELD: _ClassVar[CodeStatus]
    CODE_STATUS_UNKNOWN: _ClassVar[CodeStatus]
    CODE_STATUS_NOT_YET_VALID: _ClassVar[CodeStatus]
    CODE_STATUS_NO_LONGER_VALID: _ClassVar[CodeStatus]
    CODE_STATUS_USED_UP: _ClassVar[CodeStatus]
    CODE_STATUS_USED_UP_BY_SHOPPER: _ClassVar[CodeStatus]

class ModelOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_OUTCOME_UNSPECIFIED: _ClassVar[ModelOutcome]
    MODEL_OUTCOME_SALE: _ClassVar[ModelOutcome]
    MODEL_OUTCOME_GROWTH: _ClassVar[ModelOutcome]
    MODEL_OUTCOME_RETURN: _ClassVar[ModelOutcome]
UNIT_UNSPECIFIED: Unit
UNIT_KILOGRAM: Unit
UNIT_POUND: Unit
UNIT_METRE: Unit
UNIT_YARD: Unit
UNIT_FOOT: Unit
UNIT_SQUARE_METRE: Unit
UNIT_SQUARE_FOOT: Unit
UNIT_LITRE: Unit
UNIT_US_GALLON: Unit
UNIT_CUBIC_METRE: Unit
UNIT_HOUR: Unit
LINE_KIND_UNSPECIFIED: LineKind
LINE_KIND_GOODS: LineKind
LINE_KIND_GIFT_CARD: LineKind
LINE_KIND_TAX: LineKind
LINE_KIND_DEPOSIT: LineKind
LINE_KIND_FEE: LineKind
LINE_KIND_RETURN: LineKind
REASON_CODE_UNSPECIFIED: ReasonCode
REASON_CODE_CHOSEN: ReasonCode
REASON_CODE_NOT_BEST: ReasonCode
REASON_CODE_NOT_WORTH_IT: ReasonCode
REASON_CODE_BELOW_LEAST_GAIN: ReasonCode
REASON_CODE_WORTH_UNKNOWN: ReasonCode
REASON_CODE_NOT_VALID_TODAY: ReasonCode
REASON_CODE_NO_LINE_IN_SCOPE: ReasonCode
REASON_CODE_BELOW_MINIMUM_SPEND: ReasonCode
REASON_CODE_NOTHING_TO_DISCOUNT: ReasonCode
REASON_CODE_HIGHER_TIER_REACHED: ReasonCode
REASON_CODE_CODE_REQUIRED: ReasonCode
REASON_CODE_FACT_MISSING: ReasonCode
REASON_CODE_NOT_ELIGIBLE: ReasonCode
REASON_CODE_BELOW_PRICE_FLOOR: ReasonCode
REASON_CODE_BELOW_MARGIN_FLOOR: ReasonCode
REASON_CODE_ABOVE_DISCOUNT_CAP: ReasonCode
REASON_CODE_RULE_FAILED: ReasonCode
REASON_CODE_ABOVE_PRICE_CEILING: ReasonCode
REASON_CODE_FREQUENCY_CAP_REACHED: ReasonCode
REASON_CODE_BUDGET_SPENT: ReasonCode
REASON_CODE_SHOPPER_CAP_REACHED: ReasonCode
REASON_CODE_BUDGET_AHEAD_OF_PACE: ReasonCode
REASON_CODE_GUARDRAIL_RECHECK_FAILED: ReasonCode
REASON_CODE_HELD_OUT: ReasonCode
OFFER_KIND_UNSPECIFIED: OfferKind
OFFER_KIND_PERCENT: OfferKind
OFFER_KIND_AMOUNT: OfferKind
OFFER_KIND_BUY_X_GET_Y: OfferKind
OFFER_KIND_BUNDLE: OfferKind
OFFER_KIND_FREE_SHIPPING: OfferKind
OFFER_KIND_SPEND_TIERS: OfferKind
CHOICE_GROUP_UNSPECIFIED: ChoiceGroup
CHOICE_GROUP_POLICY: ChoiceGroup
CHOICE_GROUP_HOLDOUT: ChoiceGroup
CHOICE_GROUP_EXPLORATION: ChoiceGroup
RUNG_UNSPECIFIED: Rung
RUNG_MODEL: Rung
RUNG_RULES_ONLY: Rung
RUNG_NO_DISCOUNT: Rung
RUNG_CAUSE_UNSPECIFIED: RungCause
RUNG_CAUSE_MODEL_MISSING: RungCause
RUNG_CAUSE_MODEL_LATE: RungCause
RUNG_CAUSE_MODEL_FAILED: RungCause
RUNG_CAUSE_MODEL_NOT_FINITE: RungCause
RUNG_CAUSE_BUDGET_CONTENDED: RungCause
RUNG_CAUSE_INPUTS_UNKNOWN: RungCause
RUNG_CAUSE_RESPONSE_MISSING: RungCause
RUNG_CAUSE_DEADLINE_NEAR: RungCause
RESERVATION_STATE_UNSPECIFIED: ReservationState
RESERVATION_STATE_HELD: ReservationState
RESERVATION_STATE_REDEEMED: ReservationState
RESERVATION_STATE_RELEASED: ReservationState
RESERVATION_STATE_EXPIRED: ReservationState
RESERVATION_STATE_REPLACED: ReservationState
RESERVATION_STATE_RETURNED: ReservationState
CODE_STATUS_UNSPECIFIED: CodeStatus
CODE_STATUS_APPLIED: CodeStatus
CODE_STATUS_NOT_NEEDED: CodeStatus
CODE_STATUS_NOT_CHOSEN: CodeStatus
CODE_STATUS_WITHHELD: CodeStatus
CODE_STATUS_UNKNOWN: CodeStatus
CODE_STATUS_NOT_YET_VALID: CodeStatus
CODE_STATUS_NO_LONGER_VALID: CodeStatus
CODE_STATUS_USED_UP: CodeStatus
CODE_STATUS_USED_UP_BY_SHOPPER: CodeStatus
MODEL_OUTCOME_UNSPECIFIED: ModelOutcome
MODEL_OUTCOME_SALE: ModelOutcome
MODEL_OUTCOME_GROWTH: ModelOutcome
MODEL_OUTCOME_RETURN: ModelOutcome

class Shopper(_message.Message):
    __slots__ = ("shopper_id", "attributes", "consents")
    SHOPPER_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    shopper_id: str
    attributes: _containers.RepeatedCompositeFieldContainer[Fact]
    consents: _containers.RepeatedCompositeFieldContainer[Consent]
    def __init__(self, shopper_id: _Optional[str] = ..., attributes: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., consents: _Optional[_Iterable[_Union[Consent, _Mapping]]] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("name", "given")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    given: bool
    def __init__(self, name: _Optional[str] = ..., given: _Optional[bool] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ("name", "integer", "boolean", "text", "decimal", "money")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    BOOLEAN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DECIMAL_FIELD_NUMBER: _ClassVar[int]
    MONEY_FIELD_NUMBER: _ClassVar[int]
    name: str
    integer: int
    boolean: bool
    text: str
    decimal: str
    money: _money_pb2.Money
    def __init__(self, name: _Optional[str] = ..., integer: _Optional[int] = ..., boolean: _Optional[bool] = ..., text: _Optional[str] = ..., decimal: _Optional[str] = ..., money: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Basket(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[BasketLine]
    def __init__(self, lines: _Optional[_Iterable[_Union[BasketLine, _Mapping]]] = ...) -> None: ...

class BasketLine(_message.Message):
    __slots__ = ("line_id", "product_id", "category", "department", "brand", "quantity", "list_price", "unit_cost", "facts", "kind", "measured_quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    UNIT_COST_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MEASURED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    product_id: str
    category: str
    department: str
    brand: str
    quantity: int
    list_price: _money_pb2.Money
    unit_cost: _money_pb2.Money
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    kind: LineKind
    measured_quantity: MeasuredQuantity
    def __init__(self, line_id: _Optional[str] = ..., product_id: _Optional[str] = ..., category: _Optional[str] = ..., department: _Optional[str] = ..., brand: _Optional[str] = ..., quantity: _Optional[int] = ..., list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., unit_cost: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., kind: _Optional[_Union[LineKind, str]] = ..., measured_quantity: _Optional[_Union[MeasuredQuantity, _Mapping]] = ...) -> None: ...

class MeasuredQuantity(_message.Message):
    __slots__ = ("amount", "unit")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    amount: str
    unit: Unit
    def __init__(self, amount: _Optional[str] = ..., unit: _Optional[_Union[Unit, str]] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision_id", "as_of_time", "discounts", "reason", "line_prices", "rung", "rung_cause", "reservation", "disclosures", "ruleset_digest", "model", "not_chosen", "candidates", "reviews", "group", "action_propensity_ppm", "codes", "near_misses")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    DISCOUNTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINE_PRICES_FIELD_NUMBER: _ClassVar[int]
    RUNG_FIELD_NUMBER: _ClassVar[int]
    RUNG_CAUSE_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    RULESET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NOT_CHOSEN_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    REVIEWS_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ACTION_PROPENSITY_PPM_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    NEAR_MISSES_FIELD_NUMBER: _ClassVar[int]
    decision_id: str
    as_of_time: _timestamp_pb2.Timestamp
    discounts: _containers.RepeatedCompositeFieldContainer[Discount]
    reason: ReasonCode
    line_prices: _containers.RepeatedCompositeFieldContainer[LinePrice]
    rung: Rung
    rung_cause: RungCause
    reservation: Reservation
    disclosures: _containers.RepeatedCompositeFieldContainer[Disclosure]
    ruleset_digest: str
    model: ModelUse
    not_chosen: NotChosen
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    reviews: _containers.RepeatedCompositeFieldContainer[Finding]
    group: ChoiceGroup
    action_propensity_ppm: int
    codes: _containers.RepeatedCompositeFieldContainer[CodeResult]
    near_misses: _containers.RepeatedCompositeFieldContainer[NearMiss]
    def __init__(self, decision_id: _Optional[str] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., discounts: _Optional[_Iterable[_Union[Discount, _Mapping]]] = ..., reason: _Optional[_Union[ReasonCode, str]] = ..., line_prices: _Optional[_Iterable[_Union[LinePrice, _Mapping]]] = ..., rung: _Optional[_Union[Rung, str]] = ..., rung_cause: _Optional[_Union[RungCause, str]] = ..., reservation: _Optional[_Union[Reservation, _Mapping]] = ..., disclosures: _Optional[_Iterable[_Union[Disclosure, _Mapping]]] = ..., ruleset_digest: _Optional[str] = ..., model: _Optional[_Union[ModelUse, _Mapping]] = ..., not_chosen: _Optional[_Union[NotChosen, _Mapping]] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., reviews: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., group: _Optional[_Union[ChoiceGroup, str]] = ..., action_propensity_ppm: _Optional[int] = ..., codes: _Optional[_Iterable[_Union[CodeResult, _Mapping]]] = ..., near_misses: _Optional[_Iterable[_Union[NearMiss, _Mapping]]] = ...) -> None: ...

class NearMiss(_message.Message):
    __slots__ = ("offer_id", "spend", "pieces", "consent", "discount", "total_discount", "title", "sentence")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    SPEND_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    spend: MoreSpend
    pieces: MorePieces
    consent: str
    discount: _money_pb2.Money
    total_discount: _money_pb2.Money
    title: str
    sentence: str
    def __init__(self, offer_id: _Optional[str] = ..., spend: _Optional[_Union[MoreSpend, _Mapping]] = ..., pieces: _Optional[_Union[MorePieces, _Mapping]] = ..., consent: _Optional[str] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total_discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., title: _Optional[str] = ..., sentence: _Optional[str] = ...) -> None: ...

class MoreSpend(_message.Message):
    __slots__ = ("line_id", "amount")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    amount: _money_pb2.Money
    def __init__(self, line_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class MorePieces(_message.Message):
    __slots__ = ("line_id", "quantity")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    quantity: int
    def __init__(self, line_id: _Optional[str] = ..., quantity: _Optional[int] = ...) -> None: ...

class CodeResult(_message.Message):
    __slots__ = ("status", "sentence", "offer_ids", "reason")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    status: CodeStatus
    sentence: str
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: ReasonCode
    def __init__(self, status: _Optional[_Union[CodeStatus, str]] = ..., sentence: _Optional[str] = ..., offer_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[_Union[ReasonCode, str]] = ...) -> None: ...

class Discount(_message.Message):
    __slots__ = ("offer_id", "percent_bp", "amount", "total", "kind", "lane", "lines", "title")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    PERCENT_BP_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    percent_bp: int
    amount: _money_pb2.Money
    total: _money_pb2.Money
    kind: OfferKind
    lane: str
    lines: _containers.RepeatedCompositeFieldContainer[LineDiscount]
    title: str
    def __init__(self, offer_id: _Optional[str] = ..., percent_bp: _Optional[int] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., total: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., kind: _Optional[_Union[OfferKind, str]] = ..., lane: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[LineDiscount, _Mapping]]] = ..., title: _Optional[str] = ...) -> None: ...

class LineDiscount(_message.Message):
    __slots__ = ("line_id", "discount")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    discount: _money_pb2.Money
    def __init__(self, line_id: _Optional[str] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class LinePrice(_message.Message):
    __slots__ = ("line_id", "discount", "final_price")
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    FINAL_PRICE_FIELD_NUMBER: _ClassVar[int]
    line_id: str
    discount: _money_pb2.Money
    final_price: _money_pb2.Money
    def __init__(self, line_id: _Optional[str] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., final_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Reservation(_message.Message):
    __slots__ = ("state", "expire_time", "replaced_by")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    state: ReservationState
    expire_time: _timestamp_pb2.Timestamp
    replaced_by: str
    def __init__(self, state: _Optional[_Union[ReservationState, str]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replaced_by: _Optional[str] = ...) -> None: ...

class Disclosure(_message.Message):
    __slots__ = ("disclosure_id", "text")
    DISCLOSURE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    disclosure_id: str
    text: str
    def __init__(self, disclosure_id: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class NotChosen(_message.Message):
    __slots__ = ("offer_ids", "offers", "depths", "reasons", "fact_names", "missing_facts")
    OFFER_IDS_FIELD_NUMBER: _ClassVar[int]
    OFFERS_FIELD_NUMBER: _ClassVar[int]
    DEPTHS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    FACT_NAMES_FIELD_NUMBER: _ClassVar[int]
    MISSING_FACTS_FIELD_NUMBER: _ClassVar[int]
    offer_ids: _containers.RepeatedScalarFieldContainer[str]
    offers: _containers.RepeatedScalarFieldContainer[int]
    depths: _containers.RepeatedScalarFieldContainer[int]
    reasons: _containers.RepeatedScalarFieldContainer[ReasonCode]
    fact_names: _containers.RepeatedScalarFieldContainer[str]
    missing_facts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, offer_ids: _Optional[_Iterable[str]] = ..., offers: _Optional[_Iterable[int]] = ..., depths: _Optional[_Iterable[int]] = ..., reasons: _Optional[_Iterable[_Union[ReasonCode, str]]] = ..., fact_names: _Optional[_Iterable[str]] = ..., missing_facts: _Optional[_Iterable[int]] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("offer_id", "depth", "discount", "reason", "findings", "value", "kind", "on_top_of", "reviews")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ON_TOP_OF_FIELD_NUMBER: _ClassVar[int]
    REVIEWS_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    depth: int
    discount: _money_pb2.Money
    reason: ReasonCode
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    value: Value
    kind: OfferKind
    on_top_of: _containers.RepeatedScalarFieldContainer[str]
    reviews: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, offer_id: _Optional[str] = ..., depth: _Optional[int] = ..., discount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[_Union[ReasonCode, str]] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., value: _Optional[_Union[Value, _Mapping]] = ..., kind: _Optional[_Union[OfferKind, str]] = ..., on_top_of: _Optional[_Iterable[str]] = ..., reviews: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class Value(_message.Message):
    __slots__ = ("probability_ppm", "baseline_ppm", "spread_ppm", "doubt_ppm", "due_ppm", "margin", "cost", "offering", "charge_millionths", "gain_millionths", "least_gain_millionths")
    PROBABILITY_PPM_FIELD_NUMBER: _ClassVar[int]
    BASELINE_PPM_FIELD_NUMBER: _ClassVar[int]
    SPREAD_PPM_FIELD_NUMBER: _ClassVar[int]
    DOUBT_PPM_FIELD_NUMBER: _ClassVar[int]
    DUE_PPM_FIELD_NUMBER: _ClassVar[int]
    MARGIN_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    OFFERING_FIELD_NUMBER: _ClassVar[int]
    CHARGE_MILLIONTHS_FIELD_NUMBER: _ClassVar[int]
    GAIN_MILLIONTHS_FIELD_NUMBER: _ClassVar[int]
    LEAST_GAIN_MILLIONTHS_FIELD_NUMBER: _ClassVar[int]
    probability_ppm: int
    baseline_ppm: int
    spread_ppm: int
    doubt_ppm: int
    due_ppm: int
    margin: int
    cost: int
    offering: int
    charge_millionths: int
    gain_millionths: int
    least_gain_millionths: int
    def __init__(self, probability_ppm: _Optional[int] = ..., baseline_ppm: _Optional[int] = ..., spread_ppm: _Optional[int] = ..., doubt_ppm: _Optional[int] = ..., due_ppm: _Optional[int] = ..., margin: _Optional[int] = ..., cost: _Optional[int] = ..., offering: _Optional[int] = ..., charge_millionths: _Optional[int] = ..., gain_millionths: _Optional[int] = ..., least_gain_millionths: _Optional[int] = ...) -> None: ...

class ModelUse(_message.Message):
    __slots__ = ("digest", "outcome", "unknown_inputs", "assumed_response")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_INPUTS_FIELD_NUMBER: _ClassVar[int]
    ASSUMED_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    digest: str
    outcome: ModelOutcome
    unknown_inputs: _containers.RepeatedScalarFieldContainer[str]
    assumed_response: str
    def __init__(self, digest: _Optional[str] = ..., outcome: _Optional[_Union[ModelOutcome, str]] = ..., unknown_inputs: _Optional[_Iterable[str]] = ..., assumed_response: _Optional[str] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("reason", "rule_id", "line_id", "clauses")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    LINE_ID_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    reason: ReasonCode
    rule_id: str
    line_id: str
    clauses: _containers.RepeatedCompositeFieldContainer[Clause]
    def __init__(self, reason: _Optional[_Union[ReasonCode, str]] = ..., rule_id: _Optional[str] = ..., line_id: _Optional[str] = ..., clauses: _Optional[_Iterable[_Union[Clause, _Mapping]]] = ...) -> None: ...

class Clause(_message.Message):
    __slots__ = ("fact", "comparison", "threshold", "observed")
    FACT_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    fact: str
    comparison: str
    threshold: str
    observed: str
    def __init__(self, fact: _Optional[str] = ..., comparison: _Optional[str] = ..., threshold: _Optional[str] = ..., observed: _Optional[str] = ...) -> None: ...
