"""Conversations by what is known without reading them: there is no page that opens one."""

from imserver.handlers.console.table import Answer, Visit, page, shown

HERE = "/console/sites/<site_id>/conversations"
PAGE_ROWS = 50


@page("GET", HERE, role="moderator", title="Conversations", nav="Conversations")
def conversations(visit: Visit) -> Answer:
    """List kinds, numbers and times; of one member with ``member``."""
    site_id, members = visit.site.site_id, visit.desk.store.site_members
    user_id, after = visit.query.get("member", "").strip()[:128], visit.query.get("after", "")[:32]
    if user_id:
        found = members.conversations(site_id, user_id, after=after, limit=PAGE_ROWS + 1)
    else:
        found = members.all_conversations(site_id, after=after, limit=PAGE_ROWS + 1)
    more = found[PAGE_ROWS - 1].conversation_id if len(found) > PAGE_ROWS else ""
    return shown("conversations.html", conversations=found[:PAGE_ROWS], member=user_id, more=more)


@page("GET", HERE + "/<conversation_id>", role="moderator", title="Conversation")
def conversation(visit: Visit) -> Answer:
    """Show who takes part."""
    site_id, conversation_id = visit.site.site_id, visit.path["conversation_id"]
    parts = visit.desk.store.site_members.participants(site_id, conversation_id)
    return shown("conversation.html", conversation_id=conversation_id, parts=parts)
