use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[cfg(unix)]
use crate::common::kill;
use crate::common::{Sandbox, stderr, stdout};

const SUBCOMMANDS: [&str; 12] = [
    "dedup",
    "index",
    "cluster",
    "similar",
    "explain",
    "report",
    "eval",
    "tune",
    "background",
    "config",
    "completions",
    "man",
];

/// Items by the thousand, few alike.
fn many(count: usize) -> String {
    let item = |n: usize| {
        format!(
            "{{\"id\":\"{n}\",\"title\":\"item {n} of {} tells {}\"}}\n",
            n * 7,
            n * n
        )
    };
    (0..count).map(item).collect()
}

#[test]
fn exit_codes_are_0_1_and_2() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("bad.toml", "level = 3");
    sandbox.write("prose.txt", "dear diary");
    sandbox.write(
        "alone.jsonl",
        "{\"id\":\"1\",\"title\":\"One headline of five words\"}\n",
    );
    let page = "samples/page_ar/page.txt";
    for (code, args) in [
        (0, &["cluster", page] as &[&str]),
        (0, &["--help"]),
        (0, &["--version"]),
        (0, &["config"]),
        (0, &["cluster", "--check", "alone.jsonl"]),
        (
            0,
            &["cluster", "--check", "--level", "duplicates", "alone.jsonl"],
        ),
        (1, &["cluster", "--check", page]),
        (1, &["cluster", "--check", "--level", "duplicates", page]),
        (2, &[]),
        (2, &["clutser"]),
        (2, &["cluster", "--levle", "stories"]),
        (2, &["cluster", "--threads", "many", page]),
        (2, &["cluster", "--threads", "100000", page]),
        (2, &["cluster", "--threshold", "7", page]),
        (2, &["cluster", "--check", "--labels", "l.tsv", page]),
        (2, &["cluster", "nowhere.jsonl"]),
        (2, &["cluster", "--input-format", "feed", "prose.txt"]),
        (2, &["cluster", "--config", "bad.toml", page]),
        (2, &["cluster", "--background", "prose.txt", page]),
        (2, &["cluster", "-o", "no/such/folder/out", page]),
        (2, &["similar", "--of", "nobody", page]),
        (2, &["similar", "--min-score", "0", page]),
        (2, &["similar", "--level", "duplicates", page]),
        (2, &["similar", "--index", "nowhere"]),
        (2, &["eval", "--gold", "nowhere.tsv", "nowhere.tsv"]),
        (0, &["report", "-o", "report.html", page]),
        (0, &["report", "--json", "-o", "report.json", page]),
        (2, &["report", "nowhere.jsonl"]),
        (2, &["report", "--ui", "tlh", page]),
        (2, &["tune", page]),
        (2, &["tune", "--gold", "nowhere.tsv", page]),
        (2, &["tune", "--gold", "samples/feed_en/gold.tsv", page]),
        (
            2,
            &[
                "tune",
                "--gold",
                "samples/feed_en/gold.tsv",
                "--thresholds",
                "0.1:0.2",
                "samples/feed_en/feed.xml",
            ],
        ),
        (
            2,
            &["background", "--language", "ar", "-o", "ar.bin", "nowhere"],
        ),
        (2, &["config", "--threshold", "7"]),
        (2, &["config", "--default", "--level", "stories"]),
        (2, &["completions", "tcl"]),
        (2, &["man", "clutser"]),
    ] {
        let ran = sandbox.run(args);
        assert_eq!(ran.status.code(), Some(code), "{args:?}: {}", stderr(&ran));
        if code == 2 {
            assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}");
        }
    }
}

#[test]
fn dates_after_tomorrow_count_as_missing() {
    let sandbox = Sandbox::with_samples();
    sandbox.write(
        "items.jsonl",
        "{\"id\":\"1\",\"title\":\"Ferry runs aground off Northport\",\"published\":\"2025-10-14\"}
{\"id\":\"2\",\"title\":\"Northport ferry aground with passengers\",\"published\":\"2190-10-14\"}\n",
    );
    let found = sandbox.run(&["explain", "1", "2", "items.jsonl"]);
    assert!(
        stderr(&found).contains("1 item dated after tomorrow"),
        "{}",
        stderr(&found)
    );
    assert!(!stdout(&found).contains("days apart"));
}

#[test]
fn dates_after_tomorrow_count_as_missing_in_streams_too() {
    let sandbox = Sandbox::with_samples();
    let items =
        "{\"id\":\"1\",\"title\":\"Kite festival returns to the west pier, hosts say\",\"published\":\"2190-04-24\"}
{\"id\":\"2\",\"title\":\"Hosts confirm kite festival on the west pier\",\"published\":\"2025-10-14\"}\n";
    sandbox.write("items.jsonl", items);
    let stories = |run: &std::process::Output| -> Vec<String> {
        let story = |row: &str| {
            serde_json::from_str::<serde_json::Value>(row).unwrap()["cluster_id"].to_string()
        };
        stdout(run).lines().map(story).collect()
    };
    let batch = sandbox.run(&["cluster", "--format", "jsonl", "items.jsonl"]);
    let stream = sandbox.run(&[
        "dedup",
        "--index",
        "index",
        "--stats",
        "stats.json",
        "items.jsonl",
    ]);
    for found in [&batch, &stream] {
        let stories = stories(found);
        assert_eq!(stories[0], stories[1], "{}", stdout(found));
        assert!(
            stderr(found).contains("1 item dated after tomorrow"),
            "{}",
            stderr(found)
        );
    }
    assert!(sandbox.read("stats.json").contains("\"undated\": 1"));
}

#[test]
fn similar_lists_of_an_index_equal_those_of_its_input() {
    let sandbox = Sandbox::with_samples();
    assert!(
        sandbox
            .run(&["dedup", "-q", "--index", "seen", "samples/feed_en/feed.xml"])
            .status
            .success()
    );
    let read = sandbox.run(&["similar", "-q", "samples/feed_en/feed.xml"]);
    let kept = sandbox.run(&["similar", "-q", "--index", "seen"]);
    assert_eq!(stdout(&kept), stdout(&read), "{}", stderr(&kept));
    let one = sandbox.run(&["similar", "-q", "--of", "w4", "--index", "seen"]);
    assert!(stdout(&read).contains(stdout(&one).trim_end()) && stdout(&one).lines().count() == 1);
}

#[test]
fn file_ending_selects_the_format() {
    let sandbox = Sandbox::with_samples();
    let feed = "samples/feed_en/feed.xml";
    for (name, told) in [
        ("out.csv", "id,title,url"),
        ("out.json", "https://jsonfeed.org/version/1.1"),
        ("out.rss", "<rss version=\"2.0\""),
        ("out.graphml", "<graph edgedefault=\"undirected\">"),
        ("out.txt", "Alone: "),
        ("out.jsonl", "\"cluster_id\":"),
    ] {
        assert!(
            sandbox
                .run(&["cluster", "-q", "-o", name, feed])
                .status
                .success(),
            "{name}"
        );
        assert!(
            sandbox.read(name).contains(told),
            "{name}: {}",
            sandbox.read(name)
        );
    }
    let canonicals = sandbox
        .read("out.jsonl")
        .matches("\"is_canonical\":true")
        .count();
    for name in ["out.json", "out.rss"] {
        let read = sandbox.run(&["cluster", "-q", name]);
        assert_eq!(stdout(&read).lines().count(), canonicals, "{name}");
    }
    sandbox.run(&[
        "cluster",
        "-q",
        "-o",
        "short.rss",
        "--feed-items",
        "2",
        feed,
    ]);
    assert_eq!(sandbox.read("short.rss").matches("<item>").count(), 2);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_output_can_be_read_again() {
    let sandbox = Sandbox::with_samples();
    let feed = "samples/feed_en/feed.xml";
    assert!(
        sandbox
            .run(&[
                "cluster",
                "-q",
                "-o",
                "out.parquet",
                "--labels",
                "first.tsv",
                feed
            ])
            .status
            .success()
    );
    assert!(
        sandbox
            .run(&["cluster", "-q", "--labels", "second.tsv", "out.parquet"])
            .status
            .success()
    );
    assert_eq!(sandbox.read("first.tsv"), sandbox.read("second.tsv"));
}

#[test]
fn check_writes_nothing() {
    let sandbox = Sandbox::with_samples();
    let ran = sandbox.run(&["cluster", "--check", "samples/page_ar/page.txt"]);
    assert!(ran.stdout.is_empty());
    assert!(stderr(&ran).contains("stories"));
    let quiet = sandbox.run(&["cluster", "--check", "-q", "samples/page_ar/page.txt"]);
    assert_eq!((quiet.status.code(), quiet.stderr.len()), (Some(1), 0));
}

#[test]
fn flags_without_effect_are_named() {
    let sandbox = Sandbox::with_samples();
    let page = "samples/page_ar/page.txt";
    for (args, flag) in [
        (&["cluster", "--csv-safe", page] as &[&str], "--csv-safe"),
        (&["cluster", "--feed-title", "News", page], "--feed-title"),
        (&["cluster", "--temp-dir", ".", page], "--temp-dir"),
        (&["similar", "--csv-safe", page], "--csv-safe"),
        (&["similar", "--heading", "More", page], "--heading"),
    ] {
        let ran = sandbox.run(args);
        assert!(ran.status.success(), "{args:?}");
        assert!(
            stderr(&ran).contains(flag) && stderr(&ran).contains("no effect"),
            "{args:?}: {}",
            stderr(&ran)
        );
    }
    let safe = ["cluster", "--csv-safe", "--format", "csv", page];
    assert!(!stderr(&sandbox.run(&safe)).contains("no effect"));
}

#[test]
fn quiet_prints_nothing_on_stderr() {
    let sandbox = Sandbox::with_samples();
    sandbox.write(
        "items.jsonl",
        "{\"id\":\"1\",\"title\":\"a b c d\"}\nnot json\n{\"id\":\"2\",\"title\":\"e f g h\"}\n",
    );
    let said = sandbox.run(&["cluster", "items.jsonl"]);
    assert!(stderr(&said).contains("items.jsonl:2"), "{}", stderr(&said));
    for args in [
        &["cluster", "-q", "items.jsonl"] as &[&str],
        &[
            "background",
            "-q",
            "--language",
            "en",
            "-o",
            "en.bin",
            "items.jsonl",
        ],
    ] {
        let ran = sandbox.run(args);
        assert_eq!(
            (ran.status.code(), stderr(&ran)),
            (Some(0), String::new()),
            "{args:?}"
        );
    }
}

#[test]
fn no_terminal_codes_are_written_to_pipes() {
    let sandbox = Sandbox::with_samples();
    let ran = sandbox.run(&["cluster", "--format", "text", "samples/page_ar/page.txt"]);
    assert!(!stdout(&ran).contains('\u{1b}') && !stderr(&ran).contains(['\u{1b}', '\r']));
    assert_eq!(stderr(&ran).lines().count(), 1, "{}", stderr(&ran));
}

#[test]
fn duplicates_of_other_texts_are_indented_below_them() {
    let sandbox = Sandbox::with_samples();
    let titles = [
        "Minister opens new harbour bridge in Alvania after ten years of work",
        "Alvania opens its new harbour bridge after ten years",
        "Watch: harbour bridge of Alvania opened by the minister, ten years late",
        "Watch: harbour bridge of Alvania opened by the minister, ten years late!",
    ];
    let items: String = (0..)
        .zip(titles)
        .map(|(id, title)| format!("{{\"id\":\"{id}\",\"title\":{title:?}}}\n"))
        .collect();
    sandbox.write("items.jsonl", &items);
    let shown = stdout(&sandbox.run(&["cluster", "--format", "text", "items.jsonl"]));
    let lines: Vec<&str> = shown.lines().collect();
    let copy = lines
        .iter()
        .position(|line| line.ends_with("[copy of the item above]"))
        .expect(&shown);
    assert!(
        lines[copy].starts_with("    - ") && lines[copy].contains("ten years late"),
        "{shown}"
    );
    assert!(
        lines[copy - 1].starts_with("  - ") && lines[copy - 1].contains("ten years late"),
        "{shown}"
    );
    assert!(lines[copy - 1].contains("[same story"), "{shown}");
}

#[test]
fn color_flag_controls_styles() {
    let sandbox = Sandbox::with_samples();
    let text = ["cluster", "--format", "text", "samples/page_ar/page.txt"];
    let with = |color: &str| sandbox.run(&[&text[..], &["--color", color]].concat());
    assert!(
        stdout(&with("always")).contains("\u{1b}[1m")
            && stdout(&with("always")).contains("\u{1b}[2m")
    );
    assert!(
        !stdout(&with("never")).contains('\u{1b}') && !stdout(&with("auto")).contains('\u{1b}')
    );
    let stripped = anstream::adapter::strip_str(&stdout(&with("always"))).to_string();
    assert_eq!(stripped, stdout(&with("never")));
    for (color, coloured) in [("always", true), ("never", false), ("auto", false)] {
        let help = stdout(&sandbox.run(&["cluster", "--help", "--color", color]));
        assert_eq!(help.contains('\u{1b}'), coloured, "{color}");
    }
    assert_eq!(
        sandbox.run(&["cluster", "--color", "pink"]).status.code(),
        Some(2)
    );
}

#[test]
fn misspelt_arguments_get_suggestions() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("key.toml", "[stories]\ntreshold = 0.3\n");
    sandbox.write("value.toml", "level = \"storys\"\n");
    for (args, expected) in [
        (&["clutser"] as &[&str], "'cluster'"),
        (&["cluster", "--levle", "stories"], "'--level'"),
        (&["cluster", "--level", "storys"], "'stories'"),
        (
            &["cluster", "--config", "key.toml"],
            "did you mean \"threshold\"?",
        ),
        (
            &["cluster", "--config", "value.toml"],
            "did you mean \"stories\"?",
        ),
        (&["man", "evla"], "did you mean \"eval\"?"),
        (&["completions", "powershel"], "'powershell'"),
    ] {
        let ran = sandbox.run(args);
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&ran).contains(expected),
            "{args:?}: {}",
            stderr(&ran)
        );
    }
    assert!(stderr(&sandbox.run(&["cluster", "--config", "key.toml"])).contains("key.toml"));
}

#[test]
fn printed_defaults_are_a_settings_file() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("all.toml", &stdout(&sandbox.run(&["config", "--default"])));
    assert_eq!(
        stdout(&sandbox.run(&["config", "--config", "all.toml"])),
        stdout(&sandbox.run(&["config"]))
    );
    let page = "samples/page_ar/page.txt";
    assert_eq!(
        stdout(&sandbox.run(&["cluster", "--config", "all.toml", page])),
        stdout(&sandbox.run(&["cluster", page]))
    );
}

#[test]
fn completions_exist_for_every_shell() {
    let sandbox = Sandbox::with_samples();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&sandbox.run(&["completions", shell]));
        for word in ["qissa", "background", "threshold", "duplicates"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let sandbox = Sandbox::with_samples();
    assert_eq!(
        sandbox.run(&["man", "--dir", "pages"]).status.code(),
        Some(0)
    );
    assert_eq!(
        fs::read_dir(sandbox.path().join("pages")).unwrap().count(),
        SUBCOMMANDS.len() + 1
    );
    for name in SUBCOMMANDS {
        let page = stdout(&sandbox.run(&["man", name]));
        assert!(
            page.contains(".SH NAME") && page.contains(".SH OPTIONS") && page.contains("Example"),
            "{name}"
        );
        assert_eq!(page, sandbox.read(&format!("pages/qissa-{name}.1")));
    }
    assert_eq!(
        stdout(&sandbox.run(&["man"])),
        sandbox.read("pages/qissa.1")
    );
}

#[test]
fn constraints_are_checked_and_applied() {
    let sandbox = Sandbox::with_samples();
    let titles = [
        "Minister opens the new bridge",
        "Minister opens a new bridge",
        "Rain expected on the coast",
    ];
    let items = titles
        .iter()
        .zip(["a", "b", "c"])
        .map(|(title, id)| format!("{{\"id\":{id:?},\"title\":{title:?}}}\n"));
    sandbox.write("items.jsonl", &items.collect::<String>());
    sandbox.write(
        "good.txt",
        "# editors\nmust-link\ta\tc\n- a b\n+ a elsewhere\n",
    );
    sandbox.write("line.txt", "must-link a b\nmust-lnk a c\n");
    sandbox.write("against.txt", "+ a b\n+ b c\n- a c\n");
    let run = |file: &str| {
        sandbox.run(&[
            "cluster",
            "--constraints",
            file,
            "--labels",
            "labels.tsv",
            "items.jsonl",
        ])
    };
    let good = run("good.txt");
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert!(
        stderr(&good).contains("belong to no item: \"elsewhere\""),
        "{}",
        stderr(&good)
    );
    assert!(
        stdout(&good).contains("\"match_kind\":\"must\""),
        "{}",
        stdout(&good)
    );
    let labels = sandbox.read("labels.tsv");
    let labels: Vec<&str> = labels
        .lines()
        .map(|line| line.split('\t').nth(1).unwrap())
        .collect();
    assert!(
        labels[0] == labels[2] && labels[0] != labels[1],
        "{labels:?}"
    );
    for (file, expected) in [
        ("line.txt", "line.txt:2: found \"must-lnk a c\""),
        ("line.txt", "did you mean \"must-link\"?"),
        (
            "against.txt",
            "cannot-link \"a\" \"c\" contradicts must-link \"a\" \"b\", \"b\" \"c\"",
        ),
        ("nowhere.txt", "cannot read nowhere.txt"),
    ] {
        let ran = run(file);
        assert_eq!(ran.status.code(), Some(2));
        assert!(
            stderr(&ran).contains(expected) && ran.stdout.is_empty(),
            "{}",
            stderr(&ran)
        );
    }
}

#[test]
fn tune_agrees_with_cluster_and_eval() {
    let sandbox = Sandbox::with_samples();
    let feed = [
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/feed_en/feed.xml",
    ];
    sandbox.write("stories.tsv", &cut(&sandbox.read(feed[1]), 1));
    sandbox.write("duplicates.tsv", &cut(&sandbox.read(feed[1]), 2));
    for level in ["stories", "duplicates"] {
        let with = [
            "tune",
            "--json",
            "--level",
            level,
            "--thresholds",
            "0.05:0.95:0.15",
        ];
        let ran = sandbox.run(&[&with[..], &feed[..]].concat());
        assert_eq!((ran.status.code(), stderr(&ran)), (Some(0), String::new()));
        let curve: serde_json::Value = serde_json::from_str(&stdout(&ran)).unwrap();
        assert_eq!(curve["setting"], format!("{level}.threshold"));
        let points = curve["points"].as_array().unwrap();
        assert_eq!(points.len(), 8);
        for point in points {
            let threshold = point["threshold"].to_string();
            let cluster = [
                "cluster",
                "-q",
                "--level",
                level,
                "--threshold",
                &threshold,
                "--labels",
                "labels.tsv",
                feed[2],
            ];
            assert_eq!(sandbox.run(&cluster).status.code(), Some(0));
            let judged = stdout(&sandbox.run(&[
                "eval",
                "--json",
                "--gold",
                &format!("{level}.tsv"),
                "labels.tsv",
            ]));
            let judged: serde_json::Value = serde_json::from_str(&judged).unwrap();
            for measure in ["groups", "b_cubed", "pairwise"] {
                assert_eq!(
                    point[measure], judged[measure],
                    "{level} at {threshold}: {measure}"
                );
            }
        }
    }
}

/// The first column of a gold file and another, where "-" is a group of its own.
fn cut(gold: &str, column: usize) -> String {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let group = if cells[column] == "-" {
            cells[0]
        } else {
            cells[column]
        };
        format!("{}\t{group}\n", cells[0])
    };
    gold.lines().map(line).collect()
}

#[test]
fn tune_prints_a_table_and_draws_a_chart() {
    let sandbox = Sandbox::with_samples();
    let ran = sandbox.run(&[
        "tune",
        "--svg",
        "c.svg",
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/feed_en/feed.xml",
    ]);
    let told = stdout(&ran);
    assert!(
        told.starts_with("11 items in 7 gold groups\n") && told.contains("  current, best\n"),
        "{told}"
    );
    assert!(
        told.ends_with(
            "Leave stories.threshold at 0.07: it is the best of the tried thresholds.\n"
        ),
        "{told}"
    );
    assert!(sandbox.read("c.svg").starts_with("<svg "));
    sandbox.write(
        "more.tsv",
        &(sandbox.read("samples/feed_en/gold.tsv") + "z1\tstorm\t-\n"),
    );
    let ran = sandbox.run(&["tune", "--gold", "more.tsv", "samples/feed_en/feed.xml"]);
    assert_eq!(
        (stdout(&ran), stderr(&ran)),
        (
            told,
            "1 of 12 items of the gold standard are not in the input\n".into()
        )
    );
    let wrong = sandbox.run(&[
        "tune",
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/page_ar/page.txt",
    ]);
    assert!(
        stderr(&wrong).contains("samples/feed_en/gold.tsv: none of its 11 items is in the input"),
        "{}",
        stderr(&wrong)
    );
}

/// Pastes what each help shows into a shell.
#[cfg(unix)]
#[test]
fn examples_of_the_help_run_in_a_shell() {
    for name in SUBCOMMANDS.iter().chain(&["--color=never"]) {
        let sandbox = Sandbox::with_samples();
        let help = stdout(&sandbox.run(&[name, "--help"]));
        let (_, example) = help
            .split_once("Example:\n")
            .unwrap_or_else(|| panic!("{name} shows no example"));
        let example = example.replace(
            "MANPATH=man man qissa-cluster",
            "test -s man/man1/qissa-cluster.1",
        );
        let ran = sandbox.run_script(&example);
        assert!(ran.status.success(), "{example}\n{}", stderr(&ran));
    }
}

/// Nobody reads the output of any of these.
#[cfg(unix)]
#[test]
fn closed_pipe_is_no_error() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("many.jsonl", &many(3000));
    sandbox.write("gold.tsv", "a\tx\n");
    for args in [
        &["cluster", "-q", "many.jsonl"] as &[&str],
        &["cluster", "-q", "--format", "csv", "many.jsonl"],
        &["cluster", "-q", "--format", "text", "many.jsonl"],
        &["cluster", "-q", "-o", "/dev/stdout", "many.jsonl"],
        &["cluster", "-q", "--labels", "/dev/stdout", "many.jsonl"],
        &["eval", "--gold", "gold.tsv", "gold.tsv"],
        &["config"],
        &["config", "--default"],
        &["completions", "bash"],
        &["man"],
        &["man", "cluster"],
        &["--help"],
    ] {
        let mut child = sandbox
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(
            (ran.status.code(), stderr(&ran)),
            (Some(0), String::new()),
            "{args:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn devices_are_written_in_place() {
    let sandbox = Sandbox::with_samples();
    let page = "samples/page_ar/page.txt";
    let ran = sandbox.run(&["cluster", "-q", "-o", "/dev/stdout", page]);
    assert_eq!(stdout(&ran), stdout(&sandbox.run(&["cluster", "-q", page])));
}

#[test]
fn failed_run_keeps_the_old_output() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("out.jsonl", "old");
    let ran = sandbox.run(&["cluster", "-o", "out.jsonl", "nowhere.jsonl"]);
    assert_eq!(
        (ran.status.code(), sandbox.read("out.jsonl")),
        (Some(2), "old".into())
    );
    assert_eq!(sandbox.names(), ["out.jsonl", "samples"]);
}

/// Interrupted while it waits for more input.
#[cfg(unix)]
#[test]
fn interrupted_run_leaves_no_temporary_file() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let sandbox = Sandbox::with_samples();
        sandbox.write("out.jsonl", "old");
        let mut child = sandbox
            .command(&["cluster", "-q", "-o", "out.jsonl", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // Two pipes full: by the time all is taken, it is reading and listens.
        input.write_all(many(3000).as_bytes()).unwrap();
        kill(signal, child.id());
        let status = child.wait().unwrap();
        drop(input);
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(code), ""));
        assert_eq!(sandbox.read("out.jsonl"), "old");
        assert_eq!(sandbox.names(), ["out.jsonl", "samples"]);
    }
}

/// Interrupted in the middle of writing: the part is there, then it is gone. A run that is over
/// before it is seen to write shows nothing, and is tried again.
#[cfg(unix)]
#[test]
fn interruption_while_writing_removes_the_temporary_file() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("many.jsonl", &many(60_000));
    let args = [
        "cluster",
        "-q",
        "--level",
        "duplicates",
        "-o",
        "out.jsonl",
        "many.jsonl",
    ];
    let part = || sandbox.names().iter().any(|name| name.ends_with(".part"));
    let interrupted = || {
        sandbox.write("out.jsonl", "old");
        let mut child = sandbox.command(&args).spawn().unwrap();
        while !part() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill("INT", child.id());
        let code = child.wait().unwrap().code();
        assert!(!part(), "{code:?}");
        let found = sandbox.read("out.jsonl");
        assert!(
            found == "old" || found.lines().count() == 60_000,
            "{code:?}"
        );
        code == Some(130) && found == "old"
    };
    assert!((0..20).any(|_| interrupted()), "it was never seen to write");
}

#[test]
fn plan_prints_an_estimate_and_writes_nothing() {
    let sandbox = Sandbox::with_samples();
    let items = "samples/mixed/items.jsonl";
    let told = sandbox.run(&[
        "cluster",
        "--plan",
        "--level",
        "duplicates",
        "--labels",
        "labels.tsv",
        items,
    ]);
    let text = String::from_utf8(told.stdout).unwrap();
    for word in ["items", "32 of 4 rows", "memory", "disk", "time"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    assert_eq!(sandbox.names(), ["samples"]);
    let other = sandbox.run(&[
        "cluster",
        "--plan",
        "--level",
        "duplicates",
        "samples/feed_en/feed.xml",
    ]);
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("feed.xml"));
}

#[test]
fn memory_limit_does_not_change_labels_and_pairs() {
    let sandbox = Sandbox::with_samples();
    let line = |n: usize| {
        format!(
            "{{\"id\":\"i{n}\",\"title\":\"storm {} hits port {} hard\"}}\n",
            n / 3 % 9973,
            n / 2 % 8999
        )
    };
    sandbox.write("many.jsonl", &(0..400_000).map(line).collect::<String>());
    let run = |args: &[&str]| {
        let all = [
            &["cluster", "-q", "--level", "duplicates", "many.jsonl"],
            args,
        ]
        .concat();
        sandbox.run(&all)
    };
    assert!(
        run(&[
            "--labels",
            "whole.tsv",
            "--pairs",
            "whole.pairs",
            "--format",
            "none"
        ])
        .status
        .success()
    );
    let limited = [
        "--memory-limit",
        "200MB",
        "--labels",
        "limited.tsv",
        "--pairs",
        "limited.pairs",
        "--format",
        "none",
    ];
    let within = run(&limited);
    assert!(
        within.status.success(),
        "{}",
        String::from_utf8_lossy(&within.stderr)
    );
    assert_eq!(sandbox.read("whole.tsv"), sandbox.read("limited.tsv"));
    assert_eq!(sandbox.read("whole.pairs"), sandbox.read("limited.pairs"));
    assert!(sandbox.read("limited.pairs").lines().count() > 1000);
    let rows = run(&["--memory-limit", "200MB"]);
    assert_eq!(rows.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&rows.stderr).contains("--format none"));
    let too_little = run(&["--memory-limit", "1MB", "--format", "none"]);
    assert!(String::from_utf8_lossy(&too_little.stderr).contains("too little"));
}

#[test]
fn inputs_without_items_are_errors() {
    let sandbox = Sandbox::with_samples();
    sandbox.write("bad.jsonl", "not json\n{\"x\":1}\n");
    sandbox.write("empty.jsonl", "");
    sandbox.write("empty.xml", "");
    sandbox.write(
        "feed.xml",
        "<rss version=\"2.0\"><channel><title>T</title></channel></rss>",
    );
    sandbox.write("answer.json", "{\"status\":\"ok\",\"articles\":[]}");
    sandbox.write(
        "strange.json",
        "{\"took\":1,\"rubrik\":{\"artiklar\":[{\"rubrik\":\"a\"}]}}",
    );
    fs::create_dir(sandbox.path().join("folder")).unwrap();
    fs::write(sandbox.path().join("folder/bad.jsonl"), "{\"x\":1}\n").unwrap();
    fs::write(
        sandbox.path().join("folder/picture.png"),
        b"\x89PNG\r\n\x1a\n",
    )
    .unwrap();
    for (input, told) in [
        (
            "bad.jsonl",
            "bad.jsonl gives no item: none of its records can be read (2)",
        ),
        ("empty.xml", "empty.xml gives no item: the file is empty"),
        ("strange.json", "name one of rubrik.artiklar with --records"),
        (
            "folder",
            "no item was read: 1 record skipped, 1 file skipped",
        ),
    ] {
        for args in [
            &["cluster", input] as &[&str],
            &["dedup", "--index", "seen", input],
        ] {
            let ran = sandbox.run(args);
            assert_eq!(ran.status.code(), Some(2), "{args:?}");
            assert!(stderr(&ran).contains(told), "{args:?}: {}", stderr(&ran));
        }
    }
    for input in ["empty.jsonl", "feed.xml", "answer.json"] {
        let ran = sandbox.run(&["cluster", input]);
        assert!(
            ran.status.success() && stderr(&ran).contains("no items in it"),
            "{input}: {}",
            stderr(&ran)
        );
    }
    let limited = &[
        "cluster",
        "--level",
        "duplicates",
        "--memory-limit",
        "1k",
        "--format",
        "none",
        "bad.jsonl",
    ];
    assert_eq!(sandbox.run(limited).status.code(), Some(2));
}

#[test]
fn records_flag_names_the_list_of_records() {
    let sandbox = Sandbox::with_samples();
    let item =
        |id: u32| format!("{{\"nr\":{id},\"rubrik\":\"Ferry {id} returns to the islands\"}}");
    sandbox.write(
        "in.json",
        &format!(
            "{{\"svar\":{{\"sidor\":[{{\"artiklar\":[{},{}]}}]}}}}",
            item(1),
            item(2)
        ),
    );
    let args = [
        "cluster",
        "-q",
        "--title-key",
        "rubrik",
        "--id-key",
        "nr",
        "in.json",
        "--records",
    ];
    let found = sandbox.run(&[&args[..], &["svar.sidor.artiklar"]].concat());
    assert_eq!(stdout(&found).lines().count(), 2, "{}", stderr(&found));
    let missing = sandbox.run(&[&args[..], &["svar.sidor.artikel"]].concat());
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        stderr(&missing).contains("did you mean \"svar.sidor.artiklar\"?"),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn responses_of_services_are_read() {
    let sandbox = Sandbox::with_samples();
    let warc = |uri: &str, title: &str| {
        let page = format!(
            "<html><title>{title}</title><body><p>Cars crossed in the morning.</p></body></html>"
        );
        let content = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
        format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {uri}\r\nContent-Type: application/http\r\n\
             Content-Length: {}\r\n\r\n{content}\r\n\r\n",
            content.len()
        )
    };
    sandbox.write(
        "pages.warc",
        &(warc("https://a.example/1", "Bridge opens")
            + &warc("https://a.example/2", "Ferry returns")),
    );
    sandbox.write(
        "lines.json",
        "{\"version\":\"1\",\"items\":[\n{\"id\":\"1\",\"title\":\"a\"},\n{\"id\":\"2\",\"title\":\"b\"}\n]}",
    );
    sandbox.write(
        "array.json",
        "[\n{\"id\":\"1\",\"title\":\"a\"},\n{\"id\":\"2\",\"title\":\"b\"}\n]",
    );
    sandbox.write(
        "hits.json",
        r#"{"hits":{"hits":[{"_id":"1","_source":{"title":"a"}},{"_id":"2","_source":{"title":"b"}}]}}"#,
    );
    sandbox.write(
        "cut.jsonl",
        "tle\":\"z\"}\n{\"id\":\"1\",\"title\":\"a\"}\n{\"id\":\"2\",\"title\":\"b\"}\n",
    );
    sandbox.write("open.csv", "id,title\n0,\"z\n1,a\n2,b\n");
    for (input, skipped) in [
        ("pages.warc", None),
        ("lines.json", None),
        ("array.json", None),
        ("hits.json", None),
        ("cut.jsonl", Some("cut.jsonl:1: skipped")),
        ("open.csv", Some("open.csv:2: skipped")),
    ] {
        let ran = sandbox.run(&["cluster", "--format", "jsonl", input]);
        assert_eq!(stdout(&ran).lines().count(), 2, "{input}: {}", stderr(&ran));
        let told = stderr(&ran);
        assert_eq!(
            told.contains("skipped"),
            skipped.is_some(),
            "{input}: {told}"
        );
        assert!(
            skipped.is_none_or(|skipped| told.contains(skipped)),
            "{input}: {told}"
        );
    }
}

#[cfg(unix)]
#[test]
fn unreadable_files_of_a_folder_are_skipped() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::with_samples();
    let folder = sandbox.path().join("in");
    fs::create_dir(&folder).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.jsonl");
    fs::write(
        folder.join(name),
        "{\"id\":\"1\",\"title\":\"Ferry returns to the islands\"}\n",
    )
    .unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("loop")).unwrap();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()));
    for args in [
        &["cluster", "in"] as &[&str],
        &["dedup", "--index", "seen", "in"],
    ] {
        let ran = sandbox.run(args);
        assert!(ran.status.success(), "{}", stderr(&ran));
        assert_eq!(stdout(&ran).lines().count(), 1);
        for told in [
            "link to nowhere",
            "in/loop: it leads",
            "in/pipe: it is a pipe",
            "3 files skipped",
        ] {
            assert!(stderr(&ran).contains(told), "{told}: {}", stderr(&ran));
        }
    }
    let named = sandbox
        .command(&["cluster", "-q"])
        .arg(Path::new("in").join(name))
        .output()
        .unwrap();
    assert_eq!(stdout(&named).lines().count(), 1, "{}", stderr(&named));
    // A pipe that is named is read.
    let mut reader = sandbox
        .command(&["cluster", "-q", "in/pipe"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    fs::write(
        folder.join("pipe"),
        "{\"id\":\"2\",\"title\":\"Divers recover a bell\"}\n",
    )
    .unwrap();
    let mut rows = String::new();
    reader
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rows)
        .unwrap();
    assert!(
        reader.wait().unwrap().success() && rows.contains("Divers"),
        "{rows}"
    );
}

#[test]
fn stream_lines_are_decided_as_they_arrive() {
    let sandbox = Sandbox::with_samples();
    let args = [
        "dedup",
        "-q",
        "--index",
        "seen",
        "--commit-seconds",
        "0.05",
        "--title-key",
        "t.h",
        "-",
    ];
    let mut command = sandbox.command(&args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut rows) = (
        child.stdin.take().unwrap(),
        std::io::BufReader::new(child.stdout.take().unwrap()),
    );
    let mut row = || {
        let mut row = String::new();
        std::io::BufRead::read_line(&mut rows, &mut row).unwrap();
        row
    };
    // Each row is waited for before the next line is written.
    for line in [
        "\n{\"id\":\"1\",\"text\":\"Ferry returns\"}\n",
        "{\"id\":\"2\",\"t\":{\"h\":\"Divers recover a bell\"}}\n",
    ] {
        input.write_all(line.as_bytes()).unwrap();
        assert!(row().contains("\"decision\":\"new\""));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn field_name_missing_from_all_stream_lines_is_an_error() {
    let sandbox = Sandbox::with_samples();
    let mut command = sandbox.command(&[
        "dedup",
        "-q",
        "--index",
        "seen",
        "--title-key",
        "titel",
        "-",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"{\"id\":\"1\",\"title\":\"Ferry returns\"}\n")
        .unwrap();
    let ran = child.wait_with_output().unwrap();
    assert!(
        ran.status.code() == Some(2) && stderr(&ran).contains("did you mean \"title\"?"),
        "{}",
        stderr(&ran)
    );
}
