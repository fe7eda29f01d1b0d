"""Tax rates: by jurisdiction, and the one that orders get by default."""

from functools import cache

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, bindparam, or_, select, text

from flint_domain.tax_rates.model import TaxRate
from flint_domain.tax_rates.rules import region_key
from flint_server.db.codecs import TAX_RATE
from flint_server.db.metadata import Sequence, metadata, of_merchant, partial_index
from flint_server.db.rows import Body, save
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, place_of, saved, this

tax_rates = Table(
    "tax_rates",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    # The jurisdiction, if the rate has one; region as it is compared (region_key).
    Column("country", Text),
    Column("region", Text),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
Index(None, tax_rates.c.merchant_id, tax_rates.c.seq)
partial_index(
    "ix_tax_rates_country",
    tax_rates.c.merchant_id,
    tax_rates.c.country,
    tax_rates.c.seq,
    tax_rates.c.region,
    where=text("country IS NOT NULL"),
)
IS_DEFAULT = text("is_default = 1 AND active = 1")
partial_index("uq_tax_rates_default", tax_rates.c.merchant_id, where=IS_DEFAULT, unique=True)

RATE = Body(
    tax_rates,
    TAX_RATE,
    TaxRate,
    id="tax_rate_id",
    is_default="default",
    country=lambda rate: None if rate.jurisdiction is None else rate.jurisdiction.country,
    region=lambda rate: None if rate.jurisdiction is None else region_key(rate.jurisdiction.region),
)

ADD = Statement(added(tax_rates))
SAVE = Statement(saved(tax_rates))
_RATES = select(*RATE.columns).where(mine(tax_rates))
ONE_RATE = Statement(select(*RATE.columns).where(this(tax_rates)))
AT = Statement(
    _RATES.where(
        tax_rates.c.country == bindparam("country"),
        or_(tax_rates.c.region.is_(None), tax_rates.c.region == bindparam("region")),
        tax_rates.c.active == ONE,
    ).order_by(tax_rates.c.seq)
)
DEFAULT = Statement(_RATES.where(IS_DEFAULT))


@cache
def _listed(*, country: bool, after: bool, limit: bool) -> Statement:
    """All rates, or one country's, oldest first."""
    oldest = _RATES.order_by(tax_rates.c.seq)
    if country:
        oldest = oldest.where(tax_rates.c.country == bindparam("country"))
    if after:
        oldest = oldest.where(tax_rates.c.seq > place_of(tax_rates, "after_id"))
    if limit:
        oldest = oldest.limit(bindparam("limit")).offset(ZERO)
    return Statement(oldest)


def tax_rate(tx: Session, tax_rate_id: str) -> TaxRate | None:
    return RATE.first(tx, ONE_RATE, id=tax_rate_id)


def tax_rates_of(
    tx: Session, *, country: str | None = None, after_id: str | None = None, limit: int | None = None
) -> list[TaxRate]:
    statement = _listed(country=country is not None, after=after_id is not None, limit=limit is not None)
    return RATE.every(tx, statement, country=country, after_id=after_id, limit=limit)


def tax_rates_at(tx: Session, country: str, region: str | None) -> list[TaxRate]:
    return RATE.every(tx, AT, country=country, region=region)


def default_tax_rate(tx: Session) -> TaxRate | None:
    return RATE.first(tx, DEFAULT)


def add_tax_rate(tx: Session, rate: TaxRate) -> None:
    tx.run(ADD, **RATE.of(rate))


def save_tax_rate(tx: Session, rate: TaxRate) -> None:
    """Write a rate whose version is one more than the stored one's. A default takes the place of none: save the former
    default first."""
    save(tx, SAVE, RATE.of(rate))
