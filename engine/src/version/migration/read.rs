//! From a migration's file to a checked migration.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Act, Code, Codes, CodesOf, Formula, Leaving, Migration, Pattern, Step, total};
use crate::definition::mirror::{self, CodeTo, RuleText, To};
use crate::definition::yaml::Document;
use crate::definition::{
    Compiler, Field, FieldIx, Form, Kind, Method, Options, Place, Rule, Scope, Types, field_type,
};
use crate::diagnostic::{Diagnostic, nearest};
use crate::feel::Type;
use crate::version::place::{self, ANY};

/// A migration's file, with the versions that it is between.
pub struct Parts<'a> {
    /// The file.
    pub document: &'a Document,
    /// Its content.
    pub content: &'a mirror::Migration,
    /// The earlier version.
    pub from: &'a Arc<Method>,
    /// The parameters of the earlier version, as its file has them.
    pub parameters: &'a [mirror::Parameter],
    /// The later version.
    pub to: &'a Arc<Method>,
}

/// Reads a migration; what is wrong with it is told. `None` when it cannot be used.
pub fn read(parts: &Parts, diagnostics: &mut Vec<Diagnostic>) -> Option<Migration> {
    let forms: Vec<&Form> = parts.from.all.iter().collect();
    let problems = RefCell::new(Vec::new());
    let types = Types::new(
        &forms,
        parts.parameters,
        &parts.from.lists,
        crate::definition::Unreadable::default(),
    );
    let next = Cell::new(0);
    let mut reader = Reader {
        parts,
        compiler: Compiler {
            types: &types,
            next: &next,
            diagnostics: &problems,
        },
        migration: Migration {
            from: Arc::clone(parts.from),
            to: Arc::clone(parts.to),
            place: Place {
                source: Arc::clone(&parts.document.source),
                span: parts.document.span("/migration"),
            },
            steps: Vec::new(),
            codes: Vec::new(),
            formulas: Vec::new(),
        },
    };
    for (index, step) in parts.content.steps.iter().enumerate() {
        reader.step(step, &format!("/steps/{index}"));
    }
    let migration = reader.migration;
    let mut found = problems.into_inner();
    let whole = found.is_empty();
    // What a broken step would have said is missed by the others' account.
    if whole {
        total::check(&migration, parts.document, &mut found);
    }
    let usable = found.is_empty();
    diagnostics.extend(found);
    usable.then_some(migration)
}

struct Reader<'a> {
    parts: &'a Parts<'a>,
    compiler: Compiler<'a>,
    migration: Migration,
}

/// What a place turned out to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Form,
    Field(FieldIx),
    Row(FieldIx),
}

impl Reader<'_> {
    fn error(&self, pointer: &str, message: impl Into<String>, hint: Option<String>) {
        let document = self.parts.document;
        let diagnostic = Diagnostic::error(&document.source, document.span(pointer), message);
        self.compiler
            .diagnostics
            .borrow_mut()
            .push(diagnostic.with_hint_of(hint));
    }

    fn step(&mut self, step: &mirror::Step, pointer: &str) {
        let verbs = [
            ("rename", step.rename.is_some()),
            ("move", step.shift.is_some()),
            ("retire", step.retire.is_some()),
            ("convert", step.convert.is_some()),
            ("split", step.split.is_some()),
            ("combine", step.combine.is_some()),
            ("codes", step.codes.is_some()),
        ];
        let named: Vec<&str> = verbs
            .iter()
            .filter(|(_, is)| *is)
            .map(|(verb, _)| *verb)
            .collect();
        let [verb] = named[..] else {
            let all: Vec<&str> = verbs.iter().map(|(verb, _)| *verb).collect();
            let message = match named.len() {
                0 => "the step does nothing".to_owned(),
                _ => format!("the step does several things: {}", named.join(", ")),
            };
            return self.error(pointer, message, Some(format!("one of: {}", all.join(", "))));
        };
        let given = [
            ("to", step.to.is_some()),
            ("value", step.value.is_some()),
            ("map", step.map.is_some()),
            ("reason", step.reason.is_some()),
            ("decide", step.decide.is_some()),
            ("joined", step.joined),
        ];
        let (needed, allowed): (&[&str], &[&str]) = match verb {
            "rename" | "split" => (&["to"], &["to"]),
            "move" => (&["to"], &["to", "joined"]),
            "retire" => (&["reason"], &["reason", "decide"]),
            "convert" => (&["value"], &["value", "to"]),
            "combine" => (&["to", "value"], &["to", "value"]),
            _ => (&["map"], &["map", "to"]),
        };
        for (key, is) in given {
            if !is && needed.contains(&key) {
                return self.error(pointer, format!("`{verb}` needs `{key}`"), None);
            }
            if is && !allowed.contains(&key) {
                return self.error(
                    &format!("{pointer}/{key}"),
                    format!("`{verb}` has no `{key}`"),
                    Some(format!("it has: {}", allowed.join(", "))),
                );
            }
        }
        match verb {
            "rename" => self.shift(step.rename.as_deref(), step, pointer, verb),
            "move" => self.shift(step.shift.as_deref(), step, pointer, verb),
            "retire" => self.retire(step, pointer),
            "convert" => self.convert(step, pointer),
            "split" => self.split(step, pointer),
            "combine" => self.combine(step, pointer),
            _ => self.codes(step, pointer),
        }
    }

    /// Finds a place of a version.
    fn place(&self, text: &str, method: &Method, pointer: &str) -> Option<(Pattern, Sort)> {
        let mut words = text.split('.');
        let id = words.next().unwrap_or_default();
        let Some(form) = method.all.iter().find(|form| form.id == id) else {
            let near = nearest(id, method.all.iter().map(|form| form.id.as_str()));
            self.error(
                pointer,
                format!("`{}` has no form `{id}`", method.name()),
                near.map(|near| format!("did you mean `{near}`?")),
            );
            return None;
        };
        let (mut path, mut block, mut sort): (Vec<String>, usize, Sort) = (Vec::new(), 0, Sort::Form);
        for word in words {
            let group = match sort {
                Sort::Field(index) => form.group(index),
                _ => None,
            };
            // Behind a group stands a row's code, or a field of all of its rows.
            if let (Sort::Field(index), Some(group)) = (sort, group) {
                let mut with = path.clone();
                with.push(word.to_owned());
                let parts: Vec<&str> = with.iter().map(String::as_str).collect();
                let code = word == ANY || group.for_each.is_some();
                if code && place::find(form, &parts).is_some_and(|spot| spot.row) {
                    path.push(word.to_owned());
                    (block, sort) = (group.block, Sort::Row(index));
                    continue;
                }
                path.push(ANY.to_owned());
                block = group.block;
            } else if matches!(sort, Sort::Field(_)) {
                self.error(
                    pointer,
                    format!("`{}` holds nothing below it", path.join(".")),
                    None,
                );
                return None;
            }
            let fields = || {
                let fields = form.blocks.get(block).map(|block| block.fields.as_slice());
                fields
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|index| Some((*index, form.fields.get(*index)?)))
            };
            let Some((index, field)) = fields().find(|(_, field)| field.id == word) else {
                let near = nearest(word, fields().map(|(_, field)| field.id.as_str()));
                let around =
                    std::iter::once(id).chain(path.iter().map(String::as_str).filter(|part| *part != ANY));
                self.error(
                    pointer,
                    format!(
                        "there is no `{word}` in `{}` of `{}`",
                        around.collect::<Vec<_>>().join("."),
                        method.name()
                    ),
                    near.map(|near| format!("did you mean `{near}`?")),
                );
                return None;
            };
            path.push(field.id.clone());
            sort = Sort::Field(index);
        }
        let pattern = Pattern {
            form: id.to_owned(),
            path,
        };
        Some((pattern, sort))
    }

    fn earlier(&self, text: Option<&str>, pointer: &str) -> Option<(Pattern, Sort)> {
        self.place(text?, self.parts.from, pointer)
    }

    fn later(&self, to: Option<&To>, pointer: &str) -> Option<(Pattern, Sort)> {
        match to? {
            To::Place(text) => self.place(text, self.parts.to, &format!("{pointer}/to")),
            To::Parts(_) => {
                self.error(&format!("{pointer}/to"), "one place stands here", None);
                None
            }
        }
    }

    fn put(&mut self, from: Pattern, act: Act, pointer: &str) {
        if self.migration.steps.iter().any(|step| step.from == from) {
            return self.error(
                pointer,
                format!("another step has `{}` already", from.text()),
                None,
            );
        }
        self.migration.steps.push(Step { from, act });
    }

    fn shift(&mut self, from: Option<&str>, step: &mirror::Step, pointer: &str, verb: &str) {
        let at = format!("{pointer}/{verb}");
        let (Some((from, what)), Some((to, target))) =
            (self.earlier(from, &at), self.later(step.to.as_ref(), pointer))
        else {
            return;
        };
        let to_at = format!("{pointer}/to");
        if std::mem::discriminant(&what) != std::mem::discriminant(&target) {
            return self.error(
                &to_at,
                "a form becomes a form, a field a field, a row a row",
                None,
            );
        }
        let around = |pattern: &Pattern| {
            let parent = pattern.path.len().saturating_sub(1);
            (
                pattern.form.clone(),
                pattern.path.get(..parent).map(<[String]>::to_vec),
            )
        };
        if verb == "rename" && what != Sort::Form && around(&from) != around(&to) {
            return self.error(
                &to_at,
                "a field is renamed where it stands",
                Some("write `move` instead of `rename`".to_owned()),
            );
        }
        let rows = |pattern: &Pattern| pattern.path.iter().filter(|part| *part == ANY).count();
        if rows(&from) != rows(&to) {
            return self.error(
                &to_at,
                "the rows around it are not as many as before",
                Some("`combine` and `convert` make something else of rows".to_owned()),
            );
        }
        self.put(from, Act::Move(to, step.joined), &at);
    }

    fn retire(&mut self, step: &mirror::Step, pointer: &str) {
        let at = format!("{pointer}/retire");
        if let (Some((from, _)), Some(reason)) = (self.earlier(step.retire.as_deref(), &at), &step.reason) {
            let leaving = self.leaving(reason, step.decide.as_deref(), &format!("{pointer}/decide"));
            self.put(from, Act::Retire(leaving), &at);
        }
    }

    fn leaving(&self, reason: &str, decide: Option<&str>, pointer: &str) -> Leaving {
        Leaving {
            reason: reason.to_owned(),
            decide: decide.and_then(|text| Some(self.place(text, self.parts.to, pointer)?.0)),
        }
    }

    fn convert(&mut self, step: &mirror::Step, pointer: &str) {
        let at = format!("{pointer}/convert");
        let Some((from, Sort::Field(field))) = self.earlier(step.convert.as_deref(), &at) else {
            return;
        };
        let target = match &step.to {
            Some(_) => self.later(step.to.as_ref(), pointer),
            None => self.place(&from.text(), self.parts.to, &at),
        };
        if let (Some(target), Some(value)) = (target, &step.value) {
            let rules = vec![(target, value, format!("{pointer}/value"))];
            self.formula(vec![(from, field)], rules, &at);
        }
    }

    fn split(&mut self, step: &mirror::Step, pointer: &str) {
        let at = format!("{pointer}/split");
        let Some((from, Sort::Field(field))) = self.earlier(step.split.as_deref(), &at) else {
            return;
        };
        let Some(To::Parts(parts)) = &step.to else {
            return self.error(
                &format!("{pointer}/to"),
                "`split` needs several places",
                Some("write `to: {form.field: FEEL, …}`".to_owned()),
            );
        };
        let mut rules = Vec::new();
        for (text, rule) in parts {
            let at = format!("{pointer}/to/{text}");
            if let Some(target) = self.place(text, self.parts.to, &at) {
                rules.push((target, rule, at));
            }
        }
        self.formula(vec![(from, field)], rules, &at);
    }

    fn combine(&mut self, step: &mirror::Step, pointer: &str) {
        let mut sources = Vec::new();
        for (index, text) in step.combine.iter().flatten().enumerate() {
            if let Some((from, Sort::Field(field))) =
                self.earlier(Some(text), &format!("{pointer}/combine/{index}"))
            {
                sources.push((from, field));
            }
        }
        let target = self.later(step.to.as_ref(), pointer);
        if let (Some(target), Some(value)) = (target, &step.value)
            && sources.len() == step.combine.iter().flatten().count()
        {
            let rules = vec![(target, value, format!("{pointer}/value"))];
            self.formula(sources, rules, &format!("{pointer}/combine"));
        }
    }

    fn formula(
        &mut self,
        sources: Vec<(Pattern, FieldIx)>,
        rules: Vec<((Pattern, Sort), &RuleText, String)>,
        pointer: &str,
    ) {
        let Some((first, _)) = sources.first() else { return };
        let around = |pattern: &Pattern| {
            pattern
                .path
                .len()
                .checked_sub(1)
                .and_then(|end| pattern.path.get(..end).map(<[String]>::to_vec))
        };
        let (form, rows) = (first.form.clone(), around(first));
        if sources
            .iter()
            .any(|(other, _)| other.form != form || around(other) != rows)
        {
            return self.error(
                pointer,
                "they do not stand side by side",
                Some("`combine` takes fields of one form, or of the rows of one group".to_owned()),
            );
        }
        let Some((old, block)) = self.block(first) else {
            return;
        };
        let mut targets = Vec::new();
        for ((target, sort), rule, at) in rules {
            let Some(wanted) = self.wanted(&target, sort) else {
                return self.error(&at, format!("`{}` is not a field", target.text()), None);
            };
            let rows = |pattern: &Pattern| pattern.path.iter().filter(|part| *part == ANY).count();
            if rows(&target) != rows(first) {
                return self.error(
                    &at,
                    format!("`{}` does not stand in the same rows", target.text()),
                    None,
                );
            }
            if let Some(rule) = self.compile(old, block, rule, &at, &wanted) {
                targets.push((target, rule));
            }
        }
        let index = self.migration.formulas.len();
        let mut patterns = Vec::new();
        for (source, _) in sources {
            self.put(source.clone(), Act::Formula(index), pointer);
            patterns.push(source);
        }
        self.migration.formulas.push(Formula {
            sources: patterns,
            targets,
        });
    }

    /// The form of the earlier version, and the block in it in which a place stands.
    fn block(&self, pattern: &Pattern) -> Option<(usize, usize)> {
        let index = self
            .parts
            .from
            .all
            .iter()
            .position(|form| form.id == pattern.form)?;
        let form = self.parts.from.all.get(index)?;
        let parts: Vec<&str> = pattern.path.iter().map(String::as_str).collect();
        let spot = place::find(form, &parts)?;
        Some((index, form.fields.get(spot.field)?.block))
    }

    /// What a field of the later version can hold.
    fn wanted(&self, target: &Pattern, sort: Sort) -> Option<Type> {
        let Sort::Field(index) = sort else { return None };
        let form = self.parts.to.all.iter().find(|form| form.id == target.form)?;
        let field = form.fields.get(index).filter(|field| field.group().is_none())?;
        Some(field_type(form, field, None))
    }

    fn compile(
        &self,
        form: usize,
        block: usize,
        rule: &RuleText,
        pointer: &str,
        wanted: &Type,
    ) -> Option<Rule> {
        let read_forms = RefCell::new(BTreeSet::new());
        let scope = Scope {
            types: self.compiler.types,
            form: self.parts.from.all.get(form)?,
            block,
            local: None,
            row_of: None,
            read_forms: &read_forms,
        };
        self.compiler
            .rule(&scope, &rule.0, self.parts.document, pointer, wanted)
    }

    fn codes(&mut self, step: &mirror::Step, pointer: &str) {
        let (Some(name), Some(map)) = (step.codes.as_deref(), &step.map) else {
            return;
        };
        let at = format!("{pointer}/codes");
        let (of, known, site) = match self.parts.from.lists.get(name) {
            Some(list) => {
                let known: Vec<String> = list
                    .all()
                    .iter()
                    .map(|concept| concept.code.to_string())
                    .collect();
                (CodesOf::List(name.to_owned()), known, None)
            }
            None => {
                let lists = self.parts.from.lists.keys().map(String::as_str);
                if let Some(near) = nearest(name, lists) {
                    let message = format!("there is no list `{name}` in `{}`", self.parts.from.name());
                    return self.error(&at, message, Some(format!("did you mean `{near}`?")));
                }
                let Some((pattern, Sort::Field(field))) = self.earlier(Some(name), &at) else {
                    return;
                };
                let Some(site) = self.block(&pattern) else { return };
                let form = self.parts.from.all.get(site.0);
                let Some(list) = form.and_then(|form| held(form.fields.get(field)?)) else {
                    return self.error(&at, format!("`{name}` holds no codes"), None);
                };
                let known = list
                    .all()
                    .iter()
                    .map(|concept| concept.code.to_string())
                    .collect();
                (CodesOf::Field(pattern), known, Some(site))
            }
        };
        let mut codes = BTreeMap::new();
        for (code, to) in map {
            let below = format!("{pointer}/map/{code}");
            if !known.contains(code) {
                let near = nearest(code, known.iter().map(String::as_str));
                self.error(
                    &below,
                    format!("`{code}` is not a code there"),
                    near.map(|near| format!("did you mean `{near}`?")),
                );
                continue;
            }
            if let Some(to) = self.code(to, site, &below) {
                codes.insert(code.clone(), to);
            }
        }
        if self.migration.codes.iter().any(|codes| codes.of == of) {
            return self.error(
                &at,
                format!("another step has the codes of `{name}` already"),
                None,
            );
        }
        let becomes = match (&step.to, &of) {
            (None, _) => None,
            (Some(To::Place(list)), CodesOf::List(_)) if self.parts.to.lists.contains_key(list) => {
                Some(list.clone())
            }
            (Some(_), CodesOf::Field(_)) => {
                let hint = "the field moves with `move` or `rename`".to_owned();
                return self.error(
                    &format!("{pointer}/to"),
                    "only a list becomes another list",
                    Some(hint),
                );
            }
            (Some(_), CodesOf::List(_)) => {
                let known: Vec<&str> = self.parts.to.lists.keys().map(String::as_str).collect();
                return self.error(
                    &format!("{pointer}/to"),
                    format!("there is no such list in `{}`", self.parts.to.name()),
                    Some(format!("there are: {}", known.join(", "))),
                );
            }
        };
        self.migration.codes.push(Codes {
            of,
            becomes,
            map: codes,
        });
    }

    fn code(&self, to: &CodeTo, site: Option<(usize, usize)>, pointer: &str) -> Option<Code> {
        Some(match to {
            CodeTo::Code(code) => Code::To(code.clone()),
            CodeTo::Retire { retire, decide } => {
                Code::Retire(self.leaving(retire, decide.as_deref(), &format!("{pointer}/decide")))
            }
            CodeTo::Decide { decide, reason } => Code::Decide(decide.clone(), reason.clone()),
            CodeTo::When(cases) => {
                let mut found = Vec::new();
                for (index, case) in cases.iter().enumerate() {
                    let at = format!("{pointer}/{index}/when");
                    let rule = match (&case.when, site) {
                        (None, _) => None,
                        (Some(rule), Some((form, block))) => {
                            Some(self.compile(form, block, rule, &at, &Type::Boolean)?)
                        }
                        (Some(_), None) => {
                            self.error(
                                &at,
                                "a condition is asked where a field stands, not of a whole list",
                                Some("write `codes:` with the place of the field".to_owned()),
                            );
                            return None;
                        }
                    };
                    found.push((rule, case.to.clone()));
                }
                Code::When(found)
            }
        })
    }
}

/// The list whose codes a field holds, or whose codes are the keys of a group's rows.
pub(super) fn held(field: &Field) -> Option<&Arc<crate::definition::List>> {
    match &field.kind {
        Kind::Choice(options) | Kind::Choices(options) | Kind::Score(options) => match options {
            Options::List(list, _) => Some(list),
            Options::Texts => None,
        },
        Kind::Group(group) => group.for_each.as_ref().map(|(list, _)| list),
        _ => None,
    }
}
