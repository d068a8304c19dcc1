//! Changing the answers of a response: what was typed goes in, unless the engine refuses it or somebody else changed
//! the same field in the meantime.

use std::collections::BTreeMap;
use std::sync::Arc;

use metode::case::Answers;
use metode::evaluation::{FieldView, FormView, Session};
use serde::Serialize;
use serde_json::Value as Json;

use super::event::RowEvent;
use super::{Answered, Event, Opened, What, field, group};
use crate::routes::WebError;
use crate::view::{as_typed, control_text, parts};

/// Something to do to the answers of a response.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Enter one answer, whatever the page knew about it.
    Enter(Entry),
    /// Enter all answers of a page that was posted as a whole; what nobody touched stays as it is now.
    EnterAll(Vec<Entry>),
    /// Take the value that the source of a copied field has now.
    UseSource(String),
    /// Add a row to a group.
    AddRow(String),
    /// Take a row out of a group.
    RemoveRow(String, String),
    /// Put a removed row back into a group.
    RestoreRow(String, String),
}

/// What was typed in one control, or chosen in several of the same name.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Path of the field, or of a part of it.
    pub path: String,
    /// The texts, without empty ones.
    pub typed: Vec<String>,
}

/// A value that cannot be stored.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// Why, for the caseworker.
    pub message: String,
    /// What was typed.
    pub typed: Vec<String>,
}

/// Two people's answers to the same question.
#[derive(Debug, Clone, Serialize)]
pub struct Conflict {
    /// Who saved first.
    pub who: String,
    /// When, in UTC.
    pub at: String,
    /// The saved answer in words.
    pub theirs: String,
    /// The other answer in words.
    pub mine: String,
    /// The other answer as it was typed.
    pub typed: Vec<String>,
}

/// A row that was just removed and can be put back.
#[derive(Debug, Clone, Serialize)]
pub struct Removed {
    /// What it was called.
    pub title: String,
    /// Its key.
    pub key: String,
}

/// What came of it.
pub struct Outcome {
    /// The response before.
    pub before: FormView,
    /// The response after.
    pub after: FormView,
    /// Values that were refused, by path.
    pub refused: BTreeMap<String, Refused>,
    /// Values that somebody else has changed, by path.
    pub conflicts: BTreeMap<String, Conflict>,
    /// Rows that were removed, by path of the group.
    pub removed: BTreeMap<String, Removed>,
    /// Path of an added row.
    pub added: Option<String>,
}

/// Does something to the answers of a response, `case` or `citizen`. `others` is what other pages have done to the case
/// since this page last heard of it.
pub fn edit(opened: &mut Opened, place: &str, edit: &Edit, others: &[Event]) -> Result<Outcome, WebError> {
    if opened
        .case
        .response(place)
        .is_some_and(|response| response.completed.is_some())
    {
        return Err(WebError::Completed);
    }
    let mut session = opened.session(place)?;
    let before = session.view();
    let mut work = Work {
        place,
        others,
        events: Vec::new(),
        outcome: Outcome {
            after: before.clone(),
            before,
            refused: BTreeMap::new(),
            conflicts: BTreeMap::new(),
            removed: BTreeMap::new(),
            added: None,
        },
    };
    match edit {
        Edit::Enter(entry) => work.enter(&mut session, std::slice::from_ref(entry), false),
        Edit::EnterAll(entries) => work.enter(&mut session, entries, true),
        Edit::UseSource(path) => work.use_source(&mut session, path)?,
        Edit::AddRow(group) => work.add_row(&mut session, group)?,
        Edit::RemoveRow(group, key) => work.remove_row(&mut session, group, key)?,
        Edit::RestoreRow(group, key) => {
            let answers = work.restore_row(&session, group, key)?;
            opened.keep(place, answers);
            session = opened.session(place)?;
        }
    }
    let (events, outcome) = work.finish(&session);
    if !events.is_empty() {
        opened.keep(place, session.answers().clone());
        opened.events.extend(events);
    }
    Ok(outcome)
}

struct Work<'a> {
    place: &'a str,
    others: &'a [Event],
    events: Vec<Noted>,
    outcome: Outcome,
}

/// An event, or an answer whose wording is looked up when all is done.
enum Noted {
    Event(Box<What>),
    Answer(String),
    Added(String, String),
}

impl Work<'_> {
    fn enter(&mut self, session: &mut Session, entries: &[Entry], whole: bool) {
        for entry in entries {
            let Some(field) = field(&self.outcome.before, &entry.path) else {
                if !whole {
                    self.refuse(entry, "Feltet findes ikke længere, fordi rækken er fjernet.");
                }
                continue;
            };
            let now = posted(field, &entry.path);
            if same(field, &now, &entry.typed) {
                continue;
            }
            if let Some((first, last)) = self.others_on(&entry.path) {
                if whole && same(field, &first.from, &entry.typed) {
                    continue;
                }
                let conflict = Conflict {
                    who: last.0.to_owned(),
                    at: last.1.to_owned(),
                    theirs: if field.path == entry.path {
                        field.text.clone()
                    } else {
                        control_text("text", &now)
                    },
                    mine: words(field, &entry.typed),
                    typed: entry.typed.clone(),
                };
                self.outcome.conflicts.insert(entry.path.clone(), conflict);
                continue;
            }
            if field.read_only {
                self.refuse(entry, "Feltet er låst nu og kan ikke ændres.");
                continue;
            }
            let emptied = [String::new()];
            let typed = if entry.typed.is_empty() {
                &emptied[..]
            } else {
                &entry.typed
            };
            match session.set_text(&entry.path, typed) {
                Ok(_) => self.events.push(Noted::Answer(entry.path.clone())),
                Err(error) => self.refuse(entry, &error.message),
            }
        }
    }

    fn refuse(&mut self, entry: &Entry, message: &str) {
        let refused = Refused {
            message: message.to_owned(),
            typed: entry.typed.clone(),
        };
        self.outcome.refused.insert(entry.path.clone(), refused);
    }

    /// The first and the last of the others' changes of a field: what it was, and who made it what it is.
    fn others_on(&self, path: &str) -> Option<(&Answered, (&str, &str))> {
        let mut changes = self.others.iter().filter_map(|event| match &event.what {
            What::Answered(answered) if answered.place == self.place && answered.path == path => {
                Some((answered, (event.who.as_str(), event.at.as_str())))
            }
            _ => None,
        });
        let first = changes.next()?;
        let last = changes.next_back().unwrap_or(first);
        Some((first.0, last.1))
    }

    fn use_source(&mut self, session: &mut Session, path: &str) -> Result<(), WebError> {
        session
            .use_source(path)
            .map_err(|error| WebError::Invalid(error.message))?;
        self.events.push(Noted::Answer(path.to_owned()));
        Ok(())
    }

    fn add_row(&mut self, session: &mut Session, path: &str) -> Result<(), WebError> {
        let (key, _) = session
            .add_row(path)
            .map_err(|error| WebError::Invalid(error.message))?;
        self.outcome.added = Some(format!("{path}.{key}"));
        self.events.push(Noted::Added(path.to_owned(), key));
        Ok(())
    }

    fn remove_row(&mut self, session: &mut Session, path: &str, key: &str) -> Result<(), WebError> {
        let Some(title) = row_title(&self.outcome.before, path, key) else {
            return Ok(());
        };
        let stood = session.answers();
        let answers = inside(stood, &format!("{path}.{key}."));
        let position = stood
            .rows
            .get(path)
            .and_then(|keys| keys.iter().position(|other| other == key));
        session
            .remove_row(path, key)
            .map_err(|error| WebError::Invalid(error.message))?;
        let row = self.row(path, key, &title);
        self.events.push(Noted::Event(Box::new(What::RowRemoved {
            row,
            answers,
            position: position.unwrap_or_default(),
        })));
        self.outcome.removed.insert(
            path.to_owned(),
            Removed {
                title,
                key: key.to_owned(),
            },
        );
        Ok(())
    }

    fn restore_row(&mut self, session: &Session, path: &str, key: &str) -> Result<Answers, WebError> {
        let removed = self.others.iter().rev().find_map(|event| match &event.what {
            What::RowRemoved {
                row,
                answers,
                position,
            } if row.place == self.place && row.group == path && row.key == key => {
                Some((row, answers, *position))
            }
            _ => None,
        });
        let (row, stood, position) = removed.ok_or(WebError::NotFound)?;
        let mut answers = session.answers().clone();
        let keys = answers.rows.entry(path.to_owned()).or_default();
        if !keys.iter().any(|other| other == key) {
            keys.insert(position.min(keys.len()), key.to_owned());
            if let Some(removed) = answers.removed.get_mut(path) {
                removed.retain(|other| other != key);
            }
            answers.removed.retain(|_, keys| !keys.is_empty());
            for (path, answer) in stood.fields.iter() {
                answers.put(path.clone(), answer.clone());
            }
            answers.rows.extend(stood.rows.clone());
            answers.removed.extend(stood.removed.clone());
            self.events
                .push(Noted::Event(Box::new(What::RowRestored(row.clone()))));
        }
        Ok(answers)
    }

    fn row(&self, group: &str, key: &str, title: &str) -> RowEvent {
        RowEvent {
            place: self.place.to_owned(),
            group: group.to_owned(),
            key: key.to_owned(),
            title: title.to_owned(),
        }
    }

    fn finish(mut self, session: &Session) -> (Vec<What>, Outcome) {
        if self.events.is_empty() {
            return (Vec::new(), self.outcome);
        }
        self.outcome.after = session.view();
        let noted = std::mem::take(&mut self.events);
        let events = noted
            .into_iter()
            .filter_map(|noted| match noted {
                Noted::Event(what) => Some(*what),
                Noted::Added(path, key) => {
                    let title = row_title(&self.outcome.after, &path, &key).unwrap_or_default();
                    Some(What::RowAdded(self.row(&path, &key, &title)))
                }
                Noted::Answer(path) => self.answered(path),
            })
            .collect();
        (events, self.outcome)
    }

    fn answered(&self, path: String) -> Option<What> {
        let before = field(&self.outcome.before, &path)?;
        let after = field(&self.outcome.after, &path)?;
        let (from, to) = (posted(before, &path), posted(after, &path));
        if from == to && before.origin == after.origin {
            return None;
        }
        let part = before.path != path;
        let text = |field: &FieldView, value: &Json| {
            (!part && value.as_str() != Some(field.text.as_str()) && !value.is_null())
                .then(|| field.text.clone())
        };
        Some(What::Answered(Answered {
            place: self.place.to_owned(),
            label: after.label.clone(),
            confidential: after.confidential,
            from_text: text(before, &from),
            to_text: text(after, &to),
            from,
            to,
            path,
        }))
    }
}

/// What stands in the field, or in the part of it, that is posted under this path.
fn posted(field: &FieldView, path: &str) -> Json {
    parts(&field.path, field.kind, &field.value)
        .into_iter()
        .find(|(name, _)| name == path)
        .map(|(_, value)| value)
        .unwrap_or_default()
}

/// Whether a form would post this for a value that nobody touched.
fn same(field: &FieldView, value: &Json, typed: &[String]) -> bool {
    let stands = as_typed(field.kind, value);
    if field.kind == "choices" {
        let (mut stands, mut typed) = (stands, typed.to_vec());
        stands.sort();
        typed.sort();
        return stands == typed;
    }
    stands.iter().filter(|text| !text.is_empty()).eq(typed)
}

/// What was typed, in words.
fn words(field: &FieldView, typed: &[String]) -> String {
    let word = |text: &String| match (field.kind, text.as_str()) {
        ("yes_no", "true") => "Ja".to_owned(),
        ("yes_no", "false") => "Nej".to_owned(),
        _ => {
            let option = field.options.iter().find(|option| option.code == *text);
            option.map_or_else(|| text.clone(), |option| option.label.clone())
        }
    };
    typed.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn row_title(view: &FormView, path: &str, key: &str) -> Option<String> {
    let group = group(view, path)?;
    group
        .rows
        .iter()
        .find(|row| row.key == key)
        .map(|row| row.title.clone())
}

/// The answers below a row.
fn inside(answers: &Answers, prefix: &str) -> Answers {
    let below = |path: &String| path.starts_with(prefix);
    let pick = |rows: &BTreeMap<String, Vec<String>>| {
        rows.iter()
            .filter(|(path, _)| below(path))
            .map(|(path, keys)| (path.clone(), keys.clone()))
            .collect()
    };
    let fields = answers.fields.iter().filter(|(path, _)| below(path));
    let fields = fields.map(|(path, answer)| (path.clone(), answer.clone()));
    Answers {
        fields: Arc::new(fields.collect()),
        rows: pick(&answers.rows),
        removed: pick(&answers.removed),
    }
}
