"""Uploads made harmless before they are kept: pictures are drawn anew, PDF files with anything active are refused.

Everything that looks inside the bytes runs in a confined child (``uploads_child``): memory, processor and wall limits, no
network, no files. What comes back is the picture without its metadata (place, device, thumbnail) or the PDF as it was.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

ROOT = Path(__file__).resolve().parents[3]
MEGABYTE = 1024 * 1024
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}


@dataclass(frozen=True)
class Bounds:
    """What is taken. Sizes in bytes, times in seconds."""

    file_bytes: int = 20 * MEGABYTE
    pixels: int = 40_000_000
    memory_bytes: int = 1024 * MEGABYTE
    cpu_seconds: int = 20
    wall_seconds: int = 30


STANDARD = Bounds()


class NotTaken(ValueError):
    """The upload is refused; ``code`` says which rule, the message says what to do."""

    def __init__(self, code: str, bounds: Bounds = STANDARD) -> None:
        self.code = code
        super().__init__(_message(code, bounds))


class Clean(io.BytesIO):
    """A checked file: its harmless bytes, with ``media`` (type), ``digest`` (SHA-256) and ``size``."""

    def __init__(self, content: bytes, media: str) -> None:
        super().__init__(content)
        self.media = media
        self.size = len(content)
        self.digest = hashlib.sha256(content).hexdigest()


def clean(stream: IO[bytes], bounds: Bounds = STANDARD) -> Clean:
    """Check an upload and make it harmless. The name and the type the browser claims play no part. Raises ``NotTaken``."""
    stream.seek(0)
    content = stream.read(bounds.file_bytes + 1)
    if len(content) > bounds.file_bytes:
        raise NotTaken("too_big", bounds)
    media = media_of(content)
    if media is None:
        raise NotTaken("heic" if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1") else "unknown_type", bounds)
    answer, body = _ask_child(content, media, bounds)
    if "refused" in answer:
        raise NotTaken(answer["refused"], bounds)
    return Clean(content if media == "application/pdf" else body, media)


def media_of(content: bytes) -> str | None:
    """The type by the first bytes; None for what is not taken (SVG, HTML, archives, programs …)."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith((b"%PDF-1.", b"%PDF-2.")) else None


def _ask_child(content: bytes, media: str, bounds: Bounds) -> tuple[dict[str, str], bytes]:
    limits = json.dumps([bounds.pixels, bounds.memory_bytes, bounds.cpu_seconds])
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "shegong.kernel.vault.uploads_child", media, limits], input=content, capture_output=True,
            timeout=bounds.wall_seconds, cwd=ROOT, env={"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
            start_new_session=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"refused": "too_hard"}, b""
    head, _newline, body = done.stdout.partition(b"\n")
    try:
        return json.loads(head), body
    except ValueError:  # killed by its limits before it could say anything
        return {"refused": "too_hard"}, b""


def _message(code: str, bounds: Bounds) -> str:
    texts = {
        "too_big": _("The file is larger than %(megabytes)s MB. Photograph it in a lower resolution, or split it.")
        % {"megabytes": bounds.file_bytes // MEGABYTE},
        "unknown_type": _("Only photos and scans are taken: JPEG, PNG, WebP or PDF. Save it as one of these."),
        "heic": _(
            "This is an iPhone photo in HEIC format. Choose “Most Compatible” in the camera settings, or send it as JPEG."
        ),
        "pixels": _("The picture has more than %(million)s million pixels. Take it in a lower resolution.")
        % {"million": bounds.pixels // 1_000_000},
        "damaged": _("The file is damaged and cannot be opened. Take or scan it again."),
        "active": _("This PDF contains scripts, actions or embedded files. Print it to a new PDF, or photograph it."),
        "encrypted": _("This PDF is protected by a password and cannot be checked. Save it without one."),
        "unchecked": _("This PDF is built in a way that cannot be checked. Print it to a new PDF, or photograph it."),
        "mixed": _("The file hides a second file behind the first. Print it to a new PDF, or photograph it."),
        "too_hard": _("The file could not be checked within the limits. Take or scan it again, smaller."),
    }
    return texts[code]
