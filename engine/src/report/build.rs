//! Which reports there are of a day: one, or one for each value of what the template makes reports for.

use uuid::Uuid;

use super::Made;
use super::history::{Facts, History, Known};
use super::render::{Builder, Variables};
use crate::definition::Template;
use crate::value::{Date, DateTime, Time, Value};

/// Builds the reports of a day: none when nothing of that day is to be reported.
pub fn build(template: &Template, history: &History, day: Date) -> Vec<Made> {
    let facts = history.facts(day);
    if !facts.all.iter().any(|fact| fact.changed) {
        return Vec::new();
    }
    let builder = || Builder::new(template, history, &facts, day);
    let Some(per) = &template.per else {
        return builder().made(Vec::new(), None).into_iter().collect();
    };
    let mut found: Vec<(Uuid, Variables)> = Vec::new();
    let mut first = builder();
    first.give();
    first.each(&per.each, &mut |first| {
        let Value::String(key) = first.ask(&per.key) else {
            return first.refuse_rule(&per.key, "it is not known which report it is");
        };
        let key = Uuid::new_v5(&template.namespace, key.as_bytes());
        // The same one found twice is one.
        if found.iter().all(|(known, _)| *known != key) {
            let slots = per.each.iter().map(|(slot, _)| *slot);
            found.push((key, first.sight.variables(slots)));
        }
    });
    let unknown = (!first.refusals.is_empty()).then(|| Made {
        key: None,
        report: Err(std::mem::take(&mut first.refusals)),
    });
    let made = found
        .into_iter()
        .filter_map(|(key, value)| builder().made(value, Some(key)));
    unknown.into_iter().chain(made).collect()
}

/// Whom reports about these cases are about, as the template tells people apart; none when the cases do not say.
pub fn about(template: &Template, history: &History) -> Option<String> {
    let facts = Facts::default();
    let mut builder = Builder::new(template, history, &facts, Date::EPOCH);
    builder.give();
    match builder.ask(&template.about) {
        Value::String(about) => Some(about.to_string()),
        _ => None,
    }
}

/// What the template knows these cases by, as one text: their identifiers.
pub fn identifiers(template: &Template, history: &History) -> String {
    let names = template.sees.identifiers.iter();
    let names: Vec<&str> = names.filter_map(|name| name.strip_prefix("case.")).collect();
    let of_case = |case: &Known| {
        let value = |name: &&str| {
            case.case
                .as_context()
                .and_then(|context| context.get(name))
                .cloned()
        };
        let values = names
            .iter()
            .map(|name| value(name).unwrap_or_default().to_string());
        values.collect::<Vec<_>>().join("\n")
    };
    let cases = history.cases.iter().map(of_case);
    cases.collect::<Vec<_>>().join("\n\n")
}

impl Builder<'_> {
    /// Builds the report of a value of what the template makes reports for; none when nothing of it is to be reported.
    fn made(mut self, value: Variables, key: Option<Uuid>) -> Option<Made> {
        self.give();
        self.sight.restore(value);
        self.gather();
        if !self.things.iter().any(|thing| thing.root) {
            return None;
        }
        self.render();
        let report = self.report(key);
        Some(Made { key, report })
    }

    /// When the last of what it tells came about.
    pub(super) fn at(&self) -> DateTime {
        let rendered = self.things.iter().filter(|thing| thing.content.is_some());
        let told = rendered
            .flat_map(|thing| &thing.points)
            .filter_map(|place| self.facts.all.get(*place));
        let last = told.filter(|fact| fact.changed).max_by_key(|fact| fact.order);
        // It may go out for another reason than its points.
        let last = last.or_else(|| {
            let changed = self.facts.all.iter().filter(|fact| fact.changed);
            changed.max_by_key(|fact| fact.order)
        });
        last.map_or_else(
            || DateTime::new(self.day, Time::MIDNIGHT),
            |fact| fact.recorded.clone(),
        )
    }
}
