"""F16: hints are lost, repeated and overtaken. The sweep makes that a delay and nothing else."""

from tests.stress.row import Row
from tests.stress.scene import Scene


class BusSpoiled(Row):
    row_id, title = "F16", "bus drops 50 %, doubles 20 %, reorders 20 %"
    p99_seconds = 6.0
    faults = "drop=0.5,double=0.2,reorder=0.2"

    def settings(self, scene: Scene) -> dict[str, str]:
        return {"STRESS_BUS": self.faults}


class BusSilent(BusSpoiled):
    row_id, title = "F16b", "bus drops 100 %"
    faults = "drop=1"


ROWS = (BusSpoiled, BusSilent)
