"""Amounts, discounts, taxes, and what pays."""

from flint_tools.sent_names.answers import (
    COUNTS,
    COUPON,
    LINE,
    PER_VARIANT,
    REFUND,
    RETURN,
    STOCK,
    Meaning,
    is_argument,
    says,
)

_TOTALS = "Flint works totals out: give lineItems with unitPriceMoney and quantity"
_DISCOUNTS = "apply_coupon puts a code on the order; each of lineItems takes discountPercent or discountMoney"
_TAXES = "Flint works taxes out; each of lineItems and charges takes taxRateIds"
_OUTSTANDING = "what is outstanding is charged; tenders pay in parts, expectedOutstandingMoney refuses another amount"
_BACK_BY_ITSELF = "what the units cost goes back by itself"
_MONEY_HOLDS_IT = "currency stands beside amount, inside the money"
_NO_CARDS = "card data must not be sent: send a token that the processor made of it"

MONEY: tuple[Meaning, ...] = (
    # ── money ──
    Meaning(
        "price unitprice unitamount unitcost itemprice cost pricecents priceamount unitpricecents",
        (
            is_argument("unitPriceMoney", LINE),
            is_argument("priceMoney"),
            says("variants", PER_VARIANT),
            is_argument("amountMoney", "amountMoney name"),
            says("lineItems", _TOTALS),
        ),
    ),
    Meaning(
        "amount amountmoney value money sum amountcents",
        (
            says(LINE, "unitPriceMoney is what one unit costs, quantity how many there are"),
            says(COUPON, "percent takes a percentage off, discountMoney an amount"),
            says("addMoney takeMoney", "addMoney puts money on it, takeMoney takes money off it"),
            is_argument("amountMoney"),
            is_argument("priceMoney"),
            says(STOCK, COUNTS),
            says("paymentSourceTokens tenders", _OUTSTANDING),
            says(RETURN, _BACK_BY_ITSELF),
            says("lineItems", _TOTALS),
            says("couponCode active", "a coupon's terms stay: make another with create_coupon"),
        ),
    ),
    Meaning(
        "total totalmoney totalamount totalprice linetotal subtotal grandtotal ordertotal",
        (
            says(LINE, "Flint works totals out: give unitPriceMoney and quantity"),
            says("lineItems", _TOTALS),
            says("paymentSourceTokens tenders", _OUTSTANDING),
            is_argument("amountMoney"),
        ),
    ),
    Meaning(
        "refundamount refundmoney captureamount amounttorefund amounttocapture balance initialbalance initialvalue",
        (is_argument("amountMoney"), says(RETURN, _BACK_BY_ITSELF)),
    ),
    Meaning(
        "currency currencycode",
        (
            says("lineItems", f"{_MONEY_HOLDS_IT}: unitPriceMoney"),
            says("unitPriceMoney", f"{_MONEY_HOLDS_IT}: unitPriceMoney"),
            says("priceMoney", f"{_MONEY_HOLDS_IT}: priceMoney"),
            says("variants", f"{_MONEY_HOLDS_IT}: priceMoney of each of variants"),
            says("amountMoney", f"{_MONEY_HOLDS_IT}: amountMoney"),
            says("discountMoney", f"{_MONEY_HOLDS_IT}: discountMoney"),
            says("addMoney", f"{_MONEY_HOLDS_IT}: addMoney or takeMoney"),
        ),
    ),
    Meaning("tip gratuity tipamount tips", (is_argument("tipMoney"),)),
    Meaning("tipmoney refundtip", (is_argument("tip"),)),
    Meaning(
        "shipping shippingcost shippingfee shippingmoney delivery deliveryfee fee fees handling surcharge "
        "servicecharge",
        (is_argument("charges"), says(REFUND, "chargeIds names shipping and fees, as get_order lists them")),
    ),
    Meaning(
        "charge chargeid",
        (
            says("chargeIds paymentIntentId", "paymentIntentId names a payment; chargeIds names shipping and fees"),
            is_argument("paymentIntentId"),
            is_argument("charges"),
        ),
    ),
    # ── discounts and taxes ──
    Meaning(
        "discount discounts discountamount rebate",
        (
            says(
                "discountPercent quantity", "discountPercent takes a percentage off the line, discountMoney an amount"
            ),
            says(COUPON, "percent takes a percentage off, discountMoney an amount"),
            says("couponCode active", "a coupon's terms stay: make another with create_coupon"),
            is_argument("couponCode"),
            says("lineItems", _DISCOUNTS),
        ),
    ),
    Meaning("discountmoney discountpercent", (says("lineItems", _DISCOUNTS), is_argument("percent"))),
    Meaning(
        "coupon coupons couponcode couponid promo promocode promotioncode discountcode voucher vouchercode",
        (is_argument("couponCode"), says("lineItems", _DISCOUNTS), says(LINE, "apply_coupon puts a code on the order")),
    ),
    Meaning(
        "rate",
        (is_argument("ratePercent"), is_argument("unitPriceMoney"), says(COUPON, "percent takes a percentage off")),
    ),
    Meaning(
        "percentage percentoff", (is_argument("percent"), is_argument("discountPercent"), is_argument("ratePercent"))
    ),
    Meaning(
        "percent",
        (
            is_argument("discountPercent"),
            is_argument("ratePercent"),
            says("couponCode active", "a coupon's terms stay"),
        ),
    ),
    Meaning(
        "minimum minamount minimumamount minimumsubtotal minsubtotal minimumorder",
        (is_argument("minimumSubtotalMoney"),),
    ),
    Meaning("maxdiscount maximumdiscount cap", (is_argument("maxDiscountMoney"),)),
    Meaning("usagelimit maxredemptions redemptions uses", (is_argument("maxUses"),)),
    Meaning(
        "tax taxes taxmoney taxamount taxrate taxrates taxpercent taxrateid vat vatrate salestax",
        (
            says("taxRateIds", "taxRateIds names rates; Flint works the tax out"),
            is_argument("ratePercent"),
            says("taxId taxExempt", "taxId is their number, taxExempt frees them of tax"),
            says("taxCategory variants", "save_tax_rate makes rates; taxCategory says which of them are for it"),
            says("lineItems", _TAXES),
        ),
    ),
    Meaning("taxrateids", (says("lineItems", _TAXES),)),
    Meaning("vatid vatnumber taxnumber", (is_argument("taxId"),)),
    Meaning("taxfree exempt istaxexempt", (is_argument("taxExempt"), says("taxRateIds", "taxRateIds: [] is exempt"))),
    Meaning("category producttype", (says("variants", "taxCategory is for taxes alone; say it in description"),)),
    # ── what pays ──
    Meaning(
        "tokens token paymentmethod paymentmethods paymentmethodid paymenttoken source sources paymentsource "
        "paymentsources paymentsourcetoken paymentsourcetokens cardtoken card method tender "
        "giftcard giftcardcode storecredit",
        (
            is_argument("paymentSourceTokens"),
            is_argument("paymentSourceToken"),
            is_argument("source"),
            is_argument("paymentMethodId"),
            is_argument("accountId"),
            is_argument("refundTo"),
            says("defaultPaymentMethodId", "add_payment_method saves one; defaultPaymentMethodId chooses among them"),
            says("lineItems", "pay_order takes paymentSourceTokens, once there is an order"),
        ),
    ),
    Meaning("cardnumber cvc cvv expmonth expyear expirymonth expiryyear pan", (says("", _NO_CARDS),)),
    Meaning("refundmethod destination refunddestination", (is_argument("refundTo"),)),
    Meaning("full all fullrefund", (says(REFUND, "without amountMoney and lines all that is left goes back"),)),
    Meaning("restockitems returntostock", (is_argument("restock"),)),
    Meaning(
        "payment paymentid paymentintent transaction transactionid intentid",
        (is_argument("paymentIntentId"), is_argument("query")),
    ),
    Meaning(
        "code cardcode",
        (
            is_argument("couponCode"),
            is_argument("accountId"),
            is_argument("itemId", LINE),
            is_argument("sku"),
            says("lineItems", _DISCOUNTS),
        ),
    ),
    Meaning("giftcardid account", (is_argument("accountId"),)),
)
