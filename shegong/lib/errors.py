"""How a piece of input is refused: a code for programs, a sentence for people.

The sentence is an English message id with named places. Whoever shows it translates `message` first and then fills in `params`:

    str(_(error.message)) % error.params
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


def N_(message: str) -> str:
    """Mark a message for translation, without translating it (message extractors look for this name)."""
    return message


class Invalid(ValueError):
    """Input which was not accepted.

    code    what is wrong, one word, stable: tests and API answers rely on it
    message the English sentence with %(name)s places, to be translated
    params  what fills the places (never a whole ID number: messages end in logs)
    """

    MESSAGES: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.message = self.MESSAGES[code]
        self.params = params
        super().__init__(code, params)

    def __str__(self) -> str:
        return self.message % self.params
