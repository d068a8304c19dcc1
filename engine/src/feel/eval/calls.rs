//! Calls of built-in functions, of the host's, and of function values.

use std::sync::Arc;

use super::Machine;
use crate::feel::builtins::{Builtin, Context};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::function::Code;
use crate::feel::node::{BuiltinCall, Call, Node};
use crate::feel::problem::arguments_of;
use crate::value::{Function, Value};

impl Machine<'_> {
    pub(super) fn host(&mut self, id: u32, arguments: &[Node]) -> Outcome {
        self.budget.step()?;
        let outcome = match arguments {
            [first, second] => {
                let both = [self.eval(first), self.eval(second)];
                self.env.call(id, &both)
            }
            many => {
                let many: Vec<Value> = many.iter().map(|argument| self.eval(argument)).collect();
                self.env.call(id, &many)
            }
        };
        outcome.map_err(Fault::new)
    }

    /// Takes the steps that a function looking at its arguments is worth.
    #[inline]
    fn given(&mut self, arguments: &[Value]) -> Result<(), Fault> {
        arguments
            .iter()
            .try_for_each(|argument| self.budget.look_at(argument))
    }

    /// The value of a call, apart from everything else that a part can be: calls are frequent.
    #[inline(never)]
    pub(super) fn function(&mut self, node: &Node, call: &BuiltinCall) -> Value {
        if let Err(fault) = self.enter() {
            return self.fail(node, fault);
        }
        let outcome = self.builtin(call);
        self.depth -= 1;
        match outcome {
            Ok(value) => match self.budget.house(&value) {
                Ok(()) => value,
                Err(fault) => self.fail(node, fault),
            },
            Err(fault) => self.fail(node, fault),
        }
    }

    /// Evaluates the arguments where they need no memory of their own, and calls.
    #[inline]
    fn builtin(&mut self, call: &BuiltinCall) -> Outcome {
        match &*call.arguments {
            [] => self.choose(call, &[]),
            [only] => {
                let only = self.look(only);
                self.choose(call, std::slice::from_ref(&only))
            }
            [first, second] => {
                let both = [self.eval(first), self.eval(second)];
                self.choose(call, &both)
            }
            many => {
                let many: Vec<Value> = many.iter().map(|argument| self.eval(argument)).collect();
                self.choose(call, &many)
            }
        }
    }

    /// Calls the first function that takes these arguments.
    fn choose(&mut self, call: &BuiltinCall, arguments: &[Value]) -> Outcome {
        self.given(arguments)?;
        for candidate in &call.candidates {
            let builtin = candidate.builtin;
            let context = &mut Context {
                machine: self,
                pattern: call.pattern.as_ref(),
            };
            let prepared = match &candidate.order {
                None if builtin.takes_as_they_are(arguments) => return (builtin.call)(context, arguments),
                None if builtin.never_takes(arguments) => continue,
                None => builtin.positional(arguments),
                Some(order) => builtin.ordered(arguments, order),
            };
            if let Ok(arguments) = prepared {
                return (builtin.call)(context, &arguments);
            }
        }
        // Why, as the first of them has it.
        let refused = call
            .candidates
            .first()
            .and_then(|candidate| match &candidate.order {
                None => candidate.builtin.positional(arguments).err(),
                Some(order) => candidate.builtin.ordered(arguments, order).err(),
            });
        Err(refused.unwrap_or(Fault::new("no function takes these arguments")))
    }

    pub(super) fn call(&mut self, call: &Call) -> Outcome {
        let callee = self.eval(&call.callee);
        let arguments: Vec<Value> = call
            .arguments
            .iter()
            .map(|argument| self.eval(argument))
            .collect();
        match callee {
            Value::Function(function) => self.apply(&function, arguments, call.names.as_deref()),
            Value::Null => Err(Fault::new("there is no function to call")),
            other => Err(format!("a {} is no function", other.kind()).into()),
        }
    }

    /// Calls a function value.
    pub fn apply(
        &mut self,
        function: &Arc<Function>,
        arguments: Vec<Value>,
        names: Option<&[Arc<str>]>,
    ) -> Outcome {
        self.budget.step()?;
        let (definition, captured) = match Code::of(function) {
            Some(Code::Closure { definition, captured }) => (definition, captured),
            Some(Code::Builtin(name)) => return self.apply_builtin(name, &arguments, names),
            None => return Err("this function cannot be called here".into()),
        };
        if arguments.len() != definition.parameters.len() {
            let (wanted, given) = (arguments_of(definition.parameters.len()), arguments.len());
            return Err(format!("the function takes {wanted}, not {given}").into());
        }
        self.budget.spend(captured.len() / 16)?;
        let depth = self.locals.len();
        let base = self.base;
        let mut frame = captured.clone();
        if definition.recursive {
            frame.push(Value::Function(function.clone()));
        }
        for (at, (name, kind)) in definition.parameters.iter().enumerate() {
            let place = match names {
                None => Some(at),
                Some(names) => names.iter().position(|given| given == name),
            };
            let argument = place.and_then(|place| arguments.get(place));
            let Some(argument) = argument else {
                return Err(format!("the parameter `{name}` has no argument").into());
            };
            // Looking takes its steps; whether the type fits is asked again with what it has to be turned into.
            self.admits(kind, argument)?;
            match kind.coerce(argument) {
                Some(value) => frame.push(value),
                None => {
                    return Err(
                        format!("the argument for `{name}` is a {}, not a {kind}", argument.kind()).into(),
                    );
                }
            }
        }
        self.locals.extend(frame);
        self.base = depth;
        let value = self.eval(&definition.body);
        self.base = base;
        self.locals.truncate(depth);
        Ok(value)
    }

    fn apply_builtin(&mut self, name: &str, arguments: &[Value], names: Option<&[Arc<str>]>) -> Outcome {
        self.given(arguments)?;
        let mut first = None;
        for builtin in Builtin::named(name) {
            let prepared = match names {
                None => builtin.positional(arguments),
                Some(names) => match builtin.order(names.iter().map(|name| &**name)) {
                    Some(order) => builtin.ordered(arguments, &order),
                    None => Err(Fault::new("no parameter has this name")),
                },
            };
            match prepared {
                Ok(arguments) => {
                    let context = &mut Context {
                        machine: self,
                        pattern: None,
                    };
                    return made(context, builtin, &arguments);
                }
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or(Fault::new("there is no such function")))
    }
}

/// Calls a function, and takes the room that its result needs.
#[inline]
fn made(context: &mut Context<'_, '_>, builtin: &Builtin, arguments: &[Value]) -> Outcome {
    let value = (builtin.call)(context, arguments)?;
    context.machine.budget.made(value)
}
