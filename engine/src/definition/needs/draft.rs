//! From the file of data needs to lists and forms.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::catalogue::List;
use super::super::inherit::FormFile;
use super::super::lower::{Draft, Lists, Pending, Site};
use super::super::mirror;
use super::super::reader::File;
use super::super::unreadable::Unreadable;
use super::super::yaml::Document;
use super::{ALL, CATALOGUE, CODED, Need, NeedsFile, Said, rows};
use crate::diagnostic::Diagnostic;
use crate::feel::Type;
use crate::source::Place;
use crate::value::{Number, Value};

/// The file of a method's needs while the method is put together.
pub struct NeedsDraft<'a> {
    pub(super) file: &'a NeedsFile,
    pub(super) document: &'a Arc<Document>,
    pub(super) unreadable: &'a Unreadable,
    pub(super) problems: &'a RefCell<Vec<Diagnostic>>,
}

impl<'a> NeedsDraft<'a> {
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

    pub(super) fn form_id(&self, phase: &str) -> String {
        format!("{}_{phase}", self.file.form)
    }

    /// Adds to a form of needs when each of its rows is shown.
    pub fn add_conditions(&self, draft: &mut Draft) {
        if !Arc::ptr_eq(&draft.document, self.document) {
            return;
        }
        let Some(group) = rows(&draft.form).next().map(|(group, _)| group) else {
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
