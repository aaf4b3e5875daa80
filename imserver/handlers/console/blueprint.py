"""From the table of pages to Flask's views."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, request

from imserver.errors import NotFound, RateLimited, ServiceError, SignInRefused, SiteSuspended
from imserver.handlers.assets import AssetTree, tree_response
from imserver.handlers.console import pages  # noqa: F401 - declares them
from imserver.handlers.console.desk import Desk
from imserver.handlers.console.gate import FORM_COOKIE, INSIDE, Passed, pass_gate, set_cookie, token_for
from imserver.handlers.console.menu import Group, menu
from imserver.handlers.console.render import FRAMED, FRAMES, HEADERS, PLAIN, Renderer
from imserver.handlers.console.table import (
    NOTICES,
    PAGES,
    Answer,
    ConsolePage,
    Handler,
    Shown,
    Visit,
    gone_to,
    page_of,
)
from imserver.handlers.wire import client_address, own_origin, raw_json_response, read_form
from imserver.protocol.answers import error_answer
from imserver.protocol.http import retry_after_seconds
from imserver.store.owners import RANKS

FORM_BYTES = 262_144
PARTS = "/console/parts"


def nowhere(_visit: Visit) -> Answer:
    """Answer whatever is below /console/ and no page."""
    raise NotFound


NOBODY = Passed(None, None, 0, "", fresh=False)
NO_PAGE = ConsolePage(
    method="GET",
    path="/console/<path:rest>",
    role="anyone",
    title="Not found",
    nav="",
    handler=nowhere,
    again=None,
    raw=False,
    when_suspended=False,
)
OUT_OF_SERVICE = (
    "This site is suspended: nothing of it can be changed. What can be done is to export it, to export and "
    "erase members, and to retire keys. Ask whoever runs the messenger."
)


def build_console(desk: Desk, folder: Path) -> Blueprint:
    """Return the routes of the console; ``folder`` holds its templates and what they show."""
    blueprint = Blueprint("console", __name__)
    tree = AssetTree(folder / "parts", prefix=PARTS)
    views = _Views(desk, Renderer(folder / "templates", tree))
    for page in (*PAGES, NO_PAGE):
        blueprint.add_url_rule(page.path, page.name, views.view(page), methods=[page.method])

    @blueprint.get(f"{PARTS}/<tree_hash>/<path:name>")
    def console_part(tree_hash: str, name: str) -> Response:
        return tree_response(tree, f"{PARTS}/{tree_hash}", name)

    return blueprint


class _Views:
    def __init__(self, desk: Desk, renderer: Renderer) -> None:
        self._desk = desk
        self._renderer = renderer

    def view(self, page: ConsolePage) -> Callable[..., Response]:
        """Return Flask's view: what goes wrong is a page, too, because a person asks."""

        def answer(**path: str) -> Response:
            passed = NOBODY
            try:
                form = read_form(limit_bytes=FORM_BYTES) if request.method == "POST" else {}
                passed = pass_gate(self._desk, page, path, form)
                return self._finish(page, passed, self._run(page, self._visit(passed, path, form)))
            except SignInRefused as error:
                return self._ask_to_sign_in(page, error)
            except ServiceError as error:
                return self._refuse(page, passed, error)

        return answer

    def _run(self, page: ConsolePage, visit: Visit) -> Answer:
        try:
            _require_service(page, visit)
            return page.handler(visit)
        except ServiceError as error:
            if page.again is None or isinstance(error, NotFound | RateLimited):
                raise
            return _again(page.again, visit, error)

    def _visit(self, passed: Passed, path: dict[str, str], form: Mapping[str, str]) -> Visit:
        return Visit(
            desk=self._desk,
            caller=passed.caller,  # type: ignore[arg-type]
            site=passed.site,  # type: ignore[arg-type]
            rank=passed.rank,
            path=path,
            form=form,
            query=request.args,
            address=client_address(self._desk.trusted_proxies),
            agent=request.headers.get("User-Agent", ""),
            origin=own_origin(self._desk.public_url),
            secret=passed.secret,
        )

    def _finish(self, page: ConsolePage, passed: Passed, answer: Answer) -> Response:
        if isinstance(answer, Response):
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
            response = answer
        else:
            shown_page = page_of(page.again) if page.again and page.method == "POST" else page
            response = self._render(shown_page, passed, answer)
        if passed.fresh:
            set_cookie(response, FORM_COOKIE, passed.secret)
        return response

    def _menu(self, site_id: str, rank: int, here: ConsolePage) -> list[Group]:
        store = self._desk.store
        waiting = {
            "Reports": store.report_queue.count_open(site_id),
            "Held messages": store.held.count(site_id),
        }
        return menu(site_id, rank, here=here, waiting=waiting)

    def _render(self, page: ConsolePage, passed: Passed, answer: Shown) -> Response:
        site = passed.site
        return self._renderer.answer(
            answer.template,
            status=answer.status,
            origin=own_origin(self._desk.public_url),
            policy=FRAMED if answer.framed else FRAMES if answer.frames else PLAIN,
            **{
                "title": page.title,
                "caller": passed.caller,
                "site": site,
                "menu": self._menu(site.site_id, passed.rank, page) if site else [],
                "is_owner": passed.rank >= 2,
                "is_admin": bool(passed.caller and passed.caller.owner.admin),
                "form_token": token_for(passed),
                "notice": NOTICES.get(request.args.get("done", ""), ""),
                "error": "",
                **answer.values,
            },
        )

    def _ask_to_sign_in(self, page: ConsolePage, error: SignInRefused) -> Response:
        if page.raw or request.method != "GET":
            return self._refuse(page, NOBODY, error)
        # Only a path of ours that needs no quoting; anything else is not worth coming back to.
        where = f"?next={request.path}" if INSIDE.fullmatch(request.path) else ""
        response = gone_to(f"/console/sign-in{where}")
        response.headers.update(HEADERS)
        return response

    def _refuse(self, page: ConsolePage, passed: Passed, error: ServiceError) -> Response:
        if page.raw:
            response = raw_json_response(error_answer(error), status=error.status)
        else:
            shown = Shown("refused.html", {"code": error.code, "message": str(error)}, error.status)
            response = self._render(page, passed, shown)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(retry_after_seconds(error.retry_after))
        return response


def _require_service(page: ConsolePage, visit: Visit) -> None:
    """Raise SiteSuspended for a form that would change a site that is out of service; admins may go on."""
    is_change = page.method == "POST" and page.is_of_site and not page.when_suspended
    if is_change and visit.site.suspended and visit.rank < RANKS["admin"]:
        raise SiteSuspended(OUT_OF_SERVICE)


def _again(handler: Handler, visit: Visit, error: ServiceError) -> Answer:
    answer = handler(replace(visit, error=str(error)))
    if isinstance(answer, Response):
        return answer
    return replace(answer, values={"error": str(error), **answer.values}, status=error.status)
