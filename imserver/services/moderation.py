"""What those who look after a site do: bans, warnings, reports, held messages. Every act is on the record."""

from imserver.errors import FOR_EVER_MS, InvalidRequest
from imserver.presence import Change
from imserver.services.delivery import Delivery
from imserver.services.people import as_change
from imserver.store import Store
from imserver.store.bans import Ban
from imserver.store.house import HouseRules
from imserver.store.newcomers import NewcomerRules
from imserver.store.report_queue import OpenedReport, Outcome, ReportLine
from imserver.store.simulation import Simulation
from imserver.store.values import UserKey

WARNING_CHARACTERS = 500
SIMULATED_DAYS_LIMIT = 30


class Moderation:
    """``actor`` names who does it, for the record: ``owner:ada@example.org``, ``key:imk_1a2b``, ``admin``.

    Whether they may is for the caller to judge.
    """

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    # -- bans

    def ban(
        self, site_id: str, user_id: str, *, until_ms: int = FOR_EVER_MS, reason: str, actor: str
    ) -> None:
        """Keep somebody out: nothing they send is stored from now on, and all their devices are signed out.

        Raises NotFound for nobody of the site, InvalidRequest.
        """
        self._ban(site_id, user_id, until_ms=until_ms, reason=reason, actor=actor)

    def lift_ban(self, site_id: str, user_id: str, *, actor: str) -> bool:
        """Let somebody in again; return whether they were banned."""
        return self._store.bans.lift(site_id, user_id, actor=actor)

    def find_ban(self, site_id: str, user_id: str) -> Ban | None:
        """Return the ban that holds now, or None."""
        return self._store.bans.find(site_id, user_id)

    def end_sessions(self, site_id: str, user_id: str, *, actor: str) -> int:
        """Sign somebody out on all devices; return how many there were. They may sign in again."""
        ended = self._store.bans.end_sessions(site_id, user_id, actor=actor)
        self._close(site_id, user_id, ended)
        return len(ended)

    def warn(self, site_id: str, user_id: str, *, text: str, actor: str) -> None:
        """Say something to somebody, who is shown it until they have closed it, whenever they come.

        Raises NotFound, InvalidRequest, TooMany.
        """
        self._store.people.require_person(site_id, user_id)
        if not 0 < len(text.strip()) <= WARNING_CHARACTERS:
            raise InvalidRequest(f"A warning has 1 to {WARNING_CHARACTERS} characters.")
        self._store.warnings.insert(UserKey(site_id, user_id), text=text, actor=actor)

    # -- reports

    def open_report(self, site_id: str, report_id: str, *, actor: str) -> OpenedReport:
        """Return what was reported, once the record says who has looked. Raises NotFound."""
        return self._store.report_queue.look(site_id, report_id, actor=actor)

    def dismiss(self, site_id: str, report_id: str, *, actor: str) -> None:
        """Close a report without doing anything. Raises NotFound, Conflict."""
        self._store.report_queue.decide(site_id, report_id, Outcome.DISMISSED, actor=actor)

    def delete_reported(self, site_id: str, report_id: str, *, actor: str) -> None:
        """Delete the reported message. Raises NotFound, Conflict, MessageDeleted."""
        self._store.report_queue.delete_message(site_id, report_id, actor=actor)

    def warn_reported(self, site_id: str, report_id: str, *, text: str, actor: str) -> None:
        """Warn who was reported. Raises NotFound, Conflict, InvalidRequest."""
        line = self._store.report_queue.require_open(site_id, report_id)
        self.warn(site_id, line.user_id, text=text, actor=actor)
        self._store.report_queue.decide(site_id, report_id, Outcome.WARNED, actor=actor)

    def ban_reported(
        self, site_id: str, report_id: str, *, until_ms: int = FOR_EVER_MS, reason: str, actor: str
    ) -> ReportLine:
        """Ban who was reported. Raises NotFound, Conflict, InvalidRequest."""
        line = self._store.report_queue.require_open(site_id, report_id)
        self._ban(site_id, line.user_id, until_ms=until_ms, reason=reason, actor=actor, report_id=report_id)
        return self._store.report_queue.decide(site_id, report_id, Outcome.BANNED, actor=actor)

    # -- held messages

    def approve(self, site_id: str, held_id: str, *, actor: str) -> None:
        """Let a held message go to those for whom it was written, as the newest of its conversation.

        Raises NotFound also if its sender takes part there no longer, Conflict if it was decided, Banned.
        """
        held = self._store.held.require(site_id, held_id)
        # Its client_id makes this harmless to repeat; what was not recorded yet is found waiting.
        self._store.writer.send_approved(site_id, held.sender_id, held.conversation_id, held.message)
        self._store.held.approve(site_id, held_id, actor=actor)

    def refuse(self, site_id: str, held_id: str, *, actor: str) -> None:
        """Keep a held message from everybody, and tell its sender. Raises NotFound, Conflict."""
        self._store.held.refuse(site_id, held_id, actor=actor)

    # -- house rules

    def change_rules(self, site_id: str, rules: HouseRules, *, actor: str) -> None:
        """Lay down what passes from now on. Raises InvalidRequest."""
        self._store.houses.change(site_id, rules, actor=actor)

    def simulate(self, site_id: str, rules: NewcomerRules, *, days: int = 7) -> Simulation:
        """Return what ``rules`` would have stopped in the last days. Raises InvalidRequest."""
        rules.check()
        if not 1 <= days <= SIMULATED_DAYS_LIMIT:
            raise InvalidRequest(f"A simulation looks 1 to {SIMULATED_DAYS_LIMIT} days back.")
        return self._store.simulator.run(site_id, rules, days=days)

    # -- from time to time

    def tidy(self) -> int:
        """Delete what was decided long ago; return how many rows that was."""
        deleted = 0
        for delete in (self._store.report_queue.delete_old, self._store.held.delete_decided):
            while count := delete():
                deleted += count
        return deleted

    def _ban(
        self, site_id: str, user_id: str, *, until_ms: int, reason: str, actor: str, report_id: str = ""
    ) -> None:
        ended = self._store.bans.add(
            site_id, user_id, until_ms=until_ms, reason=reason, actor=actor, report_id=report_id
        )
        self._close(site_id, user_id, ended)

    def _close(self, site_id: str, user_id: str, session_ids: list[bytes]) -> None:
        """Close what waits with these sessions, on all workers; nobody sees the person online any more."""
        for session_id in session_ids:
            self._delivery.tell_session_ended(session_id)
        changes: list[Change] = [
            as_change(row) for row in self._store.presence.put_offline([UserKey(site_id, user_id)])
        ]
        if changes:
            self._delivery.tell_presence(changes)
