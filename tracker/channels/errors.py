"""What every channel says when a message did not leave."""


class ChannelError(Exception):
    """A delivery did not leave. `retryable`: another try can help; `gone`: never send again.

    `retry_after` is the wait in seconds that the receiver asked for. `ours`: the fault is on
    this side (no mail server, a subscription that ended) and says nothing of the receiver.
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool = True,
        gone: bool = False,
        ours: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.gone = gone
        self.ours = ours
        self.retry_after = retry_after
