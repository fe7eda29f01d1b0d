"""Columns as shops call them, and which column of Flint's is meant: of spelling alone `zip` is near `tip`, `stock` near
`lowStockAt`, and `id` of an order near `itemId`."""

from collections.abc import Sequence
from difflib import get_close_matches

from flint_tools.meanings import MISSPELLED, compared

# The first of the columns that the file has. None of them: its columns are listed, and nothing is guessed.
_MEANT: dict[str, str] = {
    "id number no orderid ordernumber orderno order handle externalid": "reference",
    "title product productname itemname": "name",
    "sku productid productsku variant variantsku item": "itemId sku",
    "stock inventory onhand instock qty quantity units count": "available quantity",
    "price unitprice itemprice": "unitPrice price",
    "date created orderdate": "createdAt",
    "customer customerreference client clientid": "customerId",
    "email mail emailaddress customeremail": "emails buyerEmail",
    "phone telephone mobile phonenumber": "phones",
    "address street address1 addressline1": "line1",
    "address2 addressline2": "line2",
    "zip zipcode postcode postal plz": "postalCode",
    "state province county": "region",
    "countrycode": "country",
    "vat vatid vatnumber taxnumber": "taxId taxPercent",
    "tax taxrate vatrate": "taxPercent",
    "shipping shippingcost shippingfee": "chargeAmount",
    "paid payment": "paymentAmount",
    "refund refunded": "refundAmount",
    "notes comment comments": "note",
    "amount cost barcode ean gtin category tags weight status coupon code type discountcode": "",
}
_BY_NAME = {name: meant for names, meant in _MEANT.items() for name in names.split()}


def column_instead(name: str, columns: Sequence[str]) -> str | None:
    """The column that is meant by one that there is none of, if that can be told."""
    key, spelled = compared(name), {compared(column): column for column in columns}
    if key in spelled:
        return spelled[key]
    if key in _BY_NAME:
        return next((column for column in _BY_NAME[key].split() if column in columns), None)
    near = get_close_matches(key, spelled, n=1, cutoff=MISSPELLED)
    return spelled[near[0]] if near else None
