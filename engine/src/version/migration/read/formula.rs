//! Steps that make something else of answers with FEEL.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::super::{Act, Formula, Pattern};
use super::{Reader, Sort};
use crate::definition::mirror::{self, RuleText, To};
use crate::definition::{FieldIx, Rule, Scope};
use crate::feel::Type;
use crate::version::place::ANY;

impl Reader<'_> {
    pub(super) fn convert(&mut self, step: &mirror::Step, pointer: &str) {
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

    pub(super) fn split(&mut self, step: &mirror::Step, pointer: &str) {
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

    pub(super) fn combine(&mut self, step: &mirror::Step, pointer: &str) {
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

    pub(super) fn compile(
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
}
