"""The closed list of refusals: every code a caller can get, and what it means."""

from typing import Any, Literal, get_args

from flint_domain.kernel.cards import without_bare_long_numbers, without_long_numbers

ErrorCode = Literal[
    "invalid_argument",
    "invalid_money",
    "currency_mismatch",
    "amount_too_large",
    "not_found",
    "unknown_tool",
    "unreadable_message",
    "not_enabled",
    "version_conflict",
    "amount_changed",
    "order_ended",
    "order_canceling",
    "payment_in_progress",
    "price_locked",
    "nothing_to_pay",
    "amount_too_high",
    "nothing_to_capture",
    "nothing_to_void",
    "nothing_to_refund",
    "payment_disputed",
    "paid_elsewhere",
    "payment_source_needed",
    "source_refused",
    "tender_never_paid",
    "outstanding_remains",
    "money_held",
    "look_alike_payment",
    "look_alike_refund",
    "look_alike_change",
    "order_amending",
    "order_fulfilled",
    "order_unfulfilled",
    "nothing_to_amend",
    "nothing_to_fulfill",
    "nothing_to_return",
    "reference_taken",
    "customer_needed",
    "customer_erased",
    "customer_merged",
    "payment_method_unusable",
    "item_inactive",
    "variant_needed",
    "out_of_stock",
    "credit_inactive",
    "tax_unavailable",
    "coupon_not_found",
    "coupon_exists",
    "coupon_inactive",
    "coupon_not_started",
    "coupon_expired",
    "coupon_used_up",
    "coupon_customer_limit",
    "coupon_needs_customer",
    "coupon_minimum_not_met",
    "coupon_no_eligible_items",
    "coupon_already_applied",
    "coupon_not_applied",
    "coupon_not_stackable",
    "tax_rate_inactive",
    "plan_inactive",
    "trial_used",
    "subscription_ended",
    "subscription_incomplete",
    "subscription_paused",
    "subscription_past_due",
    "not_paused",
    "nothing_planned",
    "webhook_target_refused",
    "webhook_endpoint_disabled",
    "too_many_endpoints",
    "idempotency_key_reused",
    "request_in_progress",
    "storage_unavailable",
    "internal_error",
]

ERRORS: dict[ErrorCode, str] = {
    "invalid_argument": "An argument is missing, unknown, of the wrong type or out of its bounds.",
    "invalid_money": "An amount is not a whole, non-negative number of minor units in a known currency.",
    "currency_mismatch": "The amount is in another currency than the order. One order has one currency.",
    "amount_too_large": "The order's total would pass the largest amount Flint handles.",
    "not_found": "Nothing with this id exists for this merchant.",
    "unknown_tool": "No Flint has a tool of that name: a protocol error (-32602) whose data holds code and hint.",
    "unreadable_message": "What came is no JSON or no JSON-RPC: a protocol error (-32700, -32600) with code and hint.",
    "not_enabled": "The tool exists, but this server was started without it.",
    "version_conflict": "The order has changed since expectedVersion; the answer lists what changed.",
    "amount_changed": "An expected amount (expectedOutstandingMoney, expectedDueMoney) is not what it is now.",
    "order_ended": "The order is closed or canceled and takes no such change.",
    "order_canceling": "The order is being canceled; wait for the money to come back.",
    "payment_in_progress": "A payment has not had its final answer yet; what depends on it has to wait.",
    "price_locked": "Money is authorized or captured: amend_order changes a paid order.",
    "nothing_to_pay": "Nothing is left to charge on this order.",
    "amount_too_high": "The amount is more than can be charged, captured or refunded here.",
    "nothing_to_capture": "No authorized payment is waiting for capture.",
    "nothing_to_void": "No payment can be voided: none is authorized or waiting for the buyer.",
    "nothing_to_refund": "Nothing is left to refund.",
    "payment_disputed": "The buyer disputes the payment at their bank, which decides about its money.",
    "paid_elsewhere": "The money was taken outside Flint: it can go to store credit or a gift card, not back.",
    "payment_source_needed": "The change costs more, and no payment source was named to pay the difference.",
    "source_refused": "The payment source cannot pay this order.",
    "tender_never_paid": "Money goes back to what paid, to a gift card or to store credit, never to another card.",
    "outstanding_remains": "The order is not paid in full, so it cannot be closed.",
    "money_held": "Authorized money has to be captured or voided first.",
    "look_alike_payment": "An equal tender paid minutes ago; a new idempotencyKey says that this one is meant.",
    "look_alike_refund": "An equal refund was made minutes ago; a new idempotencyKey says that this one is meant.",
    "look_alike_change": "An equal change was made minutes ago; a new idempotencyKey says that this one is meant.",
    "order_amending": "A change after payment waits for its money; it has to be answered first.",
    "order_fulfilled": "The units were handed over: a return takes them back.",
    "order_unfulfilled": "A paid order is still to be handed over, and needs its buyer's data until then.",
    "nothing_to_amend": "The amendment leaves the order as it is, or the order is not paid yet: update it instead.",
    "nothing_to_fulfill": "No unit is left to hand over, or the fulfillment is not in that state.",
    "nothing_to_return": "No delivered unit is left to return.",
    "reference_taken": "Another record of this kind has this reference or SKU.",
    "customer_needed": "This needs an order with a customer that Flint knows.",
    "customer_erased": "The customer's personal data was erased.",
    "customer_merged": "The customer was merged into another one.",
    "payment_method_unusable": "The saved payment method is not active, has expired, or belongs to another customer.",
    "item_inactive": "The item or variant is not sold any more.",
    "variant_needed": "The item has several variants: one of them has to be named.",
    "out_of_stock": "Fewer units are available than the order asks for.",
    "credit_inactive": "The gift card or store credit is switched off or has expired.",
    "tax_unavailable": "The tax service did not answer; nothing was changed.",
    "coupon_not_found": "No coupon has this code.",
    "coupon_exists": "A coupon with this code exists already.",
    "coupon_inactive": "The coupon is switched off.",
    "coupon_not_started": "The coupon is not valid yet.",
    "coupon_expired": "The coupon is no longer valid.",
    "coupon_used_up": "The coupon has reached its total number of uses.",
    "coupon_customer_limit": "This customer has used the coupon as often as allowed.",
    "coupon_needs_customer": "The coupon is limited per customer, and the order has no customer.",
    "coupon_minimum_not_met": "The eligible items cost less than the coupon asks for.",
    "coupon_no_eligible_items": "The coupon covers none of the order's items.",
    "coupon_already_applied": "The coupon is on the order already.",
    "coupon_not_applied": "The coupon is not on this order.",
    "coupon_not_stackable": "An exclusive coupon stands alone among coupons.",
    "tax_rate_inactive": "The tax rate is switched off.",
    "plan_inactive": "The plan is switched off: it takes no new subscribers.",
    "trial_used": "The customer has had a trial of this plan already.",
    "subscription_ended": "The subscription has ended.",
    "subscription_incomplete": "The subscription's first order is not paid yet.",
    "subscription_paused": "The subscription is paused: it has to be resumed first.",
    "subscription_past_due": "An order of the subscription was declined or is overdue: it has to be paid first.",
    "not_paused": "Only a subscription that is paused can be resumed.",
    "nothing_planned": "No change, pause or cancel of the subscription is planned.",
    "webhook_target_refused": "Webhooks go over https to public addresses; the operator may allow others.",
    "webhook_endpoint_disabled": "The webhook endpoint takes no deliveries: it was disabled or deleted.",
    "too_many_endpoints": "The merchant has as many webhook endpoints as there may be.",
    "idempotency_key_reused": "The key was used for another command; keys are one per intended action.",
    "request_in_progress": "The first call with this key is still running; ask again shortly.",
    "storage_unavailable": "The database could not take the change; nothing was changed.",
    "internal_error": "A fault of Flint's own; the id finds it in the log.",
}

RETRYABLE: frozenset[ErrorCode] = frozenset({"request_in_progress", "storage_unavailable", "tax_unavailable"})

assert set(ERRORS) == set(get_args(ErrorCode))


class Refused(Exception):
    """A command that cannot be done as asked. Nothing was changed.

    message says what is wrong with which value; hint says what to do now; param is the argument's wire name.
    details are further wire fields of the error (camelCase keys), for example what changed since a version.

    No error repeats 13 digits or more that came from outside: they may be a card's. Whoever quotes a value with
    `quoted` has left them out already; this looks after those who forgot.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        hint: str,
        param: str | None = None,
        order_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.code: ErrorCode = code
        self.message = without_bare_long_numbers(message)
        self.hint = without_bare_long_numbers(hint)
        self.param = None if param is None else without_bare_long_numbers(param)
        super().__init__(self.message)
        self.order_id = order_id
        self.details: dict[str, Any] = details or {}

    @property
    def retryable(self) -> bool:
        return self.code in RETRYABLE


_MOST_LOOKED_AT = 1_000  # characters: what is quoted is cut, and what is cut away costs nothing


def quoted(text: str, limit: int = 60) -> str:
    """Text from outside, made safe to stand inside a message: one line, in quotes, cut to limit characters, and without
    what may be a card's number."""
    seen = text[:_MOST_LOOKED_AT]
    flat = "".join(character if character.isprintable() else " " for character in seen)
    flat = without_long_numbers(" ".join(flat.split()).replace('"', "'"))
    return f'"{flat if len(flat) <= limit and len(seen) == len(text) else flat[: limit - 1] + "…"}"'
