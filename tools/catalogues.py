"""Gather the message ids of Python and templates, join the Chinese fragments to them, write and compile the catalogue.

    python tools/catalogues.py            write shegong/locale/zh_Hans/LC_MESSAGES/django.po and .mo
    python tools/catalogues.py --check    write nothing; fail and list what is wrong
    python tools/catalogues.py --missing  print the missing entries as an empty fragment to fill in

Many people translate at once, so each area has its own fragment in shegong/locale/fragments/; the catalogue is
generated from them and never edited. English needs no catalogue: the message ids are the English text, and Django
gives an untranslated English message its id. Exit codes: 0 all translated, 1 something is wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "shegong"
METHODS = [
    ("**/tests/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
]
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# %(name)s, %s, %d, %%, {name}: what a translation must carry over unchanged.
PLACES = re.compile(r"%\(\w+\)[sdifr]|%[sdifr]|\{\w*\}")
FIXED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock in generated files: the same input gives the same bytes

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Entry:
    """One translation: the Chinese text and the fragment it stands in."""

    text: str
    fragment: str


def ids_of(message: Message) -> tuple[str, ...]:
    """The singular id, and the plural one where there is one."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def key_of(message: Message) -> Key:
    """Context and singular id: what names a message."""
    return message.context, ids_of(message)[0]


def extract(package: Path = PACKAGE) -> Catalog:
    """All message ids of a package's Python files and Jinja templates, without its tests."""
    found = Catalog(locale="zh_Hans", domain="django", fuzzy=False, creation_date=FIXED, revision_date=FIXED)
    for file, line, message, comments, context in extract_from_dir(
        package, METHODS, {"**/templates/**.html": JINJA}, KEYWORDS, ("Translators:",), strip_comment_tags=True
    ):
        if message and message != ("", ""):
            found.add(
                message, None, [(f"shegong/{Path(file).as_posix()}", line)], auto_comments=comments, context=context
            )
    return found


def read_fragments(folder: Path) -> tuple[dict[Key, Entry], list[str]]:
    """Translations of every *.po in `folder`, and what is wrong with them: unreadable files, two different texts for one id."""
    entries: dict[Key, Entry] = {}
    wrong: list[str] = []
    for path in sorted(folder.glob("*.po")):
        try:
            with path.open("rb") as source:
                fragment = read_po(source, locale="zh_Hans", charset="utf-8", abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            wrong.append(f"{path.name}: cannot be read: {error}")
            continue
        for message in fragment:
            if not message.id:
                continue
            text = message.string[0] if isinstance(message.string, tuple) else message.string
            before = entries.get(key_of(message))
            if before and text and before.text and before.text != text:
                wrong.append(
                    f"{path.name}: {key_of(message)[1]!r} is {text!r} here and {before.text!r} in {before.fragment}"
                )
            if text or not before:
                entries[key_of(message)] = Entry(str(text), path.name)
    return entries, wrong


def places(text: str) -> list[str]:
    return sorted(PLACES.findall(text.replace("%%", "")))


def mismatch(message: Message, text: str) -> str | None:
    """Why the places of a translation do not match. A plural may leave out the number in one form, so either form will do."""
    ids = ids_of(message)
    if any(places(text) == places(each) for each in ids):
        return None
    return f"{ids[-1]!r} has {places(ids[-1])}, its translation {text!r} has {places(text)}"


def where(message: Message) -> str:
    file, line = message.locations[0] if message.locations else ("?", 0)
    return f"{file}:{line}"


def missing(template: Catalog, entries: Mapping[Key, Entry]) -> list[Message]:
    return [message for message in template if message.id and not entries.get(key_of(message), Entry("", "")).text]


def problems(template: Catalog, entries: Mapping[Key, Entry]) -> list[str]:
    """Every id without Chinese, every translation nobody asks for, every place lost or invented; one line each."""
    found = [f"no Chinese for {key_of(message)[1]!r} ({where(message)})" for message in missing(template, entries)]
    used = {key_of(message) for message in template if message.id}
    found += [f"{entry.fragment}: nothing uses {key[1]!r}" for key, entry in entries.items() if key not in used]
    for message in template:
        entry = entries.get(key_of(message)) if message.id else None
        if entry and entry.text and (why := mismatch(message, entry.text)):
            found.append(f"{entry.fragment}: {why}")
    return found


def join(template: Catalog, entries: Mapping[Key, Entry]) -> Catalog:
    """The template with the Chinese filled in; Chinese has one plural form."""
    for message in template:
        if message.id:
            text = entries.get(key_of(message), Entry("", "")).text
            message.string = (text,) if isinstance(message.id, tuple) else text
    return template


def write(catalogue: Catalog, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "django.po").open("wb") as out:
        write_po(out, catalogue, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
    with (folder / "django.mo").open("wb") as out:
        write_mo(out, catalogue)


def fragment_of(messages: Iterable[Message]) -> str:
    """Empty entries to fill in, as text of a fragment."""
    todo = Catalog(locale="zh_Hans", fuzzy=False)
    for message in messages:
        todo.add(message.id, None, message.locations, context=message.context)
    out = BytesIO()
    write_po(out, todo, omit_header=True, sort_by_file=True, include_lineno=False)
    return out.getvalue().decode()


def main(arguments: list[str] | None = None, package: Path = PACKAGE) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something is wrong")
    parser.add_argument("--missing", action="store_true", help="print missing entries as a fragment")
    parser.add_argument("--only", default="", help="with --missing: only ids used below this path, e.g. shegong/ui")
    chosen = parser.parse_args(arguments)
    template = extract(package)
    entries, wrong = read_fragments(package / "locale" / "fragments")
    if chosen.missing:
        todo = [m for m in missing(template, entries) if any(file.startswith(chosen.only) for file, _ in m.locations)]
        sys.stdout.write(fragment_of(todo))
        return 0
    wrong += problems(template, entries)
    if not chosen.check:
        write(join(template, entries), package / "locale" / "zh_Hans" / "LC_MESSAGES")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(template)} messages, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
