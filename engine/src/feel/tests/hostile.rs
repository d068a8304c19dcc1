//! Input that is meant to do harm.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Evaluates on a small stack, and in bounded time.
pub(super) fn survives(text: String) -> Option<Evaluation> {
    let begun = Instant::now();
    let shown: String = text.chars().take(60).collect();
    let run = move || evaluate_text(&text, &Context::new(), noon()).ok();
    let thread = std::thread::Builder::new()
        .stack_size(3 << 19)
        .spawn(run)
        .unwrap();
    let result = thread.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60), "{shown}");
    result
}

#[test]
fn brackets_without_end() {
    for bracket in [
        "(",
        "[",
        "{a:",
        "f(",
        "-",
        "- ",
        "]",
        "not(",
        "if ",
        "for x in ",
        "function() ",
        "x[",
        "(1 in ",
        "@",
        "{",
        "1..",
        "(1..",
        "[(",
        "x.",
        "a(b:",
        "some x in ",
        "((((((-",
        "1 instance of list<",
        "1 instance of context<a: ",
        "1 instance of function<",
        "function(a: range<",
        "{f: function(x) ",
        "if a then b else ",
        "1 between 2 and ",
        "a = ",
        "a ** ",
        "a or ",
        "1 in 1 in (",
        "/*",
        "\"",
    ] {
        survives(bracket.repeat(100_000 / bracket.len()));
        survives(bracket.repeat(5_000));
        survives(bracket.repeat(90));
    }
}

#[test]
fn nesting_up_to_the_limit_works() {
    let nested = |open: &str, middle: &str, close: &str, times: usize| {
        survives(format!("{}{middle}{}", open.repeat(times), close.repeat(times)))
    };
    // Some of what is nested has brackets inside.
    let most = crate::feel::limits::BRACKETS.most - 3;
    assert_eq!(nested("(", "1", ")", most).unwrap().value.to_string(), "1");
    assert!(nested("[", "1", "]", most).is_some());
    assert!(nested("{a: ", "1", "}", most).is_some());
    assert!(nested("abs(", "1", ")", most).is_some());
    assert!(nested("if true then ", "1", " else 2", most).is_some());
    assert!(nested("for x in [1] return ", "1", "", most).is_some());
    assert!(nested("(function(x) ", "1", ")", most / 2).is_some());
    assert!(nested("1 in (", "1", ")", most).is_some());
    assert!(nested("[1..", "1", "]", most).is_some());
    assert!(nested("]1..", "1", "[", most).is_some());
    assert!(nested("- ", "1", "", most).is_some());
    assert!(nested("(", "1", ")", crate::feel::limits::BRACKETS.most + 1).is_none());
}

#[test]
fn long_texts() {
    assert!(survives("x".repeat(10 << 20)).is_none());
    assert!(survives(format!("\"{}\"", "x".repeat(10 << 20))).is_none());
    assert!(survives(format!("\"{}\"", "x".repeat(100_000))).is_some());
    assert!(survives(format!("1{}", " + 1".repeat(40_000))).is_none());
    assert!(survives(format!("1{}", "+1".repeat(90_000))).is_none());
    assert_eq!(
        survives(format!("1{}", " + 1".repeat(200)))
            .unwrap()
            .value
            .to_string(),
        "201"
    );
    assert_eq!(
        survives(format!("true{}", " and true".repeat(20_000)))
            .unwrap()
            .value
            .to_string(),
        "true"
    );
    assert!(survives(format!("a{}", ".a".repeat(90_000))).is_none());
    assert!(survives(format!("a{}", "[1]".repeat(60_000))).is_none());
    assert!(survives(format!("a{}", "()".repeat(90_000))).is_none());
    assert!(survives(format!("[{}1]", "1,".repeat(90_000))).is_some());
    assert!(survives(format!("{}1", "if true then 1 else ".repeat(9_000))).is_none());
    assert!(survives("a b c d ".repeat(20_000)).is_none());
    assert!(
        survives(format!(
            "{{{}z: 1}}",
            (0..9_000).map(|i| format!("a b{i}: 1, ")).collect::<String>()
        ))
        .is_some()
    );
}

#[test]
fn numbers_at_the_edge() {
    for text in [
        "9e6144 * 10",
        "1e-6176 / 10",
        "exp(1e30)",
        "exp(-1e30)",
        "2 ** 1e10",
        "2 ** 0.5e-100",
        "1e6000 ** 0.5",
        "sqrt(1e6001)",
        "log(1e-6000)",
        "1e6100 + 1e-6100",
        "1e6100 - 1",
        "decimal(1e6100, 6000)",
        "modulo(1e6000, 3)",
        "1e-6000 ** 1.5",
        "1.0000001 ** 1e9",
        "0.5 ** 0.3333",
        "floor(1e6111, -6000)",
        "1e99999999999",
        "stddev([1e6100, 1])",
        "@\"P99999999999999999999D\"",
        "@\"999999999-12-31\" + @\"P1D\"",
        "duration(\"P9223372036854775807M\") * 2",
        "-duration(\"-P9223372036854775807M\")",
        "(@\"999999999-12-31\" - @\"-999999999-01-01\") * 1e10",
        "date(1e10, 1, 1)",
        "@\"2020-01-01\" + duration(\"P9223372036854775807M\")",
        "@\"23:59:59\" + @\"PT9223372036854775807S\"",
        "@\"-999999999-01-01T00:00:00@Europe/Paris\" - @\"PT1S\"",
        "abs(duration(\"-P9223372036854775807M\")) + @\"P1M\"",
        "substring(\"a\", -9223372036854775808)",
        "[1][-9223372036854775808]",
        "[1][9223372036854775807]",
        "insert before([1], 9223372036854775807, 1)",
    ] {
        survives(text.to_owned());
    }
}

#[test]
fn patterns_that_explode() {
    let text = "a".repeat(5_000);
    assert!(survives(format!("matches(\"{text}\", \"(a+)+$\")")).is_some());
    assert!(survives(format!("matches(\"{text}b\", \"^(a|a)*$\")")).is_some());
    assert!(survives(format!("matches(\"{text}b\", \"(a*)*(\\1)*c\")")).is_some());
    assert!(survives("matches(\"a\", \"((((a{1000}){1000}){1000}){1000})\")".to_owned()).is_some());
    assert!(survives(format!("matches(\"a\", \"{}\")", "(".repeat(9_000))).is_some());
    assert!(survives(format!("matches(\"a\", \"{}\")", "[a-[".repeat(2_000))).is_some());
    assert!(
        survives(format!(
            "matches(\"a\", \"{}a{}\\1\")",
            "(".repeat(45),
            ")".repeat(45)
        ))
        .is_some()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}") {
        let _ = evaluate_text(&text, &Context::new(), noon());
        let _ = compile(&text, &Form);
    }

    #[test]
    fn any_tokens_are_answered(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..24)) {
        let text = tokens.join(" ");
        let lenient = evaluate_text(&text, &Context::new(), noon());
        for compiled in [compile(&text, &Form)] {
            for problem in &compiled.problems {
                prop_assert!(text.get(problem.span.clone()).is_some(), "{:?} of {}", problem, text);
            }
            if let Some(program) = compiled.program {
                prop_assert!(lenient.is_ok());
                program.explain(&Answers(Value::Null));
            }
        }
    }
}

const TOKENS: &[&str] = &[
    "1",
    "2.5",
    "\"a\"",
    "null",
    "true",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "a",
    "age",
    "home",
    "homes",
    ".",
    "..",
    ",",
    ":",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "<",
    ">=",
    "!=",
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "for",
    "x",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "instance of",
    "number",
    "function",
    "@\"2025-01-01\"",
    "@\"P1D\"",
    "count",
    "sum",
    "string length",
    "date and time",
    "item",
    "partial",
    "rooms",
    "sort",
    "matches",
    "/*",
    "*/",
    "//",
    "\n",
    "é",
    "🐎",
    "'",
];
