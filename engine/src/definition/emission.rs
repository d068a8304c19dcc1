//! Which data points a completed response gives rise to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::form::{BlockIx, Field, Form, Kind, Options};
use super::rule::Rule;
use super::scope::{Global, Place};
use super::seen::Tag;
use crate::feel::Type;

/// One kind of data point from one form.
#[derive(Debug)]
pub struct Emission {
    /// Type of the data point.
    pub kind: Arc<str>,
    /// Title of the type.
    pub title: Arc<str>,
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
    /// Attributes that can hold what somebody wrote freely; `identity`, when that can.
    pub free_text: BTreeSet<String>,
    /// Attributes in order.
    pub attributes: Vec<(Arc<str>, Rule)>,
    /// What people read instead of the names of attributes and of texts that the rules give.
    pub words: BTreeMap<String, String>,
}

impl Emission {
    /// Whether one of its attributes is called so, or one of its rules can give that text.
    pub fn says(&self, word: &str) -> bool {
        let quoted = format!("\"{word}\"");
        let rules = self.attributes.iter();
        rules
            .into_iter()
            .any(|(name, rule)| **name == *word || rule.program.text().contains(&quoted))
    }

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

/// Whether a rule of a form can give what somebody wrote freely, there or in another form.
pub fn gives_free_text(own: &Form, all: &[&Form], rule: &Rule) -> bool {
    can_be_text(rule.program.result_type()) && reads_free_text(own, 0, all, rule, 0)
}

/// Whether a list can hold what somebody wrote freely where it is no longer known to be that: its rows are still known.
pub fn hides_free_text(own: &Form, all: &[&Form], rule: &Rule) -> bool {
    can_be_text(&untagged(rule.program.result_type())) && reads_free_text(own, 0, all, rule, 0)
}

/// A type without the rows that are still known to be such.
fn untagged(kind: &Type) -> Type {
    match kind {
        Type::List(item) => untagged(item),
        Type::Context(context) if context.tag.is_some() => Type::Null,
        other => other.clone(),
    }
}

/// Whether there can be free text in values of a type. Codes and the ids of rows are none.
pub fn can_be_text(kind: &Type) -> bool {
    match kind {
        Type::Any | Type::String | Type::Function(_) => true,
        Type::List(item) | Type::Range(item) => can_be_text(item),
        Type::Context(context) => context.open || context.members.iter().any(|(_, kind)| can_be_text(kind)),
        _ => false,
    }
}

/// Computed texts are followed so far to what they are computed from; beyond that any text counts.
const FOLLOWED: usize = 8;

fn reads_free_text(own: &Form, block: BlockIx, all: &[&Form], rule: &Rule, followed: usize) -> bool {
    // What leads nowhere known may be anything.
    read_fields(own, block, all, rule).is_none_or(|fields| {
        let mut fields = fields.into_iter();
        fields.any(|(form, field)| is_free_text(form, all, field, followed))
    })
}

/// Whether a field of a form can hold what somebody wrote freely; a group, whether one of its fields can.
pub fn holds_free_text(form: &Form, all: &[&Form], field: &Field) -> bool {
    match &field.kind {
        Kind::Group(group) => {
            let inside = form.blocks.get(group.block).into_iter();
            let mut inside = inside.flat_map(|block| &block.fields);
            inside.any(|field| {
                let field = form.fields.get(*field);
                field.is_some_and(|field| holds_free_text(form, all, field))
            })
        }
        _ => is_free_text(form, all, field, 0),
    }
}

/// Whether an answer is what somebody wrote, there or where it is computed from or chosen among.
fn is_free_text(form: &Form, all: &[&Form], field: &Field, followed: usize) -> bool {
    let from = match &field.kind {
        Kind::Text | Kind::LongText | Kind::Contact => field.value.as_ref(),
        Kind::Choice(Options::Texts) | Kind::Choices(Options::Texts) => field.choices_from.as_ref(),
        _ => return false,
    };
    from.is_none_or(|rule| {
        followed == FOLLOWED || reads_free_text(form, field.block, all, rule, followed + 1)
    })
}

/// The fields that a rule reads which stands in a block of a form, there and in other forms; `None` when it reads something
/// that is not known.
pub fn read_fields<'f>(
    own: &'f Form,
    block: BlockIx,
    all: &[&'f Form],
    rule: &Rule,
) -> Option<Vec<(&'f Form, &'f Field)>> {
    let reads = rule.program.reads();
    let around = &own.blocks.get(block)?.chain;
    let mut fields = Vec::new();
    let mut add = |form: &'f Form, block: BlockIx, wanted: &dyn Fn(&Field) -> bool| {
        let inside = form.blocks.get(block).into_iter().flat_map(|block| &block.fields);
        let inside = inside.filter_map(|field| form.fields.get(*field));
        fields.extend(inside.filter(|field| wanted(field)).map(|field| (form, field)));
    };
    for slot in &reads.slots {
        match Place::of(*slot) {
            Place::Cell { depth, cell } => add(own, *around.get(depth)?, &|field| field.cell == cell),
            Place::Global(Global::Form(usize::MAX)) => return None,
            _ => {}
        }
    }
    let mut tagged = |tag: u32, wanted: &dyn Fn(&Field) -> bool| {
        let (form, block) = Tag::place(tag);
        let form = form.map_or(Some(own), |form| all.get(form).copied())?;
        add(form, block, wanted);
        Some(())
    };
    for (tag, name) in &reads.members {
        tagged(*tag, &|field| field.id == **name)?;
    }
    for tag in &reads.whole {
        tagged(*tag, &|_| true)?;
    }
    Some(fields)
}
