//! What is known where a part of a rule is asked, and what that part can come to there.

use super::atom::{self, Atom, Subject, negated};
use super::domain::Domain;
use crate::feel::ast::{Expr, Kind};

/// What a condition can come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truths {
    pub yes: bool,
    pub no: bool,
    pub null: bool,
}

impl Truths {
    const ANY: Truths = Truths {
        yes: true,
        no: true,
        null: true,
    };

    pub fn always(self) -> bool {
        self.yes && !self.no && !self.null
    }

    fn or(self, other: Truths) -> Truths {
        Truths {
            yes: self.yes || other.yes,
            no: self.no || other.no,
            null: self.null || other.null,
        }
    }

    fn not(self) -> Truths {
        Truths {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }
}

/// What a condition is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    True,
    False,
    NotTrue,
    NotFalse,
}

/// A condition on a subject that is known to hold, and what says so.
#[derive(Clone, Debug)]
struct Fact<'a> {
    subject: Subject<'a>,
    domain: Domain,
    origin: &'a Expr,
    taken: Taken,
}

/// What is known where a part of a rule is asked.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    known: Vec<Fact<'a>>,
    /// How many conditions were looked at; a rule that has very many is not looked through.
    looked: u32,
}

const MOST_LOOKS: u32 = 4_000;

impl<'a> Facts<'a> {
    pub fn mark(&self) -> usize {
        self.known.len()
    }

    pub fn forget(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    /// What was known at a mark.
    pub fn until(&self, mark: usize) -> Facts<'a> {
        Facts {
            known: self.known.iter().take(mark).cloned().collect(),
            looked: self.looked,
        }
    }

    /// Whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn domain(&self, subject: Subject) -> Domain {
        let about = |fact: &Fact| fact.domain_of(subject);
        self.known
            .iter()
            .filter_map(about)
            .fold(subject.nature(), |all, one| all.meet(&one))
    }

    /// What a condition can come to where all that is known holds.
    pub fn truths(&mut self, expr: &'a Expr) -> Truths {
        self.looked += 1;
        if self.looked > MOST_LOOKS {
            return Truths::ANY;
        }
        if self.known.is_empty() && atom::is_open(expr) {
            return Truths::ANY;
        }
        if let Some(atom) = Atom::of(expr) {
            return self.truths_of(&atom);
        }
        match &expr.kind {
            Kind::Null => Truths {
                yes: false,
                no: false,
                null: true,
            },
            Kind::Boolean(value) => Truths {
                yes: *value,
                no: !value,
                null: false,
            },
            Kind::And(operands) => self.all(operands),
            Kind::Or(operands) => self.any(operands),
            Kind::In(operand, tests) => {
                let mark = self.mark();
                let mut found = Truths {
                    yes: false,
                    no: true,
                    null: false,
                };
                for test in tests {
                    let Some(atom) = Atom::test(operand, test) else {
                        found = Truths::ANY;
                        break;
                    };
                    let one = self.truths_of(&atom);
                    found.yes |= one.yes;
                    found.null |= one.null;
                    found.no &= one.no;
                    self.know(&atom, &test.value, Taken::NotTrue);
                }
                self.forget(mark);
                found
            }
            Kind::If(parts) => {
                let (condition, yes, no) = &**parts;
                let truths = self.truths(condition);
                let mark = self.mark();
                let mut found = Truths {
                    yes: false,
                    no: false,
                    null: false,
                };
                if truths.yes {
                    self.take(condition, Taken::True);
                    found = found.or(self.truths(yes));
                    self.forget(mark);
                }
                if truths.no || truths.null {
                    self.take(condition, Taken::NotTrue);
                    found = found.or(self.truths(no));
                    self.forget(mark);
                }
                found
            }
            _ => match negated(expr) {
                Some(inside) => self.truths(inside).not(),
                None => Truths::ANY,
            },
        }
    }

    fn all(&mut self, operands: &'a [Expr]) -> Truths {
        let mark = self.mark();
        let each: Vec<Truths> = operands.iter().map(|operand| self.truths(operand)).collect();
        let yes = operands.iter().all(|operand| {
            let possible = self.truths(operand).yes;
            self.take(operand, Taken::True);
            possible
        });
        self.forget(mark);
        Truths {
            yes,
            no: each.iter().any(|one| one.no),
            null: each.iter().any(|one| one.null) && each.iter().all(|one| one.yes || one.null),
        }
    }

    fn any(&mut self, operands: &'a [Expr]) -> Truths {
        let mark = self.mark();
        let each: Vec<Truths> = operands.iter().map(|operand| self.truths(operand)).collect();
        let mut all = |taken: Taken, possible: fn(Truths) -> bool| {
            let all = operands.iter().all(|operand| {
                let found = possible(self.truths(operand));
                self.take(operand, taken);
                found
            });
            self.forget(mark);
            all
        };
        let no = all(Taken::False, |one| one.no);
        let open = all(Taken::NotTrue, |one| one.no || one.null);
        Truths {
            yes: each.iter().any(|one| one.yes),
            no,
            null: open && each.iter().any(|one| one.null),
        }
    }

    /// Whether a variable is known not to be null.
    pub fn gives_value(&self, name: &str) -> bool {
        self.known.iter().any(|fact| {
            !fact.domain.null
                && matches!(fact.subject, Subject::Value(Expr { kind: Kind::Name(own), .. }) if &**own == name)
        })
    }

    /// Whether a condition can be true.
    pub fn possible(&self, atom: &Atom) -> bool {
        self.truths_of(atom).yes
    }

    fn truths_of(&self, atom: &Atom) -> Truths {
        let domain = self.domain(atom.subject);
        let possible = |part: &Domain| !domain.clone().meet(part).is_empty();
        Truths {
            yes: possible(&atom.yes),
            no: atom.no.as_ref().is_none_or(possible),
            null: possible(&atom.neither),
        }
    }

    /// Adds what follows when a condition is taken to be so.
    pub fn take(&mut self, expr: &'a Expr, taken: Taken) {
        if let Some(atom) = Atom::of(expr) {
            return self.know(&atom, expr, taken);
        }
        match (&expr.kind, taken) {
            (Kind::And(operands), Taken::True | Taken::NotFalse)
            | (Kind::Or(operands), Taken::False | Taken::NotTrue) => {
                operands.iter().for_each(|operand| self.take(operand, taken));
            }
            (Kind::Or(operands), Taken::True) => {
                let atoms: Option<Vec<Atom>> = operands.iter().map(Atom::of).collect();
                self.know_either(atoms, expr);
            }
            (Kind::In(operand, tests), Taken::True) => {
                let atoms = tests.iter().map(|test| Atom::test(operand, test)).collect();
                self.know_either(atoms, expr);
            }
            (Kind::In(operand, tests), Taken::False | Taken::NotTrue) => {
                for test in tests {
                    if let Some(atom) = Atom::test(operand, test) {
                        self.know(&atom, expr, taken);
                    }
                }
            }
            _ => {
                if let Some(inside) = negated(expr) {
                    let turned = match taken {
                        Taken::True => Taken::False,
                        Taken::False => Taken::True,
                        Taken::NotTrue => Taken::NotFalse,
                        Taken::NotFalse => Taken::NotTrue,
                    };
                    self.take(inside, turned);
                }
            }
        }
    }

    /// Adds what a condition on one subject says when it is taken to be so.
    pub fn know(&mut self, atom: &Atom<'a>, origin: &'a Expr, taken: Taken) {
        let domain = match taken {
            Taken::True => Some(atom.yes.clone()),
            Taken::False => atom.no.clone(),
            Taken::NotTrue => atom.no.clone().and_then(|no| no.join(&atom.neither)),
            Taken::NotFalse => atom.yes.clone().join(&atom.neither),
        };
        self.known.extend(domain.map(|domain| Fact {
            subject: atom.subject,
            domain,
            origin,
            taken,
        }));
    }

    /// Notes what follows when one of several conditions on the same subject is true.
    fn know_either(&mut self, atoms: Option<Vec<Atom<'a>>>, origin: &'a Expr) {
        let Some(atoms) = atoms else { return };
        let Some((first, others)) = atoms.split_first() else {
            return;
        };
        let mut domain = Some(first.yes.clone());
        for other in others {
            domain = match domain {
                Some(domain) if first.subject == other.subject => domain.join(&other.yes),
                _ => None,
            };
        }
        self.known.extend(domain.map(|domain| Fact {
            subject: first.subject,
            domain,
            origin,
            taken: Taken::True,
        }));
    }

    /// The condition because of which something cannot come to what it might, and what it is taken to be.
    pub fn reason(&self, expr: &'a Expr) -> Option<(&'a Expr, Taken)> {
        let Some(atom) = Atom::of(expr) else {
            let mut found = None;
            expr.children(&mut |child| found = found.or_else(|| self.reason(child)));
            return found;
        };
        self.reason_of(&atom)
    }

    /// The same for a condition on one subject.
    pub fn reason_of(&self, atom: &Atom) -> Option<(&'a Expr, Taken)> {
        let about = || {
            let facts = self.known.iter().rev();
            facts.filter_map(|fact| Some((fact, fact.domain_of(atom.subject)?)))
        };
        let excludes = |domain: &Domain| domain.clone().meet(&atom.yes).is_empty();
        let decisive = about().find(|(_, domain)| excludes(domain));
        let (fact, _) = decisive.or_else(|| about().next())?;
        Some((fact.origin, fact.taken))
    }
}

impl Fact<'_> {
    /// What the fact says of a subject.
    fn domain_of(&self, subject: Subject) -> Option<Domain> {
        match (self.subject, subject) {
            (Subject::Pair(a, b), Subject::Pair(c, d)) if a == d && b == c && a != b => {
                Some(self.domain.mirrored())
            }
            (own, other) if own == other => Some(self.domain.clone()),
            _ => None,
        }
    }
}
