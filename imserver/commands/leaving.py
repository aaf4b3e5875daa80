"""``bin/im export`` and ``bin/im erase``: what members and sites take along, and how they go for good."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click

from imserver.commands.imports.command import require_site
from imserver.commands.opened import config_option, with_store
from imserver.errors import InvalidRequest, NotFound
from imserver.files.opening import open_storage
from imserver.files.storage import Storage
from imserver.services.erasure import Erasure
from imserver.services.export import Export, ExportedFile
from imserver.services.member_data import MemberData
from imserver.settings import ROOT, Settings
from imserver.store import Store

LINES = "export.ndjson"
ADMIN = "admin"


class Package(Protocol):
    """Where an export goes: a folder, or a zip."""

    def write(self, name: str, pieces: Iterator[bytes]) -> int:
        """Write one file; return how many pieces that were."""


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, pieces: Iterator[bytes]) -> int:
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        count = 0
        with path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                count += 1
        return count


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, name: str, pieces: Iterator[bytes]) -> int:
        count = 0
        with self._archive.open(name, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                count += 1
        return count


@contextmanager
def opened_package(out: Path) -> Iterator[Package]:
    """Open a zip, or a folder that is not there yet; raise InvalidRequest for what is there."""
    if out.exists():
        raise InvalidRequest(f"{out} is there already; name something new")
    if out.suffix == ".zip":
        with out.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            out.chmod(0o600)
            yield _Zip(archive)
        return
    out.mkdir(mode=0o700, parents=True)
    yield _Folder(out)


SITE = click.option("--site", required=True, metavar="ID", help="The site; see bin/im site list.")
USER = click.option("--user", required=True, metavar="ID", help="The member, by the host's id.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")
OUT = click.argument("out", type=click.Path(resolve_path=True, path_type=Path))


@click.group("export")
@config_option
def export() -> None:
    """Write what is stored of a member, or of a site, to a folder or to OUT.zip; see docs/moving.md.

    export.ndjson has one JSON object per line, with its kind; files/ has the files, named by their ids.
    """


@export.command("member")
@SITE
@USER
@OUT
@with_store
def export_member(store: Store, settings: Settings, *, site: str, user: str, out: Path) -> None:
    """Export everything that is a member's, and the conversations as they may see them."""
    require_site(store, site)
    exporter = Export(store, storage_of(settings))
    try:
        lines = exporter.export_member(site, user)
    except NotFound as error:
        raise NotFound(f"site {site} has no member {user}") from error
    record = _recorder(store, site, "member.exported", about=user)
    _write(exporter, out, lines, exporter.member_files(site, user), record=record)


@export.command("site")
@SITE
@OUT
@with_store
def export_site(store: Store, settings: Settings, *, site: str, out: Path) -> None:
    """Export a whole site: people, rosters, conversations, messages, files, reports; no keys."""
    require_site(store, site)
    exporter = Export(store, storage_of(settings))
    record = _recorder(store, site, "site.exported")
    _write(exporter, out, exporter.export_site(site), exporter.site_files(site), record=record)


@click.group("erase")
@config_option
def erase() -> None:
    """Erase a member, or a site, for good; see docs/moving.md for what is left. Export first."""


@erase.command("member")
@SITE
@USER
@YES
@with_store
def erase_member(store: Store, settings: Settings, *, site: str, user: str, yes: bool) -> None:
    """Erase a member: sessions, profile, texts, files; others' conversations keep their order."""
    require_site(store, site)
    if not yes:
        click.confirm(f"Erase {user} of site {site} for good?", abort=True)
    try:
        done = MemberData(store, storage_of(settings)).erase(site, user, actor=ADMIN)
    except NotFound as error:
        raise NotFound(f"nothing is known of a member {user} of site {site}") from error
    click.echo(f"erased {user} of site {site}: {done.conversations} conversations, {done.files} files")


@erase.command("site")
@SITE
@click.option("--yes", metavar="ID", help="The site's id once more, instead of being asked for it.")
@with_store
def erase_site(store: Store, settings: Settings, *, site: str, yes: str | None) -> None:
    """Erase a site with everything that is its members'."""
    require_site(store, site)
    typed = (
        yes if yes is not None else click.prompt(f"Type {site} to erase it and all of its members' messages")
    )
    if typed != site:
        raise InvalidRequest(f"that is not {site}; nothing was erased")
    erasure(store, storage_of(settings)).erase_site(site)
    click.echo(f"erased site {site}")


def storage_of(settings: Settings) -> Storage:
    """Return what keeps the files."""
    return open_storage(settings.files, folder=ROOT / settings.files.folder)


def erasure(store: Store, storage: Storage) -> Erasure:
    """Return what erases; workers find within seconds that the sessions have ended."""
    return Erasure(store, storage)


def _recorder(store: Store, site_id: str, act: str, *, about: str = "") -> Callable[[], object]:
    """Return what writes into the site's record that this is about to be handed out."""
    return lambda: store.audit.append(site_id=site_id, actor=ADMIN, act=act, about=about)


def _write(
    exporter: Export,
    out: Path,
    lines: Iterator[bytes],
    files: Iterator[ExportedFile],
    *,
    record: Callable[[], object],
) -> None:
    with opened_package(out) as package:
        record()
        count = package.write(LINES, lines)
        written, missing = _write_files(package.write, exporter, files)
    gone = f", {missing} files are no longer there" if missing else ""
    click.echo(f"{out}: {count:,} lines, {written:,} files{gone}")


def _write_files(
    write: Callable[[str, Iterator[bytes]], int], exporter: Export, files: Iterator[ExportedFile]
) -> tuple[int, int]:
    written = missing = 0
    for file in files:
        try:
            pieces = exporter.read(file)
        except NotFound:
            missing += 1
            continue
        write(f"files/{file.name}", pieces)
        written += 1
    return written, missing
