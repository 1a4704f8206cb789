//! Quorum: do enough locations agree about one check? Stop 4 of the journey, after [`crate::domain::streak`] and
//! before [`crate::domain::derive`].
//!
//! Rule L2 of the derivation, with n fresh locations of which f are hard down: unknown when n is less than half of
//! those configured, rounded up; down by strict majority (2f > n); partial when some but no majority are down for
//! 300 s; slow by strict majority. Strict, because with "at least half" two answers would both be right.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::streak::HardState;
use crate::domain::timestamp::Timestamp;

/// A minority of locations must be down this long before customers there are believed to be affected (L2).
const REGIONAL_HOLD: Duration = Duration::from_mins(5);

/// What all locations together say about a check. `Partial` is down for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreed {
    Unknown,
    Up,
    Slow,
    Partial,
    Down,
}

/// One fresh location's hard state and since when it has been so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    pub state: HardState,
    pub since: Option<Timestamp>,
}

/// How the vote went, with the figures that evidence shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub agreed: Agreed,
    pub fresh: usize,
    pub down: usize,
    pub slow: usize,
}

/// Counts the votes of fresh locations. A location that has established nothing yet has no vote.
#[must_use]
pub fn judge(votes: impl Iterator<Item = Vote>, configured: usize, now: Timestamp) -> Tally {
    let (mut fresh, mut down, mut slow) = (0, 0, 0);
    let mut down_since: Option<Timestamp> = None;
    for vote in votes {
        match vote.state {
            HardState::Unknown => continue,
            HardState::Up => {}
            HardState::Slow => slow += 1,
            HardState::Down => {
                down += 1;
                let since = vote.since.unwrap_or(now);
                down_since = Some(down_since.map_or(since, |first| first.min(since)));
            }
        }
        fresh += 1;
    }
    let is_lasting = down_since.is_some_and(|since| now.since(since) >= REGIONAL_HOLD);
    let agreed = if fresh < configured.max(1).div_ceil(2) {
        Agreed::Unknown
    } else if 2 * down > fresh {
        Agreed::Down
    } else if down > 0 && is_lasting {
        Agreed::Partial
    } else if 2 * slow > fresh {
        Agreed::Slow
    } else {
        Agreed::Up
    };
    Tally {
        agreed,
        fresh,
        down,
        slow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(down: usize, fresh: usize, configured: usize) -> Agreed {
        let vote = |state| Vote {
            state,
            since: Some(Timestamp::from_seconds(0)),
        };
        let votes = (0..fresh).map(|n| {
            vote(if n < down {
                HardState::Down
            } else {
                HardState::Up
            })
        });
        judge(votes, configured, Timestamp::from_seconds(300)).agreed
    }

    #[test]
    fn the_examples_of_the_derivation_hold() {
        for (down, fresh, agreed) in [
            (1, 1, Agreed::Down),
            (1, 2, Agreed::Partial),
            (2, 2, Agreed::Down),
            (1, 3, Agreed::Partial),
            (2, 3, Agreed::Down),
            (2, 4, Agreed::Partial),
            (3, 4, Agreed::Down),
            (3, 5, Agreed::Down),
        ] {
            assert_eq!(tally(down, fresh, fresh), agreed, "{down}/{fresh}");
        }
        assert_eq!(tally(0, 1, 4), Agreed::Unknown);
        assert_eq!(tally(0, 0, 1), Agreed::Unknown);
        assert_eq!(tally(0, 1, 1), Agreed::Up);
    }

    #[test]
    fn a_minority_counts_only_once_it_lasts() {
        let votes = [HardState::Down, HardState::Up, HardState::Up].map(|state| Vote {
            state,
            since: Some(Timestamp::from_seconds(10)),
        });
        let at = |second| judge(votes.into_iter(), 3, Timestamp::from_seconds(second)).agreed;
        assert_eq!(at(309), Agreed::Up);
        assert_eq!(at(310), Agreed::Partial);
    }

    #[test]
    fn a_majority_must_be_slow() {
        let votes = [HardState::Slow, HardState::Up].map(|state| Vote { state, since: None });
        let now = Timestamp::from_seconds(0);
        assert_eq!(judge(votes.into_iter(), 2, now).agreed, Agreed::Up);
        assert_eq!(
            judge(votes.into_iter().take(1), 1, now).agreed,
            Agreed::Slow
        );
    }
}
