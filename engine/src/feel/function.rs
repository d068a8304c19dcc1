//! Functions as values.

use std::sync::Arc;

use super::builtins::{Builtin, Kind};
use super::node::Definition;
use super::types::{FunctionType, Type};
use crate::value::{Function, Value};

/// What a function value does when it is called.
#[derive(Debug)]
pub(crate) enum Code {
    /// A function written in a rule, with what it saw when it was made.
    Closure {
        definition: Arc<Definition>,
        captured: Vec<Value>,
    },
    /// The built-in functions of one name.
    Builtin(&'static str),
}

impl Code {
    pub fn into_value(self, signature: String) -> Value {
        let depth = match &self {
            Code::Closure { captured, .. } => 1 + captured.iter().map(Value::depth).max().unwrap_or(0),
            Code::Builtin(_) => 0,
        };
        Value::Function(Arc::new(Function {
            signature,
            depth,
            code: Arc::new(self),
        }))
    }

    pub fn of(function: &Function) -> Option<&Code> {
        function.code.downcast_ref()
    }
}

/// Whether a function can stand where one of this type is asked for.
pub(crate) fn admits(kind: &FunctionType, function: &Function) -> bool {
    match Code::of(function) {
        Some(Code::Closure { definition, .. }) => {
            // A parameter has to take everything that is asked for; a result of which nothing is known may do.
            definition.parameters.len() == kind.parameters.len()
                && (kind.result == Type::Any || definition.result.comparable(&kind.result))
                && definition
                    .parameters
                    .iter()
                    .zip(&kind.parameters)
                    .all(|((_, own), asked)| {
                        *own == Type::Any || *asked != Type::Any && own.comparable(asked)
                    })
        }
        Some(Code::Builtin(name)) => Builtin::named(name).iter().any(|builtin| {
            builtin.accepts_count(kind.parameters.len())
                && builtin.result.to_type(&kind.parameters).comparable(&kind.result)
                && kind.parameters.iter().enumerate().all(|(at, asked)| {
                    let own = builtin.parameters.get(at).or(builtin.parameters.last());
                    own.is_some_and(|own| {
                        own.kind == Kind::Any || *asked != Type::Any && own.kind.may_admit(asked)
                    })
                })
        }),
        None => false,
    }
}
