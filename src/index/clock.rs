//! The times of commits in, how long ago each was out, and with that which of them may go. O(1) a
//! commit.
//!
//! Time passes by the steps from one commit to the next. A step back, or of more than three years
//! ahead, is a wrong clock and counts as nothing, so that one run under such a clock ages no item
//! and stops no expiry after it. A pause in which nothing was committed counts as less than `keep`
//! until the run is over, so that what still stands in its feed is seen before it could go.

use std::collections::VecDeque;

const DAY_SECONDS: i64 = 86_400;

/// A longer step between two commits, in seconds, is taken for a wrong clock: three years.
const LONGEST_STEP: i64 = 3 * 366 * DAY_SECONDS;

/// When an item comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The time as far as it can be believed, in seconds since 1970.
    pub time: i64,
    /// The seconds that have passed in the index, pauses cut short.
    pub passed: i64,
    /// A version that is seen this many seconds after it was last written is written again.
    pub refresh: i64,
}

/// The clock of an index.
#[derive(Debug, Default)]
pub struct Clock {
    /// For how many seconds an item is kept that is not seen.
    keep: Option<i64>,
    /// When each commit was made, by the clock of its time, and the seconds that had passed by
    /// then, pauses cut short.
    commits: VecDeque<(i64, i64)>,
}

/// The seconds from one commit to the next.
fn step(from: i64, to: i64) -> i64 {
    let step = to.saturating_sub(from);
    if (0..=LONGEST_STEP).contains(&step) {
        step
    } else {
        0
    }
}

impl Clock {
    /// The clock of an index in which items are kept for so many seconds after they were last seen.
    pub fn new(keep: Option<i64>) -> Self {
        Clock {
            keep,
            commits: VecDeque::new(),
        }
    }

    /// Notes a commit.
    pub fn push(&mut self, time: i64) {
        let passed = self.passed(time);
        self.commits.push_back((time, passed));
    }

    /// Forgets so many of the first commits.
    pub fn drop_first(&mut self, count: usize) {
        self.commits.drain(..count.min(self.commits.len()));
    }

    /// The moment of a commit that is made now.
    pub fn moment(&self, now: i64) -> Moment {
        let last = self.commits.back().map_or(now, |&(time, _)| time);
        let is_ahead = now.saturating_sub(last) > LONGEST_STEP;
        Moment {
            time: if is_ahead { last } else { now },
            passed: self.passed(now),
            refresh: self.refresh(),
        }
    }

    /// The time of the last commit, if the time now cannot be right beside it.
    pub fn contradicts(&self, now: i64) -> Option<i64> {
        let last = self.commits.back()?.0;
        (last.saturating_sub(now) > DAY_SECONDS || now.saturating_sub(last) > LONGEST_STEP)
            .then_some(last)
    }

    /// How many of the first commits are too old, at a commit that is made now.
    pub fn expired(&self, now: i64) -> usize {
        let Some(keep) = self.keep else { return 0 };
        let passed = self.passed(now);
        self.commits
            .iter()
            .take_while(|&&(_, at)| passed - at > keep)
            .count()
    }

    /// How many of the first commits were made more than so many seconds ago, pauses counted whole.
    pub fn older_than(&self, keep: i64, now: i64) -> usize {
        let mut age = 0;
        let mut next = now;
        for (at, &(time, _)) in self.commits.iter().enumerate().rev() {
            age += step(time, next);
            if age > keep {
                return at + 1;
            }
            next = time;
        }
        0
    }

    /// After how many seconds a version that is seen is written again: a day, or an eighth of
    /// `keep` if that is less.
    fn refresh(&self) -> i64 {
        self.keep
            .map_or(DAY_SECONDS, |keep| (keep / 8).clamp(1, DAY_SECONDS))
    }

    /// The seconds that have passed, pauses cut short by what an item may already have waited, and
    /// as much again in which to be seen.
    fn passed(&self, now: i64) -> i64 {
        let longest = self
            .keep
            .map_or(i64::MAX, |keep| (keep - 2 * self.refresh()).max(0));
        self.commits
            .back()
            .map_or(0, |&(time, passed)| passed + step(time, now).min(longest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEEP: i64 = 14 * DAY_SECONDS;

    fn clock(days: &[i64]) -> Clock {
        let mut clock = Clock::new(Some(KEEP));
        days.iter().for_each(|day| clock.push(day * DAY_SECONDS));
        clock
    }

    #[test]
    fn what_is_old_goes() {
        let days: Vec<i64> = (0..=20).collect();
        let clock = clock(&days);
        assert_eq!(clock.expired(20 * DAY_SECONDS), 6);
        assert_eq!(clock.older_than(KEEP, 20 * DAY_SECONDS), 6);
        assert_eq!(clock.older_than(KEEP, 21 * DAY_SECONDS), 7);
        assert_eq!(clock.older_than(0, 20 * DAY_SECONDS), 20);
        assert_eq!(clock.older_than(-1, 20 * DAY_SECONDS), 21);
        assert_eq!(Clock::new(None).expired(i64::MAX), 0);
    }

    #[test]
    fn a_pause_leaves_a_day_in_which_to_be_seen() {
        let clock = clock(&[0, 1, 21]);
        assert_eq!(clock.expired(21 * DAY_SECONDS + 3600), 0);
        assert_eq!(clock.older_than(KEEP, 21 * DAY_SECONDS), 2);
        assert_eq!(clock.expired(22 * DAY_SECONDS + 1), 1);
        assert_eq!(clock.expired(23 * DAY_SECONDS + 1), 2);
    }

    #[test]
    fn a_wrong_clock_ages_nothing_and_stops_nothing() {
        const YEAR: i64 = 365;
        for wrong in [13 * YEAR, -50 * YEAR] {
            let mut clock = clock(&[0, wrong]);
            assert_eq!(clock.contradicts(wrong * DAY_SECONDS), None);
            assert_eq!(
                (
                    clock.expired(wrong * DAY_SECONDS),
                    clock.older_than(KEEP, wrong * DAY_SECONDS)
                ),
                (0, 0)
            );
            assert_eq!(clock.contradicts(DAY_SECONDS), Some(wrong * DAY_SECONDS));
            for day in 1..=16 {
                clock.push(day * DAY_SECONDS);
            }
            assert_eq!(clock.contradicts(17 * DAY_SECONDS), None);
            assert_eq!(
                clock.expired(17 * DAY_SECONDS),
                4,
                "the first, the wrong one, and those of two days"
            );
        }
    }

    #[test]
    fn a_time_years_ahead_is_not_believed() {
        let clock = clock(&[100]);
        assert_eq!(clock.moment(101 * DAY_SECONDS).time, 101 * DAY_SECONDS);
        assert_eq!(clock.moment(5000 * DAY_SECONDS).time, 100 * DAY_SECONDS);
        assert_eq!(
            clock.moment(DAY_SECONDS).time,
            DAY_SECONDS,
            "the last may have been wrong"
        );
    }

    proptest! {
        /// However the clock was set, what was seen at the last commit is never gone at the next.
        #[test]
        fn the_last_commit_never_goes_at_once(times in proptest::collection::vec(any::<i64>(), 1..20), keep in 0..KEEP) {
            let mut clock = Clock::new(Some(keep));
            for time in times {
                prop_assert!(clock.expired(time) < clock.commits.len() || clock.commits.is_empty());
                clock.push(time);
            }
        }
    }
}
