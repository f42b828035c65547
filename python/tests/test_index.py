"""An index as an object."""

import subprocess
from datetime import timedelta

import pyarrow
import pyarrow.json
import pytest
import qissa
from conftest import BINARY, ROOT

pytestmark = pytest.mark.filterwarnings("ignore:1 record skipped")

ITEMS = ROOT / "samples/mixed/items.jsonl"
COLUMNS = ["decision", "near_dup_id", "cluster_id", "is_canonical", "canonical_id", "similarity", "match_kind"]


def decisions(table):
    return pyarrow.table(table)["decision"].to_pylist()


@pytest.mark.parametrize("level", ["stories", "duplicates"])
def test_it_says_what_the_command_line_says(tmp_path, level):
    told = subprocess.run(
        [BINARY, "dedup", "-q", "--level", level, "--index", tmp_path / "cli", ITEMS], check=True, capture_output=True
    )
    rows = pyarrow.json.read_json(pyarrow.BufferReader(told.stdout))
    with qissa.Index(tmp_path / "wheel", level=level) as index:
        found = index.add(ITEMS).to_arrow()
    for name in COLUMNS:
        digits = 4 if name == "similarity" else None
        values = [round(value, digits) if digits else value for value in found[name].to_pylist()]
        assert values == rows[name].to_pylist(), name


def test_what_it_was_told_is_there_again(tmp_path):
    with qissa.Index(tmp_path / "seen", level="duplicates") as index:
        assert set(decisions(index.add(ITEMS))) >= {"new", "duplicate"}
        count = len(index)
    with qissa.Index(tmp_path / "seen") as index:
        assert len(index) == count
        assert set(decisions(index.add(ITEMS))) == {"seen"}
    with pytest.raises(qissa.StoreError, match="threshold"):
        qissa.Index(tmp_path / "seen", threshold=0.5, level="duplicates")


def test_deciding_keeps_nothing(tmp_path):
    title = "Minister opens the new bridge over the river"
    with qissa.Index(tmp_path / "seen", level="duplicates") as index:
        index.add([{"id": "1", "title": title}])
        asked = [
            {"id": "1", "title": title},
            {"id": "1", "title": "Minister opens the new bridge over the wide river"},
            {"id": "1", "title": "Another text"},
            {"id": "2", "title": title},
            {"id": "3", "title": "Minister opens new bridge over the river"},
            {"id": "4", "title": "Rain on the northern coast"},
        ]
        found = index.decide(asked).to_arrow()
        assert decisions(found) == ["seen", "update", "new", "duplicate", "duplicate", "new"]
        assert found["similar_id"].to_pylist() == ["1", "1", None, "1", "1", None]
        assert found["similarity"].to_pylist()[3] == 1 and 0.7 <= found["similarity"].to_pylist()[4] < 1
        assert len(index) == 1
        for row in asked[3:]:
            with qissa.Index(tmp_path / row["id"], level="duplicates") as other:
                other.add(asked[:1])
                assert decisions(other.add([row])) == decisions(index.decide([row]))


def test_a_story_is_decided_on(tmp_path):
    told = [
        {"id": "1", "title": "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين"},
        {"id": "2", "title": "مجلس الأمن يناقش الملف الليبي"},
    ]
    with qissa.Index(tmp_path / "seen") as index:
        index.add(told)
        asked = [{"id": "3", "title": "الشرع يزور موسكو غدا ويفتح صفحة جديدة مع روسيا"}, {"id": "4", "title": "Rain on the coast"}]
        found = index.decide(asked).to_arrow()
        assert decisions(found) == ["story", "new"]
        assert found["similar_id"].to_pylist() == ["1", None]
        assert decisions(index.add(asked)) == ["story", "new"]


def test_items_go(tmp_path):
    with qissa.Index(tmp_path / "seen", level="duplicates", keep=timedelta(days=3)) as index:
        index.add([{"id": "1", "title": "Storm hits the northern coast"}, {"id": "2", "title": "Rain in the hills"}])
        assert index.forget("1") == 1 and len(index) == 1
        assert index.forget(["1", "nobody"]) == 0
        assert decisions(index.decide([{"id": "1", "title": "Storm hits the northern coast"}])) == ["new"]
        assert index.expire(timedelta(hours=1)) == 0
        assert index.expire(-5) == 1 and len(index) == 0


def test_an_item_of_long_ago_is_old(tmp_path):
    items = [{"id": "1", "title": "Storm hits the northern coast", "published": "2001-02-03"}]
    with qissa.Index(tmp_path / "seen", max_age=timedelta(days=30)) as index:
        assert decisions(index.decide(items)) == ["old"]
        assert [decisions(index.add(items)) for _ in range(2)] == [["old"], ["seen"]]


def test_what_cannot_be_read_leaves_it_open(tmp_path):
    diary = tmp_path / "diary"
    diary.write_text("dear diary")
    with qissa.Index(tmp_path / "seen") as index:
        for ask in (index.add, index.decide):
            with pytest.raises(qissa.InputError, match="diary"):
                ask(diary)
        assert decisions(index.add(["Storm hits the northern coast"])) == ["new"]


def test_a_file_of_settings_holds(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('level = "duplicates"\n[duplicates]\nthreshold = 0.4\n')
    with qissa.Index(tmp_path / "seen", settings=file) as index:
        index.add(["Storm hits the northern coast today"])
        assert decisions(index.decide(["Storm hits the northern coast at noon"])) == ["duplicate"]
    with pytest.raises(qissa.StoreError, match="threshold"):
        qissa.Index(tmp_path / "seen", settings=file, threshold=0.9)
    file.write_text('level = "duplicates"\n')
    with pytest.raises(qissa.StoreError, match="threshold"):
        qissa.Index(tmp_path / "seen", settings=file)


def test_one_writer_at_a_time(tmp_path):
    index = qissa.Index(tmp_path / "seen")
    with pytest.raises(qissa.StoreError):
        qissa.Index(tmp_path / "seen")
    index.close()
    with pytest.raises(qissa.StoreError, match="closed"):
        index.add(["Storm hits the coast"])
    qissa.Index(tmp_path / "seen").close()
