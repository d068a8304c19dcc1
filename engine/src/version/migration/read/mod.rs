//! From a migration's file to a checked migration.

mod codes;
mod formula;
mod place;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::{Act, Ask, Leaving, Migration, Pattern, Step, total};
use crate::definition::mirror;
use crate::definition::yaml::Document;
use crate::definition::{Compiler, FieldIx, Form, Method, Types};
use crate::diagnostic::{Diagnostic, has_errors, nearest};
use crate::source::Place;
use crate::version::place::ANY;

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
            ask: None,
            steps: Vec::new(),
            codes: Vec::new(),
            formulas: Vec::new(),
        },
    };
    reader.ask();
    for (index, step) in parts.content.steps.iter().enumerate() {
        reader.step(step, &format!("/steps/{index}"));
    }
    let migration = reader.migration;
    let mut found = problems.into_inner();
    // What a broken step would have said is missed by the others' account.
    if !has_errors(&found) {
        total::check(&migration, parts.document, &mut found);
    }
    let usable = !has_errors(&found);
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

    fn ask(&mut self) {
        let Some(ask) = &self.parts.content.ask else {
            return;
        };
        let phases = &self.parts.from.phases;
        let mut at = None;
        if let Some(id) = &ask.at {
            at = phases.iter().position(|phase| phase.id == *id);
            if at.is_none() {
                let near = nearest(id, phases.iter().map(|phase| phase.id.as_str()));
                self.error(
                    "/ask/at",
                    format!("`{}` has no phase `{id}`", self.parts.from.name()),
                    near.map(|near| format!("did you mean `{near}`?")),
                );
            }
        }
        self.migration.ask = Some(Ask {
            text: ask.text.clone(),
            at,
        });
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
}
