"""The functions of the package."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Union

from . import _qissa
from ._options import Constraints, PathLike, options
from ._tables import Clusters, Explanation, Table

#: Items: a table with Arrow's PyCapsule interface (pandas, polars, pyarrow), the path of a file or folder in any format
#: that the command line reads, a list of ``pathlib.Path``, or a list of titles or of mappings.
Data = Any


def cluster(
    data: Data,
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
) -> Clusters:
    """Groups items and chooses a canonical item for each group.

    Parameters
    ----------
    data
        n items: a table, paths, titles or mappings. Columns are found by their usual names (``id``, ``title``,
        ``text``, ``url``, ``source``, ``published``, ...), or named in ``columns``.
    level
        ``"stories"`` (one event; the default) or ``"duplicates"`` (one report, possibly edited).
    threshold
        Minimum similarity within a group, 0.01 to 1: of duplicates the Jaccard coefficient, of stories the linkage.
    fields
        Compared fields: ``"title"``, ``"body"`` or ``"all"``.
    shingle
        Shingles of titles and bodies: ``"word:N"``, ``"word:N-M"`` or ``"char:N"``.
    window
        Maximum days between two items with an edge in a story; 0 for no limit.
    settings
        A file of settings (see ``qissa config``), or a mapping such as ``{"stories": {"decay-days": 4}}``.
    constraints
        A file, or triples of ``"must-link"`` or ``"cannot-link"`` and two ids.
    backgrounds
        Files with document frequencies (see ``qissa background``).
    columns
        Columns by field, such as ``{"title": "headline_ar"}``. The fields are ``id``, ``title``, ``text``, ``url``,
        ``source``, ``published`` and ``language``.
    threads
        Threads to use; all processors by default.

    Returns
    -------
    Clusters
        n rows in input order: the input columns, then the groups of each item.

    Raises
    ------
    InputError, ConfigError, ConstraintsError, BackgroundError

    Examples
    --------
    >>> found = cluster(["Bridge over the river opens", "Bridge over the river opens to traffic", "Rain on the coast"],
    ...                 level="duplicates")
    >>> len(found), len(found.groups)
    (3, 1)
    """
    table, groups, summary = _qissa.cluster(
        data,
        options(
            level=level,
            threshold=threshold,
            fields=fields,
            shingle=shingle,
            window=window,
            settings=settings,
            constraints=constraints,
            backgrounds=backgrounds,
            columns=columns,
            threads=threads,
        ),
    )
    return Clusters(table, groups, json.loads(summary))


def similar(
    data: Data,
    *,
    k: int = 10,
    min_score: float = 0.04,
    per_source: int = 0,
    diversity: float = 0.1,
    language: str | None = None,
    show_copies: bool = False,
    of: str | Sequence[str] | None = None,
    text: str | None = None,
    **settings: Any,
) -> Table:
    """Lists the items most similar to each item: those of its story first, then related items.

    Parameters
    ----------
    data
        As for :func:`cluster`, whose other keyword arguments are accepted too.
    k
        Maximum number of entries of a list.
    min_score
        Minimum similarity of an entry, 0.01 to 1.
    per_source
        Maximum number of entries of one source; 0 for no limit.
    diversity
        Penalty for entries that repeat an entry above them, 0 to 1.
    language
        Lists only items in this language (``"ar"``, ``"en"``, ...).
    show_copies
        Lists every item of a group of duplicates, not only its canonical item.
    of
        Id or ids of the items to make lists for; all items by default.
    text
        A title to make a list for; it need not be among the items.

    Returns
    -------
    Table
        One row an entry: ``id`` of the item, ``rank`` from 1, ``similar_id``, ``title``, ``score`` in 0..1, ``reason``,
        ``copies`` (size of the entry's group of duplicates).

    Examples
    --------
    >>> lists = similar(["Minister opens the bridge over the river", "Bridge over the river opened by minister"])
    >>> lists.column_names[:3]
    ['id', 'rank', 'similar_id']
    """
    listing = {
        "count": k,
        "least": min_score,
        "per_source": per_source,
        "diversity": diversity,
        "language": language,
        "show_copies": show_copies,
        "of": [of] if isinstance(of, str) else None if of is None else list(of),
        "text": text,
    }
    return Table(_qissa.similar(data, options(**settings), listing))


def signatures(
    data: Data,
    *,
    fields: str | None = None,
    shingle: str | None = None,
    settings: PathLike | Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> Table:
    """Computes the MinHash signatures of the title and body of each item.

    Parameters
    ----------
    data, fields, shingle, settings, columns, threads
        As for :func:`cluster`.

    Returns
    -------
    Table
        n rows: ``id``, and ``title`` and ``text`` as lists of k unsigned 32-bit values (128 by default); null where a
        field is too short to be compared. The share of equal values of two lists estimates the Jaccard coefficient of
        their shingle sets, with a standard error of at most 1 / (2 sqrt(k)). Equal texts have equal signatures on every
        machine.
    """
    asked = options(fields=fields, shingle=shingle, settings=settings, columns=columns, threads=threads)
    return Table(_qissa.signatures(data, asked))


def explain(data: Data, a: str, b: str, **settings: Any) -> Explanation:
    """Explains why the items with two ids are in one group or not.

    ``data`` and the keyword arguments are those of :func:`cluster`. The answer depends on the whole batch.
    """
    figures, text = _qissa.explain(data, options(**settings), a, b)
    return Explanation(text, json.loads(figures))


def evaluate(gold: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """Measures the agreement of groups with a gold standard.

    Parameters
    ----------
    gold, labels
        The group of each id. Ids that are not in ``gold`` are ignored; ids without a label are singletons.

    Returns
    -------
    dict
        ``b_cubed``, ``pairwise``, ``v_measure`` and ``ceaf_e`` with their ``precision``, ``recall`` and ``f1``; ``ari``,
        ``ami``, ``nmi``; counts of items and groups.

    Examples
    --------
    >>> evaluate({"1": "a", "2": "a", "3": "b"}, {"1": 0, "2": 0, "3": 1})["ari"]
    1.0
    """

    def pairs(groups: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [(str(id), str(group)) for id, group in groups.items()]

    found: dict[str, Any] = json.loads(_qissa.evaluate(pairs(gold), pairs(labels)))
    return found


Span = Union[timedelta, float]


class Index:
    """A persistent index that decides about items as they arrive. One process at a time can open it. When :meth:`add`
    returns, its items are on disk.

    Parameters
    ----------
    folder
        Folder of the index; created if it does not exist.
    level, threshold, fields, shingle, window, settings, columns, threads
        As for :func:`cluster`. The settings of the index are the defaults; those that decide matches cannot change.
    keep
        Items that were not seen for this time (seconds, or a ``timedelta``) expire.
    max_age
        Items published longer than this before their first arrival are ``old``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Index(folder + "/seen", level="duplicates") as index:
    ...     first = index.add([{"id": "1", "title": "Minister opens the new bridge over the river"}])
    ...     again = index.decide([{"id": "2", "title": "Minister opens new bridge over the river"}])
    ...     len(index), again.to_arrow()["decision"].to_pylist()
    (1, ['duplicate'])
    """

    def __init__(
        self,
        folder: PathLike,
        *,
        keep: Span | None = None,
        max_age: Span | None = None,
        level: str | None = None,
        threshold: float | None = None,
        fields: str | None = None,
        shingle: str | None = None,
        window: float | None = None,
        settings: PathLike | Mapping[str, Any] | None = None,
        columns: Mapping[str, str] | None = None,
        threads: int | None = None,
    ) -> None:
        asked = options(
            level=level,
            threshold=threshold,
            fields=fields,
            shingle=shingle,
            window=window,
            settings=settings,
            columns=columns,
            threads=threads,
        )
        keep_seconds, age_seconds = (None if span is None else _seconds(span) for span in (keep, max_age))
        self._index = _qissa.Index(os.fspath(folder), asked, keep_seconds, age_seconds)

    def add(self, data: Data) -> Table:
        """Adds items and decides about each.

        Returns n rows: the input columns, then ``decision`` (``new``, ``seen``, ``update``, ``duplicate``, ``story`` or
        ``old``) and its groups, by the columns of ``qissa dedup``.
        """
        return Table(self._index.add(data))

    def decide(self, data: Data) -> Table:
        """Decides about items one by one without adding them.

        Returns n rows: the input columns, then ``decision``, ``similar_id`` (the same item, its duplicate, or the
        canonical item of its story), ``similarity`` to that item (0 to 1), and the groups of that item. At level
        stories each item that is neither seen nor a duplicate costs as much as clustering the last 4,000 items.
        """
        return Table(self._index.decide(data))

    def expire(self, keep: Span) -> int:
        """Removes the items that were not seen for this time and returns their number. A commit expires as a whole,
        when all its items are old."""
        return self._index.expire(_seconds(keep))

    def forget(self, ids: str | Iterable[str]) -> int:
        """Removes items by id, rewrites the index and returns the number of removed items."""
        return self._index.forget([ids] if isinstance(ids, str) else list(ids))

    def close(self) -> None:
        """Closes the index, so that another process can open it."""
        self._index.close()

    def __len__(self) -> int:
        return len(self._index)

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _seconds(span: Span) -> int:
    return int(span.total_seconds() if isinstance(span, timedelta) else span)
