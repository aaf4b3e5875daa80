"""nginx with the shipped configuration, on free ports and with a certificate of the tests' own."""

import re
import socket
import ssl
import subprocess
from pathlib import Path

from imserver.settings import ROOT
from tests.certificates import Authority
from tests.services import Daemon, free_port, require_program

TEMPLATE = ROOT / "conf" / "nginx.conf.template"
# What Debian's own nginx.conf says, and one process that cannot outlive us.
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/imserver.conf;
}}
"""


class Nginx:
    """A proxy in front of ``upstream_port``; ``url`` is what browsers type."""

    def __init__(self, folder: Path, *, upstream_port: int) -> None:
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}"
        self._folder = folder
        self._config = folder / "nginx.conf"
        authority = Authority.create(folder)
        certificate, self.authority = authority.sign("localhost"), authority.path
        self._config.write_text(MAIN.format(folder=folder))
        (folder / "imserver.conf").write_text(
            filled(
                TEMPLATE.read_text(encoding="utf-8"),
                ports={443: self.port, 80: self.plain_port},
                upstream_port=upstream_port,
                certificate=certificate,
            )
        )
        command = [require_program("nginx"), "-p", str(folder), "-c", str(self._config)]
        self._daemon = Daemon("nginx", command=command, is_ready=self.answers, log=folder / "nginx.log")

    def check(self) -> "subprocess.CompletedProcess[str]":
        """Let nginx read its configuration; return what it says."""
        command = [require_program("nginx"), "-t", "-p", str(self._folder), "-c", str(self._config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    def start(self) -> None:
        self._daemon.start()

    def trust(self) -> ssl.SSLContext:
        """Return a context that believes its certificate and no other."""
        return ssl.create_default_context(cafile=self.authority)

    def kill(self) -> None:
        self._daemon.kill()

    def answers(self) -> bool:
        """Tell whether it accepts connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True


def filled(template: str, *, ports: dict[int, int], upstream_port: int, certificate: Path) -> str:
    """Return the template as an admin would fill it in; it listens to this machine only."""
    text = re.sub(r"ssl_certificate(_key)? +\S+;", rf"ssl_certificate\1 {certificate};", template)
    text = text.replace("im.example.com", "localhost").replace("127.0.0.1:8080", f"127.0.0.1:{upstream_port}")
    for usual, port in ports.items():
        text = text.replace(f"listen {usual}", f"listen 127.0.0.1:{port}")
        text = text.replace(f"listen [::]:{usual}", f"listen 127.0.0.2:{port}")
    return text
