//! The tree of a rule's parts with their values, as pages, terminals and programs show it.

use serde::Serialize;
use serde_json::Value as Json;

use super::prose::Prose;
use super::subject::{Seen, Subject};
use super::words::{Standing, Teller};
use crate::feel::Step;
use crate::source::on_one_line;
use crate::value::Value;

/// The largest value that programs get as JSON.
const LARGEST: usize = 200;

/// A part of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RulePart {
    /// As written.
    pub text: String,
    /// Bytes of the rule's text.
    pub span: std::ops::Range<usize>,
    /// What it stands for: the label of an answer, the title of a row.
    #[serde(skip_serializing_if = "Prose::is_empty")]
    pub label: Prose,
    /// What it came to, in words.
    pub value_text: String,
    /// What it came to; large values are left out.
    pub value: Json,
    /// Type of the value in the rule language.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// For conditions: whether it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// Whether the part around it is as it is because of this one.
    pub decides: bool,
    /// Why it is null: the rule language's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// For one round of an iteration: what its item is.
    #[serde(skip_serializing_if = "Prose::is_empty")]
    pub item: Prose,
    /// Its own parts.
    pub children: Vec<RulePart>,
    /// How many rounds are not among them.
    pub left_out: usize,
    /// The same in words; empty when none are.
    pub left_out_text: String,
}

/// An answer that a rule read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// What it is called, and where it is found.
    pub label: Prose,
    /// What it is, in words.
    pub value_text: String,
    /// Whether there is one.
    pub standing: Standing,
}

impl Teller<'_> {
    /// A part and its parts.
    pub fn tree(&self, seen: &Seen) -> RulePart {
        self.part(seen, false)
    }

    fn part(&self, seen: &Seen, decides: bool) -> RulePart {
        let value = &seen.trace.value;
        let like = self.like(seen);
        let round = seen.is_round();
        let label = match &seen.subject {
            Some(subject) if seen.is_read() || matches!(seen.trace.step, Step::Local(_)) => {
                self.name(subject).unwrap_or_default()
            }
            _ => Prose::default(),
        };
        let condition = is_condition(seen);
        let value_text = match (condition, value.as_bool()) {
            (true, Some(holds)) => self.texts.get(if holds { "why_true" } else { "why_false" }, &[]),
            (true, None) => self.texts.get("why_open", &[]),
            _ => self.words(value, like.as_ref()),
        };
        let left_out_text = match seen.trace.left_out {
            0 => String::new(),
            count => self.texts.get("why_more", &[("count", &count.to_string())]),
        };
        RulePart {
            text: on_one_line(&seen.trace.text),
            span: seen.trace.span.clone(),
            label,
            value_text,
            value: small(value),
            kind: value.kind(),
            holds: value.as_bool().filter(|_| condition),
            decides,
            cause: seen.trace.cause.as_ref().map(|cause| cause.message.to_string()),
            item: if round {
                self.item(seen).unwrap_or_default()
            } else {
                Prose::default()
            },
            children: self.children(seen),
            left_out: seen.trace.left_out,
            left_out_text,
        }
    }

    /// The parts that are worth a line: constants say themselves what they are, and the steps of a path tell no more than its end.
    fn children(&self, seen: &Seen) -> Vec<RulePart> {
        let own: &[Seen] = match seen.parts.as_slice() {
            // The round and its condition are one line.
            [.., body] if seen.is_round() && !body.is_constant() => &body.parts,
            parts => parts,
        };
        let within = match seen.parts.last() {
            Some(body) if seen.is_round() => body,
            _ => seen,
        };
        let decisive = match within.trace.step {
            Step::And => Some(false),
            Step::Or => Some(true),
            _ => None,
        };
        let path = matches!(within.trace.step, Step::Path(_));
        let mut children = Vec::new();
        for part in own {
            let value = part.trace.value.as_bool();
            let decides = decisive.is_some() && value == decisive;
            let plain = matches!(part.trace.step, Step::Slot(_) | Step::Local(_));
            // The item of a round stands before its line.
            if seen.is_round() && matches!(part.trace.step, Step::Local(_)) {
                continue;
            }
            if path && plain {
                continue;
            }
            if part.is_constant() {
                children.extend(self.constant(within, part));
                continue;
            }
            if path && matches!(part.trace.step, Step::Path(_)) && part.parts.iter().all(Seen::is_bare) {
                continue;
            }
            children.push(self.part(part, decides));
        }
        children
    }

    /// A constant is worth a line when it is a code with a label.
    fn constant(&self, within: &Seen, part: &Seen) -> Option<RulePart> {
        let code = part.trace.value.as_str()?;
        let other = within.parts.iter().find_map(|other| match &other.subject {
            Some(subject @ (Subject::Answer(..) | Subject::Key(..))) => Some(subject),
            _ => None,
        })?;
        let words = self.words(&part.trace.value, Some(other));
        (words != code).then(|| RulePart {
            value_text: words,
            ..self.part(part, false)
        })
    }

    /// What a rule read, each once; and how many more there are than are told.
    pub fn all_reads(&self, seen: &Seen, most: usize) -> (Vec<Read>, usize) {
        let mut found: Vec<Read> = Vec::new();
        self.reads(seen, &mut |subject, value| {
            let Some(label) = self.name(subject) else {
                return;
            };
            let standing = match subject {
                Subject::Answer(spot, field) => match (self.standing(spot, *field), value.is_null()) {
                    (Standing::Unanswered, false) => Standing::Answered,
                    (standing, _) => standing,
                },
                Subject::Whole(_) if value.is_null() => Standing::NotBegun,
                _ => Standing::Answered,
            };
            let without_value = match subject {
                Subject::Answer(spot, field) if value.is_null() && standing == Standing::Answered => {
                    self.answer_without_value(spot, *field)
                }
                _ => None,
            };
            let read = Read {
                label,
                value_text: without_value.unwrap_or_else(|| self.words(value, Some(subject))),
                standing,
            };
            if matches!(subject, Subject::Key(..)) || found.contains(&read) {
                return;
            }
            found.push(read);
        });
        let more = found.len().saturating_sub(most);
        found.truncate(most);
        (found, more)
    }
}

impl Seen {
    /// Whether it reads something and nothing else.
    fn is_bare(&self) -> bool {
        matches!(self.trace.step, Step::Slot(_) | Step::Local(_) | Step::Member(..))
            || (matches!(self.trace.step, Step::Path(_)) && self.parts.iter().all(Seen::is_bare))
    }
}

fn is_condition(seen: &Seen) -> bool {
    let asks = matches!(
        seen.trace.step,
        Step::And
            | Step::Or
            | Step::Compare(_)
            | Step::Between
            | Step::In
            | Step::InstanceOf
            | Step::Quantified(_)
            | Step::Function(
                "not"
                    | "list contains"
                    | "contains"
                    | "matches"
                    | "starts with"
                    | "ends with"
                    | "all"
                    | "any"
            )
    );
    let asked = match (&seen.trace.step, seen.parts.last()) {
        (Step::Round(_), Some(body)) => is_condition(body),
        _ => false,
    };
    (asks || asked) && matches!(seen.trace.value, Value::Boolean(_) | Value::Null)
}

fn small(value: &Value) -> Json {
    if value.fits(&mut { LARGEST }, 8) {
        value.to_plain_json()
    } else {
        Json::Null
    }
}
