//! What explanations tell of the parts of a rule.

use super::*;
use crate::feel::Step;

fn trace(text: &str, answers: &str) -> Trace {
    program(text).explain(&Answers(eval_with(answers, "{}").value))
}

/// The tree as lines: text, value, and how many rounds are left out.
fn lines(trace: &Trace, depth: usize, out: &mut String) {
    let rounds = if trace.left_out == 0 {
        String::new()
    } else {
        format!(" (+{})", trace.left_out)
    };
    let cause = trace.cause.as_ref().map(|cause| format!(" [{}]", cause.message));
    let round = match &trace.step {
        Step::Round(round) => format!("{}. ", round.number),
        _ => String::new(),
    };
    out.push_str(&format!(
        "{}{round}{} = {}{rounds}{}\n",
        "  ".repeat(depth),
        trace.text,
        trace.value,
        cause.unwrap_or_default()
    ));
    trace
        .children
        .iter()
        .for_each(|child| lines(child, depth + 1, out));
}

fn tree(text: &str, answers: &str) -> String {
    let mut out = String::new();
    lines(&trace(text, answers), 0, &mut out);
    out
}

#[test]
fn the_tree_has_every_part_that_was_evaluated() {
    insta::assert_snapshot!(tree("age >= 18 and consent", "{age: 20, consent: null}"), @r"
    age >= 18 and consent = null
      age >= 18 = true
        age = 20
        18 = 18
      consent = null
    ");
    insta::assert_snapshot!(tree("if age < 18 then name else answer", r#"{age: 20, answer: "yes"}"#), @r#"
    if age < 18 then name else answer = "yes"
      age < 18 = false
        age = 20
        18 = 18
      answer = "yes"
    "#);
}

#[test]
fn what_is_decided_already_is_not_there() {
    let trace = trace("age < 18 and consent", "{age: 20, consent: true}");
    assert_eq!(trace.children.len(), 1);
}

#[test]
fn a_null_has_its_cause_beside_the_part_that_made_it() {
    insta::assert_snapshot!(tree("age + 1 > 2", "{}"), @r"
    age + 1 > 2 = null [the left side is null]
      age + 1 = null [the left side is null]
        age = null
        1 = 1
      2 = 2
    ");
}

#[test]
fn of_an_iteration_the_rounds_that_decide_are_told() {
    let homes = r#"{homes: [{rooms: 1}, {rooms: 5}, {rooms: 7}], age: 3}"#;
    insta::assert_snapshot!(tree("some h in homes satisfies h.rooms > age", homes), @r"
    some h in homes satisfies h.rooms > age = true
      homes = [{rooms: 1}, {rooms: 5}, {rooms: 7}]
      2. h.rooms > age = true
        h.rooms > age = true
          h.rooms = 5
            h = {rooms: 5}
          age = 3
    ");
    insta::assert_snapshot!(tree("count(homes[rooms > age])", homes), @r"
    count(homes[rooms > age]) = 2
      homes[rooms > age] = [{rooms: 5}, {rooms: 7}]
        homes = [{rooms: 1}, {rooms: 5}, {rooms: 7}]
        2. rooms > age = true
          rooms > age = true
            rooms = 5
              rooms = {rooms: 5}
            age = 3
        3. rooms > age = true
          rooms > age = true
            rooms = 7
              rooms = {rooms: 7}
            age = 3
    ");
    insta::assert_snapshot!(tree("every h in homes satisfies h.rooms > 0", "{homes: [{rooms: 1}, {rooms: null}]}"), @r"
    every h in homes satisfies h.rooms > 0 = null
      homes = [{rooms: 1}, {rooms: null}]
      2. h.rooms > 0 = null
        h.rooms > 0 = null [the left side is null]
          h.rooms = null
            h = {rooms: null}
          0 = 0
    ");
}

#[test]
fn iterations_within_iterations_see_their_items() {
    let text = "sum(for a in homes, b in [a.rooms] return a.rooms * b)";
    insta::assert_snapshot!(tree(text, "{homes: [{rooms: 2}, {rooms: 3}]}"), @r"
    sum(for a in homes, b in [a.rooms] return a.rooms * b) = 13
      for a in homes, b in [a.rooms] return a.rooms * b = [4, 9]
        homes = [{rooms: 2}, {rooms: 3}]
        1. a.rooms * b = 4
          [a.rooms] = [2]
            a.rooms = 2
              a = {rooms: 2}
          a.rooms * b = 4
            a.rooms = 2
              a = {rooms: 2}
            b = 2
        2. a.rooms * b = 9
          [a.rooms] = [3]
            a.rooms = 3
              a = {rooms: 3}
          a.rooms * b = 9
            a.rooms = 3
              a = {rooms: 3}
            b = 3
    ");
}

#[test]
fn long_iterations_are_told_by_their_count() {
    let trace = trace("for i in 1..10000 return i * age", "{age: 2}");
    assert_eq!(trace.left_out, 9_995);
    assert!(trace.count() < 50, "{}", trace.count());
    let nested = program("sum(for i in 1..200 return sum(for j in 1..200 return i * j * age))");
    let trace = nested.explain(&Answers(eval_with("{age: 2}", "{}").value));
    assert_eq!(trace.value.to_string(), "808020000");
    assert!(trace.count() <= 1_100, "{}", trace.count());
}

#[test]
fn the_tree_comes_to_what_evaluation_comes_to() {
    let answers = "{age: 20, homes: [{rooms: 2, city: \"a\"}, {rooms: 3}], name: \"x\"}";
    for text in [
        "for i in 1..3 return sum(partial) + age",
        "{a: age, b: a + 1}.b",
        "homes[1].rooms + homes[-1].rooms",
        "sort(homes.rooms, function(a, b) a > b)",
        "age between 18 and 67 or name in (\"x\", \"y\")",
        "-age + count(homes[city != null])",
    ] {
        let program = program(text);
        let answers = Answers(eval_with(answers, "{}").value);
        assert_eq!(
            program.explain(&answers).value,
            program.evaluate(&answers).value,
            "{text}"
        );
    }
}
