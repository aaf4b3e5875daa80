"""One signed-in client: a record without behaviour; the three transports know what to do with it."""

from imserver.commands.load.loop import Line

# Where a client is. OFF -> CALLING (its first bytes are sent) -> ON -> OFF
OFF, CALLING, ON = 0, 1, 2


class Client:
    """``useq`` and ``tag`` are the cursor of the last event; ``room_useq`` is -1 before a room's first."""

    __slots__ = (
        "buffer",
        "index",
        "line",
        "mask",
        "room_useq",
        "session",
        "step",
        "tag",
        "unanswered",
        "useq",
        "user_id",
    )

    def __init__(self, index: int, user_id: str, *, session: str = "") -> None:
        self.index = index
        self.user_id = user_id
        self.session = session
        self.useq = 0
        self.tag = b"00000000"
        self.room_useq = -1
        self.line: Line | None = None
        self.step = OFF
        self.buffer = b""
        self.mask = b""
        # Serial -> the request that carries it, until it has a final answer.
        self.unanswered: dict[int, bytes] | None = None

    @property
    def cursor(self) -> str:
        return f"{self.useq}.{self.tag.decode()}"
