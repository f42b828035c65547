//! Clock of the index: decides which segments have expired. O(1) per commit.
//!
//! Input: the wall-clock time of each commit. Output: the elapsed time of the index: the sum of the
//! steps between commits.
//!
//! A wrong wall clock ages no item: a step back, or ahead by more than `MAX_STEP`, counts as zero,
//! and expiry continues with the next plausible step. A pause without commits counts as less than
//! the retention until the run is over, so items that are still in a feed are seen again before
//! they expire.

use std::collections::VecDeque;

const DAY_SECONDS: i64 = 86_400;

/// Maximum plausible seconds between two commits: three years. A longer step comes from a wrong
/// clock.
const MAX_STEP: i64 = 3 * 366 * DAY_SECONDS;

/// Time of a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970; the time of the last commit if the wall clock is too far ahead.
    pub time: i64,
    /// Elapsed seconds of the index, with pauses shortened.
    pub elapsed: i64,
    /// Minimum seconds between two writes of a version: a version seen later is written again.
    pub refresh_after: i64,
}

/// One commit.
#[derive(Debug, Clone, Copy)]
struct Tick {
    /// Seconds since 1970 by the wall clock.
    time: i64,
    /// Elapsed seconds of the index, with pauses shortened.
    elapsed: i64,
}

/// The commits of an index and its retention.
#[derive(Debug, Default)]
pub struct Clock {
    retention: Option<i64>,
    commits: VecDeque<Tick>,
}

/// The seconds between two commits; 0 if one of the times is wrong.
fn step(from: i64, to: i64) -> i64 {
    let step = to.saturating_sub(from);
    if (0..=MAX_STEP).contains(&step) {
        step
    } else {
        0
    }
}

impl Clock {
    /// The clock of an index that keeps items for `retention` seconds after the last sighting;
    /// without a retention, no item expires.
    pub fn new(retention: Option<i64>) -> Self {
        Clock {
            retention,
            commits: VecDeque::new(),
        }
    }

    /// The retention: seconds from the last sighting of an item to expiry.
    pub fn retention(&self) -> Option<i64> {
        self.retention
    }

    /// Adds a commit.
    pub fn push(&mut self, time: i64) {
        let elapsed = self.elapsed(time);
        self.commits.push_back(Tick { time, elapsed });
    }

    /// Removes the first `count` commits.
    pub fn drop_first(&mut self, count: usize) {
        self.commits.drain(..count.min(self.commits.len()));
    }

    /// The moment of a commit made now.
    pub fn moment(&self, now: i64) -> Moment {
        let last = self.commits.back().map_or(now, |commit| commit.time);
        let is_ahead = now.saturating_sub(last) > MAX_STEP;
        Moment {
            time: if is_ahead { last } else { now },
            elapsed: self.elapsed(now),
            refresh_after: self.refresh_after(),
        }
    }

    /// The time of the last commit, if that and `now` cannot both be right.
    pub fn conflict(&self, now: i64) -> Option<i64> {
        let last = self.commits.back()?.time;
        let is_behind = last.saturating_sub(now) > DAY_SECONDS;
        let is_ahead = now.saturating_sub(last) > MAX_STEP;
        (is_behind || is_ahead).then_some(last)
    }

    /// Number of first commits that have expired at a commit made now.
    pub fn expired(&self, now: i64) -> usize {
        let Some(retention) = self.retention else {
            return 0;
        };
        let elapsed = self.elapsed(now);
        self.commits
            .iter()
            .take_while(|commit| elapsed - commit.elapsed > retention)
            .count()
    }

    /// Number of first commits made more than `age` seconds ago, with pauses in full.
    pub fn older_than(&self, age: i64, now: i64) -> usize {
        let mut passed = 0;
        let mut next = now;
        for (position, commit) in self.commits.iter().enumerate().rev() {
            passed += step(commit.time, next);
            if passed > age {
                return position + 1;
            }
            next = commit.time;
        }
        0
    }

    /// A day, or an eighth of the retention if that is less.
    fn refresh_after(&self) -> i64 {
        self.retention.map_or(DAY_SECONDS, |retention| {
            (retention / 8).clamp(1, DAY_SECONDS)
        })
    }

    /// Elapsed seconds at `now`. A pause is shortened by the maximum age of the last write of an
    /// item, and by as much again for new sightings.
    fn elapsed(&self, now: i64) -> i64 {
        let max_pause = self.retention.map_or(i64::MAX, |retention| {
            (retention - 2 * self.refresh_after()).max(0)
        });
        self.commits
            .back()
            .map_or(0, |last| last.elapsed + step(last.time, now).min(max_pause))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RETENTION: i64 = 14 * DAY_SECONDS;

    fn clock(days: &[i64]) -> Clock {
        let mut clock = Clock::new(Some(RETENTION));
        days.iter().for_each(|day| clock.push(day * DAY_SECONDS));
        clock
    }

    #[test]
    fn old_commits_expire() {
        let days: Vec<i64> = (0..=20).collect();
        let clock = clock(&days);
        assert_eq!(clock.expired(20 * DAY_SECONDS), 6);
        assert_eq!(clock.older_than(RETENTION, 20 * DAY_SECONDS), 6);
        assert_eq!(clock.older_than(RETENTION, 21 * DAY_SECONDS), 7);
        assert_eq!(clock.older_than(0, 20 * DAY_SECONDS), 20);
        assert_eq!(clock.older_than(-1, 20 * DAY_SECONDS), 21);
        assert_eq!(Clock::new(None).expired(i64::MAX), 0);
    }

    #[test]
    fn a_pause_leaves_a_day_before_expiry() {
        let clock = clock(&[0, 1, 21]);
        assert_eq!(clock.expired(21 * DAY_SECONDS + 3600), 0);
        assert_eq!(clock.older_than(RETENTION, 21 * DAY_SECONDS), 2);
        assert_eq!(clock.expired(22 * DAY_SECONDS + 1), 1);
        assert_eq!(clock.expired(23 * DAY_SECONDS + 1), 2);
    }

    #[test]
    fn a_wrong_clock_ages_no_item_and_expiry_goes_on() {
        const YEAR: i64 = 365;
        for wrong in [13 * YEAR, -50 * YEAR] {
            let mut clock = clock(&[0, wrong]);
            assert_eq!(clock.conflict(wrong * DAY_SECONDS), None);
            assert_eq!(
                (
                    clock.expired(wrong * DAY_SECONDS),
                    clock.older_than(RETENTION, wrong * DAY_SECONDS)
                ),
                (0, 0)
            );
            assert_eq!(clock.conflict(DAY_SECONDS), Some(wrong * DAY_SECONDS));
            for day in 1..=16 {
                clock.push(day * DAY_SECONDS);
            }
            assert_eq!(clock.conflict(17 * DAY_SECONDS), None);
            assert_eq!(
                clock.expired(17 * DAY_SECONDS),
                4,
                "the first commit, the wrong one and two more"
            );
        }
    }

    #[test]
    fn a_time_years_ahead_is_replaced_by_the_last() {
        let clock = clock(&[100]);
        assert_eq!(clock.moment(101 * DAY_SECONDS).time, 101 * DAY_SECONDS);
        assert_eq!(clock.moment(5000 * DAY_SECONDS).time, 100 * DAY_SECONDS);
        assert_eq!(
            clock.moment(DAY_SECONDS).time,
            DAY_SECONDS,
            "the last commit may have been wrong"
        );
    }

    proptest! {
        /// An item seen at the last commit is never expired at the next.
        #[test]
        fn the_last_commit_never_expires_at_the_next(
            times in proptest::collection::vec(any::<i64>(), 1..20),
            retention in 0..RETENTION,
        ) {
            let mut clock = Clock::new(Some(retention));
            for time in times {
                prop_assert!(clock.expired(time) < clock.commits.len() || clock.commits.is_empty());
                clock.push(time);
            }
        }
    }
}
