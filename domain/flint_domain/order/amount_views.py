"""What callers read of an order's amounts: what it costs, and where its money stands."""

from pydantic import Field

from flint_domain.kernel.wire import MoneyView, WireModel, money
from flint_domain.order.lifecycle import Standing


class PricingAmounts(WireModel):
    """total = subtotal - discount + charge + tax (without includedTax) + tip."""

    subtotal_money: MoneyView
    discount_money: MoneyView
    charge_money: MoneyView
    tax_money: MoneyView
    included_tax_money: MoneyView | None = Field(
        default=None, description="the part of taxMoney that prices hold already"
    )
    tip_money: MoneyView
    total_money: MoneyView


class SettlementAmounts(WireModel):
    authorized_money: MoneyView = Field(description="held and not captured")
    paid_money: MoneyView = Field(description="captured; never lowered by refunds")
    refunded_money: MoneyView = Field(description="succeeded and pending refunds")
    pending_refund_money: MoneyView | None = Field(
        default=None, description="the part of refundedMoney still on its way"
    )
    outstanding_money: MoneyView = Field(description="total - paid; a refund does not reopen it")
    refundable_money: MoneyView = Field(description="paid - refunded")


def pricing_amounts(standing: Standing) -> PricingAmounts:
    priced, currency = standing.priced, standing.order.currency
    return PricingAmounts(
        subtotal_money=money(priced.subtotal, currency),
        discount_money=money(priced.discount, currency),
        charge_money=money(priced.charge, currency),
        tax_money=money(priced.tax, currency),
        included_tax_money=money(priced.included_tax, currency) if priced.included_tax else None,
        tip_money=money(priced.tip, currency),
        total_money=money(priced.total, currency),
    )


def settlement_amounts(standing: Standing) -> SettlementAmounts:
    amounts, currency = standing.money, standing.order.currency
    return SettlementAmounts(
        authorized_money=money(amounts.authorized, currency),
        paid_money=money(amounts.paid, currency),
        refunded_money=money(amounts.refunded, currency),
        pending_refund_money=money(amounts.pending_refund, currency) if amounts.pending_refund else None,
        outstanding_money=money(amounts.outstanding, currency),
        refundable_money=money(amounts.refundable, currency),
    )
