use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qissa::config::Level;
use qissa::index::{Arrival, Decision, Delivery, Event, Item, Segment, SegmentNo, VersionKey};
use qissa::ingest::{self, Ingester};
use qissa::store::{self, Snapshot, Store, StoreError, WriteLock};
use qissa::{Article, Error};
use redb::{BackendError, StorageBackend};
use serde_json::Value;

use crate::common::config;
#[cfg(unix)]
use crate::common::kill;

const DAY: i64 = 86_400;
const NOW: i64 = 1_760_000_000;

fn open(folder: &Path) -> Ingester {
    Ingester::open(folder, &config(Level::Duplicates), None).unwrap()
}

fn headline<'a>(id: &'a str, title: &'a str) -> Article<'a> {
    Article::headline(id, title)
}

/// Adds items; returns the ids of those that were not seen before.
fn unseen(ingester: &mut Ingester, articles: &[Article<'_>]) -> Vec<String> {
    let commit = ingester.add(articles, NOW).unwrap();
    let news = articles
        .iter()
        .zip(&commit.outcomes)
        .filter(|(_, one)| one.decision != Decision::Seen);
    news.map(|(article, _)| article.id.to_string()).collect()
}

/// A number of repetitions, from the environment.
fn times(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(default)
}

/// The next number of a linear congruential generator.
fn luck(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn is_locked<T>(done: Result<T, impl Into<Error>>) -> bool {
    matches!(
        done.map_err(Into::into),
        Err(Error::Store(StoreError::Locked { .. }))
    )
}

#[test]
fn rewriters_and_writers_exclude_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path();
    assert!(matches!(
        ingest::compact(index),
        Err(StoreError::Missing { .. })
    ));
    assert_eq!(fs::read_dir(index).unwrap().count(), 0);
    let mut ingester = open(index);
    ingester
        .add(
            &[headline(
                "1",
                "Ferry to the islands is back after the winter",
            )],
            NOW,
        )
        .unwrap();
    assert!(is_locked(ingest::forget(index, &["1".to_owned()])));
    assert!(is_locked(ingest::compact(index)));
    assert!(is_locked(ingest::rebuild(index, Ok::<_, Error>)));
    assert!(is_locked(Ingester::open(
        index,
        &config(Level::Duplicates),
        None
    )));
    assert_eq!(Snapshot::open(index).unwrap().len(), 1);
    drop(ingester);
    let lock = WriteLock::take(index).unwrap();
    assert!(is_locked(Ingester::open(
        index,
        &config(Level::Duplicates),
        None
    )));
    let content = Snapshot::under(&lock).unwrap().content().unwrap();
    store::rewrite(&lock, &config(Level::Duplicates).matching(), content).unwrap();
    // The new file is in place, and the lock is still held.
    assert!(is_locked(Ingester::open(
        index,
        &config(Level::Duplicates),
        None
    )));
    drop(lock);
    assert_eq!(open(index).index().len(), 1);
}

#[test]
fn concurrent_creators_create_one_index() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("new").join("index");
    let one = |at: usize| {
        let (id, title) = (
            format!("n{at}"),
            format!("Report {at} on the harbour of town {}", at * 7919),
        );
        loop {
            match Ingester::open(&index, &config(Level::Duplicates), None) {
                Ok(mut ingester) => {
                    return drop(ingester.add(&[headline(&id, &title)], NOW).unwrap());
                }
                Err(Error::Store(StoreError::Locked { .. })) => {
                    std::thread::sleep(Duration::from_millis(1))
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    std::thread::scope(|scope| (0..8).for_each(|at| _ = scope.spawn(move || one(at))));
    assert_eq!(open(&index).index().len(), 8);
}

#[test]
fn unacknowledged_items_are_redelivered_after_any_number_of_unclean_shutdowns() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path();
    let (a, b, c) = (
        headline("a", "Storm closes the coast road"),
        headline("b", "Parliament votes on the new tax"),
        headline("c", "Museum shows the lost letters"),
    );
    // `c` is acknowledged within a run that ends uncleanly later.
    let mut ingester = open(index);
    ingester.add(std::slice::from_ref(&c), NOW).unwrap();
    ingester.acknowledge();
    ingester.add(std::slice::from_ref(&a), NOW).unwrap();
    drop(ingester);
    let mut ingester = open(index);
    assert!(ingester.unclean_shutdown());
    ingester.redeliver();
    ingester.add(std::slice::from_ref(&b), NOW).unwrap();
    drop(ingester);
    // A run without items acknowledges nothing, with or without redelivery.
    for redelivers in [false, true] {
        let mut ingester = open(index);
        if redelivers {
            ingester.redeliver();
        }
        ingester.add(&[], NOW).unwrap();
        ingester.acknowledge_durably().unwrap();
        drop(ingester);
        assert!(open(index).unclean_shutdown());
    }
    // A rewrite acknowledges nothing either.
    ingest::compact(index).unwrap();
    ingest::rebuild(index, Ok::<_, Error>).unwrap();
    // Without redelivery nothing is reported twice, and `a` stays pending.
    let mut ingester = open(index);
    assert!(ingester.unclean_shutdown());
    assert!(unseen(&mut ingester, &[a.clone(), b.clone()]).is_empty());
    ingester.acknowledge_durably().unwrap();
    drop(ingester);
    let mut ingester = open(index);
    assert!(!ingester.unclean_shutdown());
    ingester.redeliver();
    assert_eq!(unseen(&mut ingester, &[b.clone(), c.clone()]), ["b"]);
    ingester.acknowledge_durably().unwrap();
    drop(ingester);
    let mut ingester = open(index);
    ingester.redeliver();
    assert_eq!(
        unseen(&mut ingester, &[c.clone(), b.clone(), a.clone(), a.clone()]),
        ["a"]
    );
    ingester.acknowledge_durably().unwrap();
    drop(ingester);
    let mut ingester = open(index);
    ingester.redeliver();
    assert!(unseen(&mut ingester, &[a, b, c]).is_empty());
}

#[test]
fn unacknowledged_events_are_redelivered() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path();
    let body = "The ferry to the islands runs again from Monday after a winter in the yard, the harbour office said; \
        repairs to its engine and hull had taken longer than planned, and tickets are sold on board as before.";
    let with = |id, title, source: &'static str| Article {
        text: body.into(),
        source: Some(source.into()),
        ..headline(id, title)
    };
    let full = "Ferry to the islands is back after a winter at the yard";
    let mut ingester = open(index);
    ingester
        .add(&[with("1", full, "Quay"), with("2", full, "Hill")], NOW)
        .unwrap();
    ingester.acknowledge_durably().unwrap();
    let events = ingester
        .add(&[with("1", "Watch: ferry!", "Quay")], NOW)
        .unwrap()
        .events;
    assert!(
        matches!(&events[..], [Event::Canonical { id, .. }] if id == "2"),
        "{events:?}"
    );
    drop(ingester);
    let mut ingester = open(index);
    assert_eq!(ingester.redeliver_events(), events);
    drop(ingester);
    // The events were returned, but the acknowledgement was not written.
    let mut ingester = open(index);
    assert_eq!(ingester.redeliver_events(), events);
    ingester
        .add(&[headline("3", "Rain expected on the coast")], NOW)
        .unwrap();
    drop(ingester);
    let mut ingester = open(index);
    assert!(ingester.redeliver_events().is_empty());
    // Events that name a forgotten item are removed.
    let events = ingester
        .add(
            &[with("1", full, "Quay"), with("2", "Watch: ferry!", "Hill")],
            NOW,
        )
        .unwrap()
        .events;
    assert!(
        matches!(&events[..], [Event::Canonical { id, .. }] if id == "1"),
        "{events:?}"
    );
    drop(ingester);
    ingest::forget(index, &["1".to_owned()]).unwrap();
    assert_eq!(open(index).redeliver_events(), []);
}

#[cfg(target_os = "linux")]
#[test]
fn rows_that_could_not_be_printed_are_printed_by_a_later_run() {
    let place = Place::new();
    let [a, b] = ["a", "b"].map(|id| {
        format!("{{\"id\":\"{id}\",\"title\":\"Storm {id} closes the road of coast {id}\"}}\n")
    });
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    for input in [&a, &b] {
        let mut child = place
            .dedup(&["--redeliver"])
            .stdout(full.try_clone().unwrap())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2));
    }
    let said = run(&mut place.dedup(&[]), "");
    assert!(String::from_utf8_lossy(&said.stderr).contains("unclean shutdown"));
    let shown = run(&mut place.index(&["export", "--last"]), "");
    assert_eq!(ids(&shown.stdout), ["a", "b"]);
    let printed = run(&mut place.dedup(&["--redeliver"]), &(b + &a));
    assert_eq!(news(&printed.stdout), ["b", "a"]);
}

/// A temporary folder for an index of the program.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("index")
    }

    fn dedup(&self, args: &[&str]) -> Command {
        let mut command = program(&["dedup", "--level", "duplicates", "--index"]);
        command.arg(self.path()).args(args);
        command
    }

    /// `qissa index` with a command and, behind the folder, its arguments.
    fn index(&self, args: &[&str]) -> Command {
        let mut command = program(&["index", args[0]]);
        let (options, words): (Vec<&str>, Vec<&str>) =
            args[1..].iter().partition(|arg| arg.starts_with("--"));
        command.args(options).arg(self.path()).args(words);
        command
    }
}

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command.spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // A program that stops reading its input is no error here.
    let feeder = std::thread::spawn(move || _ = stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn rows(stdout: &[u8]) -> Vec<Value> {
    // A line that a kill cut was not printed.
    stdout
        .lines()
        .filter_map(|line| serde_json::from_str(&line.unwrap()).ok())
        .collect()
}

fn ids(stdout: &[u8]) -> Vec<String> {
    rows(stdout)
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn news(stdout: &[u8]) -> Vec<String> {
    let rows = rows(stdout);
    let news = rows.iter().filter(|row| row["decision"] != "seen");
    news.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Titles, every fifth with a duplicate of another source.
fn lines(range: std::ops::Range<usize>) -> String {
    let line = |at: usize| {
        let of = if at % 5 == 4 { at - 3 } else { at };
        let place = ["harbour", "market", "valley", "station", "castle"][of % 5];
        let title = format!("Report {of} on the {place} of town {}", of * 7919);
        format!("{{\"id\":\"n{at}\",\"title\":\"{title}\",\"source\":\"Paper {at}\"}}\n")
    };
    range.map(line).collect()
}

fn groups(rows: &[Value]) -> BTreeSet<BTreeSet<String>> {
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let ids = groups
            .entry(row["near_dup_id"].as_str().unwrap())
            .or_default();
        ids.insert(row["id"].as_str().unwrap().to_owned());
    }
    groups.into_values().collect()
}

/// A signal ends a run cleanly: committed items are printed, the next run reports no unclean
/// shutdown, and the exit code names the signal.
#[cfg(unix)]
#[test]
fn first_signal_ends_a_stream_cleanly() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = Place::new();
        let mut seen = BTreeSet::new();
        for stop in [1, 40, 90, 350] {
            let mut child = place
                .dedup(&["--commit-items", "20", "--commit-seconds", "0.05"])
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            // The input stays open, so only the signal can end the run.
            input.write_all(lines(0..400).as_bytes()).unwrap();
            let mut printed = Vec::new();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            for _ in 0..stop {
                output.read_until(b'\n', &mut printed).unwrap();
            }
            kill(signal, child.id());
            std::io::Read::read_to_end(&mut output, &mut printed).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(code));
            drop(input);
            for id in news(&printed) {
                assert!(seen.insert(id.clone()), "{id} was reported twice");
            }
            let kept = run(&mut place.index(&["export"]), "");
            assert_eq!(
                BTreeSet::from_iter(ids(&kept.stdout)),
                seen,
                "after {signal} at {stop}"
            );
        }
        let next = run(&mut place.dedup(&["--redeliver"]), &lines(0..400));
        assert!(!String::from_utf8_lossy(&next.stderr).contains("unclean shutdown"));
        assert!(news(&next.stdout).iter().all(|id| seen.insert(id.clone())));
        assert_eq!(seen.len(), 400);
    }
}

/// The reader of the rows has stopped, so the first signal cannot end the run.
#[cfg(unix)]
#[test]
fn second_signal_ends_a_run_at_once() {
    let place = Place::new();
    let mut child = place.dedup(&[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || _ = input.write_all(lines(0..4000).as_bytes()));
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_until(b'\n', &mut Vec::new()).unwrap();
    kill("TERM", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it ended though its rows were not taken"
    );
    kill("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    feeder.join().unwrap();
    let next = run(&mut place.dedup(&[]), "");
    assert!(String::from_utf8_lossy(&next.stderr).contains("unclean shutdown"));
}

/// How a storage fails, from one operation on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fails {
    /// One operation fails.
    Once,
    /// All operations fail.
    Forever,
    /// The storage is full: existing bytes can be read and written.
    Full,
    /// Writes write half of their bytes.
    Short,
}

/// A storage in memory that fails at the operation with a given number.
#[derive(Debug, Clone)]
struct Faulty(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    bytes: Vec<u8>,
    fails: Fails,
    left: Option<u64>,
    has_failed: bool,
}

impl Faulty {
    fn holding(bytes: Vec<u8>, fails: Fails, left: Option<u64>) -> Self {
        Faulty(Arc::new(Mutex::new(State {
            bytes,
            fails,
            left,
            has_failed: false,
        })))
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    /// Runs an operation on the bytes, unless it fails; `lengthens` says whether it needs new
    /// space.
    fn act(
        &self,
        lengthens: bool,
        act: impl FnOnce(&mut Vec<u8>, bool),
    ) -> Result<(), std::io::Error> {
        let mut state = self.0.lock().unwrap();
        let is_turn = match &mut state.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        let fails = match state.fails {
            _ if !is_turn => false,
            Fails::Once | Fails::Short => !state.has_failed,
            Fails::Forever => true,
            Fails::Full => lengthens,
        };
        state.has_failed |= fails;
        if fails && state.fails == Fails::Short {
            act(&mut state.bytes, true);
        } else if !fails {
            act(&mut state.bytes, false);
        }
        match (fails, state.fails) {
            (false, _) => Ok(()),
            (true, Fails::Full) => Err(std::io::ErrorKind::StorageFull.into()),
            (true, _) => Err(std::io::Error::other("the storage fails")),
        }
    }
}

impl StorageBackend for Faulty {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let at = offset as usize;
        let mut is_there = false;
        let length = out.len();
        self.act(false, |bytes, is_short| {
            if let Some(part) = bytes.get(at..at + length).filter(|_| !is_short) {
                out.copy_from_slice(part);
                is_there = true;
            }
        })?;
        if is_there {
            Ok(())
        } else {
            Err(std::io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn set_len(&self, length: u64) -> Result<(), std::io::Error> {
        let lengthens = length as usize > self.0.lock().unwrap().bytes.len();
        self.act(lengthens, |bytes, is_short| {
            // A length is set or not set, never half.
            if !is_short {
                bytes.resize(length as usize, 0);
            }
        })
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.act(false, |_, _| {})
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        let at = offset as usize;
        let lengthens = at + data.len() > self.0.lock().unwrap().bytes.len();
        self.act(lengthens, |bytes, is_short| {
            let data = if is_short {
                &data[..data.len() / 2]
            } else {
                data
            };
            bytes.resize(bytes.len().max(at + data.len()), 0);
            bytes[at..at + data.len()].copy_from_slice(data);
        })
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }
}

/// Writes commits of growing size, with expiry and acknowledgement, until the storage fails.
/// Returns the segments that are kept, and whether the last of them is acknowledged.
fn fill(faulty: &Faulty, commits: u64) -> Option<(std::ops::Range<u64>, bool)> {
    let settings = config(Level::Duplicates).matching();
    let mut store = Store::over(faulty.clone(), &settings).ok()?;
    let mut kept = store.first_segment().0..store.next_segment().0;
    let mut is_clean = store.is_clean();
    for at in 0..commits {
        let title = format!(
            "headline {at} {}",
            "word ".repeat((at * 977 % 6000) as usize)
        );
        let items = vec![Item::of(&headline("1", &title), Arrival(at), 0)];
        let first = if at % 4 == 3 {
            kept.start + 1
        } else {
            kept.start
        };
        let version = |at: u64| VersionKey {
            item: Arrival(at),
            content: at,
        };
        let delivery = Delivery {
            versions: vec![version(at)],
            events: Vec::new(),
        };
        if store
            .commit(
                &mut Segment {
                    items,
                    ..Segment::default()
                },
                SegmentNo(first),
                delivery,
            )
            .is_err()
        {
            // A store that failed refuses further commits.
            assert!(
                store
                    .commit(
                        &mut Segment::default(),
                        SegmentNo(first),
                        Delivery::default()
                    )
                    .is_err()
            );
            return Some((kept, is_clean));
        }
        (kept, is_clean) = (first..kept.end + 1, false);
        if at % 3 == 2 {
            let versions = (0..=at).map(version).collect();
            store.pending().acknowledge_versions(&versions);
            if store.write_pending(true).is_err() {
                return Some((kept, is_clean));
            }
            is_clean = true;
        }
    }
    Some((kept, is_clean))
}

/// Every seventh operation fails; with QISSA_FAULTS=1 every operation.
#[test]
fn commits_survive_a_storage_that_fails_at_any_operation() {
    let step = times("QISSA_FAULTS", 7);
    let commits = 12;
    let settings = config(Level::Duplicates).matching();
    let mut failures = 0;
    for fails in [Fails::Once, Fails::Forever, Fails::Full, Fails::Short] {
        for left in (0..).step_by(step as usize) {
            let faulty = Faulty::holding(Vec::new(), fails, Some(left));
            let acknowledged = fill(&faulty, commits);
            if !faulty.0.lock().unwrap().has_failed {
                break;
            }
            failures += 1;
            let Some((kept, is_clean)) = acknowledged else {
                continue;
            };
            let again = Store::over(
                Faulty::holding(faulty.bytes(), Fails::Once, None),
                &settings,
            )
            .unwrap();
            let found = again.first_segment().0..again.next_segment().0;
            let case = format!(
                "{fails:?} at operation {left}: {kept:?} was acknowledged, {found:?} is there"
            );
            assert!((kept.end..=kept.end + 1).contains(&found.end), "{case}");
            assert!(
                (kept.start..=kept.start + 1).contains(&found.start),
                "{case}"
            );
            let mut numbers = Vec::new();
            again
                .visit(|segment, _| numbers.push(segment.number.0))
                .unwrap();
            assert_eq!(numbers, found.clone().collect::<Vec<_>>(), "{case}");
            assert!(
                !is_clean || again.is_clean() || found.end > kept.end,
                "{case}"
            );
        }
    }
    assert!(failures as u64 > 200 / step, "{failures}");
}

/// An index of three days: the first day has expired, three items of the second are forgotten.
/// Returns the titles that are kept, by id.
fn with_a_past(index: &Path) -> BTreeMap<String, String> {
    let title = |at: usize| format!("Report {at} on the harbour of town {}", at * 7919);
    let ids: Vec<String> = (0..300).map(|at| format!("n{at}")).collect();
    let titles: Vec<String> = (0..300).map(title).collect();
    let text = |at: usize| {
        (0..80)
            .map(|word| format!("word{} ", at * 7919 + word))
            .collect::<String>()
    };
    let texts: Vec<String> = (0..300).map(text).collect();
    let item = |at: usize| Article {
        text: (&texts[at]).into(),
        ..headline(&ids[at], &titles[at])
    };
    let all: Vec<Article<'_>> = (0..300).map(item).collect();
    let mut ingester = Ingester::open(index, &config(Level::Duplicates), Some(DAY)).unwrap();
    for (day, items) in all.chunks(100).enumerate() {
        // On the last day all items come at once, so few pages of the first day are reused.
        for (at, items) in items.chunks(if day == 2 { 100 } else { 10 }).enumerate() {
            ingester
                .add(items, NOW + day as i64 * DAY * 3 / 4 + at as i64)
                .unwrap();
        }
        if day == 1 {
            ingester.acknowledge_durably().unwrap();
            drop(ingester);
            ingest::forget(
                index,
                &["n150".to_owned(), "n151".to_owned(), "n177".to_owned()],
            )
            .unwrap();
            ingester = Ingester::open(index, &config(Level::Duplicates), Some(DAY)).unwrap();
        }
    }
    ingester.acknowledge_durably().unwrap();
    let kept = ingester.index().ids();
    let kept: BTreeMap<String, String> = kept
        .iter()
        .map(|(at, id)| ((*id).to_owned(), title(at.0 as usize)))
        .collect();
    assert_eq!(
        (
            kept.len(),
            kept.contains_key("n150"),
            kept.contains_key("n99")
        ),
        (197, false, false)
    );
    kept
}

/// The bytes of a file with bits flipped, a page zeroed or moved, or the end cut off.
fn damaged(whole: &[u8], damage: u64) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut state = damage.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut at = |limit: usize| luck(&mut state) as usize % limit;
    let mut bytes = whole.to_vec();
    let pages = whole.len() / PAGE;
    match damage % 6 {
        0 => (0..1 + at(8)).for_each(|_| bytes[at(whole.len())] ^= 0x55),
        1 => bytes[at(4096)] ^= 1 << at(8),
        2 => (0..1 + at(6)).for_each(|_| bytes[at(pages) * PAGE..][..PAGE].fill(0)),
        3 => bytes.truncate(at(whole.len())),
        4 => {
            let (from, to) = (at(pages) * PAGE, at(pages) * PAGE);
            bytes.copy_within(from..from + PAGE, to);
        }
        _ => (0..40).for_each(|_| bytes[at(whole.len())] ^= 1 << at(8)),
    }
    bytes
}

/// QISSA_DAMAGES sets the number of damages, such as 100.
#[test]
fn damage_is_reported_or_harmless_and_restores_no_expired_item() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path();
    let kept = with_a_past(index);
    let file = index.join("index.redb");
    let whole = fs::read(&file).unwrap();
    // The expired day is still in the bytes of the file, so the test can fail.
    assert!(Segment::recover(&whole).len() > Snapshot::open(index).unwrap().len() as usize);
    let aside: Vec<(PathBuf, Vec<u8>)> = ["index.first", "settings.toml"]
        .iter()
        .map(|name| (index.join(name), fs::read(index.join(name)).unwrap()))
        .collect();
    let mut rebuilt_less = 0;
    for damage in 0..times("QISSA_DAMAGES", 24) {
        let bytes = damaged(&whole, damage);
        let restore = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            aside
                .iter()
                .for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        };
        restore(&bytes);
        let read = Snapshot::open(index).and_then(|snapshot| snapshot.content());
        let opened = Ingester::open(index, &config(Level::Duplicates), None);
        for error in [
            read.err().map(Error::from),
            opened.as_ref().err().map(|_| opened_error(index)),
        ]
        .into_iter()
        .flatten()
        {
            let message = error.to_string();
            let has_way_out = matches!(
                error,
                Error::Settings { .. }
                    | Error::Store(
                        StoreError::Damaged { .. }
                            | StoreError::Version { .. }
                            | StoreError::Settings { .. }
                    )
            );
            assert!(
                message.contains("index.redb") && has_way_out,
                "damage {damage}: {message}"
            );
        }
        if let Ok(opened) = opened {
            assert_eq!(titles(&opened), kept, "damage {damage} changed the answer");
        }
        restore(&bytes);
        let rebuilt = ingest::rebuild(index, Ok::<_, Error>)
            .unwrap_or_else(|error| panic!("damage {damage}: {error}"));
        assert_eq!(fs::read(&rebuilt.copy).unwrap(), bytes, "damage {damage}");
        let left = titles(&open(index));
        rebuilt_less += usize::from(left.len() < kept.len());
        assert!(
            left.iter().all(|(id, title)| kept.get(id) == Some(title)),
            "damage {damage} brought something back"
        );
        assert!(
            rebuilt.damage.is_some() || left == kept,
            "damage {damage}: loss was not named"
        );
    }
    assert!(rebuilt_less > 0, "no damage lost an item");
}

/// Each seventh page is lost, and the note beside the index; with QISSA_PAGES=1 each page.
#[test]
fn expired_segments_are_known_without_the_note() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path();
    let kept = with_a_past(index);
    let file = index.join("index.redb");
    let whole = fs::read(&file).unwrap();
    for page in (0..whole.len() / 4096).step_by(times("QISSA_PAGES", 7) as usize) {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].fill(0);
        fs::write(&file, &bytes).unwrap();
        let _ = fs::remove_file(index.join("index.first"));
        ingest::rebuild(index, Ok::<_, Error>).unwrap();
        let left = titles(&open(index));
        assert!(
            left.iter().all(|(id, title)| kept.get(id) == Some(title)),
            "without page {page} something came back"
        );
    }
}

fn opened_error(index: &Path) -> Error {
    Ingester::open(index, &config(Level::Duplicates), None)
        .err()
        .unwrap()
}

fn titles(ingester: &Ingester) -> BTreeMap<String, String> {
    let title = |at: u64| format!("Report {at} on the harbour of town {}", at * 7919);
    ingester
        .index()
        .ids()
        .into_iter()
        .map(|(at, id)| (id.to_owned(), title(at.0)))
        .collect()
}

#[test]
fn forget_removes_the_copy_of_a_rebuild() {
    let place = Place::new();
    run(&mut place.dedup(&[]), &lines(0..50));
    let rebuilt = run(&mut place.index(&["rebuild"]), "");
    assert!(
        String::from_utf8_lossy(&rebuilt.stderr).contains("index.redb.bak"),
        "{rebuilt:?}"
    );
    assert!(place.path().join("index.redb.bak").exists());
    run(&mut place.index(&["forget", "n7"]), "");
    assert!(!place.path().join("index.redb.bak").exists());
}

/// An operation on an index.
#[derive(Debug, Clone, Copy)]
enum Act {
    Dedup,
    Expire,
    Compact,
    Forget,
    Rebuild,
}

/// Ends the child processes of a failing test.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Two processes at a time, one of which is killed at a random moment. The index begins with items
/// of a year ago, which expire, and gets items that are forgotten. QISSA_KILLS sets the number of
/// kills, such as 300.
#[test]
fn kills_of_one_of_two_processes_lose_and_repeat_nothing() {
    let kills = times("QISSA_KILLS", 20);
    let place = Place::new();
    let mut state = times("QISSA_SEED", 1);
    let mut fed = 0;
    let mut printed: BTreeSet<String> = BTreeSet::new();
    let mut forgotten: BTreeSet<String> = BTreeSet::new();
    let (mut struck, mut refused) = (0, 0);
    let begin = Ingester::open(&place.path(), &config(Level::Duplicates), None);
    let old: Vec<(String, String)> = (0..60)
        .map(|at| (format!("old{at}"), format!("Old news {at} of year {at}")))
        .collect();
    let old: Vec<Article<'_>> = old.iter().map(|(id, title)| headline(id, title)).collect();
    begin.unwrap().add(&old, NOW - 400 * DAY).unwrap();
    for kill in 0..kills {
        let secret = format!("secret{kill}");
        let input = place.0.path().join(format!("input{}", kill % 2));
        // Earlier items come again, with the item that is to be forgotten.
        let range = (fed as usize).saturating_sub(30)..fed as usize + 150;
        let hidden = format!(
            "{{\"id\":\"{secret}\",\"title\":\"A secret {kill} of the lighthouse {kill}\"}}\n"
        );
        fs::write(&input, lines(range) + &hidden).unwrap();
        let acts = [
            Act::Dedup,
            Act::Dedup,
            Act::Dedup,
            Act::Expire,
            Act::Compact,
            Act::Forget,
            Act::Rebuild,
        ];
        let mut pick = || acts[luck(&mut state) as usize % acts.len()];
        let pair = [if kill % 2 == 0 { Act::Dedup } else { pick() }, pick()];
        let mut children: Vec<(Act, Reaped)> = pair
            .into_iter()
            .map(|act| {
                (
                    act,
                    Reaped(start(
                        &place,
                        act,
                        &input,
                        &format!("secret{}", kill.saturating_sub(1)),
                    )),
                )
            })
            .collect();
        let outputs: Vec<_> = children
            .iter_mut()
            .map(|(_, child)| drain(&mut child.0))
            .collect();
        let victim = luck(&mut state) as usize % 2;
        let moment =
            Duration::from_micros(luck(&mut state) % times("QISSA_KILL_MICROSECONDS", 60_000));
        std::thread::sleep(moment);
        struck += u64::from(children[victim].1.0.try_wait().unwrap().is_none());
        children[victim].1.0.kill().unwrap();
        let mut went_on = false;
        for (at, ((act, child), output)) in children.iter_mut().zip(outputs).enumerate() {
            let status = child.0.wait().unwrap();
            let (stdout, stderr) = output.map(|one| one.join().unwrap()).into();
            let said = String::from_utf8_lossy(&stderr);
            for id in news(&stdout) {
                assert!(
                    printed.insert(id.clone()),
                    "{id} was reported twice, at kill {kill}: {act:?}"
                );
            }
            let is_refused = said.contains("another process is writing");
            refused += u64::from(is_refused);
            let is_unknown = said.contains("has the id") || said.contains("holds no index");
            assert!(
                status.success() || at == victim || is_refused || is_unknown,
                "kill {kill}, {act:?}: {said}"
            );
            assert!(
                !said.contains("damaged") && !said.contains("panicked"),
                "kill {kill}, {act:?}: {said}"
            );
            if matches!(act, Act::Forget) && status.success() {
                forgotten.insert(format!("secret{}", kill.saturating_sub(1)));
            }
            went_on |= matches!(act, Act::Dedup) && status.success();
        }
        fed += if went_on { 150 } else { 0 };
    }
    // The remaining items: those that were committed but not printed are seen, others are new.
    let all = lines(0..fed as usize + 150);
    let last = run(&mut place.dedup(&[]), &all);
    assert!(
        last.status.success(),
        "{}",
        String::from_utf8_lossy(&last.stderr)
    );
    assert!(
        news(&last.stdout)
            .iter()
            .all(|id| printed.insert(id.clone()))
    );
    assert!(
        run(&mut place.index(&["expire", "--keep=300d"]), "")
            .status
            .success()
    );
    assert!(run(&mut place.index(&["verify"]), "").status.success());
    let export = run(&mut place.index(&["export"]), "").stdout;
    let kept: BTreeSet<String> = ids(&export).into_iter().collect();
    let lost: Vec<&String> = printed
        .difference(&kept)
        .filter(|id| !id.starts_with("secret"))
        .collect();
    assert!(lost.is_empty(), "{lost:?} were printed and are lost");
    assert!(forgotten.is_disjoint(&kept), "a forgotten item is back");
    assert!(
        !kept.iter().any(|id| id.starts_with("old")),
        "what has expired is there again"
    );
    let export = String::from_utf8(export).unwrap();
    let clean = run(
        &mut program(&["cluster", "--level", "duplicates", "--format", "jsonl", "-"]),
        &export,
    );
    assert_eq!(
        groups(&rows(export.as_bytes())),
        groups(&rows(&clean.stdout))
    );
    // A refused process ends at once, before the kill: on some machines nearly all of them.
    assert!(
        struck > 0 && refused > 0,
        "{struck} of {kills} were struck, {refused} were refused"
    );
}

/// QISSA_KILLS sets the number of kills, such as 300.
#[test]
fn kills_while_two_processes_create_an_index_lose_and_repeat_nothing() {
    let mut state = times("QISSA_SEED", 1);
    let (mut struck, mut begun) = (0, 0);
    let kills = times("QISSA_KILLS", 20) / 2;
    for kill in 0..kills {
        let place = Place::new();
        let input = place.0.path().join("input");
        fs::write(&input, lines(0..60)).unwrap();
        let mut children = [(); 2].map(|()| Reaped(start(&place, Act::Dedup, &input, "")));
        let outputs = [0, 1].map(|at| drain(&mut children[at].0));
        std::thread::sleep(Duration::from_micros(
            luck(&mut state) % times("QISSA_KILL_MICROSECONDS", 60_000),
        ));
        let victim = luck(&mut state) as usize % 2;
        struck += u64::from(children[victim].0.try_wait().unwrap().is_none());
        begun += u64::from(place.path().join("index.redb").exists());
        children[victim].0.kill().unwrap();
        let mut printed: BTreeSet<String> = BTreeSet::new();
        let mut hear = |stdout: &[u8]| {
            news(stdout).into_iter().for_each(|id| {
                assert!(
                    printed.insert(id.clone()),
                    "{id} was reported twice, at kill {kill}"
                )
            });
        };
        for (at, (child, output)) in children.iter_mut().zip(outputs).enumerate() {
            let status = child.0.wait().unwrap();
            let [stdout, stderr] = output.map(|one| one.join().unwrap());
            let said = String::from_utf8_lossy(&stderr);
            let is_refused = said.contains("another process is writing");
            assert!(
                status.success() || at == victim || is_refused,
                "kill {kill}: {said}"
            );
            hear(&stdout);
        }
        let last = run(&mut place.dedup(&[]), &lines(0..60));
        assert!(
            last.status.success(),
            "kill {kill}: {}",
            String::from_utf8_lossy(&last.stderr)
        );
        hear(&last.stdout);
        let kept = run(&mut place.index(&["export"]), "").stdout;
        assert_eq!(ids(&kept).len(), 60, "kill {kill}");
        assert!(
            printed.iter().all(|id| ids(&kept).contains(id)),
            "kill {kill}"
        );
    }
    assert!(
        struck > 0,
        "{struck} of {kills} were struck, {begun} after the index was there"
    );
}

fn start(place: &Place, act: Act, input: &Path, secret: &str) -> Child {
    let mut command = match act {
        Act::Dedup => place.dedup(&["--commit-items", "10", input.to_str().unwrap()]),
        Act::Expire => place.index(&["expire", "--keep=300d"]),
        Act::Compact => place.index(&["compact"]),
        Act::Forget => place.index(&["forget", secret]),
        Act::Rebuild => place.index(&["rebuild"]),
    };
    command.stdin(Stdio::null()).spawn().unwrap()
}

/// Reads the outputs of a child process while it runs.
fn drain(child: &mut Child) -> [std::thread::JoinHandle<Vec<u8>>; 2] {
    fn read(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            bytes
        })
    }
    [
        read(child.stdout.take().unwrap()),
        read(child.stderr.take().unwrap()),
    ]
}
