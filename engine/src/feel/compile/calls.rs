//! Calls: which function is meant, and whether the arguments fit.

use std::ops::Range;
use std::sync::Arc;

use super::codes::strangers;
use super::{Compiler, Typed};
use crate::feel::ast::{Arguments, Expr, Kind};
use crate::feel::builtins::{Builtin, Kind as Takes, Parameter, Presence};
use crate::feel::node::{BuiltinCall, Call, Candidate, Node, Op};
use crate::feel::pattern::Pattern;
use crate::feel::problem::{Problem, arguments_of, nearest};
use crate::feel::program::Cause;
use crate::feel::types::Type;
use crate::value::Value;

impl Compiler<'_> {
    pub(super) fn call(&mut self, span: &Range<usize>, callee: &Expr, arguments: &Arguments) -> Typed {
        let Kind::Name(name) = &callee.kind else {
            let callee = self.expr(callee);
            return self.call_value(span, callee, arguments);
        };
        if let Some(function) = self.find(&callee.span, name, usize::MAX, false) {
            let hides = !Builtin::named(name).is_empty();
            if hides && !matches!(function.kind, Type::Function(_) | Type::Any | Type::Null) {
                let message = format!("`{name}` is a {} here, which hides the function", function.kind);
                let hint = Some(format!(
                    "what is named `{name}` needs another name, or the function cannot be called"
                ));
                return self.wrong(Problem::error(callee.span.clone(), message).hint(hint));
            }
            return self.call_value(span, function, arguments);
        }
        let values = match arguments {
            Arguments::Positional(values) => values.iter().collect(),
            Arguments::Named(values) => values.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        };
        let literal = |value: &&Expr| {
            if let Kind::String(text) = &value.kind {
                Some(text.clone())
            } else {
                None
            }
        };
        let literals: Vec<Option<Arc<str>>> = values.iter().map(literal).collect();
        let literals: Vec<Option<&str>> = literals.iter().map(|text| text.as_deref()).collect();
        match self.names.host_function(name, &literals) {
            Some(Ok(call)) => {
                let mut nodes = Vec::with_capacity(values.len());
                for (at, value) in values.into_iter().enumerate() {
                    let typed = self.expr(value);
                    if let Some(wanted) = call.takes.get(at) {
                        self.check_host_argument(name, value, &typed, wanted);
                    }
                    self.escape(&typed.kind);
                    nodes.push(typed.node);
                }
                return self.host(span, call, nodes);
            }
            Some(Err(misuse)) => {
                let argument = misuse.argument.and_then(|at| values.get(at));
                let span = argument.map_or(span, |argument| &argument.span);
                return self.wrong(Problem::error(span.clone(), misuse.message).hint(misuse.hint));
            }
            None => {}
        }
        let functions = Builtin::named(name);
        if !functions.is_empty() {
            return self.call_builtin(span, callee, functions, arguments);
        }
        if let Some(function) = self.find(&callee.span, name, usize::MAX, true) {
            return self.call_value(span, function, arguments);
        }
        let hint = self.similar(name, Self::known_functions);
        self.wrong(Problem::error(callee.span.clone(), format!("there is no function `{name}`")).hint(hint))
    }

    fn check_host_argument(&mut self, name: &str, expr: &Expr, given: &Typed, wanted: &Type) {
        let unfit = match strangers(&given.kind, wanted) {
            Some(_) => true,
            None => !given.kind.comparable(wanted),
        };
        if unfit {
            let message = format!("`{name}` takes a {wanted} here, not a {}", given.kind);
            self.mistake(Problem::error(expr.span.clone(), message));
        } else {
            self.check_codes(wanted, expr, &given.node);
        }
    }

    /// An expression whose value goes where it cannot be followed.
    fn escaped(&mut self, expr: &Expr) -> Node {
        let typed = self.expr(expr);
        self.escape(&typed.kind);
        typed.node
    }

    fn call_value(&mut self, span: &Range<usize>, callee: Typed, arguments: &Arguments) -> Typed {
        let result = match &callee.kind {
            Type::Function(function) => {
                let given = match arguments {
                    Arguments::Positional(values) => values.len(),
                    Arguments::Named(values) => values.len(),
                };
                let wanted = function.parameters.len();
                if given != wanted {
                    let message = format!("the function takes {}, not {given}", arguments_of(wanted));
                    self.mistake(Problem::error(span.clone(), message));
                }
                function.result.clone()
            }
            Type::Any | Type::Null => Type::Any,
            other => {
                let message = format!("a {other} is no function");
                self.mistake(Problem::error(span.clone(), message));
                Type::Any
            }
        };
        let (nodes, names) = match arguments {
            Arguments::Positional(values) => (values.iter().map(|value| self.escaped(value)).collect(), None),
            Arguments::Named(values) => (
                values.iter().map(|(_, value)| self.escaped(value)).collect(),
                Some(values.iter().map(|(name, _)| name.text.clone()).collect()),
            ),
        };
        let call = Call {
            callee: callee.node,
            arguments: nodes,
            names,
        };
        self.typed(span, Op::Call(Box::new(call)), result)
    }

    fn call_builtin(
        &mut self,
        span: &Range<usize>,
        callee: &Expr,
        functions: &[&'static Builtin],
        arguments: &Arguments,
    ) -> Typed {
        let name = functions.first().map_or("", |function| function.name);
        let candidates = match self.candidates(functions, arguments) {
            Ok(candidates) => candidates,
            Err(problem) => {
                let span = if problem.span.is_empty() {
                    callee.span.clone()
                } else {
                    problem.span.clone()
                };
                // What is wrong inside the arguments is told as well.
                self.arguments(name, arguments);
                return self.wrong(Problem { span, ..problem });
            }
        };
        if matches!(name, "now" | "today") {
            self.reads.today = true;
        }
        let values = self.arguments(name, arguments);
        let fitting = |candidate: &Candidate| {
            (0..values.len()).find(|at| {
                let takes = takes(candidate, *at);
                values
                    .get(*at)
                    .is_some_and(|(_, typed)| !takes.is_none_or(|takes| takes.may_admit(&typed.kind)))
            })
        };
        let fits: Vec<bool> = candidates
            .iter()
            .map(|candidate| fitting(candidate).is_none())
            .collect();
        if !fits.contains(&true)
            && let Some(candidate) = candidates.iter().max_by_key(|candidate| fitting(candidate))
            && let Some(at) = fitting(candidate)
            && let Some((span, typed)) = values.get(at)
        {
            let wanted = takes(candidate, at).map_or("something else", Takes::describe);
            let message = format!("`{name}` takes {wanted} here, not a {}", typed.kind);
            self.mistake(
                Problem::error(span.clone(), message)
                    .hint(Some(format!("`{}`", candidate.builtin.signature()))),
            );
        }
        for (at, (span, typed)) in values.iter().enumerate() {
            let refuses = |candidate: &Candidate| {
                parameter(candidate, at)
                    .is_some_and(|parameter| !parameter.nullable && parameter.presence != Presence::Rest)
            };
            if typed.kind == Type::Null && candidates.iter().all(refuses) {
                let message = format!("`{name}` of null is always null");
                self.mistake(Problem::error(span.clone(), message));
            }
        }
        let pattern = match arguments {
            Arguments::Positional(exprs) => self.check_arguments(name, exprs, &values),
            Arguments::Named(_) => None,
        };
        let kinds: Vec<Type> = values.iter().map(|(_, typed)| typed.kind.clone()).collect();
        if !functions.iter().all(|function| function.passes) {
            kinds.iter().for_each(|kind| self.escape(kind));
        } else if !matches!(arguments, Arguments::Positional(_)) {
            kinds.iter().for_each(|kind| self.escape(kind));
        }
        let mut result: Option<Type> = None;
        for (candidate, _) in candidates.iter().zip(&fits).filter(|(_, fits)| **fits) {
            let kind = match arguments {
                Arguments::Positional(_) => candidate.builtin.result.to_type(&kinds),
                Arguments::Named(_) => candidate.builtin.result.to_type(&[]),
            };
            result = Some(match result {
                None => kind,
                Some(result) => result.join(&kind),
            });
        }
        let nodes = values.into_iter().map(|(_, typed)| typed.node).collect();
        // What can never take them need not be tried.
        let some = fits.contains(&true);
        let tried = candidates
            .into_iter()
            .zip(fits)
            .filter(|(_, fits)| *fits || !some);
        let call = BuiltinCall {
            candidates: tried.map(|(candidate, _)| candidate).collect(),
            arguments: nodes,
            pattern,
        };
        self.typed(span, Op::Builtin(Box::new(call)), result.unwrap_or(Type::Any))
    }

    /// The functions of this name that take so many arguments, or arguments of these names.
    fn candidates(
        &self,
        functions: &[&'static Builtin],
        arguments: &Arguments,
    ) -> Result<Vec<Candidate>, Problem> {
        let signatures = || {
            let mut written: Vec<String> = functions
                .iter()
                .map(|function| format!("`{}`", function.signature()))
                .collect();
            written.dedup();
            Some(written.join(" or "))
        };
        let name = functions.first().map_or("", |function| function.name);
        let mut found = Vec::new();
        match arguments {
            Arguments::Positional(values) => {
                let fitting = functions
                    .iter()
                    .filter(|function| function.accepts_count(values.len()));
                found.extend(fitting.map(|builtin| Candidate { builtin, order: None }));
                if found.is_empty() {
                    let message = format!("`{name}` does not take {}", arguments_of(values.len()));
                    return Err(Problem::error(0..0, message).hint(signatures()));
                }
            }
            Arguments::Named(values) => {
                for builtin in functions {
                    if let Some(order) = builtin.order(values.iter().map(|(name, _)| &*name.text)) {
                        found.push(Candidate {
                            builtin,
                            order: Some(order),
                        });
                    }
                }
                // Of two functions with the same parameters the one that has them in the order written is meant.
                found.sort_by_key(|candidate| !candidate.is_in_order());
                if found.is_empty() {
                    let known: Vec<&str> = functions
                        .iter()
                        .flat_map(|f| f.parameters.iter().map(|parameter| parameter.name))
                        .collect();
                    let unknown = values.iter().find(|(word, _)| !known.contains(&&*word.text));
                    return Err(match unknown {
                        Some((word, _)) => {
                            let message = format!("`{name}` has no parameter `{}`", word.text);
                            let hint = nearest(&word.text, known).or_else(signatures);
                            Problem::error(word.span.clone(), message).hint(hint)
                        }
                        None => {
                            let message = format!("an argument of `{name}` is missing or there twice");
                            Problem::error(0..0, message).hint(signatures())
                        }
                    });
                }
            }
        }
        Ok(found)
    }

    fn arguments(&mut self, name: &str, arguments: &Arguments) -> Vec<(Range<usize>, Typed)> {
        let values: Vec<&Expr> = match arguments {
            Arguments::Positional(values) => values.iter().collect(),
            Arguments::Named(values) => values.iter().map(|(_, value)| value).collect(),
        };
        let mut typed: Vec<(Range<usize>, Typed)> = Vec::new();
        for value in values {
            let first = typed.first().map(|(_, typed)| typed.kind.item());
            let compiled = match (&value.kind, first) {
                // The items of the list are what the function gets, so that their types are known in it.
                (Kind::Function(parameters, Some(body)), Some(item))
                    if matches!(name, "sort" | "list replace") =>
                {
                    if parameters.iter().any(|parameter| parameter.kind.is_some()) {
                        self.escape(&item);
                    }
                    let expected = if name == "sort" {
                        vec![item.clone(), item]
                    } else {
                        vec![item]
                    };
                    self.function(&value.span, parameters, body, None, &expected)
                }
                (_, Some(item)) if name == "sort" => {
                    self.escape(&item);
                    self.expr(value)
                }
                _ => self.expr(value),
            };
            typed.push((value.span.clone(), compiled));
        }
        typed
    }

    /// Tells what is known to be wrong with constant arguments; a regular expression among them is made ready.
    fn check_arguments(
        &mut self,
        name: &str,
        exprs: &[Expr],
        values: &[(Range<usize>, Typed)],
    ) -> Option<Arc<Pattern>> {
        let (_, first) = values.first()?;
        let (span, second) = values.get(1)?;
        match name {
            "matches" | "replace" | "split" => {
                let flags = values
                    .get(if name == "replace" { 3 } else { 2 })
                    .map(|(_, flags)| &flags.node.op);
                let flags = match flags {
                    None => "",
                    Some(Op::Constant(Value::String(flags))) => flags,
                    Some(_) => return None,
                };
                let Op::Constant(Value::String(pattern)) = &second.node.op else {
                    return None;
                };
                match Pattern::prepared(pattern, flags, &mut self.budget) {
                    Ok(pattern) => return Some(pattern),
                    Err(fault) if fault.cause == Cause::Limit && self.budget.is_spent() => {}
                    Err(fault) => self.mistake(Problem::error(span.clone(), fault.message)),
                }
            }
            "list contains" | "index of" => {
                let item = first.kind.item();
                if !item.comparable(&second.kind) {
                    let message = format!("a {} never has a {} in it", first.kind, second.kind);
                    self.mistake(Problem::error(span.clone(), message));
                }
                if let [list, wanted, ..] = exprs {
                    self.check_codes(&item, wanted, &second.node);
                    self.check_codes(&second.kind, list, &first.node);
                }
                if let Some((_, other)) = strangers(&item, &second.kind) {
                    let message = format!("a {} never has a {other} in it", first.kind);
                    self.mistake(Problem::error(span.clone(), message));
                }
            }
            _ => {}
        }
        None
    }
}

/// The parameter that takes argument number `at`.
fn parameter(candidate: &Candidate, at: usize) -> Option<&'static Parameter> {
    let parameters = candidate.builtin.parameters;
    match &candidate.order {
        Some(order) => {
            let place = order.iter().position(|argument| *argument == Some(at))?;
            parameters.get(place)
        }
        None => parameters.get(at).or_else(|| parameters.last()),
    }
}

/// What a function takes as its argument number `at`.
fn takes(candidate: &Candidate, at: usize) -> Option<Takes> {
    let parameter = parameter(candidate, at)?;
    Some(match (parameter.presence, parameter.kind) {
        (Presence::Rest, Takes::List) if candidate.order.is_none() => Takes::Any,
        (_, kind) => kind,
    })
}
