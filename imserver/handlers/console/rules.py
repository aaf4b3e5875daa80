"""The site's rules, as forms change them."""

from collections.abc import Mapping

from imserver.errors import InvalidRequest
from imserver.handlers.console.table import Visit


def change_rules(visit: Visit, given: Mapping[str, str], *, labels: Mapping[str, str]) -> None:
    """Change the rules; raise InvalidRequest by the form's own labels, where the service names keys."""
    try:
        visit.desk.sites.change_rules(visit.site, given, actor=visit.caller.actor)
    except InvalidRequest as error:
        key, _, rest = str(error).partition(" is ")
        raise InvalidRequest(f"“{labels[key]}” is {rest}" if key in labels else str(error)) from error
