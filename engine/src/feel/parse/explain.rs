//! What could not be read, in the words of a person.

use pest::error::{ErrorVariant, InputLocation};

use super::Rule;
use crate::feel::names;
use crate::feel::problem::Problem;

/// What could not be read, in words.
pub(super) fn explain(text: &str, error: &pest::error::Error<Rule>) -> Problem {
    let at = match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((start, _)) => start,
    };
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return Problem::error(0..text.len(), "the expression is too complicated")
            .hint(Some("split it into smaller ones".to_owned()));
    };
    let expects = |rule: Rule| positives.contains(&rule);
    let wanted = if expects(Rule::k_in) && !expects(Rule::EOI) && !expects(Rule::filter) {
        "`in`"
    } else if positives.as_slice() == [Rule::colon] {
        "`:`"
    } else if expects(Rule::k_then) {
        "`then`"
    } else if expects(Rule::k_else) {
        "`else`"
    } else if expects(Rule::k_return) {
        "`return`"
    } else if expects(Rule::k_satisfies) {
        "`satisfies`"
    } else if expects(Rule::number)
        || expects(Rule::primary_start())
        || expects(Rule::expression)
        || expects(Rule::arithmetic)
        || expects(Rule::test)
    {
        "a value"
    } else if expects(Rule::type_name) || expects(Rule::plain_type) {
        "the name of a type"
    } else if expects(Rule::entry)
        || expects(Rule::word)
        || expects(Rule::name)
        || expects(Rule::iterator)
        || expects(Rule::parameter)
    {
        "a name"
    } else if expects(Rule::EOI) {
        "an operator or the end of the expression"
    } else {
        "an operator, `,` or a closing bracket"
    };
    let found = text.get(at..).unwrap_or("");
    let trimmed = found.trim_start();
    let start = at + found.len() - trimmed.len();
    let Some(first) = trimmed.chars().next() else {
        return Problem::error(
            start..start,
            format!("the expression ends where {wanted} is expected"),
        );
    };
    let word: String = trimmed
        .chars()
        .take_while(|c| names::is_name_part(*c))
        .take(40)
        .collect();
    let shown = if word.is_empty() || first == '\'' {
        first.to_string()
    } else {
        word
    };
    let hint = match first {
        '=' if text.get(..start).is_some_and(|before| before.ends_with('=')) => {
            Some("equality is a single `=`")
        }
        '&' => Some("write `and`"),
        '|' => Some("write `or`"),
        '!' => Some("write `not(…)`, or `!=` for inequality"),
        '\'' => Some("text stands between double quotes"),
        ';' => Some("items are separated by `,`"),
        _ => None,
    };
    let message = format!("`{shown}` stands where {wanted} is expected");
    Problem::error(start..start + shown.len(), message).hint(hint.map(str::to_owned))
}

impl Rule {
    /// The rule that is among the expected ones wherever an expression may begin.
    fn primary_start() -> Rule {
        Rule::negation
    }
}
