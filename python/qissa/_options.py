"""Options of a run, from keyword arguments, as the compiled module accepts them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Union

from ._qissa import ConfigError

PathLike = Union[str, "os.PathLike[str]"]

#: Triples of "must-link" or "cannot-link" and two ids, or the path of a file.
Constraints = Union[PathLike, Iterable[tuple[str, str, str]]]

LEVELS = ("stories", "duplicates")


def options(
    *,
    level: str | None = None,
    threshold: float | None = None,
    fields: str | None = None,
    shingle: str | None = None,
    window: float | None = None,
    settings: PathLike | Mapping[str, Any] | None = None,
    constraints: Constraints | None = None,
    backgrounds: Iterable[PathLike] = (),
    columns: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> dict[str, Any]:
    """The options of a run."""
    file = os.fspath(settings) if isinstance(settings, (str, os.PathLike)) else None
    over: dict[str, Any] = {} if settings is None or file is not None else _hyphened(settings)
    if level is not None:
        if level not in LEVELS:
            raise ConfigError(f"level is {level!r}, but must be one of {', '.join(LEVELS)}")
        over["level"] = level
    if fields is not None:
        over["fields"] = fields
    duplicates = over.setdefault("duplicates", {})
    if shingle is not None:
        duplicates["title-shingle"] = duplicates["body-shingle"] = shingle
    return {
        "file": file,
        "over": json.dumps(over),
        "threshold": None if threshold is None else float(threshold),
        "window": None if window is None else float(window),
        "constraints": _lines(constraints),
        "backgrounds": [os.fspath(path) for path in backgrounds],
        "columns": dict(columns or {}),
        "threads": int(threads or 0),
    }


def _hyphened(settings: Any) -> Any:
    """Settings with hyphens in their names, as in a file of settings."""
    if isinstance(settings, list):
        return [_hyphened(one) for one in settings]
    if not isinstance(settings, Mapping):
        return settings
    return {str(name).replace("_", "-"): _hyphened(value) for name, value in settings.items()}


def _lines(constraints: Constraints | None) -> str | None:
    if constraints is None:
        return None
    if isinstance(constraints, (str, os.PathLike)):
        with open(constraints, encoding="utf-8") as file:
            return file.read()
    return "\n".join("\t".join(part.translate(_ESCAPES) for part in rule) for rule in constraints)


#: Escapes of the characters that separate cells and lines.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
