"""``bin/im backup`` and ``bin/im restore``: everything of an installation, to a folder and back.

design: a backup is written beside its name and gets it when it is whole. The database is copied first, as of
one moment, the files after it: a file that came later is too many and harms nobody, and one that went
meanwhile is missed by nobody. A restore looks at every byte before it writes the first.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
import msgspec

from imserver.commands.doctor.keeping import note_backup
from imserver.commands.leaving import erasure, storage_of
from imserver.commands.opened import opened_store, with_settings
from imserver.errors import Conflict, InvalidRequest, NotFound, StoreError
from imserver.files.disk import NOTES
from imserver.files.storage import Storage
from imserver.services.erasure import ErasureNote, read_notes
from imserver.settings import ROOT, Settings
from imserver.store import Store, open_store
from imserver.store.cut import Cut
from imserver.store.dump import Dump, open_dump
from imserver.store.migrations import load_migrations
from imserver.store.statements import MYSQL, SQLITE
from imserver.store.store import wall_clock_ms

FORMAT = 1
MANIFEST = "manifest.json"
HASHED_BYTES = 1 << 20
# All names that a backup has: nothing of it leads anywhere else.
_NAMES = re.compile(
    r"database/[a-z][a-z0-9_]*\.(?:db|json|rows\.gz)|files/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}"
)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds. ``missing``: files whose bytes had gone when they were to be copied."""

    format: int
    engine: str
    version: str
    cut: Cut
    parts: dict[str, Part]
    missing: int = 0


@click.command("backup")
@click.argument("folder", type=click.Path(resolve_path=True, path_type=Path))
@click.option("--without-files", is_flag=True, help="The database alone; a bucket is copied by other means.")
@with_settings
def backup(settings: Settings, *, folder: Path, without_files: bool) -> None:
    """Copy everything into FOLDER, which must not be there yet, while the servers go on; see docs/backup.md.

    The copy holds every message that was acknowledged before the moment that is printed. It also holds the
    installation's secrets: keep it as safe as the database.
    """
    manifest = write_backup(settings, folder, with_files=not without_files)
    cut, size = manifest.cut, sum(part.size for part in manifest.parts.values())
    click.echo(f"{folder}: {len(manifest.parts):,} files, {size:,} bytes")
    click.echo(
        f"cut at {cut.at} ms: {cut.messages:,} messages in {cut.conversations:,} conversations, "
        f"{cut.streams:,} streams, events {cut.heads_total:,}"
    )
    note_backup(folder, at_ms=cut.at)


@click.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path))
@click.option(
    "--erased",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help="notes.ndjson of the files that were lost: whoever was erased after the copy is erased again.",
)
@with_settings
def restore(settings: Settings, *, folder: Path, erased: tuple[Path, ...]) -> None:
    """Make an empty installation, the one that the settings name, what FOLDER holds; see docs/backup.md."""
    notes = read_notes(line for path in erased for line in path.read_bytes().splitlines())
    manifest = read_backup(settings, folder)
    cut = manifest.cut
    click.echo(
        f"restored: {cut.messages:,} messages in {cut.conversations:,} conversations, as of {cut.at} ms; "
        "clients that know more read the state again"
    )
    for site_id, user_id in erase_again(settings, notes, since_ms=cut.at):
        click.echo(f"erased again: {user_id or 'all'} of site {site_id}")


def write_backup(settings: Settings, folder: Path, *, with_files: bool) -> Manifest:
    """Write a backup; raise Conflict if there is something by its name."""
    partial = folder.with_name(f"{folder.name}.partial")
    if folder.exists() or partial.exists():
        raise Conflict(f"{folder if folder.exists() else partial} is there already; name something new")
    (partial / "database").mkdir(mode=0o700, parents=True)
    partial.chmod(0o700)
    dump = open_dump(settings.store.url, now_ms=wall_clock_ms)
    cut = dump.write(partial / "database")
    missing = _copy_files(settings, partial) if with_files else 0
    manifest = Manifest(
        FORMAT,
        dump.engine,
        _version(),
        cut,
        {name: _part(partial / name) for name in _names(partial)},
        missing,
    )
    (partial / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    for path in partial.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    _sync(partial)
    partial.rename(folder)
    _sync_folder(folder.parent)
    return manifest


def read_backup(settings: Settings, folder: Path) -> Manifest:
    """Restore a backup into an empty installation, and bring it up to date.

    Raises InvalidRequest for a folder that is no backup or is damaged, Conflict where something is in
    the way, and then nothing has been written.
    """
    manifest = load_manifest(folder)
    dump = open_dump(settings.store.url, now_ms=wall_clock_ms)
    _check(manifest, dump)
    dump.check_empty()
    _check_no_files(settings)
    restored = dump.read(folder / "database")
    if msgspec.structs.replace(restored, at=manifest.cut.at) != manifest.cut:
        raise StoreError("the restored database does not hold what the backup held; do not use it")
    _restore_files(settings, folder, manifest)
    with opened_store(settings):
        return manifest


def erase_again(settings: Settings, notes: list[ErasureNote], *, since_ms: int) -> list[tuple[str, str]]:
    """Erase whom the notes, or those that lie with the files, say to have been erased since; return who."""
    storage = storage_of(settings)
    with opened_store(settings) as store:
        return erasure(store, storage).repeat([*notes, *read_notes(storage.notes())], since_ms=since_ms)


def load_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup whose every byte is what it was; raise InvalidRequest."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidRequest(f"{folder} is not a whole backup: {MANIFEST} is missing or damaged") from error
    if manifest.format != FORMAT:
        raise InvalidRequest(f"this backup has format {manifest.format}; this version reads {FORMAT}")
    for name, part in manifest.parts.items():
        path = folder / name
        if not _NAMES.fullmatch(name) or path.is_symlink() or not path.is_file() or _part(path) != part:
            raise InvalidRequest(f"{folder} is damaged: {name!r} is missing or not what was written")
    return manifest


def _check(manifest: Manifest, dump: Dump) -> None:
    if manifest.engine != dump.engine:
        raise InvalidRequest(f"this is a backup of {manifest.engine}, and the settings name {dump.engine}")
    known = {step.label for step in load_migrations(SQLITE if dump.engine == "sqlite" else MYSQL)}
    if not set(manifest.cut.migrations) <= known:
        raise InvalidRequest(
            f"this backup was made by a newer version ({manifest.version}); restore it with that one"
        )


def _check_no_files(settings: Settings) -> None:
    folder = ROOT / settings.files.folder
    if not settings.files.bucket and folder.is_dir():
        # What was noted of erasures may lie there already: it is needed afterwards.
        there = next((path for path in folder.rglob("*") if path.is_file() and path.name != NOTES), None)
        if there is not None:
            raise Conflict(f"{folder} holds files already; restore into an empty place")


def _copy_files(settings: Settings, folder: Path) -> int:
    """Copy the bytes of all files that rows name; return how many had gone."""
    storage, missing = storage_of(settings), 0
    # Not migrated: a backup changes nothing, least of all before an upgrade.
    with closing(open_store(store_url=settings.store.url)) as store:
        for place, size in _places(store):
            target = folder / "files" / place[:2] / place[2:4] / place
            target.parent.mkdir(parents=True, exist_ok=True)
            missing += not _copy(storage, place, size, target)
    return missing


def _places(store: Store) -> Iterator[tuple[str, int]]:
    for site in store.sites.list_sites(with_preview=True):
        for row in store.exports.kept_files(site.site_id):
            yield row[1], row[2]
            if row[3]:
                yield row[3], row[4]


def _copy(storage: Storage, place: str, size: int, target: Path) -> bool:
    try:
        pieces = storage.read(place, start=0, stop=size)
        with target.open("wb") as file:
            for piece in pieces:
                file.write(piece)
    except NotFound:
        target.unlink(missing_ok=True)
        return False
    return True


def _restore_files(settings: Settings, folder: Path, manifest: Manifest) -> None:
    storage, incoming = storage_of(settings), ROOT / settings.files.folder / "incoming"
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in manifest.parts:
        if name.startswith("files/"):
            place = name.rpartition("/")[2]
            shutil.copyfile(folder / name, incoming / place)
            storage.put(place, incoming / place)
            (incoming / place).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _part(path: Path) -> Part:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(HASHED_BYTES):
            digest.update(piece)
    return Part(digest.hexdigest(), path.stat().st_size)


def _version() -> str:
    try:
        return version("imserver")
    except PackageNotFoundError:
        return "unknown"


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            _sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
