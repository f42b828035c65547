//! The fuzzing corpora fulfil the properties of the fuzz targets.

use std::fs;
use std::path::Path;

#[path = "../fuzz/checks.rs"]
mod checks;

#[test]
fn corpora_fulfil_the_properties_of_their_targets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in checks::TARGETS {
        let files: Vec<_> = fs::read_dir(root.join(target))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!files.is_empty(), "{target} has no corpus");
        for file in files {
            checks::check(target, &fs::read(file).unwrap());
        }
    }
}
