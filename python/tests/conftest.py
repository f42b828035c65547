"""What the tests share: the samples, the command line, and a small cluster of Spark."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("QISSA", ROOT / "target/debug/qissa"))
SAMPLES = [ROOT / "samples" / path for path in ("page_ar/page.txt", "feed_en/feed.xml", "mixed/items.jsonl")]

#: The columns that every answer adds to an item.
ADDED = [
    "near_dup_id",
    "near_dup_size",
    "cluster_id",
    "cluster_size",
    "cluster_label",
    "cluster_keywords",
    "is_canonical",
    "canonical_id",
    "canonical_score",
    "canonical_reasons",
    "similarity",
    "match_kind",
    "lang",
]


@pytest.fixture(scope="session")
def told(tmp_path_factory):
    """What the command line says of an input, at a level: its Parquet file."""

    def run(path, level, *more):
        file = tmp_path_factory.mktemp("told") / "rows.parquet"
        subprocess.run([BINARY, "cluster", "-q", "--level", level, "-o", file, path, *more], check=True)
        return pyarrow.parquet.read_table(file)

    return run


@pytest.fixture(params=SAMPLES, ids=lambda path: path.parent.name)
def sample(request):
    return request.param


@pytest.fixture(scope="session")
def spark():
    import pyspark
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("qissa")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
