"""What the messages of a batch refer to: the ones they answer, the people they mention, their files."""

from collections.abc import Collection, Iterator, Sequence

from imserver.errors import InvalidMention, InvalidReply, NotFound
from imserver.store.blocks import load_walls
from imserver.store.database import Call, Transaction
from imserver.store.files import StoredFile, lock_files
from imserver.store.jobs import Dressing, NewText, Pair, Send
from imserver.store.message_rows import Extra, Place, Quoted, load_quotes


class References:
    """Read once per transaction, under the conversations' locks; ``forget`` begins a new plan."""

    def __init__(self, tx: Transaction, sends: Sequence[Send]) -> None:
        dressings = [(send, new.dressing) for send in sends for new in send.messages if new.dressing]
        self._quotes = load_quotes(tx, [(*send.conversation, d.reply_to) for send, d in dressings])
        wanted = {(send.conversation[0], file_id) for send, d in dressings for file_id in d.files}
        self._files: dict[Pair, StoredFile] = lock_files(tx, sorted(wanted)) if wanted else {}
        # Asked whether or not there are any, so that a block costs no query.
        self._walls = load_walls(tx, sorted({(send.conversation[0], send.user_id) for send in sends}))
        self.forget()

    def forget(self) -> None:
        """Plan nothing."""
        # (site_id, file_id): the seq of the message that has taken it.
        self._claimed: dict[Pair, int] = {}

    def calls(self) -> Iterator[Call]:
        """Yield what has to be written."""
        for (site_id, file_id), seq in sorted(self._claimed.items()):
            yield "claim_file", {"site_id": site_id, "file_id": file_id, "seq": seq}

    def check(self, job: Send, fresh: Sequence[NewText], *, parts: Collection[str]) -> None:
        """Raise InvalidReply, InvalidMention or, of a file, NotFound unless all of it is there."""
        taken = set(self._claimed)
        for new in fresh:
            if new.dressing is not None:
                self._check_reply(job, new.dressing)
                if not set(new.dressing.mentions) <= set(parts):
                    raise InvalidMention
                self._check_files(job, new.dressing, taken)

    def dress(self, job: Send, dressing: Dressing, seq: int, *, hidden_from: tuple[str, ...]) -> Extra:
        """Plan what a message takes, and return what is stored with it."""
        site_id = job.conversation[0]
        for file_id in dressing.files:
            self._claimed[site_id, file_id] = seq
        return Extra(
            reply_to=dressing.reply_to,
            mentions=dressing.mentions,
            files=tuple(self._files[site_id, file_id].file for file_id in dressing.files),
            hidden_from=hidden_from,
        )

    def hearing(self, job: Send, dressing: Dressing, *, without: Collection[str]) -> list[str]:
        """Return those mentioned whose attention that draws: nobody's behind a wall."""
        me = job.conversation[0], job.user_id
        others = [user_id for user_id in dressing.mentions if user_id not in (job.user_id, *without)]
        return [user_id for user_id in others if (*me, user_id) not in self._walls]

    def quoted(self, pair: Pair, seq: int) -> Quoted | None:
        """Return the message that is answered."""
        return self._quotes.get((*pair, seq))

    def _check_reply(self, job: Send, dressing: Dressing) -> None:
        place: Place = (*job.conversation, dressing.reply_to)
        if not dressing.reply_to:
            return
        quoted = self._quotes.get(place)
        if quoted is None or job.user_id in quoted.hidden_from:
            raise InvalidReply

    def _check_files(self, job: Send, dressing: Dressing, taken: set[Pair]) -> None:
        site_id, conversation_id = job.conversation
        for file_id in dressing.files:
            key = site_id, file_id
            stored = self._files.get(key)
            if stored is None or key in taken or not stored.is_claimable(job.user_id, conversation_id):
                raise NotFound
            taken.add(key)


def is_same(text: str, extra: Extra, new: NewText) -> bool:
    """Tell whether a stored message is the one that is sent again.

    Of one that was changed since, or that has stars for words, its client_id alone says so: what it said is
    not kept.
    """
    if extra.edited_at or extra.deleted or extra.masked:
        return True
    files = tuple(file.id for file in extra.files)
    dressing = new.dressing or Dressing(0, (), ())
    return text == new.text and Dressing(extra.reply_to, extra.mentions, files) == dressing
