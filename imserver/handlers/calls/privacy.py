"""Blocks, settings, requests, mutes, reports."""

from imserver.handlers.routes import Call, PageQuery, Services, call
from imserver.protocol import types


@call("GET", "/v1/blocks", query=PageQuery, gives=types.BlockPage)
def list_blocks(services: Services, call: Call) -> types.BlockPage:
    """List whom one has blocked, the latest first."""
    return services.privacy.page_blocks(call.session, cursor=call.query.cursor, limit=call.query.limit)


@call("PUT", "/v1/blocks/{user_id}", status=204)
def block_user(services: Services, call: Call) -> None:
    """Block a person: the two see and hear nothing of each other, and neither is told."""
    services.limits.change((call.session.site_id, call.session.user_id))
    services.privacy.block(call.session, call.path["user_id"])


@call("DELETE", "/v1/blocks/{user_id}", status=204)
def unblock_user(services: Services, call: Call) -> None:
    """Take the own block back."""
    services.limits.change((call.session.site_id, call.session.user_id))
    services.privacy.unblock(call.session, call.path["user_id"])


@call("GET", "/v1/settings", gives=types.UserSettings)
def get_settings(services: Services, call: Call) -> types.UserSettings:
    """Read the own switches and settings, the same on every device."""
    return services.privacy.settings(call.session)


@call("PUT", "/v1/settings", takes=types.SetSettings, gives=types.UserSettings)
def set_settings(services: Services, call: Call) -> types.UserSettings:
    """Change some of them; the own other devices are told with settings.changed."""
    services.limits.change((call.session.site_id, call.session.user_id))
    return services.privacy.change_settings(call.session, call.body)


@call("PUT", "/v1/conversations/{conversation_id}/acceptance", takes=types.SetAcceptance, status=204)
def set_acceptance(services: Services, call: Call) -> None:
    """Take a stranger's conversation among the others, or put it away."""
    services.limits.change((call.session.site_id, call.session.user_id))
    services.privacy.accept(call.session, call.path["conversation_id"], accepted=call.body.accepted)


@call("PUT", "/v1/conversations/{conversation_id}/mute", takes=types.SetMute, status=204)
def set_mute(services: Services, call: Call) -> None:
    """Let a conversation make no noise until a time; 0 lets it be heard again, 2^53 is for ever."""
    services.limits.change((call.session.site_id, call.session.user_id))
    services.privacy.mute(call.session, call.path["conversation_id"], until_ms=call.body.until_ms)


@call("POST", "/v1/reports", takes=types.NewReport, gives=types.ReportAnswer, status=201)
def report(services: Services, call: Call) -> types.ReportAnswer:
    """Report a person or a message to those who look after the site; it is kept as it is now."""
    services.limits.report((call.session.site_id, call.session.user_id))
    return services.privacy.report(call.session, call.body)


@call("DELETE", "/v1/warnings/{warning_id}", status=204)
def see_warning(services: Services, call: Call) -> None:
    """Say that the person has seen a warning of the moderators: it is shown no more, on any device."""
    services.privacy.see_warning(call.session, call.path["warning_id"])
