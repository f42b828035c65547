"""Writes THIRD-PARTY.md: the crates linked into the program, with licences and notices.

    python3 tests/third_party.py            writes the file
    python3 tests/third_party.py --check    exits with 1 if the file is out of date

Input: Cargo.lock through cargo, and the licence files inside the crates.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTICE = ROOT / "THIRD-PARTY.md"

# Systems with release binaries.
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]

# Names of licence and notice files.
TERMS = re.compile(r"(licen[sc]e|copying|unlicense|notice|copyright)", re.IGNORECASE)

HEAD = """# Third parties

The program `qissa` is linked from these crates and the Rust standard library (MIT OR Apache-2.0). For a crate under MIT or
other licences, MIT is chosen. The source of every crate, including those under MPL-2.0, is at
`https://crates.io/crates/NAME/VERSION`. NOTICE names the sources of the term counts.

`python3 tests/third_party.py` writes this file from Cargo.lock.

| crate | version | licence | terms |
| --- | --- | --- | --- |
"""


def cargo(*args: str) -> str:
    return subprocess.run(["cargo", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def linked() -> list[tuple[str, str]]:
    """Name and version of each crate linked into the program on any of the systems."""
    found = set()
    for target in TARGETS:
        tree = cargo(
            "tree", "--locked", "-p", "qissa", "-e", "normal,no-proc-macro", "--target", target, "--prefix", "none"
        )
        for line in tree.splitlines():
            name, version = line.split()[:2]
            found.add((name, version.removeprefix("v")))
    return sorted(crate for crate in found if crate[0] != "qissa")


def terms(folder: pathlib.Path, licence: str) -> list[str]:
    """The licence texts of a crate: MIT and notices if MIT is offered, else all."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and TERMS.search(file.name))
    files = [file for file in files if file.suffix.lower() not in (".rs", ".toml", ".json", ".html")]
    alternatives = re.split(r"\s+OR\s+|/", licence.replace("(", "").replace(")", ""))
    if "MIT" in [name.strip() for name in alternatives] and " AND " not in licence:
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
        licences = ", ".join(f"[{place}](#terms-{place})" for place in places) or "no file in the crate"
        rows.append(f"| {crate[0]} | {crate[1]} | {licence} | {licences} |\n")
    blocks = [f"\n## Terms {number}\n\n~~~~text\n{text}\n~~~~\n" for text, number in numbers.items()]
    return HEAD + "".join(rows) + "".join(blocks)


def main() -> int:
    written = notice()
    if sys.argv[1:] == ["--check"]:
        if NOTICE.exists() and NOTICE.read_text(encoding="utf-8") == written:
            return 0
        print("THIRD-PARTY.md is out of date with Cargo.lock: run python3 tests/third_party.py", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    NOTICE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
