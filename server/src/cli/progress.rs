//! Progress of long work, on standard error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often progress is told.
const PACE: Duration = Duration::from_secs(1);

/// Counts, and tells the count once a second: on a terminal in one line, elsewhere a line each time.
pub struct Progress {
    what: &'static str,
    count: usize,
    told: Option<Instant>,
    begun: Instant,
    terminal: bool,
}

impl Progress {
    /// Begins at nothing.
    pub fn new(what: &'static str) -> Self {
        Self {
            what,
            count: 0,
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
        let (start, end) = if self.terminal { ("\r", "") } else { ("", "\n") };
        eprint!(
            "{start}{} {} in {} s{end}",
            self.count,
            self.what,
            self.begun.elapsed().as_secs()
        );
        let _ = std::io::stderr().flush();
    }
}
