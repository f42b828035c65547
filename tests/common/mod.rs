use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The samples that examples of help texts and documentation use.
const SAMPLES: [&str; 4] = [
    "page_ar/page.txt",
    "feed_en/feed.xml",
    "feed_en/gold.tsv",
    "mixed/items.jsonl",
];

/// The top folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A temporary folder in which the program runs; removed when dropped.
pub struct Sandbox(TempDir);

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        Sandbox(tempfile::tempdir().unwrap())
    }

    /// A folder with `samples/` in it.
    pub fn with_samples() -> Self {
        let sandbox = Sandbox::empty();
        for sample in SAMPLES {
            let copy = sandbox.path().join("samples").join(sample);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(root().join("samples").join(sample), copy).unwrap();
        }
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The program with `args`, in the folder, without input.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs the program with `args`.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a Bash script in the folder, with `qissa` on the path.
    pub fn run_script(&self, script: &str) -> Output {
        let binary: PathBuf = env!("CARGO_BIN_EXE_qissa").into();
        let path = format!(
            "{}:{}",
            binary.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("bash")
            .args(["-e", "-c", script])
            .current_dir(self.path())
            .env("PATH", path)
            .env("HOME", self.path())
            .output()
            .unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names of the files and folders at the top, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The text on standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The text on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
