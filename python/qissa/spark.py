"""Groups items with PySpark, for batches larger than one machine. Groups of duplicates have the same ids and columns as
those of the command line and of :func:`qissa.cluster`. Stories are nearly the same; they are built window by window.

Workers run the compiled module on partitions of rows; Spark shuffles:

1. ``items``: rows with unique ids and digests of their texts.
2. ``texts``: one row a unique text.
3. ``pairs``: candidate pairs of texts that share blocking keys. Keys are packed and hash-partitioned. In an oversized
   bucket all texts are compared with the representatives only.
4. ``edges``: verified pairs.
5. ``copies``: connected components, by alternating large-star and small-star (Kiveris et al. 2014) until convergence.
6. Rows of each group in one partition, where the canonical item is chosen.

A worker builds the stories of one time window: its days, and overlapping days before and after. Stories of two windows
that share an item are one story; so are the stories of near-duplicates.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy
import pyarrow
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType

from . import _qissa
from ._options import PathLike, options

__all__ = ["cluster"]

log = logging.getLogger("qissa.spark")

ID, REPEAT, TIME, DIGEST, GROUP = "qissa_id", "qissa_repeat", "qissa_time", "qissa_digest", "qissa_group"
WINDOW, CORE, STORY = "qissa_window", "qissa_core", "qissa_story"

#: Window of items without a time.
UNDATED = -(1 << 62)

KEYS = "part int, keys binary"
MEETINGS = "place tinyint, asker long, met long"
ADDED = (
    "near_dup_id string, near_dup_size long, cluster_id string, cluster_size long, cluster_label string, "
    "cluster_keywords array<string>, is_canonical boolean, canonical_id string, canonical_score double, "
    "canonical_reasons array<string>, similarity float, match_kind string, lang string"
)
#: Columns that a window computes for an item.
PLACED = [
    "cluster_label",
    "cluster_keywords",
    "is_canonical",
    "canonical_score",
    "canonical_reasons",
    "similarity",
    "match_kind",
    "lang",
]
EDGES = "a long, b long"

#: Hash partitions of keys per Spark partition. A worker holds the keys of one part at a time, 16 bytes each.
PARTS = 4


def cluster(
    df: DataFrame,
    *,
    level: str = "duplicates",
    threshold: float | None = None,
    fields: str | None = None,
    shingle: str | None = None,
    window: float | None = None,
    settings: PathLike | Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    days: float = 7,
    overlap: float = 3,
    checkpoint: str | None = None,
    show: Callable[[str], None] = log.info,
) -> DataFrame:
    """Groups the rows of a frame.

    Parameters
    ----------
    df
        One row an item, with columns as for :func:`qissa.cluster`.
    level
        ``"duplicates"``, at any scale; or ``"stories"``, if a worker can hold the items of a window.
    threshold, fields, shingle, window, settings, columns
        As for :func:`qissa.cluster`.
    days
        Days of a window. Terms are weighted among the items of the window.
    overlap
        Days before and after a window that it includes. Items without a time form a window of their own.
    checkpoint
        A folder that all workers can reach, for this frame and these settings only. Each step is stored there as
        Parquet, and an interrupted run continues after the last complete step. By default steps are persisted by the
        executors and recomputed if lost.
    show
        Receives progress, one line at a time; by default the logger ``qissa.spark`` at level INFO.

    Returns
    -------
    DataFrame
        The input columns, then those of :func:`qissa.cluster`, in no order. At level duplicates ``cluster_label`` and
        ``cluster_keywords`` weight words within the group. In a story of several windows ``similarity`` is to the
        canonical item of the item's own window.

    Raises
    ------
    ConfigError
        If a setting is invalid.
    ValueError
        If the folder contains steps of another run.
    """
    asked = options(
        level=level,
        threshold=threshold,
        fields=fields,
        shingle=shingle,
        window=window,
        settings=settings,
        columns=columns,
        threads=1,
    )
    if level == "stories" and not (days > 0 and 0 <= overlap <= days):
        raise _qissa.ConfigError(f"overlap is {overlap}, but must be from 0 to days, which is {days}")
    # Workers may not have the file of settings.
    asked.update(over=_qissa.settings(asked), file=None, threshold=None, window=None)
    windows = (days, overlap) if level == "stories" else None
    run = _Run(df, asked, windows, checkpoint, show)
    return run.duplicates() if windows is None else run.stories(*windows)


class _Run:
    """A run over one frame."""

    def __init__(
        self,
        df: DataFrame,
        asked: dict[str, Any],
        windows: tuple[float, float] | None,
        folder: str | None,
        show: Callable[[str], None],
    ) -> None:
        self.df, self.asked, self.show = df, asked, show
        self.spark: SparkSession = df.sparkSession
        self.kernel = _qissa.Kernel(asked)
        self.read = self.kernel.columns(df.columns)
        self.folder = folder and folder.rstrip("/")
        self.mark = json.dumps([_qissa.__version__, asked, windows, df.schema.json()], sort_keys=True)

    def duplicates(self) -> DataFrame:
        return self.placed(self.grouped())

    def grouped(self) -> DataFrame:
        """The rows with the smallest text of their group; null if a row is too short to be compared."""
        items = self.keep("items", self.items)
        texts = self.keep("texts", lambda: self.texts(items))
        pairs = self.keep("pairs", lambda: self.pairs(texts))
        edges = self.keep("edges", lambda: self.edges(texts, pairs))
        components = self.components("copies", edges).toDF(DIGEST, GROUP)
        groups = self.keep("groups", lambda: self.split(texts, components))
        grouped = items.join(groups, DIGEST, "left")
        return grouped.withColumn(GROUP, F.coalesce(GROUP, DIGEST))

    def items(self) -> DataFrame:
        """The rows with ids, numbers of preceding rows with the same id, and digests of their texts."""
        schema = self.df.schema
        identified = StructType([*schema.fields, StructField(ID, StringType()), StructField(TIME, LongType())])
        numbered = StructType([*identified.fields, StructField(REPEAT, IntegerType()), StructField(DIGEST, LongType())])
        by_id = self.df.mapInArrow(_each(self.asked, _qissa.Kernel.identify), identified).repartition(ID)
        return by_id.sortWithinPartitions(ID).mapInArrow(_runs(self.asked, _qissa.Kernel.number, ID), numbered)

    def texts(self, items: DataFrame) -> DataFrame:
        """One row a unique text, with the columns that are read."""
        return items.where(F.col(DIGEST).isNotNull()).select(DIGEST, *map(_named, self.read)).dropDuplicates([DIGEST])

    def pairs(self, texts: DataFrame) -> DataFrame:
        """Candidate pairs of texts."""
        partitions = int(self.spark.conf.get("spark.sql.shuffle.partitions") or 200)
        sketch = functools.partial(_sketch, parts=PARTS * partitions)
        keys = texts.mapInArrow(_each(self.asked, sketch), KEYS)
        dealt = keys.repartition(partitions, "part").sortWithinPartitions("part")
        met = dealt.mapInArrow(_runs(self.asked, _qissa.Kernel.meet, "part"), MEETINGS)
        enough = (F.col("place") == 0) | (F.col("count") >= _qissa.Kernel.TIMES)
        often = met.groupBy("place", "asker", "met").count().where(enough)
        return often.select(F.least("asker", "met").alias("a"), F.greatest("asker", "met").alias("b")).distinct()

    def split(self, texts: DataFrame, components: DataFrame) -> DataFrame:
        """Each text of a component with the smallest text of its group. Chains are split into several groups."""
        whole = components.join(texts, DIGEST).repartition(GROUP).sortWithinPartitions(GROUP, DIGEST)
        answer = StructType([StructField(DIGEST, LongType()), StructField(GROUP, LongType())])
        return whole.mapInArrow(_runs(self.asked, _qissa.Kernel.split, GROUP), answer)

    def edges(self, texts: DataFrame, pairs: DataFrame) -> DataFrame:
        """Verified pairs of texts."""

        def side(name: str, text: str) -> DataFrame:
            return texts.select(F.col(DIGEST).alias(name), F.struct(*map(_named, self.read)).alias(text))

        compared = pairs.join(side("a", "left"), "a").join(side("b", "right"), "b").select("a", "b", "left", "right")
        return compared.mapInArrow(_verified(self.asked), EDGES)

    def components(self, of: str, edges: DataFrame) -> DataFrame:
        """The smallest node of the component of each node with an edge."""
        stars = _links(edges, _downwards(*map(F.col, edges.columns))).distinct()
        before = _summed(stars)
        for turn in range(1, MOST_TURNS + 1):
            stars = self.keep(f"{of}-{turn}", functools.partial(_both_stars, stars))
            now = _summed(stars)
            self.show(f"{of}, turn {turn}: {now[0]} links{', none moved' if now == before else ''}")
            if now == before:
                break
            before = now
        else:
            raise RuntimeError(f"{of}: links still moved after {MOST_TURNS} turns; is a step of the run not repeatable?")
        u, v = F.col("u"), F.col("v")
        ends = stars.select(F.explode(F.array(_link(u, v), _link(v, v))).alias("end"))
        return ends.select("end.u", "end.v").distinct()

    def placed(self, grouped: DataFrame) -> DataFrame:
        """The rows with their groups of duplicates."""
        # Rows that are too short have no group, and are partitioned by id.
        dealt = grouped.repartition(F.coalesce(F.col(GROUP), F.xxhash64(ID)))
        whole = dealt.sortWithinPartitions(GROUP, ID, REPEAT).select(*self.own(), ID, REPEAT, GROUP)
        answer = self.schema()
        return whole.mapInArrow(_runs(self.asked, _qissa.Kernel.place, GROUP, answer.names), answer)

    def stories(self, days: float, overlap: float) -> DataFrame:
        """The rows with their stories."""
        grouped = self.grouped()
        told = self.keep("windows", lambda: self.told(grouped, days, overlap))
        node = F.xxhash64(WINDOW, STORY)
        light = told.select(ID, REPEAT, GROUP, WINDOW, CORE, node.alias("node"), *PLACED)
        threads = self.components("stories", _same_stories(light))
        stories = light.where(CORE).join(threads.toDF("node", "thread"), "node", "left")
        chosen = _chosen(stories.withColumn("thread", F.coalesce("thread", "node")))
        answer = self.schema()
        own = [_named(name) for name in self.df.columns if name not in chosen.columns]
        rows = grouped.select(*own, ID, REPEAT).join(chosen, [ID, REPEAT])
        ids = _ddl("near_dup_id string, cluster_id string").fields
        named = StructType([*(field for field in rows.schema if field.name not in ("near_dup_id", "cluster_id")), *ids])
        whole = rows.mapInArrow(_each(self.asked, _qissa.Kernel.name), named)
        if "id" not in whole.columns:
            whole = whole.withColumn("id", F.col(ID))
        return whole.select(*map(_named, answer.names))

    def told(self, grouped: DataFrame, days: float, overlap: float) -> DataFrame:
        """The rows of each window with the stories of that window."""
        span, margin = int(days * 86_400), int(overlap * 86_400)

        # Exact duplicates take the time of the first, which represents them. Otherwise a title that is repeated every
        # week would join the stories of all these weeks.
        text = F.coalesce(F.col(DIGEST), F.xxhash64(ID, REPEAT))
        teller = F.min(F.struct(ID, REPEAT, TIME)).over(Window.partitionBy(text, F.col(DIGEST).isNull()))
        # Groups of duplicates that last longer than a story, such as versions of a live page, form their own windows.
        limit = self.kernel.window() * 86_400
        group = Window.partitionBy(F.coalesce(F.col(GROUP), text), F.col(GROUP).isNull())
        lasts = F.max(TIME).over(group) - F.min(TIME).over(group)
        is_long = F.col(GROUP).isNotNull() & (F.coalesce(lasts, F.lit(0)) > limit) & (F.lit(limit) > 0)
        grouped = grouped.withColumn(TIME, teller[TIME]).withColumn("lasting", is_long)

        def window(shift: int) -> Column:
            return F.floor((F.col(TIME) + shift) / span).cast("long")

        around = F.array_distinct(F.array(window(-margin), window(0), window(margin)))
        dated = F.when(F.col(TIME).isNotNull(), around).otherwise(F.array(F.lit(UNDATED)))
        spread = grouped.withColumn(WINDOW, F.explode(F.when(F.col("lasting"), F.array(GROUP)).otherwise(dated)))
        core = F.col("lasting") | F.col(TIME).isNull() | (F.col(WINDOW) == window(0))
        dealt = spread.withColumn(CORE, core).repartition(WINDOW).sortWithinPartitions(WINDOW, ID, REPEAT)
        rows = dealt.select(*self.own(), ID, REPEAT, GROUP, WINDOW, CORE)
        kept = StructType([field for field in rows.schema if field.name in (ID, REPEAT, GROUP, WINDOW, CORE)])
        placed = [field for field in _ddl(ADDED) if field.name in PLACED]
        answer = StructType([*kept.fields, StructField(STORY, LongType()), *placed])
        return rows.mapInArrow(_runs(self.asked, _qissa.Kernel.tell, WINDOW, answer.names, alone=True), answer)

    def own(self) -> list[Column]:
        """The input columns."""
        return [_named(name) for name in self.df.columns]

    def schema(self) -> StructType:
        """The columns of the result."""
        added = _ddl(ADDED)
        if not self.kernel.has_ids(self.df.columns):
            added = StructType([StructField("id", StringType()), *added.fields])
        return StructType([*(field for field in self.df.schema if field.name not in added.names), *added.fields])

    def keep(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """The rows of a step, stored or persisted so that they are computed once."""
        if self.folder is None:
            self.show(name)
            return self.persisted(make())
        rows, done = f"{self.folder}/{name}", f"{self.folder}/{name}.done"
        mark = self.marked(done)
        if mark is None:
            self.show(name)
            make().write.mode("overwrite").parquet(rows)
            self.spark.createDataFrame([(self.mark,)], "mark string").coalesce(1).write.mode("overwrite").parquet(done)
        elif mark != self.mark:
            raise ValueError(f"{self.folder} holds steps of another frame or of other settings: name an empty folder")
        else:
            self.show(f"{name}: as it was kept")
        return self.spark.read.parquet(rows)

    def persisted(self, rows: DataFrame) -> DataFrame:
        """Persists rows on the executors. An adaptive plan prints its input twice, which doubles with every turn that
        builds on the last, so such rows are planned without adaptive execution."""
        adaptive = "spark.sql.adaptive.enabled"
        before = self.spark.conf.get(adaptive, "true") or "true"
        self.spark.conf.set(adaptive, "false")
        try:
            return rows.persist(StorageLevel.MEMORY_AND_DISK)
        finally:
            self.spark.conf.set(adaptive, before)

    def marked(self, done: str) -> str | None:
        """The mark that a complete step was stored with."""
        from pyspark.errors import AnalysisException

        try:
            marks = self.spark.read.schema("mark string").parquet(done).collect()
        except AnalysisException:
            return None
        return marks[0][0] if marks else None


def _same_stories(told: DataFrame) -> DataFrame:
    """The pairs of windows' stories that are one: those of which each has more than half of its items that both windows
    hold in the other, and those of copies."""
    pair = F.struct(F.col(WINDOW).alias("window"), F.col("node").alias("node"))
    nodes = F.sort_array(F.collect_list(pair))
    twice = told.groupBy(ID, REPEAT).agg(nodes.alias("nodes")).where(F.size("nodes") > 1)
    pairs = F.expr(
        "flatten(transform(nodes, (x, i) -> transform(slice(nodes, i + 2, size(nodes)), y -> struct(x, y))))"
    )
    met = twice.select(F.explode(pairs).alias("met")).select(
        *(F.col(f"met.{side}.{what}").alias(f"{side}_{what}") for side in "xy" for what in ("window", "node"))
    )
    shared = met.groupBy("x_window", "x_node", "y_window", "y_node").count()
    first = F.sum("count").over(Window.partitionBy("x_node", "y_window"))
    second = F.sum("count").over(Window.partitionBy("y_node", "x_window"))
    most = shared.withColumn("first", first).withColumn("second", second)
    across = most.where("2 * count > first and 2 * count > second").select("x_node", "y_node")
    least = F.min("node").over(Window.partitionBy(GROUP))
    copies = told.where(F.col(CORE) & F.col(GROUP).isNotNull()).select("node", least.alias("least"))
    return across.toDF("a", "b").union(copies.where("node != least").toDF("a", "b"))


def _chosen(stories: DataFrame) -> DataFrame:
    """Items with the first items and sizes of their groups, and the canonical item of their story: the choice of the
    window with most items of the story."""
    item = F.struct(ID, REPEAT)
    copies = Window.partitionBy(F.coalesce(F.col(GROUP), F.xxhash64(ID, REPEAT)), F.col(GROUP).isNull())
    story = Window.partitionBy("thread")
    part = F.count("*").over(Window.partitionBy("node"))
    # The canonical item of a window may belong to the core of another window; otherwise the best item is taken.
    rank = F.struct(
        (~F.col("is_canonical")).alias("other"),
        (-F.col("part")).alias("part"),
        (-F.col("canonical_score")).alias("score"),
        ID,
        REPEAT,
    )
    best = F.min(F.struct(rank.alias("rank"), "cluster_label", "cluster_keywords")).over(story)
    is_best = (F.col(f"best.rank.{ID}") == F.col(ID)) & (F.col(f"best.rank.{REPEAT}") == F.col(REPEAT))
    size = F.col("cluster_size")
    kind = (
        F.when(is_best, F.when(size > 1, "canonical").otherwise("unique"))
        .when(F.col("is_canonical"), "story")
        .otherwise(F.col("match_kind"))
    )
    return (
        stories.withColumn("part", part)
        .withColumn("near_dup", F.min(item).over(copies))
        .withColumn("near_dup_size", F.count("*").over(copies))
        .withColumn("cluster", F.min(item).over(story))
        .withColumn("cluster_size", F.count("*").over(story))
        .withColumn("best", best)
        .withColumn("match_kind", kind)
        .select(
            ID,
            REPEAT,
            *(F.col(f"{group}.{ID}").alias(f"{group}_root") for group in ("near_dup", "cluster")),
            *(F.col(f"{group}.{REPEAT}").alias(f"{group}_repeat") for group in ("near_dup", "cluster")),
            "near_dup_size",
            "cluster_size",
            F.when(size > 1, F.col("best.cluster_label")).otherwise("").alias("cluster_label"),
            F.when(size > 1, F.col("best.cluster_keywords")).otherwise(F.array().cast("array<string>")).alias("cluster_keywords"),
            is_best.alias("is_canonical"),
            F.col(f"best.rank.{ID}").alias("canonical_id"),
            "canonical_score",
            "canonical_reasons",
            "similarity",
            "match_kind",
            "lang",
        )
    )


#: Each turn brings a text's link at least as near to the least of its component; chains of n take about log n turns.
MOST_TURNS = 100


def _ddl(columns: str) -> StructType:
    return cast(StructType, StructType.fromDDL(columns))


def _named(name: str) -> Column:
    return F.col("`" + name.replace("`", "``") + "`")


def _link(u: Column, v: Column) -> Column:
    return F.struct(u.alias("u"), v.alias("v"))


def _downwards(u: Column, v: Column) -> Column:
    """A link from the larger to the smaller of two texts."""
    return _link(F.greatest(u, v), F.least(u, v))


def _links(rows: DataFrame, *links: Column) -> DataFrame:
    """Links of each row, in one plan: a union would double the plan every turn."""
    return rows.select(F.explode(F.array(*links)).alias("link")).select("link.u", "link.v").where("u != v")


def _large_star(links: DataFrame) -> DataFrame:
    """Large-star: links the larger neighbours of each text to the smallest of its neighbours and itself."""
    u, v = F.col("u"), F.col("v")
    both = _links(links, _link(u, v), _link(v, u))
    least = F.least(u, F.min("v").over(Window.partitionBy("u")))
    return _links(both.withColumn("least", least).where(v > u), _downwards(v, F.col("least"))).distinct()


def _small_star(links: DataFrame) -> DataFrame:
    """Small-star: links the smaller neighbours of each text, and the text, to the smallest of them."""
    least = F.min("v").over(Window.partitionBy("u"))
    ends = [_downwards(F.col(end), F.col("least")) for end in ("u", "v")]
    return _links(links.withColumn("least", least), *ends).distinct()


def _both_stars(links: DataFrame) -> DataFrame:
    return _small_star(_large_star(links))


def _summed(links: DataFrame) -> tuple[int, int]:
    """Number of links, and a checksum."""
    hashed = F.sum(F.xxhash64("u", "v").cast("decimal(38,0)"))
    [(count, total)] = links.agg(F.count("*"), hashed).collect()
    return int(count), int(total or 0)


Batches = Iterator[pyarrow.RecordBatch]


def _kernel(asked: dict[str, Any]) -> _qissa.Kernel:
    # Spark assigns one processor to this worker.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    return _qissa.Kernel(asked)


def _batches(table: _qissa.Table) -> Batches:
    return iter(pyarrow.table(table).to_batches())


def _each(asked: dict[str, Any], step: Callable[..., _qissa.Table]) -> Callable[[Batches], Batches]:
    """A step over rows in any order."""

    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        for batch in batches:
            yield from _batches(step(kernel, batch))

    return work


def _runs(
    asked: dict[str, Any],
    step: Callable[..., _qissa.Table],
    key: str,
    wanted: list[str] | None = None,
    alone: bool = False,
) -> Callable[[Batches], Batches]:
    """A step over rows sorted by a key. All rows of a key are in one call; with ``alone``, no other rows are."""

    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        runs = _whole(batches, key)
        for run in _one_by_one(runs, key) if alone else runs:
            made = pyarrow.table(step(kernel, run))
            yield from (made.select(wanted) if wanted else made).to_batches()

    return work


def _whole(batches: Batches, key: str) -> Iterator[pyarrow.Table]:
    """Batches of rows sorted by a key, cut only between keys."""
    held: list[pyarrow.RecordBatch] = []
    for batch in batches:
        if batch.num_rows == 0:
            continue
        keys = batch.column(key)
        start = _start_of_last(keys)
        if held and not held[0].column(key)[0].equals(keys[0]):
            yield pyarrow.Table.from_batches(held)
            held = []
        if start == 0:
            held.append(batch)
            continue
        yield pyarrow.Table.from_batches([*held, batch.slice(0, start)])
        held = [batch.slice(start)]
    if held:
        yield pyarrow.Table.from_batches(held)


def _one_by_one(runs: Iterator[pyarrow.Table], key: str) -> Iterator[pyarrow.Table]:
    """One batch a key."""
    for run in runs:
        keys = run.column(key).to_numpy()
        starts = [0, *(numpy.flatnonzero(keys[1:] != keys[:-1]) + 1).tolist(), len(keys)]
        yield from (run.slice(start, end - start) for start, end in zip(starts, starts[1:]))


def _start_of_last(keys: pyarrow.Array) -> int:
    """Start of the last run of equal keys in sorted keys."""
    low, high = 0, len(keys) - 1
    last = keys[-1]
    while low < high:
        middle = (low + high) // 2
        if keys[middle].equals(last):
            high = middle
        else:
            low = middle + 1
    return low


def _sketch(kernel: _qissa.Kernel, batch: pyarrow.RecordBatch, parts: int) -> _qissa.Table:
    return kernel.sketch(batch, parts)


def _verified(asked: dict[str, Any]) -> Callable[[Batches], Batches]:
    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        for batch in batches:
            left, right = (pyarrow.RecordBatch.from_struct_array(batch.column(side)) for side in ("left", "right"))
            yield from _batches(kernel.verify(batch.select(["a", "b"]), left, right))

    return work
