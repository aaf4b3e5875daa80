"""Looking for messages; people are found by /v1/contacts."""

from imserver.handlers.routes import Call, SearchQuery, Services, call
from imserver.protocol import types


@call("GET", "/v1/search", query=SearchQuery, gives=types.SearchPage)
def search_messages(services: Services, call: Call) -> types.SearchPage:
    """Find messages by their words, the newest first, in all conversations or in one."""
    services.limits.search((call.session.site_id, call.session.user_id))
    query = call.query
    return services.search.page(
        call.session,
        q=query.q,
        conversation_id=query.conversation_id,
        cursor=query.cursor,
        limit=query.limit,
    )
