"""The tax tools as an agent finds them: a rate with all its limits, changed, cleared and listed."""

from tests.tools.agent import Agent

WHOLE = {
    "country": "US",
    "region": "CA",
    "postalPrefixes": ["902", "SW1A 1"],
    "taxCategory": "books",
    "validFrom": "2027-01-01T00:00:00+01:00",
    "validUntil": "2028-01-01T00:00:00Z",
}


async def test_a_rate_keeps_every_limit_it_is_given_and_loses_those_that_are_cleared(agent: Agent) -> None:
    saved = (await agent.call("save_tax_rate", name="Books", ratePercent="2.5", inclusive=True, **WHOLE))["taxRate"]
    assert saved == {
        "taxRateId": saved["taxRateId"],
        "name": "Books",
        "ratePercent": "2.5",
        "inclusive": True,
        "default": False,
        "active": True,
        **WHOLE,
        "postalPrefixes": ["902", "SW1A1"],
        "validFrom": "2026-12-31T23:00:00Z",
    }
    cleared = {"region": "", "postalPrefixes": [], "taxCategory": "", "validFrom": "", "validUntil": ""}
    left = (await agent.call("save_tax_rate", taxRateId=saved["taxRateId"], **cleared))["taxRate"]
    assert left == {name: value for name, value in saved.items() if name == "country" or name not in WHOLE}
    plain = (await agent.call("save_tax_rate", taxRateId=saved["taxRateId"], country=""))["taxRate"]
    assert "country" not in plain


async def test_a_dry_run_shows_the_rate_and_what_it_would_be_added_to(agent: Agent) -> None:
    first = (await agent.call("save_tax_rate", name="VAT", ratePercent=19, country="DE"))["taxRate"]["taxRateId"]
    before = agent.contents()
    preview = await agent.call("save_tax_rate", name="VAT", ratePercent=20, country="DE", dryRun=True)
    assert preview["taxRate"]["taxRateId"] is None
    assert preview["warnings"] == [f"{first} covers the same place, category and time: the rates add up"]
    assert agent.contents() == before


async def test_one_countrys_rates_are_listed_page_by_page(agent: Agent) -> None:
    for number in range(3):
        await agent.call("save_tax_rate", name=f"DE {number}", ratePercent=1, country="DE", taxCategory=f"c{number}")
        await agent.call("save_tax_rate", name=f"FR {number}", ratePercent=1, country="FR", taxCategory=f"c{number}")
    first = await agent.call("list_tax_rates", country="FR", limit=2)
    rest = await agent.call("list_tax_rates", country="FR", limit=2, cursor=first["nextCursor"])
    assert [rate["name"] for page in (first, rest) for rate in page["taxRates"]] == ["FR 0", "FR 1", "FR 2"]
    assert "nextCursor" not in rest
    assert (await agent.call("list_tax_rates", country="AT")) == {"summary": "0 tax rates.", "taxRates": []}
