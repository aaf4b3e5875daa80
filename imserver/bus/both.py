"""Unix datagrams inside the box and Redis between boxes: with Redis away, the box goes on as it was."""

from imserver.bus.contract import Bus, OnGap, OnHint, ignore_gap, ignore_hint


class BothBuses:
    """``near`` reaches the workers of this box, ``far`` all others; nobody is told twice."""

    def __init__(self, near: Bus, far: Bus) -> None:
        self.on_hint: OnHint = ignore_hint
        self.on_gap: OnGap = ignore_gap
        self._near = near
        self._far = far
        for bus in (near, far):
            bus.on_hint = self._hear
            bus.on_gap = self._miss

    def open(self) -> None:
        self._near.open()
        self._far.open()

    def close(self) -> None:
        self._near.close()
        self._far.close()

    def publish(self, hint: bytes) -> None:
        self._near.publish(hint)
        self._far.publish(hint)

    def publish_near(self, hint: bytes) -> None:
        self._near.publish_near(hint)

    def is_alone(self) -> bool:
        return self._near.is_alone() and self._far.is_alone()

    def lost_count(self) -> int:
        return self._near.lost_count() + self._far.lost_count()

    def _hear(self, hint: bytes) -> None:
        self.on_hint(hint)

    def _miss(self) -> None:
        self.on_gap()
