//! Labels and values in words.

use serde_json::Value as Json;

use super::prose::{Link, Place, Prose, Role};
use super::resolver::Resolver;
use super::subject::{Seen, Spot, Subject, Whereabouts};
use crate::case::Origin;
use crate::definition::{Concept, Field, FieldIx, Form, Kind, Options, Texts, fill_in};
use crate::evaluation::answer;
use crate::evaluation::world::{Seat, Sight};
use crate::feel::{Arithmetic, Step};
use crate::value::{Date, DaysDuration, Value};

/// The longest text that is shown whole.
const LONGEST: usize = 120;
/// How many values of a list are told.
const VALUES: usize = 8;
/// A day in nanoseconds.
const DAY: i128 = 86_400_000_000_000;

/// How an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There is one.
    Answered,
    /// There is none.
    Unanswered,
    /// The field is hidden, so that rules do not know its answer.
    Hidden,
    /// There is no response of its form.
    NotBegun,
}

/// Puts what rules say into words.
pub struct Teller<'a> {
    pub texts: &'a Texts,
    pub resolver: Resolver<'a>,
}

impl<'a> Teller<'a> {
    /// A text of the language.
    pub fn say(&self, key: &str, parts: &[(&str, &Prose)]) -> Prose {
        Prose::of(self.texts, key, parts)
    }

    pub fn form(&self, spot: &Spot) -> Option<&'a Form> {
        self.resolver.world.method.all.get(spot.form)
    }

    pub fn field(&self, spot: &Spot, field: FieldIx) -> Option<&'a Field> {
        self.form(spot)?.fields.get(field)
    }

    fn own(&self, spot: &Spot) -> bool {
        spot.seat == Whereabouts::At(self.resolver.state.seat)
    }

    /// How an answer stands.
    pub fn standing(&self, spot: &Spot, field: FieldIx) -> Standing {
        if spot.seat == Whereabouts::Nowhere {
            return Standing::NotBegun;
        }
        let standing = self.resolver.with_cell(spot, field, |cell, _| {
            match (cell.relevant, cell.origin().is_some() || !cell.rows().is_empty()) {
                (false, _) => Standing::Hidden,
                (true, false) => Standing::Unanswered,
                (true, true) => Standing::Answered,
            }
        });
        standing.unwrap_or(Standing::Unanswered)
    }

    /// Where a field is found.
    pub fn link(&self, spot: &Spot, field: FieldIx) -> Option<Link> {
        let Whereabouts::At(seat) = spot.seat else {
            return None;
        };
        let form = self.form(spot)?;
        // What stands in several rows is found at the outermost group.
        let (path, named) = match self.resolver.path(spot, field) {
            Some(path) => (path, field),
            None => {
                let group = form.groups_around(form.fields.get(field)?.block).next()?;
                (form.fields.get(group)?.id.clone(), group)
            }
        };
        let (place, response) = match seat {
            _ if self.own(spot) => (Place::Here, None),
            Seat::Response(index) => {
                let response = self.resolver.world.case.responses.get(index)?;
                (Place::Response, Some(response.id.clone()))
            }
            Seat::Record => (Place::Case, None),
            Seat::Citizen => (Place::Citizen, None),
        };
        let response = response.or_else(|| {
            let own = self.resolver.world.response(self.resolver.state.seat)?;
            (place == Place::Here).then(|| own.id.clone())
        });
        let keys = spot.keys.clone().unwrap_or_default();
        let at = Spot {
            keys: Some(keys),
            ..spot.clone()
        };
        Some(Link {
            place,
            response,
            path,
            group: form.group(named).is_some(),
            shown: self
                .resolver
                .with_cell(&at, named, |cell, _| cell.relevant)
                .unwrap_or(true),
        })
    }

    /// What a field is called: its question when that can be answered by yes or no, with its form when it stands in another.
    pub fn label(&self, spot: &Spot, field: FieldIx) -> Prose {
        let Some(definition) = self.field(spot, field) else {
            return Prose::default();
        };
        let asked = definition.question.as_ref();
        let asked = asked.filter(|question| {
            matches!(definition.kind, Kind::YesNo)
                && question.trim_end().ends_with('?')
                && question.chars().count() <= LONGEST
        });
        let text = self.filled(spot, definition, asked.unwrap_or(&definition.label));
        let label = Prose::label(text, self.link(spot, field));
        self.in_form(spot, label)
    }

    /// The label of a field without its place.
    pub fn plain_label(&self, spot: &Spot, field: FieldIx) -> String {
        self.field(spot, field).map_or_else(String::new, |definition| {
            self.filled(spot, definition, &definition.label)
        })
    }

    fn filled(&self, spot: &Spot, definition: &Field, text: &str) -> String {
        let mut around: Vec<(&str, &Concept)> = Vec::new();
        if let (Some(form), Some(keys)) = (self.form(spot), &spot.keys) {
            for (group, key) in form.groups_around(definition.block).zip(keys) {
                let group = form.group(group);
                let concept = group
                    .and_then(|group| group.for_each.as_ref())
                    .and_then(|(list, _)| list.known_on(self.day(), key));
                let name = group.and_then(|group| group.row_name.as_deref());
                around.extend(name.zip(concept));
            }
        }
        let mut text = fill_in(text, &around);
        // The row is not known where an answer is meant in all of them.
        while let Some((open, close)) = text
            .find('{')
            .zip(text.find('}'))
            .filter(|(open, close)| open < close)
        {
            text.replace_range(open..=close, "…");
        }
        text
    }

    fn in_form(&self, spot: &Spot, label: Prose) -> Prose {
        if self.own(spot) {
            return label;
        }
        let parts = [("label", &label)];
        match spot.seat {
            Whereabouts::At(Seat::Record) => self.say("why_in_case", &parts),
            Whereabouts::At(Seat::Citizen) => self.say("why_in_citizen", &parts),
            _ => {
                let title = self.form_title(spot);
                self.say("why_in_form", &[("label", &label), ("form", &title)])
            }
        }
    }

    /// The title of a spot's form.
    pub fn form_title(&self, spot: &Spot) -> Prose {
        let title = self.form(spot).map_or("", |form| form.title.as_str());
        Prose::label(title, None)
    }

    /// What a row is called.
    fn row_title(&self, spot: &Spot, group: FieldIx) -> Option<String> {
        let keys = spot.keys.as_ref()?;
        let key = keys.last()?;
        if let Some(list) = self.resolver.list_of(spot, group) {
            return Some(list.get(key)?.label.clone());
        }
        let form = self.form(spot)?;
        let definition = form.fields.get(group)?;
        let inside = definition.group()?;
        let found = self.resolver.with_state(spot, |state| {
            let at = self.resolver.at(state, form, group, keys)?;
            let titled = inside.row_title.as_ref().map(|rule| {
                let sight = Sight::new(self.resolver.world, state, inside.block, &at);
                match sight.value(rule) {
                    Value::Null => String::new(),
                    value => self.plain(&value),
                }
            });
            Some((titled, *at.rows().last()? + 1))
        });
        let (titled, number) = found??;
        Some(
            titled
                .filter(|title| !title.trim().is_empty())
                .unwrap_or_else(|| {
                    let label = inside.row_label.as_deref().unwrap_or(&definition.label);
                    self.texts
                        .get("row_number", &[("label", label), ("number", &number.to_string())])
                }),
        )
    }

    /// What a subject is called.
    pub fn name(&self, subject: &Subject) -> Option<Prose> {
        match subject {
            Subject::Answer(spot, field) | Subject::Rows(spot, field) => Some(self.label(spot, *field)),
            Subject::Row(spot, group) => {
                let title = self.row_title(spot, *group)?;
                let link = self.link(spot, *group);
                Some(Prose::label(title, link))
            }
            Subject::Key(spot, group) => {
                let name = self.form(spot)?.group(*group)?.row_name.as_deref()?;
                Some(Prose::one(Role::Rule, name))
            }
            Subject::Whole(spot) => Some(self.form_title(spot)),
            Subject::Parameter(index) => {
                let parameter = self.resolver.world.method.parameters.get(*index)?;
                Some(Prose::label(&parameter.title, None))
            }
            Subject::Completed => Some(self.say("why_day_completed", &[])),
            Subject::Started => Some(self.say("why_day_started", &[])),
            Subject::Parameters
            | Subject::Concept(..)
            | Subject::ConceptPart(..)
            | Subject::Response
            | Subject::Entries(_)
            | Subject::Items(_) => None,
        }
    }

    /// The day of the response that is explained.
    fn day(&self) -> Date {
        self.resolver.state.now.date()
    }

    /// A value in words, as one of what the subject holds.
    pub fn words(&self, value: &Value, like: Option<&Subject>) -> String {
        match (like, value) {
            (_, Value::Days(_) | Value::Months(_)) => self.plain(value),
            (Some(Subject::Answer(spot, field)), Value::Null) => {
                self.texts.get(self.unanswered(spot, *field), &[])
            }
            (Some(Subject::Answer(spot, field)), value) => match self.field(spot, *field) {
                Some(definition) => self.answer(definition, value),
                None => self.plain(value),
            },
            (Some(Subject::Key(spot, group) | Subject::Row(spot, group)), Value::String(key)) => {
                let concept = self
                    .resolver
                    .list_of(spot, *group)
                    .and_then(|list| list.known_on(self.day(), key));
                concept.map_or_else(|| self.plain(value), |concept| concept.label.clone())
            }
            (Some(Subject::Rows(..)), Value::List(rows)) => {
                self.counted("why_row", "why_rows", rows.len() as i64)
            }
            (Some(Subject::Whole(spot)), Value::Null) if spot.seat == Whereabouts::Nowhere => {
                self.texts.get("why_not_begun_short", &[])
            }
            (Some(Subject::Whole(_)), Value::Context(_)) => self.texts.get("why_begun_short", &[]),
            _ => self.plain(value),
        }
    }

    fn unanswered(&self, spot: &Spot, field: FieldIx) -> &'static str {
        match self.standing(spot, field) {
            Standing::Hidden => "why_hidden_short",
            Standing::NotBegun => "why_not_begun_short",
            Standing::Unanswered | Standing::Answered => "unanswered",
        }
    }

    fn answer(&self, definition: &Field, value: &Value) -> String {
        let one = |value: &Value| {
            let written = answer::write(definition, value, self.day());
            let labelled = match (&definition.kind, value) {
                (Kind::Choice(options) | Kind::Choices(options), Value::String(code)) => {
                    label_of(options, code, self.day())
                }
                _ => None,
            };
            labelled.unwrap_or_else(|| match written {
                Json::String(_) | Json::Bool(_) | Json::Number(_) | Json::Object(_) => {
                    answer::words(self.texts, definition, &written, self.day())
                }
                _ => self.plain(value),
            })
        };
        match value {
            Value::List(items) => self.several(items.iter().map(one).collect()),
            value => shorten(&one(value)),
        }
    }

    /// Values one after the other, the first ones only.
    fn several(&self, mut all: Vec<String>) -> String {
        let more = all.len().saturating_sub(VALUES);
        all.truncate(VALUES);
        if all.is_empty() {
            return self.texts.get("why_nothing", &[]);
        }
        let mut text = all.join("; ");
        if more > 0 {
            text.push_str("; ");
            text.push_str(&self.texts.get("why_more", &[("count", &more.to_string())]));
        }
        text
    }

    /// A value in words, whatever it is of.
    pub fn plain(&self, value: &Value) -> String {
        match value {
            Value::Null => self.texts.get("why_nothing", &[]),
            Value::Boolean(value) => self.texts.get(if *value { "yes" } else { "no" }, &[]),
            Value::Date(date) => answer::day(self.texts, *date),
            Value::Number(number) => answer::grouped(self.texts, &number.to_string(), false),
            Value::String(text) => shorten(text),
            Value::Days(days) => self.days(days).unwrap_or_else(|| value.to_string()),
            Value::Months(months) => {
                let count = months.months();
                if count % 12 == 0 {
                    self.counted("why_year", "why_years", count / 12)
                } else {
                    self.counted("why_month", "why_months", count)
                }
            }
            Value::List(items) => self.several(items.iter().map(|item| self.plain(item)).collect()),
            other => shorten(&other.to_string()),
        }
    }

    fn days(&self, duration: &DaysDuration) -> Option<String> {
        let nanos = duration.to_nanos();
        let days = (nanos % DAY == 0).then(|| i64::try_from(nanos / DAY).ok())??;
        Some(self.counted("why_day", "why_days", days))
    }

    fn counted(&self, one: &str, several: &str, count: i64) -> String {
        let key = if count.abs() == 1 { one } else { several };
        self.texts.get(key, &[("count", &count.to_string())])
    }

    /// The subject whose values a part's value is one of: sums of amounts are amounts.
    pub fn like(&self, seen: &Seen) -> Option<Subject> {
        let of = |index: usize| seen.parts.get(index).and_then(|part| self.like(part));
        let money = |subject: &Subject| match subject {
            Subject::Answer(spot, field) => self
                .field(spot, *field)
                .is_some_and(|field| matches!(field.kind, Kind::Money)),
            _ => false,
        };
        if let Some(subject) = &seen.subject
            && !seen.is_round()
            && !matches!(subject, Subject::Items(_) | Subject::Entries(_))
        {
            return Some(subject.clone());
        }
        match &seen.trace.step {
            Step::Function(
                "sum" | "min" | "max" | "mean" | "median" | "abs" | "round half up" | "decimal",
            ) => of(0),
            Step::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => of(0).or_else(|| of(1)),
            Step::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide) => {
                of(0).filter(money).or_else(|| of(1).filter(money))
            }
            Step::Filter | Step::Negate => of(0),
            Step::If => of(1),
            Step::Round(_) => seen.parts.last().and_then(|part| self.like(part)),
            Step::For => {
                let mut rounds = seen.parts.iter().filter(|part| part.is_round());
                rounds.next().and_then(|round| self.like(round))
            }
            _ => None,
        }
    }

    /// Whether a score or choice holds an answer that rules see as null.
    pub fn answer_without_value(&self, spot: &Spot, field: FieldIx) -> Option<String> {
        let definition = self.field(spot, field)?;
        let words = self.resolver.with_cell(spot, field, |cell, answer| {
            (cell.relevant && cell.origin().is_some() && cell.origin() != Some(Origin::Computed))
                .then(|| answer::words(self.texts, definition, answer, self.day()))
        });
        words?.filter(|words| !words.is_empty())
    }
}

fn label_of(options: &Options, code: &str, day: Date) -> Option<String> {
    answer::concept(options, code, day).map(|concept| concept.label.clone())
}

/// The beginning of a long text.
pub fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.replace('\n', " "),
    }
}
