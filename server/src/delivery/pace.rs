//! How long to wait before trying again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Waiting that doubles with every failure, up to a limit, and is never quite the same, so that those who failed
/// together do not all come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The wait after the first failure, at most.
    pub first: Duration,
    /// The longest wait.
    pub most: Duration,
}

impl Pace {
    /// The wait after so many failures in a row: between half of what is due and all of it.
    pub fn wait(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(30));
        let due = self.first.saturating_mul(doubled).min(self.most);
        due / 2 + due.mul_f64(chance()) / 2
    }
}

/// A number from 0 to below 1. The standard library seeds each hasher anew, which is all the chance that is needed.
fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_differ() {
        let pace = Pace {
            first: Duration::from_secs(2),
            most: Duration::from_secs(300),
        };
        for (failures, due) in [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (4_000_000_000, 300)] {
            let due = Duration::from_secs(due);
            let waits: Vec<_> = (0..50).map(|_| pace.wait(failures)).collect();
            assert!(
                waits.iter().all(|wait| *wait >= due / 2 && *wait <= due),
                "{failures}: {waits:?}"
            );
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }
}
