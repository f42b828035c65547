//! The public API of the crate root, compared with `tests/api.txt`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use crate::common::root;

/// The names that `lib.rs` re-exports, with its module.
fn exports() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut exports = Vec::new();
    for statement in text.split("\npub use ").skip(1) {
        let path = statement.split(';').next().unwrap();
        let (module, names) = path.split_once("::").unwrap();
        let names = names.trim_matches(|c: char| c == '{' || c == '}' || c.is_whitespace());
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            exports.push((name.to_owned(), module.to_owned()));
        }
    }
    exports
}

/// The text of a module and all its files.
fn module_text(module: &str) -> String {
    let mut text = fs::read_to_string(root().join(format!("src/{module}.rs"))).unwrap();
    let mut folders = vec![root().join("src").join(module)];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => continue,
        };
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}

/// The blocks of rustfmt-formatted code that begin at column 0 with one of these heads. A block
/// ends with a line `}`, or with its first line if that ends with `;`.
fn blocks(text: &str, is_head: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if is_open {
            found.last_mut().unwrap().push(line);
            is_open = line != "}";
        } else if is_head(line) {
            found.push(vec![line]);
            is_open = line.ends_with('{') || line.ends_with('<') || line.ends_with('(');
        }
    }
    found
}

/// Whether a line defines a public type, trait or function of this name.
fn defines(line: &str, name: &str) -> bool {
    ["struct", "enum", "trait", "type", "fn"]
        .iter()
        .any(|kind| {
            let rest = line.strip_prefix(&format!("pub {kind} {name}"));
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
}

fn is_impl_of(line: &str, name: &str) -> bool {
    let Some(rest) = line.strip_prefix("impl") else {
        return false;
    };
    let rest = match rest.strip_prefix('<') {
        Some(generic) => generic.split_once("> ").map_or("", |(_, rest)| rest),
        None => rest.trim_start(),
    };
    let of_type = rest.split(" {").next().unwrap_or_default();
    !of_type.contains(" for ") && of_type.split('<').next() == Some(name)
}

/// The lines of a definition that a user sees: the head, public fields, variants, methods.
fn public_lines(block: &[&str]) -> Vec<String> {
    let is_struct = block[0].starts_with("pub struct");
    let mut lines = vec![block[0].trim_end_matches(" {").to_owned()];
    for line in &block[1..] {
        let line = line.trim();
        let is_noise = line.is_empty() || line.starts_with("//") || line.starts_with('#');
        if !is_noise && line != "}" && (!is_struct || line.starts_with("pub ")) {
            lines.push(format!("    {line}"));
        }
    }
    lines
}

/// The signatures of the public functions of an `impl` block, each on one line.
fn signatures(block: &[&str]) -> Vec<String> {
    let mut signatures = Vec::new();
    let mut open: Option<String> = None;
    for line in &block[1..] {
        let begins = line.starts_with("    pub fn ") || line.starts_with("    pub const ");
        let signature = match open.take() {
            Some(mut signature) => {
                signature.push(' ');
                signature.push_str(line.trim());
                signature
            }
            None if begins => line.trim().to_owned(),
            None => continue,
        };
        match signature.strip_suffix(" {").or(signature.strip_suffix(';')) {
            Some(whole) => signatures.push(format!(
                "    {}",
                whole.replace("( ", "(").replace(", )", ")")
            )),
            None => open = Some(signature),
        }
    }
    signatures
}

/// The public API of the crate root as text.
fn api() -> String {
    let mut out = String::new();
    for (name, module) in exports() {
        let text = module_text(&module);
        let definitions = blocks(&text, |line| defines(line, &name));
        assert!(!definitions.is_empty(), "{module}::{name} is not found");
        writeln!(out, "{module}::{name}").unwrap();
        for line in public_lines(&definitions[0]) {
            writeln!(out, "  {line}").unwrap();
        }
        let methods: BTreeSet<String> = blocks(&text, |line| is_impl_of(line, &name))
            .iter()
            .flat_map(|block| signatures(block))
            .collect();
        for method in methods {
            writeln!(out, "  {method}").unwrap();
        }
        out.push('\n');
    }
    out
}

/// A change of `tests/api.txt` is a change of the public API: note it in CHANGELOG.md.
/// `BLESS=1` writes the file anew.
#[test]
fn public_api_is_that_of_the_snapshot() {
    let path = root().join("tests/api.txt");
    let api = api();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &api).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    for (line, (found, expected)) in (1..).zip(api.lines().zip(known.lines())) {
        assert_eq!(
            found, expected,
            "tests/api.txt, line {line}; BLESS=1 writes the file anew"
        );
    }
    assert_eq!(
        api, known,
        "tests/api.txt differs; BLESS=1 writes the file anew"
    );
}
