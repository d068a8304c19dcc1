//! Which report is sent next: those of one citizen one after the other, those of different citizens at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::entry::{Entry, Status};

/// The order of a citizen's reports: by day, and within it as they were made.
type Place = (String, u64);

/// The reports of which something must still become.
#[derive(Debug, Default)]
pub struct Queue {
    lines: HashMap<String, Line>,
    /// The first report of each citizen that is neither refused nor on its way: those that are due, as they were made.
    ready: BTreeSet<(u64, String)>,
    /// Those that are not, by when they are.
    later: BTreeSet<(Timestamp, u64, String)>,
}

#[derive(Debug, Default)]
struct Line {
    reports: BTreeMap<Place, Stop>,
    /// The report that is on its way, if one is.
    away: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Waiting(Timestamp),
    /// Refused: those behind it wait.
    Refused,
}

impl Line {
    fn first(&self) -> Option<(Timestamp, u64)> {
        match (self.away, self.reports.first_key_value()) {
            (None, Some(((_, number), Stop::Waiting(due)))) => Some((*due, *number)),
            _ => None,
        }
    }
}

impl Queue {
    /// Notes how a report stands now.
    pub fn note(&mut self, entry: &Entry) {
        let place = (entry.day.clone(), entry.number);
        let stop = match entry.status {
            Status::Waiting => Some(Stop::Waiting(entry.due())),
            Status::Refused => Some(Stop::Refused),
            _ => None,
        };
        self.change(&entry.citizen, |line| match stop {
            Some(stop) => line.reports.insert(place, stop),
            None => line.reports.remove(&place),
        });
    }

    /// Takes the oldest report that is due, with its citizen; it is on its way until [`Queue::back`].
    pub fn take(&mut self, now: Timestamp) -> Option<(u64, String)> {
        while self.later.first().is_some_and(|(due, _, _)| *due <= now)
            && let Some((_, number, citizen)) = self.later.pop_first()
        {
            self.ready.insert((number, citizen));
        }
        let (number, citizen) = self.ready.first()?.clone();
        self.change(&citizen, |line| {
            line.away = Some(number);
            None
        });
        Some((number, citizen))
    }

    /// The citizen's report is no longer on its way.
    pub fn back(&mut self, citizen: &str) {
        self.change(citizen, |line| {
            line.away = None;
            None
        });
    }

    /// When the next report is due.
    pub fn due(&self) -> Option<Timestamp> {
        let now = self.ready.first().map(|_| Timestamp::UNIX_EPOCH);
        now.or_else(|| self.later.first().map(|(due, _, _)| *due))
    }

    fn change(&mut self, citizen: &str, change: impl FnOnce(&mut Line) -> Option<Stop>) {
        let line = self.lines.entry(citizen.to_owned()).or_default();
        if let Some((due, number)) = line.first() {
            self.ready.remove(&(number, citizen.to_owned()));
            self.later.remove(&(due, number, citizen.to_owned()));
        }
        change(line);
        match line.first() {
            Some((due, number)) if due == Timestamp::UNIX_EPOCH => {
                self.ready.insert((number, citizen.to_owned()));
            }
            Some((due, number)) => {
                self.later.insert((due, number, citizen.to_owned()));
            }
            None if line.reports.is_empty() && line.away.is_none() => {
                self.lines.remove(citizen);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, citizen: &str, day: &str, status: Status) -> Entry {
        Entry {
            number,
            citizen: citizen.to_owned(),
            day: day.to_owned(),
            key: None,
            report: None,
            template: String::new(),
            format: metode::report::Format::Json,
            cases: Vec::new(),
            made: String::new(),
            status,
            since: String::new(),
            attempts: 0,
            away: false,
            left: false,
            next: None,
            answer: None,
            issues: Vec::new(),
            decision: None,
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_000).unwrap()
    }

    #[test]
    fn a_citizens_reports_go_one_after_the_other_by_day() {
        let mut queue = Queue::default();
        for (number, citizen, day) in [(1, "a", "2"), (2, "a", "1"), (3, "b", "1"), (4, "a", "2")] {
            queue.note(&entry(number, citizen, day, Status::Waiting));
        }
        assert_eq!(queue.take(now()), Some((2, "a".to_owned())));
        assert_eq!(queue.take(now()), Some((3, "b".to_owned())));
        assert_eq!(queue.take(now()), None, "both citizens have one on its way");
        queue.note(&entry(2, "a", "1", Status::Sent));
        assert_eq!(queue.take(now()), None);
        queue.back("a");
        assert_eq!(queue.take(now()), Some((1, "a".to_owned())));
        for (number, citizen, day) in [(1, "a", "2"), (3, "b", "1"), (4, "a", "2")] {
            queue.note(&entry(number, citizen, day, Status::Sent));
            queue.back(citizen);
        }
        assert_eq!((queue.due(), queue.lines.len()), (None, 0));
    }

    #[test]
    fn a_refused_report_holds_back_its_citizens_later_ones_alone() {
        let mut queue = Queue::default();
        queue.note(&entry(1, "a", "1", Status::Refused));
        queue.note(&entry(2, "a", "2", Status::Waiting));
        queue.note(&entry(3, "b", "2", Status::Waiting));
        assert_eq!(queue.take(now()), Some((3, "b".to_owned())));
        assert_eq!(queue.take(now()), None);
        queue.note(&entry(1, "a", "1", Status::Superseded));
        assert_eq!(queue.take(now()), Some((2, "a".to_owned())));
    }

    #[test]
    fn a_report_is_taken_when_it_is_due() {
        let mut queue = Queue::default();
        let mut later = entry(1, "a", "1", Status::Waiting);
        later.next = Some("1970-01-01T00:20:00Z".to_owned());
        queue.note(&later);
        assert_eq!(queue.take(now()), None);
        assert_eq!(queue.due(), Some(later.due()));
        queue.note(&entry(2, "b", "1", Status::Waiting));
        assert_eq!(
            queue.take(later.due()),
            Some((1, "a".to_owned())),
            "the older before the newer"
        );
        assert_eq!(queue.take(later.due()), Some((2, "b".to_owned())));
    }
}
