"""Hints are exact: what is offered is accepted at its bounds, and what is not offered is refused."""

import asyncio
from decimal import Decimal
from typing import Any

from flint_domain.commands.coupons import CreateCoupon
from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import House
from tests.machine.books import Books, read_books
from tests.machine.hints_contract import only_what_the_contract_allows
from tests.machine.hints_offered import offered_values
from tests.machine.hints_refused import values_not_offered
from tests.machine.hints_seen import PROBE, Seen

NO_PROOF = {"not_found", "payment_source_needed", "internal_error", "storage_unavailable"}
"""Codes that a probe gets for being wrong by itself."""


async def offer_probe(house: House) -> None:
    """What only a look-up can judge is kept out of the question: a coupon and a gift card that any order may take."""
    await house.do(CreateCoupon(code=PROBE, percent=Decimal(1)))
    await house.do(IssueGiftCard(money=Amount(amount=1), note=PROBE))


async def check_hints(house: House, order_id: str) -> None:
    """Try everything with dry runs, at this version and instant."""
    shown, books = await house.ask(GetOrder(order_id=order_id, view="full")), await read_books(house)
    seen = Seen(shown, books.orders[order_id], gift_card=_a_gift_card(books))
    only_what_the_contract_allows(seen, books)
    accepted, refused = list(offered_values(seen)), list(values_not_offered(seen))
    answers = await asyncio.gather(
        *(house.do(command, key="hint", dry_run=True) for _, command in (*accepted, *refused)), return_exceptions=True
    )
    for (action, command), answer in zip(accepted, answers, strict=False):
        if _lost_its_stock(answer, books, order_id):
            continue
        assert isinstance(answer, dict), f"{action} is offered, but {command} gets {answer!r}"
        assert answer["dryRun"] is True
    for (action, command), answer in zip(refused, answers[len(accepted) :], strict=True):
        assert isinstance(answer, Refused), f"{action} is not offered, but {command} gets {answer!r}"
        assert answer.code not in NO_PROOF, f"{command} proves nothing: {answer}"


def _a_gift_card(books: Books) -> str:
    """The first card, which is never switched off."""
    return next(account_id for account_id in books.balances if account_id.startswith("gift_"))


def _lost_its_stock(answer: Any, books: Books, order_id: str) -> bool:
    """Whether an order that was not paid in time finds its units sold to others: only a look-up can tell."""
    until = books.orders[order_id].reserved_until
    return isinstance(answer, Refused) and answer.code == "out_of_stock" and until is not None and until <= books.at
