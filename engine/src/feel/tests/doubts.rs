//! What is called always or never true is so, whatever the answers are.

use super::*;

const CONDITIONS: [&str; 14] = [
    "age < 3",
    "age >= 3",
    "not(age > 5)",
    "age in [3..5]",
    "age in (1, 4)",
    "age = null",
    "age != null",
    "age = 4",
    "answer = \"yes\"",
    "answer in (\"yes\", \"no\")",
    "consent",
    "consent = false",
    "age < monthly salary",
    "monthly salary <= age",
];

/// Every combination of a few answers, null among them.
fn all_answers() -> Vec<Answers> {
    let mut all = Vec::new();
    for age in ["null", "1", "3", "4", "7"] {
        for salary in ["null", "2", "4"] {
            for answer in ["null", "\"yes\"", "\"maybe\""] {
                for consent in ["null", "true", "false"] {
                    let text = format!(
                        "{{age: {age}, monthly salary: {salary}, answer: {answer}, consent: {consent}}}"
                    );
                    all.push(Answers(eval_with(&text, "{}").value));
                }
            }
        }
    }
    all
}

#[test]
fn what_cannot_be_never_is() {
    let answers = all_answers();
    let mut impossible = 0;
    for first in CONDITIONS {
        for second in CONDITIONS {
            let texts = [
                format!("{first} and {second}"),
                format!("{first} or {second}"),
                format!("not({first}) or {second}"),
                format!("not({first} and not({second}))"),
                format!("({first} or age > 6) and {second}"),
                format!("if {first} then {second} else not({second})"),
            ];
            for text in texts {
                let Compiled {
                    program, condition, ..
                } = compile(&text, &Form);
                let (program, condition) = (program.unwrap(), condition.unwrap());
                for truth in [true, false] {
                    if condition.can_be(truth) {
                        continue;
                    }
                    impossible += 1;
                    for answers in &answers {
                        let value = program.evaluate(answers).value;
                        assert_ne!(value, Value::Boolean(truth), "{text}: {:?}", answers.0);
                    }
                }
            }
        }
    }
    assert!(impossible > 50, "only {impossible} are found");
}

#[test]
fn what_is_told_of_a_part_does_not_change_the_whole() {
    let answers = all_answers();
    let mut told = 0;
    for first in CONDITIONS {
        for second in CONDITIONS {
            for (operator, idle) in [("and", "true"), ("or", "false")] {
                let text = format!("{first} {operator} {second}");
                let Compiled {
                    program, problems, ..
                } = compile(&text, &Form);
                let adds_nothing = |problem: &Problem| {
                    problem.span == (text.len() - second.len()..text.len())
                        && (problem.message.contains("adds nothing") || problem.message.contains("twice"))
                };
                if !problems.iter().any(adds_nothing) {
                    continue;
                }
                told += 1;
                let whole = program.unwrap();
                let without = compile(&format!("{first} {operator} {idle}"), &Form)
                    .program
                    .unwrap();
                for answers in &answers {
                    let (one, other) = (whole.evaluate(answers).value, without.evaluate(answers).value);
                    assert_eq!(one, other, "{text}: {:?}", answers.0);
                }
            }
        }
    }
    assert!(told > 20, "only {told} are found");
}
