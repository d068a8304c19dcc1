//! What a name means: the innermost binding, a variable of the definition, or a function.

use std::ops::Range;
use std::sync::Arc;

use super::{Compiler, Typed};
use crate::feel::ast::Word;
use crate::feel::builtins::{Builtin, builtins};
use crate::feel::function::Code;
use crate::feel::node::{Node, Op};
use crate::feel::problem::Problem;
use crate::feel::types::Type;

/// A name that means something in a part of a rule.
pub(super) struct Binding {
    /// Nothing for the item of a filter, whose entries are names themselves.
    name: Option<Arc<str>>,
    place: u32,
    kind: Type,
    used: bool,
}

/// Where a part of a rule began, for going back there.
pub(super) struct Scope {
    bindings: usize,
    places: u32,
}

impl Compiler<'_> {
    pub(super) fn scope(&self) -> Scope {
        Scope {
            bindings: self.bindings.len(),
            places: self.places,
        }
    }

    pub(super) fn leave(&mut self, scope: Scope) {
        self.bindings.truncate(scope.bindings);
        self.places = scope.places;
    }

    pub(super) fn bind(&mut self, name: &str, kind: Type) {
        let binding = Binding {
            name: Some(Arc::from(name)),
            place: self.places,
            kind,
            used: false,
        };
        self.bindings.push(binding);
        self.places += 1;
    }

    pub(super) fn bind_item(&mut self, kind: Type) {
        self.bindings.push(Binding {
            name: None,
            place: self.places,
            kind,
            used: false,
        });
        self.places += 1;
    }

    /// Whether the item bound first in this scope was used.
    pub(super) fn item_used(&self, scope: &Scope) -> bool {
        self.bindings
            .get(scope.bindings)
            .is_some_and(|binding| binding.used)
    }

    pub(super) fn name(&mut self, span: &Range<usize>, name: &Arc<str>) -> Typed {
        if let Some(found) = self.find(span, name, self.bindings.len(), true) {
            return found;
        }
        if let Some(function) = Builtin::named(name).first() {
            let value = Code::Builtin(function.name).into_value(function.name.to_owned());
            return self.typed(span, Op::Constant(value), Type::Any);
        }
        let hint = self.similar(name, Self::known_names);
        let hint = hint
            .or_else(|| self.names.advice(name))
            .or_else(|| self.inside(name));
        self.wrong(Problem::error(span.clone(), format!("there is no `{name}`")).hint(hint))
    }

    /// Looks a variable up, from the binding before `end` outwards. Entries of an item of which nothing is
    /// known are looked for when the rule is evaluated, unless `certain` names only are wanted.
    pub(super) fn find(
        &mut self,
        span: &Range<usize>,
        name: &Arc<str>,
        end: usize,
        dynamic: bool,
    ) -> Option<Typed> {
        for at in (0..end.min(self.bindings.len())).rev() {
            let binding = self.bindings.get_mut(at)?;
            let place = binding.place;
            match &binding.name {
                Some(own) if own == name => {
                    let kind = binding.kind.clone();
                    return Some(self.typed(span, Op::Local(place), kind));
                }
                Some(_) => continue,
                None => {}
            }
            let entry = matches!(&binding.kind, Type::Context(context) if context.get(name).is_some());
            if &**name == "item" && !entry {
                binding.used = true;
                let kind = binding.kind.clone();
                // Of an item of which nothing is known, an entry with this name comes first.
                let op = if kind == Type::Any && dynamic {
                    Op::Member {
                        item: place,
                        name: name.clone(),
                        otherwise: Some(Box::new(self.node(span, Op::Local(place)))),
                    }
                } else {
                    Op::Local(place)
                };
                return Some(self.typed(span, op, kind));
            }
            match &binding.kind {
                Type::Context(_) if entry => {
                    binding.used = true;
                    let kind = binding.kind.clone();
                    let item: Node = self.node(span, Op::Local(place));
                    let kind = self.member_type(
                        &kind,
                        &Word {
                            text: name.clone(),
                            span: span.clone(),
                        },
                    );
                    return Some(self.typed(span, Op::Path(Box::new(item), name.clone().into()), kind));
                }
                Type::Context(context) if !context.open => {}
                Type::Any | Type::Null | Type::Context(_) if dynamic => {
                    binding.used = true;
                    let tag = if let Type::Context(context) = &binding.kind {
                        context.tag
                    } else {
                        None
                    };
                    if let Some(tag) = tag {
                        self.reads.members.insert((tag, name.clone()));
                    }
                    let otherwise = self.find(span, name, at, dynamic);
                    if let Some(otherwise) = &otherwise {
                        self.escape(&otherwise.kind.clone());
                    }
                    let otherwise = otherwise.map(|otherwise| Box::new(otherwise.node));
                    let op = Op::Member {
                        item: place,
                        name: name.clone(),
                        otherwise,
                    };
                    return Some(self.typed(span, op, Type::Any));
                }
                _ => {}
            }
        }
        let (slot, kind) = self.names.lookup(name)?;
        self.reads.slots.insert(slot);
        Some(self.typed(span, Op::Slot(slot), kind))
    }

    /// Where a name stands inside something else.
    fn inside(&self, name: &str) -> Option<String> {
        let holds = |outer: &String| {
            let kind = self.names.lookup(outer)?.1;
            let found = matches!(kind.item(), Type::Context(context) if context.get(name).is_some());
            found.then(|| format!("`{outer}` has it: `{outer}.{name}`"))
        };
        self.names.names().iter().find_map(holds)
    }

    /// All names that would have meant something.
    pub(super) fn known_names(&self) -> Vec<String> {
        let mut names = self.names.names();
        for binding in &self.bindings {
            match (&binding.name, &binding.kind) {
                (Some(name), _) => names.push(name.to_string()),
                (None, Type::Context(context)) => {
                    names.extend(context.members.iter().map(|(member, _)| member.to_string()));
                }
                _ => {}
            }
        }
        names
    }

    /// All functions that could have been called.
    pub(super) fn known_functions(&self) -> Vec<String> {
        let mut names: Vec<String> = builtins().iter().map(|builtin| builtin.name.to_owned()).collect();
        names.extend(self.known_names());
        names
    }
}
