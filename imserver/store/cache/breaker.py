"""When to stop asking a cache server, and what it has to be told before it is asked again."""

# Two could be one lost packet on two connections; with 200 ms each, three are felt for a moment only.
FAILURES_TO_OPEN = 3
# Beyond that, emptying the server is cheaper than replaying.
REMEMBERED_LIMIT = 10_000


class Breaker:
    """Open means: do not ask. It closes only when nothing is left to replay."""

    def __init__(
        self, *, failures_to_open: int = FAILURES_TO_OPEN, remembered_limit: int = REMEMBERED_LIMIT
    ) -> None:
        self.is_open = False
        self.must_flush = False
        self._failures_to_open = failures_to_open
        self._remembered_limit = remembered_limit
        self._failures_in_row = 0
        self._remembered: dict[str, bytes] = {}

    def succeeded(self) -> None:
        """Forget the failures before this success."""
        self._failures_in_row = 0

    def failed(self) -> None:
        """Count a failure; several in a row open the breaker."""
        self._failures_in_row += 1
        if self._failures_in_row >= self._failures_to_open:
            self.is_open = True

    def remember(self, key: str, tombstone: bytes) -> None:
        """Keep an invalidation that did not arrive, and open: the server may hold the old value."""
        self.is_open = True
        self._remembered[key] = tombstone
        if len(self._remembered) > self._remembered_limit:
            self._remembered.clear()
            self.must_flush = True

    def take_remembered(self) -> dict[str, bytes]:
        """Hand over what has to be replayed; what then fails is to be remembered again."""
        remembered, self._remembered = self._remembered, {}
        return remembered

    def try_close(self) -> bool:
        """Close unless something came to be remembered in the meantime."""
        if self._remembered or self.must_flush:
            return False
        self.is_open = False
        self._failures_in_row = 0
        return True
