"""How much memory a process keeps that it does not need."""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # in malloc.h of glibc
_LARGE = 1_000_000  # bytes


def give_back_early() -> None:
    """Give large blocks back to the system as soon as they are free.

    By itself glibc learns from the first file of 20 MB to keep as much for each thread: a service
    through which some files went held 80 MB more. Other systems do it their own way.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
