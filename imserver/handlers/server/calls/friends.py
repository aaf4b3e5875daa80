"""Who has whom for a friend, and where the site's own lists are fetched."""

from imserver.handlers.server.routes import IdPageQuery, ServerCall, ServerServices, server_call
from imserver.protocol.types import server as wire
from imserver.store.site_friends import FriendsChanged


@server_call("PATCH", "/friends", takes=wire.PatchManyFriends, gives=wire.FriendsSaved)
def server_patch_many_friends(services: ServerServices, call: ServerCall) -> wire.FriendsSaved:
    """Add and remove friends of up to 1,000 people, all or nothing."""
    return _saved(services.desk.change_friends(call.site_id, call.body.changes, actor=call.actor))


@server_call("GET", "/friends/{user_id}", query=IdPageQuery, gives=wire.FriendIdPage)
def server_list_friends(services: ServerServices, call: ServerCall) -> wire.FriendIdPage:
    """List the ids of somebody's friends."""
    query = call.query
    return services.desk.friends(call.site_id, call.path["user_id"], cursor=query.cursor, limit=query.limit)


@server_call("PUT", "/friends/{user_id}", takes=wire.PutFriends, gives=wire.FriendsSaved)
def server_put_friends(services: ServerServices, call: ServerCall) -> wire.FriendsSaved:
    """Let these be all of somebody's friends; they need not have come yet."""
    user_id, friends = call.path["user_id"], call.body.friends
    return _saved(services.desk.replace_friends(call.site_id, user_id, friends, actor=call.actor))


@server_call("PATCH", "/friends/{user_id}", takes=wire.PatchFriends, gives=wire.FriendsSaved)
def server_patch_friends(services: ServerServices, call: ServerCall) -> wire.FriendsSaved:
    """Add and remove some of somebody's friends."""
    change = wire.UserFriends(user_id=call.path["user_id"], add=call.body.add, remove=call.body.remove)
    return _saved(services.desk.change_friends(call.site_id, [change], actor=call.actor))


@server_call("GET", "/friends-source", gives=wire.FriendsSource)
def server_get_friends_source(services: ServerServices, call: ServerCall) -> wire.FriendsSource:
    """Read where lists of friends are fetched, and how the last fetches went."""
    return services.desk.friends_source(call.site_id)


@server_call("PUT", "/friends-source", takes=wire.PutFriendsSource, gives=wire.FriendsSource)
def server_put_friends_source(services: ServerServices, call: ServerCall) -> wire.FriendsSource:
    """Say where lists of friends are fetched when somebody signs in; an empty `url` ends it."""
    return services.desk.set_friends_source(
        call.site_id, url=call.body.url, minutes=call.body.minutes, actor=call.actor
    )


@server_call("POST", "/friends-source/pulls/{user_id}", gives=wire.PulledFriends)
def server_pull_friends(services: ServerServices, call: ServerCall) -> wire.PulledFriends:
    """Fetch somebody's list now; 200 also when the site's server failed, which `error` says."""
    return services.desk.pull_friends(call.site_id, call.path["user_id"], actor=call.actor)


def _saved(changed: FriendsChanged) -> wire.FriendsSaved:
    return wire.FriendsSaved(added=changed.added, removed=changed.removed)
