"""Numbers on parcels, boxes and business cards, none of them a card's: made up, with their right check digits."""

from collections.abc import Callable
from random import Random

Make = Callable[[Random], str]


def digits(random: Random, count: int) -> str:
    return f"{random.randrange(10**count):0{count}}"


def gs1(body: str) -> str:
    """A number of GS1's (EAN, GTIN, SSCC) with its check digit."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-weighted % 10}"


def luhn(body: str) -> str:
    """A number with the check digit that cards have, too."""
    values = [int(digit) for digit in reversed(body)]
    total = sum(values[1::2]) + sum(sum(divmod(2 * value, 10)) for value in values[::2])
    return f"{body}{-total % 10}"


def split(number: str, sizes: tuple[int, ...], separator: str) -> str:
    parts: list[str] = []
    for size in sizes:
        parts.append(number[:size])
        number = number[size:]
    return separator.join([*parts, number] if number else parts)


def ean(random: Random) -> str:
    number = gs1(digits(random, 12))
    return random.choice([number, split(number, (1, 6, 6), " "), split(number, (3, 1, 2, 6, 1), "-")])


def gtin_14(random: Random) -> str:
    number = gs1(digits(random, 13))
    return random.choice([number, split(number, (1, 2, 5, 5, 1), " ")])


def imei(random: Random) -> str:
    """Its check digit is a card's, and its length that of American Express."""
    number = luhn(random.choice(["01", "35", "86", "99"]) + digits(random, 12))
    return random.choice([number, split(number, (2, 6, 6, 1), "-"), split(number, (8, 6, 1), " ")])


def sscc(random: Random) -> str:
    number = gs1(digits(random, 17))
    return random.choice([number, f"00{number}", split(number, (1, 7, 9, 1), " ")])


def phone(random: Random) -> str:
    number = random.choice(["1", "33", "49", "81", "86", "4930", "420"]) + digits(random, random.randint(8, 10))
    return random.choice([f"+{number}", f"00{number}", f"+{split(number, (2, 3, 4), ' ')}", split(number, (4, 3), "-")])


def tracking(random: Random) -> str:
    """As USPS (20 and 22 digits, in fours), FedEx (12, 15, 20), UPS, DHL and DPD write them; 16 bare digits, too."""
    return random.choice(
        [
            split(random.choice(["92", "93", "94", "95"]) + digits(random, 20), (4, 4, 4, 4, 4), " "),
            random.choice(["92", "94"]) + digits(random, 18),
            split(digits(random, 12), (4, 4), " "),
            digits(random, 15),
            digits(random, 16),
            digits(random, 20),
            f"1Z{digits(random, 16)}",
            f"JJD{digits(random, 18)}",
            split(digits(random, 14), (4, 4, 4), " "),
        ]
    )


IDENTIFIERS: dict[str, Make] = {
    "EAN": ean,
    "GTIN-14": gtin_14,
    "IMEI": imei,
    "SSCC": sscc,
    "phone": phone,
    "tracking": tracking,
}
