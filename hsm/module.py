"""The vendor's PKCS#11 module, loaded once per process and made safe for threads.

python-pkcs11 calls C_Initialize(NULL) and lets go of the interpreter lock, so a module may run without
mutexes and crash under threads. Right after loading we initialise it again with CKF_OS_LOCKING_OK, through
ctypes. The few functions python-pkcs11 lacks (C_InitToken, session counts, C_CloseAllSessions) are called the
same way.

A process that has loaded the module must never fork: a child would sign with the inherited login without any
PIN.
"""

import ctypes as C
import os
import threading
from dataclasses import dataclass

import pkcs11

from hsm.errors import DeviceLost, ForkedProcess, ModuleMissing, vendor_errors
from hsm.refused_pins import Refusals

CKF_OS_LOCKING_OK = 2
CKF_TOKEN_INITIALIZED = 0x400
UNKNOWN = C.c_ulong(-1).value  # CK_UNAVAILABLE_INFORMATION


class _Version(C.Structure):
    _fields_ = (("major", C.c_ubyte), ("minor", C.c_ubyte))


class _InitialiseArguments(C.Structure):
    _fields_ = (
        ("create_mutex", C.c_void_p),
        ("destroy_mutex", C.c_void_p),
        ("lock_mutex", C.c_void_p),
        ("unlock_mutex", C.c_void_p),
        ("flags", C.c_ulong),
        ("reserved", C.c_void_p),
    )


class _TokenInfo(C.Structure):
    _fields_ = (
        ("label", C.c_char * 32),
        ("manufacturer", C.c_char * 32),
        ("model", C.c_char * 16),
        ("serial", C.c_char * 16),
        ("flags", C.c_ulong),
        ("max_sessions", C.c_ulong),
        ("sessions", C.c_ulong),
        ("max_write_sessions", C.c_ulong),
        ("write_sessions", C.c_ulong),
        ("max_pin", C.c_ulong),
        ("min_pin", C.c_ulong),
        ("total_public", C.c_ulong),
        ("free_public", C.c_ulong),
        ("total_private", C.c_ulong),
        ("free_private", C.c_ulong),
        ("hardware", _Version),
        ("firmware", _Version),
        ("utc_time", C.c_char * 16),
    )


# The head of CK_FUNCTION_LIST in the order of PKCS#11 2.40; None: not called here.
_FUNCTIONS: tuple[tuple[str, tuple[type, ...] | None], ...] = (
    ("C_Initialize", (C.c_void_p,)),
    ("C_Finalize", (C.c_void_p,)),
    ("C_GetInfo", None),
    ("C_GetFunctionList", None),
    ("C_GetSlotList", None),
    ("C_GetSlotInfo", None),
    ("C_GetTokenInfo", (C.c_ulong, C.c_void_p)),
    ("C_GetMechanismList", None),
    ("C_GetMechanismInfo", None),
    ("C_InitToken", (C.c_ulong, C.c_char_p, C.c_ulong, C.c_char_p)),
    ("C_InitPIN", None),
    ("C_SetPIN", None),
    ("C_OpenSession", None),
    ("C_CloseSession", None),
    ("C_CloseAllSessions", (C.c_ulong,)),
)


class _FunctionList(C.Structure):
    _fields_ = (
        ("version", _Version),
        *(
            (name, C.c_void_p if arguments is None else C.CFUNCTYPE(C.c_ulong, *arguments))
            for name, arguments in _FUNCTIONS
        ),
    )


@dataclass(frozen=True)
class TokenInfo:
    """What a device says of one token.

    sessions, max_sessions, free_bytes: None when the device does not tell.
    """

    slot_id: int
    label: str
    serial: str
    manufacturer: str
    model: str
    firmware: str
    initialised: bool
    sessions: int | None
    max_sessions: int | None
    free_bytes: int | None


class Module:
    """A loaded PKCS#11 module. Made by `load_module` only."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stopped_tokens: set[str] = set()  # serials whose PIN was refused once in this process
        self.refusals = Refusals()
        self._process = os.getpid()
        try:
            self.library = pkcs11.lib(path)
            loaded = C.CDLL(path)
        except (pkcs11.PKCS11Error, OSError) as error:
            raise ModuleMissing(f"The PKCS#11 module {path} can't be loaded.", path) from error
        functions = C.POINTER(_FunctionList)()
        _check(loaded.C_GetFunctionList(C.byref(functions)), "reading the function list")
        self._functions = functions.contents
        self._lock_by_operating_system()

    def _lock_by_operating_system(self) -> None:
        _check(self._functions.C_Finalize(None), "closing the module")
        arguments = _InitialiseArguments(flags=CKF_OS_LOCKING_OK)
        _check(self._functions.C_Initialize(C.byref(arguments)), "opening the module for threads")

    def require_own_process(self) -> None:
        """Raises ForkedProcess in a child that inherited this module by fork."""
        if os.getpid() != self._process:
            raise ForkedProcess("A forked process may not use the sessions of its parent.")

    def slots(self) -> list[pkcs11.Slot]:
        """All slots that hold a token, asked anew: slot numbers move when tokens are initialised."""
        self.require_own_process()
        with vendor_errors("listing the slots"):
            return list(self.library.get_slots(token_present=True))

    def token_info(self, slot_id: int) -> TokenInfo:
        """Label, serial, make, sessions and free space of the token in a slot."""
        self.require_own_process()
        info = _TokenInfo()
        _check(self._functions.C_GetTokenInfo(slot_id, C.byref(info)), "reading the token's description")
        return TokenInfo(
            slot_id=slot_id,
            label=_text(info, "label"),
            serial=_text(info, "serial"),
            manufacturer=_text(info, "manufacturer"),
            model=_text(info, "model"),
            firmware=f"{info.firmware.major}.{info.firmware.minor}",
            initialised=bool(info.flags & CKF_TOKEN_INITIALIZED),
            sessions=_count(info.sessions),
            max_sessions=_count(info.max_sessions) or None,  # 0 means "effectively infinite"
            free_bytes=_count(info.free_private),
        )

    def initialise_token(self, slot_id: int, so_pin: str, label: str) -> None:
        """Wipe the token in this slot and give it a security officer PIN and a label (C_InitToken)."""
        self.require_own_process()
        pin = so_pin.encode()
        padded = label.encode().ljust(32)
        _check(self._functions.C_InitToken(slot_id, pin, len(pin), padded), "initialising the token")

    def close_all_sessions(self, slot_id: int) -> None:
        """Close every session of this process on the slot, also one leaked by a refused login."""
        self.require_own_process()
        _check(self._functions.C_CloseAllSessions(slot_id), "closing the sessions")


_loaded: dict[str, Module] = {}
_loading = threading.Lock()


def load_module(path: str, refusals: Refusals | None = None) -> Module:
    """The module at this path, loaded once per process. Raises ModuleMissing, ForkedProcess.

    refusals: where PINs that a token refused are kept in mind; in this process alone by default.
    SoftHSM reads the environment variable SOFTHSM2_CONF when it is loaded; the caller sets it before.
    """
    with _loading:
        if path not in _loaded:
            _loaded[path] = Module(path)
        module = _loaded[path]
        if refusals is not None:
            module.refusals = refusals
    module.require_own_process()
    return module


def _text(info: _TokenInfo, field: str) -> str:
    # Fixed-width and blank-padded, so not NUL-terminated: read the field's bytes as they lie.
    descriptor = getattr(_TokenInfo, field)
    raw = bytes(info)[descriptor.offset : descriptor.offset + descriptor.size]
    return raw.rstrip(b"\0").decode("utf-8", errors="replace").strip()


def _count(value: int) -> int | None:
    return None if value == UNKNOWN else value


def _check(result: int, doing: str) -> None:
    if result:
        raise DeviceLost(f"The device failed while {doing} (error {result:#x}).")
