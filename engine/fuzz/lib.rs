//! What the fuzz targets share: a form with fields of all kinds, answers to it, and rules made of random bytes.

mod rule;

use std::sync::Arc;

use metode::feel::{Choice, ContextType, Env, HostCall, Misuse, Names, Slot, Type, evaluate_text};
use metode::value::{Context, DateTime, Value};

pub use rule::rule;

/// The present of all targets.
pub fn now() -> DateTime {
    DateTime::parse("2025-06-01T12:00:00").unwrap()
}

/// The fields of the form, and an answer to each as a rule.
pub const FIELDS: [(&str, &str); 9] = [
    ("answer", "\"yes\""),
    ("answers", "[\"yes\", \"no\"]"),
    ("age", "42"),
    ("born", "@\"1983-02-28\""),
    ("name", "\"Zoë Zoë\""),
    ("home", "{city: \"Graz\", rooms: 3, own flat: true}"),
    (
        "homes",
        "[{city: \"Graz\", rooms: 3, own flat: true}, {city: null, rooms: 1.5, own flat: false}]",
    ),
    ("monthly salary", "25000.50"),
    ("anything", "[1, [2, \"x\"], null, {a: 1}]"),
];

/// A form.
pub struct Form;

impl Names for Form {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let at = FIELDS.iter().position(|(field, _)| *field == name)?;
        let codes = vec!["yes".into(), "no".into(), "maybe".into()];
        let choice = Type::Choice(Arc::new(Choice {
            name: "answers".into(),
            noun: "code",
            codes,
        }));
        let home = Type::Context(Arc::new(ContextType {
            tag: Some(1),
            open: false,
            members: vec![
                ("city".into(), Type::String),
                ("rooms".into(), Type::Number),
                ("own flat".into(), Type::Boolean),
            ],
        }));
        let kind = match name {
            "answer" => choice,
            "answers" => Type::list(choice),
            "age" | "monthly salary" => Type::Number,
            "born" => Type::Date,
            "name" => Type::String,
            "home" => home,
            "homes" => Type::list(home),
            _ => Type::Any,
        };
        Some((Slot(at as u32), kind))
    }

    fn names(&self) -> Vec<String> {
        FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn host_function(&self, name: &str, literals: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        match (name, literals) {
            ("responses", [Some("home")]) => Some(Ok(HostCall {
                id: 1,
                takes: vec![Type::String],
                result: self.lookup("homes")?.1,
            })),
            ("responses", _) => Some(Err(Misuse {
                argument: (!literals.is_empty()).then_some(0),
                message: "`responses` takes the name of a form".to_owned(),
                hint: None,
            })),
            _ => None,
        }
    }
}

/// The answers to the form.
pub fn answers() -> Context {
    let value = |text| evaluate_text(text, &Context::new(), now()).unwrap().value;
    FIELDS
        .iter()
        .map(|(name, text)| (Arc::from(*name), value(text)))
        .collect()
}

/// The form with its answers.
pub struct Answered(pub Context);

impl Env for Answered {
    fn get(&self, slot: Slot) -> Value {
        let (name, _) = FIELDS[slot.0 as usize];
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn call(&self, _: u32, _: &[Value]) -> Result<Value, String> {
        Ok(self.0.get("homes").cloned().unwrap_or_default())
    }

    fn now(&self) -> DateTime {
        now()
    }
}
