"""Bodies come back exactly as they went in."""

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError

from flint_domain.coupons.model import Coupon
from flint_domain.customers.errands import Attach, Detach, of_method
from flint_domain.kernel.subjects import of_order
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer, TransferKind
from flint_domain.order.tax.errands import TaxReport
from flint_domain.order.tax.service import ReportedPart, TaxStatement
from flint_domain.tax_rates.model import TaxRate
from flint_server.db.codecs import (
    COUPON,
    ERRANDS,
    ORDER,
    TAX_RATE,
    TRANSFER,
    Codec,
    from_micros,
    micros,
)
from tests.server.db.given import START

WORDS = st.text(max_size=20)
TIMES = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  hypothesis puts the zone on
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(-(10**12), 10**12),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: TIMES,
    date: st.dates(),
    Decimal: st.decimals(min_value=0, max_value=10**6, places=4)
    | st.sampled_from([Decimal(text) for text in ("1", "1.0", "1.50", "0.0001", "1E+2", "-0")]),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a field with this annotation may hold."""
    inner = get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: values(hints[field.name]) for field in fields(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if get_origin(hint) is Literal:
        return st.sampled_from(inner)
    if get_origin(hint) is tuple:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=2)
    return st.one_of([values(member) for member in inner])  # a union


orders, transfers, coupons, rates = (st.deferred(lambda m=m: values(m)) for m in (Order, Transfer, Coupon, TaxRate))


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(orders)
def test_an_order_comes_back_exactly(order: Order) -> None:
    back = ORDER.load(ORDER.dump(order), ORDER.schema)
    assert back == order
    # 1.5 == 1.50, but what was typed is what is shown.
    assert [str(line.quantity) for line in back.lines] == [str(line.quantity) for line in order.lines]
    assert [type(payment.step.kind) for payment in back.payments if payment.step] == [
        TransferKind for payment in order.payments if payment.step
    ]
    assert back.created_at.utcoffset() == timedelta(0)


@settings(deadline=None)
@given(transfers)
def test_a_transfer_comes_back_exactly(transfer: Transfer) -> None:
    back = TRANSFER.load(TRANSFER.dump(transfer), TRANSFER.schema)
    assert back == transfer
    assert back.key == transfer.key


def test_a_transfer_of_before_keeps_its_idempotency_key() -> None:
    stored = """{"transfer_id": "trf_1", "merchant_id": "mer_1", "order_id": "ord_1",
    "payment_id": "pi_1", "kind": "charge", "amount": 1485,
    "currency": "USD", "receipt_key": "pay-once", "leased_until": "2026-11-23T09:30:00Z",
    "created_at": "2026-11-23T09:30:00Z", "updated_at": "2026-11-23T09:30:00Z"}"""
    assert TRANSFER.load(stored, 1) == Transfer(
        transfer_id="trf_1",
        merchant_id="mer_1",
        order_id="ord_1",
        payment_id="pi_1",
        kind=TransferKind.CHARGE,
        amount=1485,
        currency="USD",
        idempotency_key="pay-once",
        leased_until=START,
        created_at=START,
        updated_at=START,
    )


@settings(deadline=None)
@given(coupons, rates)
def test_coupons_and_rates_come_back_exactly(coupon: Coupon, rate: TaxRate) -> None:
    assert COUPON.load(COUPON.dump(coupon), COUPON.schema) == coupon
    back = TAX_RATE.load(TAX_RATE.dump(rate), TAX_RATE.schema)
    assert (back, str(back.percent)) == (rate, str(rate.percent))


@given(TIMES)
def test_a_time_comes_back_from_its_microseconds(at: datetime) -> None:
    assert from_micros(micros(at)) == at
    elsewhere = at.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert micros(elsewhere) == micros(at)


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(TypeError):
        micros(START.replace(tzinfo=None))


def test_defaults_are_left_out() -> None:
    order = Order(order_id="ord_1", merchant_id="mer_1", version=1, currency="USD", created_at=START, updated_at=START)
    assert set(json.loads(ORDER.dump(order))) <= {
        "order_id",
        "merchant_id",
        "version",
        "currency",
        "metadata",
        "created_at",
        "updated_at",
    }


@dataclass(frozen=True)
class Note:
    words: tuple[str, ...]
    color: str = "white"


def test_a_body_that_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(PydanticSerializationError):
        Codec(Note).dump(Note(words=(1, 2)))  # pyright: ignore[reportArgumentType]


def test_an_older_body_is_upgraded_step_by_step_and_a_newer_one_refused() -> None:
    codec = Codec(
        Note,
        schema=3,
        upgrades={1: lambda body: {"text": body["txt"]}, 2: lambda body: {"words": body["text"].split()}},
    )
    assert codec.load('{"txt": "a b"}', 1) == Note(words=("a", "b"))
    assert codec.load('{"text": "a b"}', 2) == Note(words=("a", "b"))
    assert codec.load('{"words": ["a"], "color": "red"}', 3) == Note(words=("a",), color="red")
    with pytest.raises(ValueError, match="newer Flint"):
        codec.load("{}", 4)


AS_BEFORE = """{"transfer_id": "trf_1", "merchant_id": "mer_1", "kind": "%s", %s, "receipt_key": "once",
"processor": "%s",
"leased_until": "2026-11-23T09:30:00Z", "created_at": "2026-11-23T09:30:00Z", "updated_at": "2026-11-23T09:30:00Z"}"""
METHOD_OF_BEFORE = '"customer_id": "cus_1", "payment_id": "pm_1", "amount": 0, "currency": "USD"'


def as_asked(processor: str = "simulated") -> dict[str, Any]:
    times = {"leased_until": START, "created_at": START, "updated_at": START}
    return {"errand_id": "trf_1", "merchant_id": "mer_1", "idempotency_key": "once", "processor": processor, **times}


def test_a_method_that_was_attached_as_a_transfer_is_an_errand_about_it() -> None:
    fields = f'{METHOD_OF_BEFORE}, "source": "tok_visa", "customer_reference": "cus_sim_1"'
    assert ERRANDS["attach"].load(AS_BEFORE % ("attach", fields, "simulated"), 1) == Attach(
        subject=of_method("pm_1"),
        customer_id="cus_1",
        source="tok_visa",
        customer_reference="cus_sim_1",
        **as_asked(),
    )


def test_a_method_that_was_detached_as_a_transfer_is_an_errand_about_it() -> None:
    fields = f'{METHOD_OF_BEFORE}, "payment_reference": "pm_sim_1"'
    assert ERRANDS["detach"].load(AS_BEFORE % ("detach", fields, "simulated"), 1) == Detach(
        subject=of_method("pm_1"), customer_id="cus_1", method_reference="pm_sim_1", **as_asked()
    )


@pytest.mark.parametrize("schema", [1, 2])
def test_what_a_tax_service_was_told_in_a_transfer_is_an_errand_about_the_order(schema: int) -> None:
    parts = '{"sale_reference": "tax_1", "parts": [{"place": "line 1", "net": 1000, "tax": 73}]}'
    fields = f'"order_id": "ord_1", "payment_id": "ord_1", "amount": 73, "currency": "USD", "statement": {parts}'
    stored = AS_BEFORE % ("tax_reversal", fields, "Stripe Tax")
    if schema == 2:
        stored = stored.replace("receipt_key", "idempotency_key")
    told = ERRANDS["tax_reversal"].load(stored, schema)
    assert told == TaxReport(
        kind="tax_reversal",
        subject=of_order("ord_1"),
        order_id="ord_1",
        statement=TaxStatement(sale_reference="tax_1", parts=(ReportedPart(place="line 1", net=1000, tax=73),)),
        amount=73,
        currency="USD",
        **as_asked("Stripe Tax"),
    )
    assert told.key == "trf_1:tax_reversal:1"
    codec = ERRANDS["tax_reversal"]
    assert codec.load(codec.dump(told), codec.schema) == told
