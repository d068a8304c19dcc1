//! The values that rules compute with.
//!
//! [`Value`] is closed: nothing else can be an answer, a parameter or a result. Cloning one is cheap,
//! and every value can cross threads.

mod arithmetic;
mod context;
mod date;
mod display;
mod duration;
mod json;
mod list;
mod math;
mod number;
#[cfg(test)]
mod oracles;
mod range;
#[cfg(test)]
mod tests;
mod time;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

pub use context::{Context, Key, Layout};
pub use date::{Date, MAX_YEAR};
pub use display::name_needs_quotes;
pub(crate) use display::write_quoted;
pub use duration::{DaysDuration, MonthsDuration};
pub use list::List;
pub use number::{Number, PRECISION, Rounding};
pub use range::Range;
pub use time::{DateTime, NamedZone, Time, Zone};

/// A value of the rule language.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No value: unanswered, not relevant, or the result of an operation that failed.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A decimal number.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A time on a certain day.
    DateTime(DateTime),
    /// A length of time in days, hours, minutes and seconds.
    Days(DaysDuration),
    /// A length of time in years and months.
    Months(MonthsDuration),
    /// Values in order.
    List(Arc<List>),
    /// Values by name.
    Context(Arc<Context>),
    /// All values between two endpoints.
    Range(Arc<Range>),
    /// Something that can be called.
    Function(Arc<Function>),
}

/// How large a value is: known from when it is made, so that nobody has to go through it to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many lists, contexts and functions stand in each other.
    pub depth: u16,
    /// How many values it consists of, itself included; no more than can be counted.
    pub values: u32,
}

impl Size {
    /// The size of what holds these values.
    pub fn around(values: &[Value]) -> Size {
        let empty = Size { depth: 1, values: 1 };
        values.iter().fold(empty, Size::and)
    }

    /// The size of what holds a value less, at most: it may be less deep, and what could not be counted still cannot.
    fn without(self, value: &Value) -> Size {
        let values = match self.values {
            u32::MAX => u32::MAX,
            counted => counted.saturating_sub(value.size().values),
        };
        Size { values, ..self }
    }

    /// The size of what holds one more value.
    pub fn and(self, value: &Value) -> Size {
        let inner = value.size();
        Size {
            depth: self.depth.max(inner.depth.saturating_add(1)),
            values: self.values.saturating_add(inner.values),
        }
    }
}

/// Something that can be called; what it does is known to the language only.
pub struct Function {
    /// How a person would write it: `function(a, b)` or the name of a built-in function.
    pub signature: String,
    /// INVARIANT: made and read by the language that evaluates it.
    pub(crate) code: Arc<dyn Any + Send + Sync>,
    /// How deep what it saw when it was made is nested.
    pub(crate) depth: u16,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.code, &other.code)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.signature)
    }
}

impl Value {
    /// A text value.
    pub fn string(text: impl AsRef<str>) -> Value {
        Value::String(Arc::from(text.as_ref()))
    }

    /// A list of these values.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(List::from(items)))
    }

    /// A context of these entries; a later entry replaces an earlier one of the same name.
    pub fn context(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Value {
        Value::Context(Arc::new(entries.into_iter().collect()))
    }

    /// A whole number.
    pub fn integer(value: i64) -> Value {
        Value::Number(Number::from(value))
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Boolean(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Value::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }

    /// The items, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Value::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The context, if it is one.
    pub fn as_context(&self) -> Option<&Context> {
        if let Value::Context(context) = self {
            Some(context)
        } else {
            None
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The name of the type in the rule language.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "date and time",
            Value::Days(_) => "days and time duration",
            Value::Months(_) => "years and months duration",
            Value::List(_) => "list",
            Value::Context(_) => "context",
            Value::Range(_) => "range",
            Value::Function(_) => "function",
        }
    }

    /// How large it is. INVARIANT: whoever makes values in a loop keeps their depth far below what the stack can take, because values are
    /// compared and dropped part by part.
    pub fn size(&self) -> Size {
        match self {
            Value::List(items) => items.size(),
            Value::Context(context) => context.size(),
            Value::Function(function) => Size {
                depth: function.depth,
                values: 1,
            },
            Value::Range(range) => {
                let ends = [&range.low, &range.high].into_iter().flatten();
                ends.fold(Size::around(&[]), Size::and)
            }
            _ => Size { depth: 0, values: 1 },
        }
    }

    /// How many lists, contexts and functions stand in each other.
    pub fn depth(&self) -> u16 {
        self.size().depth
    }

    /// Whether the value holds at most so many values in all, which are taken from those, and is less deep than `depth`.
    pub fn fits(&self, values: &mut usize, depth: usize) -> bool {
        let size = self.size();
        let left = values.checked_sub(size.values as usize);
        match left.filter(|_| usize::from(size.depth) < depth) {
            Some(left) => {
                *values = left;
                true
            }
            None => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Value::Number(value)
    }
}

impl From<Date> for Value {
    fn from(value: Date) -> Self {
        Value::Date(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::string(value)
    }
}
