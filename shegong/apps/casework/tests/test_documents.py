"""Documents: hostile files are refused, pictures lose their metadata, bytes rest sealed, openings are traced, neighbours get 404."""

from __future__ import annotations

import io
import os
import struct
import time
import uuid
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from shegong.apps.casework.forms.documents import AddDocumentForm
from shegong.apps.casework.models import Document
from shegong.apps.casework.queries import documents as reading
from shegong.apps.casework.services import documents
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything
from shegong.kernel.vault import files, uploads
from shegong.kernel.vault.provider import BadSealError
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
PLACE = b"GPS-SECRET-PLACE"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.SHEGONG_FILES_DIR = tmp_path / "files"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", exif: bool = True, **more: object
) -> bytes:
    """A picture whose left half is red, with place, device and a comment in its metadata."""
    drawn = Image.new(mode, size, 0)
    if mode == "RGB":
        drawn.paste((200, 0, 0), (0, 0, size[0] // 2, size[1]))
    if exif:
        tags = Image.Exif()
        tags[0x010F], tags[0x010E] = "SECRET-DEVICE", PLACE.decode()
        tags.get_ifd(0x8825).update({1: "N", 2: (23.0, 7.0, 30.0), 3: "E", 4: (113.0, 15.0, 20.0)})
        more["exif"] = tags.tobytes()
        more |= {"comment": b"SECRET-COMMENT", "icc_profile": b"SECRET-PROFILE" * 10}
    out = io.BytesIO()
    drawn.save(out, kind, **more)
    return out.getvalue()


def pdf(extra: bytes = b"", catalog: bytes = b"", tail: bytes = b"") -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R " + catalog + b" >> endobj\n"
        b"2 0 obj << /Type /Pages /Kids [] /Count 0 >> endobj\n"
        + extra
        + b"trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
        + tail
    )


def object_stream(inside: bytes, head: bytes = b"/Filter /FlateDecode") -> bytes:
    body = zlib.compress(inside)
    return (
        b"5 0 obj << /Type /ObjStm /N 1 /First 4 "
        + head
        + b" /Length %d >>\nstream\n" % len(body)
        + body
        + b"\nendstream endobj\n"
    )


def zipped(comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
        archive.comment = comment
    return out.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(uploads.NotTaken) as error:
        uploads.clean(io.BytesIO(content))
    return error.value.code


def add(content: bytes, case=None, by: str = "town_worker", title: str = "劳动合同") -> Document:
    case = case or given.case()
    do(by, documents.add_document, case, file=SimpleUploadedFile("x.jpg", content), title=title)
    with everything():
        return Document.objects.filter(case=case).select_related("case").order_by("-id")[0]


# --- pictures ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_pictures_are_drawn_anew_without_place_device_and_comment(kind, media):
    dirty = picture(kind)
    assert PLACE in dirty
    found = uploads.clean(io.BytesIO(dirty))
    assert (found.media, found.size) == (media, len(found.getvalue()))
    for secret in (PLACE, b"SECRET-DEVICE", b"SECRET-COMMENT", b"SECRET-PROFILE"):
        assert secret not in found.getvalue(), secret
    seen = Image.open(found)
    assert not {"exif", "icc_profile", "comment", "xmp", "XML:com.adobe.xmp"} & set(seen.info)
    assert seen.size == (60, 40) and not dict(seen.getexif()) and not dict(seen.getexif().get_ifd(0x8825))
    red, black = seen.convert("RGB").getpixel((5, 20)), seen.convert("RGB").getpixel((55, 20))
    assert red[0] > 150 and sum(black) < 60


def test_a_photo_taken_sideways_stands_upright_afterwards():
    tags = Image.Exif()
    tags[0x0112] = 6
    found = Image.open(uploads.clean(io.BytesIO(_turned(tags))))
    assert found.size == (40, 60)


def _turned(tags: Image.Exif) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40)).save(out, "JPEG", exif=tags.tobytes())
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("CMYK", "JPEG"), ("RGBA", "WEBP")]
)
def test_every_usual_colour_mode_is_taken(mode, kind):
    assert Image.open(uploads.clean(io.BytesIO(picture(kind, mode=mode, exif=False)))).size == (60, 40)


def test_what_hangs_behind_a_picture_is_gone():
    found = uploads.clean(io.BytesIO(picture() + zipped() + b"<script>alert(1)</script>"))
    assert b"<script" not in found.getvalue() and not zipfile.is_zipfile(io.BytesIO(found.getvalue()))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_picture_bomb_is_refused_from_its_header():
    head = struct.pack(">IIBBBBB", 25_000, 25_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    assert len(bomb) < 10_000
    assert refused(bomb) == "pixels"


def test_a_file_that_costs_too_much_memory_is_stopped():
    bounds = uploads.Bounds(memory_bytes=330 * 1024 * 1024, wall_seconds=20)
    out = io.BytesIO()
    Image.new("RGB", (6300, 6300)).save(out, "PNG")
    with pytest.raises(uploads.NotTaken) as error:
        uploads.clean(io.BytesIO(out.getvalue()), bounds)
    assert error.value.code in ("too_hard", "damaged")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unknown_type"),
        (b"<html><script>alert(1)</script></html>", "unknown_type"),
        (b"GIF89a" + b"\0" * 50, "unknown_type"),
        (b"MZ" + b"\0" * 50, "unknown_type"),
        (b"", "unknown_type"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 50, "heic"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"<script>" * 20, "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused(content, code):
    assert refused(content) == code


def test_a_cut_off_picture_is_refused():
    whole = picture(size=(400, 400))
    assert refused(whole[: len(whole) // 2]) == "damaged"


def test_zip_office_and_too_big_files_are_refused():
    assert refused(zipped()) == "unknown_type"
    assert refused(picture() + b"\0" * uploads.STANDARD.file_bytes) == "too_big"


# --- PDF --------------------------------------------------------------------------------------------------------------
def test_a_plain_pdf_is_taken_as_it_is():
    assert uploads.clean(io.BytesIO(pdf())).getvalue() == pdf()
    harmless = object_stream(b"3 0 << /Type /Page >>")
    assert uploads.clean(io.BytesIO(pdf(harmless))).media == "application/pdf"


@pytest.mark.parametrize(
    "catalog",
    [
        b"/OpenAction 4 0 R", b"/OpenAction[1 0 R /Fit]", b"/AA << /O 4 0 R >>", b"/Names << /JavaScript 4 0 R >>",
        b"/S /JavaScript /JS (app.alert\\(1\\))", b"/S /Launch /F (cmd.exe)", b"/J#61vaScript 4 0 R", b"/#4aavaScript 4 0 R",
        b"/Names << /EmbeddedFiles 4 0 R >>", b"/AcroForm << /XFA 4 0 R >>", b"/S /SubmitForm", b"/S /GoToR", b"/RichMedia",
        b"/S /ImportData", b"/Launch\n",
    ],
)  # fmt: skip
def test_active_pdf_is_refused(catalog):
    assert refused(pdf(catalog=catalog)) == "active"


def test_actions_hidden_in_compressed_objects_are_found():
    assert refused(pdf(object_stream(b"3 0 << /S /JavaScript /JS (x) >>"))) == "active"
    assert refused(pdf(object_stream(b"3 0 << /S /J#61vaScript >>"))) == "active"
    assert refused(pdf(object_stream(b"3 0 << /AA 4 0 R >>"))) == "active"


@pytest.mark.parametrize(
    "head",
    [
        b"/Filter [/ASCIIHexDecode /FlateDecode]",
        b"/Filter 9 0 R",
        b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>",
    ],
)
def test_compressed_objects_that_cannot_be_read_are_refused(head):
    assert refused(pdf(object_stream(b"3 0 << >>", head))) == "unchecked"


def test_a_pdf_bomb_is_refused():
    assert refused(pdf(object_stream(b"\0" * 70_000_000))) in ("unchecked", "too_hard")


def test_protected_pdf_is_refused():
    assert refused(pdf(catalog=b"/Encrypt 4 0 R")) == "encrypted"


def test_polyglots_are_refused():
    assert refused(pdf(tail=zipped())) == "mixed"
    assert refused(pdf(tail=zipped(b"\n%%EOF\n"))) == "mixed"
    assert refused(b"%PDF-1.4\n<html><script>alert(1)</script></html>\n%%EOF") == "mixed"
    assert refused(b"MZ" + pdf()) == "unknown_type"
    assert refused(b"\n" + pdf()) == "unknown_type"


def test_without_an_end_it_is_damaged():
    assert refused(b"%PDF-1.4\n1 0 obj <<>> endobj\n") == "damaged"


# --- the store --------------------------------------------------------------------------------------------------------
def test_bytes_rest_sealed_under_a_name_that_says_nothing():
    document = add(pdf(b"% SEEN-NOWHERE\n"))
    path = files.path_of(document.stored)
    assert b"SEEN-NOWHERE" not in path.read_bytes()
    assert str(document.pk) not in str(path) and path.suffix == ""
    assert path.stat().st_mode & 0o077 == 0
    assert b"SEEN-NOWHERE" in b"".join(files.chunks(document.stored))


@pytest.mark.parametrize("size", [0, 1, files.SEGMENT - 1, files.SEGMENT, files.SEGMENT + 1, 3 * files.SEGMENT])
def test_the_store_gives_back_what_it_took(size):
    content = os.urandom(size)
    stored = files.keep([content[:100], content[100:]])
    assert (stored.size, b"".join(files.chunks(stored.name))) == (size, content)


def test_tampering_cutting_and_swapping_are_noticed():
    first, second = files.keep([os.urandom(files.SEGMENT + 5)]), files.keep([os.urandom(files.SEGMENT + 5)])
    path = files.path_of(first.name)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[100] ^= 1
    for bad in (bytes(flipped), whole[:-1], whole[: files.SEGMENT + 36], files.path_of(second.name).read_bytes()):
        path.write_bytes(bad)
        with pytest.raises(BadSealError):
            b"".join(files.chunks(first.name))


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 32, "a" * 31, "a" * 32 + "/x"])
def test_only_names_of_the_store_open(name):
    with pytest.raises(ValueError, match="name"):
        files.path_of(name)


def test_a_failed_write_leaves_nothing():
    def broken():
        yield b"x" * files.SEGMENT
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.keep(broken())
    assert not [p for p in files.folder().rglob("*") if p.is_file()]


def test_files_are_sealed_anew_when_the_key_rotates(settings, tmp_path):
    from shegong.kernel.vault import keyring

    settings.SHEGONG_KEY_DIR = tmp_path / "keys"
    keyring.create(settings.SHEGONG_KEY_DIR)
    keyring.forget()
    try:
        stored = files.keep([b"before"])
        assert not files.reseal(stored.name)
        keyring.add_key(settings.SHEGONG_KEY_DIR, "seal")
        keyring.refresh()
        assert files.reseal(stored.name) and not files.reseal(stored.name)
        assert b"".join(files.chunks(stored.name)) == b"before"
    finally:
        keyring.forget()


def test_the_janitor_takes_orphans_and_nothing_else():
    document = add(picture())
    orphan = files.keep([b"no row names me"])
    (files.folder() / "ab").mkdir(exist_ok=True)
    half = files.folder() / "ab" / "x.part"
    half.write_bytes(b"half")
    assert documents.sweep_files() == 0  # too young
    for path in (files.path_of(document.stored), files.path_of(orphan.name), half):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert documents.sweep_files() == 2
    assert list(files.names()) == [document.stored]


# --- deeds and pages --------------------------------------------------------------------------------------------------
def test_removed_documents_open_to_nobody_and_are_forgotten_a_month_later():
    import datetime as dt

    from django.utils import timezone

    document = add(picture())
    do("town_worker", documents.remove_document, document.case, document=document, reason="传错了文件")
    with acting(cast.actor("town_worker")) as actor, pytest.raises(NotAllowed):
        reading.document_for(actor, document.pk)
    with pytest.raises(Refused):
        do("town_worker", documents.remove_document, document.case, document=document, reason="再删一次")
    os.utime(files.path_of(document.stored), (time.time() - 90_000,) * 2)
    assert documents.sweep_files() == 0
    assert documents.sweep_files(timezone.now() + dt.timedelta(days=31)) == 1


def test_refusals_name_the_field_and_leave_no_file():
    case = given.case()
    for content, title, field in ((b"<svg/>", "图", "file"), (picture(), " ", "title")):
        with pytest.raises(Refused) as error:
            add(content, case, title=title)
        assert error.value.field == field
    assert not list(files.names())
    add(picture(), case)
    with pytest.raises(Refused) as error:
        add(picture(), case)
    assert error.value.field == "file" and len(list(files.names())) == 1


def test_neighbours_and_outsiders_cannot_add_remove_or_open():
    document = add(picture())
    for account in (
        "neighbour_town_worker",
        "neighbour_supervisor",
        "town2_worker",
        "employer_hr",
        "base_cadre",
        "worker",
        "lawyer",
    ):
        with acting(cast.actor(account)) as actor:
            assert not Document.objects.exists(), account
            with pytest.raises(NotAllowed) as error:
                reading.document_for(actor, document.pk)
            assert error.value.status == 404
        with pytest.raises(NotAllowed) as error:
            do(account, documents.add_document, document.case, file=io.BytesIO(picture()), title="x")
        assert error.value.status == 404


def test_who_reaches_the_rows_but_may_not_open_the_case_does_not_open_its_documents():
    document = add(picture())
    with acting(cast.actor("city_officer")) as actor:
        assert Document.objects.filter(pk=document.pk).exists()  # figures need the rows
        with pytest.raises(NotAllowed) as error:
            reading.document_for(actor, document.pk)
        assert error.value.status == 404


def client_of(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_served_as_a_download_that_can_do_nothing_and_traced():
    document = add(picture(), title='合同 "第1页"/..\\x')
    answer = client_of("town_worker").get(f"/documents/{document.pk}")
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, answer.headers["Content-Type"], int(answer.headers["Content-Length"])) == (
        200,
        "image/jpeg",
        len(content),
    )
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "/" not in answer.headers["Content-Disposition"].split("''")[1]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert "no-store" in answer.headers["Cache-Control"]
    client_of("supervisor").get(f"/documents/{document.pk}")
    with everything():
        seen = Entry.objects.filter(object_id=str(document.case_id), outcome="seen", reason__contains=str(document.pk))
        assert [e.actor_name for e in seen.order_by("seq")] == ["陈小满", "周立秋"]


def test_foreign_documents_do_not_exist():
    document = add(picture())
    for page in (f"/documents/{document.pk}", f"/documents/{document.pk}/preview"):
        foreign = client_of("neighbour_town_worker").get(page)
        missing = client_of("neighbour_town_worker").get(page.replace(str(document.pk), str(uuid.uuid4())))
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert Client().get(page).status_code == 302  # sign in first
        assert client_of("town_worker").post(page).status_code == 405


def test_pictures_have_a_preview_and_pdf_has_none():
    case = given.case()
    shown = client_of("town_worker").get(f"/documents/{add(picture(), case).pk}/preview")
    assert (
        shown.headers["Content-Disposition"].startswith("inline")
        and "sandbox" in shown.headers["Content-Security-Policy"]
    )
    assert client_of("town_worker").get(f"/documents/{add(pdf(), case).pk}/preview").status_code == 404


def test_the_form_makes_the_file_harmless_before_the_case_is_locked():
    case = given.case()
    with acting(cast.actor("town_worker")) as actor:
        sent = {"file": SimpleUploadedFile("a.jpg", picture())}
        form = AddDocumentForm({"title": "合同"}, sent, actor=actor, target=case)
        assert form.is_valid() and isinstance(form.cleaned_data["file"], uploads.Clean)
        bad = AddDocumentForm(
            {"title": "合同"}, {"file": SimpleUploadedFile("a.jpg", b"<svg/>")}, actor=actor, target=case
        )
        assert not bad.is_valid() and "file" in bad.errors


def test_the_same_key_adds_once():
    case, key = given.case(), uuid.uuid4()
    for _each in range(2):
        do(
            "town_worker",
            documents.add_document,
            case,
            file=SimpleUploadedFile("x.jpg", picture()),
            title="合同",
            key=key,
        )
    with everything():
        assert Document.objects.filter(case=case).count() == 1
