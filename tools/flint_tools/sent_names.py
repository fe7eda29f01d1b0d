"""Names that models send from other systems, and what is said of them where nothing is called so (see meanings).

An answer's first argument tells the place by what it takes. Read a change of this table by the committed answers of all
tools (tests/tools/unknown_names.json), asking what a model does next.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said where a place takes all of `where`: the argument that is meant, or a hint in words."""

    where: str
    meant: str = ""
    hint: str = ""

    def fits(self, known: Iterable[str]) -> bool:
        return set(self.where.split()) <= set(known)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Names that are sent for one thing, as they are compared (small letters and digits), and what is said of them: the
    first answer that fits the place."""

    sent: str
    answers: tuple[Answer, ...]


def _is(argument: str, where: str = "") -> Answer:
    return Answer(where or argument, meant=argument)


def _says(where: str, hint: str) -> Answer:
    return Answer(where, hint=hint)


_LINE = "unitPriceMoney quantity"
_COUPON = "discountMoney percent"
_REFUND = "amountMoney lines refundTo"
_STOCK = "change count"
_UNITS = "lineItemId quantity"
_NEW_ORDER = "lineItems reference"
_RETURN = "lines restock paymentSourceToken"

_TOTALS = "Flint works totals out: give lineItems with unitPriceMoney and quantity"
_DISCOUNTS = "apply_coupon puts a code on the order; each of lineItems takes discountPercent or discountMoney"
_TAXES = "Flint works taxes out; each of lineItems and charges takes taxRateIds"
_OUTSTANDING = "what is outstanding is charged; tenders pay in parts, expectedOutstandingMoney refuses another amount"
_COUNTS = "change adds units or takes them away, count sets what was counted"
_PER_VARIANT = "it stands in each of variants: sku, options, priceMoney, stock"
_BACK_BY_ITSELF = "what the units cost goes back by itself"
_MONEY_HOLDS_IT = "currency stands beside amount, inside the money"
_NO_CARDS = "card data must not be sent: send a token that the processor made of it"

MEANINGS: tuple[Meaning, ...] = (
    # ── money ──
    Meaning(
        "price unitprice unitamount unitcost itemprice cost pricecents priceamount unitpricecents",
        (
            _is("unitPriceMoney", _LINE),
            _is("priceMoney"),
            _says("variants", _PER_VARIANT),
            _is("amountMoney", "amountMoney name"),
            _says("lineItems", _TOTALS),
        ),
    ),
    Meaning(
        "amount amountmoney value money sum amountcents",
        (
            _says(_LINE, "unitPriceMoney is what one unit costs, quantity how many there are"),
            _says(_COUPON, "percent takes a percentage off, discountMoney an amount"),
            _says("addMoney takeMoney", "addMoney puts money on it, takeMoney takes money off it"),
            _is("amountMoney"),
            _is("priceMoney"),
            _says(_STOCK, _COUNTS),
            _says("paymentSourceTokens tenders", _OUTSTANDING),
            _says(_RETURN, _BACK_BY_ITSELF),
            _says("lineItems", _TOTALS),
            _says("couponCode active", "a coupon's terms stay: make another with create_coupon"),
        ),
    ),
    Meaning(
        "total totalmoney totalamount totalprice linetotal subtotal grandtotal ordertotal",
        (
            _says(_LINE, "Flint works totals out: give unitPriceMoney and quantity"),
            _says("lineItems", _TOTALS),
            _says("paymentSourceTokens tenders", _OUTSTANDING),
            _is("amountMoney"),
        ),
    ),
    Meaning(
        "refundamount refundmoney captureamount amounttorefund amounttocapture balance initialbalance initialvalue",
        (_is("amountMoney"), _says(_RETURN, _BACK_BY_ITSELF)),
    ),
    Meaning(
        "currency currencycode",
        (
            _says("lineItems", f"{_MONEY_HOLDS_IT}: unitPriceMoney"),
            _says("unitPriceMoney", f"{_MONEY_HOLDS_IT}: unitPriceMoney"),
            _says("priceMoney", f"{_MONEY_HOLDS_IT}: priceMoney"),
            _says("variants", f"{_MONEY_HOLDS_IT}: priceMoney of each of variants"),
            _says("amountMoney", f"{_MONEY_HOLDS_IT}: amountMoney"),
            _says("discountMoney", f"{_MONEY_HOLDS_IT}: discountMoney"),
            _says("addMoney", f"{_MONEY_HOLDS_IT}: addMoney or takeMoney"),
        ),
    ),
    Meaning("tip gratuity tipamount tips", (_is("tipMoney"),)),
    Meaning("tipmoney refundtip", (_is("tip"),)),
    Meaning(
        "shipping shippingcost shippingfee shippingmoney delivery deliveryfee fee fees handling surcharge "
        "servicecharge",
        (_is("charges"), _says(_REFUND, "chargeIds names shipping and fees, as get_order lists them")),
    ),
    Meaning(
        "charge chargeid",
        (
            _says("chargeIds paymentIntentId", "paymentIntentId names a payment; chargeIds names shipping and fees"),
            _is("paymentIntentId"),
            _is("charges"),
        ),
    ),
    # ── discounts and taxes ──
    Meaning(
        "discount discounts discountamount rebate",
        (
            _says(
                "discountPercent quantity", "discountPercent takes a percentage off the line, discountMoney an amount"
            ),
            _says(_COUPON, "percent takes a percentage off, discountMoney an amount"),
            _says("couponCode active", "a coupon's terms stay: make another with create_coupon"),
            _is("couponCode"),
            _says("lineItems", _DISCOUNTS),
        ),
    ),
    Meaning("discountmoney discountpercent", (_says("lineItems", _DISCOUNTS), _is("percent"))),
    Meaning(
        "coupon coupons couponcode couponid promo promocode promotioncode discountcode voucher vouchercode",
        (_is("couponCode"), _says("lineItems", _DISCOUNTS), _says(_LINE, "apply_coupon puts a code on the order")),
    ),
    Meaning("rate", (_is("ratePercent"), _is("unitPriceMoney"), _says(_COUPON, "percent takes a percentage off"))),
    Meaning("percentage percentoff", (_is("percent"), _is("discountPercent"), _is("ratePercent"))),
    Meaning(
        "percent", (_is("discountPercent"), _is("ratePercent"), _says("couponCode active", "a coupon's terms stay"))
    ),
    Meaning("minimum minamount minimumamount minimumsubtotal minsubtotal minimumorder", (_is("minimumSubtotalMoney"),)),
    Meaning("maxdiscount maximumdiscount cap", (_is("maxDiscountMoney"),)),
    Meaning("usagelimit maxredemptions redemptions uses", (_is("maxUses"),)),
    Meaning(
        "tax taxes taxmoney taxamount taxrate taxrates taxpercent taxrateid vat vatrate salestax",
        (
            _says("taxRateIds", "taxRateIds names rates; Flint works the tax out"),
            _is("ratePercent"),
            _says("taxId taxExempt", "taxId is their number, taxExempt frees them of tax"),
            _says("taxCategory variants", "save_tax_rate makes rates; taxCategory says which of them are for it"),
            _says("lineItems", _TAXES),
        ),
    ),
    Meaning("taxrateids", (_says("lineItems", _TAXES),)),
    Meaning("vatid vatnumber taxnumber", (_is("taxId"),)),
    Meaning("taxfree exempt istaxexempt", (_is("taxExempt"), _says("taxRateIds", "taxRateIds: [] is exempt"))),
    Meaning("category producttype", (_says("variants", "taxCategory is for taxes alone; say it in description"),)),
    # ── units and stock ──
    Meaning(
        "qty units pieces",
        (_is("quantity"), _says(_STOCK, _COUNTS), _is("stock"), _says("lineItems", "it stands in each of lineItems")),
    ),
    Meaning(
        "count",
        (_is("limit"), _is("quantity"), _is("stock"), _says("lineItems", "it stands in each of lineItems")),
    ),
    Meaning(
        "quantity",
        (
            _says(_STOCK, _COUNTS),
            _is("stock"),
            _says("variants", _PER_VARIANT),
            _says("lineItems", "it stands in each of lineItems"),
            _says("lines", "it stands in each of lines, beside lineItemId"),
        ),
    ),
    Meaning(
        "stock inventory onhand available availablequantity instock stocklevel",
        (_says(_STOCK, _COUNTS), _is("inStock"), _is("stock"), _says("variants", _PER_VARIANT)),
    ),
    Meaning("delta adjustment adjustby quantitychange", (_says(_STOCK, _COUNTS),)),
    Meaning("trackinventory trackstock managestock", (_is("tracked"),)),
    Meaning("tracking", (_is("trackingNumber"), _is("tracked"), _is("query"))),
    Meaning("reorderpoint lowstockthreshold minstock", (_is("lowStockAt"),)),
    Meaning("lowstock", (_is("lowStockAt"),)),
    # ── what is sold ──
    Meaning(
        "sku product productid productsku itemsku variant variantid productvariant",
        (
            _is("itemId", _LINE),
            _is("itemId", "itemId query"),
            _says("lineItemId", "a line is named by lineItemId, as get_order lists it"),
            _says("lineItems", "it is the itemId of each of lineItems"),
            _says("variants", _PER_VARIANT),
            _says(_STOCK, "variantId or sku names the variant"),
        ),
    ),
    Meaning(
        "item itemid items lineitemids lineid",
        (
            _says("itemId lineItemId", "itemId names what is sold, lineItemId the line to change"),
            _is("lineItemId", _UNITS),
            _is("lineItems"),
            _is("lines"),
            _is("itemId"),
            _is("itemIds"),
            _says(_STOCK, "variantId or sku names the variant"),
        ),
    ),
    Meaning(
        "lines lineitem products cart cartitems orderitems orderlines", (_is("lineItems"), _is("lines"), _is("itemIds"))
    ),
    Meaning("productids skus appliesto", (_is("itemIds"),)),
    Meaning("variations", (_is("variants"),)),
    Meaning("attributes optionvalues variantoptions color colour", (_is("options"), _is("metadata"))),
    Meaning("size", (_is("options"), _is("limit"))),
    Meaning("title productname itemname label", (_is("name"),)),
    Meaning("image imageurl imageurls picture photo", (_is("images"),)),
    Meaning(
        "barcode ean upc gtin",
        (_says("sku", "Flint keeps no barcodes beside sku"), _is("itemId", _LINE), _is("query")),
    ),
    Meaning(
        "replacement exchange newitem exchangeitem replacewith",
        (
            _is("replacement"),
            _says(_RETURN, "replacement stands in each of lines"),
            _says("lineItems", "lineItems change what is bought"),
        ),
    ),
    # ── who and where ──
    Meaning(
        "customer customerreference client clientid user userid buyer buyerid",
        (_is("customerId"), _is("query")),
    ),
    Meaning(
        "email emails emailaddress mail customeremail buyeremail receiptemail",
        (
            _is("emails"),
            _is("email"),
            _is("buyerEmail"),
            _is("query"),
            _says(_NEW_ORDER, "customerId names the buyer; pay_order takes buyerEmail for the receipt"),
            _says("customerId", "customerId names the buyer: search_customers finds it by e-mail"),
        ),
    ),
    Meaning(
        "phone phones phonenumber telephone mobile",
        (_is("phones"), _is("query"), _says("shippingAddress", "save_customer keeps phones")),
    ),
    Meaning(
        "customername firstname lastname fullname recipient",
        (
            _is("name", "name line1"),
            _is("name", "name emails"),
            _is("query"),
            _says("customerId", "customerId names the buyer"),
        ),
    ),
    Meaning(
        "address addresses shipto shippingaddress deliveryaddress",
        (_is("shippingAddress"), _is("addresses"), _is("line1"), _is("query")),
    ),
    Meaning(
        "billingaddress",
        (
            _says("shippingAddress", "an order has one address, where it goes: shippingAddress"),
            _is("addresses"),
        ),
    ),
    Meaning("street street1 address1 addressline1 addressline line", (_is("line1"),)),
    Meaning("street2 address2 addressline2 apartment suite unit", (_is("line2"),)),
    Meaning(
        "zip zipcode postcode postal zips zipcodes postcodes postalcodes", (_is("postalCode"), _is("postalPrefixes"))
    ),
    Meaning("state", (_is("region"), _is("status"))),
    Meaning("province county stateprovince", (_is("region"),)),
    Meaning("countrycode", (_is("country"),)),
    Meaning("externalid externalreference merchantreference ownid", (_is("reference"), _is("query"))),
    Meaning("ordernumber orderreference number", (_is("reference", _NEW_ORDER), _is("query"), _is("orderId"))),
    Meaning("invoicenumber", (_is("reference", _NEW_ORDER), _is("query"))),
    Meaning("defaultpaymentmethod", (_is("defaultPaymentMethodId"),)),
    # ── what pays ──
    Meaning(
        "tokens token paymentmethod paymentmethods paymentmethodid paymenttoken source sources paymentsource "
        "paymentsources paymentsourcetoken paymentsourcetokens cardtoken card method tender "
        "giftcard giftcardcode storecredit",
        (
            _is("paymentSourceTokens"),
            _is("paymentSourceToken"),
            _is("source"),
            _is("paymentMethodId"),
            _is("accountId"),
            _is("refundTo"),
            _says("defaultPaymentMethodId", "add_payment_method saves one; defaultPaymentMethodId chooses among them"),
            _says("lineItems", "pay_order takes paymentSourceTokens, once there is an order"),
        ),
    ),
    Meaning("cardnumber cvc cvv expmonth expyear expirymonth expiryyear pan", (_says("", _NO_CARDS),)),
    Meaning("refundmethod destination refunddestination", (_is("refundTo"),)),
    Meaning("full all fullrefund", (_says(_REFUND, "without amountMoney and lines all that is left goes back"),)),
    Meaning("restockitems returntostock", (_is("restock"),)),
    Meaning(
        "payment paymentid paymentintent transaction transactionid intentid", (_is("paymentIntentId"), _is("query"))
    ),
    Meaning(
        "code cardcode",
        (_is("couponCode"), _is("accountId"), _is("itemId", _LINE), _is("sku"), _says("lineItems", _DISCOUNTS)),
    ),
    Meaning("giftcardid account", (_is("accountId"),)),
    # ── ids and the road ──
    Meaning("order orderno", (_is("orderId"), _is("query"))),
    Meaning(
        "id",
        (
            _says("itemId lineItemId", "itemId names what is sold, lineItemId the line to change"),
            _says("customerId emails", "customerId names the customer to change, reference is your own id"),
            _is("reference", _NEW_ORDER),
            _is("taxRateId", "taxRateId ratePercent"),
            _is("orderId"),
            _is("paymentIntentId"),
            _is("refundId"),
            _is("itemId"),
            _is("couponCode"),
            _is("accountId"),
            _is("variantId"),
            _is("paymentMethodId"),
            _is("endpointId"),
            _is("deliveryId"),
            _is("lineItemId"),
            _is("query"),
        ),
    ),
    Meaning("refund refundid", (_is("refundId"),)),
    Meaning("key idempotency requestid idempotencytoken clienttoken", (_is("idempotencyKey"),)),
    Meaning("version ifmatch etag", (_is("expectedVersion"),)),
    Meaning("preview test simulate dry", (_is("dryRun"),)),
    Meaning("comment comments notes memo message remark remarks", (_is("note"), _is("reason"), _is("description"))),
    Meaning("description details", (_is("note"), _is("name", "amountMoney name"), _is("reason"))),
    Meaning("reason cancelreason cancellationreason refundreason", (_is("reason"), _is("note"))),
    Meaning("meta customfields extra tags", (_is("metadata"),)),
    # ── searching ──
    Meaning("q search text keyword keywords term searchterm reference trackingnumber", (_is("query"),)),
    Meaning(
        "name",
        (
            _is("query"),
            _says("customerId lineItems", "customerId names the buyer; each of lineItems and charges has its name"),
            _says("lineItems", "each of lineItems and charges has its name"),
        ),
    ),
    Meaning("page offset after startingafter pagetoken skip", (_is("cursor"), _is("createdAfter"))),
    Meaning("pagesize perpage max maxresults top first", (_is("limit"),)),
    Meaning(
        "since from startdate datefrom createdfrom start", (_is("createdAfter"), _is("startsAt"), _is("validFrom"))
    ),
    Meaning("to until before enddate dateto createdto end", (_is("createdBefore"), _is("endsAt"), _is("validUntil"))),
    Meaning("expires expiry expirydate expiresat expiration", (_is("expiresAt"), _is("endsAt"), _is("validUntil"))),
    Meaning("orderstatus", (_is("status"),)),
    Meaning("detail format expand include fields level", (_is("view"),)),
    # ── parcels and webhooks ──
    Meaning("trackingcode trackingid", (_is("trackingNumber"), _is("query"))),
    Meaning("shippingcarrier courier company", (_is("carrier"),)),
    Meaning("link trackinglink", (_is("trackingUrl"), _is("url"))),
    Meaning("webhookid endpoint", (_is("endpointId"),)),
    Meaning("eventtypes types topics enabledevents", (_is("events"), _is("eventType"))),
    Meaning("active isactive enabled", (_is("active"), _is("enabled"))),
)

TOOLS_MEANT: dict[str, str] = {
    "create_refund": "refund refund_order refund_payment issue_refund make_refund process_refund refund_charge",
    "quote_refund": "preview_refund calculate_refund estimate_refund",
    "pay_order": "pay charge charge_order charge_card create_payment make_payment take_payment "
    "process_payment create_payment_intent confirm_payment authorize_payment place_order",
    "void_payment cancel_order": "void_order",
    "capture_payment": "capture capture_order capture_payment_intent capture_charge",
    "void_payment": "void cancel_payment release_payment void_authorization cancel_payment_intent",
    "get_payment": "read_payment show_payment retrieve_payment get_payment_intent",
    "get_order": "read_order show_order view_order retrieve_order fetch_order order_details list_payments get_payments "
    "get_timeline list_refunds get_refunds get_order_history",
    "search_orders": "list_orders find_orders find_order get_orders lookup_order order_lookup query_orders",
    "create_order": "new_order add_order make_order calculate_tax create_cart create_draft_order",
    "update_order amend_order": "edit_order modify_order change_order update_line_items add_line_item remove_line_item "
    "update_address change_address update_shipping_address add_note",
    "cancel_order": "delete_order remove_order abort_order",
    "close_order": "complete_order archive_order finish_order",
    "apply_coupon": "add_coupon use_coupon redeem_coupon apply_discount add_discount apply_promo_code apply_code",
    "update_coupon": "delete_coupon disable_coupon deactivate_coupon edit_coupon",
    "search_coupons": "list_coupons get_coupon get_coupons find_coupon find_coupons",
    "search_customers": "list_customers find_customer find_customers get_customers lookup_customer",
    "get_customer": "read_customer show_customer retrieve_customer list_payment_methods get_payment_methods",
    "save_customer": "create_customer update_customer add_customer edit_customer new_customer upsert_customer",
    "merge_customers": "join_customers deduplicate_customers combine_customers",
    "merge_customers erase_customer": "delete_customer remove_customer",
    "erase_customer": "forget_customer anonymize_customer",
    "add_payment_method": "save_payment_method attach_payment_method create_payment_method save_card add_card",
    "remove_payment_method": "delete_payment_method detach_payment_method remove_card delete_card",
    "save_item": "create_item update_item add_item edit_item create_product update_product add_product save_product",
    "search_items": "list_items find_items get_item get_items list_products search_products get_product get_products "
    "find_product get_inventory check_inventory get_stock check_stock search_catalog",
    "adjust_inventory": "update_inventory set_inventory adjust_stock update_stock set_stock add_stock restock "
    "restock_item",
    "fulfill_order": "ship_order ship create_fulfillment create_shipment mark_shipped mark_delivered deliver_order "
    "mark_as_shipped mark_as_delivered add_tracking fulfil_order",
    "return_items": "return_order create_return process_return return_item exchange_items exchange_item exchange_order",
    "move_payment": "change_payment switch_payment change_payment_method swap_payment_method",
    "issue_gift_card": "create_gift_card make_gift_card new_gift_card",
    "issue_store_credit": "add_store_credit create_store_credit give_store_credit grant_store_credit",
    "get_gift_card": "read_gift_card check_gift_card get_store_credit gift_card_balance check_balance",
    "save_tax_rate": "create_tax_rate update_tax_rate add_tax_rate",
    "list_tax_rates": "get_tax_rates get_tax_rate search_tax_rates",
    "create_webhook_endpoint": "create_webhook add_webhook register_webhook subscribe_webhook update_webhook",
}
"""Tools by the names that models know them by from other systems; two where the one or the other is meant."""
