"""What breaks at the other end: pages that crash while they apply an event."""

from tests.stress.row import Row
from tests.stress.scene import Scene


class PagesCrash(Row):
    """The mutant is the client's own: it saves the cursor before it applies."""

    row_id, title = "C1", "2 % of events crash their page"

    def prepare(self, scene: Scene) -> None:
        scene.crowd.habits.crash_rate = 0.02
        scene.crowd.habits.is_hasty = scene.mutant == "cursor_before_apply"


ROWS = (PagesCrash,)
