//! From the file of a report template to the template: names resolved, types checked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;
use uuid::Uuid;

use super::names::{POINT_MEMBERS, Scope};
use super::{Check, Format, Part, Per, PointType, Schema, Template, tree};
use crate::definition::emission;
use crate::definition::form::Form;
use crate::definition::method::Method;
use crate::definition::mirror::{self, RuleText};
use crate::definition::reader::File;
use crate::definition::rule::Rule;
use crate::definition::rules;
use crate::definition::seen::{field_type, reported_type};
use crate::definition::yaml::Document;
use crate::diagnostic::{self, Diagnostic, nearest};
use crate::feel::Type;
use crate::source::Source;
use crate::value::Layout;

pub(super) struct Compiler<'a> {
    pub document: &'a Document,
    pub scope: Scope,
    pub next: Cell<usize>,
    pub problems: RefCell<Vec<Diagnostic>>,
}

/// Compiles all templates against the methods whose data points they can meet; gives those without errors.
pub(in crate::definition) fn templates(
    files: &[File<mirror::Report>],
    read: &BTreeMap<PathBuf, Arc<Source>>,
    methods: &[Arc<Method>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Template> {
    let methods: Vec<&Method> = methods.iter().map(Arc::as_ref).collect();
    let mut templates: Vec<Template> = Vec::new();
    // What a template misses may be in what is broken.
    let sure = !diagnostic::has_errors(diagnostics);
    for file in files {
        let mut problems = Vec::new();
        let template = template(file, read, &methods, &mut problems);
        let broken = diagnostic::has_errors(&problems);
        if sure {
            diagnostics.append(&mut problems);
        }
        let Some(template) = template.filter(|_| !broken) else {
            continue;
        };
        if let Some(other) = templates.iter().find(|other| other.name() == template.name()) {
            let span = file.document.span("/version");
            let message = format!("`{}` stands twice", template.name());
            let problem = Diagnostic::error(&file.document.source, span, message);
            diagnostics.push(problem.with_hint(format!("the other is in {}", other.path.display())));
            continue;
        }
        templates.push(template);
    }
    templates
}

fn template(
    file: &File<mirror::Report>,
    read: &BTreeMap<PathBuf, Arc<Source>>,
    methods: &[&Method],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Template> {
    let content = &file.content;
    let kinds = kinds(methods, content.free_text);
    let known = |of: &str, name: &str| known(methods, of, name).unwrap_or(Type::Any);
    let mut compiler = Compiler {
        document: &file.document,
        scope: Scope::new(
            kinds,
            content.free_text.then(|| responses(methods)),
            &content.sees,
            known,
        ),
        next: Cell::new(0),
        problems: RefCell::default(),
    };
    compiler.seen(methods, content);
    let schema = compiler.schema(content.schema.as_deref(), schema(file, read));
    let pins = |method: &&&Method| method.reports.get(&content.report) == Some(&content.version);
    let namespace = Uuid::parse_str(&content.namespace).ok();
    if namespace.is_none() {
        compiler.problem("/namespace", "not a UUID", None);
    }
    let mut given = Vec::new();
    for (name, text) in &content.given {
        let text = match text {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        if let Some(rule) = compiler.rule(&RuleText(text), &format!("/let/{name}"), &Type::Any) {
            let kind = rule.program.result_type().clone();
            given.push((compiler.scope.add(name, kind), rule));
        }
    }
    let about = compiler.rule(&content.about, "/about", &Type::String);
    // What it is for is in scope of all that follows.
    let per = content.per.as_ref().map(|per| compiler.per(per));
    let parts = content.parts.iter().enumerate();
    let parts = parts
        .map(|(index, part)| compiler.part(part, &format!("/parts/{index}")))
        .collect::<Vec<_>>();
    let body = compiler.tree(&content.body, "/body", false);
    let mut lists = Vec::new();
    tree::parts(&content.body, "", &mut lists);
    let parts_at = lists.pop();
    if !lists.is_empty() || parts_at == Some(None) {
        compiler.problem(
            "/body",
            "the parts stand once in the body, alone in their list",
            None,
        );
    }
    let parts_at = parts_at.flatten();
    let body_speaks = body.as_ref().is_some_and(tree::speaks);
    let constraints = compiler.checks(&content.constraints, "/constraints");
    compiler.columns(content);
    let slots = compiler.scope.slots();
    let kinds = std::mem::take(&mut compiler.scope.kinds);
    diagnostics.extend(compiler.problems.into_inner());
    Some(Template {
        id: content.report.clone(),
        version: content.version.clone(),
        title: content.title.clone(),
        help: content.help.clone(),
        source: content.source.clone(),
        format: content.format,
        columns: content.columns.clone(),
        delivery: content.delivery.clone(),
        free_text: content.free_text,
        begins: methods.iter().filter(pins).map(|method| method.valid_from).min(),
        namespace: namespace?,
        path: file.path.clone(),
        sees: content.sees.clone(),
        kinds,
        slots,
        about: about?,
        given,
        per: match per {
            Some(per) => Some(per?),
            None => None,
        },
        parts: parts.into_iter().collect::<Option<_>>()?,
        body: body?,
        body_speaks,
        constraints,
        schema: schema.map(|(json, validator)| Schema::new(&json, validator, parts_at.as_deref())),
        parts_at,
    })
}

/// The JSON Schema that a template names, beside it.
pub(in crate::definition) fn schema<'a>(
    file: &File<mirror::Report>,
    read: &'a BTreeMap<PathBuf, Arc<Source>>,
) -> Option<&'a Arc<Source>> {
    read.get(&file.path.with_file_name(file.content.schema.as_deref()?))
}

/// The types of data points that the methods give; an attribute of two types may be anything.
fn kinds(methods: &[&Method], free_text: bool) -> BTreeMap<String, PointType> {
    let mut kinds: BTreeMap<String, PointType> = BTreeMap::new();
    for emission in methods.iter().flat_map(|method| &method.emissions) {
        let kind = kinds.entry(emission.kind.to_string()).or_default();
        if !free_text {
            kind.hidden.extend(emission.free_text.iter().cloned());
        }
        for (name, rule) in &emission.attributes {
            let given = rule.program.result_type();
            let joined = match kind.attributes.remove(name) {
                Some(known) => known.join(given),
                None => given.clone(),
            };
            kind.attributes.insert(Arc::clone(name), joined);
        }
    }
    for kind in kinds.values_mut() {
        let hidden = std::mem::take(&mut kind.hidden);
        kind.attributes
            .retain(|name, _| !hidden.iter().any(|other| **other == **name));
        kind.hidden = hidden;
        let members = POINT_MEMBERS.iter().map(|(name, _)| Arc::from(*name));
        kind.layout = Layout::new(members.chain(kind.attributes.keys().cloned()));
    }
    kinds
}

/// What is known of the responses of each form; of a form that two methods have differently, nothing.
fn responses(methods: &[&Method]) -> BTreeMap<String, Type> {
    let mut types: BTreeMap<String, Type> = BTreeMap::new();
    for form in methods.iter().flat_map(|method| method.forms()) {
        let own = reported_type(form);
        let joined = match types.remove(&form.id) {
            Some(known) => known.join(&own),
            None => own,
        };
        types.insert(form.id.clone(), joined);
    }
    types
}

/// The type of a field of case or citizen, or of a parameter.
fn known(methods: &[&Method], of: &str, name: &str) -> Option<Type> {
    methods.iter().find_map(|method| {
        let form = match of {
            "case" => method.case_form()?,
            "citizen" => method.citizen_form()?,
            _ => {
                let parameter = method.parameters.iter().find(|parameter| parameter.id == name)?;
                return Some(match parameter.kind.as_str() {
                    "number" | "money" => Type::Number,
                    "date" => Type::Date,
                    "yes_no" => Type::Boolean,
                    _ => Type::String,
                });
            }
        };
        let field = form.field_at(name)?;
        Some(field_type(form, form.fields.get(field)?, None))
    })
}

/// Whether a field of case or citizen can hold what somebody wrote freely, in any of the methods.
fn written(methods: &[&Method], of: &str, name: &str) -> bool {
    methods.iter().any(|method| {
        let form = match of {
            "case" => method.case_form(),
            "citizen" => method.citizen_form(),
            _ => None,
        };
        let all: Vec<&Form> = method.all.iter().collect();
        let field = form.and_then(|form| Some((form, form.fields.get(form.field_at(name)?)?)));
        field.is_some_and(|(form, field)| emission::holds_free_text(form, &all, field))
    })
}

impl Compiler<'_> {
    pub fn problem(&self, pointer: &str, message: impl Into<String>, hint: Option<String>) {
        let diagnostic = Diagnostic::error(&self.document.source, self.document.span(pointer), message);
        self.problems.borrow_mut().push(diagnostic.with_hint_of(hint));
    }

    /// A rule that stands at a pointer.
    pub fn rule(&self, text: &RuleText, pointer: &str, wanted: &Type) -> Option<Rule> {
        self.rule_within(&text.0, 0, pointer, wanted)
    }

    /// A rule whose text begins some bytes into the scalar at a pointer.
    pub fn rule_within(&self, text: &str, before: usize, pointer: &str, wanted: &Type) -> Option<Rule> {
        let at = |span: &std::ops::Range<usize>| {
            self.document
                .span_within(pointer, &(span.start + before..span.end + before))
        };
        let before = self.problems.borrow().len();
        let rule = rules::rule(
            &self.scope,
            text,
            &self.document.source,
            &at,
            wanted,
            &self.next,
            &self.problems,
        );
        for problem in self.problems.borrow_mut().iter_mut().skip(before) {
            let mut hidden = self.scope.kinds.values().flat_map(|kind| &kind.hidden);
            if hidden.any(|name| problem.message.contains(&format!("`{name}`"))) {
                problem.hint =
                    Some("what somebody can write freely is seen with `free_text: true` only".to_owned());
            }
        }
        rule.map(|(rule, _)| rule)
    }

    /// Names under `sees` that no method knows.
    fn seen(&self, methods: &[&Method], content: &mirror::Report) {
        let sees = &content.sees;
        let all = [
            ("case", "the case", &sees.case),
            ("citizen", "the citizen", &sees.citizen),
            ("parameters", "a parameter", &sees.parameters),
        ];
        for (key, meant, names) in all {
            for (index, name) in names.iter().enumerate() {
                if known(methods, key, name).is_none() {
                    let message = match key {
                        "parameters" => format!("no method has a parameter `{name}`"),
                        _ => format!("no method knows `{name}` of {meant}"),
                    };
                    self.problem(&format!("/sees/{key}/{index}"), message, None);
                }
                let own = format!("{key}.{name}");
                if written(methods, key, name) && !content.free_text && !sees.identifiers.contains(&own) {
                    let message = format!("`{name}` of {meant} can hold what somebody wrote freely");
                    let hint = format!(
                        "that is seen with `free_text: true` only; what says whom or what a report is about is named: `identifiers: [{own}]`"
                    );
                    self.problem(&format!("/sees/{key}/{index}"), message, Some(hint));
                }
            }
        }
        for (index, name) in sees.identifiers.iter().enumerate() {
            let seen = name.split_once('.').is_some_and(|(key, name)| {
                let mut names = all.iter().filter(|(other, _, _)| *other == key);
                written(methods, key, name)
                    && names.any(|(_, _, names)| names.iter().any(|other| other == name))
            });
            if !seen {
                let message = format!("`{name}` is no text that the template sees of case or citizen");
                self.problem(&format!("/sees/identifiers/{index}"), message, None);
            }
        }
        for (kind, members) in &self.scope.kinds {
            for (name, _) in POINT_MEMBERS {
                if members.attributes.contains_key(name) {
                    let message =
                        format!("data points `{kind}` have an attribute `{name}`, which every point has");
                    self.problem(
                        "/report",
                        message,
                        Some("choose another name in the emission".to_owned()),
                    );
                }
            }
        }
    }

    fn schema(
        &self,
        name: Option<&str>,
        source: Option<&Arc<Source>>,
    ) -> Option<(Json, jsonschema::Validator)> {
        let name = name?;
        let Some(source) = source else {
            self.problem(
                "/schema",
                format!("there is no `{name}` beside the template"),
                None,
            );
            return None;
        };
        let json = match serde_json::from_str::<Json>(&source.text) {
            Ok(json) => json,
            Err(error) => {
                self.problem("/schema", format!("`{name}` is not JSON: {error}"), None);
                return None;
            }
        };
        match jsonschema::validator_for(&json) {
            Ok(validator) => Some((json, validator)),
            Err(error) => {
                self.problem("/schema", format!("`{name}` is not a JSON Schema: {error}"), None);
                None
            }
        }
    }

    /// Loops, the later inside the earlier; their variables stay in scope.
    pub fn each(
        &mut self,
        loops: &serde_json::Map<String, Json>,
        pointer: &str,
    ) -> Option<Vec<(usize, Rule)>> {
        let mut each = Vec::new();
        for (name, text) in loops {
            let Json::String(text) = text else {
                self.problem(
                    &format!("{pointer}/{name}"),
                    "a loop goes over a list that a rule gives",
                    None,
                );
                return None;
            };
            let rule = self.rule_within(text, 0, &format!("{pointer}/{name}"), &Type::Any)?;
            let kind = rule.program.result_type().item();
            each.push((self.scope.add(name, kind), rule));
        }
        Some(each)
    }

    fn per(&mut self, per: &mirror::Per) -> Option<Per> {
        let each = self.each(&per.each, "/per/for");
        let key = self.rule(&per.key, "/per/key", &Type::String);
        Some(Per {
            each: each?,
            key: key?,
        })
    }

    fn part(&mut self, part: &mirror::Part, pointer: &str) -> Option<Part> {
        let depth = self.scope.depth();
        let each = self.each(&part.each, &format!("{pointer}/for"));
        let built = each.and_then(|each| self.part_of(part, each, pointer));
        self.scope.back_to(depth);
        built
    }

    fn part_of(&mut self, part: &mirror::Part, each: Vec<(usize, Rule)>, pointer: &str) -> Option<Part> {
        let maybe = |text: &Option<RuleText>, key: &str, wanted: &Type| match text {
            Some(text) => self.rule(text, &format!("{pointer}/{key}"), wanted).map(Some),
            None => Some(None),
        };
        let when = maybe(&part.when, "when", &Type::Boolean);
        let of = maybe(&part.of, "of", &Type::Any);
        let root = maybe(&part.root, "root", &Type::Boolean);
        let address = maybe(&part.address, "address", &Type::String);
        let id = self.rule(&part.id, &format!("{pointer}/id"), &Type::String);
        let content = self.tree(&part.content, &format!("{pointer}/content"), false);
        let constraints = self.checks(&part.constraints, &format!("{pointer}/constraints"));
        Some(Part {
            name: part.part.clone(),
            each,
            when: when?,
            of: of?,
            id: id?,
            address: address?,
            root: root?,
            content: content?,
            constraints,
        })
    }

    /// A table has columns, and no part more than these.
    fn columns(&self, content: &mirror::Report) {
        if content.columns.is_empty() && content.format == Format::Csv {
            let hint = "list the members of a line under `columns`, in order";
            self.problem("/format", "a table needs columns", Some(hint.to_owned()));
        }
        if content.columns.is_empty() {
            return;
        }
        for (index, part) in content.parts.iter().enumerate() {
            for name in part
                .content
                .as_object()
                .into_iter()
                .flat_map(|members| members.keys())
            {
                if !content.columns.contains(name) {
                    let near = nearest(name, content.columns.iter().map(String::as_str));
                    self.problem(
                        &format!("/parts/{index}/content/{name}"),
                        format!("the table has no column `{name}`"),
                        near.map(|near| format!("did you mean `{near}`?")),
                    );
                }
            }
        }
    }

    fn checks(&self, checks: &[mirror::Check], pointer: &str) -> Vec<Check> {
        let rules = checks.iter().enumerate().filter_map(|(index, check)| {
            Some(Check {
                rule: self.rule(&check.rule, &format!("{pointer}/{index}/rule"), &Type::Boolean)?,
                message: check.message.clone(),
            })
        });
        rules.collect()
    }
}
