"""Lock a child process in: memory, processor time, no file writing, no network, no new programs. Pure Python (ctypes).

Limits come from ``resource``; the network is closed by a seccomp filter on Linux x86-64 and arm64 (no privilege needed)
and, everywhere, by a Python audit hook as a second bolt. There is no way back.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # errno EPERM
# architecture word and the numbers of: socket, socketpair, connect, bind, sendto, execve, execveat, ptrace, fork, vfork
_CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (0xC000003E, (41, 53, 42, 49, 44, 59, 322, 101, 57, 58)),
    "aarch64": (0xC00000B7, (198, 199, 203, 200, 206, 221, 281, 117)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine(*, memory_bytes: int, cpu_seconds: int, files: int = 32) -> None:
    """Apply every limit to this process. Import what is needed before: afterwards little can be opened."""
    _cap(resource.RLIMIT_AS, memory_bytes)
    _cap(resource.RLIMIT_CPU, cpu_seconds)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_NOFILE, files)
    os.nice(5)
    sys.addaudithook(_bolt)
    _close_network()


def _cap(which: int, amount: int) -> None:
    _soft, hard = resource.getrlimit(which)
    ceiling = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(which, (ceiling, ceiling))


def _bolt(event: str, _arguments: tuple[object, ...]) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.sys")):
        raise PermissionError(event)


def _close_network() -> None:
    known = _CALLS.get(platform.machine())
    if known is None or not sys.platform.startswith("linux"):
        return
    architecture, numbers = known
    program = _filter(architecture, numbers)
    buffer = ctypes.create_string_buffer(program, len(program))
    holder = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(holder), 0, 0)


def _filter(architecture: int, numbers: tuple[int, ...]) -> bytes:
    """A classic BPF program: foreign architecture refused, listed calls refused, the rest allowed."""
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, _REFUSE), (0x20, 0, 0, 0)]
    for at, number in enumerate(numbers):
        code.append((0x15, len(numbers) - at, 0, number))
    code.append((0x06, 0, 0, _ALLOW))
    code.append((0x06, 0, 0, _REFUSE))
    return b"".join(struct.pack("<HBBI", *line) for line in code)
