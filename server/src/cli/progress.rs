//! Progress of long work, on standard error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often progress is told.
const PACE: Duration = Duration::from_secs(1);

/// Counts, and tells once a second how far it is and how long the rest will take: on a terminal in one line, elsewhere a line each
/// time.
pub struct Progress {
    what: &'static str,
    count: usize,
    all: Option<usize>,
    told: Option<Instant>,
    begun: Instant,
    terminal: bool,
}

impl Progress {
    /// Begins at nothing, of so many when that is known.
    pub fn new(what: &'static str, all: Option<usize>) -> Self {
        Self {
            what,
            count: 0,
            all,
            told: None,
            begun: Instant::now(),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// One more.
    pub fn step(&mut self) {
        self.steps(1);
    }

    /// So many more.
    pub fn steps(&mut self, count: usize) {
        self.count += count;
        let due = self.told.unwrap_or(self.begun).elapsed() >= PACE;
        if due {
            self.told = Some(Instant::now());
            self.tell();
        }
    }

    /// Tells the last count, if any was told before.
    pub fn end(&mut self) {
        if self.told.is_some() {
            self.tell();
            if self.terminal {
                eprintln!();
            }
        }
    }

    fn tell(&self) {
        // What the last line had more is wiped out.
        let (start, end) = if self.terminal {
            ("\r", "\x1b[K")
        } else {
            ("", "\n")
        };
        let (count, what) = (self.count, self.what);
        let seconds = self.begun.elapsed().as_secs();
        match self.all {
            None => eprint!("{start}{count} {what} in {seconds} s{end}"),
            Some(all) => {
                let rest = all.saturating_sub(count) as u64;
                let left = (seconds * rest).checked_div(count as u64).unwrap_or_default();
                eprint!("{start}{count} of {all} {what} in {seconds} s, about {left} s to go{end}");
            }
        }
        let _ = std::io::stderr().flush();
    }
}
