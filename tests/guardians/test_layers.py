"""Imports only point down, and the parts of a layer that must not know each other do not."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "imserver"
LAYERS = (
    {"errors", "checks", "sections", "settings", "metrics", "logs", "protocol"},
    {
        "parking",
        "presence",
        "bus",
        "limits",
        "capacity",
        "shares",
        "readers",
        "smtp",
        "files",
        "outgoing",
        "tallies",
    },
    {"router", "store"},
    {"services", "transports", "monitor"},
    {"handlers"},
    {"app", "wiring", "console_wiring"},
    {"commands"},
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
STRANGERS = {"services", "transports", "monitor"}
# Layer 0 has neither sockets nor a clock of its own; 1 to 6 may.
NOT_PURE = {
    "socket",
    "gevent",
    "flask",
    "gunicorn",
    "pymysql",
    "sqlite3",
    "memcache",
    "select",
    "asyncio",
    "threading",
}
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))


def parse(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            yield from (f"{base}.{alias.name}" for alias in node.names)


def part_of(module: str) -> str:
    """``imserver/store/log.py`` belongs to ``store``, ``imserver/bus.py`` to ``bus``."""
    return module.split("/")[1].removesuffix(".py")


def test_every_part_has_a_layer() -> None:
    assert {part_of(module) for module in MODULES} - {"__init__", "worker"} == set(LAYER_OF)


def ours(module: str) -> Iterator[tuple[str, str]]:
    """Yield what ``module`` imports of other parts of ours: the part, and the whole name."""
    for name in imports(parse(module)):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "imserver" and other not in {part_of(module), "__version__"}:
            yield other, name


def test_imports_point_down() -> None:
    pairs = [(module, *found) for module in MODULES if part_of(module) in LAYER_OF for found in ours(module)]
    assert len(pairs) > 100
    up = [
        (module, name) for module, other, name in pairs if LAYER_OF.get(other, 99) > LAYER_OF[part_of(module)]
    ]
    assert up == []


def test_services_transports_and_monitor_do_not_know_each_other() -> None:
    for module in MODULES:
        if part_of(module) in STRANGERS:
            assert [name for other, name in ours(module) if other in STRANGERS] == [], module


def test_the_lowest_layer_is_pure() -> None:
    modules = [module for module in MODULES if LAYER_OF.get(part_of(module)) == 0]
    used = {(module, name.partition(".")[0]) for module in modules for name in imports(parse(module))}
    assert [(module, name) for module, name in used if name in NOT_PURE] == []


def test_the_worker_class_stands_apart() -> None:
    assert not [name for name in imports(parse("imserver/worker.py")) if name.startswith("imserver")]
    users = [module for module in MODULES if "imserver.worker" in list(imports(parse(module)))]
    assert users == []
