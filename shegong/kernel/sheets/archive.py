"""Look over a zip archive before anything opens it: entries, names, sizes, overlaps, encryption. Pure Python.

Nothing here trusts a size the archive claims: `spool` counts the bytes that really come out.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import IO

from .limits import Limits
from .refusal import Unreadable

_END = b"PK\x05\x06"
_LOCAL = struct.Struct("<4s5H3L2H")
_NESTED_NAMES = (".zip", ".xlsx", ".xlsm", ".xlsb", ".xls", ".docx", ".docm", ".pptx", ".jar", ".rar", ".7z", ".gz")
_CHUNK = 1024 * 1024


def open_archive(stream: IO[bytes], size: int, limits: Limits) -> zipfile.ZipFile:
    """Check the archive's structure and open it. Raises Unreadable with a code of `words.FILE_MESSAGES`."""
    _check_directory(stream, size, limits)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as error:
        raise Unreadable("damaged") from error
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise Unreadable("zip_entries", count=len(entries), limit=limits.entries)
    _check_names(entries)
    _check_sizes(entries, limits)
    _check_overlap(stream, entries)
    return archive


def _check_directory(stream: IO[bytes], size: int, limits: Limits) -> None:
    """The end record must lie at the very end and claim a directory of sane size."""
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise Unreadable("damaged")
    count, directory_bytes, offset, comment = struct.unpack("<H2LH", tail[at + 10 : at + 22])
    if at + 22 + comment != len(tail):
        raise Unreadable("zip_tail")
    if count > limits.entries:
        raise Unreadable("zip_entries", count=count, limit=limits.entries)
    if directory_bytes > limits.directory_bytes:
        raise Unreadable("zip_entries", count=count, limit=limits.entries)
    if size - len(tail) + at != offset + directory_bytes:
        raise Unreadable("zip_tail")
    stream.seek(0)


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename if hasattr(entry, "orig_filename") else entry.filename
        if _bad_name(name) or stat.S_ISLNK(entry.external_attr >> 16):
            raise Unreadable("zip_names")
        folded = name.casefold()
        if folded in seen:
            raise Unreadable("zip_names")
        seen.add(folded)
        if entry.flag_bits & 0x2041:
            raise Unreadable("encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("damaged")
        if folded.endswith(_NESTED_NAMES):
            raise Unreadable("zip_nested")


def _bad_name(name: str) -> bool:
    if not name or len(name.encode("utf-8", "surrogatepass")) > 255:
        return True
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        return True
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in name)


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """What the archive claims. The bytes that really come out are counted again in `spool`."""
    total = sum(entry.file_size for entry in entries)
    if total > limits.unzipped_bytes:
        raise Unreadable("zip_bomb", megabytes=limits.unzipped_bytes // 1024 // 1024)
    for entry in entries:
        if entry.file_size > limits.ratio_from_bytes and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise Unreadable("zip_bomb", megabytes=limits.unzipped_bytes // 1024 // 1024)


def _check_overlap(stream: IO[bytes], entries: list[zipfile.ZipInfo]) -> None:
    """No two entries may share bytes, and the first one must start the file (no other file in front)."""
    spans: list[tuple[int, int]] = []
    for entry in entries:
        stream.seek(entry.header_offset)
        head = stream.read(_LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
            raise Unreadable("damaged")
        name_bytes, extra_bytes = _LOCAL.unpack(head)[-2:]
        start = entry.header_offset
        spans.append((start, start + _LOCAL.size + name_bytes + extra_bytes + entry.compress_size))
    spans.sort()
    if not spans or spans[0][0] != 0:
        raise Unreadable("zip_tail")
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise Unreadable("zip_overlap")
    stream.seek(0)


class Meter:
    """Counts unpacked bytes over a whole archive and stops at the limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.total = 0

    def spool(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Chunks of the entry's real bytes. Raises Unreadable for bombs, bad checksums, nested archives."""
        own = 0
        try:
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    if own == 0 and chunk[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
                        raise Unreadable("zip_nested")
                    own += len(chunk)
                    self.total += len(chunk)
                    too_dense = own > self.limits.ratio_from_bytes and own > self.limits.ratio * entry.compress_size
                    if too_dense or self.total > self.limits.unzipped_bytes:
                        raise Unreadable("zip_bomb", megabytes=self.limits.unzipped_bytes // 1024 // 1024)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise Unreadable("damaged") from error
