"""The package says what the command line says, whatever the items come in."""

import doctest
import json
from datetime import datetime, timezone

import pandas
import polars
import pyarrow
import pytest
import qissa
from conftest import ADDED, ROOT, SAMPLES

ITEMS = ROOT / "samples/mixed/items.jsonl"


#: One line of the items is cut off.
pytestmark = pytest.mark.filterwarnings("ignore:1 record skipped")


def records():
    lines = [line for line in ITEMS.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    return [json.loads(line) for line in lines]


def columns(table, names=ADDED):
    return pyarrow.table(table).select(names).to_pydict()


@pytest.mark.parametrize("level", ["stories", "duplicates"])
def test_a_path_gives_what_the_command_line_writes(sample, level, told):
    found, expected = qissa.cluster(sample, level=level).to_arrow(), told(sample, level).drop_columns("record")
    assert found.column_names == expected.column_names
    assert found.to_pydict() == expected.to_pydict()


@pytest.mark.parametrize("level", ["stories", "duplicates"])
def test_every_way_in_gives_the_same(level):
    expected = columns(qissa.cluster(ITEMS, level=level))
    frame = pandas.DataFrame(records())
    ways = {
        "records": records(),
        "paths": [ITEMS],
        "pandas": frame,
        "polars": polars.DataFrame(records()),
        "pyarrow": pyarrow.Table.from_pandas(frame),
        "chunks": pyarrow.Table.from_batches(pyarrow.Table.from_pandas(frame).to_batches(max_chunksize=2)),
        "own answer": qissa.cluster(frame, level=level),
    }
    for way, data in ways.items():
        assert columns(qissa.cluster(data, level=level)) == expected, way


def test_own_columns_pass_through_without_a_copy():
    table = pyarrow.table({"title": ["Storm hits the coast"] * 9, "mine": [f"a text of my own, {at}" for at in range(9)]})
    found = qissa.cluster(table).to_arrow()
    assert found.column_names == ["title", "mine", "id", *ADDED]
    mine = [column.column("mine").chunk(0).buffers()[2].address for column in (table, found)]
    assert mine[0] == mine[1]


def test_types_are_read_as_text_is():
    when = datetime(2025, 10, 15, 20, tzinfo=timezone.utc)
    typed = pyarrow.table(
        {
            "id": [7, 8],
            "title": pyarrow.array(["Storm hits the coast"] * 2).dictionary_encode(),
            "published": pyarrow.array([when, None], pyarrow.timestamp("us", "UTC")),
            "source": [{"name": "A"}, {"name": "B"}],
        }
    )
    plain = [
        {"id": "7", "title": "Storm hits the coast", "published": "2025-10-15T20:00:00Z", "source": "A"},
        {"id": "8", "title": "Storm hits the coast", "source": "B"},
    ]
    assert columns(qissa.cluster(typed)) == columns(qissa.cluster(plain))
    assert columns(qissa.cluster([{**plain[0], "published": when}, plain[1]])) == columns(qissa.cluster(plain))


def test_a_series_or_a_list_is_of_headlines():
    texts = [record["title"] for record in records()]
    expected = columns(qissa.cluster([{"title": text} for text in texts]))
    for data in (texts, polars.Series(texts), pyarrow.chunked_array([texts])):
        assert columns(qissa.cluster(data)) == expected


def test_rows_without_text_keep_their_places():
    found = qissa.cluster(pyarrow.table({"title": ["Storm hits the coast", None, "Storm hits the coast"]})).to_arrow()
    assert found["cluster_size"].to_pylist() == [2, 1, 2]


def test_columns_can_be_named():
    table = pyarrow.table({"kopf": ["Storm hits the coast"] * 2, "title": ["one", "two"]})
    assert qissa.cluster(table, columns={"title": "kopf"}).groups.to_arrow()["cluster_size"].to_pylist() == [2]
    with pytest.raises(qissa.InputError, match="did you mean"):
        qissa.cluster(table, columns={"title": "kopff"})
    with pytest.raises(qissa.ConfigError, match="published"):
        qissa.cluster(table, columns={"titel": "kopf"})


def test_settings_go_through(tmp_path, told):
    file = tmp_path / "settings.toml"
    file.write_text('level = "duplicates"\n[duplicates]\nthreshold = 0.4\n')
    expected = told(ITEMS, "duplicates", "--threshold", "0.4")["cluster_id"].to_pylist()
    for settings in ({"settings": file}, {"level": "duplicates", "threshold": 0.4}):
        assert qissa.cluster(ITEMS, **settings).to_arrow()["cluster_id"].to_pylist() == expected
    over = {"level": "duplicates", "duplicates": {"threshold": 0.4, "least_title_words": 2}}
    assert len(qissa.cluster(["short one", "short one now"], settings=over).groups) == 1
    assert len(qissa.cluster(["short one", "short one now"], settings=file).groups) == 0
    strict = told(ITEMS, "duplicates", "--threshold", "0.95")["cluster_id"].to_pylist()
    assert qissa.cluster(ITEMS, settings=file, threshold=0.95).to_arrow()["cluster_id"].to_pylist() == strict


def test_constraints_bind():
    items = [{"id": "a", "title": "Storm hits the coast"}, {"id": "b", "title": "Rain in the hills"}]
    assert len(qissa.cluster(items, constraints=[("must-link", "a", "b")]).groups) == 1
    with pytest.raises(qissa.ConstraintsError):
        qissa.cluster(items, constraints=[("must-link", "a", "b"), ("cannot-link", "a", "b")])


def test_threads_change_nothing():
    assert columns(qissa.cluster(ITEMS, threads=1)) == columns(qissa.cluster(ITEMS, threads=3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: qissa.cluster(ITEMS, threshold=3), qissa.ConfigError, "threshold is 3, but must be"),
        (lambda: qissa.cluster(ITEMS, level="story"), qissa.ConfigError, "stories, duplicates"),
        (lambda: qissa.cluster(ITEMS, settings={"stories": {"fad": 1}}), qissa.ConfigError, "fad"),
        (lambda: qissa.cluster("nowhere.jsonl"), qissa.InputError, "nowhere.jsonl"),
        (lambda: qissa.cluster(7), TypeError, "int is not an input"),
        (lambda: qissa.cluster([7]), TypeError, "int is not an input"),
        (lambda: qissa.cluster(pandas.DataFrame({"x": [1]})), qissa.InputError, "columns=.*title"),
        (lambda: qissa.similar(ITEMS, level="duplicates"), qissa.ConfigError, "made of stories"),
        (lambda: qissa.cluster(ITEMS, backgrounds=[ITEMS]), qissa.BackgroundError, "items.jsonl"),
        (lambda: qissa.explain(ITEMS, "m1", "nobody"), qissa.InputError, "nobody"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()
    assert issubclass(error, (qissa.QissaError, TypeError))


def test_bad_records_are_warned_of(tmp_path):
    file = tmp_path / "items.jsonl"
    file.write_text('{"id": "1", "title": "Storm hits the coast"}\n{"id": \n')
    with pytest.warns(UserWarning, match="1 record skipped: .*items.jsonl:2"):
        assert len(qissa.cluster(file)) == 1


def test_similar_items_are_those_of_the_command_line(tmp_path):
    golden = ROOT / "samples/mixed/similar.golden.jsonl"
    expected = [
        (row["id"], entry["id"], entry["reason"], entry["copies"], entry["score"])
        for row in map(json.loads, golden.read_text(encoding="utf-8").splitlines())
        for entry in row["similar"]
    ]
    rows = qissa.similar(ITEMS).to_arrow().to_pylist()
    names = ("id", "similar_id", "reason", "copies")
    assert [(*(row[name] for name in names), round(row["score"], 4)) for row in rows] == expected
    first = rows[0]["id"]
    assert qissa.similar(ITEMS, of=first).to_arrow().to_pylist() == [row for row in rows if row["id"] == first]
    assert set(qissa.similar(ITEMS, k=1).to_arrow()["rank"].to_pylist()) == {1}


def test_a_text_finds_its_copy():
    title = records()[0]["title"]
    assert qissa.similar(ITEMS, text=title).to_arrow()["score"].to_pylist()[0] == 1


def test_signatures_estimate_the_jaccard_coefficient():
    found = qissa.signatures(["the ferry ran aground off the northern harbour", "the ferry ran aground off the harbour", "!"])
    one, other, short = found.to_arrow()["title"].to_pylist()
    assert short is None and len(one) == 128
    assert 0.4 < sum(x == y for x, y in zip(one, other)) / 128 < 0.95
    assert len(qissa.signatures(["the ferry ran aground"], settings={"duplicates": {"signature_length": 64}}).to_arrow()["title"][0]) == 64


def test_an_explanation_is_told_and_counted():
    found = qissa.explain(SAMPLES[1], "w4", "w5")
    assert "w4" in str(found) and found["same_duplicates"] in (True, False)
    assert "&lt;" not in str(found) and found._repr_html_().startswith("<pre")


def test_agreement_is_measured():
    gold = {"1": "a", "2": "a", "3": "b", "4": "b"}
    assert qissa.evaluate(gold, {"1": 0, "2": 0, "3": 1, "4": 1})["b_cubed"]["f1"] == 1
    assert qissa.evaluate(gold, {})["pairwise"]["recall"] == 0


def test_notebooks_show_text_as_text():
    found = qissa.cluster(["<script>alert(1)</script> storm hits the northern coast"] * 2)
    for shown in (found._repr_html_(), qissa.Table(found._table)._repr_html_(), found.groups._repr_html_()):
        assert "<script>" not in shown and 'dir="auto"' in shown
    assert "2 items, 1 group of more than one" in found._repr_html_()


def test_examples_hold():
    from qissa import _api, _estimator

    for module in (qissa, _api, _estimator):
        found = doctest.testmod(module)
        assert found.attempted > 0 and found.failed == 0
