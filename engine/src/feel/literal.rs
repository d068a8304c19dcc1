//! Ranges written as text, for `range`.

use super::ast::{Arguments, Expr, Kind as Syntax};
use super::compile::Compiler;
use super::fault::{Fault, Outcome};
use super::names::Vocabulary;
use super::node::Op;
use super::{BASIC, Entries, ops, parse};
use crate::value::{Context, Value};

/// Reads a range whose ends are literals; one of them may be missing where the bracket leaves it out anyway.
pub(crate) fn read_range(text: &str) -> Outcome {
    parts(text).unwrap_or(Err(Fault::new("the text is not a range between literals")))
}

fn parts(text: &str) -> Option<Outcome> {
    let mut inside = text.trim().chars();
    let low_included = match inside.next()? {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let high_included = match inside.next_back()? {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let (low, high) = inside.as_str().split_at(dots(inside.as_str())?);
    let (low, high) = (low.trim(), high.get(2..)?.trim());
    if low.is_empty() && (low_included || high.is_empty()) || high.is_empty() && high_included {
        return None;
    }
    let end = |text: &str| {
        if text.is_empty() {
            Some(None)
        } else {
            literal(text).map(Some)
        }
    };
    Some(ops::range(end(low)?, low_included, end(high)?, high_included))
}

/// Where the `..` stands that is not part of a text.
fn dots(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().map(|(at, _)| at).find(|at| {
        let rest = text.get(*at..).unwrap_or("");
        let found = !quoted && rest.starts_with("..");
        quoted ^= rest.starts_with('"') && !escaped;
        escaped = rest.starts_with('\\') && !escaped;
        found
    })
}

/// The value of a literal.
fn literal(text: &str) -> Option<Value> {
    let expr = parse::parse(text, &mut Vocabulary::over(&BASIC)).ok()?;
    if !is_literal(&expr) {
        return None;
    }
    let nothing = Context::new();
    let names = Entries {
        context: &nothing,
        typed: false,
    };
    if let Op::Constant(value) = Compiler::new(&names, true).root(&expr).node.op {
        Some(value)
    } else {
        None
    }
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        Syntax::Number(_) | Syntax::String(_) | Syntax::Temporal(_) => true,
        Syntax::Negate(operand) => matches!(operand.kind, Syntax::Number(_)),
        Syntax::Call(callee, Arguments::Positional(arguments)) => {
            matches!(&callee.kind, Syntax::Name(name) if ["date", "time", "date and time", "duration"].contains(&&**name))
                && matches!(
                    arguments.as_slice(),
                    [Expr {
                        kind: Syntax::String(_),
                        ..
                    }]
                )
        }
        _ => false,
    }
}
