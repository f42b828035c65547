use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::Bound;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use qissa::Article;
use qissa::config::{Config, Level};
use qissa::index::{
    Arrival, Current, Decision, Delivery, Event, GroupFlaw, GroupKind, Item, Segment, SegmentNo,
};
use qissa::ingest::{self, Ingester};
use qissa::store::{self, Snapshot, Store};
use redb::{BackendError, StorageBackend};
use serde_json::Value;

use crate::common::{self, config, engine, partition, rows};

fn decisions(ingester: &mut Ingester, articles: &[Article<'_>]) -> Vec<Decision> {
    ingester
        .add(articles, 1_760_000_000)
        .unwrap()
        .outcomes
        .iter()
        .map(|one| one.decision)
        .collect()
}

fn of<'a>(id: &'a str, title: &'a str, source: &'a str, url: Option<&'a str>) -> Article<'a> {
    Article {
        source: Some(source.into()),
        url: url.map(Into::into),
        ..Article::headline(id, title)
    }
}

const BRIDGE: &str = "Minister opens the new bridge over the river";

#[test]
fn items_are_identified_by_id_and_link_and_duplicates_differ_from_versions() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
    let link = "https://harbour.example/a/1";
    let first = of("1", BRIDGE, "Harbour", Some(link));
    assert_eq!(
        decisions(&mut ingester, &[first.clone(), first.clone()]),
        [Decision::New, Decision::Seen]
    );
    drop(ingester);
    let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
    let tracked = of(
        "https://x.example/?p=1",
        BRIDGE,
        "Harbour",
        Some("http://m.harbour.example/a/1/?utm_source=x#top"),
    );
    let changed = of(
        "1",
        "Minister opens the new bridge over the river at last",
        "Harbour",
        Some(link),
    );
    let other = of("1", BRIDGE, "Hill Post", Some("https://hill.example/b/2"));
    let same_source = of("2", BRIDGE, "Harbour", Some("https://harbour.example/a/2"));
    let taken = decisions(
        &mut ingester,
        &[
            first.clone(),
            tracked,
            changed.clone(),
            other,
            same_source,
            first,
            changed,
        ],
    );
    use Decision::{Duplicate, Seen, Update};
    assert_eq!(
        taken,
        [Seen, Seen, Update, Duplicate, Duplicate, Seen, Seen]
    );
}

#[test]
fn update_is_no_duplicate_of_its_own_older_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
    ingester
        .add(&[of("1", BRIDGE, "Harbour", None)], 0)
        .unwrap();
    let commit = ingester
        .add(
            &[of(
                "1",
                "Minister opens new bridge over the river",
                "Harbour",
                None,
            )],
            1,
        )
        .unwrap();
    assert_eq!(
        (
            commit.outcomes[0].decision,
            commit.outcomes[0].near_dup.items
        ),
        (Decision::Update, 1)
    );
}

#[test]
fn new_report_of_a_known_story_joins_the_story() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester = Ingester::open(folder.path(), &Config::default(), None).unwrap();
    let decided = decisions(
        &mut ingester,
        &[
            Article::headline("1", "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين"),
            Article::headline("2", "مجلس الأمن يناقش الملف الليبي"),
        ],
    );
    assert_eq!(decided, [Decision::New, Decision::New]);
    let commit = ingester
        .add(
            &[Article::headline(
                "3",
                "الشرع يزور موسكو غدا ويفتح صفحة جديدة مع روسيا",
            )],
            0,
        )
        .unwrap();
    assert_eq!(commit.outcomes[0].decision, Decision::Story);
    let cluster = commit.outcomes[0].cluster;
    assert_eq!((cluster.id.0, cluster.items), (0, 2));
    assert_eq!(commit.outcomes[0].canonical.id.len(), 1);
}

/// Titles of few words and sources, some with boilerplate that only its repetition gives away.
fn headlines() -> impl Strategy<Value = Vec<(String, &'static str)>> {
    let slot = proptest::sample::select(vec![
        "rain", "snow", "hail", "wind", "fog", "heat", "dust", "ice",
    ]);
    let line = (0usize..6, slot.clone(), slot, 0u32..60).prop_map(|(kind, a, b, number)| match kind {
        0 => (format!("weather today brings {a} and {b} to the northern coast says office {number}"), "Le Fanal"),
        1 => (format!("LIVE: weather today brings {a} and {b} to town"), "Le Fanal"),
        2 => (format!("{a} closes the road {number}"), "Hill Post"),
        3 => (format!("Road Desk | {a} closes the road {number}"), "Hill Post"),
        4 => (format!("{a} closes the road {number} – Valley Direct"), "Harbour"),
        _ => (
            format!("the office says the weather brings {a} then {b} on day {number} of the long season - Reuters"),
            "Harbour",
        ),
    });
    proptest::collection::vec(line, 2..240)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn index_has_the_groups_of_a_batch(titles in headlines(), stops in proptest::collection::vec(1usize..90, 1..6)) {
        let articles: Vec<Article<'_>> =
            titles.iter().enumerate().map(|(at, (title, source))| Article {
                source: Some((*source).into()), ..Article::headline(format!("id{at}"), title.as_str())
            }).collect();
        let report = engine(Level::Duplicates).group(&articles);
        let batch = partition(articles.iter().zip(&report.placements).map(|(one, place)| (one.id.to_string(), place.near_dup)));
        let folder = tempfile::tempdir().unwrap();
        let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
        let mut rest = articles.as_slice();
        for stop in stops.iter().cycle() {
            let (now, later) = rest.split_at((*stop).min(rest.len()));
            ingester.add(now, 0).unwrap();
            rest = later;
            if rest.is_empty() {
                break;
            }
            drop(ingester);
            ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
        }
        let index = ingester.index();
        let labels = index.group_ids(GroupKind::Duplicates);
        let one_by_one = partition(index.ids().into_iter().map(|(number, id)| (id.to_owned(), labels.group(number))));
        prop_assert_eq!(one_by_one, batch);
    }
}

/// A disk that loses unsynced changes: some of them arrive, some arrive torn.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    live: Vec<u8>,
    synced: Vec<u8>,
    changes: Vec<Change>,
    /// Calls until the power is lost.
    left: u64,
}

#[derive(Debug, Clone)]
enum Change {
    Length(usize),
    Bytes(usize, Vec<u8>),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Length(length) => bytes.resize(*length, 0),
            Change::Bytes(at, data) => {
                // A write behind the end extends the file.
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[*at..at + data.len()].copy_from_slice(data);
            }
        }
    }

    fn torn(&self) -> Change {
        match self {
            Change::Length(length) => Change::Length(*length),
            Change::Bytes(at, data) => Change::Bytes(*at, data[..data.len() / 2].to_vec()),
        }
    }
}

impl Disk {
    /// The disk after a loss of power; `luck` chooses which changes arrived.
    fn after_loss(&self, mut luck: u64) -> Disk {
        let state = self.0.lock().unwrap();
        let mut bytes = state.synced.clone();
        for change in &state.changes {
            luck = luck
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            match luck >> 62 {
                0 => {}
                1 => change.torn().apply(&mut bytes),
                _ => change.apply(&mut bytes),
            }
        }
        Disk::holding(bytes, u64::MAX)
    }

    fn holding(bytes: Vec<u8>, left: u64) -> Disk {
        Disk(Arc::new(Mutex::new(State {
            live: bytes.clone(),
            synced: bytes,
            changes: Vec::new(),
            left,
        })))
    }

    /// The state, unless the power is lost.
    fn powered(&self) -> Result<std::sync::MutexGuard<'_, State>, std::io::Error> {
        let mut state = self.0.lock().unwrap();
        state.left = state
            .left
            .checked_sub(1)
            .ok_or_else(|| std::io::Error::other("no power"))?;
        Ok(state)
    }

    fn change(&self, change: Change) -> Result<(), std::io::Error> {
        let mut state = self.powered()?;
        change.apply(&mut state.live);
        state.changes.push(change);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.0.lock().unwrap().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let at = offset as usize;
        let state = self.0.lock().unwrap();
        let bytes = state
            .live
            .get(at..at + out.len())
            .ok_or(std::io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.change(Change::Length(len as usize))
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        let mut state = self.powered()?;
        state.synced = state.live.clone();
        state.changes.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.change(Change::Bytes(offset as usize, data.to_vec()))
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

/// Commits until the power is lost. Returns the number of commits, or `None` if the index was not
/// created.
fn commits_until_the_end(
    disk: &Disk,
    settings: &BTreeMap<String, String>,
    length: usize,
) -> Option<u64> {
    let mut store = Store::over(disk.clone(), settings).ok()?;
    let mut commit = |at: u64| {
        let items = vec![Item::of(
            &Article::headline("1", format!("headline {at} {}", "word ".repeat(length))),
            Arrival(at),
            0,
        )];
        store
            .commit(
                &mut Segment {
                    items,
                    ..Segment::default()
                },
                SegmentNo(0),
                Delivery::default(),
            )
            .is_ok()
    };
    Some((0..12).take_while(|&at| commit(at)).count() as u64)
}

#[test]
fn commits_survive_a_loss_of_power_at_any_moment() {
    let settings = config(Level::Duplicates).matching();
    let mut outcomes = BTreeSet::new();
    for calls in 1..160u64 {
        for luck in 0..4 {
            let disk = Disk::holding(Vec::new(), calls);
            let Some(acknowledged) =
                commits_until_the_end(&disk, &settings, (calls * 37 % 1500) as usize)
            else {
                continue;
            };
            let store = Store::over(disk.after_loss(calls * 4 + luck), &settings).unwrap();
            let mut numbers = Vec::new();
            store
                .visit(|segment, _| numbers.push(segment.items[0].arrival.0))
                .unwrap();
            assert!(
                (acknowledged..=acknowledged + 1).contains(&(numbers.len() as u64)),
                "{calls} calls: {numbers:?}"
            );
            assert_eq!(
                numbers,
                (0..numbers.len() as u64).collect::<Vec<_>>(),
                "{calls} calls"
            );
            outcomes.insert((acknowledged, numbers.len()));
        }
    }
    // Some losses were within commits, and some of these commits were already on disk.
    assert!(outcomes.len() > 12, "{outcomes:?}");
}

/// Starts the program with pipes for input and outputs.
fn begin(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn qissa(args: &[&str], input: &str) -> Output {
    let mut child = begin(args);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let feeder = std::thread::spawn(move || _ = stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn lines(count: usize) -> String {
    let place = |at: usize| ["harbour", "market", "valley", "station", "castle"][at % 5];
    (0..count)
        .map(|at| {
            format!(
                "{{\"id\":\"n{at}\",\"title\":\"Report {at} on the {} of town {}\"}}\n",
                place(at),
                at * 7919
            )
        })
        .collect()
}

/// The ids that a run printed as not seen before, until it ended or was killed after `rows` rows,
/// and whether it was killed.
fn run_until(
    rows: Option<u64>,
    index: &Path,
    input: &Path,
    redeliver: bool,
) -> (Vec<String>, bool) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_qissa"))
        .args([
            "dedup",
            "-q",
            "--level",
            "duplicates",
            "--commit-items",
            "8",
        ])
        .args(redeliver.then_some("--redeliver"))
        .arg("--index")
        .args([index, input])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut unseen = Vec::new();
    for (count, line) in (1..).zip(
        BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok),
    ) {
        if Some(count) == rows {
            child.kill().unwrap();
        }
        // A line that the kill cut was not printed.
        let Ok(row) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        unseen.extend((row["decision"] != "seen").then(|| row["id"].as_str().unwrap().to_owned()));
    }
    (unseen, !child.wait().unwrap().success())
}

/// The number of rounds that an environment variable sets, or 12.
fn rounds(variable: &str) -> u64 {
    match std::env::var(variable) {
        Ok(rounds) => rounds.parse().unwrap(),
        Err(_) => 12,
    }
}

/// QISSA_KILLS sets the number of kills, such as 200.
#[test]
fn kills_neither_lose_nor_repeat_printed_rows() {
    let kills = rounds("QISSA_KILLS");
    for redeliver in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (index, input) = (
            folder.path().join("index"),
            folder.path().join("input.jsonl"),
        );
        let total = kills as usize * 500;
        let all = lines(total);
        let mut printed: BTreeSet<String> = BTreeSet::new();
        let (mut repeated, mut struck) = (0, 0);
        for kill in 0..=kills {
            // Items that were printed come again.
            let from = printed.len().saturating_sub(200);
            fs::write(
                &input,
                all.lines()
                    .skip(from)
                    .map(|line| format!("{line}\n"))
                    .collect::<String>(),
            )
            .unwrap();
            let stop = (kill < kills).then(|| 1 + kill * 37 % 300);
            let (unseen, was_killed) = run_until(stop, &index, &input, redeliver);
            struck += u64::from(was_killed);
            repeated += unseen
                .into_iter()
                .filter(|id| !printed.insert(id.clone()))
                .count();
        }
        let kept = rows(&qissa(&["index", "export", index.to_str().unwrap()], ""));
        let kept: BTreeSet<String> = kept
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kept.len(), total);
        assert!(
            printed.is_subset(&kept) && struck > kills / 2,
            "{struck} kills came in mid-run"
        );
        // Without --redeliver, rows lost by a kill are not printed; with it, rows may be printed
        // twice.
        assert!(if redeliver {
            printed == kept && repeated <= 8 * kills as usize
        } else {
            repeated == 0
        });
        assert!(printed.len() + 8 * kills as usize >= total);
    }
}

fn filled(folder: &Path) -> String {
    let index = folder.join("index");
    let index = index.to_str().unwrap();
    rows(&qissa(
        &[
            "dedup",
            "--level",
            "duplicates",
            "--index",
            index,
            "--commit-items",
            "50",
        ],
        &lines(600),
    ));
    index.to_owned()
}

/// The bytes of a file with one byte changed, or with the end cut off.
fn damaged(whole: &[u8], damage: u64) -> Vec<u8> {
    let at = (damage.wrapping_mul(0x9e37_79b9_7f4a_7c15) % whole.len() as u64) as usize;
    match damage {
        0 => Vec::new(),
        _ if damage.is_multiple_of(5) => whole[..at].to_vec(),
        _ => whole
            .iter()
            .enumerate()
            .map(|(place, byte)| if place == at { byte ^ 0x55 } else { *byte })
            .collect(),
    }
}

/// Checks that commands on a damaged index answer as before, or fail and name the file.
#[track_caller]
fn named_or_as_before(index: &str, answer: &[u8], damage: u64) {
    let export = qissa(&["index", "export", index], "");
    let verify = qissa(&["index", "verify", index], "");
    let dedup = qissa(
        &["dedup", "--level", "duplicates", "--index", index],
        &lines(600),
    );
    for (output, as_before) in [
        (&export, export.stdout == answer),
        (&verify, export.status.success()),
        (
            &dedup,
            dedup
                .stdout
                .lines()
                .all(|line| line.unwrap().contains("\"decision\":\"seen\"")),
        ),
    ] {
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => assert!(as_before, "damage {damage} changed the answer: {said}"),
            false => assert!(
                said.contains("index.redb") && !said.contains("panicked"),
                "damage {damage}: {said}"
            ),
        }
    }
}

fn groups_of(rows: &[Value]) -> BTreeSet<BTreeSet<String>> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    partition(
        rows.iter()
            .map(|row| (text(row, "id"), text(row, "near_dup_id"))),
    )
}

/// QISSA_DAMAGES sets the number of damages, such as 50.
#[test]
fn damage_is_reported_or_repaired_and_never_gives_wrong_answers() {
    let damages = rounds("QISSA_DAMAGES");
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let file = Path::new(&index).join("index.redb");
    let whole = fs::read(&file).unwrap();
    let answer = qissa(&["index", "export", &index], "");
    let before: BTreeMap<String, Value> = rows(&answer)
        .into_iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row))
        .collect();
    for damage in 0..damages {
        let bytes = damaged(&whole, damage);
        fs::write(&file, &bytes).unwrap();
        named_or_as_before(&index, &answer.stdout, damage);
        fs::write(&file, &bytes).unwrap();
        let output = qissa(&["index", "rebuild", &index], "");
        assert!(
            output.status.success(),
            "damage {damage}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(qissa(&["index", "verify", &index], "").status.success());
        let export = qissa(&["index", "export", &index], "");
        let kept = rows(&export);
        // A byte is in one segment at most, and a segment has fifty items.
        assert!(
            kept.len() >= 550 || bytes.len() < whole.len(),
            "damage {damage} left {}",
            kept.len()
        );
        for row in &kept {
            let old = &before[row["id"].as_str().unwrap()];
            assert!(
                ["title", "first_seen"]
                    .iter()
                    .all(|name| row[name] == old[name]),
                "{row} was {old}"
            );
        }
        let export = String::from_utf8(export.stdout).unwrap();
        let batch = rows(&qissa(
            &["cluster", "--level", "duplicates", "--format", "jsonl", "-"],
            &export,
        ));
        assert_eq!(groups_of(&kept), groups_of(&batch), "damage {damage}");
    }
}

#[test]
fn forgotten_items_are_in_no_byte_of_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let secret = "The quiet lighthouse keeper retires after forty winters";
    let item = format!(
        "{{\"id\":\"secret-7\",\"title\":\"{secret}\"}}\n{{\"id\":\"open\",\"title\":\"{secret} (photos)\"}}\n"
    );
    rows(&qissa(&["dedup", "--index", &index], &item));
    let holds = |needle: &str| {
        fs::read_dir(&index).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        })
    };
    assert!(holds("secret-7") && holds(secret));
    assert!(
        qissa(&["index", "forget", &index, "secret-7", "open"], "")
            .status
            .success()
    );
    assert!(!holds("secret-7") && !holds(secret));
    let again = rows(&qissa(&["dedup", "--index", &index], &item));
    assert_eq!(
        (again[0]["decision"].as_str(), again[1]["decision"].as_str()),
        (Some("new"), Some("duplicate"))
    );
    assert!(
        !qissa(&["index", "forget", &index, "nobody"], "")
            .status
            .success()
    );
}

#[test]
fn other_settings_are_refused_with_both_values_until_a_rebuild() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let refused = qissa(
        &["dedup", "--index", &index, "--threshold", "0.5"],
        &lines(1),
    );
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("duplicates.threshold is 0.7")
            && said.contains("0.5 here")
            && said.contains("rebuild"),
        "{said}"
    );
    assert!(
        qissa(&["index", "rebuild", &index, "--threshold", "0.5"], "")
            .status
            .success()
    );
    let seen = rows(&qissa(
        &["dedup", "--index", &index, "--threshold", "0.5"],
        &lines(600),
    ));
    assert!(seen.iter().all(|row| row["decision"] == "seen"));
}

#[test]
fn unseen_items_expire_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    assert!(qissa(&["index", "compact", &index], "").status.success());
    assert!(
        qissa(&["index", "expire", "--keep", "1d", &index], "")
            .status
            .success()
    );
    assert_eq!(rows(&qissa(&["index", "export", &index], "")).len(), 600);
    std::thread::sleep(Duration::from_millis(1100));
    assert!(
        qissa(&["index", "expire", "--keep", "0s", &index], "")
            .status
            .success()
    );
    assert!(rows(&qissa(&["index", "export", &index], "")).is_empty());
    assert!(qissa(&["index", "verify", &index], "").status.success());
    let again = rows(&qissa(&["dedup", "--index", &index], &lines(2)));
    assert!(again.iter().all(|row| row["decision"] == "new"));
}

#[test]
fn only_an_unclean_shutdown_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let says_so = || {
        let output = qissa(&["dedup", "--index", &index], "");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).contains("unclean shutdown")
    };
    assert!(!says_so());
    assert!(
        !qissa(&["dedup", "--index", &index, "no such file"], &lines(1))
            .status
            .success()
    );
    assert!(
        !qissa(
            &["dedup", "--index", &index, "-", "no such file"],
            &lines(700)
        )
        .status
        .success()
    );
    assert!(!says_so());
    std::thread::sleep(Duration::from_millis(1100));
    assert!(
        qissa(&["index", "expire", "--keep", "0s", &index], "")
            .status
            .success()
    );
    assert!(!says_so());
}

#[test]
fn item_that_is_still_seen_outlives_its_first_segment() {
    let folder = tempfile::tempdir().unwrap();
    let day = 86_400;
    let mut ingester =
        Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * day)).unwrap();
    let (kept, gone) = (
        of("1", BRIDGE, "Harbour", None),
        of("2", "Rain expected on the coast", "Harbour", None),
    );
    let copy = of("3", BRIDGE, "Hill", None);
    ingester
        .add(&[kept.clone(), gone.clone(), copy.clone()], 0)
        .unwrap();
    for at in 1..=5 {
        let commit = ingester.add(std::slice::from_ref(&copy), at * day).unwrap();
        let size = if at <= 3 { 2 } else { 1 };
        let outcome = &commit.outcomes[0];
        assert_eq!(outcome.decision, Decision::Seen, "day {at}");
        let near_dup = (outcome.near_dup.id.0, outcome.near_dup.items);
        assert_eq!(near_dup, (0, size), "day {at}");
        if at == 4 {
            drop(ingester);
            ingester =
                Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * day)).unwrap();
        }
    }
    let commit = ingester.add(&[kept, gone], 5 * day).unwrap();
    let decided: Vec<Decision> = commit.outcomes.iter().map(|one| one.decision).collect();
    assert_eq!(decided, [Decision::Duplicate, Decision::New]);
}

const DAY: i64 = 86_400;

#[test]
fn each_version_that_is_still_seen_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester =
        Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * DAY)).unwrap();
    // A feed that has two versions of one item at each fetch.
    let edited = format!("{BRIDGE} today");
    let versions = [
        of("1", BRIDGE, "Harbour", None),
        of("1", &edited, "Harbour", None),
    ];
    for day in 0..=8 {
        let decided: Vec<Decision> = ingester
            .add(&versions, day * DAY)
            .unwrap()
            .outcomes
            .iter()
            .map(|one| one.decision)
            .collect();
        let expected = if day == 0 {
            [Decision::New, Decision::Update]
        } else {
            [Decision::Seen; 2]
        };
        assert_eq!(decided, expected, "day {day}");
    }
}

#[test]
fn item_that_is_redelivered_after_a_pause_stays() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * DAY)).unwrap();
    let item = [of("1", BRIDGE, "Harbour", None)];
    // The run ends before it acknowledges.
    open().add(&item, 0).unwrap();
    let mut ingester = open();
    ingester.redeliver();
    assert_eq!(
        ingester.add(&item, 5 * DAY).unwrap().outcomes[0].decision,
        Decision::New
    );
    ingester.drop_expired(5 * DAY).unwrap();
    ingester.acknowledge_durably().unwrap();
    drop(ingester);
    assert_eq!(
        open().add(&item, 6 * DAY).unwrap().outcomes[0].decision,
        Decision::Seen
    );
}

/// Titles without a common word.
fn unlike(count: usize) -> Vec<String> {
    (0..count)
        .map(|at| format!("town{at} opens bridge{at} over river{at}"))
        .collect()
}

/// Adds items in commits of a given size, a minute apart; returns the decisions.
fn in_shares(
    ingester: &mut Ingester,
    articles: &[Article<'_>],
    share: usize,
    now: i64,
) -> Vec<Decision> {
    let shares = articles.chunks(share).zip(0_i64..);
    let take = |(some, at)| ingester.add(some, now + 60 * at).unwrap().outcomes;
    shares.flat_map(take).map(|one| one.decision).collect()
}

#[test]
fn items_still_in_their_feed_after_a_pause_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        || Ingester::open(folder.path(), &config(Level::Duplicates), Some(14 * DAY)).unwrap();
    let titles = unlike(60);
    let items = common::headlines(&titles);
    let mut ingester = open();
    in_shares(&mut ingester, &items, 20, 0);
    // Half a day later the items are seen, but not written again.
    in_shares(&mut ingester, &items, 20, DAY / 2);
    for (day, restarts) in [(20, false), (45, true)] {
        if restarts {
            drop(ingester);
            ingester = open();
        }
        // One item has left the feed, and the run ends too early.
        let decided = in_shares(&mut ingester, &items[1..40], 7, day * DAY);
        assert!(
            decided.iter().all(|&decision| decision == Decision::Seen),
            "day {day}: {decided:?}"
        );
        drop(ingester);
        ingester = open();
        let decided = in_shares(&mut ingester, &items[1..], 7, day * DAY + 3600);
        assert!(
            decided.iter().all(|&decision| decision == Decision::Seen),
            "day {day}: {decided:?}"
        );
        let gone = ingester.drop_expired(day * DAY + 7200).unwrap().expired;
        assert_eq!(
            (gone, ingester.index().len()),
            (usize::from(day == 20), 59),
            "day {day}"
        );
    }
    let decided = in_shares(&mut ingester, &items, 60, 46 * DAY);
    assert_eq!(
        decided
            .iter()
            .filter(|&&decision| decision == Decision::New)
            .count(),
        1
    );
}

#[test]
fn expiry_waits_a_day_unless_the_run_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester =
        Ingester::open(folder.path(), &config(Level::Duplicates), Some(14 * DAY)).unwrap();
    let titles = unlike(40);
    let items = common::headlines(&titles);
    ingester.add(&items[..20], 0).unwrap();
    for (hours, expired) in [(0, 0), (12, 0), (36, 0), (60, 20)] {
        let at = 20 + hours as usize / 12;
        assert_eq!(
            ingester
                .add(&items[at..at + 1], 20 * DAY + hours * 3600)
                .unwrap()
                .expired,
            expired,
            "{hours} hours"
        );
    }
}

#[test]
fn one_run_under_a_wrong_clock_drops_nothing_and_expiry_goes_on() {
    const YEAR: i64 = 365 * DAY;
    for wrong in [13 * YEAR, -40 * YEAR] {
        let folder = tempfile::tempdir().unwrap();
        let run = |items: &[Article<'_>], now: i64| {
            let mut ingester =
                Ingester::open(folder.path(), &config(Level::Duplicates), Some(14 * DAY)).unwrap();
            let decided = in_shares(&mut ingester, items, 7, now);
            ingester.drop_expired(now + 3600).unwrap();
            (decided, ingester.index().len())
        };
        let titles = unlike(30);
        let items = common::headlines(&titles);
        let start = 20_000 * DAY;
        run(&items[..20], start);
        let (_, count) = run(&items[20..25], start + wrong);
        assert_eq!(count, 25, "no item is dropped");
        let (decided, count) = run(&items[..10], start + DAY);
        assert_eq!((decided, count), (vec![Decision::Seen; 10], 25));
        // Items that were not seen since expire in time.
        for day in 2..=13 {
            assert_eq!(run(&items[..10], start + day * DAY).1, 25, "day {day}");
        }
        assert_eq!(run(&items[..10], start + 17 * DAY).1, 10);
        assert_eq!(run(&items[10..25], start + 17 * DAY).0, [Decision::New; 15]);
    }
}

#[test]
fn clock_wrong_from_the_first_commit_does_not_stop_expiry() {
    let folder = tempfile::tempdir().unwrap();
    let mut ingester =
        Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * DAY)).unwrap();
    let titles = unlike(10);
    let items = common::headlines(&titles);
    ingester.add(&items[..5], 40_000 * DAY).unwrap();
    for day in 0..5 {
        let decided = ingester
            .add(&items[5..], 20_000 * DAY + day * DAY)
            .unwrap()
            .outcomes;
        assert_eq!(
            decided[0].decision,
            if day == 0 {
                Decision::New
            } else {
                Decision::Seen
            }
        );
    }
    assert_eq!(ingester.index().len(), 5);
}

#[test]
fn unseen_version_expires_though_its_item_stays() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * DAY)).unwrap();
    let version = |text: &'static str| of("1", text, "Harbour", None);
    let [first, second] = [
        version(BRIDGE),
        version("Minister opens the new bridge over the river at last"),
    ];
    for restarts in [false, true] {
        let mut ingester = open();
        ingester.add(std::slice::from_ref(&first), 0).unwrap();
        for day in 1..=5 {
            ingester
                .add(std::slice::from_ref(&second), day * DAY)
                .unwrap();
        }
        if restarts {
            drop(ingester);
            ingester = open();
        }
        let decided = ingester
            .add(std::slice::from_ref(&first), 5 * DAY + 60)
            .unwrap()
            .outcomes;
        assert_eq!(
            decided[0].decision,
            Decision::Update,
            "restarted: {restarts}"
        );
        drop(ingester);
        fs::remove_dir_all(folder.path()).unwrap();
    }
}

#[test]
fn item_beyond_the_maximum_age_is_old_at_first_and_seen_after() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        Ingester::open(folder.path(), &config(Level::Duplicates), Some(14 * DAY))
            .unwrap()
            .with_max_age(Some(30 * DAY))
    };
    let now = 20_000 * DAY;
    let dated = |id: &'static str, title: &'static str, days: i64| Article {
        published: Some(qissa::article::Timestamp(now - days * DAY)),
        ..of(id, title, "Harbour", None)
    };
    let items = [
        dated("1", BRIDGE, 29),
        dated("2", "Rain is expected on the coast at the weekend", 31),
        of(
            "3",
            "Ferry to the islands is back after a winter",
            "Harbour",
            None,
        ),
        dated("4", "Rain is expected on the coast at the weekend", 32),
    ];
    let mut ingester = open();
    let lookups: Vec<Decision> = ingester
        .classify(&items, now)
        .iter()
        .map(|sight| sight.decision)
        .collect();
    let decided: Vec<Decision> = ingester
        .add(&items, now)
        .unwrap()
        .outcomes
        .iter()
        .map(|one| one.decision)
        .collect();
    assert_eq!(
        decided,
        [Decision::New, Decision::Old, Decision::New, Decision::Old]
    );
    assert_eq!(lookups, decided);
    drop(ingester);
    let mut ingester = open();
    let decided = in_shares(&mut ingester, &items, 1, now + DAY);
    assert_eq!(decided, [Decision::Seen; 4]);
    // Expired items that come back are old.
    ingester.drop_older(0, now + 20 * DAY).unwrap();
    let decided = in_shares(&mut ingester, &items[..3], 1, now + 20 * DAY);
    assert_eq!(decided, [Decision::Old, Decision::Old, Decision::New]);
}

#[test]
fn hidden_old_item_does_not_become_canonical_of_later_items() {
    let day = |days: i64| {
        jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - days * DAY)
            .unwrap()
            .to_string()
    };
    let item = |id: &str, source: &str, days: i64| {
        serde_json::json!({"id": id, "title": BRIDGE, "source": source, "published": day(days)})
            .to_string()
    };
    let items = [
        item("1", "Harbour", 5),
        item("2", "Hill", 1),
        item("3", "Post", 0),
    ];
    let args = ["--level", "duplicates", "--max-age", "3d"];
    let (printed, canonical) =
        printed_one_by_one(&items, &[&args[..], &["--drop", "old,duplicates"]].concat());
    assert_eq!((printed, canonical.as_str()), (vec!["2".to_owned()], "2"));
    let (printed, _) = printed_one_by_one(&items, &args);
    assert_eq!(printed, ["1", "2", "3"]);
    let (printed, _) = printed_one_by_one(&items, &["--level", "duplicates", "--drop", "old"]);
    assert_eq!(printed, ["1", "2", "3"], "without --max-age no item is old");
}

/// The first contradiction among the groups of an index.
fn flaw(folder: &Path, kind: GroupKind) -> Option<GroupFlaw> {
    let mut current = Current::default();
    Snapshot::open(folder)
        .unwrap()
        .visit(|segment, _| current.add(segment))
        .unwrap();
    current.groups.flaw(kind, current.items.into_keys())
}

fn groups_of_index(ingester: &Ingester) -> BTreeSet<BTreeSet<String>> {
    let index = ingester.index();
    let labels = index.group_ids(GroupKind::Duplicates);
    partition(
        index
            .ids()
            .into_iter()
            .map(|(number, id)| (id.to_owned(), labels.group(number))),
    )
}

fn groups_of_batch(articles: &[Article<'_>]) -> BTreeSet<BTreeSet<String>> {
    let report = engine(Level::Duplicates).group(articles);
    partition(
        articles
            .iter()
            .zip(&report.placements)
            .map(|(one, place)| (one.id.to_string(), place.near_dup)),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn after_forgetting_the_groups_are_those_of_a_batch_of_the_rest(
        titles in headlines(),
        share in 20usize..200,
        goes in proptest::collection::vec(proptest::bool::weighted(0.3), 240),
        level in proptest::sample::select(vec![Level::Duplicates, Level::Stories]),
    ) {
        let articles: Vec<Article<'_>> =
            titles.iter().enumerate().map(|(at, (title, source))| Article {
                source: Some((*source).into()), ..Article::headline(format!("id{at:03}"), title.as_str())
            }).collect();
        let config = Config { level, ..Config::default() };
        let folder = tempfile::tempdir().unwrap();
        let mut ingester = Ingester::open(folder.path(), &config, None).unwrap();
        in_shares(&mut ingester, &articles, share, 0);
        drop(ingester);
        let (gone, rest): (Vec<_>, Vec<_>) = articles.iter().cloned().zip(goes).partition(|(_, goes)| *goes);
        let rest: Vec<Article<'_>> = rest.into_iter().map(|(article, _)| article).collect();
        let ids: Vec<String> = gone.iter().map(|(article, _)| article.id.to_string()).collect();
        prop_assert_eq!(ingest::forget(folder.path(), &ids).unwrap().items, ids.len());
        let kind = GroupKind::from(level);
        prop_assert_eq!(flaw(folder.path(), kind), None);
        let mut ingester = Ingester::open(folder.path(), &config, None).unwrap();
        prop_assert_eq!(groups_of_index(&ingester), groups_of_batch(&rest));
        let decided = ingester.add(&rest, 60).unwrap().outcomes;
        prop_assert!(decided.iter().all(|one| one.decision == Decision::Seen));
        if level == Level::Duplicates {
            let report = engine(Level::Duplicates).group(&rest);
            for (one, place) in decided.iter().zip(&report.placements).filter(|(one, _)| one.cluster.items <= 128) {
                prop_assert_eq!(&one.canonical.id, &*rest[place.canonical].id);
            }
        }
    }
}

#[test]
fn group_that_loses_its_canonical_gets_another() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("index");
    let index = index.to_str().unwrap();
    let items: String = ["Harbour", "Hill", "Post"]
        .map(|source| {
            format!(
                "{}\n",
                serde_json::json!({"id": source, "title": BRIDGE, "source": source})
            )
        })
        .concat();
    rows(&qissa(
        &["dedup", "-q", "--level", "duplicates", "--index", index],
        &items,
    ));
    let canonical = |kept: &[Value]| {
        let canonicals: BTreeSet<String> = kept
            .iter()
            .map(|row| row["canonical_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(canonicals.len(), 1, "{kept:?}");
        canonicals.into_iter().next().unwrap()
    };
    let export = || rows(&qissa(&["index", "export", index], ""));
    let first = canonical(&export());
    assert!(
        qissa(&["index", "forget", index, &first], "")
            .status
            .success()
    );
    let kept = export();
    let second = canonical(&kept);
    assert!(second != first && kept.iter().any(|row| row["id"] == second.as_str()));
    assert_eq!((kept.len(), groups_of(&kept).len()), (2, 1));
    assert!(qissa(&["index", "verify", index], "").status.success());
}

#[test]
fn expiry_of_a_canonical_is_an_event_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Ingester::open(folder.path(), &config(Level::Duplicates), Some(3 * DAY)).unwrap();
    let mut ingester = open();
    let items = ["Harbour", "Hill", "Post"].map(|source| of(source, BRIDGE, source, None));
    let first = ingester.add(&items, 0).unwrap().outcomes[0]
        .canonical
        .id
        .clone();
    let rest: Vec<Article<'_>> = items
        .iter()
        .filter(|item| item.id != first)
        .cloned()
        .collect();
    let mut events = Vec::new();
    for day in 1..=5 {
        events.extend(ingester.add(&rest, day * DAY).unwrap().events);
        assert_eq!(
            flaw(folder.path(), GroupKind::Duplicates),
            None,
            "day {day}"
        );
    }
    let [
        Event::Canonical {
            kind: GroupKind::Duplicates,
            id: second,
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert!(rest.iter().any(|item| item.id == *second));
    drop(ingester);
    let decided = open().add(&rest, 5 * DAY + 60).unwrap().outcomes;
    assert!(
        decided
            .iter()
            .all(|one| one.canonical.id == *second && one.cluster.items == 2)
    );
}

/// Titles of many words, of which two share few.
fn headline(number: u64) -> String {
    let word = |place: u64| {
        format!(
            "w{}",
            qissa::pipeline::group_hash(&format!("{number}.{place}"), 0) % 5000
        )
    };
    (0..9).map(word).collect::<Vec<String>>().join(" ")
}

/// The items of a feed at a fetch: the last twelve, two of them new. Every third item is that of
/// the first feed, without one word.
fn fetched(feed: u64, fetch: i64) -> Vec<Article<'static>> {
    let item = |at: i64| {
        let (source, is_carried) = (format!("Paper {feed}"), feed > 0 && at % 3 == 0);
        let title = headline(if is_carried { 0 } else { feed * 1_000_000 } + at as u64);
        let title = if is_carried {
            title
                .rsplit_once(' ')
                .map(|(most, _)| most.to_owned())
                .unwrap()
        } else {
            title
        };
        Article {
            source: Some(source.into()),
            published: Some(qissa::article::Timestamp(at / 2 * DAY / 3)),
            ..Article::headline(format!("{feed}-{at}"), title)
        }
    };
    (2 * fetch - 10..2 * fetch + 2)
        .filter(|&at| at >= 0)
        .map(item)
        .collect()
}

#[test]
fn index_of_two_months_stops_growing_and_decides_like_a_batch() {
    const FEEDS: u64 = 5;
    let folder = tempfile::tempdir().unwrap();
    let open = || Ingester::open(folder.path(), &config(Level::Duplicates), Some(8 * DAY)).unwrap();
    let mut ingester = open();
    let (mut seen_first, mut sizes) = (BTreeSet::new(), Vec::new());
    for fetch in 0..180 {
        let now = fetch * DAY / 3;
        let day = fetch / 3;
        if fetch % 30 == 29 {
            drop(ingester);
            ingester = open();
        }
        // Nothing is fetched for two weeks.
        if (30..44).contains(&day) {
            continue;
        }
        for feeds in [0..3, 3..FEEDS] {
            let last = if day < 30 { fetch } else { fetch - 42 };
            let items: Vec<Article<'_>> =
                feeds.clone().flat_map(|feed| fetched(feed, last)).collect();
            let commit = ingester.add(&items, now + feeds.start as i64).unwrap();
            for (item, one) in items.iter().zip(&commit.outcomes) {
                let is_first = seen_first.insert(item.id.to_string());
                assert_eq!(
                    one.decision == Decision::Seen,
                    !is_first,
                    "{} at fetch {fetch}: {one:?}",
                    item.id
                );
            }
        }
        ingester.drop_expired(now + 60).unwrap();
        if matches!(day, 15 | 25 | 59) && fetch % 3 == 2 {
            sizes.push((ingester.index().len(), store::size(folder.path())));
            let ids: BTreeSet<String> = ingester
                .index()
                .ids()
                .into_iter()
                .map(|(_, id)| id.to_owned())
                .collect();
            let last = if day < 30 { fetch } else { fetch - 42 };
            let all =
                (0..FEEDS).flat_map(|feed| (0..=last).flat_map(move |fetch| fetched(feed, fetch)));
            let all: BTreeMap<String, Article<'_>> =
                all.map(|item| (item.id.to_string(), item)).collect();
            let kept: Vec<Article<'_>> = all
                .into_values()
                .filter(|item| ids.contains(&*item.id))
                .collect();
            let groups = groups_of_batch(&kept);
            assert!(groups.iter().filter(|group| group.len() > 1).count() > 15);
            assert_eq!(groups_of_index(&ingester), groups, "day {day}");
            assert_eq!(
                flaw(folder.path(), GroupKind::Duplicates),
                None,
                "day {day}"
            );
        }
    }
    let [(items, bytes), rest @ ..] = &sizes[..] else {
        panic!("{sizes:?}")
    };
    let is_level =
        |&(more, longer): &(usize, u64)| more * 10 <= items * 12 && longer * 10 <= bytes * 15;
    assert!(rest.len() == 2 && rest.iter().all(is_level), "{sizes:?}");
}

#[test]
fn oversized_group_keeps_its_id_and_canonical_while_items_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    for level in [Level::Duplicates, Level::Stories] {
        let config = Config {
            level,
            ..Config::default()
        };
        let open = || Ingester::open(folder.path(), &config, Some(3 * DAY)).unwrap();
        let mut ingester = open();
        let ids: Vec<String> = (0..900).map(|at| format!("{at:04}")).collect();
        // Half of the items have one text, the others differ in outlet and hour.
        let item = |at: usize| Article {
            source: Some(if at.is_multiple_of(2) {
                "Harbour".into()
            } else {
                format!("Paper {}", at % 300).into()
            }),
            published: Some(qissa::article::Timestamp(if at.is_multiple_of(2) {
                0
            } else {
                at as i64 * 20
            })),
            ..Article::headline(ids[at].as_str(), BRIDGE)
        };
        let items: Vec<Article<'_>> = (0..ids.len()).map(item).collect();
        for (some, at) in items.chunks(150).zip(0_i64..) {
            let decided = ingester.add(some, at * DAY).unwrap().outcomes;
            assert!(
                decided
                    .iter()
                    .all(|one| one.near_dup.id == decided[0].near_dup.id),
                "{level:?} {at}"
            );
            assert!(
                decided
                    .iter()
                    .all(|one| one.canonical == decided[0].canonical),
                "{level:?} {at}"
            );
            assert_eq!(
                decided[0].near_dup.items,
                150 * (at as usize + 1).min(4),
                "{level:?} {at}"
            );
        }
        let before = groups_of_index(&ingester);
        assert_eq!(
            (before.len(), before.first().map(BTreeSet::len)),
            (1, Some(600))
        );
        drop(ingester);
        let mut ingester = open();
        assert_eq!(groups_of_index(&ingester), before);
        let decided = ingester.add(&items[750..], 5 * DAY).unwrap().outcomes;
        assert!(
            decided
                .iter()
                .all(|one| one.decision == Decision::Seen && one.near_dup.items == 600)
        );
        let kind = GroupKind::from(level);
        assert_eq!(flaw(folder.path(), kind), None);
        drop(ingester);
        fs::remove_dir_all(folder.path()).unwrap();
    }
}

#[test]
fn rows_are_hidden_only_on_request_and_a_stream_is_committed_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("index");
    let place = index.to_str().unwrap();
    let mut child = begin(&[
        "dedup",
        "-q",
        "--commit-seconds",
        "0.05",
        "--drop",
        "seen",
        "--index",
        place,
    ]);
    let mut stdin = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    for title in ["Minister opens the bridge", "Rain expected on the coast"] {
        stdin
            .write_all(
                format!("{{\"id\":\"{title}\",\"title\":\"{title}\"}}\n")
                    .repeat(2)
                    .as_bytes(),
            )
            .unwrap();
        stdin.flush().unwrap();
        let row: Value = serde_json::from_str(&output.next().unwrap().unwrap()).unwrap();
        assert_eq!(
            (row["id"].as_str(), row["decision"].as_str()),
            (Some(title), Some("new"))
        );
    }
    let other = qissa(&["dedup", "--index", index.to_str().unwrap()], &lines(1));
    assert!(String::from_utf8_lossy(&other.stderr).contains("another process is writing"));
    assert_eq!(
        rows(&qissa(&["index", "export", index.to_str().unwrap()], "")).len(),
        2
    );
    drop(stdin);
    assert!(output.next().is_none() && child.wait().unwrap().success());
}

/// The rows of a run whose input comes in pieces, with pauses.
fn printed_in_pieces(pieces: &[String], args: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("index");
    let mut child = begin(&[&["dedup", "-q", "--index", index.to_str().unwrap()], args].concat());
    let mut stdin = child.stdin.take().unwrap();
    for piece in pieces {
        stdin.write_all(piece.as_bytes()).unwrap();
        stdin.flush().unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(stdin);
    rows(&child.wait_with_output().unwrap())
}

#[test]
fn with_commits_by_count_stories_do_not_depend_on_speed() {
    let titles = [
        "Storm hits the harbour of Westport",
        "Rovers win the cup",
        "Westport harbour shut after storm",
        "Mayor resigns",
    ];
    let item = |at: usize| {
        format!(
            "{}\n",
            serde_json::json!({"id": at, "title": format!("{} {}", titles[at % 4], at / 4)})
        )
    };
    let items: Vec<String> = (0..24).map(item).collect();
    let args = ["--commit-seconds", "0", "--commit-items", "5"];
    let pieces: Vec<String> = items.chunks(9).map(|some| some.concat()).collect();
    assert_eq!(
        printed_in_pieces(&pieces, &args),
        printed_in_pieces(&[items.concat()], &args)
    );
}

const FERRY: &str = "The ferry took its first cars over the sound on Tuesday, after a winter in which the yard had renewed its \
    engine, its ramp and its bridge, and the islanders had gone by the small boat.";

fn ferry(id: &str, title: &str, source: &str, hour: u32) -> String {
    let published = format!("2026-02-03T{hour:02}:00:00Z");
    serde_json::json!({"id": id, "title": title, "text": FERRY, "source": source, "published": published}).to_string()
}

/// Adds one item per run; returns the printed ids, and the canonical of the last item's group.
fn printed_one_by_one(items: &[String], args: &[&str]) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "[canonical.sources]\nQuay = 1.0\nGleaner = 0.0\n").unwrap();
    let (index, config) = (
        folder.path().join("index"),
        config.to_str().unwrap().to_owned(),
    );
    let index = index.to_str().unwrap();
    let mut printed = Vec::new();
    for item in items {
        let ran = qissa(
            &[
                &["dedup", "-q", "--config", &config, "--index", index],
                args,
            ]
            .concat(),
            item,
        );
        printed.extend(
            rows(&ran)
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
    }
    let kept = rows(&qissa(&["index", "export", index], ""));
    (
        printed,
        kept.last().unwrap()["canonical_id"]
            .as_str()
            .unwrap()
            .to_owned(),
    )
}

#[test]
fn canonical_items_are_not_hidden() {
    const BACK: &str = "Ferry to the islands is back after a winter at the yard";
    let items = [
        ferry("1", BACK, "Gleaner", 8),
        ferry("2", BACK, "Quay", 9),
        ferry("3", BACK, "Hill", 10),
        ferry(
            "4",
            "Ferry to the islands is back after a winter",
            "Hill Post",
            11,
        ),
    ];
    for level in ["duplicates", "stories"] {
        let (printed, canonical) =
            printed_one_by_one(&items, &["--level", level, "--drop", "duplicates,seen"]);
        assert_eq!(printed, ["1", "2"], "{level}");
        assert_eq!(canonical, "2", "{level}");
        let (printed, _) = printed_one_by_one(&items, &["--level", level]);
        assert_eq!(printed.len(), 4, "{level}");
    }
}

#[test]
fn hidden_items_do_not_become_canonical() {
    let items = [
        ferry("1", "Islands have their ferry back", "Hill", 8),
        ferry(
            "2",
            "Ferry to the islands is back after a winter at the yard",
            "Hill",
            8,
        ),
        ferry(
            "3",
            "Ferry to the islands is back after a winter at a yard",
            "Post",
            9,
        ),
        ferry(
            "4",
            "Ferry to the islands back after a winter at the yard",
            "Mail",
            10,
        ),
        ferry("5", "Ferry back", "Dock", 11),
    ];
    let (printed, canonical) =
        printed_one_by_one(&items, &["--level", "duplicates", "--drop", "duplicates"]);
    assert!(printed.contains(&canonical), "{canonical} of {printed:?}");
}

#[test]
fn item_is_scored_by_its_last_version() {
    let folder = tempfile::tempdir().unwrap();
    let with = |id, title, source| Article {
        text: FERRY.into(),
        ..of(id, title, source, None)
    };
    let first = with(
        "1",
        "Ferry to the islands is back after a winter at the yard",
        "Quay",
    );
    let copy = with(
        "2",
        "Ferry to the islands is back after a winter at the yard",
        "Hill",
    );
    let changed = with("1", "Watch: ferry!", "Quay");
    let canonical = |ingester: &mut Ingester, articles: &[Article<'_>]| {
        ingester
            .add(articles, 0)
            .unwrap()
            .outcomes
            .pop()
            .unwrap()
            .canonical
            .id
    };
    let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
    assert_eq!(canonical(&mut ingester, &[first, copy.clone()]), "1");
    assert_eq!(canonical(&mut ingester, &[changed]), "2");
    drop(ingester);
    let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
    assert_eq!(canonical(&mut ingester, &[copy]), "2");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn index_chooses_the_canonicals_of_a_batch(titles in headlines()) {
        let articles: Vec<Article<'_>> =
            titles.iter().enumerate().map(|(at, (title, source))| Article {
                source: Some((*source).into()), ..Article::headline(format!("id{at:03}"), title.as_str())
            }).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut ingester = Ingester::open(folder.path(), &config(Level::Duplicates), None).unwrap();
        let decided = ingester.add(&articles, 0).unwrap().outcomes;
        let report = engine(Level::Duplicates).group(&articles);
        for (one, place) in decided.iter().zip(&report.placements).filter(|(one, _)| one.cluster.items <= 128) {
            prop_assert_eq!(&one.canonical.id, &*articles[place.canonical].id);
        }
    }
}
