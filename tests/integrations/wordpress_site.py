"""A WordPress for the tests: Debian's package, unpacked and not installed, on the private MariaDB."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from imserver.settings import ROOT
from tests.integrations.community import Visitor, serving
from tests.services import free_port, make_folder, require_program

PARTS = Path(__file__).parent / "wordpress"
PLUGIN = ROOT / "integrations" / "wordpress" / "imserver"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imserver-tests" / "wordpress"
APT_SECONDS = 300
INSTALL_SECONDS = 60


def find_source() -> Path:
    """Return a folder with WordPress in it; fetch the package the first time, which takes a second."""
    source = CACHE / "usr" / "share" / "wordpress"
    if not (source / "wp-load.php").exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
            if not _download(Path(folder)):
                # The list of packages names a version that is gone.
                subprocess.run(["apt-get", "-qq", "update"], timeout=APT_SECONDS, check=False)
                if not _download(Path(folder)):
                    pytest.fail("apt-get download wordpress does not work here", pytrace=False)
            (package,) = Path(folder).glob("*.deb")
            unpacked = Path(folder) / "unpacked"
            subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True, timeout=APT_SECONDS)
            shutil.rmtree(CACHE, ignore_errors=True)
            unpacked.rename(CACHE)
    return source


def _download(folder: Path) -> bool:
    # apt gives the download to a user who may not write here otherwise.
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "wordpress"]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=APT_SECONDS).returncode == 0


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running site with the plugin; ``content`` is its wp-content."""

    visitor: Visitor
    content: Path
    folder: Path
    environ: dict[str, str]

    @property
    def url(self) -> str:
        return self.environ["TEST_URL"]

    def log_in(self, name: str) -> Visitor:
        """Return somebody's browser after the login form."""
        someone = Visitor(self.visitor.port)
        someone.get("/wp-login.php")
        page = someone.post("/wp-login.php", {"log": name, "pwd": f"{name}-password", "testcookie": "1"})
        assert page.status == 302, page.body[-2000:]
        return someone

    def evaluate(self, code: str) -> str:
        """Run PHP inside WordPress; return what it prints."""
        program = f"$_SERVER['HTTP_HOST'] = 'localhost'; require '{self.folder}/wp-load.php'; {code}"
        done = subprocess.run(
            [require_program("php"), "-r", program],
            env={"PATH": os.environ["PATH"], **self.environ},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def complaints(self) -> str:
        """Return what PHP had to say about the plugin."""
        log = self.content / "debug.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(line for line in lines if "plugins/imserver" in line)


@contextmanager
def wordpress_running(database_url: str) -> Iterator[WordPress]:
    """Install WordPress into an empty database, with the plugin, and serve it until the block ends."""
    folder, port = make_folder(), free_port()
    shutil.copytree(find_source(), folder / "site", symlinks=True)
    content = folder / "site" / "wp-content"
    if content.is_symlink():
        content.unlink()
    shutil.copy(PARTS / "wp-config.php", folder / "site" / "wp-config.php")
    shutil.copytree(PLUGIN, content / "plugins" / "imserver")
    shutil.copytree(PARTS / "theme", content / "themes" / "plain")
    shutil.copytree(PARTS / "mu-plugins", content / "mu-plugins")
    parts = urlsplit(database_url)
    environ = {
        "TEST_DB_NAME": parts.path[1:],
        "TEST_DB_SOCKET": parse_qs(parts.query)["unix_socket"][0],
        "TEST_URL": f"http://localhost:{port}",
        "TEST_CONTENT": str(content),
    }
    php = require_program("php")
    done = subprocess.run(
        [php, str(PARTS / "install.php"), str(folder / "site"), environ["TEST_URL"]],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
    )
    assert done.stdout.endswith("installed"), done.stdout[-3000:] + done.stderr[-3000:]
    command = [php, "-S", f"localhost:{port}", "-t", str(folder / "site")]
    with serving(command, folder=folder, port=port, log=folder / "log", **environ) as visitor:
        yield WordPress(visitor, content, folder / "site", environ)
