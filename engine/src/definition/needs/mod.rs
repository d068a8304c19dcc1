//! Data needs: what must be obtained in each phase of a case.
//!
//! The needs are a list that belongs to the method. What a case notes of them is a form like any other, written once: each phase that
//! needs something has a form of its own with a row for each of its needs.

#[expect(
    missing_docs,
    reason = "the keys of the file are explained in definitions/README.md, for those who write them"
)]
mod file;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::List;
use super::form::{Field, Form, Options, Place};
use super::inherit::FormFile;
use super::library::File;
use super::lower::{Draft, Lists, Pending, Site};
use super::mirror;
use super::unreadable::Unreadable;
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, nearest};
use crate::feel::Type;
use crate::value::{Number, Value};

pub use file::Need;
pub(crate) use file::NeedsFile;
use file::{CODED, Said};
pub use words::Column;

/// The catalogue whose lists are the needs: one of each phase, and `all`.
const CATALOGUE: &str = "needs";
/// The list of all needs, whatever their phases.
const ALL: &str = "all";

/// The data needs of a method.
#[derive(Debug)]
pub struct Needs {
    /// The needs in order.
    pub all: Vec<Need>,
    /// Where each stands in the definition.
    pub places: Vec<Place>,
    /// For each phase that needs something, its id and the id of its form.
    pub forms: Vec<(String, String)>,
    /// Id of the group in these forms that has a row for each need.
    pub group: String,
    /// Id of the row's field that tells how far a need is.
    pub status: String,
    /// Id of the row's field that tells the minutes spent.
    pub spent: Option<String>,
    /// Codes of the status with which a need is met.
    pub received: Vec<String>,
    /// Codes of the status with which it will not be met.
    pub closed: Vec<String>,
    /// The lists whose codes the columns hold.
    pub columns: BTreeMap<String, String>,
}

impl Needs {
    /// Whether a list, `catalogue.list`, is one of needs.
    pub fn has_list(name: &str) -> bool {
        name.split('.').next() == Some(CATALOGUE)
    }

    /// Whether a form is one of those in which needs are noted.
    pub fn has_form(&self, id: &str) -> bool {
        self.forms.iter().any(|(_, form)| form == id)
    }

    /// The form of a phase.
    pub fn form(&self, phase: &str) -> Option<&str> {
        let mut forms = self.forms.iter();
        forms.find(|(of, _)| of == phase).map(|(_, form)| form.as_str())
    }

    /// The needs of a phase, in order.
    pub fn of<'a>(&'a self, phase: &'a str) -> impl Iterator<Item = &'a Need> {
        let needed = move |need: &&Need| need.phases.iter().any(|other| other == phase);
        self.all.iter().filter(needed)
    }
}

/// The file of a method's needs while the method is put together.
pub struct Written<'a> {
    file: &'a NeedsFile,
    document: &'a Arc<Document>,
    unreadable: &'a Unreadable,
    problems: &'a RefCell<Vec<Diagnostic>>,
}

impl<'a> Written<'a> {
    /// The file that a method has, if it has one; of several the first.
    pub fn read(
        files: &[&'a File<NeedsFile>],
        unreadable: &'a Unreadable,
        problems: &'a RefCell<Vec<Diagnostic>>,
    ) -> Option<Self> {
        let (first, others) = files.split_first()?;
        for other in others {
            let source = &other.document.source;
            let told = Diagnostic::error(
                source,
                other.document.key_span("/form"),
                "the method's data needs stand twice",
            );
            let hint = format!("the others are in {}; put them together", first.path.display());
            problems.borrow_mut().push(told.with_hint(hint));
        }
        Some(Self {
            file: &first.content,
            document: &first.document,
            unreadable,
            problems,
        })
    }

    fn error(&self, pointer: &str, message: impl Into<String>, hint: Option<String>) {
        let told = Diagnostic::error(&self.document.source, self.document.span(pointer), message);
        self.problems.borrow_mut().push(told.with_hint_of(hint));
    }

    fn unknown<'b>(
        &self,
        pointer: &str,
        message: String,
        wanted: &str,
        known: impl Iterator<Item = &'b str>,
    ) {
        let near = nearest(wanted, known).map(|near| format!("did you mean `{near}`?"));
        self.error(pointer, message, near);
    }

    /// Adds the lists of needs to those that the method's forms and rules can name.
    pub fn add_lists(&self, method: &mirror::Method, lists: &mut Lists) {
        let mut known = BTreeSet::new();
        for (index, need) in self.file.needs.iter().enumerate() {
            if !known.insert(&need.id) {
                self.error(
                    &format!("/needs/{index}/id"),
                    format!("the need `{}` stands twice", need.id),
                    None,
                );
            }
            for (place, phase) in need.phases.iter().enumerate() {
                self.phase(method, phase, &format!("/needs/{index}/phases/{place}"));
            }
        }
        for (place, phase) in self.file.repeats.iter().enumerate() {
            self.phase(method, phase, &format!("/repeats/{place}"));
        }
        self.codes(lists);
        let of = |phase: &str| -> Vec<(usize, &Need)> {
            let all = self.file.needs.iter().enumerate();
            let first =
                |index: usize, id: &str| self.file.needs.iter().position(|need| need.id == id) == Some(index);
            all.filter(|(index, need)| {
                first(*index, &need.id) && (phase == ALL || need.phases.iter().any(|other| other == phase))
            })
            .collect()
        };
        let phases = method
            .phases
            .iter()
            .map(|phase| (phase.id.as_str(), phase.title.as_str()));
        for (phase, title) in phases.chain([(ALL, self.file.title.as_str())]) {
            let needs = of(phase);
            if !needs.is_empty() {
                let list = self.list(method, phase, title, &needs, lists);
                lists.insert(list.name(), Arc::new(list));
            }
        }
    }

    fn phase(&self, method: &mirror::Method, phase: &str, pointer: &str) {
        let phases = || method.phases.iter().map(|phase| phase.id.as_str());
        if phases().all(|id| id != phase) {
            self.unknown(
                pointer,
                format!("the method has no phase `{phase}`"),
                phase,
                phases(),
            );
        }
    }

    /// Tells of codes that the lists of their columns do not have.
    fn codes(&self, lists: &Lists) {
        for (column, name) in &self.file.columns {
            if !lists.contains_key(name) && !self.unreadable.has_list(name) {
                let message = format!("there is no list `{name}` in the method's catalogues");
                self.unknown(
                    &format!("/columns/{column}"),
                    message,
                    name,
                    lists.keys().map(String::as_str),
                );
            }
        }
        for (index, need) in self.file.needs.iter().enumerate() {
            for (column, said) in need
                .columns()
                .into_iter()
                .filter(|(column, _)| CODED.contains(column))
            {
                let pointer = format!("/needs/{index}/{column}");
                let Some(name) = self.file.columns.get(column) else {
                    let hint = format!("under `columns`, write `{column}: catalogue.list`");
                    self.error(
                        &pointer,
                        format!("no list says what the codes of `{column}` mean"),
                        Some(hint),
                    );
                    continue;
                };
                let Some(list) = lists.get(name) else { continue };
                let codes: Vec<(String, &str)> = match &said {
                    Said::Codes(codes) => codes
                        .iter()
                        .enumerate()
                        .map(|(place, code)| (place.to_string(), *code))
                        .collect(),
                    Said::Minutes(minutes) => {
                        minutes.keys().map(|code| (code.clone(), code.as_str())).collect()
                    }
                    _ => Vec::new(),
                };
                for (key, code) in codes.into_iter().filter(|(_, code)| list.get(code).is_none()) {
                    let at = format!("{pointer}/{key}");
                    let span = match said {
                        Said::Minutes(_) => self.document.key_span(&at),
                        _ => self.document.span(&at),
                    };
                    let near = nearest(code, list.all().iter().map(|concept| &*concept.code));
                    let told = Diagnostic::error(
                        &self.document.source,
                        span,
                        format!("`{name}` has no code `{code}`"),
                    );
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    self.problems.borrow_mut().push(told.with_hint_of(hint));
                }
            }
        }
    }

    fn list(
        &self,
        method: &mirror::Method,
        id: &str,
        title: &str,
        needs: &[(usize, &Need)],
        lists: &Lists,
    ) -> List {
        let concepts = needs.iter().map(|(_, need)| mirror::Concept {
            code: need.id.clone(),
            label: need.title.clone(),
            help: need.purpose.clone(),
            ..mirror::Concept::default()
        });
        let file = mirror::Catalogue {
            catalogue: CATALOGUE.to_owned(),
            edition: method.version.clone(),
            list: id.to_owned(),
            title: title.to_owned(),
            source: self.file.source.clone(),
            system: None,
            note: None,
            concepts: concepts.collect(),
        };
        let mut list = List::new(file, self.document, &mut self.problems.borrow_mut());
        let code = |column: &str| {
            let list = self.file.columns.get(column).and_then(|name| lists.get(name));
            list.map_or(Type::String, |list| list.code())
        };
        let column = |column: &str| match column {
            "minutes" => Type::Number,
            "structure" | "importance" | "availability" => code(column),
            several => Type::list(code(several)),
        };
        let types = CODED.iter().map(|name| (Arc::from(*name), column(name)));
        let members = needs.iter().map(|(index, need)| {
            let place = Place {
                source: Arc::clone(&self.document.source),
                span: self.document.span(&format!("/needs/{index}/id")),
            };
            (place, members(need))
        });
        list.say_more(types.collect(), members);
        list
    }

    /// The forms in which the needs of each phase are noted.
    pub fn forms(&self, method: &mirror::Method) -> Vec<FormFile> {
        let file = self.file;
        let needed = |phase: &&mirror::Named| file.needs.iter().any(|need| need.phases.contains(&phase.id));
        let form = |phase: &mirror::Named| {
            let mut sections = file.sections.clone();
            for section in &mut sections {
                follow(&mut section.fields, &phase.id);
            }
            mirror::Form {
                form: self.form_id(&phase.id),
                phase: phase.id.clone(),
                order: file.order,
                title: file.title.replace("{phase}", &phase.title),
                help: file
                    .help
                    .as_ref()
                    .map(|help| help.replace("{phase}", &phase.title)),
                filled_by: file.filled_by.clone(),
                repeats: file.repeats.contains(&phase.id),
                response_title: file.response_title.clone(),
                source: file.source.clone(),
                sections,
                constraints: file.constraints.clone(),
            }
        };
        let forms = method.phases.iter().filter(needed).map(form);
        forms
            .map(|form| FormFile {
                document: Arc::clone(self.document),
                form,
            })
            .collect()
    }

    fn form_id(&self, phase: &str) -> String {
        format!("{}_{phase}", self.file.form)
    }

    /// Adds to a form of needs when each of its rows is shown.
    pub fn add_conditions(&self, draft: &mut Draft) {
        if !Arc::ptr_eq(&draft.document, self.document) {
            return;
        }
        let Some(group) = rows(&draft.form).map(|(group, _)| group) else {
            return;
        };
        for (index, need) in self.file.needs.iter().enumerate() {
            if let Some(condition) = need
                .condition
                .as_ref()
                .filter(|_| need.phases.contains(&draft.form.phase))
            {
                draft.rules.push(Pending {
                    site: Site::Row(group, need.id.clone()),
                    text: condition.0.clone(),
                    pointer: format!("/needs/{index}/if"),
                });
            }
        }
    }

    /// The needs, when all forms stand.
    pub fn finish(&self, forms: &[&Form]) -> Option<Needs> {
        let own: Vec<&Form> = forms.iter().copied().filter(|form| self.is_own(form)).collect();
        let first = own.first()?;
        let Some((group, list)) = rows(first) else {
            let hint = "write `for_each: needs` at a group of a section";
            self.error(
                "/sections",
                "no group has a row for each need",
                Some(hint.to_owned()),
            );
            return None;
        };
        let group_id = first.fields.get(group)?.id.clone();
        let inside = first.blocks.get(list)?;
        let field = |id: &str| inside.field(id).and_then(|field| first.fields.get(field));
        let named = |key: &str, id: &str, fits: &dyn Fn(&Field) -> bool, kind: &str| match field(id) {
            Some(found) if fits(found) => {}
            Some(_) => self.error(&format!("/{key}"), format!("`{id}` is no {kind}"), None),
            None => {
                let known = inside.names.iter().map(|name| &**name);
                self.unknown(
                    &format!("/{key}"),
                    format!("there is no field `{id}` in a need's row"),
                    id,
                    known,
                );
            }
        };
        named(
            "status",
            &self.file.status,
            &|field| field.options().is_some(),
            "choice",
        );
        if let Some(spent) = &self.file.spent {
            named("spent", spent, &|field| field.kind.name() == "number", "number");
        }
        if let Some(Options::List(list, _)) = field(&self.file.status).and_then(Field::options) {
            for (key, codes) in [("received", &self.file.received), ("closed", &self.file.closed)] {
                for (place, code) in codes
                    .iter()
                    .enumerate()
                    .filter(|(_, code)| list.get(code).is_none())
                {
                    let known = list.all().iter().map(|concept| &*concept.code);
                    let message = format!("`{}` has no code `{code}`", list.name());
                    self.unknown(&format!("/{key}/{place}"), message, code, known);
                }
            }
        }
        self.uses(forms);
        let place = |index: usize| Place {
            source: Arc::clone(&self.document.source),
            span: self.document.span(&format!("/needs/{index}/id")),
        };
        Some(Needs {
            all: self.file.needs.clone(),
            places: (0..self.file.needs.len()).map(place).collect(),
            forms: own
                .iter()
                .map(|form| (form.phase.clone(), form.id.clone()))
                .collect(),
            group: group_id,
            status: self.file.status.clone(),
            spent: self.file.spent.clone(),
            received: self.file.received.clone(),
            closed: self.file.closed.clone(),
            columns: self.file.columns.clone(),
        })
    }

    fn is_own(&self, form: &Form) -> bool {
        form.id == self.form_id(&form.phase) && Arc::ptr_eq(&form.place.source, &self.document.source)
    }

    /// Tells of fields that are not there.
    fn uses(&self, forms: &[&Form]) {
        for (index, need) in self.file.needs.iter().enumerate() {
            for (place, path) in need.used_in.iter().enumerate() {
                let pointer = format!("/needs/{index}/used_in/{place}");
                let (id, rest) = path.split_once('.').unwrap_or((path, ""));
                let Some(form) = forms.iter().find(|form| form.id == id && !form.phase.is_empty()) else {
                    if !self.unreadable.has_form(id) {
                        let known = forms.iter().map(|form| form.id.as_str());
                        self.unknown(&pointer, format!("there is no form `{id}`"), id, known);
                    }
                    continue;
                };
                if form.field_at(rest).is_none() {
                    let known = form.fields.iter().map(|field| field.path.as_str());
                    self.unknown(
                        &pointer,
                        format!("there is no field `{rest}` in `{id}`"),
                        rest,
                        known,
                    );
                }
            }
        }
    }
}

/// What rules see of a need besides its code and wording.
fn members(need: &Need) -> Vec<(Arc<str>, Value)> {
    let said = need.columns();
    let value = |name: &str| match said.iter().find(|(column, _)| *column == name) {
        Some((_, Said::Minutes(_))) => Value::Number(Number::from(i64::from(need.total()))),
        Some((_, Said::Codes(codes))) if matches!(name, "structure" | "importance" | "availability") => {
            codes.first().map_or(Value::Null, Value::string)
        }
        Some((_, Said::Codes(codes))) => Value::list(codes.iter().map(Value::string).collect()),
        _ => Value::Null,
    };
    CODED.iter().map(|name| (Arc::from(*name), value(name))).collect()
}

/// Has groups that follow the needs follow those of a phase.
fn follow(fields: &mut [mirror::Field], phase: &str) {
    for field in fields {
        if field.for_each.as_deref() == Some(CATALOGUE) {
            field.for_each = Some(format!("{CATALOGUE}.{phase}"));
        }
        follow(field.fields.as_deref_mut().unwrap_or_default(), phase);
    }
}

/// The group with a row for each need, and the block of its rows.
fn rows(form: &Form) -> Option<(usize, usize)> {
    let mut fields = form
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.block == 0);
    fields.find_map(|(index, field)| {
        let group = field.group()?;
        let (list, _) = group.for_each.as_ref()?;
        (list.catalogue == CATALOGUE).then_some((index, group.block))
    })
}
