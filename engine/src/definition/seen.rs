//! The types of what rules see of responses and their rows.

use std::sync::Arc;

use super::form::{BlockIx, Branch, Field, Form, Group, Kind, Options};
use crate::feel::{Choice, ContextType, Type};

/// A context with exactly these members.
pub fn closed(members: Vec<(Arc<str>, Type)>) -> Type {
    Type::Context(Arc::new(ContextType {
        tag: None,
        open: false,
        members,
    }))
}

/// What the types of a form's rows are tagged with, so that a rule's reads can be told field by field: the block, and for what
/// other forms see the form too.
#[derive(Debug, Clone, Copy)]
pub struct Tag(u32);

impl Tag {
    /// Of the form that a rule belongs to.
    pub const OWN: Self = Self(0);
    const FORM: u32 = 16;

    /// Of a form, as others see it.
    fn of(form: usize) -> Self {
        Self(u32::try_from(form + 1).map_or(u32::MAX << Self::FORM, |number| number << Self::FORM))
    }

    /// The form (`None`: the rule's own) and the block of a tag.
    pub fn place(tag: u32) -> (Option<usize>, BlockIx) {
        let form = (tag >> Self::FORM).checked_sub(1);
        (
            form.map(|form| form as usize),
            (tag & ((1 << Self::FORM) - 1)) as usize,
        )
    }

    fn block(self, block: BlockIx) -> u32 {
        self.0 | u32::try_from(block).unwrap_or(u32::MAX >> Self::FORM)
    }
}

/// The type of the ids of rows: texts that nobody writes.
pub fn row_id() -> Type {
    Type::Choice(Arc::new(Choice {
        name: "ids of rows".to_owned(),
        noun: "id",
        codes: Vec::new(),
    }))
}

/// The type of what rules see of the rows of a block.
pub fn block_type(form: &Form, block: BlockIx, tag: Option<Tag>) -> Type {
    let Some(inside) = form.blocks.get(block) else {
        return Type::Any;
    };
    let mut members: Vec<(Arc<str>, Type)> = Vec::with_capacity(inside.fields.len() + 2);
    if let Some(group) = inside.group.and_then(|group| form.group(group)) {
        let kinds = [row_id(), row_type(group)];
        members.extend(inside.key_names.iter().cloned().zip(kinds));
    }
    for (name, field) in inside.names.iter().zip(&inside.fields) {
        if let Some(field) = form.fields.get(*field) {
            members.push((Arc::clone(name), field_type(form, field, tag)));
        }
    }
    Type::Context(Arc::new(ContextType {
        tag: tag.map(|tag| tag.block(block)),
        open: false,
        members,
    }))
}

/// The type of what rules see of a response as such.
pub fn response_type() -> Type {
    let members = [
        ("id", Type::String),
        ("stands_for", Type::String),
        ("started", Type::Date),
        ("completed", Type::Date),
        ("first_completed", Type::Date),
    ];
    closed(members.map(|(name, kind)| (Arc::from(name), kind)).to_vec())
}

/// The type of what other forms see of a response: its fields and `response`; of case and citizen the fields.
pub fn foreign_type(form: &Form, index: usize) -> Type {
    let fields = block_type(form, 0, Some(Tag::of(index)));
    match form.phase.is_empty() {
        true => fields,
        false => with(fields, "response", response_type()),
    }
}

/// The type of what reports see of a response: as other forms, with the id of its case.
pub fn reported_type(form: &Form) -> Type {
    let fields = with(block_type(form, 0, None), "response", response_type());
    with(fields, "case", Type::String)
}

fn with(fields: Type, name: &str, kind: Type) -> Type {
    match fields {
        Type::Context(context) => {
            let mut context = (*context).clone();
            context.members.push((Arc::from(name), kind));
            Type::Context(Arc::new(context))
        }
        other => other,
    }
}

/// The type of what rules see of a field.
pub fn field_type(form: &Form, field: &Field, tag: Option<Tag>) -> Type {
    if field.guessed {
        return Type::Any;
    }
    match &field.kind {
        Kind::Text | Kind::LongText | Kind::Reference(_) => Type::String,
        Kind::YesNo => Type::Boolean,
        Kind::Choice(options) => option_type(options),
        Kind::Choices(options) => Type::List(Box::new(option_type(options))),
        Kind::Score(_) | Kind::Number | Kind::Money => Type::Number,
        Kind::Date => Type::Date,
        Kind::Contact => closed(
            CONTACT_PARTS
                .iter()
                .map(|part| (Arc::from(*part), Type::String))
                .collect(),
        ),
        Kind::Group(group) => Type::List(Box::new(block_type(form, group.block, tag))),
    }
}

/// The parts of a contact.
pub const CONTACT_PARTS: [&str; 6] = ["name", "relation", "organisation", "address", "phone", "email"];

/// The type of the code that names a row.
pub fn row_type(group: &Group) -> Type {
    match &group.for_each {
        Some((list, Branch::Whole)) => list.row(None),
        Some((list, Branch::Below(code))) => list.row(Some(code)),
        Some((list, Branch::BelowRow(_))) => list.code(),
        None => Type::String,
    }
}

fn option_type(options: &Options) -> Type {
    match options {
        Options::List(list, Branch::Below(code)) => list.choice(Some(code)),
        Options::List(list, _) => list.choice(None),
        Options::Texts => Type::String,
    }
}
