"""Every message of this package by its code: what happened, why, what to do. English ids, translated when shown.

`FILE_MESSAGES` belong to `Unreadable`, `CELL_MESSAGES` to `CellError`; codes with a dot ("date.two_digit_year") are
those of `shegong.lib` and use its sentences. Works without Django, then in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shegong.lib import creditcode, dates, idcard, money, phone
from shegong.lib.errors import N_, Invalid

FILE_MESSAGES: dict[str, str] = {
    "empty_file": N_("The file is empty. Choose the file again, or save it again in Excel."),
    "file_too_big": N_("The file is larger than %(megabytes)s MB. Divide it into several files."),
    "too_big": N_(
        "The file needs too much memory to read. Delete empty formatted areas, or divide it into several files."
    ),
    "too_slow": N_("Reading the file took longer than %(seconds)s seconds. Divide it into several files."),
    "damaged": N_("The file is damaged or not a real Excel or CSV file. Open it in Excel and save it as .xlsx."),
    "not_a_workbook": N_(
        "This is not an Excel workbook or a CSV file, whatever its name says. Open it and save it as .xlsx."
    ),
    "old_format": N_("This is an old Excel or WPS format (.xls, .et, .xlsb). Open it and save it as .xlsx."),
    "web_page": N_("This is a web page with the name of a table. Open it in Excel and save it as .xlsx."),
    "encrypted": N_("The file is protected by a password. Remove the password and save it again."),
    "macros": N_("The workbook contains macros. Save it as an Excel workbook without macros (.xlsx)."),
    "external_links": N_(
        "The workbook takes values from other files or programs. Copy the table and paste it as values into a new workbook."
    ),
    "dtd": N_(
        "The workbook contains a document type definition, which Excel never writes. Copy the table into a new workbook."
    ),
    "zip_bomb": N_(
        "The workbook unpacks to more than %(megabytes)s MB or is packed suspiciously tight. Divide it into several files."
    ),
    "zip_entries": N_(
        "The workbook has too many parts (%(count)s, at most %(limit)s). Copy the table into a new workbook."
    ),
    "zip_names": N_("The workbook contains parts with forbidden names. Copy the table into a new workbook."),
    "zip_nested": N_("The workbook contains other files. Delete the embedded objects and save it again."),
    "zip_overlap": N_(
        "The workbook's parts overlap, which no real program writes. Copy the table into a new workbook."
    ),
    "zip_tail": N_("There are foreign bytes before or after the workbook. Open it in Excel and save it as .xlsx."),
    "too_many_rows": N_(
        "The sheet has more than %(limit)s rows (see cell %(cell)s). Divide it, or delete the rows below the table."
    ),
    "too_many_columns": N_(
        "The sheet has more than %(limit)s columns (see %(cell)s). Delete the columns beside the table."
    ),
    "too_many_sheets": N_(
        "The workbook has %(count)s sheets, at most %(limit)s are read. Keep only the one to import."
    ),
    "too_many_merged": N_("The sheet has %(count)s merged cells, at most %(limit)s are read. Unmerge them."),
    "cell_too_long": N_("A cell holds more text than Excel allows. Shorten it."),
    "nul": N_("The text file contains NUL characters. Open it in Excel and save it as .xlsx."),
    "encoding": N_("The text is neither UTF-8 nor GBK/GB18030. Open it in Excel and save it as .xlsx."),
    "interrupted": N_("Taking the rows in was interrupted (%(reason)s). Start it again: it goes on where it stopped."),
    "no_header": N_("No row was recognised as the header. The sheet needs a row with these names: %(columns)s."),
    "no_rows": N_("There are no rows below the header. Choose the page that holds the table, or fill it in."),
    "no_such_sheet": N_("The workbook has no visible sheet named “%(sheet)s”."),
    "missing_columns": N_("Required columns are missing: %(columns)s."),
    "ambiguous_columns": N_(
        "Several columns have the same meaning: %(columns)s. Rename or delete all but one of each."
    ),
}

CELL_MESSAGES: dict[str, str] = {
    "required": N_("This must not be empty."),
    "id_as_number": N_(
        "The ID number is stored as a number, so its last digits are lost. "
        "Format the column as text and type it again from the document."
    ),
    "id_not_text": N_("The ID number must be text. Format the column as text and type it again."),
    "code_as_number": N_(
        "The code is stored as a number, so digits may be lost. Format the column as text and type it again."
    ),
    "phone_as_number": N_("The phone number is stored as a number. Format the column as text and type it again."),
    "phone_not_text": N_("The phone number must be text. Format the column as text and type it again."),
    "number_too_long": N_(
        "The number is too long for Excel to keep exactly. Format the cell as text and type it again."
    ),
    "text_too_long": N_("The text has %(length)s characters, at most %(limit)s fit. Shorten it."),
    "control_characters": N_("The text contains invisible control characters. Type it again."),
    "not_a_date": N_("This is not a date. Write it as 2023-05-06 or 2023年5月6日."),
    "date_needs_day": N_("The day is missing. Write the full date, for example 2023-05-06."),
    "month_needed": N_("This is not a month. Write it as 2023-05 or 2023年5月."),
    "not_a_number": N_("This is not a number. Write digits only, for example 1234.56."),
    "not_whole": N_("This must be a whole number."),
    "not_a_choice": N_("This is none of the permitted values: %(choices)s."),
    "not_yes_no": N_("Write yes or no (是 or 否)."),
    "no_organisation": N_("No organisation with this name or code in your area. Use the exact name or the code."),
    "formula_error": N_("The formula in this cell gives %(error)s. Mend the formula or type the value."),
    "formula_empty": N_(
        "The formula in this cell has no stored result. Open the file in Excel, save it, or type the value."
    ),
    "merged_value": N_(
        "This cell is merged with the one above, so its value is not clear. Unmerge the cells and type each value."
    ),
    "repeated_row": N_(
        "This row repeats row %(row)s of the same file. Delete one of them, or correct what makes them equal."
    ),
    "refused": "%(reason)s",
}

WARNING_MESSAGES: dict[str, str] = {
    **idcard.WARNINGS,
    "code_checksum": N_("The check character of the credit code does not fit."),
    "code_body_checksum": N_("The check character inside the credit code does not fit."),
}

SKIPPED_WORDS: dict[str, str] = {
    "blank": N_("blank rows"),
    "header": N_("repeated headers"),
    "example": N_("example row of the template"),
    "total": N_("total rows"),
    "note": N_("notes"),
    "unknown_only": N_("rows with nothing in any known column"),
    "done": N_("rows already taken from an earlier upload"),
}

IGNORED_WORDS: dict[str, str] = {
    "hidden": N_("hidden"),
    "empty": N_("empty"),
    "no_header": N_("no matching header"),
    "same_header": N_("the same header; import it on its own"),
    "fits_less": N_("another sheet fits better"),
    "not_chosen": N_("not chosen"),
}

_LIBRARY: dict[str, type[Invalid]] = {
    "id_number": idcard.InvalidId,
    "credit_code": creditcode.InvalidCode,
    "phone": phone.InvalidPhone,
    "date": dates.InvalidDate,
    "money": money.InvalidMoney,
}


def translate(message: str) -> str:
    """The sentence in the active language; itself when Django is not set up."""
    try:
        from django.conf import settings
        from django.utils.translation import gettext
    except ImportError:
        return message
    return gettext(message) if settings.configured and message else message


def _fill(message: str, params: Mapping[str, Any]) -> str:
    try:
        return translate(message) % params
    except (KeyError, TypeError, ValueError):
        return translate(message)


def file_message(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Why a file was not taken, in the active language."""
    return _fill(FILE_MESSAGES[code], params or {})


def cell_message(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Why a cell or row was not taken and what to do, in the active language."""
    kind, dot, own = code.partition(".")
    if dot and kind in _LIBRARY:
        return _fill(_LIBRARY[kind].MESSAGES[own], params or {})
    return _fill(CELL_MESSAGES.get(code) or WARNING_MESSAGES.get(code) or CELL_MESSAGES["refused"], params or {})
