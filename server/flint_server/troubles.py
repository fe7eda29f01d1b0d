"""What the operator can mend: said in two lines, what is wrong and what to do now, and never as a traceback."""


class OperatorFault(Exception):
    """A command that cannot go on. message says what and which file or address, hint what to do now."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"
