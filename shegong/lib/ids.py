"""Identifiers made by the application: UUID version 7 (RFC 9562, section 5.7), which sort by the time they were made."""

import threading
import uuid

import uuid_utils

_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """A new UUIDv7, greater than every one this process made before, even within a millisecond or when the clock steps back.

    The random tail is re-seeded after a fork, so processes started from one parent do not repeat each other.
    """
    global _last
    made = uuid_utils.uuid7().int
    with _lock:
        # Two threads may come here in the other order than they drew, and a clock may step back; adding one keeps version and
        # variant untouched, for the 62 random bits below them do not overflow by single steps.
        if made <= _last:
            made = _last + 1
        _last = made
    return uuid.UUID(int=made)
