"""A real house: the web server and the keeper as processes over a database of their own, and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage", "--lang=zh-CN",
]  # fmt: skip


@dataclass
class House:
    """A running Shegong. ``sql`` looks straight into its database, past every wall: to check, never to help."""

    url: str
    server: object
    name: str

    def sql(self, text: str) -> list[tuple]:
        return self.server.sql(text, self.name)  # type: ignore[attr-defined,no-any-return]


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def house(server) -> Iterator[House]:
    name, port = f"test_house_{os.getpid()}", _free_port()
    env = {**os.environ, "SHEGONG_DATABASE_URL": server.clone(name), "SHEGONG_MODE": "test", "PYTHONPATH": str(ROOT)}
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "1",
        "--threads",
        "4",
        "--no-control-socket",
        "shegong.site.wsgi",
    ]
    work = [sys.executable, "-m", "shegong.site.cli", "worker"]
    log = (Path(os.environ["SHEGONG_VAR"]) / "house.log").open("w")
    running = [
        subprocess.Popen(c, env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True) for c in (web, work)
    ]
    try:
        _wait(f"http://127.0.0.1:{port}/health", running)
        yield House(f"http://127.0.0.1:{port}", server, name)
    finally:
        for child in running:
            os.killpg(child.pid, signal.SIGTERM)
        for child in running:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        log.close()
        server.drop(name)


def _wait(url: str, running: list[subprocess.Popen]) -> None:
    for _ in range(150):
        assert all(c.poll() is None for c in running), "a process of the house ended; see house.log"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the house did not open; see house.log")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


class Person:
    """Somebody at a window. ``wide`` 1440 is an office PC, 390 a phone."""

    def __init__(self, browser: Browser, house: House, account: str = "", wide: int = 1440) -> None:
        self.house = house
        self.context = browser.new_context(
            viewport={"width": wide, "height": 900}, locale="zh-CN", has_touch=wide < 600
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if "Content Security Policy" in m.text else None
        )
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.foreign: list[str] = []
        self.page.on(
            "request", lambda r: None if r.url.startswith((house.url, "data:", "blob:")) else self.foreign.append(r.url)
        )
        if account:
            self.go("/sign-in")
            self.page.fill("[name=username]", account)
            self.page.fill("[name=password]", f"demo-{account}")
            self.page.press("[name=password]", "Enter")
            self.page.wait_for_url(lambda url: "sign-in" not in url)

    def go(self, path: str) -> Person:
        self.page.goto(self.house.url + path)
        return self

    def fill(self, **fields: object) -> None:
        """Fill a form by the names of its fields, whatever kind each one is."""
        for name, value in fields.items():
            found = self.page.locator(f"#deed [name={name}], main [name={name}]").first
            found.wait_for()
            kind = found.evaluate("e => e.tagName + ':' + e.type")
            if kind.startswith("SELECT"):
                found.select_option(str(value))
            elif kind.endswith(("radio", "checkbox")):
                self.page.locator(
                    f"[name={name}][value='{value}']" if value is not True else f"[name={name}]"
                ).first.check(force=True)
            else:
                found.fill(str(value))

    def send(self) -> None:
        """Press the form's own button and wait for what comes."""
        with self.page.expect_navigation():
            self.page.locator(
                "#deed form.sg-formular button[type=submit], main form.sg-formular button[type=submit]"
            ).first.click()

    def do(self, verb: str, thing: str, **fields: object) -> None:
        """Open the page of a deed, fill it, send it; it must lead away from the form."""
        self.go(f"/do/{verb}/{thing}")
        assert self.page.locator("#deed form.sg-formular").count(), f"{verb}: {self.text()[:300]}"
        self.fill(**fields)
        self.send()
        wrong = self.page.locator(".sg-field-error, .sg-alert.sg-bad")
        assert not wrong.count(), f"{verb}: {wrong.all_inner_texts()}"
        assert not self.page.locator(".sg-error-box").count(), f"{verb}: {self.text()[:400]}"

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def leave(self) -> None:
        assert not self.complaints, self.complaints
        assert not self.foreign, f"asked another host: {self.foreign}"
        self.context.close()


@pytest.fixture
def somebody(browser, house):
    """Opens windows: ``somebody("town_worker", wide=390)``. At the end none may have complained or left the house."""
    opened: list[Person] = []

    def enter(account: str = "", wide: int = 1440) -> Person:
        opened.append(Person(browser, house, account, wide))
        return opened[-1]

    yield enter
    for person in opened:
        person.leave()
