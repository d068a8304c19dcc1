//! What gives names to values: filters, iterations and functions.

use std::ops::Range;
use std::sync::Arc;

use super::{Compiler, Typed};
use crate::feel::ast::{Expr, Iterator, Parameter, TypeName, Word};
use crate::feel::node::{Definition, Filter, For, Loop, Op, Quantified};
use crate::feel::problem::{Problem, nearest};
use crate::feel::types::{ContextType, FunctionType, Type};
use crate::value::Value;

impl Compiler<'_> {
    pub(super) fn filter(&mut self, span: &Range<usize>, list: &Expr, condition: &Expr) -> Typed {
        let list = self.expr(list);
        let item = list.kind.item();
        let scope = self.scope();
        self.bind_item(item.clone());
        let kept = self.expr(condition);
        let used = self.item_used(&scope);
        let constant = matches!(kept.node.op, Op::Constant(_));
        self.leave(scope);
        let each = used && !constant;
        if let (Op::Constant(value @ (Value::Boolean(_) | Value::Null)), true) =
            (&kept.node.op, used || constant)
        {
            self.always(condition, value);
        }
        let kind = match (&kept.kind, each) {
            (Type::Number, false) => item,
            (Type::Boolean, _) => Type::list(item),
            (Type::Any | Type::Null | Type::Number, _) => {
                self.escape(&item);
                Type::Any
            }
            (other, _) => {
                let message = format!("a filter is a condition or a position, this is a {other}");
                self.mistake(Problem::error(condition.span.clone(), message));
                Type::Any
            }
        };
        // Without the item there is no place for it either.
        let filter = Filter {
            list: list.node,
            condition: kept.node,
            each: used,
        };
        self.typed(span, Op::Filter(Box::new(filter)), kind)
    }

    fn loops(&mut self, iterators: &[Iterator]) -> Box<[Loop]> {
        let mut loops = Vec::new();
        for iterator in iterators {
            let from = self.expr(&iterator.from);
            let to = iterator.to.as_ref().map(|to| self.expr(to));
            let kind = match &to {
                Some(to) => from.kind.clone().join(&to.kind),
                None => match &from.kind {
                    Type::Range(end) => (**end).clone(),
                    other => other.item(),
                },
            };
            loops.push(Loop {
                from: from.node,
                to: to.map(|to| to.node),
            });
            self.bind(&iterator.name.text, kind);
        }
        loops.into()
    }

    pub(super) fn iteration(&mut self, span: &Range<usize>, iterators: &[Iterator], body: &Expr) -> Typed {
        let scope = self.scope();
        let partial = body.mentions("partial");
        if partial {
            self.bind("partial", Type::list(Type::Any));
        }
        let loops = self.loops(iterators);
        let body = self.expr(body);
        self.leave(scope);
        let op = Op::For(Box::new(For {
            loops,
            body: body.node,
            partial,
        }));
        let kind = self.known(Type::list(body.kind));
        self.typed(span, op, kind)
    }

    pub(super) fn quantified(
        &mut self,
        span: &Range<usize>,
        every: bool,
        iterators: &[Iterator],
        condition: &Expr,
    ) -> Typed {
        let scope = self.scope();
        let loops = self.loops(iterators);
        let condition = self.condition(condition);
        self.leave(scope);
        self.typed(
            span,
            Op::Quantified(Box::new(Quantified {
                every,
                loops,
                condition,
            })),
            Type::Boolean,
        )
    }

    /// A function; `own` is its name inside itself, `expected` the types of arguments it will get.
    pub(super) fn function(
        &mut self,
        span: &Range<usize>,
        parameters: &[Parameter],
        body: &Expr,
        own: Option<&Arc<str>>,
        expected: &[Type],
    ) -> Typed {
        let captures = self.places;
        let scope = self.scope();
        if let Some(own) = own {
            self.bind(own, Type::Any);
        }
        let mut kinds = Vec::new();
        for (at, parameter) in parameters.iter().enumerate() {
            let kind = match &parameter.kind {
                Some(kind) => match self.type_of(kind) {
                    Ok(kind) => kind,
                    Err(problem) => {
                        self.mistake(problem);
                        Type::Any
                    }
                },
                None => Type::Any,
            };
            let known = if kind == Type::Any {
                expected.get(at).cloned().unwrap_or(Type::Any)
            } else {
                kind.clone()
            };
            self.bind(&parameter.name.text, known);
            kinds.push((parameter.name.text.clone(), kind));
        }
        let body = self.expr(body);
        self.leave(scope);
        self.escape(&body.kind);
        let names: Vec<&str> = kinds.iter().map(|(name, _)| &**name).collect();
        let signature = format!("function({})", names.join(", "));
        let parameter_types = kinds.iter().map(|(_, kind)| kind.clone()).collect();
        let result = body.kind.clone();
        let kind = self.known(Type::Function(Arc::new(FunctionType {
            parameters: parameter_types,
            result: body.kind,
        })));
        let recursive = own.is_some();
        let definition = Definition {
            parameters: kinds,
            result,
            captures,
            recursive,
            body: body.node,
            signature,
        };
        self.typed(span, Op::Closure(Arc::new(definition)), kind)
    }

    pub(super) fn type_of(&self, name: &TypeName) -> Result<Type, Problem> {
        Ok(match name {
            TypeName::Plain(word) => Type::named(&word.text).ok_or_else(|| {
                Problem::error(word.span.clone(), format!("there is no type `{}`", word.text))
                    .hint(nearest(&word.text, Type::NAMES))
            })?,
            TypeName::List(item) => Type::list(self.type_of(item)?),
            TypeName::Range(item) => Type::Range(Box::new(self.type_of(item)?)),
            TypeName::Context(members) => {
                let member = |(name, kind): &(Word, TypeName)| Ok((name.text.clone(), self.type_of(kind)?));
                let members = members.iter().map(member).collect::<Result<_, Problem>>()?;
                Type::Context(Arc::new(ContextType {
                    tag: None,
                    open: true,
                    members,
                }))
            }
            TypeName::Function(parameters, result) => {
                let parameters = parameters
                    .iter()
                    .map(|kind| self.type_of(kind))
                    .collect::<Result<_, Problem>>()?;
                Type::Function(Arc::new(FunctionType {
                    parameters,
                    result: self.type_of(result)?,
                }))
            }
        })
    }
}
