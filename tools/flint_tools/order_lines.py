"""Lines and charges of an order, as callers give them."""

from decimal import Decimal

from pydantic import Field, model_validator

from flint_domain.order.inputs import ChargeInput, LineChange, LineInput, ModifierInput
from flint_tools.amounts import MoneyInput, OrderMoneyInput, Percent, Quantity
from flint_tools.checks import shown, wrong
from flint_tools.types import (
    ClearableNote,
    Input,
    Items,
    LineItemId,
    Name,
    Reference,
    TaxRateId,
)


class ModifierArgument(Input):
    name: Name
    amount_money: OrderMoneyInput

    def to_domain(self) -> ModifierInput:
        return ModifierInput(name=self.name, money=self.amount_money.price())


class LineArgument(Input):
    """What a line may be given. Name and price that are left out are those of the catalog."""

    name: Name | None = None
    unit_price_money: MoneyInput | None = None
    quantity: Quantity | None = None
    modifiers: Items[ModifierArgument] | None = Field(default=None, max_length=20)
    discount_percent: Percent | None = None
    discount_money: OrderMoneyInput | None = None
    tax_rate_ids: Items[TaxRateId] | None = Field(default=None, max_length=10, description="[] is exempt")
    item_id: Reference | None = Field(default=None, description="id, SKU or your own")
    note: ClearableNote | None = None

    def added(self) -> LineInput:
        return LineInput(
            name=self.name,
            quantity=Decimal(1) if self.quantity is None else self.quantity,
            unit_price=None if self.unit_price_money is None else self.unit_price_money.price(),
            modifiers=tuple(modifier.to_domain() for modifier in self.modifiers or ()),
            discount_percent=self.discount_percent,
            discount=None if self.discount_money is None else self.discount_money.price(),
            tax_rate_ids=self.tax_rate_ids,
            item_id=self.item_id,
            note=self.note or None,
        )


class LineEditArgument(LineArgument):
    line_item_id: LineItemId | None = Field(default=None, description="else a line is added")

    def to_addition(self) -> LineInput | None:
        """The line to add, when this names none that exists."""
        return self.added() if self.line_item_id is None else None

    def to_change(self) -> LineChange | None:
        """The change of a line, when this names one."""
        if self.line_item_id is None:
            return None
        return LineChange(
            line_id=self.line_item_id,
            name=self.name,
            quantity=self.quantity,
            unit_price=None if self.unit_price_money is None else self.unit_price_money.price(),
            modifiers=None if self.modifiers is None else tuple(m.to_domain() for m in self.modifiers),
            discount_percent=self.discount_percent,
            discount=None if self.discount_money is None else self.discount_money.price(),
            tax_rate_ids=self.tax_rate_ids,
            item_id=self.item_id,
            note=self.note,
        )


class ChargeArgument(Input):
    """Shipping or a fee: not taxed, taxed by the order's rates (taxable), or by those that it names."""

    name: Name
    amount_money: OrderMoneyInput
    taxable: bool | None = None
    tax_rate_ids: Items[TaxRateId] | None = Field(default=None, max_length=10)

    @model_validator(mode="after")
    def _taxed_or_not(self) -> "ChargeArgument":
        if self.taxable is not None and self.tax_rate_ids is not None and self.taxable is not bool(self.tax_rate_ids):
            rates = "rates" if self.tax_rate_ids else "no rates"
            raise wrong(
                f"taxable is {shown(self.taxable)}, and taxRateIds names {rates}.",
                "leave taxable out where taxRateIds names the rates",
            )
        return self

    def to_domain(self) -> ChargeInput:
        return ChargeInput(
            name=self.name,
            money=self.amount_money.price(),
            taxable=self.taxable is True,
            tax_rate_ids=self.tax_rate_ids,
        )


def charges_of(given: tuple[ChargeArgument, ...]) -> tuple[ChargeInput, ...]:
    return tuple(charge.to_domain() for charge in given)
