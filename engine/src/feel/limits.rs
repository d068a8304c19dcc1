//! What one rule may take, so that none can run away, however it is written. All limits of the language stand here.
//!
//! A text beyond a limit is refused when it is read. An evaluation that reaches a limit ends: its result is null, with
//! one warning that names the limit, so that nothing is decided by half a result.

use std::fmt::{self, Display, Formatter};

use super::fault::Fault;
use crate::value::Value;

/// Something that a rule may have or take only so much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is limited, up to the number.
    pub of: &'static str,
    /// The most there may be.
    pub most: usize,
    /// What is counted.
    pub unit: &'static str,
}

const fn limit(of: &'static str, most: usize, unit: &'static str) -> Limit {
    Limit { of, most, unit }
}

/// The length of the text of a rule.
pub(crate) const LENGTH: Limit = limit("a rule is at most", 200_000, "bytes long");
/// Brackets, `if`, `for`, functions and types inside each other in the text.
pub(crate) const BRACKETS: Limit = limit(
    "brackets, `if`, `for` and functions stand at most",
    100,
    "deep in each other",
);
/// The depth of the tree that the text becomes; a chain of operators is as deep as it is long.
pub(crate) const TREE: Limit = limit("operations stand at most", 250, "deep in each other");
/// How often a text is read again because a bracket can be understood in two ways.
pub(crate) const READ_AGAIN: usize = 64;
/// What the grammar of words may try; a text of the greatest length does not come near.
pub(crate) const ATTEMPTS: usize = 50_000_000;
/// Parts of a rule that are evaluated, items that are gone through, and work on large operands in proportion.
pub(crate) const STEPS: Limit = limit("an evaluation takes at most", 5_000_000, "steps");
/// Bytes of all lists, contexts and texts that are made, whether or not they are kept.
pub(crate) const ROOM: Limit = limit(
    "an evaluation makes values of at most",
    200_000_000,
    "bytes in all",
);
/// Calls and operations that wait for each other's results.
pub(crate) const WAITING: Limit = limit("an evaluation goes at most", 400, "operations deep");
/// Lists, contexts and functions inside each other in a value.
pub(crate) const NESTING: Limit = limit("a value is nested at most", 200, "deep");
/// The items of one list.
pub(crate) const ITEMS: Limit = limit("a list has at most", 1_000_000, "items");
/// The length of one text.
pub(crate) const TEXT: Limit = limit("a text is at most", 4_000_000, "bytes long");
/// All values in the result of a rule, those in lists and contexts included.
pub(crate) const RESULT: Limit = limit("the result of a rule has at most", 1_000_000, "values in all");
/// All values in one result of an iteration whose later turns look at the earlier ones.
pub(crate) const PARTIAL: Limit = limit("with `partial`, one turn gives at most", 10_000, "values in all");
/// The length of the text of a regular expression.
pub(crate) const PATTERN: Limit = limit("a regular expression is at most", 10_000, "bytes long");
/// Brackets inside each other in a regular expression.
pub(crate) const GROUPS: Limit = limit(
    "brackets of a regular expression stand at most",
    50,
    "deep in each other",
);
/// What a regular expression becomes when it is made ready.
pub(crate) const PROGRAM: Limit = limit("a regular expression becomes at most", 2_000_000, "bytes large");
/// Ways that a regular expression with back-references tries in one call.
pub(crate) const WAYS: Limit = limit(
    "a regular expression with back-references tries at most",
    1_000_000,
    "ways",
);
/// The parts of a type, and how deep they are; of a value whose type would be larger nothing is known.
pub(crate) const TYPE: (usize, usize) = (10_000, 64);
/// Regular expressions that are kept ready.
pub(crate) const READY: usize = 64;
/// The steps that a root, a logarithm or a power with a fraction is worth.
pub(crate) const ROOT: usize = 3_000;
/// Warnings that are kept of an evaluation.
pub(crate) const WARNINGS: usize = 100;
/// The bytes of a rule of which it is asked whether its conditions decide each other: all pairs are looked at.
pub(crate) const DOUBTED: usize = 10_000;
/// Problems for which a similar name is looked for.
pub(crate) const SUGGESTIONS: usize = 100;
/// Parts of an explanation.
pub(crate) const PARTS: usize = 1_000;
/// Rounds of one iteration that an explanation shows.
pub(crate) const ROUNDS: usize = 5;
/// How deep an explanation follows parts.
pub(crate) const FOLLOWED: usize = 60;

/// The limits that the author of a rule may meet.
pub fn limits() -> &'static [Limit] {
    &[
        LENGTH, BRACKETS, TREE, STEPS, ROOM, WAITING, NESTING, ITEMS, TEXT, RESULT, PARTIAL, PATTERN, GROUPS,
        PROGRAM, WAYS,
    ]
}

impl Limit {
    /// The null that an operation gives which would go beyond.
    #[cold]
    pub(crate) fn fault(self) -> Fault {
        Fault::limit(self.to_string())
    }

    /// Refuses more than there may be.
    pub(crate) fn allow(self, number: usize) -> Result<(), Fault> {
        if number > self.most {
            Err(self.fault())
        } else {
            Ok(())
        }
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.of)?;
        let digits = self.most.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, " {}", self.unit)
    }
}

/// What is left of the limits of one evaluation.
pub(crate) struct Budget {
    steps: usize,
    room: usize,
}

impl Budget {
    pub fn new() -> Budget {
        Budget {
            steps: STEPS.most,
            room: ROOM.most,
        }
    }

    /// Whether nothing is left, so that the evaluation has to end.
    pub fn is_spent(&self) -> bool {
        self.steps == 0
    }

    /// Ends the evaluation.
    pub fn end(&mut self) {
        self.steps = 0;
    }

    /// Takes one step.
    #[inline]
    pub fn step(&mut self) -> Result<(), Fault> {
        self.spend(1)
    }

    /// Takes so many steps.
    #[inline]
    pub fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        if self.steps <= steps {
            return Err(STEPS.fault());
        }
        self.steps -= steps;
        Ok(())
    }

    /// Takes the steps that a power is worth.
    pub fn power(&mut self, exponent: &Value) -> Result<(), Fault> {
        let whole = exponent
            .as_number()
            .is_none_or(|exponent| exponent.to_i64().is_some());
        self.spend(if whole { 8 } else { ROOT })
    }

    /// Takes the steps that looking at an operand as a whole is worth; its items are not looked into.
    #[inline]
    pub fn look_at(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::String(text) if text.len() < 256 => Ok(()),
            Value::String(_) | Value::List(_) | Value::Context(_) | Value::Range(_) => self.look_along(value),
            _ => Ok(()),
        }
    }

    #[inline(never)]
    fn look_along(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::String(text) => self.spend(text.len() / 256),
            Value::List(items) => self.spend(items.len() / 16),
            Value::Context(context) => self.spend(context.len() / 2),
            Value::Range(range) => [&range.low, &range.high]
                .into_iter()
                .flatten()
                .try_for_each(|end| self.look_at(end)),
            _ => Ok(()),
        }
    }

    /// Takes the steps that looking at all parts of a value is worth.
    pub fn look_into(&mut self, value: &Value) -> Result<(), Fault> {
        let before = self.steps;
        if value.fits(&mut self.steps, NESTING.most + 1) {
            Ok(())
        } else {
            self.steps = before;
            Err(STEPS.fault())
        }
    }

    /// Takes the room for a value of so many bytes.
    pub fn make(&mut self, bytes: usize) -> Result<(), Fault> {
        self.room = self.room.checked_sub(bytes).ok_or_else(|| ROOM.fault())?;
        Ok(())
    }

    /// Takes the room of a value, unless it stands elsewhere already.
    #[inline]
    pub fn made(&mut self, value: Value) -> Result<Value, Fault> {
        self.house(&value)?;
        Ok(value)
    }

    /// The same for a value that is only looked at.
    #[inline]
    pub fn house(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::String(_) | Value::List(_) | Value::Context(_) => self.house_large(value),
            _ => Ok(()),
        }
    }

    #[inline(never)]
    fn house_large(&mut self, value: &Value) -> Result<(), Fault> {
        use std::sync::Arc;
        let bytes = match value {
            Value::String(text) if Arc::strong_count(text) == 1 => 32 + text.len(),
            Value::List(items) if Arc::strong_count(items) == 1 => 64 + size_of::<Value>() * items.len(),
            Value::Context(context) if Arc::strong_count(context) == 1 => 128 + 64 * context.len(),
            _ => return Ok(()),
        };
        if usize::from(value.depth()) > NESTING.most {
            return Err(NESTING.fault());
        }
        self.make(bytes)
    }
}
