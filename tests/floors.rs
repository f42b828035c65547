use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the ground up; modules of one line do not know each other.
const FLOORS: [&[&str]; 20] = [
    &["ids", "tsv", "sanitize"],
    &["article", "evaluate", "bucket"],
    &["text"],
    &["identity", "source_rules"],
    &["sets"],
    &["similarity"],
    &["verify"],
    &["cluster"],
    &["blocking"],
    &["canonical"],
    &["naming"],
    &["index", "search"],
    &["config"],
    &["input", "store"],
    &["error"],
    &["clustering"],
    &["pipeline"],
    &["ingest", "report", "external"],
    &["output"],
    &["cli"],
];

/// The last floor that touches nothing outside.
const LAST_PURE: &str = "index";

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or(FLOORS.len())
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Each source with the name of the module at the top that it belongs to.
fn modules() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    let module = |path: PathBuf| {
        let top = path
            .strip_prefix(&root)
            .unwrap()
            .components()
            .next()
            .unwrap();
        let name = Path::new(top.as_os_str())
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).unwrap();
        (name, path, text)
    };
    found
        .into_iter()
        .map(module)
        .filter(|(name, ..)| name != "lib" && name != "main")
        .collect()
}

fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).map(|rest| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap()
    })
}

#[test]
fn imports_point_down() {
    let modules = modules();
    assert!(modules.len() > 30, "the sources were not found");
    for (name, path, text) in &modules {
        for import in imports(text).filter(|import| import != name && floor(name) < FLOORS.len()) {
            let re_exported = import.starts_with(char::is_uppercase);
            assert!(
                !re_exported,
                "{} imports {import} from the root: name its floor",
                path.display()
            );
            assert!(
                floor(import) < floor(name),
                "{} imports {import}, which is not below {name}",
                path.display()
            );
        }
    }
}

#[test]
fn pure_floors_touch_nothing_outside() {
    for (name, path, text) in modules()
        .iter()
        .filter(|(name, ..)| floor(name) <= floor(LAST_PURE))
    {
        for word in [
            "std::fs",
            "std::io",
            "std::env",
            "std::time",
            "std::net",
            "ThreadPool",
            "static mut",
            "println!",
        ] {
            assert!(
                !text.contains(word),
                "{} is of the pure floor {name}, but uses {word}",
                path.display()
            );
        }
    }
}

#[test]
fn the_hook_for_panics_is_left_to_the_host() {
    for (name, path, text) in modules().iter().filter(|(name, ..)| name != "cli") {
        let hooks = ["set_hook", "take_hook", "update_hook"]
            .iter()
            .any(|word| text.contains(word));
        assert!(
            !hooks,
            "{} of {name} changes what the whole process does in a panic",
            path.display()
        );
    }
}
