"""T8: hostile files end in time, with a refusal people understand, and touch nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile

import pytest

from shegong.kernel.sheets import words
from shegong.kernel.sheets.limits import Limits
from shegong.kernel.sheets.reading import ROOT, Book
from shegong.kernel.sheets.refusal import Unreadable

from . import files
from .files import HEADER_ROW, REL, XML, inline, pack, parts, plain, worksheet

MB = 1024 * 1024
DTD = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def _bomb() -> bytes:
    return plain(bomb_bin=b"\0" * (60 * MB))


def _quiet_bomb() -> bytes:
    """Honest ratio, too many bytes in all."""
    return pack({**parts(worksheet(HEADER_ROW)), **{f"xl/media/{i}.bin": os.urandom(1024) * 1024 for i in range(110)}})


def _text_row(text: str) -> str:
    return '<row r="2">' + inline("A2", text) + "</row>"


def _rels(kind: str, target: str = "http://127.0.0.1:9/x") -> bytes:
    rel = f'{XML}<Relationships xmlns="{files.PACKAGE}/relationships"><Relationship Id="r" Type="{REL}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    return pack({**parts(worksheet(HEADER_ROW)), "xl/worksheets/_rels/sheet1.xml.rels": rel})


def _many_sheets() -> bytes:
    return files.workbook(lambda book, page: [book.add_worksheet() for _ in range(80)] and page.write(0, 0, "姓名"))


def _shared_bomb() -> bytes:
    """One long shared string used by very many cells."""
    shared = f'{XML}<sst xmlns="{files.MAIN}"><si><t>{os.urandom(15000).hex()}</t></si></sst>'
    cells = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for r in range(1, 20_001)
    )
    content = parts(worksheet(cells), xl__sharedStrings__xml=shared)
    content["xl/sharedStrings.xml"] = content.pop("xl/sharedStrings/xml")
    rels = str(content["xl/_rels/workbook.xml.rels"]).replace(
        "</Relationships>",
        f'<Relationship Id="rId2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )
    return pack({**content, "xl/_rels/workbook.xml.rels": rels})


def _prefixed() -> bytes:
    return b"%PDF-1.7\n" + plain()


def _sheet_part(text: str) -> bytes:
    return pack(parts(text))


REFUSED: dict[str, tuple[str, object]] = {
    "empty": ("empty_file", b""),
    "zip bomb": ("zip_bomb", _bomb),
    "many bytes": ("zip_bomb", _quiet_bomb),
    "claims a small size": ("damaged", lambda: files.patch_zip(plain(x_bin=b"\0" * 5 * MB), size=10)),
    "claims a huge size": ("zip_bomb", lambda: files.patch_zip(plain(), size=0xFFFFFFF0)),
    "five thousand parts": ("zip_entries", lambda: pack({**parts(worksheet(HEADER_ROW)), **{f"xl/x{i}.xml": "<a/>" for i in range(5000)}})),
    "overlapping parts": ("zip_overlap", lambda: files.overlapping(plain())),
    "nested archive by name": ("zip_nested", lambda: plain(xl__a_zip="x") if False else pack({**parts(worksheet(HEADER_ROW)), "xl/a.zip": "x"})),
    "nested archive by content": ("zip_nested", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/a.bin": plain()})),
    "embedded object": ("zip_nested", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/embeddings/oleObject1.bin": "x"})),
    "climbing name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "../../etc/cron.d/x": "x"})),
    "absolute name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "/etc/passwd": "x"})),
    "backslash name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "..\\x": "x"})),
    "drive name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "C:x": "x"})),
    "right-to-left name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/\u202etxt.exe": "x"})),
    "very long name": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/" + "长" * 100: "x"})),
    "same name in two cases": ("zip_names", lambda: pack({**parts(worksheet(HEADER_ROW)), "XL/Workbook.xml": "<a/>"})),
    "symbolic link": ("zip_names", files.symlink),
    "encrypted entries": ("encrypted", lambda: files.patch_zip(plain(), flag=1)),
    "password OLE": ("encrypted", OLE + "EncryptedPackage".encode("utf-16-le")),
    "old xls in OLE": ("old_format", OLE + b"Workbook"),
    "BIFF junk": ("old_format", b"\x09\x08\x10\x00\x00\x06\x05\x00" + os.urandom(4000)),
    "bytes in front": ("not_a_workbook", _prefixed),
    "bytes behind": ("zip_tail", lambda: plain() + b"<script>alert(1)</script>"),
    "truncated": ("damaged", lambda: plain()[:-40]),
    "bad checksum": ("damaged", lambda: pack(parts(worksheet(HEADER_ROW)), store=True).replace("姓名".encode(), "性名".encode())),
    "external DTD": ("dtd", lambda: _sheet_part(f'{XML}<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">' + worksheet(HEADER_ROW)[len(XML):])),
    "billion laughs": ("dtd", lambda: _sheet_part(XML + DTD + worksheet(_text_row("&b;"))[len(XML):])),
    "DTD in relations": ("dtd", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/_rels/workbook.xml.rels": XML + DTD + "<Relationships/>"})),
    "UTF-16 part": ("damaged", lambda: pack({**parts(""), "xl/worksheets/sheet1.xml": (DTD + worksheet(HEADER_ROW)).encode("utf-16")})),
    "UTF-7 part": ("dtd", lambda: _sheet_part(worksheet(HEADER_ROW).replace("UTF-8", "UTF-7"))),
    "macros": ("macros", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/vbaProject.bin": "x"})),
    "macro sheet": ("macros", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/macrosheets/sheet1.xml": "<a/>"})),
    "macro content type": ("macros", lambda: pack({**parts(worksheet(HEADER_ROW)), "[Content_Types].xml": str(parts("")["[Content_Types].xml"]).replace("sheet.main", "sheet.macroEnabled.main")})),
    "external workbook": ("external_links", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/externalLinks/externalLink1.xml": "<a/>"})),
    "data connection": ("external_links", lambda: pack({**parts(worksheet(HEADER_ROW)), "xl/connections.xml": "<a/>"})),
    "external image": ("external_links", lambda: _rels("image")),
    "external template": ("external_links", lambda: _rels("attachedTemplate", "file:///etc/passwd")),
    "DDE formula": ("external_links", lambda: plain('<row r="2"><c r="A2"><f>cmd|\'/c calc\'!A1</f><v>1</v></c></row>')),
    "cell beyond the columns": ("too_many_columns", lambda: plain('<row r="2"><c r="XFD2"><v>1</v></c></row>')),
    "cell beyond the rows": ("too_many_rows", lambda: plain('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
    "full corner": ("too_big", lambda: plain('<row r="200000"><c r="IV200000"><v>1</v></c></row>')),
    "merged-cell bomb": ("too_many_merged", lambda: _sheet_part(worksheet(HEADER_ROW, after="<mergeCells>" + "".join(f'<mergeCell ref="A{i}:B{i}"/>' for i in range(2, 60_000)) + "</mergeCells>"))),
    "shared-string bomb": ("too_big", _shared_bomb),
    "sheets without end": ("too_many_sheets", _many_sheets),
    "one endless text": ("cell_too_long", lambda: pack(parts(worksheet(_text_row(os.urandom(3 * MB).hex())))) ),
    "not XML": ("damaged", lambda: _sheet_part("姓名,身份证号")),
    "broken XML": ("damaged", lambda: _sheet_part(worksheet(HEADER_ROW)[:-40] + "<<<>")),
    "another office file": ("not_a_workbook", lambda: pack({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"})),
    "binary workbook": ("old_format", lambda: pack({"[Content_Types].xml": "<a/>", "xl/workbook.bin": "x"})),
    "PDF": ("not_a_workbook", b"%PDF-1.7\n1 0 obj"),
    "web page named xls": ("web_page", "<html><table><tr><td>姓名</td></tr></table></html>".encode()),
    "SVG": ("web_page", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "text named xlsx": ("not_a_workbook", "姓名,身份证号\n".encode()),
    "random bytes named xlsx": ("not_a_workbook", b"\x01\x02" + os.urandom(3000)),
}  # fmt: skip

REFUSED_TEXT: dict[str, tuple[str, bytes]] = {
    "NUL in CSV": ("nul", "姓名,身份证号\n张\0三,1\n".encode()),
    "UTF-16 without mark": ("nul", "姓名,abc\n".encode("utf-16-le")),
    "neither UTF-8 nor GBK": ("encoding", b"\xff\xff\xff,\x80\n" * 20),
    "broken UTF-16": ("encoding", b"\xff\xfe" + b"a\0b\0\x00\xd8"),
    "one line of 20 MB": ("cell_too_long", b"a" * (20 * MB)),
    "one quoted cell of 20 MB": ("cell_too_long", b'name,b\n"' + b"a\n" * (10 * MB)),
    "ten thousand columns": ("too_many_columns", b"a," * 10_000 + b"\n"),
    "a million rows": ("too_many_rows", b"a,b\n" * 1_000_000),
}


def _read(raw: bytes, name: str, limits: Limits | None = None) -> list[list[object]]:
    with open(os.memfd_create("test"), "w+b") as stream:
        stream.write(raw)
        stream.flush()
        with Book(stream, name=name, limits=limits or Limits()) as book:
            return [row for head in book.sheets if head.visible for _first, rows in book.rows(head) for row in rows]


def _refusal(raw: bytes, name: str) -> Unreadable:
    started = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        _read(raw, name)
    assert time.monotonic() - started <= 30
    error = caught.value
    assert words.file_message(error.code, error.params), error.code
    assert "%(" not in words.file_message(error.code, error.params), error
    return error


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_workbook_is_refused_with_its_reason(name: str) -> None:
    code, made = REFUSED[name]
    raw = made() if callable(made) else made
    assert isinstance(raw, bytes)
    assert _refusal(raw, "名册.xlsx").code == code


@pytest.mark.parametrize("name", REFUSED_TEXT)
def test_a_hostile_text_file_is_refused_with_its_reason(name: str) -> None:
    code, raw = REFUSED_TEXT[name]
    assert _refusal(raw, "名册.csv").code == code


def test_the_corpus_is_large_enough() -> None:
    assert len(REFUSED) + len(REFUSED_TEXT) >= 40


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_honest_text_files_are_read_in_every_encoding(encoding: str, delimiter: str) -> None:
    text = f"姓名{delimiter}身份证号\r\n张三{delimiter}999999199001010016\r\n李四{delimiter}\r\n"
    assert _read(text.encode(encoding), "a.csv") == [["姓名", "身份证号"], ["张三", "999999199001010016"], ["李四", ""]]


def test_a_claimed_dimension_is_not_believed() -> None:
    sheet = worksheet(HEADER_ROW, before='<dimension ref="A1:XFD1048576"/>')
    assert _read(pack(parts(sheet)), "a.xlsx") == [["姓名", "身份证号"]]


def test_empty_formatted_cells_far_away_do_not_count() -> None:
    rows = '<row r="1048576"><c r="A1048576" s="0"/></row>'
    assert _read(plain(rows), "a.xlsx")[0] == ["姓名", "身份证号"]


def test_hyperlinks_are_allowed_and_not_followed() -> None:
    assert _read(_rels("hyperlink"), "a.xlsx") == [["姓名", "身份证号"]]


def test_dates_of_both_systems_are_the_days_the_user_saw() -> None:
    def fill(book, page):  # type: ignore[no-untyped-def]
        import datetime as dt

        page.write_datetime(0, 0, dt.datetime(2023, 5, 6), book.add_format({"num_format": "yyyy-mm-dd"}))

    for options in ({}, {"date_1904": True}):
        import xlsxwriter

        out = io.BytesIO()
        with xlsxwriter.Workbook(out, options) as book:
            fill(book, book.add_worksheet())
        assert str(_read(out.getvalue(), "a.xlsx")[0][0]) == "2023-05-06"


def test_truncations_and_flips_of_a_good_file_never_break_the_reader() -> None:
    good = files.table([["姓名", "身份证号"], ["张三", "999999199001010016"]])
    import random

    dice = random.Random(20261123)
    for _attempt in range(40):
        raw = bytearray(good)
        for _flip in range(dice.randint(1, 6)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        if dice.random() < 0.3:
            raw = raw[: dice.randrange(len(raw))]
        try:
            _read(bytes(raw), "a.xlsx")
        except Unreadable as error:
            assert error.code in words.FILE_MESSAGES


def test_a_child_that_is_too_slow_is_ended() -> None:
    raw = files.table([["姓名", f"{i}"] for i in range(20_000)])
    with pytest.raises(Unreadable) as caught:
        _read(raw, "a.xlsx", Limits(wall_seconds=0))
    assert caught.value.code == "too_slow"


PROBE = """
import sys
from shegong.lib.confine import confine
from shegong.kernel.sheets.limits import Limits
import socket, ctypes, os
confine(memory_bytes=Limits().memory_bytes, cpu_seconds=Limits().cpu_seconds)
if sys.argv[1] == "python":
    socket.socket()
elif sys.argv[1] == "libc":
    libc = ctypes.CDLL(None, use_errno=True)
    sys.exit(17 if libc.socket(2, 1, 0) < 0 and ctypes.get_errno() == 1 else 0)
elif sys.argv[1] == "memory":
    bytearray(700 * 1024 * 1024)
elif sys.argv[1] == "write":
    with open(sys.argv[2], "w") as f: f.write("x"); f.flush()
elif sys.argv[1] == "run":
    os.execv("/bin/true", ["true"])
"""


@pytest.mark.parametrize(("deed", "code"), [("python", 1), ("libc", 17), ("memory", 1), ("write", -25), ("run", 1)])
def test_the_child_can_open_no_socket_write_no_file_start_no_program(deed: str, code: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "x"
    ran = subprocess.run([sys.executable, "-c", PROBE, deed, str(target)], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode in ((code, 1) if deed == "write" else (code,)), ran.stderr
    assert not target.exists() or target.read_text() == ""


def test_a_child_reading_a_hostile_file_leaves_no_process() -> None:
    with open(os.memfd_create("test"), "w+b") as stream:
        stream.write(plain())
        stream.flush()
        book = Book(stream, name="a.xlsx")
        with book:
            child = book._child
            assert child is not None
        assert child.poll() is not None


def test_zip_made_by_other_programs_passes() -> None:
    """Entries out of order, stored and deflated mixed, with a comment."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, text) in enumerate(reversed(parts(worksheet(HEADER_ROW)).items())):
            archive.writestr(name, text, zipfile.ZIP_STORED if number % 2 else zipfile.ZIP_DEFLATED)
        archive.comment = b"WPS"
    assert _read(out.getvalue(), "a.xlsx") == [["姓名", "身份证号"]]
