"""Who may call the server API: whoever has a key; whoever tries keys is stopped by their address."""

from collections import OrderedDict
from hashlib import sha256

from imserver.errors import RateLimited, WrongApiKey
from imserver.limits import Bucket, subscriber_of
from imserver.metrics import Metrics
from imserver.store.api_keys import ApiKey, ApiKeys

# A site has two keys; more sites than that do not call one worker all the time.
PASSED_KEPT = 10_000


class KeyGate:
    """``failures`` says how many wrong keys an address has left; beyond them none is looked up.

    A key that has passed in this worker is looked up all the same, so that neither a neighbour behind the
    same address nor an old key in another program shuts it out. Only its digest is remembered, and the
    database alone says whether it is one still.
    """

    def __init__(self, keys: ApiKeys, *, failures: Bucket, metrics: Metrics) -> None:
        self._keys = keys
        self._failures = failures
        self._metrics = metrics
        self._passed: OrderedDict[bytes, None] = OrderedDict()

    def require(self, text: str, *, address: str) -> ApiKey:
        """Return the key behind ``text``; raise WrongApiKey, or RateLimited where too many were wrong."""
        digest, visitor = sha256(text.encode(errors="replace")).digest(), subscriber_of(address)
        if digest not in self._passed:
            self._check(visitor)
        try:
            key = self._keys.require(text)
        except WrongApiKey:
            self._passed.pop(digest, None)
            self._metrics.key_failures.labels("wrong").inc()
            self._failures.take(visitor)
            raise
        self._note_passed(digest)
        return key

    def _check(self, visitor: str) -> None:
        try:
            self._failures.check(visitor)
        except RateLimited as error:
            self._metrics.key_failures.labels("limited").inc()
            text = "Too many wrong API keys came from this address; wait before you try another."
            raise RateLimited(text, retry_after=error.retry_after) from error

    def _note_passed(self, digest: bytes) -> None:
        self._passed[digest] = None
        self._passed.move_to_end(digest)
        if len(self._passed) > PASSED_KEPT:
            self._passed.popitem(last=False)
