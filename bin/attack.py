from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.attacks.program import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
