//! FEEL, the rule language of the DMN standard (OMG DMN 1.5).
//!
//! A rule is compiled once, with the names that are in its scope, and evaluated often. Compiling tells
//! everything that is wrong with it; evaluating never fails: what cannot be done is null, with a warning that
//! says why and where.
//!
//! ```
//! use metode::feel::evaluate_text;
//! use metode::value::{Context, DateTime, Value};
//!
//! let now = DateTime::parse("2025-06-01T12:00:00").unwrap();
//! let result = evaluate_text("sum(for i in 1..4 return i * 1.5)", &Context::new(), now).unwrap();
//! assert_eq!(result.value.to_string(), "15.0");
//! ```
//!
//! [`limits`] are what one rule may take: the length and nesting of its text, the steps of an evaluation, the size of
//! texts and lists. Going beyond makes a problem or a null with a warning, never a failure of the program.

mod ast;
mod builtins;
mod compile;
mod eval;
mod fault;
mod function;
mod limits;
mod lint;
mod literal;
mod names;
mod node;
mod ops;
mod parse;
mod pattern;
mod print;
mod problem;
mod program;
#[cfg(test)]
mod tests;
mod trace;
mod types;

use std::sync::{Arc, LazyLock};

pub use builtins::{Builtin, Kind, Parameter, Presence, builtins, chapters};
pub use limits::{Limit, limits};
pub use lint::Condition;
pub use problem::{Problem, Severity};
pub use program::{Cause, Env, Evaluation, Program, Reads, Slot, Warning};
pub(crate) use trace::{Round, Step, Trace};
pub use types::{Choice, ContextType, FunctionType, Type};

use crate::value::{Context, DateTime, Value};
pub(crate) use ast::{Arithmetic, Comparison};
use compile::Compiler;
use names::{Vocabulary, is_word};

/// What is in scope of a rule.
pub trait Names {
    /// The variable with this name, and what is known of its value.
    fn lookup(&self, name: &str) -> Option<(Slot, Type)>;
    /// All names, for suggestions.
    fn names(&self) -> Vec<String>;
    /// The names that are not single words, members of contexts included: without them a rule cannot be read. Whoever has none says
    /// so, because looking for them takes time with every rule.
    fn phrases(&self) -> Vec<Arc<str>> {
        let mut phrases = Vec::new();
        for name in self.names() {
            if let Some((_, kind)) = self.lookup(&name) {
                kind.phrases(&mut phrases, 0);
            }
            if !is_word(&name) {
                phrases.push(Arc::from(name));
            }
        }
        phrases
    }
    /// The host function with this name, if there is one. Arguments that are literal texts are given, so that
    /// the type of the result can depend on them.
    fn host_function(&self, name: &str, literals: &[Option<&str>]) -> Option<Result<HostCall, Misuse>>;
    /// What to do about a name that means nothing here, when more is known than that another name is near.
    fn advice(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Why a function of the host cannot be called so.
#[derive(Clone, Debug)]
pub struct Misuse {
    /// The argument that is wrong, when it is one.
    pub argument: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A function of the host.
#[derive(Clone, Debug)]
pub struct HostCall {
    /// What [`Env::call`] gets to know which function it is.
    pub id: u32,
    /// What its arguments have to be, as far as that can be told.
    pub takes: Vec<Type>,
    /// What is known of the result.
    pub result: Type,
}

/// A compiled rule, and what is wrong with it.
#[derive(Debug)]
pub struct Compiled {
    /// The rule, unless an error keeps it from being used.
    pub program: Option<Program>,
    /// Everything that is wrong or doubtful, by position.
    pub problems: Vec<Problem>,
    /// The rule as a condition, unless it could not be read.
    pub condition: Option<Condition>,
}

/// Compiles a rule.
pub fn compile(text: &str, names: &dyn Names) -> Compiled {
    compile_for(text, names, &Type::Any)
}

/// Compiles a rule whose result is put where a value of a type is wanted: codes that it can give have to be codes there.
pub fn compile_for(text: &str, names: &dyn Names, wanted: &Type) -> Compiled {
    let mut vocabulary = Vocabulary::over(&BASIC);
    for name in names.phrases() {
        vocabulary.add(&name, 0);
    }
    compile_with(text, names, vocabulary, Some(wanted))
}

/// Without a type that is wanted, mistakes become nulls when the rule is evaluated.
fn compile_with(
    text: &str,
    names: &dyn Names,
    mut vocabulary: Vocabulary,
    wanted: Option<&Type>,
) -> Compiled {
    let expr = match parse::parse(text, &mut vocabulary) {
        Ok(expr) => expr,
        Err(problem) => {
            return Compiled {
                program: None,
                problems: vec![problem],
                condition: None,
            };
        }
    };
    let mut compiler = Compiler::new(names, wanted.is_none());
    let root = compiler.root(&expr);
    if let Some(wanted) = wanted {
        compiler.check_result(&expr, &root, wanted);
    }
    let Compiler {
        mut problems, reads, ..
    } = compiler;
    if wanted.is_some() {
        let doubts = lint::check(text, &expr, names, &problems);
        problems.extend(doubts);
    }
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup();
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    let program = Program {
        text: Arc::from(text),
        root: root.node,
        result: root.kind,
        reads,
    };
    Compiled {
        program: (!wrong).then_some(program),
        problems,
        condition: Some(Condition(expr)),
    }
}

/// The names of built-in functions and types.
static BASIC: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    for builtin in builtins() {
        vocabulary.add(builtin.name, 0);
    }
    for name in Type::NAMES
        .into_iter()
        .chain(["time offset", "start included", "end included"])
    {
        vocabulary.add(name, 0);
    }
    vocabulary
});

/// The entries of a context as variables.
struct Entries<'a> {
    context: &'a Context,
    /// Whether their types are those of the values.
    typed: bool,
}

impl Names for Entries<'_> {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let place = self.context.iter().position(|(key, _)| &**key == name)?;
        let kind = match self.context.get(name) {
            Some(value) if self.typed => Type::within(value),
            _ => Type::Any,
        };
        Some((Slot(u32::try_from(place).ok()?), kind))
    }

    fn names(&self) -> Vec<String> {
        self.context.iter().map(|(name, _)| name.to_string()).collect()
    }

    fn host_function(&self, _: &str, _: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        None
    }
}

/// The values of the entries, and the present.
struct Present<'a> {
    context: &'a Context,
    now: DateTime,
}

impl Env for Present<'_> {
    fn get(&self, slot: Slot) -> Value {
        self.context
            .iter()
            .nth(slot.0 as usize)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    fn call(&self, _: u32, _: &[Value]) -> Result<Value, String> {
        Err("there is nothing to call".to_owned())
    }

    fn now(&self) -> DateTime {
        self.now.clone()
    }
}

/// Evaluates a text with the entries of a context as variables. What is wrong with it, except for its syntax,
/// becomes a null with a warning.
pub fn evaluate_text(text: &str, context: &Context, now: DateTime) -> Result<Evaluation, Vec<Problem>> {
    let mut vocabulary = Vocabulary::over(&BASIC);
    for (name, value) in context.iter() {
        vocabulary.add(name, 0);
        add_keys(&mut vocabulary, value, 0);
    }
    let names = Entries {
        context,
        typed: false,
    };
    let compiled = compile_with(text, &names, vocabulary, None);
    match compiled.program {
        Some(program) => Ok(program.evaluate(&Present { context, now })),
        None => Err(compiled.problems),
    }
}

/// A rule written anew, for tests: the same rule, with no more brackets than it needs and without comments.
#[cfg(any(test, fuzzing))]
pub fn tidied(text: &str, names: &[&str]) -> Result<String, Problem> {
    let mut vocabulary = Vocabulary::over(&BASIC);
    for name in names {
        vocabulary.add(name, 0);
    }
    parse::parse(text, &mut vocabulary).map(|expr| expr.to_string())
}

/// Looks through a rule as explanations do, for tests: they do more than evaluation.
#[cfg(fuzzing)]
pub fn look_through(program: &Program, env: &dyn Env) {
    program.explain(env);
}

/// What is wrong or doubtful about a text with the entries of a context as variables, as if it were a rule.
pub fn check_text(text: &str, context: &Context) -> Vec<Problem> {
    compile(text, &Entries { context, typed: true }).problems
}

fn add_keys(vocabulary: &mut Vocabulary, value: &Value, depth: usize) {
    match value {
        Value::List(items) if depth < 8 => {
            items
                .iter()
                .take(100)
                .for_each(|item| add_keys(vocabulary, item, depth + 1));
        }
        Value::Context(context) if depth < 8 => {
            for (name, value) in context.iter() {
                vocabulary.add(name, 0);
                add_keys(vocabulary, value, depth + 1);
            }
        }
        _ => {}
    }
}
