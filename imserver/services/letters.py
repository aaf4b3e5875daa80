"""A mail about missed messages, as text and as HTML; pure, and nothing in it is believed."""

import html
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from imserver.services.letter_words import words_for

EXCERPT_CHARACTERS = 300
NAME_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Section:
    """What one conversation has: its name, (who, what) of the newest, and how many there are in all."""

    name: str
    lines: tuple[tuple[str, str], ...]
    count: int
    reply_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything that stands in one mail."""

    to: str
    to_name: str
    sender: str
    message_id: str
    date: str
    site_name: str
    site_url: str
    sections: tuple[Section, ...]
    unsubscribe_url: str
    locale: str


def compose(letter: Letter) -> bytes:
    """Return the message, in ASCII with CRLF; raise ValueError for an address that no header can hold."""
    words = words_for(letter.locale)
    message = EmailMessage(policy=SMTP)
    count = sum(section.count for section in letter.sections)
    names = ", ".join(plain(section.name) for section in letter.sections)
    site_name = plain(letter.site_name)
    message["Subject"] = words.subject(count, names=names, site=site_name)
    message["From"] = letter.sender
    message["To"] = str(Address(display_name=plain(letter.to_name), addr_spec=letter.to))
    message["Date"] = letter.date
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_as_text(letter), charset="utf-8", cte="base64")
    message.add_alternative(_as_html(letter), subtype="html", charset="utf-8", cte="base64")
    return message.as_bytes()


def plain(name: str) -> str:
    """Return a name on one line, without what could end a header or turn the text around it."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name)
    return " ".join(kept.split())[:NAME_CHARACTERS]


def _excerpt(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= EXCERPT_CHARACTERS else short[: EXCERPT_CHARACTERS - 1] + "…"


def _as_text(letter: Letter) -> str:
    words = words_for(letter.locale)
    parts = [words.greeting(plain(letter.to_name)), ""]
    for section in letter.sections:
        parts.append(words.heading(section.count, name=plain(section.name)))
        parts += [f"  {plain(who)}: {_excerpt(text)}" for who, text in section.lines]
        parts += [f"  {words.reply}: {section.reply_url}", ""]
    parts += [f"{words.open_site(plain(letter.site_name))}: {letter.site_url}", "", "-- "]
    return "\n".join(
        [*parts, words.why(plain(letter.site_name)), f"{words.stop}: {letter.unsubscribe_url}", ""]
    )


def _as_html(letter: Letter) -> str:
    words, escape = words_for(letter.locale), html.escape
    sections = "".join(_section_html(section, letter.locale) for section in letter.sections)
    site = plain(letter.site_name)
    return (
        f'<!doctype html><html lang="{escape(words.language)}" dir="{words.direction}"><body style="margin:0;'
        'padding:24px;background:#f4f5f8;color:#161a23;font:15px/22px system-ui,sans-serif">'
        '<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:12px">'
        f'<p style="margin:0 0 16px">{escape(words.greeting(plain(letter.to_name)))}</p>{sections}'
        f'<p style="margin:24px 0 0"><a href="{escape(letter.site_url)}" style="color:#4b53e0">'
        f"{escape(words.open_site(site))}</a></p></div>"
        '<p style="max-width:560px;margin:16px auto;color:#596273;font-size:13px;line-height:18px">'
        f'{escape(words.why(site))} <a href="{escape(letter.unsubscribe_url)}" style="color:#596273">'
        f"{escape(words.stop)}</a></p></body></html>"
    )


def _section_html(section: Section, locale: str) -> str:
    words, escape = words_for(locale), html.escape
    lines = "".join(
        f'<p style="margin:4px 0" dir="auto"><b>{escape(plain(who))}</b>: {escape(_excerpt(text))}</p>'
        for who, text in section.lines
    )
    return (
        '<div style="margin:0 0 20px;padding:12px 16px;background:#f4f5f8;border-radius:10px">'
        f'<p style="margin:0 0 8px;color:#596273;font-size:13px">'
        f"{escape(words.heading(section.count, name=plain(section.name)))}</p>{lines}"
        f'<p style="margin:12px 0 0"><a href="{escape(section.reply_url)}" style="color:#4b53e0">'
        f"<b>{escape(words.reply)}</b></a></p></div>"
    )
