use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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

/// A folder for one test, with the samples in it; gone at its end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for sample in [
            "page_ar/page.txt",
            "feed_en/feed.xml",
            "feed_en/gold.tsv",
            "mixed/items.jsonl",
        ] {
            let to = folder.join("samples").join(sample);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("samples")
                    .join(sample),
                to,
            )
            .unwrap();
        }
        Place(folder)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
        command
            .args(args)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .env_remove("NO_COLOR");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn get(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

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
fn exit_codes_are_those_promised() {
    let place = Place::new("exit");
    place.put("bad.toml", "level = 3");
    place.put("prose.txt", "dear diary");
    place.put(
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
        let ran = place.run(args);
        assert_eq!(ran.status.code(), Some(code), "{args:?}: {}", err(&ran));
        if code == 2 {
            assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}");
        }
    }
}

#[test]
fn dates_after_tomorrow_are_taken_for_none() {
    let place = Place::new("future");
    place.put(
        "items.jsonl",
        "{\"id\":\"1\",\"title\":\"Ferry runs aground off Northport\",\"published\":\"2025-10-14\"}
{\"id\":\"2\",\"title\":\"Northport ferry aground with passengers\",\"published\":\"2190-10-14\"}\n",
    );
    let found = place.run(&["explain", "1", "2", "items.jsonl"]);
    assert!(
        err(&found).contains("1 items dated after tomorrow"),
        "{}",
        err(&found)
    );
    assert!(!out(&found).contains("days apart"));
}

#[test]
fn a_stream_takes_dates_after_tomorrow_for_none_as_a_batch_does() {
    let place = Place::new("future_stream");
    let items =
        "{\"id\":\"1\",\"title\":\"Kite festival returns to the west pier, hosts say\",\"published\":\"2190-04-24\"}
{\"id\":\"2\",\"title\":\"Hosts confirm kite festival on the west pier\",\"published\":\"2025-10-14\"}\n";
    place.put("items.jsonl", items);
    let stories = |run: &std::process::Output| -> Vec<String> {
        let story = |row: &str| {
            serde_json::from_str::<serde_json::Value>(row).unwrap()["cluster_id"].to_string()
        };
        out(run).lines().map(story).collect()
    };
    let batch = place.run(&["cluster", "--format", "jsonl", "items.jsonl"]);
    let stream = place.run(&[
        "dedup",
        "--index",
        "index",
        "--stats",
        "stats.json",
        "items.jsonl",
    ]);
    for found in [&batch, &stream] {
        let stories = stories(found);
        assert_eq!(stories[0], stories[1], "{}", out(found));
        assert!(
            err(found).contains("1 items dated after tomorrow"),
            "{}",
            err(found)
        );
    }
    assert!(place.get("stats.json").contains("\"undated\": 1"));
}

#[test]
fn an_index_gives_the_lists_of_its_items() {
    let place = Place::new("similar");
    assert!(
        place
            .run(&["dedup", "-q", "--index", "seen", "samples/feed_en/feed.xml"])
            .status
            .success()
    );
    let read = place.run(&["similar", "-q", "samples/feed_en/feed.xml"]);
    let kept = place.run(&["similar", "-q", "--index", "seen"]);
    assert_eq!(out(&kept), out(&read), "{}", err(&kept));
    let one = place.run(&["similar", "-q", "--of", "w4", "--index", "seen"]);
    assert!(out(&read).contains(out(&one).trim_end()) && out(&one).lines().count() == 1);
}

#[test]
fn the_ending_of_a_file_says_how_it_is_written() {
    let place = Place::new("endings");
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
            place
                .run(&["cluster", "-q", "-o", name, feed])
                .status
                .success(),
            "{name}"
        );
        assert!(
            place.get(name).contains(told),
            "{name}: {}",
            place.get(name)
        );
    }
    let canonicals = place
        .get("out.jsonl")
        .matches("\"is_canonical\":true")
        .count();
    for name in ["out.json", "out.rss"] {
        let read = place.run(&["cluster", "-q", name]);
        assert_eq!(out(&read).lines().count(), canonicals, "{name}");
    }
    place.run(&[
        "cluster",
        "-q",
        "-o",
        "short.rss",
        "--feed-items",
        "2",
        feed,
    ]);
    assert_eq!(place.get("short.rss").matches("<item>").count(), 2);
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_holds_what_was_read() {
    let place = Place::new("parquet");
    let feed = "samples/feed_en/feed.xml";
    assert!(
        place
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
        place
            .run(&["cluster", "-q", "--labels", "second.tsv", "out.parquet"])
            .status
            .success()
    );
    assert_eq!(place.get("first.tsv"), place.get("second.tsv"));
}

#[test]
fn a_check_writes_nothing() {
    let place = Place::new("check");
    let ran = place.run(&["cluster", "--check", "samples/page_ar/page.txt"]);
    assert!(ran.stdout.is_empty());
    assert!(err(&ran).contains("stories"));
    let quiet = place.run(&["cluster", "--check", "-q", "samples/page_ar/page.txt"]);
    assert_eq!((quiet.status.code(), quiet.stderr.len()), (Some(1), 0));
}

#[test]
fn quiet_is_silent() {
    let place = Place::new("quiet");
    place.put(
        "items.jsonl",
        "{\"id\":\"1\",\"title\":\"a b c d\"}\nnot json\n{\"id\":\"2\",\"title\":\"e f g h\"}\n",
    );
    let said = place.run(&["cluster", "items.jsonl"]);
    assert!(err(&said).contains("items.jsonl:2"), "{}", err(&said));
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
        let ran = place.run(args);
        assert_eq!(
            (ran.status.code(), err(&ran)),
            (Some(0), String::new()),
            "{args:?}"
        );
    }
}

#[test]
fn nothing_but_text_goes_to_what_is_no_terminal() {
    let place = Place::new("plain");
    let ran = place.run(&["cluster", "--format", "text", "samples/page_ar/page.txt"]);
    assert!(!out(&ran).contains('\u{1b}') && !err(&ran).contains(['\u{1b}', '\r']));
    assert_eq!(err(&ran).lines().count(), 1, "{}", err(&ran));
}

#[test]
fn a_copy_of_what_is_not_canonical_stands_under_it() {
    let place = Place::new("under");
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
    place.put("items.jsonl", &items);
    let shown = out(&place.run(&["cluster", "--format", "text", "items.jsonl"]));
    let lines: Vec<&str> = shown.lines().collect();
    let copy = lines
        .iter()
        .position(|line| line.ends_with("[copy of the one above]"))
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
fn colour_is_asked_for_or_not() {
    let place = Place::new("colour");
    let text = ["cluster", "--format", "text", "samples/page_ar/page.txt"];
    let with = |color: &str| place.run(&[&text[..], &["--color", color]].concat());
    assert!(
        out(&with("always")).contains("\u{1b}[1m") && out(&with("always")).contains("\u{1b}[2m")
    );
    assert!(!out(&with("never")).contains('\u{1b}') && !out(&with("auto")).contains('\u{1b}'));
    let stripped = anstream::adapter::strip_str(&out(&with("always"))).to_string();
    assert_eq!(stripped, out(&with("never")));
    for (color, coloured) in [("always", true), ("never", false), ("auto", false)] {
        let help = out(&place.run(&["cluster", "--help", "--color", color]));
        assert_eq!(help.contains('\u{1b}'), coloured, "{color}");
    }
    assert_eq!(
        place.run(&["cluster", "--color", "pink"]).status.code(),
        Some(2)
    );
}

#[test]
fn what_is_misspelt_is_put_right() {
    let place = Place::new("suggest");
    place.put("key.toml", "[stories]\ntreshold = 0.3\n");
    place.put("value.toml", "level = \"storys\"\n");
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
        let ran = place.run(args);
        assert_eq!(ran.status.code(), Some(2), "{args:?}");
        assert!(err(&ran).contains(expected), "{args:?}: {}", err(&ran));
    }
    assert!(err(&place.run(&["cluster", "--config", "key.toml"])).contains("key.toml"));
}

#[test]
fn the_defaults_are_a_configuration() {
    let place = Place::new("defaults");
    place.put("all.toml", &out(&place.run(&["config", "--default"])));
    assert_eq!(
        out(&place.run(&["config", "--config", "all.toml"])),
        out(&place.run(&["config"]))
    );
    let page = "samples/page_ar/page.txt";
    assert_eq!(
        out(&place.run(&["cluster", "--config", "all.toml", page])),
        out(&place.run(&["cluster", page]))
    );
}

#[test]
fn every_shell_gets_completions() {
    let place = Place::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&place.run(&["completions", shell]));
        for word in ["qissa", "background", "threshold", "duplicates"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn every_subcommand_has_a_page() {
    let place = Place::new("man");
    assert_eq!(place.run(&["man", "--dir", "pages"]).status.code(), Some(0));
    assert_eq!(
        fs::read_dir(place.0.join("pages")).unwrap().count(),
        SUBCOMMANDS.len() + 1
    );
    for name in SUBCOMMANDS {
        let page = out(&place.run(&["man", name]));
        assert!(
            page.contains(".SH NAME") && page.contains(".SH OPTIONS") && page.contains("Example"),
            "{name}"
        );
        assert_eq!(page, place.get(&format!("pages/qissa-{name}.1")));
    }
    assert_eq!(out(&place.run(&["man"])), place.get("pages/qissa.1"));
}

#[test]
fn constraints_are_read_checked_and_met() {
    let place = Place::new("constraints");
    let titles = [
        "Minister opens the new bridge",
        "Minister opens a new bridge",
        "Rain expected on the coast",
    ];
    let items = titles
        .iter()
        .zip(["a", "b", "c"])
        .map(|(title, id)| format!("{{\"id\":{id:?},\"title\":{title:?}}}\n"));
    place.put("items.jsonl", &items.collect::<String>());
    place.put(
        "good.txt",
        "# editors\nmust-link\ta\tc\n- a b\n+ a elsewhere\n",
    );
    place.put("line.txt", "must-link a b\nmust-lnk a c\n");
    place.put("against.txt", "+ a b\n+ b c\n- a c\n");
    let run = |file: &str| {
        place.run(&[
            "cluster",
            "--constraints",
            file,
            "--labels",
            "labels.tsv",
            "items.jsonl",
        ])
    };
    let good = run("good.txt");
    assert_eq!(good.status.code(), Some(0), "{}", err(&good));
    assert!(
        err(&good).contains("no item bears: 1 (\"elsewhere\")"),
        "{}",
        err(&good)
    );
    assert!(
        out(&good).contains("\"match_kind\":\"must\""),
        "{}",
        out(&good)
    );
    let labels = place.get("labels.tsv");
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
            err(&ran).contains(expected) && ran.stdout.is_empty(),
            "{}",
            err(&ran)
        );
    }
}

#[test]
fn what_is_tuned_is_what_is_grouped_and_judged() {
    let place = Place::new("tune");
    let feed = [
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/feed_en/feed.xml",
    ];
    place.put("stories.tsv", &cut(&place.get(feed[1]), 1));
    place.put("duplicates.tsv", &cut(&place.get(feed[1]), 2));
    for level in ["stories", "duplicates"] {
        let with = [
            "tune",
            "--json",
            "--level",
            level,
            "--thresholds",
            "0.05:0.95:0.15",
        ];
        let ran = place.run(&[&with[..], &feed[..]].concat());
        assert_eq!((ran.status.code(), err(&ran)), (Some(0), String::new()));
        let curve: serde_json::Value = serde_json::from_str(&out(&ran)).unwrap();
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
            assert_eq!(place.run(&cluster).status.code(), Some(0));
            let judged = out(&place.run(&[
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
fn a_curve_is_told_and_drawn() {
    let place = Place::new("curve");
    let ran = place.run(&[
        "tune",
        "--svg",
        "c.svg",
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/feed_en/feed.xml",
    ]);
    let told = out(&ran);
    assert!(
        told.starts_with("11 items in 7 gold groups\n") && told.contains("  current, best\n"),
        "{told}"
    );
    assert!(
        told.ends_with("Leave stories.threshold at 0.155: it is the best that was tried.\n"),
        "{told}"
    );
    assert!(place.get("c.svg").starts_with("<svg "));
    place.put(
        "more.tsv",
        &(place.get("samples/feed_en/gold.tsv") + "z1\tstorm\t-\n"),
    );
    let ran = place.run(&["tune", "--gold", "more.tsv", "samples/feed_en/feed.xml"]);
    assert_eq!(
        (out(&ran), err(&ran)),
        (
            told,
            "1 of 12 items of the gold are not in the input\n".into()
        )
    );
    let wrong = place.run(&[
        "tune",
        "--gold",
        "samples/feed_en/gold.tsv",
        "samples/page_ar/page.txt",
    ]);
    assert!(
        err(&wrong).contains("samples/feed_en/gold.tsv: none of its 11 items is in the input"),
        "{}",
        err(&wrong)
    );
}

/// Pastes what each help shows into a shell.
#[cfg(unix)]
#[test]
fn every_example_works_when_pasted() {
    for name in SUBCOMMANDS.iter().chain(&["--color=never"]) {
        let place = Place::new(&format!("example{name}"));
        let help = out(&place.run(&[name, "--help"]));
        let (_, example) = help
            .split_once("Example:\n")
            .unwrap_or_else(|| panic!("{name} shows no example"));
        let example = example.replace(
            "MANPATH=man man qissa-cluster",
            "test -s man/man1/qissa-cluster.1",
        );
        let bin = Path::new(env!("CARGO_BIN_EXE_qissa")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        shell
            .args(["-e", "-c", &example])
            .current_dir(&place.0)
            .env("PATH", path)
            .env("HOME", &place.0);
        let ran = shell.output().unwrap();
        assert!(ran.status.success(), "{example}\n{}", err(&ran));
    }
}

/// Nobody reads the output of any of these.
#[cfg(unix)]
#[test]
fn a_broken_pipe_is_silent() {
    let place = Place::new("pipe");
    place.put("many.jsonl", &many(3000));
    place.put("gold.tsv", "a\tx\n");
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
        let mut child = place
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(
            (ran.status.code(), err(&ran)),
            (Some(0), String::new()),
            "{args:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    let place = Place::new("device");
    let page = "samples/page_ar/page.txt";
    let ran = place.run(&["cluster", "-q", "-o", "/dev/stdout", page]);
    assert_eq!(out(&ran), out(&place.run(&["cluster", "-q", page])));
}

#[test]
fn an_output_stays_as_it_was_when_the_run_fails() {
    let place = Place::new("keeps");
    place.put("out.jsonl", "old");
    let ran = place.run(&["cluster", "-o", "out.jsonl", "nowhere.jsonl"]);
    assert_eq!(
        (ran.status.code(), place.get("out.jsonl")),
        (Some(2), "old".into())
    );
    assert_eq!(place.names(), ["out.jsonl", "samples"]);
}

/// Interrupted while it waits for more input.
#[cfg(unix)]
#[test]
fn an_interruption_leaves_no_unfinished_file() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = Place::new(&format!("interrupt{signal}"));
        place.put("out.jsonl", "old");
        let mut child = place
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
        assert_eq!(place.get("out.jsonl"), "old");
        assert_eq!(place.names(), ["out.jsonl", "samples"]);
    }
}

/// Interrupted in the middle of writing: the part is there, then it is gone. A run that is over
/// before it is seen to write shows nothing, and is tried again.
#[cfg(unix)]
#[test]
fn an_interruption_while_writing_removes_the_part() {
    let place = Place::new("writing");
    place.put("many.jsonl", &many(60_000));
    let args = [
        "cluster",
        "-q",
        "--level",
        "duplicates",
        "-o",
        "out.jsonl",
        "many.jsonl",
    ];
    let part = || place.names().iter().any(|name| name.ends_with(".part"));
    let interrupted = || {
        place.put("out.jsonl", "old");
        let mut child = place.command(&args).spawn().unwrap();
        while !part() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill("INT", child.id());
        let code = child.wait().unwrap().code();
        assert!(!part(), "{code:?}");
        let found = place.get("out.jsonl");
        assert!(
            found == "old" || found.lines().count() == 60_000,
            "{code:?}"
        );
        code == Some(130) && found == "old"
    };
    assert!((0..20).any(|_| interrupted()), "it was never seen to write");
}

#[cfg(unix)]
fn kill(signal: &str, id: u32) {
    Command::new("kill")
        .args([&format!("-{signal}"), &id.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
}

#[test]
fn a_plan_says_what_a_run_takes_and_does_not_run() {
    let place = Place::new("plan");
    let items = "samples/mixed/items.jsonl";
    let told = place.run(&[
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
    assert_eq!(place.names(), ["samples"]);
    let other = place.run(&[
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
fn within_little_memory_labels_are_the_same() {
    let place = Place::new("limit");
    let line = |n: usize| {
        format!(
            "{{\"id\":\"i{n}\",\"title\":\"storm {} hits port {} hard\"}}\n",
            n / 3 % 9973,
            n / 2 % 8999
        )
    };
    place.put("many.jsonl", &(0..400_000).map(line).collect::<String>());
    let run = |args: &[&str]| {
        let all = [
            &["cluster", "-q", "--level", "duplicates", "many.jsonl"],
            args,
        ]
        .concat();
        place.run(&all)
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
    assert_eq!(place.get("whole.tsv"), place.get("limited.tsv"));
    assert_eq!(place.get("whole.pairs"), place.get("limited.pairs"));
    assert!(place.get("limited.pairs").lines().count() > 1000);
    let rows = run(&["--memory-limit", "200MB"]);
    assert_eq!(rows.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&rows.stderr).contains("--format none"));
    let too_little = run(&["--memory-limit", "1MB", "--format", "none"]);
    assert!(String::from_utf8_lossy(&too_little.stderr).contains("too little"));
}

#[test]
fn what_gives_nothing_is_an_error() {
    let place = Place::new("nothing");
    place.put("bad.jsonl", "not json\n{\"x\":1}\n");
    place.put("empty.jsonl", "");
    place.put("empty.xml", "");
    place.put(
        "feed.xml",
        "<rss version=\"2.0\"><channel><title>T</title></channel></rss>",
    );
    place.put("answer.json", "{\"status\":\"ok\",\"articles\":[]}");
    place.put(
        "strange.json",
        "{\"took\":1,\"rubrik\":{\"artiklar\":[{\"rubrik\":\"a\"}]}}",
    );
    fs::create_dir(place.0.join("folder")).unwrap();
    fs::write(place.0.join("folder/bad.jsonl"), "{\"x\":1}\n").unwrap();
    fs::write(place.0.join("folder/picture.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    for (input, told) in [
        (
            "bad.jsonl",
            "bad.jsonl gives no item: none of its records can be read (2)",
        ),
        ("empty.xml", "empty.xml gives no item: the file is empty"),
        ("strange.json", "name one of rubrik.artiklar with --records"),
        (
            "folder",
            "no item was read: 1 records skipped, 1 files passed over",
        ),
    ] {
        for args in [
            &["cluster", input] as &[&str],
            &["dedup", "--index", "seen", input],
        ] {
            let ran = place.run(args);
            assert_eq!(ran.status.code(), Some(2), "{args:?}");
            assert!(err(&ran).contains(told), "{args:?}: {}", err(&ran));
        }
    }
    for input in ["empty.jsonl", "feed.xml", "answer.json"] {
        let ran = place.run(&["cluster", input]);
        assert!(
            ran.status.success() && err(&ran).contains("no items in it"),
            "{input}: {}",
            err(&ran)
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
    assert_eq!(place.run(limited).status.code(), Some(2));
}

#[test]
fn the_list_of_records_can_be_named() {
    let place = Place::new("records");
    let item =
        |id: u32| format!("{{\"nr\":{id},\"rubrik\":\"Ferry {id} returns to the islands\"}}");
    place.put(
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
    let found = place.run(&[&args[..], &["svar.sidor.artiklar"]].concat());
    assert_eq!(out(&found).lines().count(), 2, "{}", err(&found));
    let missing = place.run(&[&args[..], &["svar.sidor.artikel"]].concat());
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        err(&missing).contains("did you mean \"svar.sidor.artiklar\"?"),
        "{}",
        err(&missing)
    );
}

#[test]
fn the_answers_of_services_are_read() {
    let place = Place::new("services");
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
    place.put(
        "pages.warc",
        &(warc("https://a.example/1", "Bridge opens")
            + &warc("https://a.example/2", "Ferry returns")),
    );
    place.put(
        "lines.json",
        "{\"version\":\"1\",\"items\":[\n{\"id\":\"1\",\"title\":\"a\"},\n{\"id\":\"2\",\"title\":\"b\"}\n]}",
    );
    place.put(
        "array.json",
        "[\n{\"id\":\"1\",\"title\":\"a\"},\n{\"id\":\"2\",\"title\":\"b\"}\n]",
    );
    place.put(
        "hits.json",
        r#"{"hits":{"hits":[{"_id":"1","_source":{"title":"a"}},{"_id":"2","_source":{"title":"b"}}]}}"#,
    );
    place.put(
        "cut.jsonl",
        "tle\":\"z\"}\n{\"id\":\"1\",\"title\":\"a\"}\n{\"id\":\"2\",\"title\":\"b\"}\n",
    );
    place.put("open.csv", "id,title\n0,\"z\n1,a\n2,b\n");
    for (input, skipped) in [
        ("pages.warc", None),
        ("lines.json", None),
        ("array.json", None),
        ("hits.json", None),
        ("cut.jsonl", Some("cut.jsonl:1: skipped")),
        ("open.csv", Some("open.csv:2: skipped")),
    ] {
        let ran = place.run(&["cluster", "--format", "jsonl", input]);
        assert_eq!(out(&ran).lines().count(), 2, "{input}: {}", err(&ran));
        let told = err(&ran);
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
fn a_folder_goes_on_past_what_it_cannot_read() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new("folder");
    let folder = place.0.join("in");
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
        let ran = place.run(args);
        assert!(ran.status.success(), "{}", err(&ran));
        assert_eq!(out(&ran).lines().count(), 1);
        for told in [
            "link to nowhere",
            "in/loop: it leads",
            "in/pipe: it is a pipe",
            "3 files passed over",
        ] {
            assert!(err(&ran).contains(told), "{told}: {}", err(&ran));
        }
    }
    let named = place
        .command(&["cluster", "-q"])
        .arg(Path::new("in").join(name))
        .output()
        .unwrap();
    assert_eq!(out(&named).lines().count(), 1, "{}", err(&named));
    // A pipe that is named is read.
    let mut reader = place
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
fn the_first_line_of_a_stream_is_decided_when_it_comes() {
    let place = Place::new("stream");
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
    let mut command = place.command(&args);
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
fn a_key_that_no_line_of_a_stream_has_is_an_error() {
    let place = Place::new("stream-key");
    let mut command = place.command(&[
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
        ran.status.code() == Some(2) && err(&ran).contains("did you mean \"title\"?"),
        "{}",
        err(&ran)
    );
}
