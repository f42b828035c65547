//! Where the program writes: files are replaced whole, all else is written to, and what cannot be
//! written is refused.

use std::fs::{self, OpenOptions};

use crate::common::{Sandbox, stderr};

const ITEMS: &str = "{\"id\":\"1\",\"title\":\"Minister opens the new bridge\"}\n\
    {\"id\":\"2\",\"title\":\"Minister opens the new bridge\"}\n{\"id\":\"3\",\"title\":\"Rain on the coast\"}\n";

/// A folder with three items, of which two are duplicates.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("items.jsonl", ITEMS);
    sandbox
}

#[cfg(target_os = "linux")]
#[test]
fn files_behind_standard_streams_are_appended_to() {
    let sandbox = sandbox();
    let folder = sandbox.path();
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
            let mut command = sandbox.command(&["cluster", "-q", "items.jsonl", option, name]);
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
        sandbox
            .command(&args)
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
}

#[cfg(target_os = "linux")]
#[test]
fn rows_and_dropped_rows_can_share_a_stream() {
    let sandbox = sandbox();
    let folder = sandbox.path();
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
        sandbox
            .command(&args)
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
}

#[cfg(unix)]
#[test]
fn named_pipes_are_written_in_place() {
    use std::os::unix::fs::FileTypeExt;
    let sandbox = sandbox();
    let folder = sandbox.path();
    let pipe = folder.join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let ran = sandbox.run(&[
        "cluster",
        "-q",
        "--format",
        "none",
        "--labels",
        "pipe",
        "items.jsonl",
    ]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert_eq!(reader.join().unwrap().lines().count(), 3);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn unknown_file_endings_are_refused() {
    let sandbox = sandbox();
    let folder = sandbox.path();
    for (command, name) in [
        ("cluster", "out.xlsx"),
        ("cluster", "out.jsonl.gz"),
        ("similar", "out.rss"),
    ] {
        let ran = sandbox.run(&[command, "-o", name, "items.jsonl"]);
        let ending = name.rsplit_once('.').unwrap().1;
        assert_eq!(ran.status.code(), Some(2), "{name}");
        assert!(
            stderr(&ran).contains(&format!(".{ending}")) && stderr(&ran).contains(".csv"),
            "{}",
            stderr(&ran)
        );
        assert!(!folder.join(name).exists());
        let named = sandbox.run(&[command, "-q", "--format", "csv", "-o", name, "items.jsonl"]);
        assert!(named.status.success(), "{}", stderr(&named));
    }
    for name in ["out", "out.JSONL", "out.ndjson"] {
        assert!(
            sandbox
                .run(&["cluster", "-q", "-o", name, "items.jsonl"])
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
        sandbox
            .run(&["similar", "-q", "-o", "list.html", "items.jsonl"])
            .status
            .success()
    );
    assert!(
        !fs::read_to_string(folder.join("list.html"))
            .unwrap()
            .starts_with('{')
    );
}

/// What cannot be written is named before the input is read: this input does not exist.
#[test]
fn unwritable_outputs_are_refused_before_reading() {
    let sandbox = sandbox();
    let folder = sandbox.path();
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
        let ran = sandbox.run(&[args, &["missing.jsonl"]].concat());
        let place = args.last().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&ran).contains(&format!("cannot write {place}")),
            "{args:?}: {}",
            stderr(&ran)
        );
        assert!(!folder.join("seen").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_device_is_an_error() {
    let sandbox = sandbox();
    for args in [["-o", "/dev/full"], ["--labels", "/dev/full"]] {
        let ran = sandbox.run(&[&["cluster", "-q", "items.jsonl"], &args[..]].concat());
        assert_eq!(ran.status.code(), Some(2));
        assert!(stderr(&ran).contains("/dev/full"), "{}", stderr(&ran));
    }
}
