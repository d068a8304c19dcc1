//! Compares the evaluation of prepared rules with dsntk's, in one run and by turns, so that whatever else the
//! machine does hits both.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dsntk_feel::FeelScope;
use metode::feel::{ContextType, Env, HostCall, Misuse, Names, Program, Slot, Type, compile, evaluate_text};
use metode::value::{Context, DateTime, Value};

/// The kinds of rules: a name, and the rule.
const KINDS: &[(&str, &str)] = &[
    ("equality with a text", r#"svar = "ja""#),
    (
        "nested if with null",
        r#"if alder = null then null else if alder < 18 then "barn" else "voksen""#,
    ),
    (
        "and of three with a path",
        r#"svar = "ja" and alder > 18 and bolig.rum >= 2"#,
    ),
    ("in a range", "alder in [18..67)"),
    ("some", "some post in poster satisfies post.antal > 3"),
    ("every", "every post in poster satisfies post.antal > 0"),
    (
        "sum of products",
        "sum(for post in poster return post.antal * post.pris * post.andel)",
    ),
    ("count of a filter", "count(poster[antal > 1]) > 1"),
    ("decimal", "decimal(indkomst * 0.333, 2)"),
    ("date plus duration", r#"dato + duration("P14D")"#),
    (
        "years between dates",
        "years and months duration(født, dato).years",
    ),
    (
        "join of texts",
        r#"string join(for post in poster return post.navn, ", ")"#,
    ),
    (
        "contains, lower case",
        r#"contains(lower case(tekst), "samtykke")"#,
    ),
    ("matches", r#"matches(nummer, "[0-9]+-[0-9]+")"#),
];

/// The variables of the rules.
const ANSWERS: &str = r#"{
    svar: "ja", alder: 42, bolig: {by: "Ribe", rum: 3}, indkomst: 123456.78, dato: date("2024-02-29"),
    født: date("1981-07-15"), tekst: "Borgeren har givet Samtykke til det", nummer: "010203-1234",
    poster: [
        {navn: "husleje", antal: 1, pris: 6500.50, andel: 0.5},
        {navn: "varme", antal: 2, pris: 410, andel: 1},
        {navn: "medicin", antal: 3, pris: 89.95, andel: 0.25},
        {navn: "transport", antal: 4, pris: 24, andel: 1}
    ]
}"#;

/// The variables, declared with the types of their values, as a definition declares its fields.
struct Answers {
    names: Vec<String>,
    values: Vec<Value>,
}

fn kind_of(value: &Value) -> Type {
    match value {
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::Date(_) => Type::Date,
        Value::List(items) => Type::list(items.first().map_or(Type::Any, kind_of)),
        Value::Context(context) => Type::Context(Arc::new(ContextType {
            tag: None,
            open: false,
            members: context
                .iter()
                .map(|(name, value)| (name.clone(), kind_of(value)))
                .collect(),
        })),
        _ => Type::Any,
    }
}

impl Names for Answers {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let place = self.names.iter().position(|known| known == name)?;
        Some((Slot(place as u32), kind_of(&self.values[place])))
    }

    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn phrases(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_function(&self, _: &str, _: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        None
    }
}

impl Env for Answers {
    fn get(&self, slot: Slot) -> Value {
        self.values[slot.0 as usize].clone()
    }

    fn lend(&self, slot: Slot) -> Option<&Value> {
        self.values.get(slot.0 as usize)
    }

    fn call(&self, _: u32, _: &[Value]) -> Result<Value, String> {
        Err("there is nothing to call".to_owned())
    }

    fn now(&self) -> DateTime {
        noon()
    }
}

fn noon() -> DateTime {
    DateTime::parse("2025-06-01T12:00:00").expect("a time")
}

const ROUNDS: usize = 301;
const BATCH: Duration = Duration::from_micros(400);

/// How often something fits into a batch.
fn fitting(work: &mut dyn FnMut()) -> u32 {
    let mut count = 1;
    loop {
        let begun = Instant::now();
        (0..count).for_each(|_| work());
        if begun.elapsed() >= BATCH {
            return count;
        }
        count *= 2;
    }
}

/// The medians of both, in nanoseconds, by turns.
fn by_turns(ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()) -> (f64, f64) {
    let counts = (fitting(ours), fitting(theirs));
    let batch = |work: &mut dyn FnMut(), count: u32| {
        let begun = Instant::now();
        (0..count).for_each(|_| work());
        begun.elapsed().as_nanos() as f64 / f64::from(count)
    };
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        times.0.push(batch(ours, counts.0));
        times.1.push(batch(theirs, counts.1));
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    (median(times.0), median(times.1))
}

fn program(text: &str, answers: &Answers) -> Program {
    let compiled = compile(text, answers);
    compiled
        .program
        .unwrap_or_else(|| panic!("{text}: {:?}", compiled.problems))
}

fn row(name: &str, (ours, theirs): (f64, f64)) -> f64 {
    let ratio = theirs / ours;
    println!("| {name:<26} | {ours:>9.0} | {theirs:>10.0} | {ratio:>6.1} |");
    ratio
}

fn main() {
    let only = std::env::args().nth(1);
    let read = evaluate_text(ANSWERS, &Context::new(), noon()).expect("the variables");
    let read = read.value.as_context().expect("a context").clone();
    let answers = Answers {
        names: read.iter().map(|(name, _)| name.to_string()).collect(),
        values: read.iter().map(|(_, value)| value.clone()).collect(),
    };
    let scope: FeelScope = dsntk_feel_evaluator::evaluate_context(&FeelScope::default(), ANSWERS)
        .expect("the variables")
        .into();
    let theirs = |text: &str| {
        dsntk_feel_evaluator::prepare(
            &dsntk_feel_parser::parse_expression(&scope, text, false).expect("a rule"),
        )
    };

    println!("| kind                       | ours (ns) | dsntk (ns) |  ratio |");
    println!("|:---------------------------|----------:|-----------:|-------:|");
    let mut ratios = Vec::new();
    for (name, text) in KINDS {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let (program, evaluator) = (program(text, &answers), theirs(text));
        let (mine, other) = (program.evaluate(&answers), evaluator(&scope));
        assert!(mine.warnings.is_empty(), "{text}: {:?}", mine.warnings);
        let (written, other) = (mine.value.to_plain_json().to_string(), other.to_string());
        if written.trim_matches('"') != other.trim_matches('"') {
            println!("(`{text}` gives {written} here and {other} there)");
        }
        ratios.push(row(
            name,
            by_turns(
                &mut || drop(black_box(program.evaluate(black_box(&answers)))),
                &mut || drop(black_box(evaluator(black_box(&scope)))),
            ),
        ));
    }
    let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
    println!(
        "| **geometric mean**         |           |            | {:>6.1} |",
        mean.exp()
    );
    if only.is_none() {
        let all = |work: &dyn Fn(&str)| KINDS.iter().for_each(|(_, text)| work(text));
        let (ours, other) = by_turns(
            &mut || all(&|text| drop(black_box(program(text, &answers)))),
            &mut || all(&|text| drop(black_box(theirs(text)))),
        );
        let count = KINDS.len() as f64;
        row("parse and compile, a rule", (ours / count, other / count));
    }
}
