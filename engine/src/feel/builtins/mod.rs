//! The built-in functions: one table row each.

mod contexts;
mod conversion;
mod dates;
mod lists;
mod numbers;
mod ranges;
mod statistics;
mod strings;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub(crate) use conversion::temporal as conversion_of;

use super::eval::Machine;
use super::fault::{Fault, Outcome};
use super::pattern::Pattern;
use super::problem::arguments_of;
use super::types::{FunctionType, Type};
use crate::value::{Function, Value};

/// A built-in function, or one of several with the same name.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name, which may be several words.
    pub name: &'static str,
    /// The parameters in order.
    pub parameters: &'static [Parameter],
    /// What it gives.
    pub result: Kind,
    /// What it does, in one line.
    pub description: &'static str,
    /// How it is used.
    pub example: &'static str,
    /// Whether it only passes its arguments on, without looking into contexts.
    pub(crate) passes: bool,
    pub(crate) call: fn(&mut Context<'_, '_>, &[Value]) -> Outcome,
}

/// A parameter of a built-in function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be given.
    pub presence: Presence,
    /// Whether null is a sensible argument.
    pub nullable: bool,
}

/// Whether an argument must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Exactly one.
    Required,
    /// One or none.
    Optional,
    /// All that remain, or one list of them.
    Rest,
}

/// What a parameter takes or a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A time on a certain day.
    DateTime,
    /// A date, or a date and time.
    Dated,
    /// A days and time duration.
    Days,
    /// A years and months duration.
    Months,
    /// Either kind of duration.
    Duration,
    /// A list of anything.
    List,
    /// A list of numbers.
    Numbers,
    /// A list of texts.
    Strings,
    /// A context.
    Context,
    /// A range.
    Range,
    /// Something that has an order and is no range.
    Point,
    /// A function.
    Function,
    /// The same as the argument at this position.
    SameAs(usize),
    /// An item of the argument at this position.
    ItemOf(usize),
}

/// What a built-in function can reach besides its arguments.
pub(crate) struct Context<'a, 'm> {
    pub machine: &'a mut Machine<'m>,
    /// The regular expression among the arguments, when it is constant.
    pub pattern: Option<&'a Arc<Pattern>>,
}

impl Context<'_, '_> {
    pub fn call(&mut self, function: &Arc<Function>, arguments: Vec<Value>) -> Outcome {
        self.machine.apply(function, arguments, None)
    }
}

/// The built-in functions by chapter, in the order of the standard.
pub fn chapters() -> [(&'static str, &'static [Builtin]); 8] {
    [
        ("Conversion", conversion::TABLE),
        ("Truth and text", strings::TABLE),
        ("Lists", lists::TABLE),
        ("Totals", statistics::TABLE),
        ("Numbers", numbers::TABLE),
        ("Dates", dates::TABLE),
        ("Ranges", ranges::TABLE),
        ("Contexts", contexts::TABLE),
    ]
}

/// All built-in functions, in the order of the standard.
pub fn builtins() -> &'static [Builtin] {
    static ALL: LazyLock<Vec<Builtin>> = LazyLock::new(|| chapters().map(|(_, table)| table).concat());
    &ALL
}

pub(crate) type Call = fn(&mut Context<'_, '_>, &[Value]) -> Outcome;

/// A row of the table.
pub(crate) const fn row(
    name: &'static str,
    parameters: &'static [Parameter],
    result: Kind,
    call: Call,
    description: &'static str,
    example: &'static str,
) -> Builtin {
    Builtin {
        name,
        parameters,
        result,
        description,
        example,
        passes: false,
        call,
    }
}

/// A parameter that must be given.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        presence: Presence::Required,
        nullable: matches!(kind, Kind::Any),
    }
}

/// A parameter that may be left out.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        presence: Presence::Optional,
        nullable: false,
    }
}

/// A parameter that takes all remaining arguments, or a list of them.
pub(crate) const fn rest(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        kind,
        presence: Presence::Rest,
        nullable: false,
    }
}

impl Parameter {
    /// Null is a sensible argument too.
    pub(crate) const fn or_null(mut self) -> Parameter {
        self.nullable = true;
        self
    }
}

impl Builtin {
    /// Marks a function that only passes its arguments on.
    pub(crate) const fn passing(mut self) -> Builtin {
        self.passes = true;
        self
    }

    /// The functions of this name.
    pub(crate) fn named(name: &str) -> &'static [&'static Builtin] {
        type ByName = HashMap<&'static str, Vec<&'static Builtin>>;
        static BY_NAME: LazyLock<ByName> = LazyLock::new(|| {
            let mut by_name = ByName::new();
            for builtin in builtins() {
                by_name.entry(builtin.name).or_default().push(builtin);
            }
            by_name
        });
        BY_NAME.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether so many arguments make sense.
    pub(crate) fn accepts_count(&self, count: usize) -> bool {
        let required = self
            .parameters
            .iter()
            .filter(|parameter| parameter.presence == Presence::Required)
            .count();
        let rest = self
            .parameters
            .iter()
            .any(|parameter| parameter.presence == Presence::Rest);
        let least = required + usize::from(rest);
        count >= least && (rest || count <= self.parameters.len())
    }

    /// How the function is called, for a person.
    pub fn signature(&self) -> String {
        let parameter = |parameter: &Parameter| match parameter.presence {
            Presence::Required => parameter.name.to_owned(),
            Presence::Optional => format!("{}?", parameter.name),
            Presence::Rest => format!("{}…", parameter.name),
        };
        let parameters: Vec<String> = self.parameters.iter().map(parameter).collect();
        format!("{}({})", self.name, parameters.join(", "))
    }

    /// Which named argument each parameter is; nothing when the names do not fit.
    pub(crate) fn order<'n>(&self, names: impl Iterator<Item = &'n str>) -> Option<Box<[Option<usize>]>> {
        let mut order = vec![None; self.parameters.len()].into_boxed_slice();
        for (at, name) in names.enumerate() {
            let place = self
                .parameters
                .iter()
                .position(|parameter| parameter.name == name)?;
            let slot = order.get_mut(place)?;
            if slot.is_some() {
                return None;
            }
            *slot = Some(at);
        }
        let missing = self
            .parameters
            .iter()
            .zip(&order)
            .any(|(parameter, place)| place.is_none() && parameter.presence != Presence::Optional);
        (!missing).then_some(order)
    }

    /// Whether each argument is what its parameter takes, so that nothing has to be made of them.
    pub(crate) fn takes_as_they_are(&self, arguments: &[Value]) -> bool {
        let fits = |(at, parameter): (usize, &Parameter)| match arguments.get(at) {
            _ if parameter.presence == Presence::Rest && parameter.kind == Kind::Any => false,
            None => parameter.presence == Presence::Optional,
            Some(Value::Null) => parameter.nullable,
            Some(value) => parameter.kind.admits(value),
        };
        arguments.len() <= self.parameters.len() && self.parameters.iter().enumerate().all(fits)
    }

    /// Whether one of the arguments is nothing that its parameter takes or that could be made into that.
    pub(crate) fn never_takes(&self, arguments: &[Value]) -> bool {
        let pairs = self.parameters.iter().zip(arguments);
        pairs
            .filter(|(parameter, _)| parameter.presence != Presence::Rest && !parameter.kind.is_list())
            .any(|(parameter, value)| match value {
                Value::Null => !parameter.nullable,
                Value::List(_) => false,
                value => !parameter.kind.admits(value),
            })
    }

    /// The arguments as the function wants them: one for each parameter.
    pub(crate) fn positional(&self, arguments: &[Value]) -> Result<Vec<Value>, Fault> {
        if !self.accepts_count(arguments.len()) {
            return Err(format!(
                "`{}` does not take {}",
                self.signature(),
                arguments_of(arguments.len())
            )
            .into());
        }
        let mut prepared = Vec::with_capacity(self.parameters.len());
        for (at, parameter) in self.parameters.iter().enumerate() {
            let given = arguments.get(at);
            if parameter.presence == Presence::Rest {
                let others = arguments.get(at..).unwrap_or(&[]);
                prepared.push(match others {
                    others if parameter.kind == Kind::Any => Value::list(others.to_vec()),
                    [only] => parameter.admit(only, self)?,
                    many => parameter.admit(&Value::list(many.to_vec()), self)?,
                });
            } else {
                prepared.push(given.map_or(Ok(Value::Null), |value| parameter.admit(value, self))?);
            }
        }
        Ok(prepared)
    }

    /// The same for named arguments.
    pub(crate) fn ordered(&self, arguments: &[Value], order: &[Option<usize>]) -> Result<Vec<Value>, Fault> {
        let pairs = self.parameters.iter().zip(order);
        pairs
            .map(
                |(parameter, place)| match place.and_then(|place| arguments.get(place)) {
                    Some(value) if parameter.presence == Presence::Rest && parameter.kind == Kind::Any => {
                        Ok(Value::list(vec![value.clone()]))
                    }
                    Some(value) => parameter.admit(value, self),
                    None => Ok(Value::Null),
                },
            )
            .collect()
    }
}

impl Parameter {
    /// The argument as this parameter takes it.
    fn admit(&self, value: &Value, builtin: &Builtin) -> Result<Value, Fault> {
        if value.is_null() {
            return if self.nullable {
                Ok(Value::Null)
            } else {
                Err(Fault::missing(format!(
                    "the argument `{}` of `{}` is null",
                    self.name, builtin.name
                )))
            };
        }
        if self.kind.admits(value) {
            return Ok(value.clone());
        }
        if self.kind.is_list() {
            let single = Value::list(vec![value.clone()]);
            if !matches!(value, Value::List(_)) && self.kind.admits(&single) {
                return Ok(single);
            }
        } else if let Value::List(items) = value
            && let [only] = &***items
            && self.kind.admits(only)
        {
            return Ok(only.clone());
        }
        let (name, function, wanted) = (self.name, builtin.name, self.kind.describe());
        if let (Value::List(items), true) = (value, self.kind.is_list())
            && items.contains(&Value::Null)
        {
            return Err(Fault::missing(format!(
                "an item of the argument `{name}` of `{function}` is null"
            )));
        }
        let given = if self.kind.is_list() && matches!(value, Value::List(_)) {
            "list with other items"
        } else {
            value.kind()
        };
        Err(format!("the argument `{name}` of `{function}` is a {given}, not {wanted}").into())
    }
}

impl Kind {
    fn is_list(self) -> bool {
        matches!(self, Kind::List | Kind::Numbers | Kind::Strings)
    }

    fn admits(self, value: &Value) -> bool {
        use Value as V;
        match self {
            Kind::Any | Kind::SameAs(_) | Kind::ItemOf(_) => true,
            Kind::Boolean => matches!(value, V::Boolean(_)),
            Kind::Number => matches!(value, V::Number(_)),
            Kind::String => matches!(value, V::String(_)),
            Kind::Date => matches!(value, V::Date(_)),
            Kind::Time => matches!(value, V::Time(_)),
            Kind::DateTime => matches!(value, V::DateTime(_)),
            Kind::Dated => matches!(value, V::Date(_) | V::DateTime(_)),
            Kind::Days => matches!(value, V::Days(_)),
            Kind::Months => matches!(value, V::Months(_)),
            Kind::Duration => matches!(value, V::Days(_) | V::Months(_)),
            Kind::List => matches!(value, V::List(_)),
            Kind::Numbers => value
                .as_list()
                .is_some_and(|list| list.iter().all(|item| matches!(item, V::Number(_)))),
            Kind::Strings => value
                .as_list()
                .is_some_and(|list| list.iter().all(|item| matches!(item, V::String(_) | V::Null))),
            Kind::Context => matches!(value, V::Context(_)),
            Kind::Range => matches!(value, V::Range(_)),
            Kind::Point => !matches!(
                value,
                V::Range(_) | V::Null | V::List(_) | V::Context(_) | V::Function(_)
            ),
            Kind::Function => matches!(value, V::Function(_)),
        }
    }

    /// What a person would call it.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Any | Kind::SameAs(_) | Kind::ItemOf(_) => "any value",
            Kind::Boolean => "true or false",
            Kind::Number => "a number",
            Kind::String => "text",
            Kind::Date => "a date",
            Kind::Time => "a time",
            Kind::DateTime => "a date and time",
            Kind::Dated => "a date or date and time",
            Kind::Days => "a days and time duration",
            Kind::Months => "a years and months duration",
            Kind::Duration => "a duration",
            Kind::List => "a list",
            Kind::Numbers => "a list of numbers",
            Kind::Strings => "a list of texts",
            Kind::Context => "a context",
            Kind::Range => "a range",
            Kind::Point => "a single value",
            Kind::Function => "a function",
        }
    }

    /// Whether a value of this type could be admitted.
    pub(crate) fn may_admit(self, kind: &Type) -> bool {
        let kind = match kind {
            Type::List(item) if !self.is_list() => return self == Kind::Any || self.may_admit(item),
            other => other,
        };
        match (self, kind) {
            (Kind::Any | Kind::SameAs(_) | Kind::ItemOf(_), _) | (_, Type::Any | Type::Null) => true,
            (Kind::Boolean, Type::Boolean)
            | (Kind::Number, Type::Number)
            | (Kind::String, Type::String | Type::Choice(_))
            | (Kind::Date | Kind::Dated, Type::Date)
            | (Kind::Time, Type::Time)
            | (Kind::DateTime | Kind::Dated, Type::DateTime)
            | (Kind::Days | Kind::Duration, Type::Days)
            | (Kind::Months | Kind::Duration, Type::Months)
            | (Kind::Context, Type::Context(_))
            | (Kind::Range, Type::Range(_))
            | (Kind::Function, Type::Function(_)) => true,
            (Kind::List, _) => true,
            (Kind::Numbers, Type::List(item)) => Kind::Number.may_admit(item),
            (Kind::Numbers, other) => Kind::Number.may_admit(other),
            (Kind::Strings, Type::List(item)) => Kind::String.may_admit(item),
            (Kind::Strings, other) => Kind::String.may_admit(other),
            (Kind::Point, other) => !matches!(
                other,
                Type::Range(_) | Type::List(_) | Type::Context(_) | Type::Function(_)
            ),
            _ => false,
        }
    }

    /// The type of a result, given the types of the arguments.
    pub(crate) fn to_type(self, arguments: &[Type]) -> Type {
        match self {
            Kind::Any | Kind::Point | Kind::Dated | Kind::Duration => Type::Any,
            Kind::Boolean => Type::Boolean,
            Kind::Number => Type::Number,
            Kind::String => Type::String,
            Kind::Date => Type::Date,
            Kind::Time => Type::Time,
            Kind::DateTime => Type::DateTime,
            Kind::Days => Type::Days,
            Kind::Months => Type::Months,
            Kind::List => Type::list(Type::Any),
            Kind::Numbers => Type::list(Type::Number),
            Kind::Strings => Type::list(Type::String),
            Kind::Context => Type::open_context(),
            Kind::Range => Type::Range(Box::new(Type::Any)),
            Kind::Function => Type::Function(Arc::new(FunctionType {
                parameters: Vec::new(),
                result: Type::Any,
            })),
            Kind::SameAs(at) => match arguments.get(at) {
                Some(list @ Type::List(_)) => list.clone(),
                Some(other) => Type::list(other.clone()),
                None => Type::list(Type::Any),
            },
            Kind::ItemOf(at) => arguments.get(at).map_or(Type::Any, Type::item),
        }
    }
}
