"""The one error of reading: a file that is not taken, with a code a message hangs on. Pure Python."""

from __future__ import annotations


class Unreadable(Exception):
    """A file refused before any row is used.

    `code` is a key of `words.FILE_MESSAGES`; `params` fill the message. Params never hold cell text.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code
