"""What most tests of bad input begin with."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.app.member import Host, Member


@dataclass(frozen=True, slots=True)
class Scene:
    """ada, who sends what is wrong, and the conversation that she may use."""

    host: Host
    ada: Member
    conversation_id: str

    @property
    def messages(self) -> str:
        return f"/v1/conversations/{self.conversation_id}/messages"

    def send(self, *messages: Any) -> TestResponse:
        return self.ada.call("POST", self.messages, {"messages": list(messages)})
