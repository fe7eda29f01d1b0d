"""The tax guide does what it says."""

import json
import re
from pathlib import Path

from tests.server.running import flint
from tests.tools.agent import at_work, usd

GUIDE = (Path(__file__).parents[2] / "docs/guides/tax.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^(save_tax_rate) (\{.+\})$", GUIDE, re.MULTILINE)
ROWS = re.findall(r"^\| 100\.00 to (\w+), (?:(\w+), )?(\w\w) \| (.+) \| ([\d.]+) \|$", GUIDE, re.MULTILINE)
COMMANDS = re.findall(r"^flint (tax import-eu-vat[^#\n]*)", GUIDE, re.MULTILINE)


async def test_the_guides_rates_tax_its_orders_as_its_table_says(tmp_path: Path) -> None:
    assert (len(CALLS), len(ROWS)) == (5, 4)
    async with at_work(tmp_path) as agent:
        for tool, arguments in CALLS:
            answer = await agent.call(tool, **json.loads(arguments))
            assert "warnings" not in answer
        for postcode, region, country, taxes, total in ROWS:
            address = {"country": country, "postalCode": postcode, **({"region": region} if region else {})}
            made = await agent.order(
                lineItems=[{"name": "Thing", "unitPriceMoney": usd(10_000)}], shippingAddress=address
            )
            order = await agent.call("get_order", orderId=made["orderId"], view="full")
            taken = [f"{tax['name']} {tax['taxMoney']['amount'] / 100:.2f}" for tax in order["taxes"]]
            assert " and ".join(taken) == taxes
            assert f"{order['pricingAmounts']['totalMoney']['amount'] / 100:.2f}" == total


def test_the_guides_commands_run(tmp_path: Path) -> None:
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        result = flint(*command.split(), "--data", tmp_path)
        assert result.exit_code == 0, result.output
