"""Where things are and how the server runs, with defaults that need no configuration."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from flint_server.places import DATABASE_FILE, KEY_FILE, LEDGER_FILE
from flint_tools.rendering import Answers
from flint_tools.selection import DEFAULT_TOOLSETS

# Secrets come from the environment: a command line is there for every process of the machine to read.
STRIPE_KEY = "FLINT_STRIPE_KEY"
STRIPE_WEBHOOK_SECRET = "FLINT_STRIPE_WEBHOOK_SECRET"  # several, with commas, while one is rotated
STRIPE_RETURN_URL = "FLINT_STRIPE_RETURN_URL"
TAX = "FLINT_TAX"  # "stripe" lets Stripe Tax work out taxes; without it the merchant's own rates do
TAX_PRICES = "FLINT_TAX_PRICES"  # "inclusive" where prices hold the tax that the service finds
DATA = "FLINT_DATA"

VARIABLES: dict[str, str] = {
    DATA: "The folder of the data, as `--data` says it.",
    STRIPE_KEY: "A secret key (`sk_test_…`, `sk_live_…`) or a restricted one (`rk_…`); with it, money moves at Stripe. "
    "Without it payments are simulated.",
    STRIPE_WEBHOOK_SECRET: "The signing secret of Stripe's endpoint (`whsec_…`); several with commas while one is "
    "rotated.",
    STRIPE_RETURN_URL: "Where buyers come back to from their bank's page; without it a charge that needs a buyer is "
    "declined.",
    TAX: "`stripe`: Stripe Tax works out the taxes of orders with a shipping address; without it the merchant's own "
    "rates do.",
    TAX_PRICES: "`inclusive` where prices hold the tax that Stripe Tax finds; it comes on top otherwise.",
}
"""Every environment variable that Flint reads, and what it holds."""


Auth = Literal["token", "none"]  # who may call over HTTP: who sends the local key, or everybody on this machine


class UnknownTaxService(ValueError):
    """The environment asks for a tax service that there is not, or that lacks something; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one Flint is put together. clock and seed make a run repeatable; None means real time and chance.

    Without a Stripe key the simulated processor moves no real money. The webhook secrets are those of Stripe's endpoint
    (several while one is rotated); the return URL is where buyers come back to from their bank. tax_service works taxes
    out in place of the merchant's rates; tax_prices says whether prices hold them already.
    """

    folder: Path
    toolsets: tuple[str, ...] = DEFAULT_TOOLSETS
    tools: tuple[str, ...] = ()
    read_only: bool = False
    answers: Answers = "both"  # what calls are answered in: text for models, structured for programs, or both
    clock: datetime | None = None
    seed: int | None = None
    worker: bool = True  # False where another process does what is due
    allow_private_webhooks: bool = False  # endpoints on this machine and its network, for trying out

    stripe_key: str | None = field(default=None, repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_return_url: str | None = None
    tax_service: str | None = None
    tax_prices: str = "exclusive"

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_FILE

    @property
    def ledger(self) -> Path:
        return self.folder / LEDGER_FILE

    @property
    def local_key(self) -> Path:
        """Where the key for HTTP on this machine lies."""
        return self.folder / KEY_FILE

    def with_environment(self, environment: Mapping[str, str] = os.environ) -> "Settings":
        """These settings, with what the environment says of Stripe and of taxes; an empty variable says nothing."""
        secrets = environment.get(STRIPE_WEBHOOK_SECRET, "").split(",")
        return replace(
            self,
            stripe_key=environment.get(STRIPE_KEY) or None,
            stripe_webhook_secrets=tuple(secret.strip() for secret in secrets if secret.strip()),
            stripe_return_url=environment.get(STRIPE_RETURN_URL) or None,
            tax_service=environment.get(TAX) or None,
            tax_prices=environment.get(TAX_PRICES) or "exclusive",
        )
