"""The sections of the settings: each field is one setting with its default, meaning and check."""

# design: a field carries its own declaration, so that the type checker, the loader, the listing and
# docs/settings.md cannot disagree about what a setting is.

import dataclasses
from typing import Any

from imserver import checks
from imserver.checks import Check, Value

DAY_SECONDS = 86_400


def _setting(
    default: Value, text: str, check: Check = checks.anything, *, apache: str = "", secret: bool = False
) -> Any:
    metadata = {"text": text, "check": check, "apache": apache, "secret": secret}
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The web server: processes, sockets and what stands in front of them."""

    bind: str = _setting(
        "127.0.0.1:8080", "Where to listen: host:port or unix:/path.", checks.bind_address, apache="Listen"
    )
    workers: int = _setting(
        1, "Worker processes; one per core is plenty.", checks.between(1, 256), apache="StartServers"
    )
    connections: int = _setting(
        15_000,
        "Connections that one worker holds, parked ones included.",
        checks.between(16, 1_000_000),
        apache="MaxClients",
    )
    backlog: int = _setting(
        2_048, "Connections that wait to be accepted.", checks.between(16, 65_535), apache="ListenBacklog"
    )
    keepalive_seconds: int = _setting(
        20,
        "How long an idle connection may wait for its next request; longer than the proxy's own limit.",
        checks.between(1, 600),
        apache="KeepAliveTimeout",
    )
    head_seconds: int = _setting(
        15,
        "How long a connection may take to say what it wants, before it is closed.",
        checks.between(1, 600),
        apache="RequestReadTimeout",
    )
    graceful_seconds: int = _setting(
        30,
        "How long a stopping worker may take to answer everyone.",
        checks.between(2, 600),
        apache="GracefulShutdownTimeout",
    )
    stall_seconds: int = _setting(
        30, "A worker whose loop stood still this long is replaced.", checks.between(5, 600), apache="Timeout"
    )
    public_url: str = _setting(
        "",
        "The origin that browsers use when a proxy stands in front; empty: the one they asked for.",
        checks.web_address,
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        "Proxies whose X-Real-IP and X-Forwarded-Proto are believed.",
        checks.networks,
        apache="RemoteIPTrustedProxy",
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """The database."""

    url: str = _setting(
        "sqlite:///var/imserver.db",
        "An SQLite file or a MySQL database, such as mysql://user:password@host:3306/imserver.",
        checks.store_url,
        secret=True,
    )
    pool_size: int = _setting(8, "MySQL connections that one worker may open.", checks.between(1, 256))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """The cache of profiles; site records, which hold signing keys, stay in each worker's memory."""

    url: str = _setting(
        "memory:",
        "memory: (inside each worker; name a server for several workers), or memcached://host:11211, or memcached:///path.sock.",
        checks.cache_url,
    )
    prefix: str = _setting(
        "im", "What all keys begin with, so that installations can share a server.", checks.key_prefix
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SessionsSettings:
    """Sign-in."""

    lifetime_seconds: int = _setting(
        30 * DAY_SECONDS, "How long a session lasts.", checks.between(60, 400 * DAY_SECONDS)
    )
    clock_skew_seconds: int = _setting(30, "How far a host's clock may be off.", checks.between(0, 600))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How events reach people."""

    # Home routers and some proxies drop a silent connection after 30 s; answer before they do.
    poll_min_seconds: float = _setting(20.0, "The shortest wait of an idle poll.", checks.between(0.05, 600))
    poll_max_seconds: float = _setting(28.0, "The longest wait of an idle poll.", checks.between(0.05, 600))
    hello_seconds: float = _setting(
        5.0, "How long a WebSocket may take to say who it is.", checks.between(0.05, 60)
    )
    sweep_seconds: float = _setting(
        5.0,
        "How often parked cursors are compared with the log: the delay of a lost hint.",
        checks.between(0.05, 60),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSettings:
    """Who is seen as online."""

    offline_seconds: float = _setting(
        45.0, "Offline this long after the last connection ended.", checks.between(0, 600)
    )
    change_seconds: float = _setting(
        10.0, "At most one change per person in this time.", checks.between(0, 600)
    )
    batch_seconds: float = _setting(
        1.5, "Changes are told in batches of this time.", checks.between(0.01, 60)
    )
    beat_seconds: float = _setting(5.0, "How often a worker says that it lives.", checks.between(0.05, 60))
    dead_seconds: float = _setting(15.0, "A worker silent this long is dead.", checks.between(0.1, 600))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MessagesSettings:
    """What becomes of messages."""

    edit_seconds: int = _setting(
        DAY_SECONDS,
        "How long people may change the words of what they have sent; 0: never.",
        checks.zero_or_between(1, 10_000 * DAY_SECONDS),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSettings:
    """What one person, address or site may do."""

    body_bytes: int = _setting(
        65_536, "The largest request body.", checks.between(16_384, 16_777_216), apache="LimitRequestBody"
    )
    messages_per_minute: int = _setting(
        600, "Messages of one person in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )
    site_messages_per_second: int = _setting(
        # With 1,000 a flood kept the writer busy for most of the time, and a neighbour's p99 was three times
        # what it is without; with 500, one and a half times. That is 43 million messages a day of one site.
        500,
        "Messages of one site in a second, per worker, while others send, too, and a second's worth at once; "
        "0: no limit. What a site's plan holds is a rule of the site.",
        checks.zero_or_between(1, 1_000_000),
    )
    searches_per_minute: int = _setting(
        120, "Searches of one person in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )
    guest_messages_per_minute: int = _setting(
        20, "Messages of one guest in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )
    changes_per_minute: int = _setting(
        200,
        "Changes by one person in a minute, such as joining, renaming or inviting one; 0: no limit.",
        checks.zero_or_between(1, 1_000_000),
    )
    reports_per_minute: int = _setting(
        10, "Reports of one person in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )
    frames_per_second: int = _setting(
        100, "Frames of one WebSocket in a second; whoever sends more is closed.", checks.between(10, 100_000)
    )
    socket_buffer_bytes: int = _setting(
        262_144,
        "What may wait for one slow reader before it is closed; it comes back and has lost nothing.",
        checks.between(65_536, 67_108_864),
    )
    worker_buffer_bytes: int = _setting(
        25_165_824,
        "What may wait for all slow readers of a worker; then the slowest is closed. Polls have 8 MB more.",
        checks.between(1_048_576, 17_179_869_184),
    )
    server_calls_per_minute: int = _setting(
        6_000,
        "Calls of the server API with one site's keys in a minute; 0: no limit.",
        checks.zero_or_between(1, 1_000_000),
    )
    wrong_keys_per_minute: int = _setting(
        30,
        "Wrong API keys from one address in a minute; then unknown ones wait. 0: no limit.",
        checks.zero_or_between(1, 1_000_000),
    )
    server_body_bytes: int = _setting(
        2_097_152,
        "The largest request body of the server API.",
        checks.between(65_536, 16_777_216),
        apache="LimitRequestBody",
    )
    sign_ins_per_minute: int = _setting(
        300, "Sign-ins from one address in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    """Files that people send each other; docs/files.md says more."""

    folder: str = _setting(
        "var/files", "Where files are received, and kept unless there is a bucket; no web server's folder."
    )
    bucket: str = _setting(
        "",
        "The S3 bucket that keeps files, as name or name/prefix; empty: the folder does.",
        checks.bucket,
    )
    s3_endpoint: str = _setting(
        "", "Where the bucket is, such as https://minio.example.com; empty: at Amazon.", checks.web_address
    )
    s3_region: str = _setting("us-east-1", "The bucket's region.")
    s3_key: str = _setting(
        "", "The access key's id; empty: boto3 looks in the environment, as always.", secret=True
    )
    s3_secret: str = _setting("", "The access key's secret.", secret=True)
    types: tuple[str, ...] = _setting(
        (
            "image/*",
            "audio/*",
            "video/*",
            "text/plain",
            "application/pdf",
            "application/zip",
            "application/epub+zip",
            "application/vnd.*",
        ),
        "The types that are taken; what counts is what the bytes are. application/octet-stream is everything "
        "that is not known, pages and programs too.",
        checks.media_types,
    )
    file_bytes: int = _setting(
        26_214_400, "The largest file.", checks.between(1_024, 5_000_000_000), apache="LimitRequestBody"
    )
    picture_pixels: int = _setting(
        60_000_000, "The most pixels of a picture.", checks.between(10_000, 500_000_000)
    )
    person_bytes: int = _setting(
        1_073_741_824, "What one person's files may take; 0: no limit.", checks.zero_or_between(1_024, 2**53)
    )
    site_bytes: int = _setting(
        107_374_182_400, "What one site's files may take; 0: no limit.", checks.zero_or_between(1_024, 2**53)
    )
    per_minute: int = _setting(
        30, "Uploads of one person in a minute; 0: no limit.", checks.zero_or_between(1, 1_000_000)
    )
    url_seconds: int = _setting(
        900, "How long the address of a file can be used, at the most.", checks.between(2, 86_400)
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BusSettings:
    """Hints between workers: inside a box over Unix sockets, between boxes over Redis."""

    folder: str = _setting(
        "",
        "Folder of the workers' sockets; empty: a private one that follows from store.url.",
        checks.socket_folder,
    )
    url: str = _setting(
        "",
        "The Redis that several boxes share, such as redis://host:6379 or unix:///path.sock; empty: one box. "
        "Its channel begins with cache.prefix.",
        checks.redis_url,
        secret=True,
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Mail about missed messages, to whom a token names an address; see docs/mail.md."""

    url: str = _setting(
        "",
        "Where mail is handed over: smtp://, starttls:// or smtps://user:password@host:port; empty: no mail.",
        checks.mail_url,
        secret=True,
    )
    sender: str = _setting(
        "", "From whom mails are, such as Seed Club <no-reply@example.org>.", checks.mail_sender
    )
    delay_minutes: float = _setting(
        30.0,
        "How long a message waits for its reader before a mail tells of it, and the least time between two.",
        checks.between(0.01, 10_080),
    )
    link_days: int = _setting(14, "How long the reply link of a mail is good.", checks.between(1, 90))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSettings:
    """Requests to addresses that site owners name: webhooks, lists of friends, the live checker."""

    allow_private: bool = _setting(
        False,
        "Whether they may lead to this machine and its network; for intranets, where all owners are trusted.",
    )
    ca_file: str = _setting("", "Certificates of authorities to believe; empty: the system's.")
    timeout_seconds: float = _setting(
        10.0, "How long a webhook or a list of friends may take.", checks.between(0.1, 60)
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """The owner console under /console/; see docs/console.md."""

    enabled: bool = _setting(True, "Whether there is one.")
    idle_minutes: int = _setting(
        120, "A console session ends this long after its last use.", checks.between(1, 10_080)
    )
    lifetime_hours: int = _setting(
        24, "A console session ends this long after signing in.", checks.between(1, 720)
    )
    sign_ins_per_minute: int = _setting(
        20, "Tries to sign in from one address in a minute.", checks.between(1, 10_000)
    )
    tries_per_minute: int = _setting(
        6, "Passwords and codes tried for one account in a minute.", checks.between(1, 1_000)
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    """The demo community, which signs anybody in as anybody."""

    enabled: str = _setting(
        "auto",
        "auto: when the store is new, server.bind is loopback and public_url is empty; on; off.",
        checks.one_of("auto", "on", "off"),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is written to standard error; never tokens, never bodies."""

    level: str = _setting(
        "info",
        "debug, info, warning or error.",
        checks.one_of("debug", "info", "warning", "error"),
        apache="LogLevel",
    )
    format: str = _setting(
        "text", "json (one object per line) or text.", checks.one_of("json", "text"), apache="LogFormat"
    )
    requests: bool = _setting(False, "One line per request; polls make this a lot.", apache="CustomLog")
