"""What people do with files: upload, ask for addresses, take back; and what an address gives.

Whether somebody may read a file is judged when its address is made. The address is good for minutes, so it
needs no session, and nothing of ours stands in it but a signature.
"""

import base64
import contextlib
import fnmatch
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import urandom
from pathlib import Path

import gevent
from msgspec import UNSET, UnsetType

from imserver.errors import FileTooLarge, FileTypeRefused, NotFound, ServiceError, Unavailable
from imserver.files.kinds import DRAWN, OCTETS, Kind, look_at
from imserver.files.links import Link, Links
from imserver.files.names import clean_name
from imserver.files.spool import Spool
from imserver.files.storage import Storage, fresh_place
from imserver.files.studio import Drawn, Studio
from imserver.files.threads import in_thread
from imserver.limits import Bucket
from imserver.protocol.types import File, FileLimits, FileUrl, FileUrls
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.files import Due, StoredFile
from imserver.store.values import Session

log = logging.getLogger(__name__)

# Each holds a greenlet, a buffer and perhaps a connection to the storage.
UPLOADS_AT_ONCE, DOWNLOADS_AT_ONCE = 64, 400
BUSY_SECONDS = 2.0
FILE, THUMB = "file", "thumb"
THUMB_TYPE = "image/webp"
# What a browser shows or plays where it stands; everything else is only ever saved.
INLINE = ("image/", "audio/", "video/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the sender's program knows of a recording. It is shown and decides nothing."""

    duration_ms: int | UnsetType = UNSET
    waveform: list[int] | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that may be read. ``read(start, stop)`` opens it and returns its bytes in pieces."""

    type: str
    name: str
    size: int
    etag: str
    lives_seconds: int
    read: Callable[[int, int], Iterator[bytes]]

    @property
    def is_inline(self) -> bool:
        return self.type.startswith(INLINE)


class _Gate:
    """Lets so many in at once, and tells the others to come again."""

    def __init__(self, places: int) -> None:
        self.places_left = places

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        if not self.places_left:
            raise Unavailable("Too many files are on their way now.", retry_after=BUSY_SECONDS)
        self.places_left -= 1
        try:
            yield
        finally:
            self.places_left += 1


class Files:
    """Every call is made for the person behind ``session``, but ``open``, which believes a signature."""

    def __init__(
        self,
        store: Store,
        storage: Storage,
        *,
        spool: Spool,
        settings: Settings,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._storage = storage
        self._spool = spool
        self._settings = settings
        self._now_ms = now_ms
        # A re-drawn picture may come out larger than it was, but not without bound.
        self._studio = Studio(
            pixels=self._settings.files.picture_pixels, output_bytes=4 * self._settings.files.file_bytes
        )
        self._pace = Bucket(per_minute=self._settings.files.per_minute, clock=time.monotonic)
        self._uploads = _Gate(UPLOADS_AT_ONCE)
        self._downloads = _Gate(DOWNLOADS_AT_ONCE)
        self._links: Links | None = None

    def limits(self, session: Session) -> FileLimits:
        """Return what the person may upload."""
        used = self._store.files.used_bytes(session.site_id, session.user_id)
        return FileLimits(
            file_bytes=self._settings.files.file_bytes,
            types=list(self._settings.files.types),
            person_bytes=self._settings.files.person_bytes,
            used_bytes=used,
        )

    def upload(
        self,
        session: Session,
        conversation_id: str,
        *,
        name: str,
        read: Callable[[int], bytes],
        announced_bytes: int | None,
        hints: Hints,
    ) -> File:
        """Take a file in, to be sent in this conversation within a day.

        ``read(n)`` returns up to n bytes of the body, and nothing at its end. Raises NotFound unless the
        person takes part, RateLimited, FileTooLarge, QuotaExceeded, FileTypeRefused, FileBroken,
        PictureTooLarge, Unavailable.
        """
        self._check_before(session, conversation_id, announced_bytes)
        with (
            self._uploads.enter(),
            self._spool.receive(read, limit_bytes=self._settings.files.file_bytes) as received,
        ):
            kind = self._require_kind(received)
            if kind.is_picture:
                return self._take_picture(session, conversation_id, received, name, kind)
            size = received.stat().st_size
            kept_hints = hints if kind.is_sound else Hints()
            file = File(
                id=_fresh_id(),
                name=clean_name(name, kind),
                type=kind.type,
                size=size,
                duration_ms=kept_hints.duration_ms,
                waveform=kept_hints.waveform,
            )
            return self._keep(session, conversation_id, file, [received], thumb_bytes=0)

    def urls(self, session: Session, conversation_id: str, file_ids: Sequence[str]) -> FileUrls:
        """Return addresses of the files that the person may read; raise NotFound without the conversation."""
        now_seconds = self._now_ms() / 1000
        found = self._store.files.load_readable(session.site_id, session.user_id, conversation_id, file_ids)
        return FileUrls(
            data={file_id: self._urls_of(stored, now_seconds) for file_id, stored in found.items()}
        )

    def open(self, link: Link, signature: str) -> Opened:
        """Return what a signed address leads to; raise NotFound for any other and for what is gone."""
        self._signer().check(link, signature, now_seconds=self._now_ms() / 1000)
        stored = self._store.files.load(link.site_id, [link.file_id]).get(link.file_id)
        if stored is None or stored.conversation_id != link.conversation_id:
            raise NotFound
        is_thumb = link.part == THUMB
        place = stored.thumb_place if is_thumb else stored.place
        return Opened(
            type=THUMB_TYPE if is_thumb else stored.file.type,
            name=link.name,
            size=stored.thumb_bytes if is_thumb else stored.file.size,
            etag=f"{link.file_id}-{link.part}",
            lives_seconds=max(0, link.expires_at - self._now_ms() // 1000),
            read=lambda start, stop: self._read(place, start, stop),
        )

    def delete(self, session: Session, file_id: str) -> None:
        """Take back a file that was not sent; raise NotFound for any other."""
        self._clear([self._store.files.drop_unsent(session.site_id, session.user_id, file_id)])

    def sweep(self) -> int:
        """Delete what was never sent and what was dropped; return how many files that were."""
        swept = self._spool.sweep()
        while count := self._clear(self._store.files.take_due()):
            swept += count
            gevent.sleep(0)
        return swept

    def _check_before(self, session: Session, conversation_id: str, announced_bytes: int | None) -> None:
        """Refuse what can be refused before a byte is read."""
        if not self._store.conversations.is_participant(session.site_id, conversation_id, session.user_id):
            raise NotFound
        self._pace.take((session.site_id, session.user_id))
        if (announced_bytes or 0) > self._settings.files.file_bytes:
            raise FileTooLarge
        self._store.files.check_room(
            session.site_id,
            session.user_id,
            announced_bytes or 1,
            person_bytes=self._settings.files.person_bytes,
            site_bytes=self._site_bytes(session.site_id),
        )

    def _site_bytes(self, site_id: str) -> int:
        """Return the lesser of what the installation gives a site and what its plan holds; 0 no limit."""
        plan = self._store.sites.require_site(site_id).rules.limits.storage_bytes
        return min(filter(None, (self._settings.files.site_bytes, plan)), default=0)

    def _require_kind(self, received: Path) -> Kind:
        """Return what the bytes are, or octets where those are taken; raise FileTypeRefused."""
        kind = in_thread(look_at, received)
        if self._is_taken(kind):
            return kind
        if self._is_taken(OCTETS):
            return OCTETS
        raise FileTypeRefused(f"Files of this type are not taken here ({kind.type}).")

    def _is_taken(self, kind: Kind) -> bool:
        # Pictures that cannot be drawn anew and pages that a browser would run are kept as nothing but bytes.
        if kind.is_active or (kind.is_picture and not kind.is_drawn):
            return False
        return any(fnmatch.fnmatchcase(kind.type, pattern) for pattern in self._settings.files.types)

    def _take_picture(
        self, session: Session, conversation_id: str, received: Path, name: str, kind: Kind
    ) -> File:
        with self._spool.fresh() as picture, self._spool.fresh() as thumb:
            drawn = self._studio.redraw(received, picture=picture, thumb=thumb)
            file = _picture_file(drawn, picture, name)
            made = [picture, thumb] if drawn.thumb else [picture]
            thumb_bytes = thumb.stat().st_size if drawn.thumb else 0
            return self._keep(session, conversation_id, file, made, thumb_bytes=thumb_bytes)

    def _keep(
        self,
        session: Session,
        conversation_id: str,
        file: File,
        made: Sequence[Path],
        *,
        thumb_bytes: int,
    ) -> File:
        """Reserve the room, keep the bytes, and only then let the file be seen."""
        stored = StoredFile(
            site_id=session.site_id,
            user_id=session.user_id,
            conversation_id=conversation_id,
            place=fresh_place(),
            thumb_place=fresh_place() if len(made) > 1 else "",
            thumb_bytes=thumb_bytes,
            file=file,
        )
        self._store.files.reserve(
            stored,
            person_bytes=self._settings.files.person_bytes,
            site_bytes=self._site_bytes(session.site_id),
        )
        for place, path in zip((stored.place, stored.thumb_place), made, strict=False):
            self._storage.put(place, path)
        self._store.files.mark_ready(*stored.key)
        return file

    def _urls_of(self, stored: StoredFile, now_seconds: float) -> FileUrl:
        signer = self._signer()
        link = Link(
            site_id=stored.site_id,
            conversation_id=stored.conversation_id,
            file_id=stored.file.id,
            name=stored.file.name,
            part=FILE,
            expires_at=signer.end_of_life(now_seconds),
        )
        thumb = signer.address(replace(link, part=THUMB)) if stored.file.thumb else UNSET
        return FileUrl(url=signer.address(link), expires_at=link.expires_at * 1000, thumb_url=thumb)

    def _read(self, place: str, start: int, stop: int) -> Iterator[bytes]:
        """Return the pieces; what can be wrong is raised now, and not in the middle of an answer."""
        pieces = self._read_at_gate(place, start, stop)
        first = next(pieces, b"")
        return _chain(first, pieces)

    def _read_at_gate(self, place: str, start: int, stop: int) -> Iterator[bytes]:
        with self._downloads.enter():
            yield from self._storage.read(place, start=start, stop=stop)

    def _signer(self) -> Links:
        if self._links is None:
            secret = self._store.installation.secret("files")
            self._links = Links(secret, life_seconds=self._settings.files.url_seconds)
        return self._links

    def _clear(self, due: Iterable[Due]) -> int:
        """Delete bytes, then rows; return of how many. What fails keeps its row and is tried again."""
        gone = [one for one in due if self._delete_bytes(one)]
        if gone:
            self._store.files.forget(gone)
        return len(gone)

    def _delete_bytes(self, due: Due) -> bool:
        try:
            for place in filter(None, (due.place, due.thumb_place)):
                self._storage.delete(place)
        except ServiceError as error:
            log.warning("a file cannot be deleted now: %s", error.code)
            return False
        return True


def _picture_file(drawn: Drawn, picture: Path, name: str) -> File:
    return File(
        id=_fresh_id(),
        name=clean_name(name, DRAWN[drawn.type]),
        type=drawn.type,
        size=picture.stat().st_size,
        width=drawn.width,
        height=drawn.height,
        thumb=drawn.thumb,
    )


def _fresh_id() -> str:
    return "f" + base64.b32encode(urandom(15)).decode().lower()


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
