//! Computations in words.

use super::prose::{Prose, Role};
use super::subject::{Seen, Subject};
use super::words::Teller;
use crate::feel::{Arithmetic, Step};
use crate::value::Value;

impl Teller<'_> {
    /// What a value is compared with or computed from: its name and value.
    pub fn operand(&self, seen: &Seen, like: Option<&Subject>) -> Prose {
        if let Some(told) = self.formula(seen, like) {
            return told;
        }
        match &seen.trace.value {
            Value::List(_) | Value::Context(_) | Value::Function(_) | Value::Null => self.quoted(seen),
            value => Prose::value(self.words(value, like)),
        }
    }

    /// How a value comes about, with the conditions that chose between several ways.
    pub fn told(&self, seen: &Seen, like: Option<&Subject>) -> Option<Prose> {
        let (conditions, way) = ways(seen);
        let told = self.formula(way, like)?;
        if conditions.is_empty() {
            return Some(told);
        }
        let because = self.all(conditions);
        Some(self.say("why_since", &[("formula", &told), ("because", &because)]))
    }

    /// How a value comes about; `None` when there are no good words for it.
    pub fn formula(&self, seen: &Seen, like: Option<&Subject>) -> Option<Prose> {
        let value = || Prose::value(self.words(&seen.trace.value, self.like(seen).as_ref().or(like)));
        let first = || seen.parts.first();
        match (&seen.trace.step, &seen.subject) {
            (Step::Constant, _) => Some(value()),
            (Step::Slot(_) | Step::Path(_) | Step::Member(..) | Step::Filter, Some(subject)) => {
                self.named(subject, &seen.trace.value)
            }
            (Step::Local(_), Some(subject @ Subject::Row(..))) => self.name(subject),
            (Step::Local(_), _) => Some(value()),
            (Step::Arithmetic(operator), _) => self.arithmetic(*operator, seen, like),
            (Step::Negate, _) => {
                let operand = self.operand(first()?, like);
                Some(self.say("why_negative", &[("operand", &operand)]))
            }
            (Step::If, _) => {
                let [_, branch] = seen.parts.as_slice() else {
                    return None;
                };
                self.formula(branch, like)
            }
            (Step::Function(name), _) => self.function(name, seen, like),
            _ => None,
        }
    }

    /// A subject with its value behind it.
    fn named(&self, subject: &Subject, value: &Value) -> Option<Prose> {
        let name = self.name(subject)?;
        if matches!(subject, Subject::Row(..) | Subject::Whole(_)) {
            return Some(name);
        }
        let words = Prose::value(self.words(value, Some(subject)));
        if matches!(subject, Subject::Key(..)) {
            return Some(words);
        }
        Some(self.say("why_operand", &[("label", &name), ("value", &words)]))
    }

    fn arithmetic(&self, operator: Arithmetic, seen: &Seen, like: Option<&Subject>) -> Option<Prose> {
        // Texts that are put together are told as what comes out.
        let [left, right] = seen.parts.as_slice() else {
            return None;
        };
        if matches!(seen.trace.value, Value::String(_) | Value::Null) {
            return None;
        }
        let key = match operator {
            Arithmetic::Add => "why_plus",
            Arithmetic::Subtract => "why_minus",
            Arithmetic::Multiply => "why_times",
            Arithmetic::Divide => "why_divided",
            Arithmetic::Power => "why_power",
        };
        let side = |part: &Seen| {
            // What a product is made of need not be of its kind.
            let like = like.filter(|_| matches!(operator, Arithmetic::Add | Arithmetic::Subtract));
            let told = self.operand(part, self.like(part).as_ref().or(like));
            let looser = matches!(
                part.trace.step,
                Step::Arithmetic(Arithmetic::Add | Arithmetic::Subtract)
            ) && !matches!(operator, Arithmetic::Add | Arithmetic::Subtract);
            if looser {
                self.say("why_bracket", &[("operand", &told)])
            } else {
                told
            }
        };
        Some(self.say(key, &[("left", &side(left)), ("right", &side(right))]))
    }

    fn function(&self, name: &str, seen: &Seen, like: Option<&Subject>) -> Option<Prose> {
        let key = match name {
            "today" => {
                let value = Prose::value(self.plain(&seen.trace.value));
                return Some(self.say("why_today", &[("value", &value)]));
            }
            "sum" => "why_sum",
            "min" => "why_min",
            "max" => "why_max",
            "mean" => "why_mean",
            "count" => "why_count",
            "decimal" | "round half up" | "round half down" | "round up" | "round down" | "floor"
            | "ceiling" => "why_rounded",
            // What is in one form and comes out in another.
            "duration" | "date" | "number" | "string" | "years and months duration" => {
                return (!seen.trace.value.is_null())
                    .then(|| Prose::value(self.words(&seen.trace.value, like)));
            }
            _ => return None,
        };
        let operand = match seen.parts.as_slice() {
            [one] if name == "count" => {
                let about = self.counted_about(one)?;
                let count = Prose::value(self.plain(&seen.trace.value));
                self.say("why_operand", &[("label", &about), ("value", &count)])
            }
            [one] => self.items(one, name == "sum")?,
            [one, _] if key == "why_rounded" => self.operand(one, like),
            several => {
                let items = several.iter().map(|part| self.operand(part, like)).collect();
                Prose::list(self.texts, items)
            }
        };
        Some(self.say(key, &[("operand", &operand)]))
    }

    /// A list with what is in it: what is added up stands as a sum.
    fn items(&self, list: &Seen, sum: bool) -> Option<Prose> {
        let like = self.like(list);
        let about = like.as_ref().and_then(|subject| self.name(subject));
        let about = about.unwrap_or_else(|| Prose::list(self.texts, self.about(list)));
        let items = list.trace.value.as_list()?;
        let words = |value: &Value| self.words(value, like.as_ref());
        let all = if sum && items.len() <= 6 {
            let all: Vec<String> = items.iter().map(words).collect();
            all.join(" + ")
        } else {
            self.words(&list.trace.value, like.as_ref())
        };
        if about.is_empty() {
            return Some(Prose::value(all));
        }
        if items.is_empty() {
            return Some(about);
        }
        let value = Prose::one(Role::Value, all);
        Some(self.say("why_operand", &[("label", &about), ("value", &value)]))
    }
}

/// The way that conditions chose, and these conditions.
pub fn ways(seen: &Seen) -> (Vec<&Seen>, &Seen) {
    let (mut conditions, mut way) = (Vec::new(), seen);
    while let (Step::If, [condition, branch]) = (&way.trace.step, way.parts.as_slice()) {
        conditions.push(condition);
        way = branch;
    }
    (conditions, way)
}
