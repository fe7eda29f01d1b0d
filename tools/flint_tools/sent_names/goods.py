"""What is sold: items, units, stock, and the parcels that it leaves in."""

from flint_tools.sent_names.answers import COUNTS, LINE, PER_VARIANT, RETURN, STOCK, UNITS, Meaning, is_argument, says

GOODS: tuple[Meaning, ...] = (
    # ── units and stock ──
    Meaning(
        "qty units pieces",
        (
            is_argument("quantity"),
            says(STOCK, COUNTS),
            is_argument("stock"),
            says("lineItems", "it stands in each of lineItems"),
        ),
    ),
    Meaning(
        "count",
        (
            is_argument("limit"),
            is_argument("quantity"),
            is_argument("stock"),
            says("lineItems", "it stands in each of lineItems"),
        ),
    ),
    Meaning(
        "quantity",
        (
            says(STOCK, COUNTS),
            is_argument("stock"),
            says("variants", PER_VARIANT),
            says("lineItems", "it stands in each of lineItems"),
            says("lines", "it stands in each of lines, beside lineItemId"),
        ),
    ),
    Meaning(
        "stock inventory onhand available availablequantity instock stocklevel",
        (says(STOCK, COUNTS), is_argument("inStock"), is_argument("stock"), says("variants", PER_VARIANT)),
    ),
    Meaning("delta adjustment adjustby quantitychange", (says(STOCK, COUNTS),)),
    Meaning("trackinventory trackstock managestock", (is_argument("tracked"),)),
    Meaning("tracking", (is_argument("trackingNumber"), is_argument("tracked"), is_argument("query"))),
    Meaning("reorderpoint lowstockthreshold minstock", (is_argument("lowStockAt"),)),
    Meaning("lowstock", (is_argument("lowStockAt"),)),
    # ── what is sold ──
    Meaning(
        "sku product productid productsku itemsku variant variantid productvariant",
        (
            is_argument("itemId", LINE),
            is_argument("itemId", "itemId query"),
            says("lineItemId", "a line is named by lineItemId, as get_order lists it"),
            says("lineItems", "it is the itemId of each of lineItems"),
            says("variants", PER_VARIANT),
            says(STOCK, "variantId or sku names the variant"),
        ),
    ),
    Meaning(
        "item itemid items lineitemids lineid",
        (
            says("itemId lineItemId", "itemId names what is sold, lineItemId the line to change"),
            is_argument("lineItemId", UNITS),
            is_argument("lineItems"),
            is_argument("lines"),
            is_argument("itemId"),
            is_argument("itemIds"),
            says(STOCK, "variantId or sku names the variant"),
        ),
    ),
    Meaning(
        "lines lineitem products cart cartitems orderitems orderlines",
        (is_argument("lineItems"), is_argument("lines"), is_argument("itemIds")),
    ),
    Meaning("productids skus appliesto", (is_argument("itemIds"),)),
    Meaning("variations", (is_argument("variants"),)),
    Meaning("attributes optionvalues variantoptions color colour", (is_argument("options"), is_argument("metadata"))),
    Meaning("size", (is_argument("options"), is_argument("limit"))),
    Meaning("title productname itemname label", (is_argument("name"),)),
    Meaning("image imageurl imageurls picture photo", (is_argument("images"),)),
    Meaning(
        "barcode ean upc gtin",
        (says("sku", "Flint keeps no barcodes beside sku"), is_argument("itemId", LINE), is_argument("query")),
    ),
    Meaning(
        "replacement exchange newitem exchangeitem replacewith",
        (
            is_argument("replacement"),
            says(RETURN, "replacement stands in each of lines"),
            says("lineItems", "lineItems change what is bought"),
        ),
    ),
    # ── parcels and webhooks ──
    Meaning("trackingcode trackingid", (is_argument("trackingNumber"), is_argument("query"))),
    Meaning("shippingcarrier courier company", (is_argument("carrier"),)),
    Meaning("link trackinglink", (is_argument("trackingUrl"), is_argument("url"))),
    Meaning("webhookid endpoint", (is_argument("endpointId"),)),
    Meaning("eventtypes types topics enabledevents", (is_argument("events"), is_argument("eventType"))),
    Meaning("active isactive enabled", (is_argument("active"), is_argument("enabled"))),
)
