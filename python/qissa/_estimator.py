"""A scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from . import _qissa
from ._options import PathLike, options


class StoryClusterer(ClusterMixin, BaseEstimator):
    """Clusters news items into stories or groups of duplicates.

    Parameters
    ----------
    level : {"stories", "duplicates"}, default="stories"
        One event, or one report, possibly edited.
    threshold : float, default=None
        Minimum similarity within a cluster, 0.01 to 1; the default depends on the level.
    fields : {"all", "title", "body"}, default="all"
        Compared fields.
    window : float, default=None
        Maximum days between two items with an edge in a story; 14 by default, 0 for no limit.
    settings : mapping or path, default=None
        Other settings, as for :func:`qissa.cluster`.
    columns : mapping, default=None
        Columns by field, as for :func:`qissa.cluster`.
    n_jobs : int, default=None
        Threads to use; all processors by default.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        The cluster of each item, numbered by first item. A singleton is a cluster too.
    n_clusters_ : int
        Number of clusters.
    n_features_in_ : int
        1 for texts, else the number of columns.

    Examples
    --------
    >>> StoryClusterer(level="duplicates").fit_predict(
    ...     ["Bridge over the river opens", "Rain on the coast", "Bridge over the river opens to traffic"])
    array([0, 1, 0])
    """

    def __init__(
        self,
        level: str = "stories",
        *,
        threshold: float | None = None,
        fields: str = "all",
        window: float | None = None,
        settings: PathLike | Mapping[str, Any] | None = None,
        columns: Mapping[str, str] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.level = level
        self.threshold = threshold
        self.fields = fields
        self.window = window
        self.settings = settings
        self.columns = columns
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> StoryClusterer:
        """Clusters items.

        Parameters
        ----------
        X : n items
            Titles (a list, an array or a series of texts), a table or a list of mappings as for :func:`qissa.cluster`,
            or an array of shape (n, m): the m cells of a row, joined by spaces, are the title.
        y : ignored
        """
        asked = options(
            level=self.level,
            threshold=self.threshold,
            fields=self.fields,
            window=self.window,
            settings=self.settings,
            columns=self.columns,
            threads=self.n_jobs if self.n_jobs and self.n_jobs > 0 else None,
        )
        labels = _qissa.partition(self._items(X), asked)
        self.labels_ = numpy.frombuffer(labels, dtype=numpy.int64).copy()
        self.n_clusters_ = int(self.labels_.max()) + 1 if len(self.labels_) else 0
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags

    def _items(self, X: Any) -> Any:
        """The items as the compiled module accepts them."""
        names = getattr(X, "column_names", None) or [str(name) for name in getattr(X, "columns", ())]
        if names and _qissa.says(names, options(columns=self.columns)):
            self.n_features_in_ = len(names)
            return X
        if isinstance(X, (str, bytes)):
            raise ValueError(f"X is one text, {X[:40]!r}, but should be a list of texts")
        if isinstance(X, (list, tuple)) and X and all(isinstance(item, (str, Mapping)) for item in X):
            self.n_features_in_ = 1
            return list(X)
        array = X if names or hasattr(X, "__array__") or hasattr(X, "toarray") else numpy.asarray(X)
        if getattr(array, "ndim", 2) == 1 and array.dtype.kind in "UOT" and len(array):
            array = numpy.asarray(array).reshape(-1, 1)
        array = validate_data(self, array, dtype=None)
        return [" ".join(map(str, row)) for row in array.tolist()]
