"""Contacts, profiles, presence."""

from imserver.handlers.routes import Call, ContactQuery, Services, call
from imserver.protocol import types


@call("GET", "/v1/contacts", query=ContactQuery, gives=types.ContactPage)
def list_contacts(services: Services, call: Call) -> types.ContactPage:
    """List friends (those online first), everyone online, those of them who are no friends, or everyone.

    Narrow by name. Begin anywhere by `offset`, go on by `cursor`: that neither repeats nor misses anybody.
    """
    query = call.query
    return services.people.page(
        call.session, query.filter, q=query.q, cursor=query.cursor, offset=query.offset, limit=query.limit
    )


@call("POST", "/v1/users/lookup", takes=types.LookUpUsers, gives=types.Contacts)
def look_up_users(services: Services, call: Call) -> types.Contacts:
    """Read many people at once, in the order of their ids; those who are not on the site are left out."""
    return services.people.look_up(call.session, call.body.ids)


@call("GET", "/v1/users/{user_id}", gives=types.Card)
def get_user(services: Services, call: Call) -> types.Card:
    """Read a person's profile and presence."""
    return services.people.require(call.session, call.path["user_id"])


@call("GET", "/v1/presence", gives=types.OwnPresence)
def get_presence(services: Services, call: Call) -> types.OwnPresence:
    """Read the own choice of presence."""
    return services.people.own_presence(call.session)


@call("PUT", "/v1/presence", takes=types.SetPresence, gives=types.OwnPresence)
def set_presence(services: Services, call: Call) -> types.OwnPresence:
    """Choose to be online, away, dnd or invisible, and set the status text."""
    return services.people.choose_presence(call.session, call.body)
