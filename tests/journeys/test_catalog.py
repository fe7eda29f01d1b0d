"""Items with variants: saved, changed, found by words and options, and refused when they make no sense."""

from decimal import Decimal

import pytest

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.kernel.errors import ErrorCode, Refused
from flint_domain.order.inputs import Amount
from flint_domain.queries.catalog import GetItem
from tests.journeys.catalog import NOBODY, SHIRTS, a_mug, a_shirt, found, save, search, variant
from tests.journeys.house import House


def usd(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "USD"}


# ── saving ──


async def test_an_item_is_kept_with_everything_that_was_given(house: House) -> None:
    saved = await a_shirt(house, description="Cotton.", images=("https://example.com/tee.png",))
    assert saved["summary"] == "ACTIVE item: 5 variants, 18.00 USD to 21.00 USD."
    assert [saved[name] for name in ("name", "reference", "options", "taxCategory", "version")] == [
        "T-Shirt",
        "tee",
        ["color", "size"],
        "clothing",
        1,
    ]
    assert (saved["description"], saved["images"]) == ("Cotton.", ["https://example.com/tee.png"])
    cheapest = saved["variants"][0]
    assert (cheapest["sku"], cheapest["options"], cheapest["priceMoney"]) == (
        "TEE-BS",
        {"color": "blue", "size": "S"},
        usd(1800),
    )
    assert "available" not in cheapest, "nobody counts it yet"
    assert await house.ask(GetItem(item_id=saved["itemId"])) == saved


async def test_what_is_given_replaces_and_the_rest_stays(house: House) -> None:
    saved = await a_shirt(house, description="Cotton.")
    red_m = next(each for each in saved["variants"] if each["sku"] == "TEE-RM")
    changed = await save(
        house,
        item_id=saved["itemId"],
        item_name="Tee",
        description="",
        variants=(
            variant("TEE-GM", 1700),
            VariantInput(variant_id=red_m["variantId"], sku="TEE-RED-M", active=False),
            variant("TEE-GS", 1600, options={"Color": "green", "SIZE": "S"}),
        ),
        expected_version=1,
    )
    assert (changed["version"], changed["name"], "description" in changed) == (2, "Tee", False)
    assert [(each["sku"], each["priceMoney"]["amount"]) for each in changed["variants"]] == [
        ("TEE-GS", 1600),
        ("TEE-GM", 1700),
        ("TEE-BS", 1800),
        ("TEE-RS", 1900),
        ("TEE-RED-M", 2000),
        ("TEE-BM", 2100),
    ]
    assert changed["variants"][0]["options"] == {"color": "green", "size": "S"}, "spelled as the item's options are"
    off = next(each for each in changed["variants"] if each["sku"] == "TEE-RED-M")
    assert (off["variantId"], off["active"]) == (red_m["variantId"], False)


async def test_saving_the_same_again_is_no_new_version(house: House) -> None:
    saved = await a_shirt(house)
    assert await save(house, item_id="tee", variants=SHIRTS) == saved


async def test_two_variants_may_exchange_their_skus(house: House) -> None:
    saved = await a_shirt(house)
    ids = {each["sku"]: each["variantId"] for each in saved["variants"]}
    await save(
        house,
        item_id=saved["itemId"],
        variants=(
            VariantInput(variant_id=ids["TEE-RS"], sku="TEE-RM"),
            VariantInput(variant_id=ids["TEE-RM"], sku="TEE-RS"),
        ),
    )
    [item] = (await search(house, item_id="TEE-RM", options={"size": "S", "color": "red"}))["items"]
    assert [each["variantId"] for each in item["variants"]] == [ids["TEE-RS"]]


async def test_prices_may_be_in_another_currency_than_the_merchants_but_only_in_one(house: House) -> None:
    saved = await save(house, item_name="Hat", variants=(VariantInput(price=Amount(amount=1500, currency="EUR")),))
    assert saved["variants"][0]["priceMoney"] == {"amount": 1500, "currency": "EUR"}
    dollars = VariantInput(options={"size": "L"}, price=Amount(amount=1500, currency="USD"))
    refused = await house.refused(SaveItem(item_id=saved["itemId"], variants=(dollars,)), "currency_mismatch")
    assert refused.message == "15.00 USD is not in EUR, the item's currency."


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (SaveItem(), "invalid_argument", "A new item has no name."),
        (SaveItem(item_name="Cap"), "invalid_argument", "An item has 1 to 250 variants; this one would have 0."),
        (
            SaveItem(item_name="Cap", variants=(variant("CAP"),)),
            "invalid_argument",
            "A new variant has no price.",
        ),
        (
            SaveItem(item_name="Cap", variants=(variant("CAP-1", 100), variant("CAP-2", 100))),
            "invalid_argument",
            "variant 2 has the same option values as variant 1.",
        ),
        (
            SaveItem(
                item_name="Cap",
                variants=(variant("A", 1, options={"size": "M"}), variant("B", 1, options={"hue": "M"})),
            ),
            "invalid_argument",
            "variant 2 does not have the same options as variant 1.",
        ),
        (
            SaveItem(item_name="Cap", variants=(variant("A", 1, options={"size": "M", "Size": "L"}),)),
            "invalid_argument",
            "variant 1 names an option twice.",
        ),
        (
            SaveItem(
                item_name="Cap",
                variants=(variant("A", 1, options={"size": "M"}), variant("A", 1, options={"size": "L"})),
            ),
            "reference_taken",
            "variant 1 has the SKU A already.",
        ),
        (
            SaveItem(item_name="Cap", variants=(variant("MUG", 100),)),
            "reference_taken",
            "<mug> has the SKU MUG already.",
        ),
        (
            SaveItem(item_name="Cap", reference="tee", variants=(variant("CAP", 100),)),
            "reference_taken",
            "<tee> has the reference tee already.",
        ),
        (
            SaveItem(item_name="Cap", reference=f"item_{NOBODY}", variants=(variant("CAP", 100),)),
            "invalid_argument",
            f"item_{NOBODY} is spelled like an id that Flint makes.",
        ),
        (
            SaveItem(item_id="tee", variants=(variant("TEE-RS", 1), variant("TEE-RS", 2))),
            "invalid_argument",
            "<TEE-RS> is given twice.",
        ),
        (
            SaveItem(item_id="tee", variants=(variant("NEW", 1, options={"size": "s", "color": "RED"}),)),
            "invalid_argument",
            "variant 6 has the same option values as <TEE-RS>.",
        ),
        (
            SaveItem(item_id="tee", variants=(VariantInput(variant_id=f"var_{NOBODY}", active=False),)),
            "not_found",
            f"var_{NOBODY} is not a variant of <tee>.",
        ),
        (SaveItem(item_id="cap", item_name="Cap"), "not_found", 'There is no item, variant or SKU "cap".'),
        (SaveItem(item_id=f"item_{NOBODY}"), "not_found", f"There is no item item_{NOBODY}."),
        (
            SaveItem(item_id="tee", active=False, expected_version=7),
            "version_conflict",
            "<tee> is at version 1, not 7.",
        ),
    ],
)
async def test_an_item_that_makes_no_sense_is_refused(
    house: House, command: SaveItem, code: ErrorCode, message: str
) -> None:
    tee = await a_shirt(house)
    mug_id = await a_mug(house)
    [mug] = (await search(house, item_id=mug_id))["items"]
    refused = await house.refused(command, code)
    ids = {tee["itemId"]: "<tee>", mug["itemId"]: "<mug>", **{v["variantId"]: f"<{v['sku']}>" for v in tee["variants"]}}
    shown = refused.message
    for known, name in ids.items():
        shown = shown.replace(known, name)
    assert shown == message
    assert refused.hint


async def test_an_item_has_at_most_so_many_variants_and_options(house: House) -> None:
    many = tuple(variant(f"S-{n}", 100, options={"n": str(n)}) for n in range(251))
    assert (
        "this one would have 251"
        in (await house.refused(SaveItem(item_name="Screw", variants=many), "invalid_argument")).message
    )
    wide = variant("W", 100, options={f"o{n}": "x" for n in range(6)})
    assert (
        "6 options" in (await house.refused(SaveItem(item_name="Wide", variants=(wide,)), "invalid_argument")).message
    )


# ── finding ──


async def test_words_and_options_find_items_and_the_variants_that_match(house: House) -> None:
    await a_shirt(house)
    await a_mug(house)
    await save(house, item_name="Polo shirt", variants=(variant("POLO", 3000, options={"color": "Red"}),))
    everything = [("Polo shirt", ["POLO"]), ("Coffee mug", ["MUG"])]
    tees = ["TEE-BS", "TEE-RS", "TEE-GM", "TEE-RM", "TEE-BM"]
    assert await found(house) == [*everything, ("T-Shirt", tees)]
    assert await found(house, text="shirt") == [("Polo shirt", ["POLO"]), ("T-Shirt", tees)]
    assert await found(house, text="tee-rm") == [("T-Shirt", ["TEE-RM"])]
    assert await found(house, options={"color": "red"}) == [("Polo shirt", ["POLO"]), ("T-Shirt", ["TEE-RS", "TEE-RM"])]
    assert await found(house, options={"COLOR": "RED", "Size": "m"}) == [("T-Shirt", ["TEE-RM"])]
    assert await found(house, text="mug", options={"color": "red"}) == []
    assert await found(house, options={"colo": "red"}) == []
    listed = await search(house, text="polo unheard")
    assert listed["summary"] == "1 item. None has every word; these have at least one."


@pytest.mark.promise("P11")
async def test_the_same_shirt_in_another_size_in_stock_and_cheapest_is_one_search(house: House) -> None:
    await a_shirt(house)
    for sku, units in (("TEE-RM", 3), ("TEE-GM", 0), ("TEE-BM", 1)):
        await house.do(AdjustInventory(sku=sku, count=Decimal(units), reason="counted"))
    [item] = (await search(house, item_id="TEE-RS", options={"size": "M"}, in_stock=True))["items"]
    assert [(each["sku"], each["priceMoney"]["amount"], each["available"]) for each in item["variants"]] == [
        ("TEE-RM", 2000, 3),
        ("TEE-BM", 2100, 1),
    ]


async def test_only_what_can_be_ordered_and_only_what_runs_low(house: House) -> None:
    await a_shirt(house)
    await a_mug(house, 0)
    await save(
        house,
        item_name="Pen",
        variants=(variant("PEN", 200, tracked=True, low_stock_at=Decimal(5)),),
    )
    await house.do(AdjustInventory(sku="PEN", change_by=Decimal(5), reason="received"))
    assert [name for name, _ in await found(house, in_stock=True)] == ["Pen", "T-Shirt"], "what nobody counts is there"
    [pen] = (await search(house, low_stock=True))["items"]
    assert (pen["name"], pen["variants"][0]["lowStock"]) == ("Pen", True)
    assert pen["summary"] == "ACTIVE item: 1 variant, 2.00 USD, 1 low in stock."
    await house.do(AdjustInventory(sku="PEN", change_by=Decimal(1), reason="found"))
    assert await found(house, low_stock=True) == []


async def test_what_is_not_sold_any_more_is_found_only_when_asked_for(house: House) -> None:
    await a_shirt(house)
    mug = await a_mug(house)
    await save(house, item_id="tee", variants=(variant("TEE-RM", active=False),))
    await save(house, item_id=mug, active=False)
    assert await found(house, options={"color": "red"}) == [("T-Shirt", ["TEE-RS"])]
    assert [name for name, _ in await found(house)] == ["T-Shirt"]
    assert await found(house, options={"color": "red"}, include_inactive=True) == [("T-Shirt", ["TEE-RS", "TEE-RM"])]
    assert [name for name, _ in await found(house, include_inactive=True)] == ["Coffee mug", "T-Shirt"]
    [whole] = (await search(house, item_id="tee", options={"color": "red"}))["items"]
    assert [each.get("active") for each in whole["variants"]] == [None, False], "the whole item shows all of it"


async def test_words_show_every_variant_and_a_list_without_them_the_cheapest(house: House) -> None:
    await save(
        house, item_name="Nail", variants=tuple(variant(f"N-{n}", 100 - n, options={"n": str(n)}) for n in range(8))
    )
    [row] = (await search(house, text="nail"))["items"]
    assert [each["priceMoney"]["amount"] for each in row["variants"]] == [93, 94, 95, 96, 97, 98, 99, 100]
    assert "description" not in row
    assert "moreVariants" not in row
    [row] = (await search(house))["items"]
    assert [each["priceMoney"]["amount"] for each in row["variants"]] == [93, 94, 95, 96, 97]
    assert row["moreVariants"] == 3
    [whole] = (await search(house, item_id=row["itemId"]))["items"]
    assert len(whole["variants"]) == 8


async def test_the_variants_that_the_words_name_are_shown_alone(house: House) -> None:
    await a_shirt(house)
    assert await found(house, text="shirt red") == [("T-Shirt", ["TEE-RS", "TEE-RM"])]
    assert await found(house, text="shirt red m") == [("T-Shirt", ["TEE-RM"])]
    assert await found(house, text="red green") == [("T-Shirt", ["TEE-RS", "TEE-GM", "TEE-RM"])], "as none is both"
    assert await found(house, text="shirt purple") == [("T-Shirt", ["TEE-BS", "TEE-RS", "TEE-GM", "TEE-RM", "TEE-BM"])]
    assert await found(house, text="tshirt") == await found(house, text="T SHIRT") == await found(house)


async def test_a_variant_that_is_named_and_cannot_be_ordered_is_not_replaced_by_another(house: House) -> None:
    await a_shirt(house)
    for sku in ("TEE-RS", "TEE-RM"):
        await house.do(AdjustInventory(sku=sku, count=Decimal(0), reason="counted"))
    assert await found(house, text="shirt red", in_stock=True) == [("T-Shirt", [])]
    await save(house, item_id="tee", variants=(variant("TEE-GM", active=False),))
    assert await found(house, text="shirt green") == [("T-Shirt", [])]


async def test_a_page_shows_a_hundred_variants_before_it_shortens(house: House) -> None:
    for item in range(3):
        sizes = tuple(variant(f"S{item}-{n}", 100 + n, options={"n": f"n{n}"}) for n in range(60))
        await save(house, item_name=f"Screw {item}", variants=sizes)
    rows = (await search(house, text="screw"))["items"]
    assert [(len(row["variants"]), row.get("moreVariants")) for row in rows] == [(60, None), (5, 55), (5, 55)]
    many = tuple(variant(f"B-{n}", 100 + n, options={"n": f"n{n}"}) for n in range(250))
    await save(house, item_name="Bolt", variants=many)
    [bolt] = (await search(house, text="bolt"))["items"]
    assert len(bolt["variants"]) == 250, "one item is shown whole, however many they are"


async def test_pages_follow_each_other_without_gap_or_repeat(house: House) -> None:
    for number in range(7):
        await save(house, item_name=f"Cup {number}", variants=(variant(f"CUP-{number}", 100),))
    seen: list[str] = []
    cursor = None
    while True:
        listed = await search(house, text="cup", limit=3, cursor=cursor)
        seen += [item["name"] for item in listed["items"]]
        cursor = listed.get("nextCursor")
        if cursor is None:
            break
    assert seen == [f"Cup {number}" for number in reversed(range(7))]
    with pytest.raises(Refused) as caught:
        await search(house, cursor="ord_1")
    assert caught.value.param == "cursor"


async def test_a_search_for_nothing_that_exists_is_refused(house: House) -> None:
    for reference, message in (
        ("nowhere", 'There is no item, variant or SKU "nowhere".'),
        (f"var_{NOBODY}", f"There is no variant var_{NOBODY}."),
    ):
        with pytest.raises(Refused) as caught:
            await search(house, item_id=reference)
        assert (caught.value.code, caught.value.message) == ("not_found", message)


async def test_another_merchants_items_are_not_there(house: House) -> None:
    other = await house.sqlite.add_merchant("Other", "EUR")
    theirs = house.flint_for(other.merchant_id)
    await a_shirt(house)
    await theirs.execute(SaveItem(item_name="Their shirt", reference="tee", variants=(variant("TEE-RM", 100),)))
    assert [name for name, _ in await found(house)] == ["T-Shirt"]
    house.flint = theirs
    assert [name for name, _ in await found(house)] == ["Their shirt"]
    [item] = (await search(house, item_id="TEE-RM"))["items"]
    assert item["variants"][0]["priceMoney"] == {"amount": 100, "currency": "EUR"}
