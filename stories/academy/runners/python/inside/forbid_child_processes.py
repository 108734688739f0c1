"""Removes the permission of this process to start and to signal processes. The process cannot regain it."""

import ctypes
import os

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
INSTRUCTION_BYTES = 8


class _Program(ctypes.Structure):
    """`struct sock_fprog`: a program in classic BPF."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def become_single(seccomp_filter: bytes) -> None:
    """Installs a seccomp filter, in addition to the filter of the confinement.

    Raises:
        OSError: If the kernel rejects it.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    program = _Program(len(seccomp_filter) // INSTRUCTION_BYTES, seccomp_filter)
    zero = ctypes.c_ulong(0)
    no_new = prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero)
    if (
        no_new != 0
        or prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program), zero, zero) != 0
    ):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
