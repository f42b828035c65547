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

#: What items are taken from: a table that has Arrow's PyCapsule interface (pandas, polars, pyarrow), a path of a file or
#: a folder in any format the command line reads, a list of such paths as ``pathlib.Path``, or a list of headlines or of
#: mappings.
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
        n items: a table, paths, headlines or mappings. Columns are known by their usual names (``id``, ``title``,
        ``text``, ``url``, ``source``, ``published``, ...), or named in ``columns``.
    level
        ``"stories"`` (one event; the default) or ``"duplicates"`` (the same text, perhaps edited).
    threshold
        How alike items of a group must be, from 0.01 to 1: the Jaccard coefficient for duplicates, the strength of links
        for stories.
    fields
        What is compared: ``"title"``, ``"body"`` or ``"all"``.
    shingle
        The shingles of titles and bodies: ``"word:N"``, ``"word:N-M"`` or ``"char:N"``.
    window
        Items published more days apart are never one story; 0 for no limit.
    settings
        A file of settings (see ``qissa config``), or a mapping such as ``{"stories": {"decay-days": 4}}``.
    constraints
        A file, or triples of ``"must-link"`` or ``"cannot-link"`` and two ids.
    backgrounds
        Files of word counts (see ``qissa background``).
    columns
        The column of each field that is called otherwise, as ``{"title": "headline_ar"}``. The fields are ``id``,
        ``title``, ``text``, ``url``, ``source``, ``published``, ``language``.
    threads
        Threads to use; all processors by default.

    Returns
    -------
    Clusters
        n rows in the order of the items: the columns given, then where each item was placed.

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
    """Lists, for each item, the others most like it: of one story first, then related ones.

    Parameters
    ----------
    data
        As for :func:`cluster`, whose other keyword arguments are taken too.
    k
        Entries a list at most.
    min_score
        Entries are at least so much alike, from 0.01 to 1.
    per_source
        Entries of one source a list at most; 0 for no limit.
    diversity
        What an entry loses of its score for being like one above it, from 0 to 1.
    language
        Only items of this language are listed (``"ar"``, ``"en"``, ...).
    show_copies
        List copies of an item too, instead of the canonical of each text alone.
    of
        The id, or ids, of the items whose lists are wanted; of all by default.
    text
        A headline whose list is wanted, which need not be among the items.

    Returns
    -------
    Table
        A row an entry: ``id`` of the item, ``rank`` from 1, ``similar_id``, ``title``, ``score`` in 0..1, ``reason``,
        ``copies`` (how many items have its text).

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
    """Signs each item's headline and body by MinHash.

    Parameters
    ----------
    data, fields, shingle, settings, columns, threads
        As for :func:`cluster`.

    Returns
    -------
    Table
        n rows: ``id``, and ``title`` and ``text`` as lists of k unsigned 32-bit values (128, if ``settings`` do not say
        otherwise); null where a field is too short to be compared. The share of places in which two lists agree
        estimates the Jaccard coefficient of their shingles, with a standard error of 1 / (2 sqrt(k)) at most. The same
        text has the same signature on every machine.
    """
    asked = options(fields=fields, shingle=shingle, settings=settings, columns=columns, threads=threads)
    return Table(_qissa.signatures(data, asked))


def explain(data: Data, a: str, b: str, **settings: Any) -> Explanation:
    """Says why two items, given by their ids, are in one group or not.

    ``data`` and keyword arguments are those of :func:`cluster`: an answer holds for items among their batch.
    """
    figures, told = _qissa.explain(data, options(**settings), a, b)
    return Explanation(told, json.loads(figures))


def evaluate(gold: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """Measures how well labels agree with a gold standard.

    Parameters
    ----------
    gold, labels
        The group of each id. Items that ``gold`` does not know are left out; items without a label stand alone.

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
    """An index on disk that says of items as they come what each is to those before it. One process at a time may have
    it open; what :meth:`add` returned is on the disk.

    Parameters
    ----------
    folder
        Its folder; it is made if there is none.
    level, threshold, fields, shingle, window, settings, columns, threads
        As for :func:`cluster`; those of the index hold by default, and what decides matches must be as it was.
    keep
        Items that were not seen for so long (seconds, or a ``timedelta``) are dropped.
    max_age
        Items whose own date is more than so long before they come for the first time are ``old``.

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
        """Takes items in, and says of each what it is.

        Returns n rows: what was given, then ``decision`` (``new``, ``seen``, ``update``, ``duplicate``, ``story`` or
        ``old``) and its groups, by the columns of ``qissa dedup``.
        """
        return Table(self._index.add(data))

    def decide(self, data: Data) -> Table:
        """Says what items would be, one by one, and keeps nothing of them.

        Returns n rows: what was given, then ``decision``, ``similar_id`` (the item that it is again, of which it is a
        copy, or the canonical one of whose story it is part), ``similarity`` to that in 0..1, and that item's groups. Where
        stories are told, each item that is neither seen nor a copy costs as much as growing those of the last 4,000 items.
        """
        return Table(self._index.decide(data))

    def expire(self, keep: Span) -> int:
        """Drops the items that were not seen for so long; returns how many. Items go by the commit they came with, when
        all of that is old."""
        return self._index.expire(_seconds(keep))

    def forget(self, ids: str | Iterable[str]) -> int:
        """Lets items go by their ids, and writes the rest anew; returns how many went."""
        return self._index.forget([ids] if isinstance(ids, str) else list(ids))

    def close(self) -> None:
        """Closes it, so that others may write to it."""
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
