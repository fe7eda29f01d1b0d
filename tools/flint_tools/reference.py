"""Reference pages that an agent plans with: the lifecycle, the errors, coupon stacking, test cards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint_domain.kernel.errors import ERRORS, RETRYABLE
from flint_tools.answers_page import answers
from flint_tools.binding import ToolArguments


@dataclass(frozen=True, slots=True)
class TestCard:
    """A token of the processor's test mode, and what it does."""

    __test__ = False  # not a pytest class

    token: str
    meaning: str


def order_lifecycle() -> dict[str, Any]:
    return {
        "derived": "status follows from amounts and endings, first match wins; it is never set by hand",
        "status": [
            {"status": "CANCELED", "when": "ended by cancel_order"},
            {"status": "CLOSED", "when": "ended by close_order; only refunds are possible"},
            {"status": "REFUNDED", "when": "paid > 0 and refunded = paid"},
            {"status": "PARTIALLY_REFUNDED", "when": "refunded > 0"},
            {"status": "PAID", "when": "outstanding = 0 and settled (pay_order settles a zero total without a token)"},
            {"status": "OPEN", "when": "otherwise"},
        ],
        "paymentStatus": [
            {"status": "PAID", "when": "outstanding = 0 and settled"},
            {"status": "PARTIALLY_PAID", "when": "paid > 0"},
            {"status": "AUTHORIZED", "when": "the whole outstanding amount is held"},
            {"status": "UNPAID", "when": "otherwise"},
        ],
        "fulfillmentStatus": [
            {"status": "NOT_NEEDED", "when": "every line is a service"},
            {"status": "UNFULFILLED", "when": "nothing was handed over"},
            {"status": "PARTIALLY_FULFILLED", "when": "units are still to be handed over"},
            {"status": "FULFILLED", "when": "all was handed over"},
            {"status": "DELIVERED", "when": "all of it has arrived"},
        ],
        "amounts": {
            "total": "subtotal - discount + charge + tax (without includedTax) + tip",
            "paid": "captured; never lowered by refunds; a payment that another method took over counts once",
            "outstanding": "total - paid; a refund does not reopen it, and what an amendment gave back is not owed",
            "authorized": "held and not captured",
            "refunded": "succeeded and pending refunds",
            "refundable": "paid - refunded",
        },
        "rules": [
            "lines, charges, discounts, tip and coupons change only before money is authorized, captured or in flight",
            "while a payment has no final answer, only void_payment of that payment and refunds are possible",
            "cancel_order voids and refunds everything; a failed refund reopens its money and asks for attention",
            "notes, metadata and customerId can be changed until the order ends",
            "once paid, amend_order changes what was not handed over and charges or refunds the difference",
            "what was handed over is not canceled: return_items takes delivered units back or exchanges them",
            "a change after payment is made when its money has moved; a decline drops it and changes nothing",
            "money goes back to what paid, to a gift card or to store credit, never to another card",
            "stock is reserved by an unpaid order for a while, sold when it is paid, given back when it is canceled",
        ],
    }


def errors() -> dict[str, Any]:
    return {
        "shape": {"error": ["code", "message", "param", "hint", "retryable", "availableActions"]},
        "rule": "a refused call changed nothing; a declined card is not an error but an answer",
        "codes": [{"code": code, "meaning": text, "retryable": code in RETRYABLE} for code, text in ERRORS.items()],
    }


def coupon_stacking() -> dict[str, Any]:
    return {
        "order": ["line percentages", "order percentages", "line amounts", "order amounts"],
        "rules": [
            "each discount is taken of what is left after the one before; none takes more than there is",
            "a discount on the order is spread over its eligible lines by largest remainder",
            "an exclusive coupon stands alone among coupons; others add up in the order above",
            "tax is computed after discounts",
            "dates and limits are judged when the coupon is applied; the minimum and the items at every change",
            "a coupon whose minimum is no longer met stays, gives 0 and warns with what is missing",
            "a use counts from apply_coupon on; remove_coupon and cancel_order give it back, refunds do not",
        ],
        "minimum": "asked of the eligible items' price before discounts",
    }


def test_cards(cards: tuple[TestCard, ...]) -> dict[str, Any]:
    return {
        "use": "pass a token in paymentSourceTokens; none of them moves real money",
        "tokens": [{"token": card.token, "meaning": card.meaning} for card in cards],
    }


Page = Callable[[], dict[str, Any]]


def pages(cards: tuple[TestCard, ...], tools: tuple[type[ToolArguments], ...]) -> dict[str, tuple[str, Page]]:
    """Every reference page by name, with a line that says what it holds."""
    return {
        "order-lifecycle": ("What each status means and when it changes", order_lifecycle),
        "errors": ("Every error code and what it means", errors),
        "coupon-stacking": ("How discounts combine", coupon_stacking),
        "answers": ("Every field of every answer", lambda: answers(tools)),
        "test-cards": ("Tokens for trying out payments", lambda: test_cards(cards)),
    }
