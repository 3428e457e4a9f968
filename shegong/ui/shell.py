"""What surrounds every page: who I am, where I act, what I may go to. The site fills it once a request, as `shell`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One place to work. `icon`: a name of @tabler/icons; `count`: open items, 0 shows nothing."""

    label: str
    url: str
    icon: str = field(kw_only=True)  # by keyword, so that the build finds the names of icons
    active: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries that belong together; the first group usually has no label."""

    label: str
    entries: Sequence[NavEntry]


@dataclass(frozen=True, slots=True)
class Post:
    """An organisation and role in which the person may act; `value` is what the switcher posts as `post`."""

    value: str
    org: str
    role: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """Addresses and names of the frame. An empty address leaves its element out."""

    user_key: str  # opaque and stable; another key on the same browser wipes local drafts
    user_name: str
    nav: Sequence[NavGroup] = ()
    posts: Sequence[Post] = ()
    switch_url: str = ""
    search_url: str = ""
    new_url: str = ""
    todo_url: str = "/"
    me_url: str = ""
    inbox_url: str = ""
    inbox_count: int = 0
    as_of: date | None = None
    as_of_url: str = ""  # leads back to today
    sign_in_url: str = ""
    sign_out_url: str = ""
    language_url: str = ""
    languages: Sequence[tuple[str, str]] = field(default=(("zh-hans", "简体中文"), ("en", "English")))

    @property
    def post(self) -> Post | None:
        """Where I act now."""
        return next((post for post in self.posts if post.current), None)
