//! Tests of the rule language.

mod checks;
mod doubts;
mod evaluation;
mod hostile;
mod limits;
mod traces;
mod trees;

use std::sync::Arc;

use super::*;
use crate::value::Date;

/// The value of a text, with the entries of another text as variables.
fn eval_with(text: &str, context: &str) -> Evaluation {
    let nothing = Context::new();
    let context = evaluate_text(context, &nothing, noon()).unwrap().value;
    evaluate_text(text, context.as_context().unwrap(), noon())
        .unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

fn eval(text: &str) -> String {
    eval_with(text, "{}").value.to_string()
}

fn noon() -> DateTime {
    DateTime::parse("2025-06-01T12:00:00").unwrap()
}

/// A small definition: a form with a few fields.
struct Form;

const HOME: u32 = 7;

impl Form {
    fn fields() -> Vec<(&'static str, Type)> {
        let choice = Choice {
            noun: "code",
            name: "answers".into(),
            codes: vec!["yes".into(), "no".into(), "maybe".into()],
        };
        let choice = Type::Choice(Arc::new(choice));
        let home = ContextType {
            tag: Some(HOME),
            open: false,
            members: vec![
                ("city".into(), Type::String),
                ("rooms".into(), Type::Number),
                ("own flat".into(), Type::Boolean),
            ],
        };
        let home = Type::Context(Arc::new(home));
        vec![
            ("answer", choice.clone()),
            ("answers", Type::list(choice)),
            ("age", Type::Number),
            ("born", Type::Date),
            ("name", Type::String),
            ("home", home.clone()),
            ("homes", Type::list(home)),
            ("anything", Type::Any),
            ("consent", Type::Boolean),
            ("monthly salary", Type::Number),
        ]
    }
}

impl Names for Form {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let fields = Form::fields();
        let at = fields.iter().position(|(field, _)| *field == name)?;
        Some((Slot(at as u32), fields[at].1.clone()))
    }

    fn names(&self) -> Vec<String> {
        Form::fields()
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    fn host_function(&self, name: &str, literals: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        match (name, literals) {
            ("responses", [Some("home")]) => {
                let home = Form.lookup("homes")?.1;
                Some(Ok(HostCall {
                    id: 1,
                    takes: Vec::new(),
                    result: home,
                }))
            }
            ("responses", _) => Some(Err(Misuse {
                argument: Some(0),
                message: "`responses` takes the name of a form".to_owned(),
                hint: Some("write it in quotes".to_owned()),
            })),
            _ => None,
        }
    }
}

/// Answers to the form, by name.
struct Answers(Value);

impl Env for Answers {
    fn get(&self, slot: Slot) -> Value {
        let name = Form::fields()[slot.0 as usize].0;
        self.0
            .as_context()
            .and_then(|answers| answers.get(name))
            .cloned()
            .unwrap_or_default()
    }

    fn call(&self, id: u32, args: &[Value]) -> Result<Value, String> {
        assert_eq!(id, 1);
        assert_eq!(args[0].as_str(), Some("home"));
        Ok(self
            .0
            .as_context()
            .and_then(|answers| answers.get("homes"))
            .cloned()
            .unwrap_or_default())
    }

    fn now(&self) -> DateTime {
        noon()
    }
}

fn program(text: &str) -> Program {
    let compiled = compile(text, &Form);
    assert!(compiled.program.is_some(), "{text}: {:?}", compiled.problems);
    compiled.program.unwrap()
}

fn answer(text: &str, answers: &str) -> String {
    program(text)
        .evaluate(&Answers(eval_with(answers, "{}").value))
        .value
        .to_string()
}

/// The problems of a rule, one a line: severity, the text in question, the message and the hint.
fn problems(text: &str) -> String {
    let lines = compile(text, &Form).problems.into_iter().map(|problem| {
        let severity = if problem.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let hint = problem.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!(
            "{severity} at `{}`: {}{hint}",
            &text[problem.span], problem.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_date_of_today_is_that_of_the_environment() {
    assert_eq!(answer("today()", "{}"), "@\"2025-06-01\"");
    assert!(program("today() > born").reads().today);
    assert!(!program("born > @\"2000-01-01\"").reads().today);
    assert_eq!(Date::EPOCH.to_string(), "1970-01-01");
}

#[test]
fn programs_and_values_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Program>();
    crosses::<Value>();
    crosses::<Evaluation>();
}

#[test]
fn positions_are_those_of_the_text_as_written() {
    let text = "/* é */ monthly   salary + \"a\"";
    let problem = compile(text, &Form).problems.remove(0);
    assert_eq!(&text[problem.span], "monthly   salary + \"a\"");
    let trace = program("monthly  salary * 2").explain(&Answers(Value::Null));
    assert_eq!(trace.children[0].text, "monthly  salary");
}
