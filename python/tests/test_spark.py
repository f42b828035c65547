"""Spark gives the groups that one machine gives, whatever happens on the way."""

import os
import signal
import threading
from pathlib import Path

import pandas
import pyarrow
import pytest
import qissa
from conftest import ADDED, SAMPLES
from qissa import spark as on_spark

#: What is the same for every row; labels weigh words within their group there.
SAME = [name for name in ADDED if name not in ("cluster_label", "cluster_keywords")]


def frame(spark, table):
    return spark.createDataFrame(pyarrow.table(table).to_pandas())


def by_row(table, names=SAME):
    return sorted(zip(*(map(str, pyarrow.table(table)[name].to_pylist()) for name in ["id", *names])))


def headlines(count):
    """Headlines of a small vocabulary: copies, near copies, quotations, and one text so often that its buckets are
    crowded."""
    words = "port storm minister rail opens coast toll bridge river strike harbour talks".split()
    rows = []
    for at in range(count):
        seed = at * 2654435761 % 4294967296
        length = 4 + seed % 5
        title = [words[(seed >> (3 * place)) % len(words)] for place in range(length)]
        title += [f"place{seed % 97}"] if at % 3 else ["again", "and", "again"]
        rows.append({"id": f"i{at % (count - 7)}", "title": " ".join(title) if at % 5 else "Storm hits the coast today"})
    return rows


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_samples_are_grouped_alike(spark, path):
    items = qissa.cluster(path, level="duplicates").to_arrow().drop_columns(ADDED)
    found = on_spark.cluster(frame(spark, items)).toArrow()
    expected = qissa.cluster(items, level="duplicates").to_arrow()
    assert found.column_names == expected.column_names
    assert by_row(found) == by_row(expected)


def test_crowds_and_repeated_ids_are_grouped_alike(spark):
    items = pandas.DataFrame(headlines(1200))
    expected = qissa.cluster(items, level="duplicates")
    assert expected.summary["counts"]["crowded"] > 0
    for threshold in (0.5, 0.7):
        found = on_spark.cluster(spark.createDataFrame(items).repartition(5), threshold=threshold).toArrow()
        assert by_row(found) == by_row(qissa.cluster(items, level="duplicates", threshold=threshold))


def test_rules_for_sources_hold_alike(spark):
    items = pandas.DataFrame(headlines(600))
    items["source"] = [("Series", "Paper", "Desk")[at % 3] for at in range(len(items))]
    rules = [{"name": "Series", "copies": "never"}, {"name": "D*", "copies": "own", "ignore_text": True}]
    settings = {"source": rules}
    expected = qissa.cluster(items, level="duplicates", settings=settings)
    found = on_spark.cluster(spark.createDataFrame(items).repartition(3), settings=settings).toArrow()
    assert by_row(found) == by_row(expected)
    assert by_row(expected, ["near_dup_id"]) != by_row(qissa.cluster(items, level="duplicates"), ["near_dup_id"])


def test_components_are_found_along_chains(spark):
    """A chain takes the stars several turns."""
    words = [f"word{at}" for at in range(60)]
    chain = pandas.DataFrame({"id": [f"{at:02}" for at in range(50)], "title": [" ".join(words[at : at + 10]) for at in range(50)]})
    told = []
    found = on_spark.cluster(spark.createDataFrame(chain), threshold=0.6, show=told.append).toArrow()
    assert by_row(found) == by_row(qissa.cluster(chain, level="duplicates", threshold=0.6))
    turns = [line for line in told if "turn" in line]
    assert len(turns) > 2 and turns[-1].endswith("none moved")


def test_labels_are_those_of_each_group_alone(spark):
    items = pandas.DataFrame(headlines(60))
    found = on_spark.cluster(spark.createDataFrame(items)).toPandas()
    for group, rows in found.groupby("cluster_id"):
        alone = qissa.cluster(rows[["id", "title"]], level="duplicates").to_pandas()
        assert set(rows["cluster_label"]) == set(alone["cluster_label"]), group


def test_a_lost_executor_changes_nothing(spark):
    items = pandas.DataFrame(headlines(1200))
    killed = []

    def kill(line):
        if line == "edges" and not killed:
            threading.Timer(1.0, lambda: killed.extend(kill_one_executor())).start()

    found = on_spark.cluster(spark.createDataFrame(items), show=kill).toArrow()
    assert killed, "the run was over before an executor was lost"
    assert by_row(found) == by_row(qissa.cluster(items, level="duplicates"))


def kill_one_executor():
    """Kills a process of an executor; its master starts another."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in told and told.split(b"\0")[0].endswith(b"java"):
            os.kill(int(process.name), signal.SIGKILL)
            return [process.name]
    return []


def test_a_run_goes_on_where_it_broke_off(spark, tmp_path):
    items = spark.createDataFrame(pandas.DataFrame(headlines(300)))
    folder = str(tmp_path / "steps")

    class Broken(Exception):
        pass

    def break_off(line):
        if line == "edges":
            raise Broken

    with pytest.raises(Broken):
        on_spark.cluster(items, checkpoint=folder, show=break_off)
    told = []
    found = on_spark.cluster(items, checkpoint=folder, show=told.append).toArrow()
    assert told[:4] == ["items: as it was kept", "texts: as it was kept", "pairs: as it was kept", "edges"]
    assert by_row(found) == by_row(on_spark.cluster(items).toArrow())
    with pytest.raises(ValueError, match="other settings"):
        on_spark.cluster(items, checkpoint=folder, threshold=0.5)
    windows = {"level": "stories", "overlap": 1, "checkpoint": str(tmp_path / "windows")}
    on_spark.cluster(items, days=1, **windows)
    with pytest.raises(ValueError, match="other settings"):
        on_spark.cluster(items, days=2, **windows)


def test_workers_need_no_file_of_settings(spark, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[duplicates]\nthreshold = 0.4\n")
    items = pandas.DataFrame(headlines(60))
    expected = by_row(qissa.cluster(items, level="duplicates", settings=file))
    found = on_spark.cluster(spark.createDataFrame(items), settings=file)
    file.unlink()
    assert by_row(found.toArrow()) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_stories_of_one_window_are_those_of_one_machine(spark, path):
    items = qissa.cluster(path).to_arrow().drop_columns(ADDED)
    items = items.set_column(5, "date_published", items["date_published"].fill_null(items["date_published"].drop_null()[0]))
    found = on_spark.cluster(frame(spark, items), level="stories", days=40_000, overlap=0).toArrow()
    expected = qissa.cluster(items).to_arrow()
    assert sorted(found.column_names) == sorted(expected.column_names)
    assert by_row(found, ADDED) == by_row(expected, ADDED)


def test_a_story_goes_on_from_window_to_window(spark):
    """Each day's window sees the days around it, and what two of them tell of the same items is one story."""
    tellings = [
        "Ferry Aurora runs aground off Northport",
        "Ferry Aurora aground off Northport: passengers safe",
        "Passengers of the ferry Aurora reach Northport after grounding",
        "Northport harbour: ferry Aurora refloated after grounding",
    ]
    others = ["Council votes down new fish market", "Parrot that recites tide tables found", "Rain on the hills", "Bread prices rise"]
    rows = [(f"a{day}", title, f"2025-10-{10 + day}T12:00:00Z") for day, title in enumerate(tellings)]
    rows += [(f"b{day}", title, f"2025-10-{10 + day}T12:00:00Z") for day, title in enumerate(others)]
    rows += [("c1", others[0], "2025-12-24T12:00:00Z"), ("d1", others[1], None)]
    items = pandas.DataFrame(rows, columns=["id", "title", "published"]).assign(lang="en", similarity="mine")
    found = on_spark.cluster(spark.createDataFrame(items), level="stories", days=1, overlap=1).toPandas()
    groups = found.groupby("cluster_id")["id"].agg(lambda ids: " ".join(sorted(ids)))
    assert set(groups) == {"a0 a1 a2 a3", "b0", "c1", "b1 d1", "b2", "b3"}
    assert (found.groupby("cluster_id")["is_canonical"].sum() == 1).all()
    assert (found.groupby("cluster_id")["id"].count() == found.groupby("cluster_id")["cluster_size"].max()).all()
    chosen = found[found["is_canonical"]].set_index("cluster_id")["id"]
    assert (found["canonical_id"] == found["cluster_id"].map(chosen)).all()


def test_own_columns_pass_through(spark):
    items = spark.createDataFrame([(1, "Storm hits the coast", [1, 2]), (2, "Storm hits the coast", None)], "n int, title string, mine array<int>")
    found = on_spark.cluster(items)
    assert found.columns == ["n", "title", "mine", "id", *ADDED]
    rows = sorted(found.collect())
    assert [row.mine for row in rows] == [[1, 2], None] and rows[0].cluster_id == rows[1].cluster_id


def test_settings_that_cannot_be_are_refused_at_once(spark):
    items = spark.createDataFrame([("Storm",)], "title string")
    with pytest.raises(qissa.ConfigError):
        on_spark.cluster(items, threshold=7)
    with pytest.raises(qissa.ConfigError, match="overlap"):
        on_spark.cluster(items, level="stories", overlap=8)
    with pytest.raises(qissa.InputError):
        on_spark.cluster(items.withColumnRenamed("title", "x"))
