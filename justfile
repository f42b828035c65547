# Recipes for contributors. The workflows call the same recipes; `tests/all` runs them all without `just`.

# List the recipes
default:
    @just --list

# Run every check, and install what is missing
all:
    tests/all --install

# Check the formatting
fmt:
    tests/all fmt

# Run clippy; warnings are errors
lint:
    tests/all lint

# Check against the oldest supported Rust
msrv:
    rustup toolchain install 1.91 --profile minimal
    cargo +1.91 check --locked --workspace --lib --bins

# Build the API documentation; warnings are errors
doc:
    tests/all doc

# Build the book in docs/ into target/book
book:
    mdbook build docs

# Run the tests of the library and the program
test:
    tests/all test

# Write the golden files anew; read `git diff` before you commit them
bless:
    BLESS=1 cargo test

# Check licences, sources and advisories of the dependencies
deny:
    tests/all --install deny

# Read the written files with other programs
readers:
    tests/all --install readers

# Open the HTML report in Chromium
browser:
    tests/all --install browser

# Take the picture of the report in README.md anew
picture: browser
    target/venv/bin/python tests/browser/picture.py

# Build the Python wheel and run its tests, with Spark
wheel:
    tests/all --install wheel

# Time every stage; NAME selects benchmarks
bench NAME="":
    cargo bench --bench stages -- {{NAME}}

# Append the last benchmark to docs/benchmarks/stages.csv; MACHINE such as "x86-64, 2 cores"
record MACHINE:
    python3 benches/record.py "{{MACHINE}}"
