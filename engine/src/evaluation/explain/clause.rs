//! Conditions in words. A clause always tells the fact that decides, as it is: `not` needs no words of its own, and one that
//! does not hold is told by what is the case instead.

use super::prose::{Prose, Role};
use super::subject::{Seen, Subject};
use super::words::Teller;
use crate::definition::Kind;
use crate::feel::{Comparison, Step};
use crate::source::on_one_line;
use crate::value::Value;

impl Teller<'_> {
    /// The fact that makes a condition what it is.
    pub fn clause(&self, seen: &Seen) -> Prose {
        let value = seen.trace.value.as_bool();
        let children = || seen.parts.iter();
        let told = match &seen.trace.step {
            Step::Constant => return Prose::default(),
            Step::And | Step::Or => {
                let decisive = matches!(seen.trace.step, Step::Or);
                match (value, seen.parts.last()) {
                    (Some(value), Some(last)) if value == decisive => Some(self.clause(last)),
                    (Some(_), _) => Some(self.all(children().collect())),
                    (None, _) => {
                        Some(self.all(children().filter(|part| part.trace.value.is_null()).collect()))
                    }
                }
            }
            Step::Function("not") => seen.parts.first().map(|part| self.clause(part)),
            Step::Compare(operator) => match seen.parts.as_slice() {
                [left, right] => self.comparison(*operator, value, left, right),
                _ => None,
            },
            Step::Function("list contains") => match seen.parts.as_slice() {
                [list, item] => self.contains(value, list, item),
                _ => None,
            },
            Step::Function("matches") => match (value, seen.parts.first()) {
                (Some(value), Some(text)) if text.subject.is_some() => {
                    let key = if value { "why_matches" } else { "why_not_matches" };
                    Some(self.say(key, &[("label", &self.operand(text, None))]))
                }
                _ => None,
            },
            Step::In => match seen.parts.as_slice() {
                [item, list] => self.contains(value, list, item),
                _ => None,
            },
            Step::If => Some(self.all(children().collect())),
            Step::Quantified(every) => self.quantified(*every, value, seen),
            Step::Slot(_) | Step::Path(_) | Step::Member(..) => match &seen.subject {
                Some(subject @ Subject::Answer(..)) => self.fact(subject, &seen.trace.value, None),
                _ => None,
            },
            _ => None,
        };
        match told {
            Some(told) if !told.is_empty() => told,
            _ if value.is_none() => self.missing(seen),
            _ => self.rule(seen),
        }
    }

    /// Several facts. That something is there need not be told when another fact is about it, and what an answer is not is told
    /// together.
    pub fn all(&self, parts: Vec<&Seen>) -> Prose {
        let mut told: Vec<Prose> = Vec::new();
        let mut refused: Vec<&Subject> = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let mut others = parts.iter().enumerate().filter(|(other, _)| *other != index);
            if let Some(subject) = present(part)
                && others.any(|(_, other)| self.mentions(other, subject))
            {
                continue;
            }
            match self.refused(part) {
                Some((subject, _)) if refused.iter().any(|known| known.same(subject)) => {}
                Some((subject, _)) => {
                    refused.push(subject);
                    let all = parts.iter().filter_map(|part| self.refused(part));
                    let wanted = all
                        .filter(|(other, _)| other.same(subject))
                        .map(|(_, wanted)| Prose::value(self.words(wanted, Some(subject))));
                    let wanted = Prose::joined(self.texts, wanted.collect(), "why_or");
                    if let Some(left) = part.parts.first() {
                        told.extend(self.fact(subject, &left.trace.value, Some(wanted)));
                    }
                }
                None => told.push(self.clause(part)),
            }
        }
        Prose::list(self.texts, told)
    }

    fn mentions(&self, seen: &Seen, subject: &Subject) -> bool {
        let mut found = false;
        self.reads(seen, &mut |other, _| found |= other.same(subject));
        found && !present(seen).is_some_and(|other| other.same(subject))
    }

    /// An answer that is another one than the rule asks for, and what it asks for.
    fn refused<'s>(&self, seen: &'s Seen) -> Option<(&'s Subject, &'s Value)> {
        let (Step::Compare(Comparison::Equal | Comparison::NotEqual), [left, right]) =
            (&seen.trace.step, seen.parts.as_slice())
        else {
            return None;
        };
        let equal = matches!(seen.trace.step, Step::Compare(Comparison::Equal));
        let differs = seen.trace.value.as_bool()? != equal;
        let subject = left.subject.as_ref()?;
        let Subject::Answer(spot, field) = subject else {
            return None;
        };
        let kind = &self.field(spot, *field)?.kind;
        let told = differs
            && right.is_constant()
            && !right.trace.value.is_null()
            && !left.trace.value.is_null()
            && !matches!(kind, Kind::YesNo);
        told.then_some((subject, &right.trace.value))
    }

    /// What an answer is; `wanted` is what it should have been and is not.
    fn fact(&self, subject: &Subject, value: &Value, wanted: Option<Prose>) -> Option<Prose> {
        if value.is_null() {
            return self.absent(subject);
        }
        let label = self.name(subject)?;
        let value = Prose::value(self.words(value, Some(subject)));
        let parts = [("label", &label), ("value", &value)];
        Some(match wanted {
            Some(wanted) => self.say("why_is_not", &[parts[0], parts[1], ("wanted", &wanted)]),
            None => self.say("why_is", &parts),
        })
    }

    fn comparison(
        &self,
        operator: Comparison,
        value: Option<bool>,
        left: &Seen,
        right: &Seen,
    ) -> Option<Prose> {
        let (operator, left, right) = if left.is_constant() && !right.is_constant() {
            (mirrored(operator), right, left)
        } else {
            (operator, left, right)
        };
        let known = |seen: &Seen| seen.subject.clone().filter(told_by_name);
        let subject = known(left);
        if right.is_constant() && right.trace.value.is_null() {
            return self.presence(subject.as_ref()?, &left.trace.value);
        }
        for (side, subject) in [(left, &subject), (right, &known(right))] {
            if let Some(subject) = subject
                && side.trace.value.is_null()
            {
                return self.absent(subject);
            }
        }
        let value = value?;
        let operator = if value { operator } else { opposite(operator) };
        let like = self.like(left).or_else(|| self.like(right));
        if let Some(subject @ Subject::Answer(spot, field)) = &subject
            && right.subject.is_none()
            && right.is_constant()
        {
            let yes_no = self
                .field(spot, *field)
                .is_some_and(|field| matches!(field.kind, Kind::YesNo));
            match operator {
                Comparison::Equal => return self.fact(subject, &left.trace.value, None),
                Comparison::NotEqual => {
                    let wanted = Prose::value(self.words(&right.trace.value, Some(subject)));
                    return self.fact(subject, &left.trace.value, (!yes_no).then_some(wanted));
                }
                _ => {}
            }
        }
        if let Some(told) = self.counted_fact(left, right) {
            return Some(told);
        }
        let key = match (operator, matches!(left.trace.value, Value::Date(_))) {
            (Comparison::Equal, _) => "why_equal",
            (Comparison::NotEqual, _) => "why_not_equal",
            (Comparison::Less, false) => "why_less",
            (Comparison::LessOrEqual, false) => "why_at_most",
            (Comparison::Greater, false) => "why_greater",
            (Comparison::GreaterOrEqual, false) => "why_at_least",
            (Comparison::Less, true) => "why_before",
            (Comparison::LessOrEqual, true) => "why_not_after",
            (Comparison::Greater, true) => "why_after",
            (Comparison::GreaterOrEqual, true) => "why_not_before",
        };
        let operand = |seen: &Seen| self.operand(seen, like.as_ref());
        Some(self.say(key, &[("left", &operand(left)), ("right", &operand(right))]))
    }

    /// How many there are, compared with none.
    fn counted_fact(&self, count: &Seen, none: &Seen) -> Option<Prose> {
        let zero = none.is_constant() && none.trace.value.as_number()?.to_i64() == Some(0);
        let counts = matches!(count.trace.step, Step::Function("count")) && zero;
        let about = self.counted_about(count.parts.first().filter(|_| counts)?)?;
        let value = Prose::value(self.plain(&count.trace.value));
        Some(self.say("why_count_is", &[("label", &about), ("value", &value)]))
    }

    /// What is counted; whether some of it does not count is told.
    pub fn counted_about(&self, list: &Seen) -> Option<Prose> {
        let about = match list.subject.as_ref().and_then(|subject| self.name(subject)) {
            Some(about) => about,
            None => Prose::list(self.texts, self.about(list)),
        };
        if about.is_empty() {
            return None;
        }
        Some(if self.narrowed(list) {
            self.say("why_counted", &[("label", &about)])
        } else {
            about
        })
    }

    /// Whether a list holds only what fulfils a condition, other than that there is something.
    fn narrowed(&self, list: &Seen) -> bool {
        let by_answers = matches!(list.trace.step, Step::Filter)
            && list.parts.iter().skip(1).any(|round| {
                let mut reads = false;
                self.reads(round, &mut |_, _| reads = true);
                reads
            });
        by_answers || list.parts.iter().take(1).any(|part| self.narrowed(part))
    }

    /// Whether there is something, told of an answer, of rows or of a response.
    fn presence(&self, subject: &Subject, value: &Value) -> Option<Prose> {
        match subject {
            Subject::Whole(spot) if !value.is_null() => {
                Some(self.say("why_begun", &[("form", &self.form_title(spot))]))
            }
            Subject::Completed if !value.is_null() => Some(self.say("why_is_completed", &[])),
            Subject::Rows(..) if !value.is_null() => {
                let label = self.name(subject)?;
                let count = Prose::value(self.words(value, Some(subject)));
                Some(self.say("why_has_rows", &[("label", &label), ("value", &count)]))
            }
            _ => self.fact(subject, value, None),
        }
    }

    fn contains(&self, value: Option<bool>, list: &Seen, item: &Seen) -> Option<Prose> {
        if let Some(Subject::ConceptPart(concepts, code, part)) = &list.subject {
            return self.concept_has(value?, concepts, code, part, &item.trace.value);
        }
        let subject = list.subject.clone().filter(told_by_name);
        let value = value?;
        // One of several written values: the answer tells all.
        if list.trace.value.as_list().is_some()
            && subject.is_none()
            && let Some(asked) = item.subject.as_ref().filter(|subject| told_by_name(subject))
        {
            let wanted = Prose::value(self.words(&list.trace.value, Some(asked)));
            return self.fact(asked, &item.trace.value, (!value).then_some(wanted));
        }
        let subject = subject?;
        if list.trace.value.is_null() {
            return self.absent(&subject);
        }
        if let Some(asked @ Subject::Answer(..)) = &item.subject
            && item.trace.value.is_null()
        {
            return self.absent(asked);
        }
        let like = item.subject.clone().unwrap_or_else(|| subject.clone());
        let words = Prose::value(self.words(&item.trace.value, Some(&like)));
        let label = self.name(&subject)?;
        let key = if value { "why_chosen" } else { "why_not_chosen" };
        Some(self.say(key, &[("label", &label), ("value", &words)]))
    }

    /// Whether a concept has a tag, or stands below another.
    fn concept_has(
        &self,
        value: bool,
        concepts: &crate::definition::List,
        code: &str,
        part: &str,
        wanted: &Value,
    ) -> Option<Prose> {
        let concept = Prose::value(&concepts.get(code)?.label);
        let wanted = wanted.as_str()?;
        let (keys, wanted) = match part {
            "tags" => (("why_tagged", "why_not_tagged"), Prose::one(Role::Rule, wanted)),
            "ancestors" => {
                let above = concepts.get(wanted).map_or(wanted, |concept| &concept.label);
                (("why_below", "why_not_below"), Prose::value(above))
            }
            _ => return None,
        };
        let key = if value { keys.0 } else { keys.1 };
        Some(self.say(key, &[("value", &concept), ("wanted", &wanted)]))
    }

    /// The item that decides, or that all or none do.
    fn quantified(&self, every: bool, value: Option<bool>, seen: &Seen) -> Option<Prose> {
        let rounds: Vec<&Seen> = seen.parts.iter().filter(|part| part.is_round()).collect();
        let count = rounds.len() + seen.trace.left_out;
        let source = seen.parts.first()?;
        let about = match source.subject.as_ref().and_then(|subject| self.name(subject)) {
            Some(name) => name,
            None => Prose::one(Role::Rule, on_one_line(&source.trace.text)),
        };
        if count == 0 {
            return Some(self.say("why_no_items", &[("label", &about)]));
        }
        if value == Some(every) {
            let condition = rounds.first()?;
            let counted = Prose::value(count.to_string());
            let rule = self.quoted(condition);
            let key = if every {
                "why_all_items"
            } else {
                "why_no_item_holds"
            };
            return Some(self.say(key, &[("count", &counted), ("label", &about), ("rule", &rule)]));
        }
        let round = rounds.first()?;
        let clause = self.clause(round.parts.last()?);
        match self.item(round) {
            Some(item) => Some(self.say("why_item", &[("item", &item), ("because", &clause)])),
            None => Some(clause),
        }
    }

    /// What the item of a round is called.
    pub fn item(&self, round: &Seen) -> Option<Prose> {
        let Step::Round(inner) = &round.trace.step else {
            return None;
        };
        match &round.subject {
            Some(row @ Subject::Row(..)) => self.name(row),
            Some(Subject::Entries(_)) => None,
            _ => match inner.items.first()? {
                value @ (Value::String(_) | Value::Number(_) | Value::Date(_) | Value::Boolean(_)) => {
                    Some(Prose::value(self.words(value, round.subject.as_ref())))
                }
                _ => {
                    let number = Prose::value(inner.number.to_string());
                    Some(self.say("why_number", &[("number", &number)]))
                }
            },
        }
    }
}

/// Whether a subject can be told by its name.
pub fn told_by_name(subject: &Subject) -> bool {
    matches!(
        subject,
        Subject::Answer(..)
            | Subject::Rows(..)
            | Subject::Whole(_)
            | Subject::Parameter(_)
            | Subject::Completed
            | Subject::Started
    )
}

/// What a comparison with null tells to be there.
fn present(seen: &Seen) -> Option<&Subject> {
    let (Step::Compare(Comparison::Equal | Comparison::NotEqual), [left, right]) =
        (&seen.trace.step, seen.parts.as_slice())
    else {
        return None;
    };
    let asks = right.is_constant() && right.trace.value.is_null() && !left.trace.value.is_null();
    left.subject.as_ref().filter(|_| asks)
}

fn mirrored(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}
