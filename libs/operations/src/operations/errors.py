"""What the user is told when something outside our hands stands in the way: one line that says what to do."""


class OperationsError(Exception):
    """A failure that its reader can mend; the text is one line and names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
