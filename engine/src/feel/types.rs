//! What is known about a value before there is one.

use std::fmt;
use std::sync::Arc;

use super::names::is_word;
use crate::value::Value;

/// What is known about a value before there is one.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Nothing.
    Any,
    /// It is null.
    Null,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// Text that is one of the codes of a list.
    Choice(Arc<Choice>),
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A time on a certain day.
    DateTime,
    /// A days and time duration.
    Days,
    /// A years and months duration.
    Months,
    /// A list of such values.
    List(Box<Type>),
    /// A context.
    Context(Arc<ContextType>),
    /// A range between such values.
    Range(Box<Type>),
    /// A function.
    Function(Arc<FunctionType>),
}

/// A list of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What one of them is: a code, a tag.
    pub noun: &'static str,
    /// What the list is called.
    pub name: String,
    /// The codes.
    pub codes: Vec<Arc<str>>,
}

/// What a context holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextType {
    /// Names the context in [`Reads`](super::Reads), if the host wants to know what is read of it.
    pub tag: Option<u32>,
    /// Whether there may be other members than those listed.
    pub open: bool,
    /// The members.
    pub members: Vec<(Arc<str>, Type)>,
}

/// What a function takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionType {
    /// The parameters in order.
    pub parameters: Vec<Type>,
    /// What a call gives.
    pub result: Type,
}

impl ContextType {
    /// The type of a member.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.members
            .iter()
            .find(|(member, _)| &**member == name)
            .map(|(_, kind)| kind)
    }
}

impl Type {
    /// A list of such values.
    pub fn list(item: Type) -> Type {
        Type::List(Box::new(item))
    }

    /// A context of which nothing is known.
    pub fn open_context() -> Type {
        Type::Context(Arc::new(ContextType {
            tag: None,
            open: true,
            members: Vec::new(),
        }))
    }

    /// The type of the items of a list; a value that is no list stands for a list of itself.
    pub fn item(&self) -> Type {
        match self {
            Type::List(item) => (**item).clone(),
            other => other.clone(),
        }
    }

    /// Adds the names of members that are not single words.
    pub(crate) fn phrases(&self, found: &mut Vec<Arc<str>>, depth: usize) {
        match self {
            Type::List(item) => item.phrases(found, depth),
            Type::Context(context) if depth < 8 => {
                for (name, member) in &context.members {
                    if !is_word(name) {
                        found.push(name.clone());
                    }
                    member.phrases(found, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Whether nothing is known that could be wrong.
    pub fn is_vague(&self) -> bool {
        matches!(self, Type::Any | Type::Null)
    }

    /// A type both kinds of value have.
    pub fn join(self, other: &Type) -> Type {
        match (self, other) {
            (a, b) if a == *b => a,
            (Type::Null, b) => b.clone(),
            (a, Type::Null) => a,
            (Type::String | Type::Choice(_), Type::String | Type::Choice(_)) => Type::String,
            (Type::List(a), Type::List(b)) => Type::list(a.join(b)),
            (Type::Range(a), Type::Range(b)) => Type::Range(Box::new(a.join(b))),
            _ => Type::Any,
        }
    }

    /// Whether the type has at most `parts` parts, at most `depth` deep.
    pub(crate) fn fits(&self, parts: &mut usize, depth: usize) -> bool {
        if *parts == 0 || depth == 0 {
            return false;
        }
        *parts -= 1;
        match self {
            Type::List(item) | Type::Range(item) => item.fits(parts, depth - 1),
            Type::Context(context) => context
                .members
                .iter()
                .all(|(_, kind)| kind.fits(parts, depth - 1)),
            Type::Function(function) => {
                function.result.fits(parts, depth - 1)
                    && function.parameters.iter().all(|kind| kind.fits(parts, depth - 1))
            }
            _ => true,
        }
    }

    /// Whether values of the two types can be equal.
    pub fn comparable(&self, other: &Type) -> bool {
        match (self, other) {
            (a, b) if a.is_vague() || b.is_vague() => true,
            (Type::String | Type::Choice(_), Type::String | Type::Choice(_)) => true,
            (Type::List(_), Type::List(_)) => true,
            (Type::Range(a), Type::Range(b)) => a.comparable(b),
            (Type::Context(_), Type::Context(_)) | (Type::Function(_), Type::Function(_)) => true,
            (a, b) => a == b,
        }
    }

    /// Whether values of this type have an order.
    pub fn is_ordered(&self) -> bool {
        !matches!(
            self,
            Type::Boolean | Type::List(_) | Type::Context(_) | Type::Range(_) | Type::Function(_)
        )
    }

    /// Whether a value has this type.
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Type::Any, _) | (_, Value::Null) => true,
            (Type::Boolean, Value::Boolean(_))
            | (Type::Number, Value::Number(_))
            | (Type::String, Value::String(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::Days, Value::Days(_))
            | (Type::Months, Value::Months(_)) => true,
            (Type::Choice(choice), Value::String(text)) => choice.codes.contains(text),
            (Type::List(item), Value::List(items)) => {
                **item == Type::Any || items.iter().all(|value| item.admits(value))
            }
            (Type::Context(kind), Value::Context(context)) => kind
                .members
                .iter()
                .all(|(name, member)| context.get(name).is_some_and(|value| member.admits(value))),
            (Type::Range(item), Value::Range(range)) => [&range.low, &range.high]
                .into_iter()
                .flatten()
                .all(|end| item.admits(end)),
            (Type::Function(kind), Value::Function(function)) => super::function::admits(kind, function),
            _ => false,
        }
    }

    /// The value as one of this type: as it is, out of or into a list of one, or a date as its midnight.
    pub fn coerce(&self, value: &Value) -> Option<Value> {
        if self.admits(value) {
            return Some(value.clone());
        }
        match (self, value) {
            (Type::List(item), other) if !matches!(other, Value::List(_)) && item.admits(other) => {
                Some(Value::list(vec![other.clone()]))
            }
            (_, Value::List(items)) => match &***items {
                [only] if !only.is_null() && self.admits(only) => Some(only.clone()),
                _ => None,
            },
            (Type::DateTime, Value::Date(date)) => {
                let zone = crate::value::Zone::Offset(0);
                let midnight = crate::value::Time::MIDNIGHT.with_zone(zone);
                Some(Value::DateTime(crate::value::DateTime::new(*date, midnight)))
            }
            _ => None,
        }
    }

    /// What is known of a value that is there.
    pub fn of(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Boolean(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Date(_) => Type::Date,
            Value::Time(_) => Type::Time,
            Value::DateTime(_) => Type::DateTime,
            Value::Days(_) => Type::Days,
            Value::Months(_) => Type::Months,
            Value::List(_) => Type::list(Type::Any),
            Value::Context(_) => Type::open_context(),
            Value::Range(_) => Type::Range(Box::new(Type::Any)),
            Value::Function(_) => Type::Any,
        }
    }

    /// What is known of a value that is there and of all in it, when others like it may come in its place.
    pub fn within(value: &Value) -> Type {
        match value {
            Value::Null | Value::Range(_) | Value::Function(_) => Type::Any,
            Value::List(items) => {
                let kinds = items.iter().map(Type::within);
                Type::list(kinds.reduce(|all, kind| all.join(&kind)).unwrap_or(Type::Any))
            }
            Value::Context(context) => Type::Context(Arc::new(ContextType {
                tag: None,
                open: false,
                members: context
                    .iter()
                    .map(|(name, value)| (name.clone(), Type::within(value)))
                    .collect(),
            })),
            plain => Type::of(plain),
        }
    }

    /// The type with this name.
    pub(crate) fn named(name: &str) -> Option<Type> {
        Some(match name {
            "Any" => Type::Any,
            "null" | "Null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" => Type::Number,
            "string" => Type::String,
            "date" => Type::Date,
            "time" => Type::Time,
            "date and time" => Type::DateTime,
            "days and time duration" => Type::Days,
            "years and months duration" => Type::Months,
            "list" => Type::list(Type::Any),
            "context" => Type::open_context(),
            "range" => Type::Range(Box::new(Type::Any)),
            _ => return None,
        })
    }

    /// The names [`Type::named`] knows.
    pub(crate) const NAMES: [&'static str; 10] = [
        "Any",
        "boolean",
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "context",
    ];
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any value"),
            Type::Null => f.write_str("null"),
            Type::Boolean => f.write_str("boolean"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Choice(choice) => write!(f, "{} of `{}`", choice.noun, choice.name),
            Type::Date => f.write_str("date"),
            Type::Time => f.write_str("time"),
            Type::DateTime => f.write_str("date and time"),
            Type::Days => f.write_str("days and time duration"),
            Type::Months => f.write_str("years and months duration"),
            Type::List(item) if **item == Type::Any => f.write_str("list"),
            Type::List(item) => write!(f, "list of {item}"),
            Type::Context(_) => f.write_str("context"),
            Type::Range(_) => f.write_str("range"),
            Type::Function(_) => f.write_str("function"),
        }
    }
}
