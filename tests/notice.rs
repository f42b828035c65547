use std::fs;
use std::path::Path;

/// THIRD-PARTY.md names each crate with the version that Cargo.lock has; `tests/third_party.py`
/// checks all of the file.
#[test]
fn the_notice_of_third_parties_is_that_of_the_lock_file() {
    let read =
        |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (lock, notice) = (read("Cargo.lock"), read("THIRD-PARTY.md"));
    let rows: Vec<Vec<&str>> = notice
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.split(" | ").collect())
        .collect();
    let crates = rows
        .iter()
        .filter(|row| row.len() == 4 && row[1].starts_with(|c: char| c.is_ascii_digit()));
    let mut count = 0;
    for row in crates {
        let (name, version) = (row[0].trim_start_matches("| "), row[1]);
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(
            lock.contains(&entry),
            "{name} {version}: python3 tests/third_party.py writes THIRD-PARTY.md anew"
        );
        count += 1;
    }
    assert!(count > 100, "{count}");
}
