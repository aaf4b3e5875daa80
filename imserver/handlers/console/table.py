"""The pages of the console, declared once: Flask's rules, the menu and the permission test read this table.

A page is a function of a ``Visit``; it returns ``shown(template, …)`` or ``gone_to(address, done=…)``:

    @page("GET", "/console/sites/<site_id>/words", role="moderator", title="Words", nav="Words")
    def words(visit: Visit) -> Answer:
        return shown("site/words.html", words=visit.desk.words.list(visit.site.site_id))

    @page("POST", "/console/sites/<site_id>/words/add", role="moderator", again=words)
    def add_word(visit: Visit) -> Answer:
        visit.desk.words.add(visit.site.site_id, visit.text("word", most=80), actor=visit.caller.actor)
        return gone_to(f"/console/sites/{visit.site.site_id}/words", done="word-added")

The gate has looked at the session, the role and the form's token before a page runs. What a POST raises (a
``ServiceError``) is shown on top of the page ``again``, whose form is filled as it was sent (``visit.form``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from imserver.errors import InvalidRequest
from imserver.handlers.console.desk import Desk
from imserver.services.owners import Caller
from imserver.store.owners import RANKS
from imserver.store.values import Site

# Who may see a page: anyone, whoever has signed in, or that role on the site of the path and any higher one.
ANYONE, SIGNED_IN = "anyone", "signed in"
ROLES = (ANYONE, SIGNED_IN, *RANKS)
FIELD_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request. ``caller`` is None only on pages for anyone, ``site`` where the path names none."""

    desk: Desk
    caller: Caller
    site: Site
    rank: int
    path: Mapping[str, str]
    form: Mapping[str, str]
    query: Mapping[str, str]
    address: str
    agent: str
    origin: str
    secret: str = field(repr=False)
    error: str = ""

    def text(self, name: str, *, most: int = FIELD_CHARACTERS) -> str:
        """Return a field without the space around it; raise InvalidRequest when it is too long."""
        value = self.form.get(name, "").replace("\r\n", "\n").strip()
        if len(value) > most:
            raise InvalidRequest(f"{name.replace('_', ' ').capitalize()} has at most {most} characters.")
        return value

    def required(self, name: str, *, most: int = FIELD_CHARACTERS) -> str:
        """Return a field as ``text`` does; raise InvalidRequest when it is empty."""
        value = self.text(name, most=most)
        if not value:
            raise InvalidRequest(f"{name.replace('_', ' ').capitalize()} is missing.")
        return value

    def secret_text(self, name: str) -> str:
        """Return a password exactly as it was typed."""
        return self.form.get(name, "")

    def number(self, name: str, *, least: int, most: int) -> int:
        """Return a field as a whole number; raise InvalidRequest unless it is one between the two."""
        text = self.text(name, most=20)
        label = name.replace("_", " ").capitalize()
        if not text.isascii() or not text.removeprefix("-").isdigit() or not least <= int(text) <= most:
            raise InvalidRequest(f"{label} is a whole number from {least:,} to {most:,}.")
        return int(text)

    def ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return name in self.form


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: the template and its values. ``frames``: it shows a frame of ours; ``framed``: it is in one."""

    template: str
    values: Mapping[str, Any]
    status: int
    frames: bool = False
    framed: bool = False


Answer = Shown | Response
Handler = Callable[[Visit], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage:
    """``nav`` is the word in the site's menu, empty for a page that is not in it; ``again`` is of a POST.

    ``raw`` pages are asked for by a script and get errors as JSON. ``when_suspended``: the form is taken also
    while the site is out of service.
    """

    method: str
    path: str
    role: str
    title: str
    nav: str
    handler: Handler
    again: Handler | None
    raw: bool
    when_suspended: bool

    @property
    def name(self) -> str:
        """The handler's name, which is the endpoint's, too."""
        return self.handler.__name__

    @property
    def is_of_site(self) -> bool:
        """Tell whether the page belongs to one site."""
        return "<site_id>" in self.path


PAGES: list[ConsolePage] = []
# What a page says on top after something was done, by the word that the address carries.
NOTICES: dict[str, str] = {}


def page(
    method: str,
    path: str,
    *,
    role: str,
    title: str = "",
    nav: str = "",
    again: Handler | None = None,
    raw: bool = False,
    when_suspended: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare the function below as a page of the console."""

    def declare(handler: Handler) -> Handler:
        if role not in ROLES or (role in RANKS and role != "admin" and "<site_id>" not in path):
            raise ValueError(f"{path}: {role} is no role here")
        PAGES.append(
            ConsolePage(
                method=method,
                path=path,
                role=role,
                title=title,
                nav=nav,
                handler=handler,
                again=again,
                raw=raw,
                when_suspended=when_suspended,
            )
        )
        return handler

    return declare


def page_of(handler: Handler) -> ConsolePage:
    """Return the page that ``handler`` is of."""
    return next(found for found in PAGES if found.handler is handler)


def notice(done: str, text: str) -> str:
    """Declare what is said after ``gone_to(…, done=…)``; return the word."""
    NOTICES[done] = text
    return done


def shown(
    template: str, /, *, status: int = 200, frames: bool = False, framed: bool = False, **values: Any
) -> Shown:
    """Return a page made of a template of assets/console/templates."""
    return Shown(template, values, status, frames, framed)


def gone_to(address: str, *, done: str = "") -> Response:
    """Return an answer that leads on to another page of the console, which says what was done."""
    where = f"{address}{'&' if '?' in address else '?'}done={done}" if done else address
    return Response(status=303, headers={"Location": where})
