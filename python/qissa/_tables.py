"""Answers as tables of Arrow, and as pandas, polars and notebooks like them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from . import _qissa

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

#: So many groups, or rows, are shown in a notebook.
SHOWN = 20


class Table:
    """Rows in columns. Whoever takes Arrow's PyCapsule interface takes them without a copy: ``pyarrow.table(found)``,
    ``polars.DataFrame(found)``, DuckDB, and qissa itself."""

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
        """The rows as a table of pyarrow, without a copy."""
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a frame of pandas (by pyarrow)."""
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The rows as a frame of polars, without a copy."""
        import polars

        return polars.DataFrame(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {len(self)} rows of {', '.join(self.column_names)}"

    def _repr_html_(self) -> str:
        rows = self.to_arrow().slice(0, SHOWN).to_pylist()
        more = f"<p>{SHOWN} of {len(self)} rows</p>" if len(self) > SHOWN else ""
        return _html_table(self.column_names, [list(row.values()) for row in rows]) + more


class Clusters(Table):
    """Items with where they were placed: a row an item, in the order they were given in, with the columns that the
    command line's Parquet files have.

    ``near_dup_id`` and ``near_dup_size``: the group of copies and how many items it has. ``cluster_id``,
    ``cluster_size``, ``cluster_label``, ``cluster_keywords``: the group at the level asked for. ``is_canonical``,
    ``canonical_id``, ``canonical_score``, ``canonical_reasons``: the item that stands for the group, and the item's own
    score with its parts. ``similarity``: how like the item is to the canonical, in 0..1. ``match_kind``: why it is
    there. ``lang``: the language it was taken to be in."""

    def __init__(self, table: _qissa.Table, groups: _qissa.Table, summary: dict[str, Any]) -> None:
        super().__init__(table)
        #: A row a group of more than one item, the largest first.
        self.groups = Table(groups)
        #: How many items and groups there are, and what was counted on the way.
        self.summary = summary

    def _repr_html_(self) -> str:
        groups = self.groups.to_arrow().slice(0, SHOWN).to_pylist()
        rows = [[group["cluster_size"], group["cluster_label"], group["canonical_title"]] for group in groups]
        word = "group" if len(self.groups) == 1 else "groups"
        told = f"{self.summary['items']} items, {len(self.groups)} {word} of more than one"
        if len(self.groups) > SHOWN:
            told += f"; the {SHOWN} largest"
        return f"<p>{told}</p>" + _html_table(["items", "group", "canonical item"], rows)


class Explanation(dict[str, Any]):
    """Why two items are together or apart: ``str()`` tells it in words, the mapping in figures."""

    def __init__(self, told: str, figures: dict[str, Any]) -> None:
        super().__init__(figures)
        self._told = told

    def __str__(self) -> str:
        return self._told

    def _repr_html_(self) -> str:
        return f'<pre dir="auto">{html.escape(self._told)}</pre>'


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
