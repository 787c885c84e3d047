"""The errors a user can cause or mend, each with its exit code (README lists them).

Every message is one line: what is wrong, where, what to do.
"""

from __future__ import annotations


class WenhuoError(Exception):
    """A known failure: shown as one line on stderr, never as a traceback."""

    exit_code = 1


class UsageError(WenhuoError):
    """The command was called wrongly."""

    exit_code = 2


class NoDeviceError(WenhuoError):
    """No board or rig answers where one was expected."""

    exit_code = 3


class AmbiguousDeviceError(WenhuoError):
    """More than one device fits; the user must name one."""

    exit_code = 4


class BoardDataError(WenhuoError):
    """A file under boards/ is wrong: names file, key and remedy."""


class RequestError(WenhuoError):
    """A request line that does not satisfy request.schema.json."""


class ModelError(WenhuoError):
    """The model file is absent, damaged, or not the one this code was built for."""


class MemoryFileError(WenhuoError):
    """The household's memory cannot be opened, is damaged, or of another version."""


class ConfigError(WenhuoError):
    """The daemon's configuration is wrong: names file, key and remedy."""

    exit_code = 2


class DaemonError(WenhuoError):
    """No daemon answers, or it hung up."""

    exit_code = 3


class LanguageError(WenhuoError):
    """A line that is not in the schedule language."""


class EnvelopeError(WenhuoError):
    """A schedule that the safety envelope refuses."""


class LinkError(WenhuoError):
    """The power board does not answer, or speaks another protocol."""

    exit_code = 3


class RigError(WenhuoError):
    """A rig (virtual or bench) that cannot start or broke."""

    exit_code = 3


class FlashError(WenhuoError):
    """Firmware that cannot go onto a board now: it cooks, it is another board, it does not fit."""


class CalibrationError(WenhuoError):
    """A measurement that cannot be right: the set-up is wrong, or the part is broken."""
