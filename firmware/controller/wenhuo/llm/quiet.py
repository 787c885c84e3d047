"""Native libraries that greet on stderr: the greeting is dropped, all else is passed on."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_GREETING = b"INFO:"


@contextmanager
def without_greeting() -> Iterator[None]:
    """Hold back the process's stderr, native code's too, and pass on all lines but INFO."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said.readlines():
                if not line.startswith(_GREETING):
                    os.write(2, line)
