//! Which data points a completed response gives rise to.

use std::collections::BTreeSet;

use super::form::{BlockIx, Form, Kind, Rule};
use super::scope::{Global, Place};
use crate::feel::Type;

/// One kind of data point from one form.
#[derive(Debug)]
pub struct Emission {
    /// Type of the data point.
    pub kind: String,
    /// Title of the type.
    pub title: String,
    /// Help for those who read the data.
    pub help: Option<String>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// The form whose completion gives rise to it.
    pub form: String,
    /// One point for each element of a list: the list. The element is in scope of the other rules.
    pub each: Option<Rule>,
    /// Whether there is a point at all.
    pub when: Option<Rule>,
    /// What makes it the same point the next time, within the case.
    pub identity: Rule,
    /// The day of the fact.
    pub dated: Rule,
    /// Whether the fact was entered in error: the point is taken back.
    pub entered_in_error: Option<Rule>,
    /// The path of the answer that it is read from.
    pub answer: Option<Rule>,
    /// Attributes that can hold what somebody wrote freely.
    pub free_text: BTreeSet<String>,
    /// Attributes in order.
    pub attributes: Vec<(String, Rule)>,
}

impl Emission {
    /// Every rule with what it is for.
    pub fn rules(&self) -> Vec<(&Rule, String)> {
        let name = |key: &str| format!("data point {} on {}: {key}", self.kind, self.form);
        let mut rules = vec![(&self.identity, name("identity")), (&self.dated, name("dated"))];
        rules.extend(self.each.iter().map(|rule| (rule, name("for"))));
        rules.extend(self.when.iter().map(|rule| (rule, name("when"))));
        rules.extend(
            self.entered_in_error
                .iter()
                .map(|rule| (rule, name("entered_in_error"))),
        );
        rules.extend(self.answer.iter().map(|rule| (rule, name("answer"))));
        rules.extend(self.attributes.iter().map(|(key, rule)| (rule, name(key))));
        rules
    }
}

/// Whether a rule of a form can give what somebody wrote freely. Of other forms it is not known what a rule reads, so there
/// any text counts.
pub fn holds_free_text(form: &Form, rule: &Rule) -> bool {
    let reads = rule.program.reads();
    let free = |block: BlockIx, wanted: &dyn Fn(usize, &str) -> bool| {
        let fields = form.blocks.get(block).into_iter().flat_map(|block| &block.fields);
        fields.filter_map(|field| form.fields.get(*field)).any(|field| {
            wanted(field.cell, &field.id) && matches!(field.kind, Kind::Text | Kind::LongText | Kind::Contact)
        })
    };
    let number = |tag: u32| BlockIx::try_from(tag).unwrap_or(BlockIx::MAX);
    let elsewhere = reads.slots.iter().any(|slot| match Place::of(*slot) {
        Place::Global(Global::Form(_) | Global::Previous | Global::Case | Global::Citizen) => true,
        _ => false,
    });
    let own = reads.slots.iter().any(|slot| match Place::of(*slot) {
        // Rules of data points are asked of the form as a whole.
        Place::Cell { depth: 0, cell } => free(0, &|other, _| other == cell),
        _ => false,
    });
    own || reads
        .members
        .iter()
        .any(|(tag, name)| free(number(*tag), &|_, id| id == &**name))
        || reads.whole.iter().any(|tag| free(number(*tag), &|_, _| true))
        || (elsewhere && can_be_text(rule.program.result_type()))
}

fn can_be_text(kind: &Type) -> bool {
    match kind {
        Type::Any | Type::String | Type::Function(_) => true,
        Type::List(item) | Type::Range(item) => can_be_text(item),
        Type::Context(context) => context.open || context.members.iter().any(|(_, kind)| can_be_text(kind)),
        _ => false,
    }
}
