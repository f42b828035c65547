//! Where the program writes: files are replaced whole, all else is written to, and what cannot be
//! written is refused.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const ITEMS: &str = "{\"id\":\"1\",\"title\":\"Minister opens the new bridge\"}\n\
    {\"id\":\"2\",\"title\":\"Minister opens the new bridge\"}\n{\"id\":\"3\",\"title\":\"Rain on the coast\"}\n";

/// A folder with three items, of which two are copies.
fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("items.jsonl"), ITEMS).unwrap();
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn an_archive_behind_a_standard_stream_is_added_to() {
    let folder = folder("archive");
    let archive = folder.join("archive");
    let kept = "what was there before\n";
    std::os::unix::fs::symlink("/proc/self/fd/2", folder.join("link")).unwrap();
    for (stream, name) in [
        (1, "/dev/stdout"),
        (1, "/dev/fd/1"),
        (1, "/proc/self/fd/1"),
        (1, "-"),
        (2, "/dev/stderr"),
        (2, "link"),
    ] {
        for option in ["--labels", "--pairs", "--canonicals", "-o"] {
            fs::write(&archive, kept).unwrap();
            let file = OpenOptions::new().append(true).open(&archive).unwrap();
            let mut command = command(&folder, &["cluster", "-q", "items.jsonl", option, name]);
            if option != "-o" {
                command.args(["--format", "none"]);
            }
            let command = if stream == 1 {
                command.stdout(file)
            } else {
                command.stderr(file)
            };
            assert!(command.status().unwrap().success(), "{option} {name}");
            let now = fs::read_to_string(&archive).unwrap();
            assert!(
                now.starts_with(kept) && now.len() > kept.len(),
                "{option} {name}: {now}"
            );
        }
    }
    // Rows and labels in one stream come one after another, whole.
    let out = fs::File::create(&archive).unwrap();
    let args = [
        "cluster",
        "-q",
        "items.jsonl",
        "--format",
        "jsonl",
        "--labels",
        "/dev/stdout",
    ];
    assert!(
        command(&folder, &args)
            .stdout(out)
            .status()
            .unwrap()
            .success()
    );
    let now = fs::read_to_string(&archive).unwrap();
    assert_eq!(
        now.lines().filter(|line| line.starts_with('{')).count(),
        3,
        "{now}"
    );
    assert_eq!(
        now.lines().filter(|line| line.contains('\t')).count(),
        3,
        "{now}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn events_of_a_stream_do_not_write_over_its_rows() {
    let folder = folder("events");
    let out = fs::File::create(folder.join("out")).unwrap();
    let args = [
        "dedup",
        "-q",
        "--index",
        "seen",
        "--dupes-output",
        "/dev/stdout",
        "items.jsonl",
    ];
    assert!(
        command(&folder, &args)
            .stdout(out)
            .status()
            .unwrap()
            .success()
    );
    let now = fs::read_to_string(folder.join("out")).unwrap();
    let rows: Vec<serde_json::Value> = now
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 3);
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_written_to_and_stays() {
    use std::os::unix::fs::FileTypeExt;
    let folder = folder("pipe");
    let pipe = folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let ran = run(
        &folder,
        &[
            "cluster",
            "-q",
            "--format",
            "none",
            "--labels",
            "pipe",
            "items.jsonl",
        ],
    );
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(reader.join().unwrap().lines().count(), 3);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_ending_that_says_nothing_is_refused() {
    let folder = folder("ending");
    for (command, name) in [
        ("cluster", "out.xlsx"),
        ("cluster", "out.jsonl.gz"),
        ("similar", "out.rss"),
    ] {
        let ran = run(&folder, &[command, "-o", name, "items.jsonl"]);
        let ending = name.rsplit_once('.').unwrap().1;
        assert_eq!(ran.status.code(), Some(2), "{name}");
        assert!(
            err(&ran).contains(&format!(".{ending}")) && err(&ran).contains(".csv"),
            "{}",
            err(&ran)
        );
        assert!(!folder.join(name).exists());
        let named = run(
            &folder,
            &[command, "-q", "--format", "csv", "-o", name, "items.jsonl"],
        );
        assert!(named.status.success(), "{}", err(&named));
    }
    for name in ["out", "out.JSONL", "out.ndjson"] {
        assert!(
            run(&folder, &["cluster", "-q", "-o", name, "items.jsonl"])
                .status
                .success(),
            "{name}"
        );
        assert!(
            fs::read_to_string(folder.join(name))
                .unwrap()
                .starts_with('{'),
            "{name}"
        );
    }
    assert!(
        run(
            &folder,
            &["similar", "-q", "-o", "list.html", "items.jsonl"]
        )
        .status
        .success()
    );
    assert!(
        !fs::read_to_string(folder.join("list.html"))
            .unwrap()
            .starts_with('{')
    );
    fs::remove_dir_all(folder).unwrap();
}

/// What cannot be written is named before the input is read: this input does not exist.
#[test]
fn an_unwritable_place_is_refused_before_the_work() {
    let folder = folder("unwritable");
    fs::create_dir(folder.join("taken.csv")).unwrap();
    fs::write(folder.join("gold.tsv"), "1\ta\n2\ta\n3\tb\n").unwrap();
    for args in [
        &["cluster", "-o", "none/out.csv"] as &[&str],
        &["cluster", "-o", "taken.csv"],
        &["cluster", "--labels", "none/out"],
        &["cluster", "--pairs", "none/out"],
        &["cluster", "--canonicals", "none/out"],
        &["similar", "-o", "none/out.csv"],
        &["report", "-o", "none/out.html"],
        &["tune", "--gold", "gold.tsv", "--svg", "none/out.svg"],
        &["background", "--language", "en", "-o", "none/out.bin"],
        &["dedup", "--index", "seen", "--stats", "none/out.json"],
        &["dedup", "--index", "seen", "--events", "none/out.jsonl"],
        &[
            "dedup",
            "--index",
            "seen",
            "--dupes-output",
            "none/out.jsonl",
        ],
    ] {
        let ran = run(&folder, &[args, &["missing.jsonl"]].concat());
        let place = args.last().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
        assert!(
            err(&ran).contains(&format!("cannot write {place}")),
            "{args:?}: {}",
            err(&ran)
        );
        assert!(!folder.join("seen").exists());
    }
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let folder = folder("full");
    for args in [["-o", "/dev/full"], ["--labels", "/dev/full"]] {
        let ran = run(
            &folder,
            &[&["cluster", "-q", "items.jsonl"], &args[..]].concat(),
        );
        assert_eq!(ran.status.code(), Some(2));
        assert!(err(&ran).contains("/dev/full"), "{}", err(&ran));
    }
    fs::remove_dir_all(folder).unwrap();
}
