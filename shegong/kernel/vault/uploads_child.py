"""The confined child of ``uploads``: bytes on standard input, a line of JSON (and a picture) on standard output. No Django."""

from __future__ import annotations

import io
import json
import re
import sys
import zlib

from shegong.lib.confine import confine

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MAX_SIDE = 30_000
INFLATE_BYTES = 64 * 1024 * 1024
# names that make a PDF do something, or carry something (ISO 32000-1, 12.6 and 7.11)
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|OpenAction|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Rendition|Movie)"
    rb"(?![A-Za-z0-9])"
)
ACTIVE_SHORT = re.compile(rb"/(?:JS|AA)(?![A-Za-z0-9])")  # too short to be looked for in compressed bytes
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
MARKUP = (b"<html", b"<script", b"<!doctype", b"<svg", b"<?php", b"<?xml")


class Refusal(Exception):
    """Carries the code of the rule."""


# --- pictures ---------------------------------------------------------------------------------------------------------
def redraw(content: bytes, media: str, pixels: int) -> bytes:
    """The picture drawn anew: upright, first frame only, nothing but its pixels. Raises ``Refusal``."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own bound is checked from the header, before a pixel is decoded
    try:
        picture = Image.open(io.BytesIO(content), formats=[FORMATS[media]])
        width, height = picture.size
        if width * height > pixels or max(width, height) > MAX_SIDE or min(width, height) < 1:
            raise Refusal("pixels")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        shaped = upright.convert(_mode(upright, media))
        bare = Image.frombytes(shaped.mode, shaped.size, shaped.tobytes())
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        raise Refusal("damaged") from error
    out = io.BytesIO()
    options = {} if media == "image/png" else {"quality": 88}
    bare.save(out, FORMATS[media], **options)
    return out.getvalue()


def _mode(picture: object, media: str) -> str:
    bands = picture.getbands()  # type: ignore[attr-defined]
    clear = "A" in bands or "transparency" in picture.info  # type: ignore[attr-defined]
    if clear and media != "image/jpeg":
        return "RGBA"
    return "L" if bands in (("L",), ("1",)) and media != "image/webp" else "RGB"


# --- PDF --------------------------------------------------------------------------------------------------------------
def check_pdf(content: bytes) -> None:
    """Nothing active, nothing hidden, nothing behind the end. Raises ``Refusal``."""
    if any(sign in content[:2048].lower() for sign in MARKUP) or b"PK\x05\x06" in content[-66_000:]:
        raise Refusal("mixed")
    if not content.rstrip(b"\r\n\t \0").endswith(b"%%EOF"):
        raise Refusal("mixed" if b"%%EOF" in content else "damaged")
    names = _unescaped(content)
    if re.search(rb"/Encrypt(?![A-Za-z])", names):
        raise Refusal("encrypted")
    outside = _unescaped(STREAM.sub(b"stream endstream", content))
    if ACTIVE.search(names) or ACTIVE.search(content) or ACTIVE_SHORT.search(outside):
        raise Refusal("active")
    _check_streams(content)


def _unescaped(content: bytes) -> bytes:
    """Names may be written with hexadecimal escapes: /J#61vaScript."""
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)


def _check_streams(content: bytes) -> None:
    """Objects may lie inside compressed object streams: open every stream that opens."""
    left = INFLATE_BYTES
    for found in STREAM.finditer(content):
        start = content.rfind(b"obj", max(0, found.start() - 4096), found.start())
        head = _unescaped(content[max(start, 0) : found.start()])
        body = _inflated(found[1], left)
        left -= len(body or b"")
        if left <= 0:
            raise Refusal("unchecked")
        if re.search(rb"/ObjStm(?![A-Za-z])", head):
            _check_object_stream(head, found[1], body)
        elif body is not None and ACTIVE.search(_unescaped(body)):
            raise Refusal("active")


def _check_object_stream(head: bytes, raw: bytes, body: bytes | None) -> None:
    filters = re.findall(rb"/Filter\s*(\[[^\]]*\]|/\w+|\d+\s+\d+\s+R)", head)
    plain = not filters and b"/Filter" not in head
    simple = len(filters) == 1 and filters[0].strip(b"[] \r\n\t") in (b"/FlateDecode", b"/Fl")
    if not (plain or simple) or b"/Predictor" in head or (simple and body is None):
        raise Refusal("unchecked")
    objects = _unescaped(raw if plain else body or b"")
    if ACTIVE.search(objects) or ACTIVE_SHORT.search(objects):
        raise Refusal("active")


def _inflated(raw: bytes, limit: int) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(raw.lstrip(b"\r\n"), limit)
    except zlib.error:
        return None


# --- the protocol -----------------------------------------------------------------------------------------------------
def main(arguments: list[str]) -> int:
    """One file; every failure becomes a code, never a traceback with content in it."""
    media, (pixels, memory, seconds) = arguments[0], json.loads(arguments[1])
    if media in FORMATS:
        from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 - before the limits
    content = sys.stdin.buffer.read()
    confine(memory_bytes=memory, cpu_seconds=seconds)
    body = b""
    try:
        if media in FORMATS:
            body = redraw(content, media, pixels)
        else:
            check_pdf(content)
        answer = {"media": media}
    except Refusal as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        answer = {"refused": "too_hard"}
    except Exception:
        answer = {"refused": "damaged"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + body)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
