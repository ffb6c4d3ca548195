"""What a process that holds secrets denies to others of its user and to the disk."""

import ctypes
import resource

PR_SET_DUMPABLE = 4


def harden() -> None:
    """No core dump, no debugger, no /proc/PID/mem for others of the same user.

    First of all in every process that will hold a PIN, a share or a transport key: a vendor's module that crashes would
    else write them to disk. Programs started from here dump as they were allowed to, unless they call this themselves.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
