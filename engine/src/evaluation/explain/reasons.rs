//! Which rules decide about a field: its value, what is asked of it, what is wrong with it.

use std::sync::Arc;

use super::formula::ways;
use super::prose::Prose;
use super::resolver::Resolver;
use super::subject::{Seen, Spot, Subject, Whereabouts};
use super::words::Teller;
use super::{Effect, Explanation, Reason, RuleView};
use crate::case::Origin;
use crate::definition::{CarryMode, Constraint, Field, FieldIx, Form, List, Options, Rule, Texts};
use crate::evaluation::answer;
use crate::evaluation::carry::source;
use crate::evaluation::cell::Cell;
use crate::evaluation::session::Session;
use crate::evaluation::state::{At, Row, locate};
use crate::evaluation::world::{Seat, Sight};
use crate::source::on_one_line;
use crate::value::Value;

/// How many answers are listed for one rule.
const READS: usize = 12;

/// Why the field at a path is as it is.
pub fn explain(session: &Session, path: &str, texts: &Texts) -> Option<Explanation> {
    let mut inquiry = Inquiry {
        session,
        form: session.form(),
        texts,
        reasons: Vec::new(),
    };
    if path.is_empty() {
        inquiry.whole(None);
        return Some(inquiry.explanation(path, String::new(), true));
    }
    let (index, at, row) = inquiry.find(path)?;
    let field = inquiry.form.fields.get(index)?;
    let cell = session.state.root.cell(inquiry.form, index, &at)?;
    let label = inquiry.label(index, &at);
    let hidden = inquiry.visibility(index, field, &at, row);
    if !hidden && row.is_none() {
        inquiry.value(field, index, &at, path, cell);
        inquiry.demands(field, &at, cell);
        inquiry.constraints(field, &at);
        if field.block == 0 {
            inquiry.whole(Some(index));
        }
        inquiry.options(field, &at, session.state.answer(cell, path));
    }
    for rule in inquiry
        .reasons
        .iter_mut()
        .filter_map(|reason| reason.rule.as_mut())
    {
        rule.source = rule.source.take().or_else(|| field.source.clone());
    }
    Some(inquiry.explanation(path, label, !hidden))
}

/// A rule as it is asked: from where, and of what.
pub struct Asked<'s> {
    pub rule: &'s Rule,
    pub sight: Sight<'s>,
    pub block: usize,
    pub at: At,
    /// The row, when it is asked of a group's rows.
    pub row: Option<(FieldIx, &'s Row)>,
    /// What its site adds.
    pub local: Option<Subject>,
}

/// The reasons that were found so far.
pub struct Inquiry<'s> {
    pub session: &'s Session,
    pub form: &'s Form,
    pub texts: &'s Texts,
    pub reasons: Vec<Reason>,
}

impl<'s> Inquiry<'s> {
    /// The field of a path; for the path of a row its group and the row.
    fn find(&self, path: &str) -> Option<(FieldIx, At, Option<usize>)> {
        let root = &self.session.state.root;
        if let Some((index, at)) = locate(self.form, root, path) {
            return Some((index, at, None));
        }
        let (group, key) = path.rsplit_once('.')?;
        let (index, at) = locate(self.form, root, group)?;
        let rows = root.cell(self.form, index, &at)?.rows();
        let place = rows.iter().position(|row| &*row.key == key)?;
        Some((index, at, Some(place)))
    }

    fn explanation(mut self, path: &str, label: String, shown: bool) -> Explanation {
        self.reasons.sort_by_key(|reason| match reason.effect {
            Effect::Violated => 0,
            Effect::Computed | Effect::Carried | Effect::Initial => 1,
            Effect::Satisfied | Effect::Open => 3,
            _ => 2,
        });
        Explanation {
            path: path.to_owned(),
            label,
            shown,
            reasons: self.reasons,
        }
    }

    pub fn sight(&self, block: usize, at: &At) -> Sight<'s> {
        Sight::new(&self.session.world, &self.session.state, block, at)
    }

    pub fn asked(&self, rule: &'s Rule, block: usize, at: &At) -> Asked<'s> {
        Asked {
            rule,
            sight: self.sight(block, at),
            block,
            at: *at,
            row: None,
            local: None,
        }
    }

    pub fn teller(&self, block: usize, at: &At) -> Teller<'s> {
        let keys = self.sight(block, at).keys().into_iter().map(Arc::from).collect();
        Teller {
            texts: self.texts,
            resolver: Resolver::new(&self.session.world, &self.session.state, block, keys),
        }
    }

    pub fn spot(&self, teller: &Teller) -> Spot {
        Spot {
            form: self.session.state.form,
            seat: Whereabouts::At(self.session.state.seat),
            keys: Some(teller.resolver.keys.clone()),
        }
    }

    fn label(&self, index: FieldIx, at: &At) -> String {
        let block = self.form.fields.get(index).map_or(0, |field| field.block);
        let teller = self.teller(block, at);
        teller.plain_label(&self.spot(&teller), index)
    }

    /// Evaluates a rule part by part.
    fn look(&self, asked: &Asked<'_>) -> (Teller<'s>, Seen) {
        let mut teller = self.teller(asked.block, &asked.at);
        if let Some((group, row)) = asked.row {
            teller.resolver.keys.push(Arc::clone(&row.key));
            teller.resolver.group = Some(group);
        }
        teller.resolver.local.clone_from(&asked.local);
        let seen = teller.resolver.see(asked.rule.program.explain(&asked.sight));
        (teller, seen)
    }

    pub fn add(
        &mut self,
        effect: Effect,
        asked: &Asked<'_>,
        tell: impl FnOnce(&Teller<'s>, &Seen) -> Prose,
    ) -> &mut Reason {
        let (teller, seen) = self.look(asked);
        let sentence = tell(&teller, &seen);
        let position = asked.rule.place.position();
        let (reads, more_reads) = teller.all_reads(&seen, READS);
        let rule = RuleView {
            text: on_one_line(asked.rule.program.text()),
            file: asked.rule.place.source.path.clone(),
            line: position.line,
            column: position.column,
            source: None,
            reads,
            more_reads,
            tree: teller.tree(&seen),
        };
        self.push(effect, sentence, Some(rule))
    }

    fn push(&mut self, effect: Effect, sentence: Prose, rule: Option<RuleView>) -> &mut Reason {
        self.reasons.push(Reason {
            effect,
            severity: None,
            message: None,
            text: sentence.text(),
            sentence,
            rule,
        });
        let last = self.reasons.len() - 1;
        // INVARIANT: it was pushed just now.
        &mut self.reasons[last]
    }

    /// A sentence with the fact that decides behind it.
    fn because(key: &'static str) -> impl FnOnce(&Teller<'s>, &Seen) -> Prose {
        move |teller, seen| teller.say(key, &[("because", &teller.clause(seen))])
    }

    /// Where the value comes from.
    fn value(&mut self, field: &'s Field, index: FieldIx, at: &At, path: &str, cell: Cell) {
        if let Some(rule) = &field.value {
            let asked = self.asked(rule, field.block, at);
            let own = Subject::Answer(self.spot(&self.teller(field.block, at)), index);
            self.add(Effect::Computed, &asked, |teller, seen| {
                teller.computed(seen, &own)
            });
        }
        self.carried(field, at, path, cell);
        if let (Some(rule), Some(Origin::Initial)) = (&field.initial, cell.origin()) {
            let asked = Asked {
                sight: self.sight(field.block, at).on(&self.session.state.began),
                ..self.asked(rule, field.block, at)
            };
            let own = Subject::Answer(self.spot(&self.teller(field.block, at)), index);
            self.add(Effect::Initial, &asked, |teller, seen| {
                let like = teller.like(seen);
                let about = Prose::list(teller.texts, teller.about(seen));
                let told = teller.told(seen, like.as_ref()).unwrap_or_else(|| about.clone());
                if about.is_empty() && !rule.program.reads().today {
                    let value = Prose::value(teller.words(&seen.trace.value, Some(&own)));
                    return teller.say("why_initial_fixed", &[("value", &value)]);
                }
                teller.say("why_initial", &[("formula", &told)])
            });
        }
    }

    /// From which answer a carried value comes.
    fn carried(&mut self, field: &'s Field, at: &At, path: &str, cell: Cell) {
        let Some(carry) = field.carry.as_ref().filter(|_| field.group().is_none()) else {
            return;
        };
        let world = &self.session.world;
        let answer = self.session.state.answers.get(path);
        let provenance = answer.and_then(|answer| answer.provenance.as_ref());
        let named = provenance.and_then(|provenance| {
            let id = &provenance.response;
            world
                .case
                .responses
                .iter()
                .position(|response| response.id == *id)
        });
        let current = source(world, &self.session.state, carry, field, at);
        let viewed = carry.mode == CarryMode::View;
        let Some(response) = named.or(current.as_ref().filter(|_| viewed).map(|(response, _)| *response))
        else {
            return;
        };
        let Some(from) = world.case.responses.get(response) else {
            return;
        };
        let Some(form) = world.method.forms().iter().position(|form| form.id == from.form) else {
            return;
        };
        let teller = self.teller(field.block, at);
        let spot = Spot {
            form,
            seat: Whereabouts::At(Seat::Response(response)),
            keys: Some(teller.resolver.keys.clone()),
        };
        let label = teller.label(&spot, carry.field);
        let day = from.completed.unwrap_or(from.started);
        let date = Prose::value(answer::day(self.texts, day));
        let was = provenance.map(|provenance| answer::words(self.texts, field, &provenance.value, day));
        let key = match (viewed, cell.origin()) {
            (true, _) => "why_viewed",
            (false, Some(Origin::Carried)) => "why_carried",
            (false, _) => "why_carried_changed",
        };
        let value = Prose::value(super::words::shorten(&was.unwrap_or_default()));
        let sentence = teller.say(key, &[("label", &label), ("date", &date), ("value", &value)]);
        self.push(Effect::Carried, sentence, None);
    }

    /// Whether it must be answered, and whether it is closed.
    fn demands(&mut self, field: &'s Field, at: &At, cell: Cell) {
        if let Some(rule) = &field.require_if {
            let asked = self.asked(rule, field.block, at);
            let fixed = rule.program.reads().slots.is_empty();
            let (effect, key) = match (cell.required, fixed) {
                (true, true) => (Effect::Required, "why_always_required"),
                (true, false) => (Effect::Required, "why_required"),
                (false, _) => (Effect::Optional, "why_optional"),
            };
            if cell.required || !fixed {
                self.add(effect, &asked, Self::because(key));
            }
        }
        if let Some(rule) = field.read_only_if.as_ref().filter(|_| cell.read_only) {
            let asked = self.asked(rule, field.block, at);
            let fixed = rule.program.reads().slots.is_empty();
            let key = if fixed {
                "why_always_read_only"
            } else {
                "why_read_only"
            };
            self.add(Effect::ReadOnly, &asked, Self::because(key));
        }
    }

    /// The field's own constraints.
    fn constraints(&mut self, field: &'s Field, at: &At) {
        for constraint in &field.constraints {
            let asked = self.asked(&constraint.rule, field.block, at);
            self.constraint(constraint, &asked);
        }
    }

    /// The form's constraints that are shown at a field, or at none.
    fn whole(&mut self, at: Option<FieldIx>) {
        for constraint in self
            .form
            .constraints
            .iter()
            .filter(|constraint| constraint.at == at)
        {
            let asked = self.asked(&constraint.rule, 0, &At::default());
            self.constraint(constraint, &asked);
        }
    }

    fn constraint(&mut self, constraint: &'s Constraint, asked: &Asked<'_>) {
        let (effect, key) = match asked.sight.value(asked.rule).as_bool() {
            Some(false) => (Effect::Violated, "why_violated"),
            Some(true) => (Effect::Satisfied, "why_satisfied"),
            None => (Effect::Open, "why_undecided"),
        };
        let reason = self.add(effect, asked, Self::because(key));
        reason.severity = Some(constraint.severity);
        reason.message = Some(constraint.message.clone());
        if let Some(rule) = &mut reason.rule {
            rule.source.clone_from(&constraint.source);
        }
    }

    /// Why chosen options are not offered.
    fn options(&mut self, field: &'s Field, at: &At, answer: &serde_json::Value) {
        let chosen: Vec<&str> = match answer {
            serde_json::Value::String(code) => vec![code],
            serde_json::Value::Array(codes) => codes.iter().filter_map(|code| code.as_str()).collect(),
            _ => Vec::new(),
        };
        for code in chosen {
            match (&field.options_where, &field.choices_from, field.options()) {
                (Some(rule), _, Some(Options::List(list, _))) => {
                    self.concept(rule, list, code, field, at);
                }
                (_, Some(rule), _) => self.text(rule, code, field, at),
                _ => {}
            }
        }
    }

    /// Why a concept is not offered.
    fn concept(&mut self, rule: &'s Rule, list: &'s Arc<List>, code: &str, field: &'s Field, at: &At) {
        let Some(concept) = list.get(code) else {
            return;
        };
        let value: Value = concept.value();
        if self.sight(field.block, at).holds_of(rule, &value) {
            return;
        }
        let asked = Asked {
            sight: self.sight(field.block, at).with(&value),
            local: Some(Subject::Concept(Arc::clone(list), Arc::clone(&concept.code))),
            ..self.asked(rule, field.block, at)
        };
        let label = Prose::value(&concept.label);
        self.add(Effect::Violated, &asked, |teller, seen| {
            let because = teller.clause(seen);
            teller.say("why_not_offered", &[("value", &label), ("because", &because)])
        });
    }

    /// Why a text is not offered.
    fn text(&mut self, rule: &'s Rule, text: &str, field: &'s Field, at: &At) {
        let asked = self.asked(rule, field.block, at);
        let offered = asked.sight.value(rule);
        let offered = offered.as_list().unwrap_or_default();
        if offered.iter().any(|other| other.as_str() == Some(text)) {
            return;
        }
        let value = Prose::value(text);
        self.add(Effect::Violated, &asked, |teller, seen| {
            let all = Prose::value(teller.words(&seen.trace.value, teller.like(seen).as_ref()));
            let because = teller.say("why_not_among", &[("value", &value), ("wanted", &all)]);
            teller.say("why_not_offered", &[("value", &value), ("because", &because)])
        });
    }
}

impl Teller<'_> {
    /// How a computed value comes about.
    fn computed(&self, seen: &Seen, own: &Subject) -> Prose {
        let value = &seen.trace.value;
        if value.is_null() {
            return self.say("why_not_computed", &[("because", &self.missing(seen))]);
        }
        let result = Prose::value(self.words(value, Some(own)));
        if let Some(subject @ (Subject::Answer(..) | Subject::Parameter(_))) = &seen.subject
            && let Some(label) = self.name(subject)
        {
            return self.say("why_same", &[("label", &label), ("value", &result)]);
        }
        let (conditions, way) = ways(seen);
        if way.is_constant() && !conditions.is_empty() {
            let because = self.all(conditions);
            return self.say("why_chosen_by", &[("value", &result), ("because", &because)]);
        }
        let about = Prose::list(self.texts, self.about(seen));
        match self.told(seen, Some(own)) {
            Some(told) if !seen.is_constant() => {
                self.say("why_computed", &[("formula", &told), ("value", &result)])
            }
            _ if about.is_empty() => self.say("why_fixed", &[("value", &result)]),
            _ => self.say("why_computed_from", &[("labels", &about), ("value", &result)]),
        }
    }
}
