"""Loading the settings that imserver/sections.py declares; the listing and docs/settings.md come from it too.

A value comes from the environment (``IM_<SECTION>_<KEY>``), else from one TOML file, else it is the default.
"""

import dataclasses
import difflib
import hashlib
import ipaddress
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from imserver import checks
from imserver.checks import Check, Value
from imserver.errors import SettingsError
from imserver.sections import (
    BusSettings,
    CacheSettings,
    ConsoleSettings,
    DeliverySettings,
    DemoSettings,
    FilesSettings,
    LimitsSettings,
    LogSettings,
    MailSettings,
    MessagesSettings,
    OutgoingSettings,
    PresenceSettings,
    ServerSettings,
    SessionsSettings,
    StoreSettings,
)

# Relative paths in settings start at the folder that holds the Procfile.
ROOT = Path(__file__).resolve().parent.parent
# Names that look like settings but say where settings are, or which half of the tests runs.
NOT_SETTINGS = frozenset({"IM_CONFIG", "IM_BROWSER"})

_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked; made by ``load_settings`` or, in tests, by hand."""

    server: ServerSettings = dataclasses.field(default_factory=ServerSettings)
    store: StoreSettings = dataclasses.field(default_factory=StoreSettings)
    cache: CacheSettings = dataclasses.field(default_factory=CacheSettings)
    sessions: SessionsSettings = dataclasses.field(default_factory=SessionsSettings)
    delivery: DeliverySettings = dataclasses.field(default_factory=DeliverySettings)
    presence: PresenceSettings = dataclasses.field(default_factory=PresenceSettings)
    messages: MessagesSettings = dataclasses.field(default_factory=MessagesSettings)
    limits: LimitsSettings = dataclasses.field(default_factory=LimitsSettings)
    files: FilesSettings = dataclasses.field(default_factory=FilesSettings)
    bus: BusSettings = dataclasses.field(default_factory=BusSettings)
    mail: MailSettings = dataclasses.field(default_factory=MailSettings)
    outgoing: OutgoingSettings = dataclasses.field(default_factory=OutgoingSettings)
    console: ConsoleSettings = dataclasses.field(default_factory=ConsoleSettings)
    demo: DemoSettings = dataclasses.field(default_factory=DemoSettings)
    log: LogSettings = dataclasses.field(default_factory=LogSettings)

    def is_loopback(self) -> bool:
        """Tell whether only this machine can connect; a unix socket has a proxy in front, so no."""
        address = checks.split_bind(self.server.bind)
        if address is None:
            return False
        try:
            return ipaddress.ip_address(address[0]).is_loopback
        except ValueError:
            return address[0] == "localhost"

    def bus_folder(self) -> Path:
        """Return the folder of the workers' sockets: short, private, one per store."""
        if self.bus.folder:
            return Path(self.bus.folder)
        name = hashlib.sha256(f"{ROOT}\0{self.store.url}".encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"im-{os.getuid()}-{name}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One setting as the loader and the documentation see it."""

    section: str
    key: str
    default: Value
    text: str
    check: Check
    apache: str
    secret: bool

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return f"IM_{self.section}_{self.key}".upper()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """``sources``: by the name of each setting that is not as always, the file or variable it is from."""

    sources: dict[str, str]
    problems: tuple[str, ...]


# Gives a setting's name and value, or raises SettingsError.
Step = Callable[[], tuple[str, Value]]

SECTIONS: dict[str, type] = {field.name: cast(type, field.type) for field in dataclasses.fields(Settings)}
DECLARATIONS: tuple[Declaration, ...] = tuple(
    Declaration(section=section, key=field.name, default=cast(Value, field.default), **field.metadata)
    for section, kind in SECTIONS.items()
    for field in dataclasses.fields(kind)
)


def load_settings(
    *, environ: Mapping[str, str], config_path: str | os.PathLike[str] | None = None, root: Path = ROOT
) -> Settings:
    """Read the file, then the environment, which wins; raise SettingsError with what would be right.

    The file is ``config_path``, else ``IM_CONFIG``, else ``imserver.toml`` in ``root`` if there is one.
    """
    path = find_config(environ, config_path=config_path, root=root)
    settings = _build(dict(step() for _, step in _steps(environ, path)))
    _check_together(settings)
    return settings


def examine(
    *, environ: Mapping[str, str], config_path: str | os.PathLike[str] | None = None, root: Path = ROOT
) -> Examined:
    """Read as ``load_settings`` does, but go on behind what is wrong. Raises nothing."""
    sources: dict[str, str] = {}
    problems: list[str] = []
    values: dict[str, Value] = {}
    try:
        for place, step in _steps(environ, find_config(environ, config_path=config_path, root=root)):
            _try_step(step, place, values=values, sources=sources, problems=problems)
        _check_together(_build(values))
    except SettingsError as error:
        problems.append(str(error))
    return Examined(sources=sources, problems=tuple(problems))


def _try_step(
    step: Step, place: str, *, values: dict[str, Value], sources: dict[str, str], problems: list[str]
) -> None:
    try:
        name, value = step()
    except SettingsError as error:
        problems.append(str(error))
    else:
        values[name], sources[name] = value, place


def find_config(
    environ: Mapping[str, str], *, config_path: str | os.PathLike[str] | None = None, root: Path = ROOT
) -> Path | None:
    """Return the file to read: the one that was named, or the default one if it exists."""
    named = config_path or environ.get("IM_CONFIG")
    if named:
        return Path(named)
    default = root / "imserver.toml"
    return default if default.exists() else None


def _build(values: Mapping[str, Value]) -> Settings:
    return Settings(
        **{
            section: kind(
                **{key: values[f"{section}.{key}"] for key in _keys(section) if f"{section}.{key}" in values}
            )
            for section, kind in SECTIONS.items()
        }
    )


def _keys(section: str) -> list[str]:
    return [declaration.key for declaration in DECLARATIONS if declaration.section == section]


def _steps(environ: Mapping[str, str], path: Path | None) -> Iterator[tuple[str, Step]]:
    """Yield where each setting stands, and what reads it or says what is wrong with it. The last one wins."""
    if path is not None:
        for section, table in _read_toml(path).items():
            yield from ((str(path), step) for step in _section_steps(section, table, path=path))
    for variable, text in environ.items():
        if variable.startswith("IM_") and variable not in NOT_SETTINGS:
            yield variable, partial(_from_environment, variable, text)


def _section_steps(section: str, table: object, *, path: Path) -> Iterator[Step]:
    if section not in SECTIONS:
        yield partial(_refuse, f"{path}: there is no section [{section}]{_nearest(section, SECTIONS)}")
    elif not isinstance(table, dict):
        yield partial(_refuse, f"{path}: {section} is a section; write [{section}] and its settings below it")
    else:
        for key, value in table.items():
            yield partial(_from_file, f"{section}.{key}", value, path=path)


def _refuse(text: str) -> tuple[str, Value]:
    raise SettingsError(text)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # bad TOML and bad UTF-8
        raise SettingsError(f"{path}: {error}") from error


def _from_file(name: str, value: object, *, path: Path) -> tuple[str, Value]:
    declaration = _BY_NAME.get(name)
    if declaration is None:
        raise SettingsError(f"{path}: there is no setting {name}{_nearest(name, _BY_NAME)}")
    return name, _checked(declaration, _typed(declaration, value), written=value, place=f"{path}: {name}")


def _typed(declaration: Declaration, value: object) -> Value | None:
    """Return ``value`` as the setting's type; None when TOML says another type."""
    default = declaration.default
    if isinstance(default, tuple):
        is_texts = isinstance(value, list) and all(isinstance(part, str) for part in value)
        return tuple(cast(list[str], value)) if is_texts else None
    if isinstance(default, float) and type(value) is int:
        return float(value)
    return cast(Value, value) if type(value) is type(default) else None


def _from_environment(variable: str, text: str) -> tuple[str, Value]:
    declaration = _BY_VARIABLE.get(variable)
    if declaration is None:
        raise SettingsError(f"there is no setting {variable}{_nearest(variable, _BY_VARIABLE)}")
    value = _checked(declaration, _parsed(declaration, text), written=text, place=variable)
    return declaration.name, value


def _parsed(declaration: Declaration, text: str) -> Value | None:
    """Return ``text`` as the setting's type; None when it is not of that type."""
    default = declaration.default
    if isinstance(default, bool):
        return _WORDS.get(text.lower())
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        return type(default)(text)
    except ValueError:
        return None


def _checked(declaration: Declaration, value: Value | None, *, written: object, place: str) -> Value:
    right = declaration.check(value) if value is not None else None
    if value is None:
        right = declaration.check(declaration.default) or _type_name(declaration.default)
    if right is None:
        return cast(Value, value)
    shown = "(not shown)" if declaration.secret else repr(written)
    raise SettingsError(f"{place} is {shown}; it must be {right}")


def _type_name(default: Value) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        tuple: "a list of texts",
    }
    return names[type(default)]


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.0)
    return f"; did you mean {near[0]}?" if near else ""


def _check_together(settings: Settings) -> None:
    """Refuse values that are fine alone and wrong together."""
    server, delivery, presence = settings.server, settings.delivery, settings.presence
    rules = (
        (
            delivery.poll_min_seconds <= delivery.poll_max_seconds,
            "delivery.poll_min_seconds must not exceed poll_max_seconds",
        ),
        (
            presence.beat_seconds * 2 <= presence.dead_seconds,
            "presence.dead_seconds must be at least twice beat_seconds",
        ),
        (
            server.keepalive_seconds <= server.graceful_seconds,
            "server.keepalive_seconds must not exceed graceful_seconds",
        ),
        (
            not settings.mail.url or (settings.mail.sender and server.public_url),
            "mail.url needs mail.sender, and server.public_url for the links in mails",
        ),
    )
    for holds, text in rules:
        if not holds:
            raise SettingsError(text)


_BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}
_BY_VARIABLE = {declaration.variable: declaration for declaration in DECLARATIONS}
