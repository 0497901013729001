"""The C library (cooee.h) through ctypes."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Callable, Optional, Union

#: The sample rate of the audio, in hertz.
SAMPLES_PER_SECOND = 16000
#: Where models, phrases and a spotter's memory may begin, in bytes.
ALIGNMENT = 16
_API_VERSION = 1
_STATUS_SPACE = 4

_folder = os.path.dirname(os.path.abspath(__file__))

Path = Union[str, "os.PathLike[str]"]


class CooeeError(ValueError):
    """A function of the library failed. The message says what to do."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        #: The ``cooee_status`` of cooee.h.
        self.status = status


class Bytes(ctypes.Structure):
    """``cooee_bytes``"""

    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class EventStructure(ctypes.Structure):
    """``cooee_event``"""

    _fields_ = [
        ("start_sample", ctypes.c_int64),
        ("end_sample", ctypes.c_int64),
        ("score", ctypes.c_float),
        ("phrase_index", ctypes.c_uint32),
    ]


class Enrollment(ctypes.Structure):
    """``cooee_enrollment``"""

    _fields_ = [
        ("model", Bytes),
        ("language", Bytes),
        ("background", Bytes),
        ("phrases", Bytes),
        ("text", ctypes.c_char_p),
        ("pronunciation", ctypes.c_char_p),
        ("threshold", ctypes.c_float),
        ("false_alarms_per_hour", ctypes.c_float),
    ]


class Report(ctypes.Structure):
    """``cooee_enrollment_report``"""

    _fields_ = [
        ("threshold", ctypes.c_float),
        ("false_alarms_per_hour", ctypes.c_float),
        ("phoneme_count", ctypes.c_uint32),
        ("pronunciation_count", ctypes.c_uint32),
        ("is_guessed", ctypes.c_bool),
        ("is_often_missed", ctypes.c_bool),
        ("is_near_another", ctypes.c_bool),
    ]


def _load() -> ctypes.CDLL:
    path = os.path.join(_folder, "libcooee.so")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"{path} cannot be loaded ({error}); install the wheel for this machine's processor and C library"
        ) from error
    size, pointer, index = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_uint32
    size_result = ctypes.POINTER(ctypes.c_size_t)
    for name, result, arguments in [
        ("cooee_api_version", ctypes.c_uint32, []),
        ("cooee_status_text", ctypes.c_char_p, [ctypes.c_int]),
        ("cooee_spotter_memory", ctypes.c_int, [Bytes, Bytes, size_result]),
        (
            "cooee_spotter_create",
            ctypes.c_int,
            [pointer, size, Bytes, Bytes, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)],
        ),
        ("cooee_spotter_process", ctypes.c_int, [pointer, pointer, size]),
        ("cooee_spotter_poll", ctypes.c_bool, [pointer, ctypes.POINTER(EventStructure)]),
        ("cooee_spotter_finish", ctypes.c_int, [pointer]),
        ("cooee_spotter_reset", ctypes.c_int, [pointer]),
        ("cooee_spotter_threshold", ctypes.c_float, [pointer, index]),
        ("cooee_spotter_set_threshold", ctypes.c_int, [pointer, index, ctypes.c_float]),
        ("cooee_spotter_highest_score", ctypes.c_float, [pointer, index]),
        ("cooee_spotter_destroy", None, [pointer]),
        (
            "cooee_enroll",
            ctypes.c_int,
            [ctypes.POINTER(Enrollment), pointer, size, size_result, ctypes.POINTER(Report)],
        ),
        ("cooee_remove_phrase", ctypes.c_int, [Bytes, index, pointer, size, size_result]),
        ("cooee_phrase_text", ctypes.c_int, [Bytes, index, pointer, size, size_result]),
    ]:
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    if library.cooee_api_version() != _API_VERSION:
        raise ImportError(f"{path} is of another version; install the wheel again")
    return library


library = _load()


def check(status: int, what: str) -> None:
    """Raises a CooeeError unless the status is a success."""
    if status != 0:
        raise CooeeError(f"{what}: {library.cooee_status_text(status).decode()}", status)


class Block:
    """Aligned memory that stays where it is."""

    def __init__(self, content: Union[bytes, int]) -> None:
        self.size = content if isinstance(content, int) else len(content)
        self._memory = ctypes.create_string_buffer(self.size + ALIGNMENT)
        self.start = -(-ctypes.addressof(self._memory) // ALIGNMENT) * ALIGNMENT
        if isinstance(content, bytes):
            ctypes.memmove(self.start, content, self.size)

    @property
    def bytes(self) -> Bytes:
        return Bytes(self.start, self.size)


def result(call: Callable[[Any, int, Any], int], what: str) -> bytes:
    """Calls a function that writes bytes of unknown size: first for the size, then for the bytes."""
    count = ctypes.c_size_t()
    status = call(None, 0, ctypes.byref(count))
    if status != _STATUS_SPACE:
        check(status, what)
    space = ctypes.create_string_buffer(max(count.value, 1))
    check(call(space, count.value, ctypes.byref(count)), what)
    return space.raw[: count.value]


def read(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def model_file(path: Optional[Path], packaged: str) -> str:
    """The path of a file: the caller's, or the one that came with the package."""
    return os.fspath(path) if path is not None else os.path.join(_folder, "models", packaged)
