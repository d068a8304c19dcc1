//! Evaluates a rule part by part, for explanations. It is a walk of its own: each part is evaluated anew with what is known
//! at its place, so that evaluation itself need not know of explanations.

use super::Machine;
use crate::feel::fault::Fault;
use crate::feel::limits::{Budget, FOLLOWED, PARTS, ROUNDS};
use crate::feel::node::{Filter, For, Loop, Node, Op, Quantified};
use crate::feel::program::Warning;
use crate::feel::trace::{Round, Step, Trace};
use crate::value::Value;

/// Evaluates a whole rule part by part.
pub(crate) fn trace(machine: &mut Machine, text: &str, root: &Node) -> Trace {
    let value = machine.run(root);
    let cause = cause(machine, root);
    machine.renew();
    let mut walk = Walk {
        machine,
        text,
        left: PARTS,
        depth: 0,
    };
    Trace {
        value,
        cause,
        ..walk.part(root)
    }
}

/// Why the part that was evaluated last is null.
fn cause(machine: &Machine, node: &Node) -> Option<Warning> {
    let span = node.start as usize..node.end as usize;
    let mut own = machine.warnings.iter().filter(|warning| warning.span == span);
    own.next_back().cloned()
}

struct Walk<'w, 'a> {
    machine: &'w mut Machine<'a>,
    text: &'w str,
    left: usize,
    depth: usize,
}

/// What the parts of a part are.
struct Inside {
    step: Step,
    children: Vec<Trace>,
    left_out: usize,
}

impl<'a> Walk<'_, 'a> {
    /// What a part comes to.
    fn value(&mut self, node: &Node) -> Value {
        self.machine.warnings.clear();
        self.machine.eval(node)
    }

    fn part(&mut self, node: &Node) -> Trace {
        if let Op::Member {
            item,
            name,
            otherwise: Some(otherwise),
        } = &node.op
            && !self.machine.has_member(*item, name)
        {
            return self.part(otherwise);
        }
        let value = self.value(node);
        let cause = if value.is_null() {
            cause(self.machine, node)
        } else {
            None
        };
        self.left = self.left.saturating_sub(1);
        self.depth += 1;
        let locals = self.machine.locals.len();
        let inside = self.inside(node);
        self.machine.locals.truncate(locals);
        self.depth -= 1;
        self.with(node, value, cause, inside)
    }

    fn with(&self, node: &Node, value: Value, cause: Option<Warning>, inside: Inside) -> Trace {
        let span = node.start as usize..node.end as usize;
        Trace {
            text: self.text.get(span.clone()).unwrap_or("").to_owned(),
            span,
            step: inside.step,
            value,
            cause,
            children: inside.children,
            left_out: inside.left_out,
        }
    }

    fn parts<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> Vec<Trace> {
        let mut parts = Vec::new();
        for node in nodes {
            if self.left == 0 || self.depth > FOLLOWED {
                break;
            }
            parts.push(self.part(node));
        }
        parts
    }

    fn inside(&mut self, node: &Node) -> Inside {
        let mut plain = |step, nodes: &[&Node]| Inside {
            step,
            children: self.parts(nodes.iter().copied()),
            left_out: 0,
        };
        match &node.op {
            Op::Constant(_) | Op::Fail(_) => plain(Step::Constant, &[]),
            Op::Slot(slot) => plain(Step::Slot(*slot), &[]),
            Op::Local(place) => plain(Step::Local(*place as usize), &[]),
            Op::Member { item, name, .. } => plain(Step::Member(*item as usize, name.clone()), &[]),
            Op::Path(base, name) => plain(Step::Path(name.name().clone()), &[base]),
            Op::Compare(operator, sides) => plain(Step::Compare(*operator), &[&sides.0, &sides.1]),
            Op::Arithmetic(operator, sides) => plain(Step::Arithmetic(*operator), &[&sides.0, &sides.1]),
            Op::Negate(operand) => plain(Step::Negate, &[operand]),
            Op::Between(parts) => plain(Step::Between, &[&parts.0, &parts.1, &parts.2]),
            Op::InstanceOf(operand, _) => plain(Step::InstanceOf, &[operand]),
            Op::In(operand, tests) => {
                let nodes: Vec<&Node> = std::iter::once(&**operand)
                    .chain(tests.iter().map(|(_, test)| test))
                    .collect();
                plain(Step::In, &nodes)
            }
            Op::List(items) => plain(Step::List, &items.iter().collect::<Vec<_>>()),
            Op::Range(range) => {
                let ends: Vec<&Node> = [&range.low, &range.high].into_iter().flatten().collect();
                plain(Step::Range, &ends)
            }
            Op::Builtin(call) => {
                let name = call
                    .candidates
                    .first()
                    .map_or("", |candidate| candidate.builtin.name);
                plain(Step::Function(name), &call.arguments.iter().collect::<Vec<_>>())
            }
            Op::Host(id, arguments) => plain(Step::Host(*id), &arguments.iter().collect::<Vec<_>>()),
            Op::Call(call) => plain(Step::Call, &call.arguments.iter().collect::<Vec<_>>()),
            Op::Closure(_) => plain(Step::Closure, &[]),
            Op::And(operands) => self.logic(Step::And, operands, false),
            Op::Or(operands) => self.logic(Step::Or, operands, true),
            Op::If(parts) => {
                let mut children = self.parts([&parts.0]);
                let branch = match children.first().map(|condition| &condition.value) {
                    Some(Value::Boolean(true)) => Some(&parts.1),
                    Some(Value::Boolean(false) | Value::Null) => Some(&parts.2),
                    _ => None,
                };
                children.extend(self.parts(branch));
                whole(Step::If, children)
            }
            Op::Context(layout, entries) => {
                let mut children = Vec::new();
                for node in entries {
                    children.extend(self.parts([node]));
                    let value = self.value(node);
                    self.machine.locals.push(value);
                }
                whole(Step::Context(layout.names().to_vec()), children)
            }
            Op::Filter(filter) => self.filter(filter),
            Op::For(iteration) => self.iteration(iteration),
            Op::Quantified(quantified) => self.quantified(quantified),
        }
    }

    /// The operands up to the one that decides.
    fn logic(&mut self, step: Step, operands: &[Node], decisive: bool) -> Inside {
        let mut children = Vec::new();
        for operand in operands {
            children.extend(self.parts([operand]));
            if children.last().and_then(|last: &Trace| last.value.as_bool()) == Some(decisive) {
                break;
            }
        }
        whole(step, children)
    }

    /// The list and the items that are kept; when there are none, the first of those that are not.
    fn filter(&mut self, filter: &Filter) -> Inside {
        let mut children = self.parts([&filter.list]);
        let place = self.machine.locals.len();
        if !filter.each {
            self.machine.locals.push(Value::Null);
            children.extend(self.parts([&filter.condition]));
            return whole(Step::Filter, children);
        }
        let items = match self.value(&filter.list) {
            Value::List(items) => items.to_vec(),
            Value::Null => Vec::new(),
            other => vec![other],
        };
        let (mut kept, mut refused) = (Rounds::default(), Rounds::default());
        for (at, item) in items.into_iter().enumerate() {
            self.machine.locals.push(item);
            let keep = self.value(&filter.condition).as_bool() == Some(true);
            let rounds = if keep { &mut kept } else { &mut refused };
            self.round(rounds, place, at + 1, &[], &filter.condition);
            self.machine.locals.truncate(place);
        }
        let shown = if kept.count == 0 { refused } else { kept };
        shown.behind(Step::Filter, children)
    }

    fn iteration(&mut self, iteration: &For) -> Inside {
        let children = self.sources(&iteration.loops);
        if iteration.partial {
            return whole(Step::For, children);
        }
        let mut all = Rounds::default();
        let place = self.machine.locals.len();
        // A source that cannot be gone through is told at the iteration itself.
        let _ = self.rounds(&iteration.loops, 0, &mut |walk, number| {
            walk.round(&mut all, place, number, &iteration.loops, &iteration.body);
            true
        });
        all.behind(Step::For, children)
    }

    /// The round that decides; when none does, those that leave it open, or else all.
    fn quantified(&mut self, quantified: &Quantified) -> Inside {
        let children = self.sources(&quantified.loops);
        let (mut decisive, mut unknown, mut other) =
            (Rounds::default(), Rounds::default(), Rounds::default());
        let place = self.machine.locals.len();
        let _ = self.rounds(&quantified.loops, 0, &mut |walk, number| {
            let outcome = walk.value(&quantified.condition).as_bool();
            let rounds = match outcome {
                None => &mut unknown,
                Some(value) if value != quantified.every => &mut decisive,
                Some(_) => &mut other,
            };
            walk.round(rounds, place, number, &quantified.loops, &quantified.condition);
            outcome.is_none_or(|value| value == quantified.every)
        });
        let mut found = [decisive, unknown, other].into_iter();
        let shown = found.find(|rounds| rounds.count > 0).unwrap_or_default();
        shown.behind(Step::Quantified(quantified.every), children)
    }

    /// What the first iteration goes through; further ones depend on its items.
    fn sources(&mut self, loops: &[Loop]) -> Vec<Trace> {
        let first = loops.iter().take(1);
        self.parts(first.flat_map(|first| std::iter::once(&first.from).chain(&first.to)))
    }

    /// Visits every round until told to stop, with its number.
    fn rounds(
        &mut self,
        loops: &[Loop],
        before: usize,
        visit: &mut dyn FnMut(&mut Walk<'_, 'a>, usize) -> bool,
    ) -> Result<(), Fault> {
        let mut number = before;
        let (text, depth) = (self.text, self.depth);
        let left = &mut self.left;
        self.machine
            .combinations(loops, &mut |machine| {
                number += 1;
                let mut walk = Walk {
                    machine,
                    text,
                    left: *left,
                    depth,
                };
                let go_on = visit(&mut walk, number);
                *left = walk.left;
                Ok(go_on)
            })
            .map(|_| ())
    }

    /// Notes one round; its items are in their places.
    fn round(&mut self, rounds: &mut Rounds, place: usize, number: usize, loops: &[Loop], body: &Node) {
        rounds.count += 1;
        if rounds.shown.len() >= ROUNDS || self.left == 0 || self.depth > FOLLOWED {
            return;
        }
        let items = self.machine.locals.get(place..).unwrap_or_default().to_vec();
        let value = self.value(body);
        let mut children = self.parts(loops.iter().skip(1).map(|next| &next.from));
        children.extend(self.parts([body]));
        let step = Step::Round(Round { place, items, number });
        let round = self.with(body, value, None, whole(step, children));
        rounds.shown.push(round);
    }
}

/// The rounds of an iteration that are worth telling.
#[derive(Default)]
struct Rounds {
    shown: Vec<Trace>,
    count: usize,
}

impl Rounds {
    /// The rounds behind what is gone through.
    fn behind(self, step: Step, mut children: Vec<Trace>) -> Inside {
        let left_out = self.count - self.shown.len();
        children.extend(self.shown);
        Inside {
            step,
            children,
            left_out,
        }
    }
}

fn whole(step: Step, children: Vec<Trace>) -> Inside {
    Inside {
        step,
        children,
        left_out: 0,
    }
}

impl Machine<'_> {
    /// Begins to count anew.
    fn renew(&mut self) {
        self.budget = Budget::new();
        self.ended = false;
        self.warnings.clear();
    }

    fn has_member(&self, item: u32, name: &str) -> bool {
        match self.locals.get(self.base + item as usize) {
            Some(Value::Context(context)) => context.get(name).is_some(),
            Some(other) => crate::feel::ops::property(other, name).is_some(),
            None => false,
        }
    }
}
