"""A strict reader of TOML tables: options have bounds, and one that nobody reads is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from wenhuo.errors import BoardDataError

T = TypeVar("T")


class Table:
    """One TOML table. `where` names it in errors: the file, then the keys that lead to it."""

    def __init__(self, data: Mapping[str, object], where: str) -> None:
        self._data = dict(data)
        self._unread = set(data)
        self.where = where

    @classmethod
    def read(cls, path: Path, root: Path) -> Table:
        """The table of a TOML file; errors name it relative to root's parent.

        Raises BoardDataError where the file is absent or not TOML.
        """
        where = str(Path(root.name) / path.relative_to(root))
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BoardDataError(f"{where}: no such file; add it or mend the name") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise BoardDataError(f"{where}: not readable as TOML ({error}); mend it") from None
        return cls(data, where)

    def has(self, key: str) -> bool:
        """Whether the option is given."""
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        """The names of the options given, in order."""
        return iter(self._data)

    def fail(self, key: str, problem: str) -> BoardDataError:
        """The error to raise for an option: file, key, problem and remedy in one line."""
        return BoardDataError(f"{self.where}: {key} {problem}")

    def _take(self, key: str, wanted: str) -> object:
        self._unread.discard(key)
        if key not in self._data:
            raise self.fail(key, f"is missing; add it: {wanted}")
        return self._data[key]

    def number(
        self,
        key: str,
        *,
        above: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
        default: float | None = None,
    ) -> float:
        """A number within bounds; the default where it is not given and one exists."""
        wanted = _bounds("a number", above, at_least, at_most)
        if default is not None and key not in self._data:
            return default
        value = self._take(key, wanted)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(key, f"is {value!r}; give {wanted}")
        return self.checked(key, float(value), above=above, at_least=at_least, at_most=at_most)

    def checked(
        self,
        key: str,
        value: float,
        *,
        above: float | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> float:
        """The value, or the error that says which bound it breaks."""
        inside = (
            (above is None or value > above)
            and (at_least is None or value >= at_least)
            and (at_most is None or value <= at_most)
        )
        if not inside:  # NaN breaks every bound
            wanted = _bounds("a number", above, at_least, at_most)
            raise self.fail(key, f"is {value:g}; give {wanted}")
        return value

    def integer(self, key: str, *, at_least: int, at_most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        if default is not None and key not in self._data:
            return default
        wanted = _bounds("a whole number", None, at_least, at_most)
        value = self._take(key, wanted)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, f"is {value!r}; give {wanted}")
        if not at_least <= value <= at_most:
            raise self.fail(key, f"is {value}; give {wanted}")
        return value

    def numbers(self, key: str, *, at_least: float, at_most: float) -> tuple[float, ...]:
        """A list of one or more numbers, each within bounds."""
        wanted = "a list of numbers"
        values = self._take(key, wanted)
        if not isinstance(values, list) or not values:
            raise self.fail(key, f"is {values!r}; give {wanted}")
        one = Table({f"[{i}]": value for i, value in enumerate(values)}, f"{self.where}: {key}")
        return tuple(one.number(item, at_least=at_least, at_most=at_most) for item in one)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._take(key, "a text")
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key, f"is {value!r}; give a text that is not empty")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of one or more texts, none empty and none twice."""
        values = self._take(key, "a list of texts")
        if not isinstance(values, list) or not values:
            raise self.fail(key, f"is {values!r}; give a list of one or more texts")
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.fail(key, f"holds {value!r}; give texts that are not empty")
        if len(set(values)) != len(values):
            raise self.fail(key, "holds a text twice; remove one")
        return tuple(values)

    def value(self, key: str) -> object:
        """Whatever is given, where the reader's caller judges it."""
        return self._take(key, "a value")

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """true or false."""
        if default is not None and key not in self._data:
            return default
        value = self._take(key, "true or false")
        if not isinstance(value, bool):
            raise self.fail(key, f"is {value!r}; give true or false")
        return value

    def choice(self, key: str, choices: Mapping[str, T]) -> T:
        """What the mapping holds for the word given."""
        wanted = "one of " + ", ".join(choices)
        value = self._take(key, wanted)
        if not isinstance(value, str) or value not in choices:
            raise self.fail(key, f"is {value!r}; give {wanted}")
        return choices[value]

    def word(self, key: str, *words: str) -> str:
        """One of the words."""
        return self.choice(key, {word: word for word in words})

    def table(self, key: str) -> Table:
        """A table below this one."""
        value = self._take(key, "a table")
        if not isinstance(value, dict):
            raise self.fail(key, f"is {value!r}; give a table")
        return Table(value, f"{self.where}: {key}")

    def tables(self, key: str) -> list[Table]:
        """One or more tables in a list ([[key]])."""
        values = self._take(key, f"one or more [[{key}]]")
        if not isinstance(values, list) or not values:
            raise self.fail(key, f"is {values!r}; give one or more [[{key}]]")
        for value in values:
            if not isinstance(value, dict):
                raise self.fail(key, f"holds {value!r}; give tables")
        return [Table(value, f"{self.where}: {key}[{i}]") for i, value in enumerate(values)]

    def is_table(self, key: str) -> bool:
        """Whether the option is given as a table."""
        return isinstance(self._data.get(key), dict)

    def finish(self) -> None:
        """Raise BoardDataError for an option that nothing has read."""
        for key in self._data:
            if key in self._unread:
                known = ", ".join(sorted(set(self._data) - self._unread)) or "none"
                raise self.fail(key, f"is unknown; remove it or mend its name (read here: {known})")


def _bounds(kind: str, above: float | None, at_least: float | None, at_most: float | None) -> str:
    parts = [kind]
    if above is not None:
        parts.append(f"above {above:g}")
    if at_least is not None:
        parts.append(f"of at least {at_least:g}")
    if at_most is not None:
        parts.append(f"of at most {at_most:g}")
    return " ".join(parts)
