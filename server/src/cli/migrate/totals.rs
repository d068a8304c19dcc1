//! What comes of all cases together.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::Migrate;
use crate::casework::Fate;

/// What comes of all cases together.
#[derive(Default)]
pub struct Totals {
    cases: usize,
    stay: usize,
    kept: usize,
    mapped: usize,
    retired: Reasons,
    to_decide: Reasons,
}

/// Answers by the reason for which something happens to them.
#[derive(Default)]
struct Reasons(BTreeMap<String, Count>);

/// How often something happens.
struct Count {
    answers: usize,
    cases: usize,
    /// Where it happened first.
    place: String,
    /// The case that was counted last.
    last: usize,
}

impl Reasons {
    fn add(&mut self, case: usize, place: impl FnOnce() -> String, reason: &str) {
        let count = match self.0.get_mut(reason) {
            Some(count) => count,
            None => self.0.entry(reason.to_owned()).or_insert(Count {
                answers: 0,
                cases: 0,
                place: place(),
                last: 0,
            }),
        };
        count.answers += 1;
        if count.last != case {
            count.cases += 1;
            count.last = case;
        }
    }

    fn answers(&self) -> usize {
        self.0.values().map(|count| count.answers).sum()
    }

    /// The most frequent first.
    fn sorted(&self) -> Vec<(&String, &Count)> {
        let mut all: Vec<(&String, &Count)> = self.0.iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(count.answers));
        all
    }

    fn print(&self, out: &mut impl Write, heading: &str) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(out, "{heading}")?;
        for (reason, count) in self.sorted() {
            let (answers, cases) = (count.answers, count.cases);
            writeln!(out, "  {answers:>7} in {cases} cases: {reason}")?;
            writeln!(out, "          first {}", count.place)?;
        }
        Ok(())
    }

    fn to_json(&self) -> Json {
        let one = |(reason, count): (&String, &Count)| json!({"reason": reason, "answers": count.answers, "cases": count.cases, "first": count.place});
        self.sorted().into_iter().map(one).collect()
    }
}

impl Totals {
    /// Counts a case in; how many there are with it.
    pub fn count(&mut self, fate: &Fate) -> usize {
        match fate {
            Fate::Stays => self.stay += 1,
            Fate::Back => self.cases += 1,
            Fate::Moved(moved) => {
                self.cases += 1;
                self.kept += moved.kept;
                self.mapped += moved.mapped.len();
                for one in &moved.retired {
                    let place = || format!("{}.{}", one.place, one.path);
                    self.retired.add(self.cases, place, &one.reason);
                }
                for one in &moved.to_decide {
                    self.to_decide
                        .add(self.cases, || one.field.to_string(), &one.reason);
                }
            }
        }
        self.all()
    }

    /// How many cases were looked at.
    pub fn all(&self) -> usize {
        self.cases + self.stay
    }

    /// For programs.
    pub fn to_json(&self) -> Json {
        json!({
            "cases": self.cases,
            "stay": self.stay,
            "kept": self.kept,
            "mapped": self.mapped,
            "retired": self.retired.answers(),
            "to_decide": self.to_decide.answers(),
            "reasons": {"retired": self.retired.to_json(), "to_decide": self.to_decide.to_json()},
        })
    }

    /// For people.
    pub fn print(&self, out: &mut impl Write, options: &Migrate) -> io::Result<()> {
        let (cases, stay, from, to) = (self.cases, self.stay, &options.from, &options.to);
        if self.all() == 0 {
            return writeln!(out, "no case follows {from}");
        }
        let verb = match options.dry_run {
            true => "would be moved",
            false => "moved",
        };
        self.retired.print(out, "what leaves the cases, by its reason")?;
        self.to_decide.print(out, "what people decide, by its reason")?;
        writeln!(out, "{cases} cases {verb} from {from} to {to}")?;
        if stay > 0 {
            writeln!(
                out,
                "{stay} cases stay: somebody has worked on them since they were moved"
            )?;
        }
        if !options.back {
            let (kept, mapped) = (self.kept, self.mapped);
            let (retired, to_decide) = (self.retired.answers(), self.to_decide.answers());
            writeln!(
                out,
                "answers: {kept} kept, {mapped} mapped, {retired} retired; {to_decide} decisions for people"
            )?;
        }
        Ok(())
    }
}
