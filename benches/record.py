"""Appends the results of the last `cargo bench --bench stages` to docs/benchmarks/stages.csv.

    cargo bench --bench stages && python3 benches/record.py "x86-64, 2 cores"

Reads the estimates that Criterion leaves in target/criterion; writes one row per benchmark: date, machine, command,
measure, mean in nanoseconds, unit.
"""

import csv
import datetime
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "benchmarks" / "stages.csv"
COLUMNS = ["date", "machine", "command", "measure", "value", "unit"]


def results():
    """Yields the name and the mean of each benchmark, in nanoseconds."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    for path in sorted((target / "criterion").glob("**/new/benchmark.json")):
        name = json.loads(path.read_text())["full_id"]
        estimates = json.loads(path.with_name("estimates.json").read_text())
        yield name, estimates["mean"]["point_estimate"]


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: python3 benches/record.py MACHINE, such as "x86-64, 2 cores"')
    today = datetime.date.today().isoformat()
    rows = [[today, sys.argv[1], "cargo bench --bench stages", name, round(mean), "ns"] for name, mean in results()]
    if not rows:
        sys.exit("no results in target/criterion: run `cargo bench --bench stages` first")
    is_new = not RECORD.exists()
    with RECORD.open("a", newline="") as record:
        table = csv.writer(record, lineterminator="\n")
        if is_new:
            table.writerow(COLUMNS)
        table.writerows(rows)
    print(f"{len(rows)} rows to {RECORD.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
