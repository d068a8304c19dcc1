//! Every limit is reached by some rule, which then ends in bounded time and room and says which limit it was.

use super::hostile::survives;
use super::*;
use crate::feel::limits::{self, Limit};

/// The rule ends at this limit: null, and one warning that names it.
fn ends_at(limit: Limit, text: &str) {
    let result = survives(text.to_owned()).unwrap();
    let shown: String = text.chars().take(300).collect();
    assert!(
        result.value.is_null(),
        "{shown}: {:.200}",
        result.value.to_string()
    );
    let told = result
        .warnings
        .iter()
        .filter(|warning| warning.cause == Cause::Limit);
    let told: Vec<String> = told.map(|warning| warning.message.to_string()).collect();
    assert_eq!(told, [limit.to_string()], "{shown}");
}

/// A context in which each of so many entries is made of the one before, and the last of which is used.
fn chain(first: &str, step: impl Fn(String) -> String, times: usize, then: &str) -> String {
    let entry = |at: usize| format!("a{at}: {}, ", step(format!("a{}", at - 1)));
    let entries: String = (1..=times).map(entry).collect();
    format!(
        "{{a0: {first}, {entries}r: {}}}.r",
        then.replace('$', &format!("a{times}"))
    )
}

/// A text of ten bytes doubled so many times.
fn long(times: usize, then: &str) -> String {
    chain("\"aaaaaaaaaa\"", |a| format!("{a} + {a}"), times, then)
}

/// A list that holds the one before twice, so many times.
fn doubled(times: usize, then: &str) -> String {
    chain("[1]", |a| format!("[{a}, {a}]"), times, then)
}

/// Functions that call the one before ten times, one call inside the other.
fn calls(body: &str, times: usize) -> String {
    let entry = |at: usize| {
        format!(
            "f{at}: function(x) {}x{}, ",
            format!("f{}(", at - 1).repeat(10),
            ")".repeat(10)
        )
    };
    let entries: String = (1..=times).map(entry).collect();
    format!("{{f0: function(x) {body}, {entries}r: f{times}(0)}}.r")
}

#[test]
fn steps() {
    let ends = |text: &str| ends_at(limits::STEPS, text);
    ends("some x in 1..100000000 satisfies false");
    ends("some x in 1..10000, y in 1..10000 satisfies false");
    ends("every x in -9223372036854775808..9223372036854775807 satisfies true");
    ends(&calls("x + 1", 7));
    ends("count(for i in 1..200000 return [i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7, i + 8, i + 9, i + 10, i * 2, i * 3,
        i * 4, i * 5, i * 6, i * 7, i * 8, i * 9, -i, i - 1, i - 2, i - 3, i - 4, i - 5, i - 6, i - 7, i - 8, i - 9, i / 2, i / 3,
        i + 11, i + 12, i + 13, i + 14, i + 15, i + 16, i + 17, i + 18, i + 19, i + 20, i + 21, i + 22, i + 23, i + 24, i + 25][1])");
    ends("distinct values(for i in 1..200000 return i)");
    ends("sort(for i in 1..300000 return -i, function(x, y) x < y)");
    ends(
        "{c: for i in 1..1000 return i, r: for i in 1..10000 return list contains([c, c, c], append(remove(c, 1000), 0))}.r",
    );
    ends("for i in 1..20000 return sqrt(i)");
    // What is small as a graph is large as a tree.
    ends(&format!(
        "{{x: {}, y: {}, r: x = y}}.r",
        doubled(60, "$"),
        doubled(60, "$")
    ));
    ends(&doubled(60, "$ instance of list<list<list<number>>>"));
    ends(&doubled(60, "string($)"));
    ends(&chain("[{x: 1}]", |a| format!("[{a}, {a}]"), 60, "$.x"));
    ends(&long(
        16,
        "{p: $ + \"b\", q: $ + \"b\", r: for i in 1..200000 return p = q}",
    ));
    ends(&long(16, "for i in 1..200000 return contains($, \"b\")"));
    ends(&long(16, "sort(for i in 1..20000 return $)"));
    ends(&long(16, "max(for i in 1..20000 return $)"));
}

#[test]
fn room() {
    let ends = |text: &str| ends_at(limits::ROOM, text);
    ends("{a: for i in 1..200000 return i, r: for i in 1..1000 return append(a, i)}.r");
    ends("{a: for i in 1..200000 return i, r: for i in 1..1000 return list replace(a, i, 0)}.r");
    ends(&long(17, "for i in 1..1000 return $ + string(i)"));
    ends(
        "{c: context(for i in 1..50000 return {key: string(i), value: i}), r: for i in 1..100 return get entries(c)}.r",
    );
    ends(
        "{c: context(for i in 1..50000 return {key: string(i), value: i}), r: for i in 1..100 return context put(c, \"a\", 1)}.r",
    );
}

#[test]
fn size_of_values() {
    ends_at(limits::ITEMS, "for x in 1..10000000 return x");
    ends_at(
        limits::ITEMS,
        &chain("[1]", |a| format!("concatenate({a}, {a})"), 40, "$"),
    );
    ends_at(limits::ITEMS, &doubled(30, "flatten($)"));
    ends_at(limits::ITEMS, &long(17, "split($, \"a\")"));
    ends_at(limits::TEXT, &long(40, "$"));
    ends_at(
        limits::TEXT,
        &chain(
            "\"aaaaaaaaaa\"",
            |a| format!("replace({a}, \"a\", \"aaaaaaaaaa\")"),
            8,
            "$",
        ),
    );
    ends_at(limits::TEXT, &long(12, "string join(for i in 1..200 return $)"));
    ends_at(limits::TEXT, &long(12, "string(for i in 1..200 return $)"));
    ends_at(limits::RESULT, &doubled(24, "$"));
    ends_at(limits::PARTIAL, "for i in 1..100000 return partial");
}

#[test]
fn nesting_of_values() {
    ends_at(limits::NESTING, &chain("0", |a| format!("[{a}]"), 9_000, "1"));
    ends_at(
        limits::NESTING,
        &chain("0", |a| format!("{{x: {a}}}"), 9_000, "1"),
    );
    ends_at(
        limits::NESTING,
        &chain("function() 1", |a| format!("function() {a}"), 3_000, "1"),
    );
    ends_at(limits::NESTING, &calls("[x]", 7));
    ends_at(limits::NESTING, &calls("{a: x}", 7));
    ends_at(limits::NESTING, &calls("append([], x)", 7));
    ends_at(limits::NESTING, "for i in 1..100000 return [partial[-1]]");
    ends_at(limits::WAITING, "{f: function(n) f(n + 1), r: f(1)}.r");
    ends_at(limits::WAITING, "{f: function(n) f(n) + f(n), r: f(1)}.r");
}

#[test]
fn patterns() {
    let ends = |limit: Limit, text: &str| ends_at(limit, text);
    ends(limits::WAYS, &long(9, "matches($, \"(a*)*(\\\\1)*c\")"));
    ends(limits::WAYS, &long(16, "matches($, \"^(a*)\\\\1b\")"));
    ends(limits::WAYS, &long(12, "replace($, \"(a+)+\\\\1b\", \"x\")"));
    ends(
        limits::STEPS,
        "count(for i in 1..100000 return matches(string(i) + \"aaaaaaaaaaaaaa\", \"(a|aa)+\\\\1c\"))",
    );
    ends(limits::STEPS, &long(12, "split($, \".*b|a\")"));
    ends(limits::STEPS, &long(16, "matches($, \"a*ba{1000}\")"));
    ends(
        limits::STEPS,
        "count(for i in 1..200 return matches(\"a\", \"\\\\p{L}{20}\" + string(i)))",
    );
    ends(limits::PATTERN, &long(11, "matches(\"a\", $)"));
    ends(limits::PROGRAM, "{x: \"\\\\p{L}{1000}\", r: matches(\"a\", x)}.r");
    ends(
        limits::PROGRAM,
        "{x: \"(((a{100}){100}){100})\\\\1\", r: matches(\"a\", x)}.r",
    );
    ends(
        limits::GROUPS,
        &format!("{{x: \"{}\", r: matches(\"a\", x)}}.r", "(".repeat(60)),
    );
}

/// A repetition of what may be nothing ends.
#[test]
fn repeated_nothing() {
    for (pattern, text, matches) in [
        ("^(a*)*\\\\1b$", "aaab", true),
        ("^(a*)*\\\\1c$", "aaab", false),
        ("^((a|b*)*)-\\\\1$", "abba-abba", true),
        ("^((a*)+)+\\\\2$", "aaaa", true),
        ("^(a?){2,}\\\\1$", "a", true),
        ("^(a*?)*?\\\\1$", "aaaa", true),
    ] {
        assert_eq!(
            eval(&format!("matches(\"{text}\", \"{pattern}\")")),
            matches.to_string(),
            "{pattern}"
        );
    }
}

#[test]
fn texts_of_rules() {
    let refused = |limit: Limit, text: &str| {
        let problem = compile(text, &Form).problems.remove(0);
        assert_eq!(problem.message, limit.to_string());
    };
    refused(limits::LENGTH, &"x".repeat(10 << 20));
    refused(
        limits::LENGTH,
        &format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)),
    );
    refused(
        limits::BRACKETS,
        &format!("{}1{}", "(".repeat(90_000), ")".repeat(90_000)),
    );
    refused(
        limits::BRACKETS,
        &"1 instance of list<".replace("list<", &"list<".repeat(30_000)),
    );
    refused(limits::TREE, &format!("1{}", " + 1".repeat(40_000)));
}

/// Types and suggestions take time in proportion to what is written, whatever it is.
#[test]
fn checking_ends() {
    let context_types = chain("{x: 1}", |a| format!("{{p: {a}, q: {a}}}"), 40, "count([$, $])");
    assert_eq!(survives(context_types).unwrap().value.to_string(), "2");
    let unknown: String = (0..3_000).map(|at| format!("abd{at}x, ")).collect();
    let known: String = (0..3_000).map(|at| format!("abc{at}: 1, ")).collect();
    assert!(survives(format!("{{{known}r: [{unknown}1]}}")).is_some());
    let names: String = (0..6_000).map(|at| format!("a b{at}: (1), ")).collect();
    assert!(survives(format!("{{{names}r: 1}}")).is_some());
}

/// What conditions say of each other is looked for in bounded time, too.
#[test]
fn looking_at_conditions_ends() {
    let begun = std::time::Instant::now();
    let many = |one: &dyn Fn(usize) -> String, between: &str, times: usize| {
        (0..times).map(one).collect::<Vec<_>>().join(between)
    };
    for text in [
        format!("age in ({})", many(&|at| at.to_string(), ", ", 1_900)),
        format!("age in ({})", many(&|at| at.to_string(), ", ", 20_000)),
        many(&|at| format!("age != {at}"), " and ", 580),
        many(&|at| format!("age = {at}"), " or ", 10_000),
        many(&|at| format!("age != {at}"), " and ", 10_000),
        many(&|at| format!("(age > {at} or name = \"{at}\")"), " and ", 4_000),
        many(&|at| format!("(age > {at} and name = \"{at}\")"), " or ", 4_000),
        format!(
            "{}1",
            many(&|at| format!("if age = {at} then {at} else "), "", 90)
        ),
    ] {
        let run = move || drop(compile(&text, &Form));
        let thread = std::thread::Builder::new()
            .stack_size(3 << 19)
            .spawn(run)
            .unwrap();
        thread.join().unwrap();
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

/// A limit that is reached decides nothing, whatever is done with the null.
#[test]
fn nothing_is_decided_by_half_a_result() {
    for text in [
        "if (some x in 1..100000000 satisfies false) = true then \"yes\" else \"no\"",
        "(for x in 1..10000000 return x) = null",
        "count(for x in 1..10000000 return x) > 3 or true",
        "{a: string join(for x in 1..1000000 return \"aaaaaaaaaa\"), b: 1}",
    ] {
        let result = survives(text.to_owned()).unwrap();
        assert!(result.value.is_null(), "{text}: {}", result.value);
        assert_eq!(result.warnings.len(), 1, "{text}");
    }
}

#[test]
fn limits_are_told_with_their_number() {
    let told: Vec<String> = limits().iter().map(ToString::to_string).collect();
    assert!(
        told.contains(&"an evaluation takes at most 5,000,000 steps".to_owned()),
        "{told:?}"
    );
    assert!(
        told.contains(&"brackets, `if`, `for` and functions stand at most 100 deep in each other".to_owned())
    );
}
