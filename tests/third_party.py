"""Writes THIRD-PARTY.md: the crates that the program is linked from, with their licences and notices.

    python3 tests/third_party.py            writes the file anew
    python3 tests/third_party.py --check    ends with 1 if the file is not what it would write

Reads Cargo.lock by way of cargo, and the files that the crates come with; nothing else decides what is written.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTICE = ROOT / "THIRD-PARTY.md"

# The systems that there are binaries for.
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]

# Files in which a crate says under which terms it comes.
TERMS = re.compile(r"(licen[sc]e|copying|unlicense|notice|copyright)", re.IGNORECASE)

HEAD = """# Third parties

The program `qissa` is linked from these crates, and from the standard library of Rust (MIT OR Apache-2.0). Of a crate that
may be had under MIT or other terms, MIT is chosen. The sources of every crate, those under MPL-2.0 among them, are at
`https://crates.io/crates/NAME/VERSION`. What the term counts were counted from is told in NOTICE.

`python3 tests/third_party.py` writes this file from Cargo.lock.

| crate | version | licence | terms |
| --- | --- | --- | --- |
"""


def cargo(*args: str) -> str:
    return subprocess.run(["cargo", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def linked() -> list[tuple[str, str]]:
    """Name and version of each crate that the program is linked from, on any of the systems."""
    found = set()
    for target in TARGETS:
        tree = cargo(
            "tree", "--locked", "-p", "qissa", "-e", "normal,no-proc-macro", "--target", target, "--prefix", "none"
        )
        for line in tree.splitlines():
            name, version = line.split()[:2]
            found.add((name, version.removeprefix("v")))
    return sorted(one for one in found if one[0] != "qissa")


def terms(folder: pathlib.Path, licence: str) -> list[str]:
    """The texts of a crate's terms: that of MIT and notices if MIT is offered, else all."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and TERMS.search(file.name))
    files = [file for file in files if file.suffix.lower() not in (".rs", ".toml", ".json", ".html")]
    alternatives = re.split(r"\s+OR\s+|/", licence.replace("(", "").replace(")", ""))
    if "MIT" in [one.strip() for one in alternatives] and " AND " not in licence:
        mit = [file for file in files if "mit" in file.name.lower() or "notice" in file.name.lower()]
        files = mit if any("mit" in file.name.lower() for file in mit) else files
    texts = [file.read_text(encoding="utf-8", errors="replace").strip() for file in files]
    return ["\n".join(line.rstrip() for line in text.splitlines()) for text in texts if text]


def notice() -> str:
    packages = {
        (package["name"], package["version"]): package
        for package in json.loads(cargo("metadata", "--locked", "--format-version", "1"))["packages"]
    }
    numbers: dict[str, int] = {}
    rows = []
    for crate in linked():
        package = packages[crate]
        licence = package["license"] or "see its terms"
        texts = terms(pathlib.Path(package["manifest_path"]).parent, licence)
        places = sorted({numbers.setdefault(text, len(numbers) + 1) for text in texts})
        told = ", ".join(f"[{place}](#terms-{place})" for place in places) or "of its licence alone"
        rows.append(f"| {crate[0]} | {crate[1]} | {licence} | {told} |\n")
    blocks = [f"\n## Terms {number}\n\n~~~~text\n{text}\n~~~~\n" for text, number in numbers.items()]
    return HEAD + "".join(rows) + "".join(blocks)


def main() -> int:
    written = notice()
    if sys.argv[1:] == ["--check"]:
        if NOTICE.exists() and NOTICE.read_text(encoding="utf-8") == written:
            return 0
        print("THIRD-PARTY.md is not that of Cargo.lock: python3 tests/third_party.py writes it", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    NOTICE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
