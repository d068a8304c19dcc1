//! What is doubtful about a rule that can be used: conditions that are decided before they are asked, parts that are
//! never reached, names that nothing uses.

mod atom;
mod domain;
mod facts;
mod unused;

use std::cmp::Ordering;
use std::ops::Range;

use super::Names;
use super::ast::{Arguments, Expr, Kind, Test};
use super::limits::DOUBTED;
use super::ops;
use super::problem::Problem;
use atom::{Atom, literal};
use facts::{Facts, Taken};

/// Tells everything doubtful; `known` is what is wrong with the rule anyhow and need not be told twice.
pub(super) fn check(text: &str, expr: &Expr, names: &dyn Names, known: &[Problem]) -> Vec<Problem> {
    let mut walk = Walk {
        known,
        problems: Vec::new(),
        among_items: false,
    };
    if text.len() <= DOUBTED {
        walk.part(expr, &mut Facts::default());
    }
    unused::check(expr, names, &mut walk.problems);
    walk.problems
}

/// A rule as a condition, for what can be said of it beside others.
#[derive(Debug)]
pub struct Condition(pub(super) Expr);

impl Condition {
    /// Whether it can come to be true or false, as far as its text tells.
    pub fn can_be(&self, truth: bool) -> bool {
        let truths = Facts::default().truths(&self.0);
        if truth { truths.yes } else { truths.no }
    }

    /// Whether it is written as `true`, `false` or `null`.
    pub fn is_literal(&self) -> bool {
        is_literal(&self.0)
    }

    /// Whether it can be true only when the variable with a name has a value.
    pub fn needs(&self, name: &str) -> bool {
        let mut facts = Facts::default();
        facts.take(&self.0, Taken::True);
        facts.gives_value(name)
    }

    /// Whether it can never be true together with others on the same names.
    pub fn excludes(&self, others: &[&Condition]) -> bool {
        let mut facts = Facts::default();
        others.iter().for_each(|other| facts.take(&other.0, Taken::True));
        !facts.is_empty() && !facts.truths(&self.0).yes
    }
}

struct Walk<'t> {
    known: &'t [Problem],
    problems: Vec<Problem>,
    /// Whether the part stands in a filter.
    among_items: bool,
}

impl Walk<'_> {
    fn warn(&mut self, span: &Range<usize>, message: &str, hint: Option<String>) {
        self.problems
            .push(Problem::warning(span.clone(), message).hint(hint));
    }

    /// Whether something is wrong within a part, which explains the part itself.
    fn explained(&self, expr: &Expr) -> bool {
        let within =
            |problem: &Problem| expr.span.start <= problem.span.start && problem.span.end <= expr.span.end;
        self.known.iter().chain(&self.problems).any(within)
    }

    /// Where a part is asked, in words.
    fn because(&self, reason: Option<(&Expr, Taken)>) -> Option<String> {
        let (origin, taken) = reason?;
        let is = match taken {
            Taken::True => "is true",
            Taken::False => "is false",
            Taken::NotTrue => "is not true",
            Taken::NotFalse => "is not false",
        };
        Some(format!("`{origin}` {is} where this is asked"))
    }

    fn part<'a>(&mut self, expr: &'a Expr, facts: &mut Facts<'a>) {
        match &expr.kind {
            Kind::And(operands) => self.operands(operands, facts, Taken::True),
            Kind::Or(operands) => self.operands(operands, facts, Taken::NotTrue),
            Kind::If(parts) => self.branches(&parts.0, &parts.1, &parts.2, facts),
            Kind::Compare(_, sides)
                if sides.0 == sides.1 && literal(&sides.0).is_none() && !self.explained(expr) =>
            {
                let hint = self.among_items.then(|| SAME_NAMES.to_owned());
                self.warn(&expr.span, "both sides are the same", hint);
            }
            Kind::In(operand, tests) => {
                self.decided(expr, facts);
                self.part(operand, facts);
                self.tests(operand, tests, facts);
            }
            Kind::Between(parts) => {
                self.ends(&parts.1, &parts.2);
                self.decided(expr, facts);
                self.parts(expr, facts);
            }
            Kind::Filter(parts) => {
                self.part(&parts.0, facts);
                // Names mean something else among the items.
                let around = std::mem::replace(&mut self.among_items, true);
                self.part(&parts.1, &mut Facts::default());
                self.among_items = around;
            }
            Kind::For(iterators, body)
            | Kind::Quantified {
                iterators,
                condition: body,
                ..
            } => {
                for iterator in iterators {
                    self.part(&iterator.from, &mut Facts::default());
                    if let Some(to) = &iterator.to {
                        self.part(to, &mut Facts::default());
                    }
                }
                self.part(body, &mut Facts::default());
            }
            Kind::Function(..) | Kind::Context(_) => {
                expr.children(&mut |child| self.part(child, &mut Facts::default()));
            }
            Kind::Compare(..) => {
                self.decided(expr, facts);
                self.parts(expr, facts);
            }
            // A value that is only passed on or compared asks nothing; where it is a condition, that is looked at around it.
            _ => self.parts(expr, facts),
        }
    }

    fn parts<'a>(&mut self, expr: &'a Expr, facts: &mut Facts<'a>) {
        if let Kind::Call(_, Arguments::Named(values)) = &expr.kind {
            return values.iter().for_each(|(_, value)| self.part(value, facts));
        }
        expr.children(&mut |child| self.part(child, facts));
    }

    /// A condition that what is known decides.
    fn decided<'a>(&mut self, expr: &'a Expr, facts: &mut Facts<'a>) {
        let truths = facts.truths(expr);
        if (truths.yes && !truths.always()) || self.explained(expr) {
            return;
        }
        let Some(atom) = Atom::of(expr) else { return };
        let always = if truths.always() { "always" } else { "never" };
        let (here, because) = match facts.reason_of(&atom) {
            Some(reason) => (" here", self.because(Some(reason))),
            None => ("", None),
        };
        self.warn(&expr.span, &format!("this is {always} true{here}"), because);
    }

    /// The operands of `and` and `or`, each asked where those before it leave the result open.
    fn operands<'a>(&mut self, operands: &'a [Expr], facts: &mut Facts<'a>, goes_on: Taken) {
        let and = goes_on == Taken::True;
        let mark = facts.mark();
        for (at, operand) in operands.iter().enumerate() {
            let truths = facts.truths(operand);
            let decisive = if and { !truths.yes } else { truths.always() };
            let idle = if and { truths.always() } else { !truths.yes };
            if self.explained(operand) {
                // Told already.
            } else if operands.iter().take(at).any(|before| before == operand) {
                self.warn(&operand.span, "this stands here twice", None);
            } else if (decisive || idle) && facts.reason(operand).is_none() && !is_literal(operand) {
                // What decides it lies within.
                self.part(operand, facts);
            } else if decisive {
                let message = if and {
                    "this is never true here, so neither is the whole condition"
                } else {
                    "this is always true here, so the whole condition is too"
                };
                let reason = self.because(facts.reason(operand));
                self.warn(&operand.span, message, reason);
                break;
            } else if idle
                && needed(
                    operands.get(..at).unwrap_or_default(),
                    operand,
                    facts.until(mark),
                    and,
                )
            {
                // It is there for what the condition comes to without a value.
            } else if idle {
                let message = if and {
                    "this is always true here, so it adds nothing"
                } else {
                    "this is never true here, so it adds nothing"
                };
                let reason = self.because(facts.reason(operand));
                self.warn(&operand.span, message, reason);
            } else {
                self.part(operand, facts);
            }
            if at + 1 < operands.len() {
                facts.take(operand, goes_on);
            }
        }
        facts.forget(mark);
    }

    fn branches<'a>(&mut self, condition: &'a Expr, yes: &'a Expr, no: &'a Expr, facts: &mut Facts<'a>) {
        let truths = facts.truths(condition);
        let never = if truths.always() {
            Some((no, "always"))
        } else if truths.yes {
            None
        } else {
            Some((yes, "never"))
        };
        match never {
            Some((branch, always)) if !self.explained(condition) => {
                let because = self.because(facts.reason(condition));
                let hint = because.unwrap_or_else(|| format!("the condition is {always} true"));
                self.warn(&branch.span, "this is never reached", Some(hint));
            }
            Some(_) => {}
            None => self.part(condition, facts),
        }
        if yes == no {
            self.warn(&no.span, "both branches are the same", None);
        }
        let mark = facts.mark();
        facts.take(condition, Taken::True);
        self.part(yes, facts);
        facts.forget(mark);
        facts.take(condition, Taken::NotTrue);
        self.part(no, facts);
        facts.forget(mark);
    }

    /// The tests of `in`, of which one that is true is enough.
    fn tests<'a>(&mut self, operand: &'a Expr, tests: &'a [Test], facts: &mut Facts<'a>) {
        let values = tests
            .iter()
            .flat_map(|test| match (&test.value.kind, test.operator) {
                (Kind::List(items), None) => items.iter().collect(),
                (_, None) => vec![&test.value],
                _ => Vec::new(),
            });
        let values: Vec<&Expr> = values.collect();
        for (at, value) in values.iter().enumerate() {
            if values.iter().take(at).any(|before| before == value) {
                self.warn(&value.span, "this stands here twice", None);
            }
        }
        let mark = facts.mark();
        for (at, test) in tests.iter().enumerate() {
            self.part(&test.value, &mut Facts::default());
            let Some(atom) = Atom::test(operand, test) else {
                continue;
            };
            if at > 0 && !facts.possible(&atom) && !self.explained(&test.value) {
                let because = self.because(facts.reason_of(&atom));
                self.warn(
                    &test.value.span,
                    "this is never true here, so it adds nothing",
                    because,
                );
            }
            facts.know(&atom, &test.value, Taken::NotTrue);
        }
        facts.forget(mark);
    }

    fn ends(&mut self, low: &Expr, high: &Expr) {
        if let (Some(first), Some(last)) = (literal(low), literal(high))
            && ops::order(&first, &last).is_ok_and(Ordering::is_gt)
        {
            let hint = Some("the lower end stands first".to_owned());
            self.warn(
                &(low.span.start..high.span.end),
                "nothing lies between these ends",
                hint,
            );
        }
    }
}

/// What to do about `name = name` among the items of a list.
pub(super) const SAME_NAMES: &str = "inside a filter a name is first a part of the item; `some x in … satisfies x.name = name` tells them apart";

/// Whether an operand that does not change when a condition is true changes whether it is false or null.
fn needed<'a>(before: &'a [Expr], operand: &'a Expr, mut facts: Facts<'a>, and: bool) -> bool {
    let taken = if and { Taken::NotFalse } else { Taken::False };
    before.iter().for_each(|before| facts.take(before, taken));
    let truths = facts.truths(operand);
    if and { truths.no } else { truths.null }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Null | Kind::Boolean(_))
}
