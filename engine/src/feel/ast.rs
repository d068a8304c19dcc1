//! The tree of a rule as it was written. Two trees are equal when they say the same, wherever their parts stand.

use std::ops::Range;
use std::sync::Arc;

use crate::value::Number;

/// A part of a rule and where it stands. Two parts are equal when they say the same, wherever they stand.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub kind: Kind,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// How many levels of parts there are, this one included.
    pub height: usize,
}

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub text: Arc<str>,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Number(Number),
    String(Arc<str>),
    /// `@"…"`, the text between the quotes.
    Temporal(Arc<str>),
    Name(Arc<str>),
    List(Vec<Expr>),
    Context(Vec<(Word, Expr)>),
    Range {
        low: Option<Box<Expr>>,
        low_included: bool,
        high: Option<Box<Expr>>,
        high_included: bool,
    },
    Negate(Box<Expr>),
    Arithmetic(Arithmetic, Box<(Expr, Expr)>),
    Compare(Comparison, Box<(Expr, Expr)>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Between(Box<(Expr, Expr, Expr)>),
    In(Box<Expr>, Vec<Test>),
    InstanceOf(Box<Expr>, TypeName),
    Path(Box<Expr>, Word),
    Filter(Box<(Expr, Expr)>),
    Call(Box<Expr>, Arguments),
    If(Box<(Expr, Expr, Expr)>),
    For(Vec<Iterator>, Box<Expr>),
    Quantified {
        every: bool,
        iterators: Vec<Iterator>,
        condition: Box<Expr>,
    },
    Function(Vec<Parameter>, Option<Box<Expr>>),
    /// `(a, b)` and `(= a)`, which mean something after `in` only.
    Tests(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

impl Arithmetic {
    pub fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Power => "**",
        }
    }
}

/// One test of `in`: an operator and a value, or a value alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub operator: Option<Comparison>,
    pub value: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    Positional(Vec<Expr>),
    Named(Vec<(Word, Expr)>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Iterator {
    pub name: Word,
    pub from: Expr,
    /// The end of `from..to`.
    pub to: Option<Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub name: Word,
    pub kind: Option<TypeName>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TypeName {
    Plain(Word),
    List(Box<TypeName>),
    Range(Box<TypeName>),
    Context(Vec<(Word, TypeName)>),
    Function(Vec<TypeName>, Box<TypeName>),
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Word) -> bool {
        self.text == other.text
    }
}

impl Expr {
    /// Whether a name stands somewhere in it.
    pub fn mentions(&self, name: &str) -> bool {
        let mut found = matches!(&self.kind, Kind::Name(own) if &**own == name);
        self.children(&mut |child| found = found || child.mentions(name));
        found
    }

    pub fn new(kind: Kind, span: Range<usize>) -> Expr {
        let mut expr = Expr {
            kind,
            span,
            height: 1,
        };
        let mut below = 0;
        expr.children(&mut |child| below = below.max(child.height));
        expr.height += below;
        expr
    }

    /// Visits the direct parts.
    pub fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            Kind::Null
            | Kind::Boolean(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Temporal(_)
            | Kind::Name(_) => {}
            Kind::List(items) | Kind::And(items) | Kind::Or(items) => items.iter().for_each(visit),
            Kind::Context(entries) => entries.iter().for_each(|(_, value)| visit(value)),
            Kind::Range { low, high, .. } => [low, high].into_iter().flatten().for_each(|end| visit(end)),
            Kind::Negate(operand) | Kind::InstanceOf(operand, _) | Kind::Path(operand, _) => visit(operand),
            Kind::Arithmetic(_, sides) | Kind::Compare(_, sides) | Kind::Filter(sides) => {
                visit(&sides.0);
                visit(&sides.1);
            }
            Kind::Between(parts) | Kind::If(parts) => {
                visit(&parts.0);
                visit(&parts.1);
                visit(&parts.2);
            }
            Kind::In(operand, tests) => {
                visit(operand);
                tests.iter().for_each(|test| visit(&test.value));
            }
            Kind::Tests(tests) => tests.iter().for_each(|test| visit(&test.value)),
            Kind::Call(callee, arguments) => {
                visit(callee);
                match arguments {
                    Arguments::Positional(values) => values.iter().for_each(visit),
                    Arguments::Named(values) => values.iter().for_each(|(_, value)| visit(value)),
                }
            }
            Kind::For(iterators, body)
            | Kind::Quantified {
                iterators,
                condition: body,
                ..
            } => {
                for iterator in iterators {
                    visit(&iterator.from);
                    iterator.to.iter().for_each(&mut *visit);
                }
                visit(body);
            }
            Kind::Function(_, body) => body.iter().for_each(|body| visit(body)),
        }
    }
}
