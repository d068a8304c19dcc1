//! What expressions come to.

use super::*;

fn all(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(eval(text), *expected, "{text}");
    }
}

#[test]
fn logic_has_three_values() {
    let values = ["true", "false", "null"];
    for a in values {
        for b in values {
            let and = if a == "false" || b == "false" {
                "false"
            } else if a == "true" && b == "true" {
                "true"
            } else {
                "null"
            };
            let or = if a == "true" || b == "true" {
                "true"
            } else if a == "false" && b == "false" {
                "false"
            } else {
                "null"
            };
            assert_eq!(eval(&format!("{a} and {b}")), and, "{a} and {b}");
            assert_eq!(eval(&format!("{a} or {b}")), or, "{a} or {b}");
        }
    }
    all(&[
        ("true and 1", "null"),
        ("false and 1", "false"),
        ("not(null)", "null"),
        ("if null then 1 else 2", "2"),
        ("if 1 then 1 else 2", "null"),
    ]);
}

#[test]
fn null_on_either_side_of_a_comparison() {
    for operator in ["<", "<=", ">", ">="] {
        for operand in ["1", "\"a\"", "@\"2025-01-01\"", "@\"P1D\"", "@\"P1Y\"", "null"] {
            assert_eq!(eval(&format!("null {operator} {operand}")), "null");
            assert_eq!(eval(&format!("{operand} {operator} null")), "null");
        }
    }
    for operand in ["1", "\"a\"", "true", "[]", "{}", "@\"2025-01-01\"", "[1..2]"] {
        assert_eq!(eval(&format!("null = {operand}")), "false");
        assert_eq!(eval(&format!("{operand} = null")), "false");
        assert_eq!(eval(&format!("null != {operand}")), "true");
    }
    all(&[
        ("null = null", "true"),
        ("1 = \"1\"", "null"),
        ("null between 1 and 2", "null"),
        ("null in [1..2]", "null"),
        ("null in (1, 2)", "false"),
        ("null in (1, null)", "true"),
    ]);
}

#[test]
fn arithmetic() {
    all(&[
        ("0.1 + 0.2 = 0.3", "true"),
        ("-3 ** 2", "9"),
        ("2 ** 3 ** 2", "64"),
        ("1 / 0", "null"),
        ("1.10 + 1.10", "2.20"),
        ("\"a\" + \"b\"", "\"ab\""),
        ("@\"2025-01-31\" + @\"P1M\"", "@\"2025-02-28\""),
        ("@\"2024-02-29\" + @\"P1Y\"", "@\"2025-02-28\""),
        ("@\"2025-01-01\" + @\"PT36H\"", "@\"2025-01-02\""),
        ("@\"2025-03-01\" - @\"2024-03-01\"", "@\"P365D\""),
        ("10 - 2 - 3", "5"),
        ("- - 1", "1"),
        ("2 * -3", "-6"),
    ]);
}

#[test]
fn aggregates_on_odd_lists() {
    all(&[
        ("sum(null)", "null"),
        ("sum([1, null])", "null"),
        ("sum([1, \"a\"])", "null"),
        ("sum(1, 2)", "3"),
        ("sum([])", "null"),
        ("count(null)", "null"),
        ("count([1, null])", "2"),
        ("count([])", "0"),
        ("min([])", "null"),
        ("min([1, null])", "null"),
        ("max([\"a\", \"b\"])", "\"b\""),
        ("min(@\"2025-01-01\", @\"2024-01-01\")", "@\"2024-01-01\""),
        ("mean([1, 2, 4])", "2.333333333333333333333333333333333"),
    ]);
}

#[test]
fn names_with_spaces_and_operators() {
    let context = "{\"a-b\": 1, \"first name\": \"x\", \"first\": 2, \"in a list\": [1, 2]}";
    let value = |text: &str| eval_with(text, context).value.to_string();
    assert_eq!(value("a-b + 1"), "2");
    assert_eq!(value("first   name"), "\"x\"");
    assert_eq!(value("first"), "2");
    assert_eq!(value("for x in in a list return x"), "[1, 2]");
    assert_eq!(eval("{\"x y\": 1, z: x y + 1}.z"), "2");
    assert_eq!(eval("{x-y: 1, z: x-y + 1}.z"), "2");
    assert_eq!(eval("{a: 5, b: 3, c: a-b}.c"), "2");
    assert_eq!(eval("{a: 5, b: 3, d: {a-b: 9}, c: a-b}.c"), "2");
    assert_eq!(eval("[{first name: 1}][first name = 1].first name"), "[1]");
    assert_eq!(eval("for my item in [1, 2] return my item * 2"), "[2, 4]");
    assert_eq!(
        eval("{f: function(left side: number) left side + 1, r: f(left side: 1)}.r"),
        "2"
    );
}

#[test]
fn lists_filters_and_paths() {
    all(&[
        ("[1, 2, 3][1]", "1"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][item > 1]", "[2, 3]"),
        ("[{a: 1}, {a: 2}][a = 2].a", "[2]"),
        ("[{a: 1, b: {c: 2}}].b.c", "[2]"),
        ("[1, 2, 3, 4][even(item)]", "[2, 4]"),
        ("[1, 2][count(for i in 1..2 return i)]", "2"),
        ("[[1, 2], [3]][count(item) = 1]", "[[3]]"),
        ("{a: 1, b: a + 1}.b", "2"),
        ("{a: 1, a: 2}", "null"),
        ("{l: [{x: 1}, {x: 2}], y: 2, r: l[x = y]}.r", "[{x: 2}]"),
        (
            "[{x: [{z: 1}, {z: 2}]}][count(x[z > 1]) = 1]",
            "[{x: [{z: 1}, {z: 2}]}]",
        ),
    ]);
}

#[test]
fn iterations() {
    all(&[
        ("for i in 3..1 return i", "[3, 2, 1]"),
        ("for i in [1..3] return i", "[1, 2, 3]"),
        ("for i in (1..3) return i", "[2]"),
        (
            "for i in [1, 2], j in [i..2] return [i, j]",
            "[[1, 1], [1, 2], [2, 2]]",
        ),
        (
            "for i in 1..5 return if i <= 2 then 1 else partial[-1] + partial[-2]",
            "[1, 1, 2, 3, 5]",
        ),
        ("for i in 1..3 return count(partial)", "[0, 1, 2]"),
        ("some x in [1, 2] satisfies x > 1", "true"),
        ("every x in [1, null] satisfies x > 0", "null"),
        ("some x in [1], y in [2] satisfies x = y", "false"),
        ("every x in [] satisfies x", "true"),
    ]);
}

#[test]
fn functions_see_where_they_were_made() {
    all(&[
        ("{k: 3, f: function(x) x * k, r: f(2)}.r", "6"),
        ("(function(a) function(b) a - b)(10)(4)", "6"),
        (
            "{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r",
            "2432902008176640000",
        ),
        ("sort([3, 1, 2], function(a, b) a < b)", "[1, 2, 3]"),
        (
            "{k: [2, 1], r: for x in [1] return sort(k, function(a, b) a < b)}.r",
            "[[1, 2]]",
        ),
        ("{f: sum, r: f([1, 2])}.r", "3"),
        ("{f: function(x: number) x, r: f(\"a\")}.r", "null"),
        ("{f: function(x, y) x - y, r: f(y: 1, x: 3)}.r", "2"),
    ]);
}

#[test]
fn ranges_and_tests() {
    all(&[
        ("5 in (> 3, < 1)", "true"),
        ("5 in (< 3)", "false"),
        ("5 in ]5..6]", "false"),
        ("\"b\" in [\"a\"..\"c\"]", "true"),
        ("[2..1]", "null"),
        ("5 in [1..10] and true", "true"),
        ("(<= 10).end included", "true"),
        ("@\"2025-06-01\" in [@\"2025-01-01\"..@\"2025-12-31\"]", "true"),
        ("overlaps([1..5], [5..8])", "true"),
        ("before([1..5), [5..8])", "true"),
    ]);
}

#[test]
fn strings_and_patterns() {
    all(&[
        ("string length(\"\\uD83D\\uDCA9\")", "1"),
        ("\"\\U01F40E\"", "\"🐎\""),
        ("substring(\"foobar\", -2, 1)", "\"a\""),
        ("matches(\"B\", \"[A-Z-[OI]]\")", "true"),
        ("matches(\"O\", \"[A-Z-[OI]]\")", "false"),
        (
            "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
            "\"[1=ab][2=]cd\"",
        ),
        ("replace(\"abc\", \"x*\", \"-\")", "null"),
        ("split(\"a b  c\", \"\\s+\")", "[\"a\", \"b\", \"c\"]"),
        ("matches(\"x\", \"(\")", "null"),
        ("matches(\"hello hello\", \"(hello) \\1\")", "true"),
        ("matches(\"hello world\", \"(\\w+) \\1\")", "false"),
        ("replace(\"aabb\", \"(.)\\1\", \"<$1>\")", "\"<a><b>\""),
    ]);
}

#[test]
fn a_null_brings_its_cause() {
    let result = eval_with("1 + x", "{x: null}");
    assert_eq!(result.value, Value::Null);
    assert_eq!(result.warnings[0].message, "the right side is null");
    assert_eq!(result.warnings[0].cause, Cause::Null);
    let result = eval_with("[1, 2 / 0]", "{}");
    assert_eq!(result.warnings[0].message, "division by zero");
    assert_eq!(result.warnings[0].span, 4..9);
    assert_eq!(eval_with("null = 1 or true", "{}").warnings, []);
}

#[test]
fn answers_are_read_by_slot() {
    assert_eq!(answer("answer = \"yes\"", "{answer: \"yes\"}"), "true");
    assert_eq!(answer("answer = \"yes\"", "{}"), "false");
    assert_eq!(answer("monthly salary * 12", "{\"monthly salary\": 100}"), "1200");
    assert_eq!(answer("home.own flat", "{home: {\"own flat\": true}}"), "true");
    assert_eq!(
        answer(
            "sum(responses(\"home\").rooms)",
            "{homes: [{rooms: 1}, {rooms: 2}]}"
        ),
        "3"
    );
    assert_eq!(
        answer(
            "homes[rooms > 1].city",
            "{homes: [{rooms: 1, city: \"a\"}, {rooms: 2, city: \"b\"}]}"
        ),
        "[\"b\"]"
    );
}

#[test]
fn every_example_of_the_reference_holds() {
    for builtin in builtins() {
        let result = eval_with(builtin.example, "{}");
        assert!(
            !result.value.is_null(),
            "{}: {:?}",
            builtin.example,
            result.warnings
        );
        if builtin.example.contains(" = ") {
            assert_eq!(result.value, Value::Boolean(true), "{}", builtin.example);
        }
    }
}
