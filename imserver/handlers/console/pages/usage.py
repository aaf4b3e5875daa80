"""What goes on at a site, in pictures with the numbers beside them."""

from typing import NamedTuple

from markupsafe import Markup

from imserver.handlers.console.charts import bars
from imserver.handlers.console.table import Answer, Visit, page, shown
from imserver.services.usage import SPANS, Report


class Picture(NamedTuple):
    """One picture; ``legend`` names the two kinds of bars where there are two."""

    heading: str
    svg: Markup
    legend: tuple[str, str] | None


@page("GET", "/console/sites/<site_id>/usage", role="moderator", title="Usage", nav="Usage")
def usage(visit: Visit) -> Answer:
    """Show a day, a month or a year."""
    span = visit.query.get("span", "day")
    report = visit.desk.usage.report(visit.site.site_id, span if span in SPANS else "day")
    return shown("usage.html", report=report, spans=SPANS, pictures=_pictures(report))


def _pictures(report: Report) -> list[Picture]:
    labels = [period.label for period in report.periods]
    hours = [period.hour for period in report.periods]
    when = SPANS[report.span].lower()

    def picture(heading: str, name: str, *, legend: tuple[str, str] | None = None, more: str = "") -> Picture:
        svg = bars(
            name,
            labels,
            [getattr(hour, name) for hour in hours],
            more=[getattr(hour, more) for hour in hours] if more else (),
            describes=f"{heading}, {when}",
        )
        return Picture(heading, svg, legend)

    return [
        picture("Messages", "messages"),
        picture("Most people online at a time", "online_peak"),
        picture("Sign-ins", "sign_ins"),
        picture(
            "Profiles looked up",
            "cache_hits",
            more="cache_misses",
            legend=("from the cache", "from the database"),
        ),
        picture("Requests answered with an error", "errors"),
        picture("Calls of your server", "server_calls"),
        picture(
            "Requests to your webhooks", "hooks_taken", more="hooks_failed", legend=("taken", "not taken")
        ),
    ]
