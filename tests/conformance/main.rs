//! The rule language against the DMN Technology Compatibility Kit: what passes is a committed number.
//!
//! The kit is not part of this repository. `METODE_FEEL_TCK` names its file of single evaluations, one JSON object
//! a line; without it nothing is judged, which is said aloud. `METODE_BLESS=1` writes the tally that is reached
//! now; each miss needs a reason, written by a person.

mod judge;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use metode::feel::evaluate_text;
use metode::value::{Context, DateTime, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One evaluation of the kit.
#[derive(Deserialize)]
struct Case {
    id: String,
    group: String,
    expression: String,
    context: BTreeMap<String, Json>,
    #[serde(rename = "type")]
    declared: Json,
    expected: Json,
    /// The evaluation may be refused instead of giving null.
    error: bool,
}

/// What is reached.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    overall: String,
    values: String,
    nulls: String,
    mean_over_groups: String,
    misses: BTreeMap<String, Miss>,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Miss {
    /// What is wrong with the result.
    what: String,
    /// Why it is left so.
    reason: String,
}

/// A number that passes, of a number there is.
#[derive(Default)]
struct Share(usize, usize);

impl Share {
    fn count(&mut self, passed: bool) {
        self.0 += usize::from(passed);
        self.1 += 1;
    }

    fn part(&self) -> f64 {
        self.0 as f64 / self.1.max(1) as f64
    }

    fn text(&self) -> String {
        format!("{} of {} = {:.2} %", self.0, self.1, 100.0 * self.part())
    }
}

fn evaluate(case: &Case) -> Result<Value, String> {
    let context: Context = case
        .context
        .iter()
        .map(|(name, value)| Ok((name.as_str().into(), Value::from_tagged_json(value)?)))
        .collect::<Result<Vec<_>, String>>()?
        .into_iter()
        .collect();
    let now = DateTime::parse("2025-06-01T12:00:00Z").ok_or("no time")?;
    match evaluate_text(&case.expression, &context, now) {
        Ok(evaluation) => Ok(evaluation.value),
        Err(problems) => Err(problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
            .join("; ")),
    }
}

fn tally(cases: &[Case]) -> Tally {
    let (mut overall, mut values, mut nulls) = (Share::default(), Share::default(), Share::default());
    let mut groups: BTreeMap<&str, Share> = BTreeMap::new();
    let mut misses = BTreeMap::new();
    for case in cases {
        let expected = Value::from_tagged_json(&case.expected).expect("the kit's encoding");
        let verdict = judge::judge(&expected, &case.declared, case.error, evaluate(case));
        overall.count(verdict.is_ok());
        let kind = if expected.is_null() {
            &mut nulls
        } else {
            &mut values
        };
        kind.count(verdict.is_ok());
        groups.entry(&case.group).or_default().count(verdict.is_ok());
        if let Err(what) = verdict {
            let reason = String::new();
            misses.insert(case.id.clone(), Miss { what, reason });
        }
    }
    let mean = groups.values().map(Share::part).sum::<f64>() / groups.len() as f64;
    Tally {
        overall: overall.text(),
        values: values.text(),
        nulls: nulls.text(),
        mean_over_groups: format!("{:.2} % of {} groups", 100.0 * mean, groups.len()),
        misses,
    }
}

fn written(tally: &Tally) -> String {
    serde_json::to_string_pretty(tally).unwrap() + "\n"
}

/// Says something even when the test passes: the harness keeps what is printed to itself.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "\n{text}\n");
}

#[test]
fn the_kit_passes_as_far_as_the_tally_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/tally.json");
    let Some(kit) = std::env::var_os("METODE_FEEL_TCK").map(PathBuf::from) else {
        say("*** FEEL conformance was NOT RUN: METODE_FEEL_TCK names no file of the kit. ***");
        return;
    };
    let text = fs::read_to_string(&kit).unwrap_or_else(|error| panic!("{}: {error}", kit.display()));
    let cases: Vec<Case> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case a line"))
        .collect();
    assert!(!cases.is_empty(), "{} holds no cases", kit.display());
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let mut committed: Tally = serde_json::from_str(&committed).unwrap_or_default();
    let mut reached = tally(&cases);
    for (id, miss) in &mut reached.misses {
        if let Some(known) = committed.misses.remove(id) {
            miss.reason = known.reason;
        }
    }
    say(&format!("FEEL conformance: {}", reached.overall));
    let reached_text = written(&reached);
    if std::env::var_os("METODE_BLESS").is_some() {
        fs::write(&file, &reached_text).unwrap();
    }
    let committed_text = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        reached_text == committed_text,
        "the tally is not what is reached\n--- committed\n{committed_text}--- reached\n{reached_text}"
    );
    for (id, miss) in &reached.misses {
        assert!(!miss.reason.is_empty(), "{id} is missed without a reason");
    }
}
