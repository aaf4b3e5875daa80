"""``bin/im import``: rosters, people and messages from files, and from other programs' databases."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from imserver.commands.forums.command import COMMANDS as FORUM_COMMANDS
from imserver.commands.imports.lines import csv_reader, json_reader
from imserver.commands.imports.loaders import Loader, MessageLines, RosterLines, UserLines
from imserver.commands.imports.progress import Progress
from imserver.commands.imports.records import STDIN, Records, Source, fingerprint, open_source
from imserver.commands.imports.refused import Refused
from imserver.commands.imports.running import Reader, Run, Work
from imserver.commands.opened import config_option, with_store
from imserver.errors import InvalidRequest, NotFound
from imserver.settings import Settings
from imserver.store import Store
from imserver.store.imports import Checkpoint, ImportKey
from imserver.store.store import wall_clock_ms

CSV, NDJSON = "csv", "ndjson"
SUFFIXES = {".csv": CSV, ".ndjson": NDJSON, ".jsonl": NDJSON}
# Something was refused; everything else is in.
REFUSED_SOME = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options say."""

    file: str
    site: str
    format: str | None
    refused: Path | None
    dry_run: bool
    again: bool


def options_of_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what all imports of files have in common."""
    for option in (
        click.option(
            "--again", is_flag=True, help="Begin at the beginning, even if the file was imported before."
        ),
        click.option(
            "--dry-run", is_flag=True, help="Judge every line and write nothing but the refused ones."
        ),
        click.option(
            "--refused",
            type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
            help="Where the bad lines go. [default: FILE.refused.csv or FILE.refused.ndjson]",
        ),
        click.option(
            "--format", type=click.Choice([CSV, NDJSON]), help="If the name of FILE does not say it."
        ),
        click.option("--site", required=True, metavar="ID", help="The site; see bin/im site list."),
        click.argument(
            "file", type=click.Path(exists=True, dir_okay=False, resolve_path=True, allow_dash=True)
        ),
    ):
        command = option(command)
    return command


@click.group("import")
@config_option
def import_() -> None:
    """Bring in people, friends and messages; see docs/moving.md.

    FILE is CSV with a header or a JSON object per line, plain or compressed by gzip, or - for standard input.
    What was imported before is not imported twice; an import that was stopped goes on where it was.
    """


@import_.command()
@options_of_files
@click.option("--mutual", is_flag=True, help="Each line makes both friends of each other.")
@click.option("--known-only", is_flag=True, help="Refuse people whom the site does not know yet.")
@with_store
def roster(store: Store, _settings: Settings, /, *, mutual: bool, known_only: bool, **options: Any) -> int:
    """Import friends: user_id, friend_id and, if you like, created_at."""
    asked = Asked(**options)
    loader = RosterLines(store, asked.site, mutual=mutual, known_only=known_only, now_ms=wall_clock_ms)
    return bring_in(store, "roster+" if mutual else "roster", loader, asked)


@import_.command()
@options_of_files
@with_store
def users(store: Store, _settings: Settings, /, **options: Any) -> int:
    """Import people: user_id, name and, if you like, avatar, url, roles, email, joined, moderator, guest."""
    asked = Asked(**options)
    return bring_in(store, "users", UserLines(store, asked.site, now_ms=wall_clock_ms), asked)


@import_.command()
@options_of_files
@with_store
def messages(store: Store, _settings: Settings, /, **options: Any) -> int:
    """Import messages, sorted by time: id, sender_id, participants, created_at, text."""
    asked = Asked(**options)
    return bring_in(store, "messages", MessageLines(store, asked.site, now_ms=wall_clock_ms), asked)


for _forum in FORUM_COMMANDS:
    import_.add_command(_forum)


def bring_in(store: Store, kind: str, loader: Loader, asked: Asked) -> int:
    """Import one file and say what came of it; return the exit code."""
    require_site(store, asked.site)
    format_ = _format_of(asked)
    refused_path = asked.refused or _refused_path(asked.file, format_)
    key = _key_of(kind, asked)
    start = _start(store, key, asked)
    if start.is_done:
        click.echo(
            f"{kind}: this file has been imported already, {start.taken:,} lines; --again does it anew"
        )
        return 0
    refused = Refused(refused_path, is_csv=format_ == CSV, length=start.refused_bytes)
    try:
        with open_source(asked.file, stdin=sys.stdin.buffer) as source:
            records, read = _open(source, loader, format_, start)
            begun = source.position()
            progress = Progress(sys.stderr, total_bytes=source.total_bytes, begun_bytes=begun)
            run = Run(store, loader, refused=refused, progress=progress, start=start)
            work = Work(records=records, read=read, key=key, position=source.position, dry_run=asked.dry_run)
            place = run.carry_out(work)
    finally:
        refused.close()
    return _report(kind, place, progress, refused_path, before=start, dry_run=asked.dry_run)


def require_site(store: Store, site_id: str) -> None:
    """Raise NotFound with what to do unless there is such a site."""
    try:
        store.sites.require_site(site_id)
    except NotFound as error:
        raise NotFound(f"there is no site {site_id}; bin/im site list shows those there are") from error


def _format_of(asked: Asked) -> Literal["csv", "ndjson"]:
    suffixes = [suffix for suffix in Path(asked.file).suffixes if suffix != ".gz"]
    found = asked.format or SUFFIXES.get(suffixes[-1] if suffixes else "")
    if found is None:
        raise InvalidRequest("say --format csv or --format ndjson; the name of the file does not")
    return "csv" if found == CSV else "ndjson"


def _refused_path(file: str, format_: str) -> Path:
    if file == STDIN:
        raise InvalidRequest("standard input needs --refused FILE, where the bad lines go")
    return Path(f"{file}.refused.{format_}")


def _key_of(kind: str, asked: Asked) -> ImportKey | None:
    """Return what the file is remembered by; standard input and a dry run are not remembered."""
    if asked.file == STDIN or asked.dry_run:
        return None
    return ImportKey(asked.site, fingerprint(asked.file)[:40] + f":{kind}", kind)


def _start(store: Store, key: ImportKey | None, asked: Asked) -> Checkpoint:
    if key is None:
        return Checkpoint()
    if asked.again:
        store.imports.forget(key)
    return store.imports.find(key) or Checkpoint()


def _open(source: Source, loader: Loader, format_: str, start: Checkpoint) -> tuple[Records, Reader]:
    """Return the records from ``start`` on and what reads them."""
    stream = source.stream
    if format_ == NDJSON:
        stream.seek(start.at_bytes) if start.at_bytes else None
        records = Records(stream, quoted=False, offset=start.at_bytes, line=start.at_line)
        return records, json_reader(loader.kind)
    records = Records(stream, quoted=True)
    header = next(iter(records), None)
    if header is None:
        raise InvalidRequest("the file is empty; its first line names the columns")
    read = csv_reader(loader.kind, header)
    if start.at_bytes:
        stream.seek(start.at_bytes)
        records = Records(stream, quoted=True, offset=start.at_bytes, line=start.at_line)
    return records, read


def _report(
    kind: str, place: Checkpoint, progress: Progress, refused_path: Path, *, before: Checkpoint, dry_run: bool
) -> int:
    seconds = max(progress.seconds, 1e-3)
    pace = (place.taken - before.taken) / seconds
    would = "would be " if dry_run else ""
    click.echo(
        f"{kind}: {place.taken:,} lines {would}taken, {place.fresh:,} rows {would}new, "
        f"{place.refused:,} refused; "
        f"{seconds:.1f} s, {pace:,.0f} lines/s"
    )
    if not place.refused:
        return 0
    click.echo(f"{kind}: the refused lines, each with its number and the reason, are in {refused_path}")
    return REFUSED_SOME
