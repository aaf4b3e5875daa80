from gevent import monkey

monkey.patch_all()

"""The program of senders.py."""

import sys  # noqa: E402 - as in bin/stress.py
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.stress.senders import main  # noqa: E402

main()
