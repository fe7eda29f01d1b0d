"""Items, variants and stock, coupons and tax rates as lines of text."""

from flint_tools.rendering.lines import Lines, headline, more, said, under
from flint_tools.rendering.words import Facts, in_json, joined, labeled, quoted


def item_lines(item: Facts, *, listed: bool = False) -> Lines:
    """An item with a line for each of its variants; in a list the currency is said once, above."""
    yield item.take("summary", "") if listed else headline(item)
    variants = [variant_line(variant) for variant in item.each("variants")]
    hidden = item.take("moreVariants")
    yield _item(item)
    yield from under("Variants", variants)
    yield from said("More variants", "" if hidden is None else f"{hidden}, search with itemId shows them")


def _item(item: Facts) -> str:
    return joined(
        (
            f"{item.id('itemId')} {item.words('name')}".strip(),
            labeled("version", item.text("version")),
            labeled("reference", item.text("reference")),
            _inactive(item),
            labeled("options", joined(quoted(option) for option in item.take("options", ()))),
            labeled("tax category", item.text("taxCategory")),
            labeled("description", item.words("description")),
            labeled("images", joined(quoted(image) for image in item.take("images", ()))),
            labeled("created", item.text("createdAt")),
            labeled("changed", item.text("updatedAt")),
            item.rest(),
        )
    )


def _inactive(holder: Facts) -> str:
    active = holder.take("active")
    return "not sold any more" if active is False else ""


def variant_line(variant: Facts) -> str:
    """`var_… sku TS-M {"size": "M"}: 18.00, 5 available`."""
    options = variant.take("options")
    what = (variant.id("variantId"), labeled("sku", variant.text("sku")), in_json(options) if options else "")
    return joined(
        (
            f"{joined(what, ' ')}: {variant.money('priceMoney') or '0'}",
            _inactive(variant),
            _units(variant),
            variant.rest(),
        )
    )


def _units(stock: Facts) -> str:
    """The counted units; nothing of what is not tracked."""
    words = ("available", "reserved", "sold")
    counted = [f"{units} {word}" for word in words if (units := stock.take(word)) is not None]
    return joined((*counted, stock.flag("lowStock", "low in stock"), labeled("low at", stock.text("lowStockAt"))))


def item_list(answer: Facts) -> Lines:
    """Items, each with its variants; the price range of the summary is in the variants."""
    yield headline(answer)
    for item in answer.each("items"):
        yield from item_lines(item, listed=True)
    yield from more(answer)


def stock_lines(answer: Facts) -> Lines:
    """A variant's stock and how it came to be."""
    stock = answer.object("stock")
    yield headline(stock)
    what = (stock.text("variantId"), stock.words("name"), labeled("sku", stock.text("sku")), stock.text("itemId"))
    yield joined((joined(what, " "), _units(stock), stock.rest()))
    yield from under("Changes", [_change(change) for change in answer.each("changes")])


def _change(change: Facts) -> str:
    return joined(
        (
            f"{change.id('changeId')} {change.text('at')} {change.text('reason')}",
            _units(change),
            change.text("orderId"),
            labeled("by", change.text("actor")),
            labeled("note", change.words("note")),
            change.rest(),
        )
    )


def coupon_line(coupon: Facts) -> str:
    """`LAUNCH20 ACTIVE: 20 % off, 3 uses of 100`."""
    coupon.take("summary")
    percent = coupon.take("percent")
    per_customer, most = coupon.take("maxUsesPerCustomer"), coupon.take("maxUses")
    uses = f"{coupon.take('uses', 0)}{'' if most is None else f' of {most}'} uses"
    return joined(
        (
            f"{coupon.text('couponCode')} {coupon.text('status')} {coupon.id('couponId')}:"
            f" {f'{percent} %' if percent else coupon.money('discountMoney')} off",
            labeled("at most", coupon.money("maxDiscountMoney")),
            labeled("from", coupon.money("minimumSubtotalMoney")),
            labeled("on", joined(quoted(item) for item in coupon.take("itemIds", ()))),
            coupon.flag("exclusive", "alone among coupons"),
            uses,
            labeled("per customer", "" if per_customer is None else str(per_customer)),
            labeled("starts", coupon.text("startsAt")),
            labeled("ends", coupon.text("endsAt")),
            labeled("created", coupon.text("createdAt")),
            coupon.rest(),
        )
    )


def coupon_list(answer: Facts) -> Lines:
    yield headline(answer)
    yield from (coupon_line(coupon) for coupon in answer.each("coupons"))
    yield from more(answer)


def tax_rate_line(rate: Facts) -> str:
    """`txr_… "VAT": 19 %, in prices, DE`."""
    active = rate.take("active")
    return joined(
        (
            f"{rate.id('taxRateId')} {rate.words('name')}: {rate.text('ratePercent')} %",
            rate.flag("inclusive", "in prices"),
            rate.flag("default", "default"),
            "inactive" if active is False else "",
            joined((rate.text("country"), rate.text("region")), " "),
            labeled("postcodes", joined(quoted(prefix) for prefix in rate.take("postalPrefixes", ()))),
            labeled("category", rate.text("taxCategory")),
            labeled("from", rate.text("validFrom")),
            labeled("until", rate.text("validUntil")),
            labeled("source", rate.words("source")),
            rate.rest(),
        )
    )


def tax_rate_list(answer: Facts) -> Lines:
    yield headline(answer)
    yield from (tax_rate_line(rate) for rate in answer.each("taxRates"))
    yield from more(answer)
