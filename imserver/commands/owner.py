"""``bin/im owner``: who signs in at the console. No password is typed here: what is printed is a link."""

import click

from imserver.commands.announce import local_url
from imserver.commands.opened import config_option, with_store
from imserver.errors import InvalidRequest
from imserver.limits import Bucket
from imserver.services.team import Team
from imserver.settings import Settings
from imserver.store import Store

ACTOR = "admin"


@click.group()
@config_option
def owner() -> None:
    """People who sign in at the owner console."""


@owner.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="May do everything on every site, and create sites.")
@click.option("--site", "site_id", metavar="ID", default="", help="Becomes an owner of this site.")
@with_store
def add(store: Store, settings: Settings, *, email: str, admin: bool, site_id: str) -> None:
    """Print a link by which the holder of EMAIL makes an account, or gets one more site.

    The link works once, within seven days. Send it to nobody else.
    """
    if admin == bool(site_id):
        raise InvalidRequest("say either --admin or --site ID")
    secret = _team(store).invite_to_installation(email, admin=admin, site_id=site_id, actor=ACTOR)
    click.echo(_link(settings, secret))


@owner.command(name="list")
@with_store
def list_all(store: Store, _settings: Settings) -> None:
    """List the accounts: e-mail, name, roles, whether signing in takes a second step."""
    for each in store.owners.list_owners():
        roles = [
            f"{role} of {site_id}" for site_id, role in sorted(store.owners.roles_of(each.owner_id).items())
        ]
        roles = ["admin"] * each.admin + roles
        step = "second step on" if each.totp else "second step off"
        click.echo(f"{each.email}\t{each.name}\t{', '.join(roles) or 'no role'}\t{step}")


@owner.command()
@click.argument("email")
@with_store
def reset(store: Store, settings: Settings, *, email: str) -> None:
    """Print a link to a new password, for who has lost the old one; the second step is off until then.

    It works once, within a day. All sessions end when it is used.
    """
    click.echo(_link(settings, _team(store).offer_new_password(email, actor=ACTOR)))


@owner.command()
@click.argument("email")
@with_store
def remove(store: Store, _settings: Settings, *, email: str) -> None:
    """Delete an account, with its roles and sessions; sites stay."""
    _team(store).remove_account(email)
    click.echo(f"{email}\tremoved")


def _team(store: Store) -> Team:
    return Team(store, tries=Bucket(per_minute=0, clock=float))


def _link(settings: Settings, secret: str) -> str:
    base = settings.server.public_url or local_url(settings.server.bind)
    return f"{base}/console/join#{secret}"
