"""A small HTTP client over loopback: signed-in sessions, sequential rounds, many connections at once."""

from __future__ import annotations

import http.client
import re
import sys
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field

from bench.house import House, Served
from bench.timing import cpu_seconds

_INPUT = re.compile(r'<input[^>]*name="(csrfmiddlewaretoken|idempotency_key|version)"[^>]*>')
_VALUE = re.compile(r'value="([^"]*)"')


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Caller:
    """One keep-alive connection with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """One request; a connection that the server has closed is opened again."""
        sent = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return self._once(method, path, body, sent)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.connection.close()
            return self._once(method, path, body, sent)

    def _once(self, method: str, path: str, body: str | None, sent: dict[str, str]) -> Answer:
        assert self.connection is not None
        self.connection.request(method, path, body.encode() if body is not None else None, sent)
        found = self.connection.getresponse()
        content = found.read()
        for name, value in found.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, content)

    def get(self, path: str, **headers: str) -> Answer:
        found = self.ask("GET", path, **headers)
        if found.status != 200:
            raise RuntimeError(f"{path} answered {found.status}: {found.body[:400].decode(errors='replace')}")
        return found

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a deed's form."""
        page = self.get(path).body.decode()
        return {m[1]: (_VALUE.search(m[0]) or ["", ""])[1] for m in _INPUT.finditer(page)}

    def send(self, path: str, fields: dict[str, str], hidden: dict[str, str], **headers: str) -> Answer:
        """Send a form with a key of its own. Raises where it is not taken."""
        given = {**hidden, **fields, "idempotency_key": str(uuid.uuid4())}
        found = self.ask("POST", path, urllib.parse.urlencode(given), **headers)
        if found.status not in (302, 204):
            said = re.findall(r"invalid-feedback[^>]*>([^<]+)|alert[^>]*>([^<]+)", found.body.decode(errors="replace"))
            raise RuntimeError(f"{path} answered {found.status}: {said[:5]}")
        return found


def signed_in(house: House, served: Served, settings: str, username: str) -> Caller:
    """A connection with a session made for this account; the sign-in itself is not what is measured."""
    words = [sys.executable, "-m", "bench.session", username]
    name, _, value = house.run(words, house.environment(served.database, settings)).strip().partition("=")
    return Caller(served.port, {name: value})


def cpu_ms(served: Served, work: list[str], caller: Caller) -> float:
    """CPU milliseconds a request, web and database processes together, over these addresses one after another."""
    pids = served.pids()
    before = cpu_seconds(pids)
    for path in work:
        caller.get(path)
    return (cpu_seconds(pids) - before) * 1000 / len(work)


@dataclass
class Crowd:
    """What many connections met: seconds of each request, and how many failed."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0


def crowd(callers: list[Caller], path: str, seconds: float) -> Crowd:
    """Each connection asks again as soon as it is answered, for so many seconds."""
    found, until = Crowd(), time.perf_counter() + seconds

    def ask(caller: Caller) -> None:
        while (start := time.perf_counter()) < until:
            try:
                ok = caller.ask("GET", path).status == 200
            except OSError:
                ok = False
            found.seconds.append(time.perf_counter() - start)
            found.errors += not ok

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
