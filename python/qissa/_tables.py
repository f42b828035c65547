"""Results as Arrow tables, with conversions to pandas, polars and HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from . import _qissa

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: Maximum number of groups or rows shown in a notebook.
SHOWN = 20


class Table:
    """A table with Arrow's PyCapsule interface. ``pyarrow.table(found)``, ``polars.DataFrame(found)``, DuckDB and qissa
    read it without a copy."""

    def __init__(self, table: _qissa.Table) -> None:
        self._table = table

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return self._table.column_names

    def __len__(self) -> int:
        return self._table.num_rows

    def __arrow_c_schema__(self) -> Any:
        return self._table.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pyarrow.Table:
        """Converts to a pyarrow table without a copy."""
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """Converts to a pandas frame through pyarrow."""
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Converts to a polars frame without a copy."""
        import polars

        return polars.DataFrame(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {len(self)} rows of {', '.join(self.column_names)}"

    def _repr_html_(self) -> str:
        rows = self.to_arrow().slice(0, SHOWN).to_pylist()
        more = f"<p>{SHOWN} of {len(self)} rows</p>" if len(self) > SHOWN else ""
        return _html_table(self.column_names, [list(row.values()) for row in rows]) + more


class Clusters(Table):
    """The groups of each item: one row an item in input order, with the columns of the command line's Parquet files.

    ``near_dup_id``, ``near_dup_size``: the group of duplicates and its size. ``cluster_id``, ``cluster_size``,
    ``cluster_label``, ``cluster_keywords``: the group at the requested level. ``is_canonical``, ``canonical_id``: the
    canonical item of the group. ``canonical_score``, ``canonical_reasons``: the item's score as a canonical and its
    parts. ``similarity``: similarity to the canonical item, 0 to 1. ``match_kind``: relation to the canonical item.
    ``lang``: the language, given or detected."""

    def __init__(self, table: _qissa.Table, groups: _qissa.Table, summary: dict[str, Any]) -> None:
        super().__init__(table)
        #: One row a group of two or more items, the largest first.
        self.groups = Table(groups)
        #: Number of items and groups, and counters of the run.
        self.summary = summary

    def _repr_html_(self) -> str:
        groups = self.groups.to_arrow().slice(0, SHOWN).to_pylist()
        rows = [[group["cluster_size"], group["cluster_label"], group["canonical_title"]] for group in groups]
        word = "group" if len(self.groups) == 1 else "groups"
        heading = f"{self.summary['items']} items, {len(self.groups)} {word} of more than one"
        if len(self.groups) > SHOWN:
            heading += f"; the {SHOWN} largest"
        return f"<p>{heading}</p>" + _html_table(["items", "group", "canonical item"], rows)


class Explanation(dict[str, Any]):
    """Why two items are in one group or not: ``str()`` is the text, the mapping holds the figures."""

    def __init__(self, text: str, figures: dict[str, Any]) -> None:
        super().__init__(figures)
        self._text = text

    def __str__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return f'<pre dir="auto">{html.escape(self._text)}</pre>'


def _html_table(names: list[str], rows: list[list[object]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto">{html.escape(_shown(value))}</td>' for value in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
