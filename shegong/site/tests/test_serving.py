"""A house that runs: real processes that come up, answer, and leave nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from shegong.site.cli.serving import free_port
from shegong.site.processes import Child, Health, Stopped, answers, keep_running

ROOT = Path(__file__).resolve().parents[3]


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


def test_a_child_that_dies_at_once_ends_the_house():
    with pytest.raises(Stopped, match="web"):
        keep_running(
            [Child("web", [sys.executable, "-c", "raise SystemExit(3)"])],
            when_up=lambda: None,
            health=Health("127.0.0.1", 1),
        )


def test_a_child_that_will_not_end_is_ended(monkeypatch):
    monkeypatch.setattr("shegong.site.processes.GRACE_SECONDS", 0.5)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    child = Child("deaf", [sys.executable, "-c", code])
    child.start()
    time.sleep(0.5)
    child.stop()
    child.wait(time.monotonic() + 0.5)
    assert child.process and child.process.returncode == -signal.SIGKILL


def test_nobody_answers_where_nobody_listens():
    assert not answers(Health("127.0.0.1", free_port("127.0.0.1", 20000)))


@pytest.mark.slow
@pytest.mark.django_db
def test_it_comes_up_answers_and_goes_without_a_trace(committed):
    port = free_port("127.0.0.1", 21000)
    environment = {**os.environ, "SHEGONG_DATABASE_URL": committed, "PYTHONUNBUFFERED": "1"}
    house = subprocess.Popen(
        [sys.executable, "-m", "shegong.site.cli", "serve", "--port", str(port), "--workers", "1"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        for line in house.stderr:
            said += line
            if f":{port}/" in line:
                break
        assert f"http://127.0.0.1:{port}/" in said
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20).read().decode()
        assert re.search(r'name="password"', page)
        children = _children(house.pid)
        assert len(children) >= 2
        house.send_signal(signal.SIGINT)
        house.stderr.read()
        assert house.wait(timeout=60) == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    finally:
        if house.poll() is None:
            house.kill()


@pytest.mark.slow
@pytest.mark.django_db
def test_when_the_parent_is_killed_its_children_end_too(committed):
    port = free_port("127.0.0.1", 22000)
    environment = {**os.environ, "SHEGONG_DATABASE_URL": committed}
    house = subprocess.Popen(
        [sys.executable, "-m", "shegong.site.cli", "serve", "--port", str(port), "--workers", "1"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 60
    while not answers(Health("127.0.0.1", port)) and time.monotonic() < limit:
        time.sleep(0.2)
    children = _children(house.pid)
    assert children
    house.kill()
    house.wait()
    limit = time.monotonic() + 40
    while (left := [pid for pid in children if Path(f"/proc/{pid}").exists()]) and time.monotonic() < limit:
        time.sleep(0.2)
    assert left == []


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
