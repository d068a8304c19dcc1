//! What a need says, in words.

use super::{Need, Needs, Said};
use crate::definition::{Field, Form, Method};

/// What a need says of one thing, in the method's language.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// The key in the definition.
    pub key: &'static str,
    /// What it is about.
    pub label: String,
    /// What is said.
    pub text: String,
}

impl Needs {
    /// The fields, or the groups around them, in which a need is used, each with its form.
    pub fn used_in<'a>(&self, method: &'a Method, need: &Need) -> Vec<(&'a Form, &'a Field)> {
        let places = need.used_in.iter().filter_map(|path| place(method, path));
        places.collect()
    }

    /// All that a need says.
    pub fn columns(&self, method: &Method, need: &Need) -> Vec<Column> {
        let column = |(key, said): (&'static str, Said)| Column {
            key,
            label: method.text(&format!("need_{key}"), &[]),
            text: self.text(method, key, &said),
        };
        need.columns().into_iter().map(column).collect()
    }

    fn text(&self, method: &Method, key: &str, said: &Said) -> String {
        let list = self.columns.get(key).and_then(|name| method.lists.get(name));
        let label = |code: &str| {
            let concept = list.and_then(|list| list.get(code));
            concept.map_or_else(|| code.to_owned(), |concept| concept.label.clone())
        };
        let joined = |texts: Vec<String>| texts.join(", ");
        match said {
            Said::Text(text) => (*text).to_owned(),
            Said::Flag(yes) => method.text(if *yes { "yes" } else { "no" }, &[]),
            Said::Codes(codes) => joined(codes.iter().map(|code| label(code)).collect()),
            Said::Minutes(minutes) => {
                let parts = minutes
                    .iter()
                    .map(|(code, minutes)| format!("{} {minutes}", label(code)));
                let total: u32 = minutes.values().sum();
                format!("{total} ({})", joined(parts.collect()))
            }
            Said::Phases(phases) => {
                let title = |id: &String| {
                    let phase = method.phases.iter().find(|phase| phase.id == *id);
                    phase.map_or_else(|| id.clone(), |phase| phase.title.clone())
                };
                joined(phases.iter().map(title).collect())
            }
            Said::Fields(paths) => {
                let mut titles: Vec<String> = Vec::new();
                for (form, field) in paths.iter().filter_map(|path| place(method, path)) {
                    let title = format!("{}: {}", form.title, field.label);
                    if !titles.contains(&title) {
                        titles.push(title);
                    }
                }
                joined(titles)
            }
        }
    }
}

/// The form that a place, `form.field`, is in, and the field of it or the group around it.
fn place<'a>(method: &'a Method, path: &str) -> Option<(&'a Form, &'a Field)> {
    let mut ids = path.split('.');
    let form = method.form(ids.next()?)?;
    Some((form, form.fields.get(form.field_at(ids.next()?)?)?))
}
