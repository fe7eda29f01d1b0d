"""The libraries that make files of documents come with an extra, and are imported where they are used."""

INSTALL = 'pip install "flint-orders[invoices]"'


class NotInstalled(Exception):
    """A library of the extra `invoices` is missing; the message says how to install it."""

    def __init__(self, library: str) -> None:
        super().__init__(f"{library} is not installed, and files of invoices need it. Install it with: {INSTALL}")


class NotForMachines(ValueError):
    """A document that cannot be an EN 16931 invoice; reasons say why, in sentences."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons
