//! Compiles the rules of a method's forms: names resolved, types checked, every problem told at its place in the YAML.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::conditions::Conditions;
use super::form::{Carry, Constraint, FieldIx, Form, Kind, Options, Target};
use super::lower::{Draft, Pending, Property, Site};
use super::rule::{Compiled, Rule};
use super::scope::{Scope, Types};
use super::seen::{block_type, field_type};
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, Severity, nearest};
use crate::feel::{self, Condition, Problem, Type};
use crate::source::Place;
use crate::source::{Source, Span, on_one_line};

/// Compiles rule texts; gives each rule its number.
pub struct Compiler<'a> {
    /// The types of the method.
    pub types: &'a Types,
    /// The number of the next rule.
    pub next: &'a Cell<usize>,
    /// What is wrong.
    pub diagnostics: &'a RefCell<Vec<Diagnostic>>,
}

impl Compiler<'_> {
    /// Compiles one rule; what it gives must fit what is wanted.
    pub fn rule(
        &self,
        scope: &Scope,
        text: &str,
        document: &Document,
        pointer: &str,
        wanted: &Type,
    ) -> Option<Rule> {
        Some(self.condition(scope, text, document, pointer, wanted)?.0)
    }

    /// Compiles one rule, and keeps what can be said of it beside others.
    fn condition(
        &self,
        scope: &Scope,
        text: &str,
        document: &Document,
        pointer: &str,
        wanted: &Type,
    ) -> Option<(Rule, Condition)> {
        let at = |span: &Span| document.span_within(pointer, span);
        rule(
            scope,
            text,
            &document.source,
            &at,
            wanted,
            self.next,
            self.diagnostics,
        )
    }
}

/// Compiles a rule, tells what is wrong with it at its place, and gives it its number.
pub fn rule(
    names: &dyn feel::Names,
    text: &str,
    source: &Arc<Source>,
    at: &dyn Fn(&Span) -> Span,
    wanted: &Type,
    next: &Cell<usize>,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<(Rule, Condition)> {
    let compiled = feel::compile_for(text, names, wanted);
    let mut diagnostics = diagnostics.borrow_mut();
    let silent = compiled.problems.is_empty();
    for problem in compiled.problems {
        let span = at(&problem.span);
        diagnostics.push(Problem { span, ..problem }.told(source));
    }
    let program = compiled.program?;
    let whole = at(&(0..text.len()));
    if !fits(program.result_type(), wanted) {
        let message = format!(
            "the rule gives {} where {} is needed",
            with_article(program.result_type()),
            with_article(wanted)
        );
        diagnostics.push(Diagnostic::error(source, whole.clone(), message));
    } else if silent && *program.result_type() == Type::Null {
        let message = "the rule is always null";
        diagnostics.push(Diagnostic::new(Severity::Warning, source, whole.clone(), message));
    }
    let id = next.get();
    next.set(id + 1);
    let place = Place {
        source: Arc::clone(source),
        span: whole,
    };
    Some((Rule::from(Compiled { program, place, id }), compiled.condition?))
}

fn with_article(kind: &Type) -> String {
    match kind {
        Type::Boolean => "true or false".to_owned(),
        Type::String => "a text".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Any => "any value".to_owned(),
        other => format!("a {other}"),
    }
}

/// Whether a value of one type can stand where another is wanted; what is not known fits.
fn fits(given: &Type, wanted: &Type) -> bool {
    match (given, wanted) {
        (Type::Any | Type::Null, _) | (_, Type::Any) => true,
        (Type::String | Type::Choice(_), Type::String | Type::Choice(_)) => true,
        (Type::List(given), Type::List(wanted)) => fits(given, wanted),
        (Type::Context(_), Type::Context(_)) => true,
        (given, wanted) => std::mem::discriminant(given) == std::mem::discriminant(wanted),
    }
}

/// Compiles the rules of one form into it. Returns the forms that it reads.
pub fn compile(compiler: &Compiler, drafts: &mut [Draft], index: usize) -> BTreeSet<usize> {
    let read_forms = RefCell::new(BTreeSet::new());
    let Some(draft) = drafts.get_mut(index) else {
        return BTreeSet::new();
    };
    let rules = std::mem::take(&mut draft.rules);
    let mut compiled = Vec::with_capacity(rules.len());
    if let Some(draft) = drafts.get(index) {
        for pending in rules {
            let rule = one(compiler, drafts, draft, &pending, &read_forms);
            compiled.push((pending, rule));
        }
    }
    let Some(draft) = drafts.get_mut(index) else {
        return BTreeSet::new();
    };
    let mut conditions = Conditions::new();
    for (pending, rule) in compiled {
        if let Some((rule, condition)) = rule {
            conditions.note(&pending.site, condition, &rule);
            put(&mut draft.form, pending, rule, compiler, &draft.document);
        }
    }
    conditions.check(&draft.form, &mut compiler.diagnostics.borrow_mut());
    let mut reads = read_forms.into_inner();
    for (rule, _) in draft.form.rules() {
        for slot in &rule.program.reads().slots {
            if let super::scope::Place::Global(super::scope::Global::Form(form)) =
                super::scope::Place::of(*slot)
            {
                reads.insert(form);
            }
        }
    }
    let carried = draft.form.fields.iter().filter_map(|field| field.carry.as_ref());
    reads
        .extend(carried.filter_map(|carry| compiler.types.forms.iter().position(|form| *form == carry.form)));
    // A form sees earlier responses of itself, never itself.
    reads.remove(&index);
    reads
}

fn one(
    compiler: &Compiler,
    drafts: &[Draft],
    draft: &Draft,
    pending: &Pending,
    read_forms: &RefCell<BTreeSet<usize>>,
) -> Option<(Rule, Condition)> {
    let form = &draft.form;
    let mut scope = Scope {
        types: compiler.types,
        form,
        block: 0,
        local: None,
        row_of: None,
        read_forms,
    };
    let wanted = match &pending.site {
        Site::Title | Site::Field(_, Property::RowTitle) => Type::Any,
        Site::Section(_) | Site::Row(..) | Site::Constraint(..) => Type::Boolean,
        Site::Field(field, property) => {
            let kind = form
                .fields
                .get(*field)
                .map_or(Type::Any, |field| field_type(form, field, None));
            match property {
                Property::Initial | Property::Value => kind,
                Property::ChoicesFrom => Type::List(Box::new(Type::String)),
                _ => Type::Boolean,
            }
        }
    };
    let field = match &pending.site {
        Site::Field(field, _) | Site::Row(field, _) | Site::Constraint(Some(field), _) => {
            form.fields.get(*field)
        }
        _ => None,
    };
    if let Some(field) = field {
        scope.block = field.block;
        match (&pending.site, field.group()) {
            (Site::Field(_, Property::OptionsWhere), _) => {
                let option = match field.options() {
                    Some(Options::List(list, _)) => list.concept(),
                    _ => Type::Any,
                };
                scope.local = Some(("option", option));
            }
            (Site::Field(_, Property::Show) | Site::Row(..), Some(group)) => {
                scope.row_of = Some(group.block);
            }
            (Site::Field(_, Property::RowTitle), Some(group)) => scope.block = group.block,
            (Site::Field(_, Property::CarryWhere), Some(_)) => {
                let source = field.carry.as_ref().and_then(|carry| {
                    let source = &drafts.iter().find(|draft| draft.form.id == carry.form)?.form;
                    Some(block_type(source, source.group(carry.field)?.block, None))
                });
                scope.local = Some(("row", source.unwrap_or(Type::Any)));
            }
            _ => {}
        }
    }
    compiler.condition(&scope, &pending.text, &draft.document, &pending.pointer, &wanted)
}

fn put(form: &mut Form, pending: Pending, rule: Rule, compiler: &Compiler, document: &Document) {
    match pending.site {
        Site::Title => form.response_title = Some(rule),
        Site::Section(section) => {
            if let Some(section) = form.sections.get_mut(section) {
                section.show_if = Some(rule);
            }
        }
        Site::Constraint(field, constraint) => {
            let at = constraint.at.as_ref().and_then(|path| {
                let found = form.field_at(path);
                if found.is_none() {
                    let pointer = pending.pointer.replace("/rule", "/at");
                    let near = nearest(path, form.fields.iter().map(|field| field.path.as_str()));
                    compiler.diagnostics.borrow_mut().push(
                        Diagnostic::error(
                            &document.source,
                            document.span(&pointer),
                            format!("there is no field `{path}`"),
                        )
                        .with_hint_of(near.map(|near| format!("did you mean `{near}`?"))),
                    );
                }
                found
            });
            let id = on_one_line(&pending.text);
            let built = Constraint {
                rule,
                message: constraint.message,
                severity: constraint.severity,
                at,
                source: constraint.source,
                id,
            };
            match field.and_then(|field| form.fields.get_mut(field)) {
                Some(field) => field.constraints.push(built),
                None => form.constraints.push(built),
            }
        }
        Site::Row(index, key) => {
            if let Some(Kind::Group(group)) = form.fields.get_mut(index).map(|field| &mut field.kind) {
                group.conditions.insert(key, rule);
            }
        }
        Site::Field(index, property) => {
            let Some(field) = form.fields.get_mut(index) else {
                return;
            };
            let place = match property {
                Property::Show => &mut field.show_if,
                Property::Require => &mut field.require_if,
                Property::ReadOnly => &mut field.read_only_if,
                Property::Initial => &mut field.initial,
                Property::Value => &mut field.value,
                Property::OptionsWhere => &mut field.options_where,
                Property::ChoicesFrom => &mut field.choices_from,
                Property::CarryWhere => match &mut field.carry {
                    Some(carry) => &mut carry.condition,
                    None => return,
                },
                Property::RowTitle => match &mut field.kind {
                    Kind::Group(group) => &mut group.row_title,
                    _ => return,
                },
            };
            *place = Some(rule);
        }
    }
}

/// Finds what carries and references name, now that every form stands.
pub fn resolve(drafts: &mut [Draft], diagnostics: &mut Vec<Diagnostic>) {
    for index in 0..drafts.len() {
        let Some(draft) = drafts.get_mut(index) else {
            continue;
        };
        let carries = std::mem::take(&mut draft.carries);
        let references = std::mem::take(&mut draft.references);
        let mut resolved: Vec<(FieldIx, Carry)> = Vec::new();
        let mut targets: Vec<(FieldIx, Target)> = Vec::new();
        if let Some(draft) = drafts.get(index) {
            for (field, carry, pointer) in carries {
                match carried(drafts, draft, field, &carry) {
                    Ok(Some(carry)) => resolved.push((field, carry)),
                    // A name that leads nowhere was told when the field was completed.
                    Ok(None) => {}
                    Err((message, hint)) => {
                        let span = draft.document.span(&format!("{pointer}/carry"));
                        diagnostics
                            .push(Diagnostic::error(&draft.document.source, span, message).with_hint(hint));
                    }
                }
            }
            for (field, path, pointer) in references {
                let (form, rest) = match path.split_once('.') {
                    Some((form, rest)) if drafts.iter().any(|draft| draft.form.id == form) => {
                        (Some(form.to_owned()), rest)
                    }
                    _ => (None, path.as_str()),
                };
                let target = form.as_ref().map_or(Some(draft), |form| {
                    drafts.iter().find(|draft| draft.form.id == *form)
                });
                let group = target.and_then(|target| {
                    let found = target.form.field_at(rest)?;
                    target.form.group(found).map(|_| found)
                });
                match group {
                    Some(group) => targets.push((field, Target { form, group })),
                    None => {
                        let span = draft.document.span(&pointer);
                        diagnostics.push(Diagnostic::error(
                            &draft.document.source,
                            span,
                            format!("`{path}` names no group"),
                        ));
                    }
                }
            }
        }
        let Some(draft) = drafts.get_mut(index) else {
            continue;
        };
        for (field, carry) in resolved {
            if let Some(field) = draft.form.fields.get_mut(field) {
                field.carry = Some(carry);
            }
        }
        for (field, target) in targets {
            if let Some(field) = draft.form.fields.get_mut(field) {
                field.kind = Kind::Reference(target);
            }
        }
    }
}

type Refusal = (String, &'static str);

fn carried(
    drafts: &[Draft],
    draft: &Draft,
    field: FieldIx,
    carry: &super::mirror::Carry,
) -> Result<Option<Carry>, Refusal> {
    let Some((form, path)) = carry.place(&draft.form.id) else {
        return Ok(None);
    };
    let Some(source) = drafts
        .iter()
        .find(|draft| draft.form.id == form)
        .map(|draft| &draft.form)
    else {
        return Ok(None);
    };
    let (Some(from), Some(own)) = (source.field_at(path), draft.form.fields.get(field)) else {
        return Ok(None);
    };
    let Some(other) = source.fields.get(from) else {
        return Ok(None);
    };
    if form == draft.form.id && !carry.before() {
        return Err((
            format!("`{}` is carried from its own form", own.path),
            "use `value` for what follows from other fields, `previous.…` for the response before this one",
        ));
    }
    let alike = |kind: &Kind| match kind.name() {
        "longtext" => "text",
        "money" => "number",
        name => name,
    };
    if alike(&own.kind) != alike(&other.kind) {
        let message = format!(
            "`{}` is a {}, its source `{}` a {}",
            own.path,
            own.kind.name(),
            carry.from,
            other.kind.name()
        );
        return Err((message, "leave `type` out to take it over"));
    }
    let around = |form: &Form, block| form.groups_around(block).count();
    if around(source, other.block) > around(&draft.form, own.block) {
        return Err((
            format!("`{}` stands in a group, `{}` does not", carry.from, own.path),
            "carry the group, and the field within it",
        ));
    }
    Ok(Some(Carry {
        form: form.to_owned(),
        field: from,
        path: path.to_owned(),
        mode: carry.mode,
        condition: None,
    }))
}
