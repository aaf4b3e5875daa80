"""A18: what is somebody else's and what does not exist answer alike; how far the times are apart is told."""

import secrets
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.app.member import Host
from tests.app.served import Answer, Server, Wire
from tests.attacks.attack import Attack, Report, watched
from tests.attacks.replays import new_host

# What a stranger could tell apart over a network, with very many tries; asked of a full run alone.
DIFFERENCE_SECONDS = 0.002
Ids = dict[str, str]
Timed = tuple[Answer, float]


@dataclass(frozen=True, slots=True)
class Question:
    """One call, with the place of the id that is guessed in braces."""

    method: str
    path: str
    body: Any = None

    def ask(self, wire: Wire, ids: Ids, session: str) -> Timed:
        """Return the answer, and how long it took."""
        body = _filled(self.body, ids)
        began = time.perf_counter()
        answer = wire.ask(self.method, _filled(self.path, ids), body, session=session)
        return answer, time.perf_counter() - began


def _filled(value: Any, ids: Ids) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, ids) for part in value]
    if not isinstance(value, str):
        return value
    for name, text in ids.items():
        value = value.replace("{" + name + "}", text)
    return value


MESSAGE = {"messages": [{"client_id": "0" * 32, "text": "hello"}]}
QUESTIONS = (
    Question("GET", "/v1/users/{user}"),
    Question("POST", "/v1/conversations", {"user_id": "{user}"}),
    Question("PUT", "/v1/blocks/{user}"),
    Question("POST", "/v1/users/lookup", {"ids": ["{user}"]}),
    Question("GET", "/v1/contacts?filter=everyone&q={user}"),
    Question("POST", "/v1/reports", {"user_id": "{user}", "reason": "spam"}),
    Question("GET", "/v1/conversations/{conversation}"),
    Question("GET", "/v1/conversations/{conversation}/messages"),
    Question("POST", "/v1/conversations/{conversation}/messages", MESSAGE),
    Question("PUT", "/v1/conversations/{conversation}/read", {"seq": 1}),
    Question("PUT", "/v1/conversations/{conversation}/typing", {"typing": True}),
    Question("PATCH", "/v1/conversations/{conversation}/messages/1", {"text": "hi"}),
    Question("GET", "/v1/conversations/{conversation}/pins"),
    Question("PUT", "/v1/conversations/{conversation}/membership"),
    Question("GET", "/v1/conversations/{conversation}/members"),
    Question("GET", "/v1/search?q=hello&conversation_id={conversation}"),
    Question("POST", "/v1/files/urls", {"conversation_id": "{conversation}", "file_ids": ["{file}"]}),
    Question("DELETE", "/v1/files/{file}"),
    Question("GET", "/f/{site}/{file}/a.jpg?e=9999999999&s=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
)


class Enumeration(Attack):
    """A person of another site asks for what is there, and for what is not, in turn."""

    attack_id, title = "A18", "what is foreign and what is absent: status, size, headers, time"
    full, short = len(QUESTIONS) * 600, len(QUESTIONS) * 3

    def perform(self, report: Report, *, count: int, seed: int) -> None:
        limits = {
            "limits_changes_per_minute": 0,
            "limits_reports_per_minute": 0,
            "limits_searches_per_minute": 0,
        }
        with watched(report, secrets=set(), **limits) as server:
            foreign = furnish(server, new_host(server))
            stranger = server.sign_in(new_host(server), "eve")
            slowest = 0.0
            with Wire(server.port) as wire:
                for question in QUESTIONS:
                    pairs = [
                        self._ask_both(wire, question, foreign, stranger)
                        for _ in range(count // len(QUESTIONS))
                    ]
                    report.tried += len(pairs)
                    slowest = max(slowest, self._judge(report, question, pairs, is_timed=count > self.short))
            report.notes.append(f"medians of foreign and absent differ by {slowest * 1000:.3f} ms at most")

    def _ask_both(self, wire: Wire, question: Question, foreign: Ids, stranger: str) -> tuple[Timed, Timed]:
        """Ask for what is there and for what cannot be; which goes first is a matter of chance."""
        absent = {name: absent_like(text) for name, text in foreign.items()} | {"site": foreign["site"]}
        if secrets.randbits(1):
            return question.ask(wire, foreign, stranger), question.ask(wire, absent, stranger)
        second = question.ask(wire, absent, stranger)
        return question.ask(wire, foreign, stranger), second

    def _judge(
        self, report: Report, question: Question, pairs: list[tuple[Timed, Timed]], *, is_timed: bool
    ) -> float:
        """Return how far the medians are apart, in seconds."""
        name = f"{question.method} {question.path}:"
        for (foreign, _), (absent, _) in pairs:
            told = [(answer.status, answer.body, sorted(answer.headers)) for answer in (foreign, absent)]
            report.expect(told[0] == told[1], f"{name} told apart", told)
            report.expect(foreign.status < 500, f"{name} an error of ours", foreign.status)
        apart = abs(median(pair[0][1] for pair in pairs) - median(pair[1][1] for pair in pairs))
        if is_timed:
            report.expect(apart < DIFFERENCE_SECONDS, f"{name} {apart * 1000:.3f} ms apart")
        return apart


def furnish(server: Server, host: Host) -> Ids:
    """Return the ids of what exists on another site, and is none of the stranger's business."""
    ada = server.sign_in(host, "ada")
    server.sign_in(host, "zoe")
    with Wire(server.port) as wire:
        conversation = str(
            wire.ask("POST", "/v1/conversations", {"user_id": "zoe"}, session=ada).json()["id"]
        )
        path = f"/v1/files?conversation_id={conversation}&name=a.txt"
        file = str(wire.ask("POST", path, "words", session=ada).json()["id"])
        wire.ask("POST", f"/v1/conversations/{conversation}/messages", MESSAGE, session=ada)
    return {"user": "zoe", "conversation": conversation, "file": file, "site": host.site.site_id}


def absent_like(text: str) -> str:
    """Return an id of the same kind and length that nothing has."""
    return text[:1] + "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz") for _ in text[1:])
