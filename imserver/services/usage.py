"""Usage as it is shown: hours, days or months of a site, without gaps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from imserver.errors import InvalidRequest
from imserver.store import Store
from imserver.store.usage import HOUR_MS, Hour

DAY_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """``label`` is short, for under a picture; ``title`` says which one it is, for the table."""

    label: str
    title: str
    hour: Hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``periods`` from the oldest to the present one; ``total`` of them, with the highest peak."""

    span: str
    periods: list[Period]
    total: Hour
    online: int


SPANS = {"day": "The last 24 hours", "month": "The last 30 days", "year": "The last 12 months"}


class UsageDesk:
    """Reads what the workers have added up; up to a minute of it is still in their memory."""

    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    def report(self, site_id: str, span: str) -> Report:
        """Return the site's day by hours, its month by days or its year by months; raise InvalidRequest."""
        if span not in SPANS:
            raise InvalidRequest("Usage is shown for a day, a month or a year.")
        now = datetime.fromtimestamp(self._now_ms() / 1000, UTC)
        starts = _starts(span, now)
        end = self._now_ms() // HOUR_MS + 1
        hours = self._store.usage.load(site_id, first_hour=_hour(starts[0]), end_hour=end)
        bounds = [_hour(start) for start in starts] + [end]
        periods = [
            Period(
                label=_label(span, start),
                title=_title(span, start),
                hour=add_up(bounds[n], (hour for hour in hours if bounds[n] <= hour.hour < bounds[n + 1])),
            )
            for n, start in enumerate(starts)
        ]
        online = self._store.usage.count_online([site_id]).get(site_id, 0)
        return Report(
            span=span,
            periods=periods,
            total=add_up(bounds[0], (period.hour for period in periods)),
            online=online,
        )


def add_up(first: int, hours: Iterable[Hour]) -> Hour:
    """Return one hour's worth of several: sums, and the highest of the peaks."""
    each = list(hours)
    sums = {name: sum(getattr(hour, name) for hour in each) for name in Hour._fields}
    peak = max((hour.online_peak for hour in each), default=0)
    return Hour(**sums)._replace(hour=first, online_peak=peak)


def _starts(span: str, now: datetime) -> list[datetime]:
    """Return when each period begins, the oldest first."""
    if span == "day":
        this = now.replace(minute=0, second=0, microsecond=0)
        return [this - timedelta(hours=back) for back in range(DAY_HOURS - 1, -1, -1)]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if span == "month":
        return [midnight - timedelta(days=back) for back in range(29, -1, -1)]
    months = now.year * 12 + now.month - 1
    return [datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC) for at in range(months - 11, months + 1)]


def _label(span: str, start: datetime) -> str:
    return start.strftime({"day": "%H", "month": "%d", "year": "%b"}[span])


def _title(span: str, start: datetime) -> str:
    return start.strftime({"day": "%d %b, %H:00", "month": "%a %d %b", "year": "%B %Y"}[span])


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000 // HOUR_MS
