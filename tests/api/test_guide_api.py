"""The commands of docs/guide/api.md are run, in order, with curl against a server of their own on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connections

from shegong.site.wsgi import application

from .callers import token_of

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "api.md"
pytestmark = pytest.mark.django_db


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(committed: str) -> Iterator[str]:
    shared = connections["default"]
    shared.inc_thread_sharing()

    def serve() -> None:
        connections["default"] = shared
        server.serve_forever(0.05)

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    shared.dec_thread_sharing()


def test_the_commands_of_the_guide_work(address, tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.S)
    assert len(blocks) >= 5
    script = "set -eu\n" + "\n".join(blocks)
    given = {"PATH": os.environ["PATH"], "SHEGONG": address, "TOKEN": token_of("hotline")}
    done = subprocess.run(["bash", "-c", script], env=given, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"state": "intake"' in done.stdout and "12351-2026-000123" in done.stdout
