//! Case files: a case as YAML or JSON, with what must come out.

use std::rc::Rc;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::expectation::{CaseExpectation, Expectation};
use super::{Acknowledgement, Answer, Answers, Case, Origin, Response};
use crate::definition::yaml::Document;
use crate::definition::{FileKind, Form, Kind, Library, Method, Template, validate};
use crate::diagnostic::{Diagnostic, nearest};
use crate::evaluation::World;
use crate::source::Source;
use crate::value::{Date, DateTime, Time, Zone};
use crate::version::Migrated;

/// A case as its file tells it.
#[derive(Debug)]
pub struct CaseFile {
    /// The file.
    pub document: Document,
    /// The method that it names.
    pub method: Arc<Method>,
    /// Title.
    pub title: Option<String>,
    /// Whether a demonstration shows it.
    pub demo: bool,
    /// The report templates beside it.
    pub templates: Vec<Arc<Template>>,
    /// The case; when it was written under an earlier version, as the migration makes it.
    pub case: Case,
    /// What the migration did to it, when it was written under an earlier version.
    pub migrated: Option<Migrated>,
    /// The present.
    pub now: DateTime,
    /// What must come out of each response, in the order of the case.
    pub expectations: Vec<Option<Expectation>>,
    /// What must come out of the case as a whole.
    pub expect: CaseExpectation,
    /// Answers that could not be placed; the rest of the case stands.
    pub problems: Vec<Diagnostic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    method: String,
    migrated_from: Option<String>,
    title: Option<String>,
    #[serde(default)]
    demo: bool,
    #[serde(rename = "source")]
    _source: Option<String>,
    today: String,
    id: Option<String>,
    #[serde(default)]
    case: Map<String, Json>,
    #[serde(default)]
    citizen: Map<String, Json>,
    #[serde(default)]
    responses: Vec<FileResponse>,
    #[serde(default)]
    expect: CaseExpectation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileResponse {
    id: Option<String>,
    form: String,
    started: Option<String>,
    completed: Option<String>,
    corrects: Option<String>,
    #[serde(default)]
    answers: Map<String, Json>,
    #[serde(default)]
    acknowledged: Vec<Acknowledgement>,
    expect: Option<Expectation>,
}

impl CaseFile {
    /// The case with its method, as of the file's present.
    pub fn world(&self) -> Rc<World> {
        World::new(&self.method, Rc::new(self.case.clone()), self.now.clone())
    }

    /// Reads a case file; what cannot be read at all is an error, what cannot be placed is told and left out.
    pub fn read(library: &Library, source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let document = Document::parse(source).map_err(|diagnostic| vec![diagnostic])?;
        let json = document.to_json();
        let problems = validate(&document, &json, FileKind::Case);
        if !problems.is_empty() {
            return Err(problems);
        }
        let file: File = serde_json::from_value(json)
            .map_err(|error| vec![Diagnostic::error(source, 0..0, error.to_string())])?;
        let error =
            |pointer: &str, message: String| Diagnostic::error(source, document.span(pointer), message);
        let find = |pointer: &str, name: &str| {
            let known: Vec<String> = library.methods().iter().map(|method| method.name()).collect();
            let problem = error(pointer, format!("there is no method `{name}` without errors"));
            library
                .method(name)
                .ok_or_else(|| vec![problem.with_hint(format!("there are: {}", known.join(", ")))])
        };
        let own = find("/method", &file.method)?;
        let (method, migration) = match &file.migrated_from {
            None => (own, None),
            Some(from) => {
                let missing = || {
                    error(
                        "/migrated_from",
                        format!("nothing migrates `{from}` to `{}`", own.name()),
                    )
                };
                let migration = library
                    .migration(from, &own.name())
                    .ok_or_else(|| vec![missing()])?;
                (&migration.from, Some(migration))
            }
        };
        let mut problems = Vec::new();
        let mut day = |pointer: &str, text: &str| {
            Date::parse(text).or_else(|| {
                problems.push(error(pointer, format!("`{text}` is not a day")));
                None
            })
        };
        let Some(today) = day("/today", &file.today) else {
            return Err(problems);
        };
        let mut days = Vec::new();
        for (index, response) in file.responses.iter().enumerate() {
            let mut at = |key: &str, text: &Option<String>| {
                text.as_deref()
                    .and_then(|text| day(&format!("/responses/{index}/{key}"), text))
            };
            let moment = response.completed.as_deref().and_then(DateTime::parse);
            let completed = match &moment {
                Some(moment) => Some(moment.date()),
                None => at("completed", &response.completed),
            };
            let started = at("started", &response.started).or(completed).unwrap_or(today);
            let timed = response
                .completed
                .as_deref()
                .is_some_and(|text| text.contains('T'));
            days.push((started, completed, moment.filter(|_| timed)));
        }
        let mut placer = Placer {
            document: &document,
            problems,
        };
        let record = method
            .case_form()
            .map(|form| placer.answers(form, &file.case, "/case"))
            .unwrap_or_default();
        let citizen = method
            .citizen_form()
            .map(|form| placer.answers(form, &file.citizen, "/citizen"))
            .unwrap_or_default();
        let (mut responses, mut expectations): (Vec<Response>, Vec<Option<Expectation>>) =
            (Vec::new(), Vec::new());
        for (index, (response, (started, completed, completed_at))) in
            file.responses.into_iter().zip(days).enumerate()
        {
            let Some(form) = method.form(&response.form) else {
                let near = nearest(&response.form, method.forms().iter().map(|form| form.id.as_str()));
                let problem = placer.error(
                    &format!("/responses/{index}/form"),
                    format!("there is no form `{}`", response.form),
                );
                problem.hint = near.map(|near| format!("did you mean `{near}`?"));
                continue;
            };
            let before = responses
                .iter()
                .filter(|other| other.form == response.form)
                .count();
            let id = response.id.unwrap_or_else(|| match before {
                0 => response.form.clone(),
                before => format!("{}-{}", response.form, before + 1),
            });
            if responses.iter().any(|other| other.id == id) {
                placer.error(
                    &format!("/responses/{index}/id"),
                    format!("the response `{id}` stands twice"),
                );
                continue;
            }
            let answers = placer.answers(form, &response.answers, &format!("/responses/{index}/answers"));
            responses.push(Response {
                id,
                form: response.form,
                started,
                completed,
                completed_at,
                corrects: response.corrects,
                answers,
                acknowledged: response.acknowledged,
            });
            expectations.push(response.expect);
        }
        let problems = placer.problems;
        let id = file.id.unwrap_or_else(|| Json::Object(file.case).to_string());
        let mut case = Case {
            id,
            method: method.name(),
            record,
            citizen,
            responses,
        };
        let now = DateTime::new(today, Time::MIDNIGHT.with_zone(Zone::Offset(0)));
        let migrated = migration.map(|migration| migration.migrate(&case, &now));
        if let Some(migrated) = &migrated {
            let old = std::mem::replace(&mut case, migrated.case.clone()).responses;
            let mut stays = old.iter().map(|response| case.response(&response.id).is_some());
            expectations.retain(|_| stays.next().unwrap_or(false));
        }
        Ok(Self {
            method: Arc::clone(own),
            migrated,
            templates: library.reports().to_vec(),
            title: file.title,
            demo: file.demo,
            case,
            now,
            expectations,
            expect: file.expect,
            problems,
            document,
        })
    }
}

/// Puts nested answers in their places.
struct Placer<'a> {
    document: &'a Document,
    problems: Vec<Diagnostic>,
}

impl Placer<'_> {
    fn error(&mut self, pointer: &str, message: String) -> &mut Diagnostic {
        let span = self.document.span(pointer);
        self.problems
            .push(Diagnostic::error(&self.document.source, span, message));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn answers(&mut self, form: &Form, content: &Map<String, Json>, pointer: &str) -> Answers {
        let mut answers = Answers::default();
        self.block(form, 0, content, pointer, "", &mut answers);
        answers
    }

    fn block(
        &mut self,
        form: &Form,
        block: usize,
        content: &Map<String, Json>,
        pointer: &str,
        prefix: &str,
        answers: &mut Answers,
    ) {
        let Some(inside) = form.blocks.get(block) else {
            return;
        };
        for (id, value) in content {
            let at = format!("{pointer}/{}", id.replace('~', "~0").replace('/', "~1"));
            let fields = || inside.fields.iter().filter_map(|field| form.fields.get(*field));
            let Some(field) = fields().find(|field| field.id == *id) else {
                let near = nearest(id, fields().map(|field| field.id.as_str()))
                    .map(|near| format!("did you mean `{near}`?"));
                let span = self.document.key_span(&at);
                let problem = Diagnostic::error(
                    &self.document.source,
                    span,
                    format!("there is no field `{id}` here"),
                );
                self.problems.push(problem.with_hint_of(near));
                continue;
            };
            let path = format!("{prefix}{id}");
            match &field.kind {
                Kind::Group(group) => {
                    let inner = group.block;
                    match (value, &group.for_each) {
                        (Json::Object(rows), Some((list, _))) => {
                            for (key, row) in rows {
                                let below = format!("{at}/{key}");
                                match row {
                                    _ if list.get(key).is_none() => {
                                        let near =
                                            nearest(key, list.all().iter().map(|concept| &*concept.code));
                                        let near = near.map(|near| format!("did you mean `{near}`?"));
                                        let span = self.document.key_span(&below);
                                        let message = format!("`{}` has no code `{key}`", list.name());
                                        let problem = Diagnostic::error(&self.document.source, span, message);
                                        self.problems.push(problem.with_hint_of(near));
                                    }
                                    Json::Object(row) => self.block(
                                        form,
                                        inner,
                                        row,
                                        &below,
                                        &format!("{path}.{key}."),
                                        answers,
                                    ),
                                    _ => drop(self.error(&below, "a row is a mapping of fields".to_owned())),
                                }
                            }
                        }
                        (_, Some(_)) => {
                            self.error(&at, format!("`{id}` has a row for each code")).hint =
                                Some("write a mapping from code to fields".to_owned());
                        }
                        (Json::Array(rows), None) => self.rows(form, inner, rows, &at, &path, answers),
                        (_, None) => {
                            self.error(&at, format!("`{id}` has rows")).hint =
                                Some("write a list".to_owned());
                        }
                    }
                }
                _ => {
                    let answer = Answer {
                        value: value.clone(),
                        origin: Origin::Entered,
                        provenance: None,
                    };
                    answers.put(path, answer);
                }
            }
        }
    }

    fn rows(
        &mut self,
        form: &Form,
        block: usize,
        rows: &[Json],
        pointer: &str,
        path: &str,
        answers: &mut Answers,
    ) {
        let mut keys: Vec<String> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let below = format!("{pointer}/{place}");
            let Json::Object(row) = row else {
                self.error(&below, "a row is a mapping of fields".to_owned());
                continue;
            };
            let mut row = row.clone();
            let key = match row.shift_remove("id") {
                Some(Json::String(key)) if !key.is_empty() && !key.contains('.') => key,
                Some(_) => {
                    self.error(
                        &format!("{below}/id"),
                        "the `id` of a row is a text without full stops".to_owned(),
                    );
                    continue;
                }
                None => format!("r{}", place + 1),
            };
            if row.shift_remove("removed") == Some(Json::Bool(true)) {
                answers.removed.entry(path.to_owned()).or_default().push(key);
                continue;
            }
            if keys.contains(&key) {
                self.error(&below, format!("the row `{key}` stands twice"));
                continue;
            }
            self.block(form, block, &row, &below, &format!("{path}.{key}."), answers);
            keys.push(key);
        }
        answers.rows.insert(path.to_owned(), keys);
    }
}
