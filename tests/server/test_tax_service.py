"""Which tax service a server has: what the environment asks for, or none; and what can be seen of its work."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call
from flint_server.cli.main import main
from flint_server.clock import SystemClock
from flint_server.composition import open_application
from flint_server.processors.choice import tax_service_of
from flint_server.settings import Settings, UnknownTaxService
from flint_server.telemetry.spans import traced_flint
from tests.journeys.house import PRO_PLAN
from tests.journeys.tax_office import OAKLAND, TaxedHouse
from tests.server.telemetry.test_tracing import Keeper


def settings(folder: Path, **environment: str) -> Settings:
    return Settings(folder=folder).with_environment(environment)


async def test_without_a_word_the_merchants_own_rates_are_used(tmp_path: Path) -> None:
    async with open_application(settings(tmp_path, FLINT_TAX="")) as application:
        assert application.taxes is None


async def test_stripe_tax_is_used_when_the_environment_says_so(tmp_path: Path) -> None:
    asked = settings(tmp_path, FLINT_TAX="stripe", FLINT_STRIPE_KEY="sk_test_1")
    async with open_application(asked) as application:
        assert application.taxes is not None
        assert application.taxes.name == "Stripe Tax"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FLINT_TAX": "avalara", "FLINT_STRIPE_KEY": "sk_test_1"}, 'FLINT_TAX knows one tax service: "stripe".'),
        ({"FLINT_TAX": "stripe"}, "FLINT_TAX=stripe needs FLINT_STRIPE_KEY"),
        ({"FLINT_TAX_PRICES": "exclusively"}, 'FLINT_TAX_PRICES is "inclusive" or "exclusive".'),
    ],
)
def test_what_cannot_be_had_is_said_at_the_start(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownTaxService) as caught:
        tax_service_of(settings(tmp_path, **environment), SystemClock())
    assert str(caught.value).startswith(message)
    ran = CliRunner(env=environment).invoke(main, ["serve", "--data", str(tmp_path)])
    assert ran.exit_code == 1
    assert message in ran.output


async def test_quotes_and_reports_are_spans_without_anybodys_words(tmp_path: Path) -> None:
    house, keeper = TaxedHouse(tmp_path), Keeper()
    await house.open()
    flint = traced_flint(house.sqlite, house.simulator, house.flint.merchant_id, taxes=house.office, tracer=keeper)
    made = await flint.execute(CreateOrder(lines=(PRO_PLAN,), shipping_address=OAKLAND), Call())
    quote = next(span for span in keeper.spans if span.name == "flint.tax_quote")
    assert (quote.inside, quote.attributes) == ("flint.execute", {"flint.tax_service": "test office"})
    await flint.execute(PayOrder(order_id=made["orderId"], sources=("tok_visa",)), Call())
    keeper.spans.clear()
    await flint.recover()
    told = next(span for span in keeper.spans if span.name == "flint.transfer")
    assert told.attributes["flint.transfer.kind"] == "tax_commit"
    assert told.attributes["flint.processor"] == "test office"
    await house.close()
