//! The layers of the library: imports between modules point down, and those between files form no
//! circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the lowest up. Modules of one layer do not import each other.
const LAYERS: [&[&str]; 20] = [
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

/// The highest layer without input, output, clock and global state.
const LAST_PURE: &str = "index";

const IMPURE: [&str; 8] = [
    "std::fs",
    "std::io",
    "std::env",
    "std::time",
    "std::net",
    "ThreadPool",
    "static mut",
    "println!",
];

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or(LAYERS.len())
}

/// A source file of the library.
struct Source {
    /// Path of the module below the crate root.
    module: Vec<String>,
    file: PathBuf,
    /// The code without comments and without modules in braces.
    code: String,
    /// Paths of `use` declarations that are not re-exports, and paths in code.
    imports: Vec<Vec<String>>,
    /// Paths of re-exports, with the name they are known by.
    exports: Vec<(String, Vec<String>)>,
}

impl Source {
    fn read(root: &Path, file: PathBuf) -> Self {
        let relative = file.strip_prefix(root).unwrap().with_extension("");
        let module: Vec<String> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let code = without_comments_and_inner_modules(&fs::read_to_string(&file).unwrap());
        let mut source = Source {
            module,
            file,
            imports: Vec::new(),
            exports: Vec::new(),
            code: String::new(),
        };
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            source.read_statement(statement, &mut rest);
        }
        source.imports.extend(paths_in_code(&rest));
        source.code = code;
        source
    }

    /// Takes the `use` declaration that ends a statement; all other code goes to `rest`.
    fn read_statement(&mut self, statement: &str, rest: &mut String) {
        let Some(at) = statement
            .rfind("use ")
            .filter(|&at| is_declaration(statement, at))
        else {
            rest.push_str(statement);
            return;
        };
        let line = statement[..at].rfind('\n').map_or(0, |end| end + 1);
        rest.push_str(&statement[..line]);
        let is_export = statement[line..at].contains("pub");
        let tree: String = statement[at + 4..].chars().filter(|c| *c != ';').collect();
        for path in paths_of_tree(&tree) {
            match is_export {
                true => {
                    let name = path.last().cloned().unwrap_or_default();
                    self.exports.push((name, path));
                }
                false => self.imports.push(path),
            }
        }
    }

    fn top(&self) -> &str {
        &self.module[0]
    }

    /// Path of an import below the crate root; `None` for other crates.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&self.module[..], &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let parent = &self.module[..self.module.len().checked_sub(up)?];
                Some([parent, &path[up..]].concat())
            }
            _ => Some([&self.module[..], path].concat()),
        }
    }
}

/// Whether `use` at an offset begins a declaration: only a visibility stands before it on the line.
fn is_declaration(code: &str, at: usize) -> bool {
    let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = code[line..at].trim();
    before.is_empty() || before.starts_with("pub")
}

/// The code of a file without comments and without modules in braces: tests, and re-exports for
/// fuzzing.
fn without_comments_and_inner_modules(text: &str) -> String {
    let mut code = String::new();
    let mut is_inside = false;
    for line in text.lines() {
        let is_module =
            line.starts_with("mod ") || line.starts_with("pub") && line.contains(" mod ");
        is_inside |= is_module && line.ends_with('{');
        if !is_inside && !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
        is_inside &= line != "}";
    }
    code
}

/// The paths that a use tree such as `a::{b, c::d as e}` names.
fn paths_of_tree(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let path: Vec<String> = path
            .split("::")
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty() && part != "self")
            .collect();
        return if path.is_empty() {
            Vec::new()
        } else {
            vec![path]
        };
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let prefix: Vec<String> = prefix
        .split("::")
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let mut paths = Vec::new();
    for part in split_at_commas(group) {
        if part.trim() == "self" {
            paths.push(prefix.clone());
        }
        for path in paths_of_tree(part) {
            paths.push([&prefix[..], &path[..]].concat());
        }
    }
    paths
}

/// The parts of a group between commas that are in no inner group.
fn split_at_commas(group: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[start..]);
    parts
}

/// The paths in code that begin with `crate::` or `super::`.
fn paths_in_code(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let end = code[at..].find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let path = &code[at..end.map_or(code.len(), |end| at + end)];
            paths.push(path.split("::").map(str::to_owned).collect());
        }
    }
    paths
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// All source files but `lib.rs`, `main.rs` and test modules.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    let sources: Vec<Source> = found
        .into_iter()
        .map(|file| Source::read(&root, file))
        .filter(|source| !["lib", "main"].contains(&source.top()))
        .filter(|source| source.module.last().is_some_and(|name| name != "tests"))
        .collect();
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

/// The modules of the library by their paths.
struct Modules<'a>(BTreeMap<&'a [String], &'a Source>);

impl<'a> Modules<'a> {
    fn new(sources: &'a [Source]) -> Self {
        let by_path = sources.iter().map(|source| (&source.module[..], source));
        Modules(by_path.collect())
    }

    /// The file that defines what a path names, through re-exports.
    fn definition(&self, path: &[String]) -> Option<&'a Source> {
        let length = (1..=path.len())
            .rev()
            .find(|&length| self.0.contains_key(&path[..length]))?;
        let source = self.0[&path[..length]];
        let Some(name) = path.get(length) else {
            return Some(source);
        };
        let export = source.exports.iter().find(|(known, _)| known == name);
        match export.and_then(|(_, path)| source.absolute(path)) {
            Some(exported) if exported != path => self.definition(&exported).or(Some(source)),
            _ => Some(source),
        }
    }

    /// The files of the same top-level module that a file imports from. A module and the modules
    /// inside it may use each other's items, so those arrows do not count.
    fn neighbours(&self, source: &Source) -> BTreeSet<&'a [String]> {
        let mut found = BTreeSet::new();
        for path in &source.imports {
            if let Some(path) = source.absolute(path)
                && path.first().is_some_and(|top| top == source.top())
                && let Some(other) = self.definition(&path)
                && other.module != source.module
                && !is_below(&other.module, &source.module)
                && !is_below(&source.module, &other.module)
            {
                found.insert(&other.module[..]);
            }
        }
        found
    }
}

/// Whether a module is inside another one.
fn is_below(module: &[String], other: &[String]) -> bool {
    module.len() > other.len() && module.starts_with(other)
}

#[test]
fn imports_point_to_lower_layers() {
    let sources = sources();
    for source in sources
        .iter()
        .filter(|source| layer(source.top()) < LAYERS.len())
    {
        let (name, file) = (source.top(), source.file.display());
        let paths = source
            .imports
            .iter()
            .chain(source.exports.iter().map(|(_, path)| path));
        for path in paths {
            let Some(path) = source.absolute(path).filter(|path| !path.is_empty()) else {
                continue;
            };
            let import = &path[0];
            assert!(
                !import.starts_with(char::is_uppercase),
                "{file} imports {import} from the crate root: import it from its module"
            );
            assert!(
                import == name || layer(import) < layer(name),
                "{file} imports {import}, which is not below {name}"
            );
        }
    }
}

#[test]
fn imports_between_files_form_no_circle() {
    let sources = sources();
    let modules = Modules::new(&sources);
    let mut open: BTreeMap<&[String], BTreeSet<&[String]>> = sources
        .iter()
        .map(|source| (&source.module[..], modules.neighbours(source)))
        .collect();
    // Removes files that import from no open file until none is left.
    loop {
        let done: Vec<&[String]> = open
            .iter()
            .filter(|(_, imports)| imports.iter().all(|import| !open.contains_key(import)))
            .map(|(&module, _)| module)
            .collect();
        if done.is_empty() {
            break;
        }
        for module in done {
            open.remove(module);
        }
    }
    // What is left imports from a circle; files that no open file imports are not part of it.
    loop {
        let imported: BTreeSet<&[String]> = open.values().flatten().copied().collect();
        let before = open.len();
        open.retain(|module, _| imported.contains(module));
        if open.len() == before {
            break;
        }
    }
    let circle: Vec<String> = open
        .iter()
        .map(|(module, imports)| {
            let imports: Vec<String> = imports
                .iter()
                .filter(|import| open.contains_key(*import))
                .map(|import| import.join("::"))
                .collect();
            format!("{} imports {}", module.join("::"), imports.join(", "))
        })
        .collect();
    assert!(
        circle.is_empty(),
        "circles of imports:\n{}",
        circle.join("\n")
    );
}

#[test]
fn pure_layers_have_no_input_output_or_clock() {
    for source in sources() {
        if layer(source.top()) > layer(LAST_PURE) {
            continue;
        }
        let (name, file) = (source.top(), source.file.display());
        for word in IMPURE {
            let found = source.code.contains(word);
            assert!(!found, "{file} of the pure module {name} uses {word}");
        }
    }
}

#[test]
fn the_library_leaves_the_panic_hook_alone() {
    for source in sources().iter().filter(|source| source.top() != "cli") {
        for word in ["set_hook", "take_hook", "update_hook"] {
            let file = source.file.display();
            assert!(
                !source.code.contains(word),
                "{file} changes the panic hook of the process"
            );
        }
    }
}

#[test]
fn use_trees_are_read() {
    let paths = |tree: &str| -> Vec<String> {
        let paths = paths_of_tree(tree);
        paths.iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(
        paths("crate::a::{self, b, c::{D, e as f}}"),
        [
            "crate::a",
            "crate::a::b",
            "crate::a::c::D",
            "crate::a::c::e"
        ]
    );
    assert_eq!(paths("super::X"), ["super::X"]);
}
