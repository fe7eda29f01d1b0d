"""Whose records they are."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, select

from flint_server.db.codecs import micros
from flint_server.db.metadata import metadata
from flint_server.db.rows import Columns
from flint_server.db.session import Session
from flint_server.db.statement import Statement, added

DEFAULT_MERCHANT_ID = "mer_00000000000000000000000000"  # the one merchant of a fresh database


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant; currency is the one that new orders get."""

    merchant_id: str
    name: str
    currency: str


merchants = Table(
    "merchants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),  # nothing yet
)
FIRST_BODY = {"schema": 1, "body": "{}"}

MERCHANT = Columns(merchants, Merchant, id="merchant_id")

ADD = Statement(added(merchants))
ALL = Statement(select(*MERCHANT.columns).order_by(merchants.c.id))
CURRENCY = Statement(select(merchants.c.currency).where(merchants.c.id == bindparam("merchant_id")))


def all_merchants(tx: Session) -> list[Merchant]:
    """Every merchant, in the order of their ids."""
    return MERCHANT.every(tx, ALL)


def add_merchant(tx: Session, merchant: Merchant) -> None:
    """Write a merchant of now."""
    tx.run(ADD, **MERCHANT.of(merchant), created_at=micros(tx.now), **FIRST_BODY)
