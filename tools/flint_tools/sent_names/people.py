"""Who buys, where it goes, ids, words, and how records are looked for."""

from flint_tools.sent_names.answers import NEW_ORDER, Meaning, is_argument, says

PEOPLE: tuple[Meaning, ...] = (
    # ── who and where ──
    Meaning(
        "customer customerreference client clientid user userid buyer buyerid",
        (is_argument("customerId"), is_argument("query")),
    ),
    Meaning(
        "email emails emailaddress mail customeremail buyeremail receiptemail",
        (
            is_argument("emails"),
            is_argument("email"),
            is_argument("buyerEmail"),
            is_argument("query"),
            says(NEW_ORDER, "customerId names the buyer; pay_order takes buyerEmail for the receipt"),
            says("customerId", "customerId names the buyer: search_customers finds it by e-mail"),
        ),
    ),
    Meaning(
        "phone phones phonenumber telephone mobile",
        (is_argument("phones"), is_argument("query"), says("shippingAddress", "save_customer keeps phones")),
    ),
    Meaning(
        "customername firstname lastname fullname recipient",
        (
            is_argument("name", "name line1"),
            is_argument("name", "name emails"),
            is_argument("query"),
            says("customerId", "customerId names the buyer"),
        ),
    ),
    Meaning(
        "address addresses shipto shippingaddress deliveryaddress",
        (is_argument("shippingAddress"), is_argument("addresses"), is_argument("line1"), is_argument("query")),
    ),
    Meaning(
        "billingaddress",
        (
            says("shippingAddress", "an order has one address, where it goes: shippingAddress"),
            is_argument("addresses"),
        ),
    ),
    Meaning("street street1 address1 addressline1 addressline line", (is_argument("line1"),)),
    Meaning("street2 address2 addressline2 apartment suite unit", (is_argument("line2"),)),
    Meaning(
        "zip zipcode postcode postal zips zipcodes postcodes postalcodes",
        (is_argument("postalCode"), is_argument("postalPrefixes")),
    ),
    Meaning("state", (is_argument("region"), is_argument("status"))),
    Meaning("province county stateprovince", (is_argument("region"),)),
    Meaning("countrycode", (is_argument("country"),)),
    Meaning("externalid externalreference merchantreference ownid", (is_argument("reference"), is_argument("query"))),
    Meaning(
        "ordernumber orderreference number",
        (is_argument("reference", NEW_ORDER), is_argument("query"), is_argument("orderId")),
    ),
    Meaning("invoicenumber", (is_argument("reference", NEW_ORDER), is_argument("query"))),
    Meaning("defaultpaymentmethod", (is_argument("defaultPaymentMethodId"),)),
    # ── ids and the road ──
    Meaning("order orderno", (is_argument("orderId"), is_argument("query"))),
    Meaning(
        "id",
        (
            says("itemId lineItemId", "itemId names what is sold, lineItemId the line to change"),
            says("customerId emails", "customerId names the customer to change, reference is your own id"),
            is_argument("reference", NEW_ORDER),
            is_argument("taxRateId", "taxRateId ratePercent"),
            is_argument("orderId"),
            is_argument("paymentIntentId"),
            is_argument("refundId"),
            is_argument("itemId"),
            is_argument("couponCode"),
            is_argument("accountId"),
            is_argument("variantId"),
            is_argument("paymentMethodId"),
            is_argument("endpointId"),
            is_argument("deliveryId"),
            is_argument("lineItemId"),
            is_argument("query"),
        ),
    ),
    Meaning("refund refundid", (is_argument("refundId"),)),
    Meaning("key idempotency requestid idempotencytoken clienttoken", (is_argument("idempotencyKey"),)),
    Meaning("version ifmatch etag", (is_argument("expectedVersion"),)),
    Meaning("preview test simulate dry", (is_argument("dryRun"),)),
    Meaning(
        "comment comments notes memo message remark remarks",
        (is_argument("note"), is_argument("reason"), is_argument("description")),
    ),
    Meaning(
        "description details", (is_argument("note"), is_argument("name", "amountMoney name"), is_argument("reason"))
    ),
    Meaning("reason cancelreason cancellationreason refundreason", (is_argument("reason"), is_argument("note"))),
    Meaning("meta customfields extra tags", (is_argument("metadata"),)),
    # ── searching ──
    Meaning("q search text keyword keywords term searchterm reference trackingnumber", (is_argument("query"),)),
    Meaning(
        "name",
        (
            is_argument("query"),
            says("customerId lineItems", "customerId names the buyer; each of lineItems and charges has its name"),
            says("lineItems", "each of lineItems and charges has its name"),
        ),
    ),
    Meaning("page offset after startingafter pagetoken skip", (is_argument("cursor"), is_argument("createdAfter"))),
    Meaning("pagesize perpage max maxresults top first", (is_argument("limit"),)),
    Meaning(
        "since from startdate datefrom createdfrom start",
        (is_argument("createdAfter"), is_argument("startsAt"), is_argument("validFrom")),
    ),
    Meaning(
        "to until before enddate dateto createdto end",
        (is_argument("createdBefore"), is_argument("endsAt"), is_argument("validUntil")),
    ),
    Meaning(
        "expires expiry expirydate expiresat expiration",
        (is_argument("expiresAt"), is_argument("endsAt"), is_argument("validUntil")),
    ),
    Meaning("orderstatus", (is_argument("status"),)),
    Meaning("detail format expand include fields level", (is_argument("view"),)),
)
