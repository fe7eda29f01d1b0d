"""What each tool answers: the domain's views, and what the road adds to them."""

from pydantic import Field

from flint_domain.catalog.views import ItemView, StockChangeView, StockView
from flint_domain.coupons.views import CouponView
from flint_domain.customers.payment_method_views import PaymentMethodView
from flint_domain.gift_cards.views import CreditView
from flint_domain.kernel.wire import Id, MoneyView, WireModel
from flint_domain.order.amendments.views import AmendmentView, ReturnView
from flint_domain.order.changes import ChangeView
from flint_domain.order.payments.views import PaymentView
from flint_domain.order.refunds.views import QuoteView, RefundView, WholeRefundView
from flint_domain.order.views import OrderView
from flint_domain.queries.customer_views import CustomerView
from flint_domain.tax_rates.views import TaxRateView
from flint_domain.webhooks.views import DeliveryView, EndpointView


class WouldTransfer(WireModel):
    """A movement of money that a dry run would make."""

    kind: str
    amount_money: MoneyView
    payment_intent_id: Id


class _Executed(WireModel):
    replayed: bool | None = Field(default=None, description="true when this key's first answer is given again")
    dry_run: bool | None = Field(default=None, description="true when nothing was changed")
    would_transfer: list[WouldTransfer] | None = Field(default=None, description="what a dry run would move")


class OrderResult(OrderView, _Executed):
    """The order after the call."""


class UpdateResult(OrderResult):
    """The order after an update, and what that changed."""

    changes: list[ChangeView] | None = Field(default=None, description="what the update changed, before and after")


class PaymentResult(_Executed):
    """The order after the call, and the payments that it made or changed."""

    order: OrderView
    payments: list[PaymentView]


class AmendmentResult(_Executed):
    """A change after payment, the money that settled it, and the order after the call."""

    amendment: AmendmentView
    payments: list[PaymentView] | None = None
    refunds: list[RefundView] | None = None
    returned: ReturnView | None = Field(default=None, alias="return")
    order: OrderView


class AmendedResult(AmendmentResult):
    """The same of a change of lines, charges, tip or address, with what it changes."""

    changes: list[ChangeView] | None = Field(default=None, description="before and after; none once it was dropped")


class RefundResult(_Executed):
    """The refund and the order after the call; a refund through several payments is their sum, with its parts."""

    refund: RefundView | WholeRefundView
    order: OrderView


class QuoteResult(WireModel):
    quote: QuoteView


class CouponResult(_Executed):
    coupon: CouponView
    warnings: list[str] | None = None


class ItemResult(_Executed):
    """The item after the call, with all of its variants and their stock."""

    item: ItemView
    warnings: list[str] | None = None


class StockResult(_Executed):
    """The variant's stock after the call, and how it came to be."""

    stock: StockView
    changes: list[StockChangeView] = Field(description="newest first")


class CustomerResult(_Executed):
    """The customer after the call; warnings name who may be the same person."""

    customer: CustomerView
    warnings: list[str] | None = None


class PaymentMethodResult(_Executed):
    """The payment method after the call, and its customer. A refusal by the processor is an answer: see status."""

    payment_method: PaymentMethodView
    customer: CustomerView
    warnings: list[str] | None = None


class CreditResult(_Executed):
    """The gift card or store credit after the call."""

    credit: CreditView


class IssuedGiftCardResult(CreditResult):
    """The new card, and the code that pays with it."""

    code: str | None = Field(default=None, description="in the first answer only, a replay has none")
    warnings: list[str] | None = None


class EndpointResult(_Executed):
    endpoint: EndpointView


class SavedEndpointResult(EndpointResult):
    """The endpoint after the call, and its signing secret when one was made."""

    secret: str | None = Field(default=None, description="whsec_…; in the first answer only, a replay has none")
    warnings: list[str] | None = None


class RedeliveryResult(_Executed):
    delivery: DeliveryView
    warnings: list[str] | None = None


class TaxRateResult(_Executed):
    tax_rate: TaxRateView
    warnings: list[str] | None = None
