"""What is bought in the benchmarks: varied words, so that the text index looks like a shop's and not like a test's."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any


def _words(text: str) -> list[str]:
    return text.split()


_MADE = _words(
    "Ceramic Oak Walnut Linen Cotton Merino Copper Brass Leather Bamboo Enamel Marble Cork Denim Velvet Silk Hemp "
    "Slate Bronze Rattan Jute Suede Crystal Porcelain Birch Cedar Maple Titanium Canvas Felt"
)
_KIND = _words(
    "Small Large Slim Wide Folding Stacking Vintage Modern Nordic Quiet Bright Matte Striped Woven Carved Quilted "
    "Printed Brushed Glazed Hanging Travel Garden Kitchen Studio Winter Summer Evening Morning Double Single"
)
_THING = _words(
    "Mug Bowl Plate Lamp Chair Table Blanket Pillow Towel Basket Vase Clock Mirror Shelf Stool Tray Kettle Teapot "
    "Carafe Candle Notebook Pencil Bag Wallet Belt Scarf Gloves Hat Sweater Apron Rug Curtain Bench Planter Frame Jar "
    "Spoon Knife Board Pan Pot Grinder Scale Timer Radio Speaker Charger Cable Stand Desk Drawer Hook Rack Ladder "
    "Bucket Brush Broom Mat Cushion Duvet"
)
_FIRST = _words(
    "ada ben carla dmitri elena farid greta hugo ines jonas karin liam maya nils olga pablo quinn rosa sven tara "
    "ugo vera wim xenia yusuf zoe aiko bruno chen dana emil fatou gita hana ivan jade kofi lena marco"
)
_LAST = _words(
    "abbott berg costa duval eriksen fischer garcia haddad ito jensen kowalski larsen moreau novak okafor petrov "
    "quist rossi schmidt tanaka umar vargas weber xu yilmaz zeman arora brandt castro dietrich"
)
_PLACE = _words("Lisbon Oslo Kyoto Lagos Lima Turin Ghent Leeds Quito Austin Perth Bergen Tartu Cork Basel Malmo")
_CHANNEL = ("web", "phone", "agent", "store", "market")
_HOW = ("leave with the neighbour", "call before noon", "ring twice", "gift wrap please", "deliver to the back door")

_NOTED = 0.3  # share of orders with a note for people

COLORS = ("red", "sand", "black")
CATEGORIES = ("homeware", "clothing", "garden")
REGULARS = 20  # customers who buy again and again
ORDERS_OF_REGULARS = 400  # together, however many orders there are
AT_A_POSTCODE = 20  # customers, however many there are


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    phone: str
    city: str
    postal_code: str
    channel: str


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What one buyer orders. purchase is a reference that no other order has."""

    lines: tuple[Line, ...]
    customer: str
    email: str
    purchase: str
    channel: str
    note: str | None

    @property
    def metadata(self) -> dict[str, str]:
        return {"purchase": self.purchase, "channel": self.channel}


class Shop:
    """Baskets out of a seeded random: the same ones in every run. name tells two shops' purchases apart."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self._name = name
        self._random = Random(seed)
        self._sold = 0

    def basket(self) -> Basket:
        pick, self._sold = self._random.choice, self._sold + 1
        first, last = pick(_FIRST), pick(_LAST)
        noted = self._random.random() < _NOTED
        return Basket(
            lines=tuple(self._line() for _ in range(3)),
            customer=f"cus_{last}{self._random.randrange(2_000)}",
            email=f"{first}.{last}@example.com",
            purchase=f"{self._name}{self._sold:07d}",
            channel=pick(_CHANNEL),
            note=f"{pick(_PLACE)}: {pick(_HOW)}" if noted else None,
        )

    def _line(self) -> Line:
        pick = self._random.choice
        return Line(
            f"{pick(_KIND)} {pick(_MADE)} {pick(_THING)}", self._random.randint(1, 4), self._random.randint(300, 20_000)
        )


class Crowd:
    """Customers out of a seeded random; their e-mails, phone numbers and references are their own."""

    def __init__(self, seed: int = 4) -> None:
        self._random = Random(seed)

    def person(self, number: int) -> Person:
        pick = self._random.choice
        first, last = pick(_FIRST), pick(_LAST)
        return Person(
            name=f"{first.title()} {last.title()}",
            email=email_of(number),
            phone=phone_of(number),
            city=pick(_PLACE),
            postal_code=postcode_of(number),
            channel=pick(_CHANNEL),
        )

    @staticmethod
    def reference(from_last: int) -> str | None:
        """The reference of a regular; they came last."""
        return regular(from_last) if from_last < REGULARS else None


def email_of(number: int) -> str:
    return f"buyer{number}@example.com"


def phone_of(number: int) -> str:
    return f"+1 555 {number:07d}"


def postcode_of(number: int) -> str:
    return f"{10_000 + number // AT_A_POSTCODE}"


def regular(number: int) -> str:
    return f"cus_regular{number}"


def regular_of(number: int, orders: int) -> str | None:
    """The regular who placed this one of so many orders: theirs are spread evenly over all. None for anybody's."""
    every = max(1, orders // ORDERS_OF_REGULARS)
    place, rest = divmod(number, every)
    return regular(place % REGULARS) if rest == 0 and place < ORDERS_OF_REGULARS else None


class Shelf:
    """Items out of a seeded random."""

    def __init__(self, seed: int = 5) -> None:
        self._random = Random(seed)

    def thing(self) -> tuple[str, int]:
        """A name, and a price in minor units."""
        pick = self._random.choice
        return f"{pick(_KIND)} {pick(_MADE)} {pick(_THING)}", self._random.randint(300, 20_000)

    @staticmethod
    def sku(number: int, color: str) -> str:
        return f"SKU-{number}-{color.upper()}"


def from_stock(arguments: dict[str, Any], skus: Sequence[str]) -> dict[str, Any]:
    """The same order, but for its lines: as many units of what the catalog has."""
    lines = [
        {"itemId": sku, "quantity": line["quantity"]} for sku, line in zip(skus, arguments["lineItems"], strict=True)
    ]
    return {**arguments, "lineItems": lines}


def dearer(order: dict[str, Any], key: str) -> dict[str, Any]:
    """The arguments of amend_order for this order's first line at a higher price."""
    line = {"lineItemId": order["lineItems"][0]["lineItemId"], "unitPriceMoney": {"amount": 30_000, "currency": "USD"}}
    return {
        "orderId": order["orderId"],
        "lineItems": [line],
        "paymentSourceToken": "tok_visa",
        "idempotencyKey": key,
    }


def create_order(basket: Basket, key: str) -> dict[str, Any]:
    """The arguments of create_order for this basket."""
    lines = [
        {"name": line.name, "quantity": line.quantity, "unitPriceMoney": {"amount": line.unit_price, "currency": "USD"}}
        for line in basket.lines
    ]
    arguments: dict[str, Any] = {
        "customerId": basket.customer,
        "lineItems": lines,
        "metadata": basket.metadata,
        "idempotencyKey": key,
    }
    return arguments if basket.note is None else {**arguments, "note": basket.note}


def pay_order(order_id: str, key: str, source: str = "tok_visa") -> dict[str, Any]:
    """The arguments of pay_order for this order."""
    return {"orderId": order_id, "paymentSourceTokens": [source], "idempotencyKey": key}
