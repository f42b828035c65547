"""Groups of duplicates of more items than one machine holds, by PySpark: the same groups, ids and columns as of the
command line and of :func:`qissa.cluster`.

Workers do what qissa's compiled module does with a share of rows; Spark brings together what belongs together:

1. ``items``: rows by id, so that each has an id of its own, with a digest of its text.
2. ``texts``: each different text once.
3. ``keys``: the keys under which copies of a text are found, of its signature's bands and of its shingles.
4. ``pairs``: the texts that meet under a key. In a crowded bucket only the representatives meet the others, so no bucket
   is compared pair by pair; a worker holds no more than 64 texts of one.
5. ``edges``: the pairs that are copies, compared in full.
6. ``components``: which texts hang together, by alternating large-star and small-star (Kiveris et al. 2014), until
   nothing moves.
7. Each group's rows in one place, where its canonical item is chosen.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType

from . import _qissa
from ._options import PathLike, options

__all__ = ["cluster"]

log = logging.getLogger("qissa.spark")

ID, REPEAT, DIGEST, GROUP = "qissa_id", "qissa_repeat", "qissa_digest", "qissa_group"

KEYS = "table int, key int, text long, asks boolean"
MEETINGS = "place tinyint, asker long, met long"
ADDED = (
    "near_dup_id string, near_dup_size long, cluster_id string, cluster_size long, cluster_label string, "
    "cluster_keywords array<string>, is_canonical boolean, canonical_id string, canonical_score double, "
    "canonical_reasons array<string>, similarity float, match_kind string, lang string"
)
EDGES = "a long, b long, similarity float, kind string"

#: Texts must meet so often among the shingles of a field, as in the compiled module.
TIMES = 2


def cluster(
    df: DataFrame,
    *,
    level: str = "duplicates",
    threshold: float | None = None,
    fields: str | None = None,
    shingle: str | None = None,
    settings: PathLike | Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    checkpoint: str | None = None,
    show: Callable[[str], None] = log.info,
) -> DataFrame:
    """Groups the rows of a frame.

    Parameters
    ----------
    df
        A row an item, with columns as for :func:`qissa.cluster`.
    level
        ``"duplicates"``.
    threshold, fields, shingle, settings, columns
        As for :func:`qissa.cluster`.
    checkpoint
        A folder that all workers reach, for this frame and these settings alone. Each step is kept there as Parquet; a
        run that broke off goes on behind the last whole step, and gives the same answer. Without it steps are kept in the
        memory and on the disks of the executors, and made again where one is lost.
    show
        Is told how far the run is, a line at a time; by default the logger ``qissa.spark``, at level INFO.

    Returns
    -------
    DataFrame
        The columns given, then those that :func:`qissa.cluster` adds, in no order. ``cluster_label`` and
        ``cluster_keywords`` weigh words within their group, not among all items.

    Raises
    ------
    ConfigError
        If a setting cannot be.
    ValueError
        If the folder holds steps of another run.
    """
    if level != "duplicates":
        raise _qissa.ConfigError(f"level is {level!r}, but on Spark must be duplicates")
    asked = options(
        level=level, threshold=threshold, fields=fields, shingle=shingle, settings=settings, columns=columns, threads=1
    )
    run = _Run(df, asked, checkpoint, show)
    return run.answer()


class _Run:
    """One frame on its way to its groups."""

    def __init__(
        self, df: DataFrame, asked: dict[str, Any], folder: str | None, show: Callable[[str], None]
    ) -> None:
        self.df, self.asked, self.show = df, asked, show
        self.spark: SparkSession = df.sparkSession
        self.read = _qissa.Kernel(asked).columns(df.columns)
        self.folder = folder and folder.rstrip("/")
        self.mark = json.dumps([_qissa.__version__, asked, df.schema.json()], sort_keys=True)

    def answer(self) -> DataFrame:
        items = self.keep("items", self.items)
        texts = self.keep("texts", lambda: self.texts(items))
        pairs = self.keep("pairs", lambda: self.pairs(texts))
        edges = self.keep("edges", lambda: self.edges(texts, pairs))
        return self.placed(items, self.components(edges.select("a", "b")))

    def items(self) -> DataFrame:
        """The rows with the id of each, how many before it bear the same, and the digest of its text."""
        schema = self.df.schema
        identified = StructType([*schema.fields, StructField(ID, StringType())])
        numbered = StructType([*identified.fields, StructField(REPEAT, IntegerType()), StructField(DIGEST, LongType())])
        by_id = self.df.mapInArrow(_each(self.asked, _qissa.Kernel.identify), identified).repartition(ID)
        return by_id.sortWithinPartitions(ID).mapInArrow(_runs(self.asked, _qissa.Kernel.number, ID), numbered)

    def texts(self, items: DataFrame) -> DataFrame:
        """Each different text once, as the columns that are read of an item that has it."""
        return items.where(F.col(DIGEST).isNotNull()).select(DIGEST, *map(_named, self.read)).dropDuplicates([DIGEST])

    def pairs(self, texts: DataFrame) -> DataFrame:
        """The pairs of texts that may be copies."""
        keys = texts.mapInArrow(_each(self.asked, _qissa.Kernel.sketch), KEYS)
        buckets = keys.repartition("table", "key").sortWithinPartitions("table", "key", "text")
        met = buckets.mapInArrow(_encounters(self.asked), MEETINGS)
        often = met.groupBy("place", "asker", "met").count().where((F.col("place") == 0) | (F.col("count") >= TIMES))
        return often.select(F.least("asker", "met").alias("a"), F.greatest("asker", "met").alias("b")).distinct()

    def edges(self, texts: DataFrame, pairs: DataFrame) -> DataFrame:
        """The pairs that are copies."""

        def side(name: str, text: str) -> DataFrame:
            return texts.select(F.col(DIGEST).alias(name), F.struct(*map(_named, self.read)).alias(text))

        compared = pairs.join(side("a", "left"), "a").join(side("b", "right"), "b").select("a", "b", "left", "right")
        return compared.mapInArrow(_verified(self.asked), EDGES)

    def components(self, edges: DataFrame) -> DataFrame:
        """The least text that each text hangs together with, for those that hang together with any."""
        stars = _links(edges, _downwards(F.col("a"), F.col("b"))).distinct()
        before = _summed(stars)
        for turn in range(1, MOST_TURNS + 1):
            stars = self.keep(f"stars-{turn}", lambda stars=stars: _small_star(_large_star(stars)))
            now = _summed(stars)
            self.show(f"components, turn {turn}: {now[0]} links{'' if now != before else ', none moved'}")
            if now == before:
                break
            before = now
        u, v = F.col("u"), F.col("v")
        ends = stars.select(F.explode(F.array(_link(u, v), _link(v, v))).alias("end"))
        return ends.select(F.col("end.u").alias(DIGEST), F.col("end.v").alias(GROUP)).distinct()

    def placed(self, items: DataFrame, components: DataFrame) -> DataFrame:
        """The rows with where they stand."""
        grouped = items.join(components, DIGEST, "left").withColumn(GROUP, F.coalesce(GROUP, DIGEST))
        # Rows too short to be compared have no group, and are dealt out by their ids.
        dealt = grouped.repartition(F.coalesce(F.col(GROUP), F.xxhash64(ID)))
        whole = dealt.sortWithinPartitions(GROUP, ID, REPEAT)
        columns = [*map(_named, self.df.columns), ID, REPEAT, GROUP]
        answer = self.schema()
        return whole.select(*columns).mapInArrow(_runs(self.asked, _qissa.Kernel.place, GROUP, answer.names), answer)

    def schema(self) -> StructType:
        """The columns of the answer."""
        added = StructType.fromDDL(ADDED)
        if not _qissa.Kernel(self.asked).has_ids(self.df.columns):
            added = StructType([StructField("id", StringType()), *added.fields])
        return StructType([*(field for field in self.df.schema if field.name not in added.names), *added.fields])

    def keep(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        """A step's rows, kept so that they are not made twice."""
        if self.folder is None:
            self.show(name)
            return make().persist(StorageLevel.MEMORY_AND_DISK)
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

    def marked(self, done: str) -> str | None:
        """What a step was marked by when it was whole."""
        from pyspark.errors import AnalysisException

        try:
            marks = self.spark.read.schema("mark string").parquet(done).collect()
        except AnalysisException:
            return None
        return marks[0][0] if marks else None


#: Each turn brings a text's link at least as near to the least of its component; chains of n take about log n turns.
MOST_TURNS = 100


def _named(name: str) -> Column:
    return F.col("`" + name.replace("`", "``") + "`")


def _link(u: Column, v: Column) -> Column:
    return F.struct(u.alias("u"), v.alias("v"))


def _downwards(u: Column, v: Column) -> Column:
    """A link from the greater to the lesser of two texts."""
    return _link(F.greatest(u, v), F.least(u, v))


def _links(rows: DataFrame, *links: Column) -> DataFrame:
    """Links of each row. One plan for all of them: a union would double it every turn."""
    return rows.select(F.explode(F.array(*links)).alias("link")).select("link.u", "link.v").where("u != v")


def _large_star(links: DataFrame) -> DataFrame:
    """Links the greater neighbours of each text with the least of its neighbours and itself."""
    u, v = F.col("u"), F.col("v")
    both = _links(links, _link(u, v), _link(v, u))
    least = F.least(u, F.min("v").over(Window.partitionBy("u")))
    return _links(both.withColumn("least", least).where(v > u), _downwards(v, F.col("least"))).distinct()


def _small_star(links: DataFrame) -> DataFrame:
    """Links the lesser neighbours of each text, and itself, with the least of them."""
    least = F.min("v").over(Window.partitionBy("u"))
    ends = [_downwards(F.col(end), F.col("least")) for end in ("u", "v")]
    return _links(links.withColumn("least", least), *ends).distinct()


def _summed(links: DataFrame) -> tuple[int, int]:
    """How many links there are, and a sum that changes with them."""
    hashed = F.sum(F.xxhash64("u", "v").cast("decimal(38,0)"))
    count, total = links.agg(F.count("*"), hashed).first()
    return count, int(total or 0)


Batches = Iterator[pyarrow.RecordBatch]


def _kernel(asked: dict[str, Any]) -> _qissa.Kernel:
    # Spark has given this worker one processor.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    return _qissa.Kernel(asked)


def _batches(table: _qissa.Table) -> Batches:
    return iter(pyarrow.table(table).to_batches())


def _each(asked: dict[str, Any], step: Callable[..., _qissa.Table]) -> Callable[[Batches], Batches]:
    """A step that takes rows as they come."""

    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        for batch in batches:
            yield from _batches(step(kernel, batch))

    return work


def _runs(
    asked: dict[str, Any], step: Callable[..., _qissa.Table], key: str, wanted: list[str] | None = None
) -> Callable[[Batches], Batches]:
    """A step that takes rows sorted by a key, all of one key together."""

    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        for run in _whole(batches, key):
            made = pyarrow.table(step(kernel, run))
            yield from (made.select(wanted) if wanted else made).to_batches()

    return work


def _whole(batches: Batches, key: str) -> Iterator[pyarrow.Table]:
    """Rows sorted by a key, cut only between two keys."""
    held: list[pyarrow.RecordBatch] = []
    for batch in batches:
        if batch.num_rows == 0:
            continue
        keys = batch.column(key)
        last = keys[-1]
        start = _start_of_last(keys)
        if held and not held[0].column(key)[0].equals(keys[0]):
            yield pyarrow.Table.from_batches(held)
            held = []
        if start == 0:
            held.append(batch)
            continue
        yield pyarrow.Table.from_batches([*held, batch.slice(0, start)])
        held = [batch.slice(start)]
        assert held[0].column(key)[0].equals(last)
    if held:
        yield pyarrow.Table.from_batches(held)


def _start_of_last(keys: pyarrow.Array) -> int:
    """Where the last run of equal keys begins, of sorted ones."""
    low, high = 0, len(keys) - 1
    last = keys[-1]
    while low < high:
        middle = (low + high) // 2
        if keys[middle].equals(last):
            high = middle
        else:
            low = middle + 1
    return low


def _encounters(asked: dict[str, Any]) -> Callable[[Batches], Batches]:
    def work(batches: Batches) -> Batches:
        share = _kernel(asked).encounters()
        for batch in batches:
            yield from _batches(share.push(batch))
        yield from _batches(share.finish())

    return work


def _verified(asked: dict[str, Any]) -> Callable[[Batches], Batches]:
    def work(batches: Batches) -> Batches:
        kernel = _kernel(asked)
        for batch in batches:
            left, right = (pyarrow.RecordBatch.from_struct_array(batch.column(side)) for side in ("left", "right"))
            yield from _batches(kernel.verify(batch.select(["a", "b"]), left, right))

    return work
