"""What each tool answers: the domain's views, and what the road adds to them."""

from pydantic import Field

from flint_domain.coupons.views import CouponView
from flint_domain.orders.views import OrderView
from flint_domain.payments.views import PaymentView
from flint_domain.refunds.views import QuoteView, RefundView
from flint_domain.tax.views import TaxRateView
from flint_domain.webhooks.views import DeliveryView, EndpointView
from flint_domain.wire import Id, MoneyView, WireModel


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


class PaymentResult(_Executed):
    """The order after the call, and the payments that it made or changed."""

    order: OrderView
    payments: list[PaymentView]


class RefundResult(_Executed):
    """The refund and the order after the call. refunds lists all when several payments were needed."""

    refund: RefundView
    refunds: list[RefundView] | None = None
    order: OrderView


class QuoteResult(WireModel):
    quote: QuoteView


class CouponResult(_Executed):
    coupon: CouponView


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
