"""Orders of any kind, and the shorthand that the rules' tests share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from flint_domain.order.discounts import AppliedCoupon, CouponTerms
from flint_domain.order.lines import Charge, Line, Modifier
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment, TransferState
from flint_domain.order.refunds.model import Refund, RefundPart
from flint_domain.order.tax.model import Tax

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

SALES_8 = Tax(tax_rate_id="txr_8", name="Sales tax", percent=Decimal(8))
CITY = Tax(tax_rate_id="txr_city", name="City", percent=Decimal("2.125"))
VAT_19 = Tax(tax_rate_id="txr_19", name="VAT", percent=Decimal(19), inclusive=True)
VAT_7 = Tax(tax_rate_id="txr_7", name="VAT low", percent=Decimal(7), inclusive=True)


def an_order(**fields: Any) -> Order:
    """An order of one line of 100.00 USD, unless fields say otherwise."""
    known = {
        "order_id": "ord_1",
        "merchant_id": "mer_1",
        "version": 1,
        "currency": "USD",
        "lines": (line(0, 10_000),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Order(**{**known, **fields})


def line(number: int, unit_price: int, **fields: Any) -> Line:
    known = {"line_id": f"li_{number}", "name": "thing", "quantity": Decimal(1), "unit_price": unit_price}
    return Line(**{**known, **fields})


def coupon(code: str, **terms: Any) -> AppliedCoupon:
    return AppliedCoupon(coupon_id=f"cpn_{code}", code=code, terms=CouponTerms(currency="USD", **terms))


def captured(amount: int, number: int = 1) -> Payment:
    return Payment(
        payment_id=f"pi_{number}", source="tok_visa", amount=amount, captured=amount, reference="x", created_at=NOW
    )


def held(amount: int, number: int = 1) -> Payment:
    return Payment(
        payment_id=f"pi_{number}", source="tok_visa", amount=amount, authorized=amount, reference="x", created_at=NOW
    )


def gone_back(
    amount: int, state: TransferState = TransferState.SUCCEEDED, *, payment: int = 1, of: str = "li_0", number: int = 1
) -> Refund:
    return Refund(
        refund_id=f"ref_{number}",
        payment_id=f"pi_{payment}",
        transfer_id=f"trf_{number}",
        amount=amount,
        parts=(RefundPart(of=of, net=amount, tax=0),),
        reason="requested_by_customer",
        state=state,
        created_at=NOW,
    )


taxes = st.sampled_from([None, (), (SALES_8,), (CITY,), (SALES_8, CITY), (VAT_19,), (VAT_7,), (VAT_19, VAT_7)])
quantities = st.one_of(st.integers(1, 20).map(Decimal), st.integers(1, 99_999).map(lambda n: Decimal(n).scaleb(-4)))
percents = st.integers(1, 10_000).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    return tuple(
        Line(
            line_id=f"li_{number}",
            name="thing",
            quantity=draw(quantities),
            unit_price=draw(st.integers(0, 50_000)),
            modifiers=draw(
                st.lists(st.builds(Modifier, name=st.just("m"), amount=st.integers(0, 900)), max_size=2).map(tuple)
            ),
            discount_percent=draw(st.one_of(st.none(), percents)),
            discount_amount=draw(st.one_of(st.none(), st.integers(1, 9_999))),
            taxes=draw(taxes),
            item_id=draw(st.sampled_from([None, "mug", "cup"])),
        )
        for number in range(draw(st.integers(1, 6)))
    )


coupons = st.lists(
    st.one_of(
        st.builds(
            CouponTerms,
            percent=percents,
            currency=st.just("USD"),
            max_discount=st.one_of(st.none(), st.integers(1, 5_000)),
        ),
        st.builds(
            CouponTerms,
            amount=st.integers(1, 20_000),
            currency=st.just("USD"),
            item_ids=st.sampled_from([(), ("mug",)]),
        ),
        st.builds(CouponTerms, percent=percents, currency=st.just("USD"), minimum_subtotal=st.integers(0, 50_000)),
    ),
    max_size=3,
).map(lambda found: tuple(AppliedCoupon(coupon_id=f"cpn_{n}", code=f"C{n}", terms=t) for n, t in enumerate(found)))

orders = st.builds(
    an_order,
    lines=lines(),
    coupons=coupons,
    charges=st.lists(st.integers(0, 5_000), max_size=2).flatmap(
        lambda amounts: st.tuples(
            *(
                st.builds(
                    Charge,
                    charge_id=st.just(f"chg_{n}"),
                    name=st.just("fee"),
                    amount=st.just(amount),
                    taxes=st.sampled_from([(), (SALES_8,), (VAT_19,)]),
                )
                for n, amount in enumerate(amounts)
            )
        )
    ),
    tip=st.integers(0, 2_000),
    default_taxes=st.sampled_from([(), (SALES_8,), (VAT_19,)]),
)
