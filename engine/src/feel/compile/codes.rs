//! Codes: what is compared with an answer of a code list, or put in its place, has to be a code of that list.

use std::ops::Range;

use super::{Compiler, Typed};
use crate::feel::ast::{Expr, Kind};
use crate::feel::node::{Node, Op};
use crate::feel::problem::{Problem, nearest};
use crate::feel::types::{Choice, Type};
use crate::value::Value;

/// How many codes a hint lists.
const LISTED: usize = 12;

impl Compiler<'_> {
    /// Something that meets values of a type: each constant that it can come to has to be one of the type's codes.
    pub(super) fn check_codes(&mut self, kind: &Type, expr: &Expr, node: &Node) {
        let Type::Choice(choice) = &kind.item() else {
            return;
        };
        match (&expr.kind, &node.op) {
            (Kind::List(_) | Kind::If(_) | Kind::For(..) | Kind::String(_), _) => {
                self.check_written(choice, expr)
            }
            (_, Op::Constant(value)) => self.check_value(choice, value, &expr.span),
            _ => {}
        }
    }

    /// Checks what the whole rule gives against where it is put.
    pub fn check_result(&mut self, expr: &Expr, root: &Typed, wanted: &Type) {
        let (given, item) = (root.kind.item(), wanted.item());
        if let Some((given, wanted)) = strangers(&given, &item) {
            let message = format!("a {given} is never a {wanted}");
            self.mistake(Problem::error(expr.span.clone(), message));
        } else {
            self.check_codes(wanted, expr, &root.node);
        }
    }

    /// Looks for codes where they are written.
    fn check_written(&mut self, choice: &Choice, expr: &Expr) {
        match &expr.kind {
            Kind::String(code) => self.check_code(choice, code, &expr.span),
            Kind::List(items) => items.iter().for_each(|item| self.check_written(choice, item)),
            Kind::If(parts) => {
                self.check_written(choice, &parts.1);
                self.check_written(choice, &parts.2);
            }
            Kind::For(_, body) => self.check_written(choice, body),
            _ => {}
        }
    }

    fn check_value(&mut self, choice: &Choice, value: &Value, span: &Range<usize>) {
        match value {
            Value::String(code) => self.check_code(choice, code, span),
            Value::List(items) => {
                for item in items.iter().take(100) {
                    self.check_value(choice, item, span);
                }
            }
            _ => {}
        }
    }

    fn check_code(&mut self, choice: &Choice, code: &str, span: &Range<usize>) {
        if choice.codes.iter().any(|known| &**known == code) {
            return;
        }
        let listed = || {
            let codes = choice.codes.iter().take(LISTED).map(|code| format!("`{code}`"));
            let codes: Vec<String> = codes.collect();
            let more = if choice.codes.len() > LISTED { ", …" } else { "" };
            (!codes.is_empty()).then(|| format!("the {}s are {}{more}", choice.noun, codes.join(", ")))
        };
        let hint = nearest(code, choice.codes.iter().map(|code| &**code)).or_else(listed);
        let message = format!("`{code}` is not a {} of `{}`", choice.noun, choice.name);
        self.mistake(Problem::error(span.clone(), message).hint(hint));
    }
}

/// Two code lists that have no code in common.
pub(super) fn strangers<'t>(left: &'t Type, right: &'t Type) -> Option<(&'t Type, &'t Type)> {
    match (left, right) {
        (Type::Choice(a), Type::Choice(b)) if a.name != b.name || a.noun != b.noun => {
            let shared = a.codes.iter().any(|code| b.codes.contains(code));
            (!shared).then_some((left, right))
        }
        _ => None,
    }
}
