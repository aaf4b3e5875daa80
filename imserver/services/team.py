"""Who may do what in the console: invitations by links that work once, roles, and accounts."""

from imserver.errors import InvalidRequest, NotFound, SignInRefused
from imserver.limits import Bucket
from imserver.services.owners import checked_email, checked_name
from imserver.services.passwords import check_password, hash_password, is_password
from imserver.store import Store
from imserver.store.owner_links import NEW_PASSWORD, OwnerLink
from imserver.store.owners import Owner, TeamMember

DAY_MS = 24 * 3600 * 1000
INVITATION_MS = 7 * DAY_MS
NEW_PASSWORD_MS = DAY_MS
SITE_ROLES = ("owner", "moderator")


class Team:
    """Invitations are links, also for who has an account: whether an address has one is nobody's to learn."""

    def __init__(self, store: Store, *, tries: Bucket) -> None:
        self._store = store
        self._tries = tries

    def members(self, site_id: str) -> list[TeamMember]:
        """Return who has a role on the site."""
        return self._store.owners.team(site_id)

    def invitations(self, site_id: str) -> list[OwnerLink]:
        """Return the invitations that nobody has followed yet."""
        return self._store.owner_links.list_links(site_id)

    def invite(self, site_id: str, email: str, *, role: str, actor: str) -> str:
        """Return the secret of an invitation to a site; raise InvalidRequest."""
        if role not in SITE_ROLES:
            raise InvalidRequest("A role on a site is owner or moderator.")
        email = checked_email(email)
        secret = self._store.owner_links.make(
            site_id=site_id, email=email, role=role, made_by=actor, lifetime_ms=INVITATION_MS
        )
        self._store.audit.append(
            site_id=site_id, actor=actor, act="team.invited", detail={"email": email, "role": role}
        )
        return secret

    def withdraw(self, site_id: str, link_id: bytes, *, actor: str) -> None:
        """Take an invitation back; raise NotFound."""
        self._store.owner_links.withdraw(site_id, link_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="team.invitation_withdrawn")

    def set_role(self, site_id: str, owner_id: str, *, role: str, actor: str) -> None:
        """Change what somebody of the site may do; raise NotFound, InvalidRequest or Conflict."""
        if role not in SITE_ROLES:
            raise InvalidRequest("A role on a site is owner or moderator.")
        if self._store.owners.find_role(site_id, owner_id) is None:
            raise NotFound
        self._store.owners.set_role(site_id, owner_id, role)
        self._store.audit.append(
            site_id=site_id, actor=actor, act="team.role_changed", about=owner_id, detail={"role": role}
        )

    def remove(self, site_id: str, owner_id: str, *, actor: str) -> None:
        """Take somebody off the site; raise NotFound or Conflict."""
        self._store.owners.remove_role(site_id, owner_id)
        self._store.audit.append(site_id=site_id, actor=actor, act="team.removed", about=owner_id)

    def invite_to_installation(self, email: str, *, admin: bool, actor: str, site_id: str = "") -> str:
        """Return the secret of an invitation for an admin, or for an owner of a site."""
        if admin:
            email = checked_email(email)
            return self._store.owner_links.make(
                email=email, role="admin", made_by=actor, lifetime_ms=INVITATION_MS
            )
        self._store.sites.require_site(site_id)
        return self.invite(site_id, email, role="owner", actor=actor)

    def offer_new_password(self, email: str, *, actor: str) -> str:
        """Return the secret of a link to a new password, which drops the second step; raise NotFound."""
        owner = self._store.owners.find_by_email(checked_email(email))
        if owner is None:
            raise NotFound(f"There is no account of {email}.")
        self._store.owners.set_totp(owner.owner_id, "", step=0, code_ids=())
        return self._store.owner_links.make(
            email=owner.email, role=NEW_PASSWORD, made_by=actor, lifetime_ms=NEW_PASSWORD_MS
        )

    def remove_account(self, email: str) -> None:
        """Delete an account with its roles, sessions and links; raise NotFound."""
        owner = self._store.owners.find_by_email(checked_email(email))
        if owner is None:
            raise NotFound(f"There is no account of {email}.")
        self._store.owners.delete_owner(owner.owner_id)
        self._store.owner_links.delete_links_of(owner.email)

    def read_link(self, secret: str) -> tuple[OwnerLink, Owner | None]:
        """Return the link and the account that its address has already; raise LinkExpired."""
        link = self._store.owner_links.require_link(secret)
        return link, self._store.owners.find_by_email(link.email)

    def follow_link(self, secret: str, *, name: str, password: str) -> Owner:
        """Take what a link gives: with a new password, or with that of the account that is there.

        Raises LinkExpired, InvalidRequest, SignInRefused or RateLimited; then the link is still good.
        """
        link, owner = self.read_link(secret)
        if owner is not None and link.role != NEW_PASSWORD and owner.password:
            self._tries.take(owner.email)
            if not is_password(password, owner.password):
                raise SignInRefused("This is not the password of your account.")
            return self._used(link, secret, name=owner.name, password=None)
        name = owner.name if owner else checked_name(name)
        check_password(password, about=link.email)
        return self._used(link, secret, name=name, password=hash_password(password))

    def _used(self, link: OwnerLink, secret: str, *, name: str, password: str | None) -> Owner:
        owner = self._store.owner_links.use(secret, name=name, password=password)
        if link.site_id:
            self._store.audit.append(
                site_id=link.site_id,
                actor=f"owner:{owner.email}",
                act="team.joined",
                about=owner.owner_id,
                detail={"role": link.role, "invited_by": link.made_by},
            )
        return owner
