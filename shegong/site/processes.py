"""Children of ``shegong serve``: started together, watched, stopped together, whatever ends us."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
GRACE_SECONDS = 25
QUICK_DEATH_SECONDS = 10


def web_server(application: str, bind: str, workers: int, threads: int) -> list[str]:
    """The command of the web server: ``workers`` processes of ``threads`` each, bound to ``host:port``.

    A connection stays with the process that took it, so connections that are kept open gather at one process and wait there
    while the other is idle. Each is therefore closed with its answer, and a process takes no more of them than it has threads:
    who waits, waits for whichever process is free first.
    """
    words = [sys.executable, "-m", "gunicorn", application, "--bind", bind, "--worker-class", "gthread"]
    words += ["--workers", str(workers), "--threads", str(threads), "--worker-connections", str(threads), "--keep-alive", "0"]
    words += ["--timeout", "120", "--graceful-timeout", "15", "--log-level", "warning"]
    return [*words, "--no-control-socket"] if _has_control_socket() else words


def _has_control_socket() -> bool:
    """gunicorn 25 and later open a control socket that nobody here needs."""
    from gunicorn.config import KNOWN_SETTINGS  # type: ignore[import-untyped]

    return any("--no-control-socket" in (setting.cli or ()) for setting in KNOWN_SETTINGS)


@dataclass(frozen=True)
class Health:
    """Where to ask whether the web server is up, and under which of its names."""

    host: str
    port: int
    name: str = "localhost"


class Stopped(RuntimeError):
    """A child could not be kept running; the message names it."""


@dataclass
class Child:
    """One process of the house. ``environment`` is added to ours."""

    name: str
    words: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self) -> None:
        self.started = time.monotonic()
        # A session of its own: Ctrl-C reaches the parent only, which then stops the children in order.
        self.process = subprocess.Popen(
            list(self.words),
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None and self.alive():
            self.process.send_signal(signal.SIGTERM)

    def wait(self, until: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _die_with_parent() -> None:
    """Even when the parent is killed without a word, its children end."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def keep_running(children: Sequence[Child], *, when_up: Callable[[], None], health: Health) -> None:
    """Run until SIGINT or SIGTERM. A child that dies is started again; one that dies at once ends the house (``Stopped``)."""
    wanted = threading.Event()
    before = {s: signal.signal(s, lambda *_: wanted.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        for child in children:
            child.start()
        told = False
        while not wanted.wait(0.2):
            for child in children:
                _revive(child)
            if not told and answers(health):
                told = True
                when_up()
    finally:
        for child in children:
            child.stop()
        until = time.monotonic() + GRACE_SECONDS
        for child in children:
            child.wait(until)
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _revive(child: Child) -> None:
    if child.alive():
        return
    code = child.process.returncode if child.process else None
    if time.monotonic() - child.started < QUICK_DEATH_SECONDS:
        raise Stopped(f"{child.name}: 启动后立即退出 ended right after its start (exit {code}).")
    child.start()


def answers(health: Health) -> bool:
    """Whether the web server is up and reaches its database."""
    host = "127.0.0.1" if health.host == "0.0.0.0" else "::1" if health.host == "::" else health.host  # noqa: S104 - asked, not bound
    named = f"[{host}]" if ":" in host else host
    headers = {"Host": health.name, "X-Forwarded-Proto": "https"}
    request = urllib.request.Request(f"http://{named}:{health.port}/health", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
