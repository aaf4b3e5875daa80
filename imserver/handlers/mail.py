"""The pages behind the links of a mail: without a session, without a script, each for one purpose."""

import html
import secrets
from collections.abc import Callable
from string import Template

from flask import Blueprint, Response, request

from imserver.errors import InvalidRequest, LinkExpired, NotFound, RateLimited, Unavailable
from imserver.handlers.assets import AssetTree
from imserver.handlers.pages import html_response
from imserver.handlers.wire import read_form
from imserver.limits import Limits
from imserver.protocol.types import MESSAGE_CHARACTERS
from imserver.services.letter_words import Words, words_for
from imserver.services.mail import Mail

CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
LINK_CHARACTERS = 1_000
FORM_BYTES = 65_536
PAGE = Template(
    '<!doctype html><html lang="$language" dir="$direction"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="robots" content="noindex">'
    '<title>$title</title><link rel="stylesheet" href="${base}/mail.css"></head>'
    "<body><main><h1>$title</h1>$body</main></body></html>"
)
FORM = Template(
    '$alert<form method="post" action="$action"><input type="hidden" name="id" value="$id">'
    '<label for="text">$label</label><textarea id="text" name="text" rows="6" maxlength="$most" dir="auto" '
    'required autofocus>$text</textarea><button type="submit">$send</button></form>'
)
CONFIRM = Template('<form method="post" action="$action"><button type="submit">$stop</button></form>')


def build_mail_pages(mail: Mail, limits: Limits, tree: AssetTree) -> Blueprint:
    """Return the routes of /mail."""
    blueprint = Blueprint("mail", __name__)
    pages = _Pages(mail, limits, base=tree.base)
    for rule, method, view in (
        ("/mail/reply", "GET", pages.show_reply),
        ("/mail/reply", "POST", pages.send_reply),
        ("/mail/stop", "GET", pages.ask_stop),
        ("/mail/stop", "POST", pages.stop),
    ):
        blueprint.add_url_rule(rule, view.__name__, pages.opened(view), methods=[method])
    return blueprint


class _Pages:
    """Each view gets the text of the link."""

    def __init__(self, mail: Mail, limits: Limits, *, base: str) -> None:
        self._mail = mail
        self._limits = limits
        self._base = base

    def opened(self, view: Callable[[str], Response]) -> Callable[[], Response]:
        """Return the view for Flask; a link that has ended is a page, too: a person asks, not a program."""

        def answer() -> Response:
            try:
                return view(_link_text())
            except (NotFound, LinkExpired) as error:
                words = words_for(request.accept_languages.best or "")
                return self._page(words, words.expired, status=error.status)

        return answer

    def show_reply(self, link_text: str) -> Response:
        _, name, words = self._mail.read_reply_link(link_text)
        return self._page(words, words.answer_to.format(name=name), _form(link_text, name, words))

    def send_reply(self, link_text: str) -> Response:
        link, name, words = self._mail.read_reply_link(link_text)
        written, client_id = _written()
        try:
            if len(written) > MESSAGE_CHARACTERS:
                raise InvalidRequest
            self._limits.send((link.site_id, link.user_id), count=1)
            self._mail.reply(link, text=written, client_id=client_id)
        except (InvalidRequest, RateLimited, Unavailable) as error:
            body = _form(link_text, name, words, written=written, client_id=client_id, failed=True)
            return self._page(words, words.answer_to.format(name=name), body, status=error.status)
        return self._page(words, words.sent)

    def ask_stop(self, link_text: str) -> Response:
        # Only asked: programs that look at mails follow every link in them.
        _, words = self._mail.read_stop_link(link_text)
        body = CONFIRM.substitute(action=_action("stop", link_text), stop=html.escape(words.stop))
        return self._page(words, words.stop_question, body)

    def stop(self, link_text: str) -> Response:
        link, words = self._mail.read_stop_link(link_text)
        self._mail.stop_mails(link)
        return self._page(words, words.stopped)

    def _page(self, words: Words, title: str, body: str = "", *, status: int = 200) -> Response:
        values = {"language": words.language, "direction": words.direction, "base": self._base}
        response = html_response(PAGE.substitute(values, title=html.escape(title), body=body), csp=CSP)
        response.status_code = status
        return response


def _link_text() -> str:
    text = request.args.get("t", "")
    if not 0 < len(text) <= LINK_CHARACTERS:
        raise InvalidRequest("The link is not whole.")
    return text


def _written() -> tuple[str, str]:
    """Return the reply and its client_id; the page made the id, so sending the form twice is one message."""
    form = read_form(limit_bytes=FORM_BYTES)
    return form.get("text", "").replace("\r\n", "\n").strip(), form.get("id", "")


def _form(
    link_text: str, name: str, words: Words, *, written: str = "", client_id: str = "", failed: bool = False
) -> str:
    alert = f'<p role="alert">{html.escape(words.not_sent)}</p>' if failed else ""
    return FORM.substitute(
        alert=alert,
        action=_action("reply", link_text),
        id=html.escape(client_id) or secrets.token_hex(16),
        label=html.escape(words.answer_to.format(name=name)),
        most=MESSAGE_CHARACTERS,
        # A browser drops the first line break of a text area.
        text="\n" + html.escape(written),
        send=html.escape(words.send),
    )


def _action(purpose: str, link_text: str) -> str:
    return html.escape(f"/mail/{purpose}?t={link_text}")
