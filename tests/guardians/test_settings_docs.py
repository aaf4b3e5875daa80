"""docs/settings.md and the templates in conf/ know exactly the settings that exist."""

import re
from pathlib import Path

from imserver.commands.settings import listing, markdown
from imserver.settings import DECLARATIONS, ROOT, Settings, load_settings

DOCS = ROOT / "docs" / "settings.md"


def test_the_documentation_is_in_step() -> None:
    tables = DOCS.read_text(encoding="utf-8").partition("\n## ")[2]
    assert ("## " + tables).strip() == markdown().strip(), "run bin/settings --markdown"


def test_every_setting_is_explained() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert len(DECLARATIONS) > 25
    for declaration in DECLARATIONS:
        assert f"`{declaration.key}`" in text
        assert declaration.text.endswith("."), declaration.name


def test_apaches_names_stand_beside_ours() -> None:
    apache = {declaration.apache for declaration in DECLARATIONS}
    assert {"StartServers", "MaxClients", "KeepAliveTimeout", "ListenBacklog"} <= apache


def test_the_shipped_files_are_accepted() -> None:
    for name in ("imserver.toml.example", "procfile.toml"):
        assert load_settings(environ={}, config_path=ROOT / "conf" / name) != Settings()


def test_the_listing_can_be_used_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "im.toml"
    path.write_text(listing(Settings(), place="the defaults"))
    assert load_settings(environ={}, config_path=path) == Settings()


def test_the_listing_keeps_passwords() -> None:
    settings = load_settings(environ={"IM_STORE_URL": "mysql://im:hunter2@localhost/im"})
    assert "hunter2" not in listing(settings, place="")


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    known = {declaration.variable for declaration in DECLARATIONS} | {"IM_CONFIG", "IM_BROWSER"}
    for path in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "conf").iterdir(),
        ROOT / "Procfile",
    ]:
        if path.is_file():
            words = set(re.findall(r"\bIM_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
            assert words <= known, path


def test_every_setting_is_used() -> None:
    sources = [*(ROOT / "imserver").rglob("*.py"), ROOT / "conf" / "gunicorn.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [
        found.name for found in DECLARATIONS if not re.search(rf"\b{found.section}\.{found.key}\b", text)
    ]
    assert unused == []
