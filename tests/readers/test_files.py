"""Reads the files that qissa writes with other programs: values survive, except characters that a format forbids.

    python tests/readers/test_files.py [BINARY]     # default: target/debug/qissa
"""

import csv
import json
import os
import pty
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import duckdb
import feedparser
import networkx
import pandas
import pyarrow.parquet

BINARY = Path(sys.argv[1] if len(sys.argv) > 1 else "target/debug/qissa").resolve()

TITLES = {
    "markup": "Ferry 3 < 4 & 5 > 4 \"stuck\" off 'Northport' ]]>",
    "controls": "Ferry\x00 Aurora\x08 aground\x0b off\x1f Northport",
    "bidi": "العبّارة \u202eأورورا\u202c \u2066تجنح\u2069 قبالة \u200fالميناء",
    "breaks": "Ferry aground\nthe \"second\",\tday; of storms",
    "returns": "Ferry afloat\r\nagain after\rhigh water",
    "emoji": "Ferry \U0001f6a2 aground \U0001f468\u200d\U0001f469\u200d\U0001f467 families safe",
    "formula": "=HYPERLINK(\"https://a.example\",\"ferry\")",
    "long": "harbour " * 131072 + "end",
    "ampersands": "&" * 131072,
}
DAY = datetime(2025, 10, 13, 8, tzinfo=timezone.utc)


def items():
    for day, (key, title) in enumerate(TITLES.items()):
        moment = DAY.replace(day=13 + day).isoformat()
        yield {"id": f"{key}/1", "title": title, "source": f"Post & <{key}>", "url": f"https://a.example/?{key}=1&b=2",
               "published": moment, "desk": {"page": day}}
    yield {"id": "m1", "title": "Minister opens the new bridge over the river", "published": DAY.isoformat()}
    yield {"id": "m2", "title": "Minister opens new bridge over the river"}


def lawful(text):
    """The text as XML 1.0 can hold it: no control characters except tab and line feed; readers normalise line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c >= " " or c in "\t\n")


def run(folder, ending, *more):
    path = folder / f"out.{ending}"
    subprocess.run([BINARY, "cluster", "-q", "-o", path, *more, folder / "in.jsonl"], check=True)
    return path


def rows(folder):
    return {row["id"]: row for row in map(json.loads, run(folder, "jsonl").read_text().splitlines())}


def test_parquet(folder, expected):
    path = run(folder, "parquet")
    table = pyarrow.parquet.read_table(path)
    assert [str(table.schema.field(name).type) for name in ["id", "date_published", "cluster_keywords", "similarity"]] == [
        "string", "timestamp[ms, tz=UTC]", "list<element: string not null>", "float"], table.schema
    notes = table.schema.metadata
    assert notes[b"qissa.version"] and notes[b"qissa.level"] == b'"stories"', notes
    for row in table.to_pylist():
        wanted = expected[row["id"]]
        for key in ["title", "source", "url", "near_dup_id", "cluster_id", "cluster_size", "canonical_id", "match_kind", "lang",
                    "is_canonical", "cluster_keywords", "cluster_label"]:
            assert row[key] == wanted.get(key), (key, row[key])
        assert abs(row["canonical_score"] - wanted["canonical_score"]) < 1e-4
        assert json.loads(row["record"])["title"] == wanted["title"]
        assert (row["date_published"] is None) == ("published" not in wanted)
    frame = pandas.read_parquet(path)
    assert dict(zip(frame["id"], frame["title"])) == {key: row["title"] for key, row in expected.items()}
    told = duckdb.sql(f"select id, title, epoch_ms(date_published) from '{path}' where date_published is not null").fetchall()
    wanted = {key: int(datetime.fromisoformat(row["published"]).timestamp() * 1000)
              for key, row in expected.items() if "published" in row}
    assert {key: moment for key, _, moment in told} == wanted, told


def test_csv(folder, expected):
    path = run(folder, "csv")
    csv.field_size_limit(1 << 24)
    with path.open(newline="") as lines:
        read = {row["id"]: row for row in csv.DictReader(lines)}
    frame = pandas.read_csv(path, keep_default_na=False)
    for key, wanted in expected.items():
        assert all(read[key][name] == wanted[name] for name in ["title", "cluster_id", "match_kind"]), read[key]["title"][:99]
    assert dict(zip(frame["id"], frame["cluster_id"])) == {key: row["cluster_id"] for key, row in expected.items()}


def test_feed(folder, expected):
    feed = json.loads(run(folder, "json", "--feed-items", "5").read_text())
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and len(feed["items"]) == 5
    dates = [item["date_published"] for item in feed["items"]]
    assert dates == sorted(dates, reverse=True)
    for item in feed["items"]:
        assert item["title"] == expected[item["id"]]["title"] and expected[item["id"]]["is_canonical"]


def test_rss(folder, expected):
    feed = feedparser.parse(run(folder, "rss", "--feed-title", "Bridges & <ferries>").read_bytes(), sanitize_html=False,
                            resolve_relative_uris=False)
    assert not feed.bozo and feed.version == "rss20" and feed.feed.title == "Bridges & <ferries>", feed.get("bozo_exception")
    canonical = {key for key, row in expected.items() if row["is_canonical"]}
    assert {entry.id for entry in feed.entries} == canonical
    dates = [entry.published_parsed for entry in feed.entries if "published" in entry]
    assert dates == sorted(dates, reverse=True)
    for entry in feed.entries:
        wanted = expected[entry.id]
        assert entry.title == lawful(wanted["title"]).strip(), entry.title[:200]
        assert entry.get("link") == wanted.get("url") and entry.get("source", {}).get("title") == wanted.get("source"), entry


def test_graphml(folder, expected):
    graph = networkx.read_graphml(run(folder, "graphml"))
    nodes = {node["id"]: node for _, node in graph.nodes(data=True)}
    assert nodes.keys() == expected.keys()
    for key, node in nodes.items():
        assert node["title"] == lawful(expected[key]["title"]) and node["cluster_id"] == expected[key]["cluster_id"]
        assert node["is_canonical"] is expected[key]["is_canonical"]
    ends = [(sorted([graph.nodes[a]["id"], graph.nodes[b]["id"]]), data["kind"]) for a, b, data in graph.edges(data=True)]
    assert (["m1", "m2"], "edited") in ends, ends


def test_terminal(folder, expected):
    """Data written to a terminal, by any option, contains no terminal commands."""
    path = folder / "commands.jsonl"
    path.write_text(json.dumps({"id": "\x1b[2J\u009b1m", "title": "Ferry aground"}) + "\n")
    for options in [["--format", "none", "--labels", "-"], ["--format", "csv", "-o", "-"], ["--format", "jsonl"]]:
        ours, theirs = pty.openpty()
        subprocess.run([BINARY, "cluster", "-q", path, *options], stdout=theirs, check=True)
        os.close(theirs)
        shown = os.read(ours, 1 << 16).decode()
        os.close(ours)
        assert "[2J" in shown and "\x1b" not in shown and "\x9b" not in shown, (options, shown)


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    (folder / "in.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items()))
    expected = rows(folder)
    assert {key: row["title"] for key, row in expected.items()} == {item["id"]: item["title"] for item in items()}
    for test in [test_parquet, test_csv, test_feed, test_rss, test_graphml, test_terminal]:
        test(folder, expected)
        print(test.__name__, "ok")
