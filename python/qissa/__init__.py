"""Near-duplicate and related news items, grouped into stories, each with a canonical item.

>>> import qissa
>>> found = qissa.cluster([
...     {"id": "1", "title": "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين"},
...     {"id": "2", "title": "الشرع يزور موسكو غدا ويفتح صفحة جديدة مع روسيا"},
...     {"id": "3", "title": "مجلس الأمن يناقش الملف الليبي"},
... ])
>>> found.summary["stories"]
{'groups': 1, 'items': 2}
"""

from ._api import Index, cluster, evaluate, explain, signatures, similar
from ._qissa import (
    BackgroundError,
    ConfigError,
    ConstraintsError,
    InputError,
    QissaError,
    StoreError,
    __version__,
)
from ._tables import Clusters, Explanation, Table

__all__ = [
    "BackgroundError",
    "Clusters",
    "ConfigError",
    "ConstraintsError",
    "Explanation",
    "Index",
    "InputError",
    "QissaError",
    "StoreError",
    "StoryClusterer",
    "Table",
    "__version__",
    "cluster",
    "evaluate",
    "explain",
    "signatures",
    "similar",
]


def __getattr__(name: str) -> object:
    # scikit-learn is loaded where it is asked for.
    if name == "StoryClusterer":
        from ._estimator import StoryClusterer

        return StoryClusterer
    raise AttributeError(f"module 'qissa' has no attribute {name!r}")
