"""How figures, money, dates and deadlines are written for people. Every function is also a template filter.

Dates are business dates of Asia/Shanghai; instants are shown in that zone. Nothing here rounds silently: a shortened
sum carries its exact value beside it (`wan` returns markup with the exact amount as title).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from markupsafe import Markup

from shegong.lib.dates import format_chinese
from shegong.lib.money import format_wan, format_yuan

CHINA = ZoneInfo("Asia/Shanghai")
EMPTY = "—"
QUALIFIERS = {"exact": "", "": "", "at_least": "≥", "about": "≈", "below": "<", "≥": "≥", "≈": "≈", "<": "<"}


def today() -> date:
    """The business date: the day it is in China, wherever the server stands."""
    return datetime.now(CHINA).date()


def _chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")


def day(value: date | datetime | None) -> str:
    """2026-11-22, for lists and fields; — when there is none."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    return value.isoformat()


def date_zh(value: date | datetime | None) -> str:
    """2026年11月22日 (22 November 2026 in English), for running text and official forms."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    return format_chinese(value) if _chinese() else f"{value.day} {value:%B %Y}"


def datetime_zh(value: datetime | None, seconds: bool = False) -> str:
    """2026-11-22 14:05 in China; a naive instant is a mistake and raises ValueError."""
    if value is None or value == "":
        return EMPTY
    if value.tzinfo is None:
        raise ValueError("an instant without time zone cannot be shown; store it with one")
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def yuan(fen: int | None, unit: bool = True) -> str:
    """1,234.56元 (1,234.56 yuan in English) of integer fen."""
    if fen is None:
        return EMPTY
    if not unit:
        return format_yuan(fen, unit=False)
    return _("%(amount)s yuan") % {"amount": format_yuan(fen, unit=False)}


def wan(fen: int | None, decimals: int = 2) -> Markup | str:
    """38,257.00 万元, with the exact amount in yuan as title, for large sums."""
    if fen is None:
        return EMPTY
    amount = format_wan(fen, decimals=decimals).removesuffix("万元")
    shown = _("%(amount)s ten-thousand yuan") % {"amount": amount}
    return Markup('<span class="sg-num" title="{}">{}</span>').format(yuan(fen), shown)


def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """1,234 or 1,234.5; half up, as people round. — when there is none."""
    if value is None or value == "":
        return EMPTY
    exact = Decimal(str(value))
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{exact:,f}"


def qualifier(sign: str | None) -> str:
    """≥, ≈, < or nothing for exact, in front of a figure. Raises KeyError for any other word."""
    return QUALIFIERS[sign or ""]


def percent(ratio: float | Decimal | None, decimals: int = 1) -> str:
    """0.4567 -> 45.7%."""
    return EMPTY if ratio is None else f"{number(Decimal(str(ratio)) * 100, decimals)}%"


def points(difference: float | Decimal | None, decimals: int = 1) -> str:
    """A difference of two ratios in percentage points: 0.012 -> +1.2个百分点."""
    if difference is None:
        return EMPTY
    value = Decimal(str(difference)) * 100
    sign = "+" if value > 0 else ""
    return _("%(value)s percentage points") % {"value": sign + number(value, decimals)}


def capped(count: int, cap: int = 1000) -> str:
    """1,000+ once a count passes its cap: lists never count millions."""
    return f"{cap:,}+" if count > cap else f"{count:,}"


def due(due_on: date | datetime | None, now: date | None = None) -> str:
    """Due in 3 days, due today, 2 days overdue."""
    if due_on is None:
        return EMPTY
    left = (_as_day(due_on) - (now or today())).days
    if left == 0:
        return _("Due today")
    if left > 0:
        return ngettext("Due in %(days)d day", "Due in %(days)d days", left) % {"days": left}
    return ngettext("%(days)d day overdue", "%(days)d days overdue", -left) % {"days": -left}


def due_tone(due_on: date | datetime | None, now: date | None = None, warn_days: int = 3) -> str:
    """bad when overdue, warn when due within `warn_days`, else plain. Always shown beside the words of `due`."""
    if due_on is None:
        return "plain"
    left = (_as_day(due_on) - (now or today())).days
    return "bad" if left < 0 else "warn" if left <= warn_days else "plain"


def _as_day(value: date | datetime) -> date:
    return value.astimezone(CHINA).date() if isinstance(value, datetime) else value


def since(at: datetime | None, now: datetime | None = None) -> str:
    """Just now, 5 minutes ago, 3 hours ago, 2 days ago; from a week on the day itself."""
    if at is None:
        return EMPTY
    seconds = int(((now or datetime.now(CHINA)) - at).total_seconds())
    if seconds < 60:
        return _("Just now")
    if seconds < 3600:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", seconds // 60) % {"count": seconds // 60}
    if seconds < 86400:
        return ngettext("%(count)d hour ago", "%(count)d hours ago", seconds // 3600) % {"count": seconds // 3600}
    if seconds < 7 * 86400:
        return ngettext("%(count)d day ago", "%(count)d days ago", seconds // 86400) % {"count": seconds // 86400}
    return day(at)


def mask(value: str | None) -> str:
    """A value the vault has masked already: passed through, so that templates say what they show."""
    return EMPTY if not value else str(value)


def joined(parts: Iterable[object]) -> str:
    """The parts that are there, with the list comma of the language."""
    return ("、" if _chinese() else ", ").join(str(part) for part in parts if part not in (None, ""))


FILTERS: dict[str, Callable[..., object]] = {
    "capped": capped,
    "date_zh": date_zh,
    "datetime_zh": datetime_zh,
    "day": day,
    "due": due,
    "due_tone": due_tone,
    "joined": joined,
    "mask": mask,
    "number": number,
    "percent": percent,
    "points": points,
    "qualifier": qualifier,
    "since": since,
    "wan": wan,
    "yuan": yuan,
}
