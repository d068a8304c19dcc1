//! What a rule reads, and which of it is missing.

use super::clause::told_by_name;
use super::prose::{Prose, Role};
use super::subject::{Seen, Subject};
use super::words::{Standing, Teller};
use crate::feel::Step;
use crate::source::on_one_line;
use crate::value::Value;

/// The longest rule that is quoted in a sentence.
const QUOTED: usize = 70;
/// How many missing answers are told.
const MISSING: usize = 4;

impl Teller<'_> {
    /// That a rule holds, does not hold, or is open: for rules that there are no better words for.
    pub fn rule(&self, seen: &Seen) -> Prose {
        let key = match seen.trace.value.as_bool() {
            Some(true) => "why_rule_holds",
            Some(false) => "why_rule_fails",
            None => "why_rule_open",
        };
        self.say(key, &[("rule", &self.quoted(seen))])
    }

    /// The rule's text when it is short, otherwise what it is about.
    pub fn quoted(&self, seen: &Seen) -> Prose {
        let text = on_one_line(&seen.trace.text);
        let about = Prose::list(self.texts, self.about(seen));
        if text.chars().count() <= QUOTED || about.is_empty() {
            Prose::one(Role::Rule, text)
        } else {
            self.say("why_rule_about", &[("labels", &about)])
        }
    }

    /// What a part looks at, by name.
    pub fn about(&self, seen: &Seen) -> Vec<Prose> {
        let mut found: Vec<Prose> = Vec::new();
        self.reads(seen, &mut |subject, _| {
            let name = match subject {
                Subject::Key(..) => None,
                subject => self.name(subject),
            };
            found.extend(name);
        });
        let mut known: Vec<String> = Vec::new();
        found.retain(|name| {
            let text = name.text();
            let new = !known.contains(&text);
            known.push(text);
            new
        });
        found.truncate(MISSING);
        found
    }

    /// Visits the answers, rows, responses and parameters that a part reads, the most precise ones only.
    pub fn reads<'s>(&self, seen: &'s Seen, visit: &mut dyn FnMut(&'s Subject, &'s Value)) {
        let read = matches!(seen.trace.step, Step::Slot(_) | Step::Path(_) | Step::Member(..));
        match &seen.subject {
            Some(subject) if read && told_by_name(subject) || matches!(subject, Subject::Key(..)) => {
                visit(subject, &seen.trace.value);
                // A list may have been narrowed by a condition, which reads too.
                let narrowed = seen.parts.iter().filter(|part| !part.is_read());
                let conditions = narrowed.flat_map(|part| part.parts.iter().skip(1));
                conditions.for_each(|part| self.reads(part, visit));
                return;
            }
            _ => {}
        }
        seen.parts.iter().for_each(|part| self.reads(part, visit));
    }

    /// Which answers are missing, so that a part is null.
    pub fn missing(&self, seen: &Seen) -> Prose {
        let mut found: Vec<Prose> = Vec::new();
        self.reads(seen, &mut |subject, value| {
            let nothing = match value {
                Value::List(items) => items.iter().all(Value::is_null),
                value => value.is_null(),
            };
            if nothing && found.len() < MISSING {
                found.extend(self.absent(subject));
            }
        });
        let told = Prose::list(self.texts, found);
        if !told.is_empty() {
            return told;
        }
        if is_truth(seen) {
            return self.rule(seen);
        }
        self.say("why_rule_nothing", &[("rule", &self.quoted(seen))])
    }

    /// That a subject which is null to rules is so, and why.
    pub fn absent(&self, subject: &Subject) -> Option<Prose> {
        match subject {
            Subject::Rows(spot, field) if self.standing(spot, *field) != Standing::NotBegun => {
                Some(self.say("why_no_items", &[("label", &self.label(spot, *field))]))
            }
            Subject::Completed => Some(self.say("why_not_completed", &[])),
            Subject::Answer(spot, field) | Subject::Rows(spot, field) => {
                let label = self.label(spot, *field);
                Some(match self.standing(spot, *field) {
                    Standing::NotBegun => self.say("why_not_begun", &[("form", &self.form_title(spot))]),
                    Standing::Hidden => self.say("why_is_hidden", &[("label", &label)]),
                    // A step of a scale that is no number.
                    Standing::Answered => match self.answer_without_value(spot, *field) {
                        Some(words) => {
                            self.say("why_is", &[("label", &label), ("value", &Prose::value(words))])
                        }
                        None => self.say("why_unanswered", &[("label", &label)]),
                    },
                    Standing::Unanswered => self.say("why_unanswered", &[("label", &label)]),
                })
            }
            Subject::Whole(spot) => Some(self.say("why_not_begun", &[("form", &self.form_title(spot))])),
            _ => None,
        }
    }
}

impl Seen {
    /// Whether it reads something.
    pub fn is_read(&self) -> bool {
        matches!(self.trace.step, Step::Slot(_) | Step::Path(_) | Step::Member(..))
    }
}

/// Whether a part is true, false or open.
fn is_truth(seen: &Seen) -> bool {
    matches!(
        seen.trace.step,
        Step::And | Step::Or | Step::Compare(_) | Step::Quantified(_) | Step::In | Step::Function("not")
    )
}
