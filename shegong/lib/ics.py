"""A calendar file (RFC 5545) for phones and other calendars. Pure Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """``start`` and ``end`` are aware. The file lies on phones: neither names nor numbers of people in ``summary`` or
    ``place``."""

    uid: str
    start: dt.datetime
    end: dt.datetime
    summary: str
    place: str = ""
    url: str = ""


def calendar_file(about: str, events: Iterable[Event]) -> bytes:
    """The file, the same for the same events. ``about``: one ASCII word for the product line."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//Shegong//{about}//ZH"]
    for one in events:
        start, end = (f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" for at in (one.start, one.end))
        lines += [
            "BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{start}", f"DTSTART:{start}", f"DTEND:{end}",
            f"SUMMARY:{_text(one.summary)}",
            f"LOCATION:{_text(one.place)}", f"URL:{one.url}", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join([*(_folded(line) for line in lines), "END:VCALENDAR", ""]).encode()


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> str:
    """At most 75 octets a line, continued after a blank; 24 characters are never more."""
    return "\r\n ".join(line[n : n + 24] for n in range(0, len(line), 24))
