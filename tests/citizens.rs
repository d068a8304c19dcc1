//! Made-up citizens, as many as wanted: themes, levels, goals and needs in the proportions that the country has reported.

use std::sync::Arc;

use metode::case::{Answer, Answers, Case, Origin, Response};
use metode::definition::{Library, List, Method, Template};
use metode::value::{Date, DateTime};
use serde_json::{Value as Json, json};

/// Draws numbers, the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// What citizens are made of.
pub struct Material {
    /// The method.
    pub method: Arc<Method>,
    /// The template of their reports.
    pub template: Arc<Template>,
    /// What is known of every case.
    pub record: Answers,
    /// The present.
    pub now: DateTime,
}

impl Material {
    /// The method and the case of the guide's own citizen, and the template of the report that every municipality delivers.
    ///
    /// # Panics
    /// When the definitions have errors.
    pub fn new(library: &Library) -> Self {
        let file = crate::case(library, "vum@2.0.0", "boerge");
        Self {
            method: Arc::clone(&file.method),
            template: Arc::clone(library.report("ffb-uddatasaet@1.0.0").expect("the template")),
            record: file.case.record.clone(),
            now: file.now.clone(),
        }
    }
}

pub(crate) fn entered(value: Json) -> Answer {
    Answer {
        value,
        origin: Origin::Entered,
        provenance: None,
    }
}

/// As many different ones as wanted, in the order of the list.
pub(crate) fn some<'a>(dice: &mut Dice, all: &[&'a str], wanted: usize) -> Vec<&'a str> {
    let mut left = wanted;
    let mut found = Vec::with_capacity(wanted);
    for (place, code) in all.iter().enumerate() {
        if dice.below(all.len() - place) < left {
            found.push(*code);
            left -= 1;
        }
    }
    found
}

/// The codes below a branch by the code right above them.
fn branch<'a>(list: &'a List, code: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let above = list.children(Some(code));
    above
        .map(|theme| {
            (
                &*theme.code,
                list.children(Some(&theme.code))
                    .map(|below| &*below.code)
                    .collect(),
            )
        })
        .collect()
}

/// A citizen with an assessment and an evaluation, the same in every run.
///
/// # Panics
/// Never: the days are days of every month.
pub fn citizen(material: &Material, number: usize) -> Case {
    let mut dice = Dice(number as u64 + 1);
    let list = &material.method.lists["ffb.undertemaer"];
    let mut answers = Answers::default();
    for (group, wanted) in [("funktioner_og_forhold", 9), ("aktivitet_og_deltagelse", 24)] {
        let themes = branch(list, group);
        let all: Vec<&str> = themes
            .iter()
            .flat_map(|(_, below)| below.iter().copied())
            .collect();
        let wanted = wanted - 2 + dice.below(4);
        let chosen = some(&mut dice, &all, wanted.min(all.len()));
        for (theme, below) in &themes {
            let here: Vec<&str> = below
                .iter()
                .filter(|code| chosen.contains(code))
                .copied()
                .collect();
            if here.is_empty() {
                continue;
            }
            let path = format!("{group}.{theme}");
            answers.put(
                format!("{path}.sagsbehandlers_bemaerkninger"),
                entered(json!("Borgeren fortæller om sin hverdag.")),
            );
            if group == "aktivitet_og_deltagelse" {
                for code in &here {
                    let level = dice.below(5).to_string();
                    answers.put(format!("{path}.niveauer.{code}.niveau"), entered(json!(level)));
                }
            }
            answers.put(format!("{path}.relevante_undertemaer"), entered(json!(here)));
        }
    }
    let day = |month: u8| Date::new(2025, month, 1 + dice_day(number)).expect("a day");
    let levels: Vec<String> = answers
        .fields
        .keys()
        .filter_map(|path| {
            path.strip_suffix(".niveau")?
                .rsplit('.')
                .next()
                .map(str::to_owned)
        })
        .collect();
    let mut goals = Answers::default();
    let mut keys = Vec::new();
    for goal in 0..(3 + dice.below(4)).min(levels.len()) {
        let key = format!("m{goal}");
        let path = format!("indsatsmaal.{key}");
        let theme = &levels[(goal * 7 + dice.below(3)) % levels.len()];
        goals.put(
            format!("{path}.maalformulering"),
            entered(json!("Jeg kan klare det selv.")),
        );
        goals.put(format!("{path}.maaltype"), entered(json!("fastholde")));
        goals.put(format!("{path}.primaert_udredningstema"), entered(json!(theme)));
        goals.put(
            format!("{path}.forventet_funktionsevneniveau"),
            entered(json!("1")),
        );
        keys.push(key);
    }
    goals.rows.insert("indsatsmaal".to_owned(), keys);
    goals.put("stoettebehov".to_owned(), entered(json!("moderat")));
    let response = |form: &str, day: Date, answers: Answers| Response {
        id: form.to_owned(),
        form: form.to_owned(),
        started: day,
        completed: Some(day),
        completed_at: None,
        corrects: None,
        answers,
        acknowledged: Vec::new(),
    };
    let mut person = Answers::default();
    person.put(
        "cpr".to_owned(),
        entered(json!(format!(
            "0101{:02}{:04}",
            number / 10_000 % 100,
            number % 10_000
        ))),
    );
    Case {
        id: format!("case-{number}"),
        method: material.method.name(),
        record: material.record.clone(),
        citizen: person,
        responses: vec![
            response("sagsoplysning", day(3), answers),
            response("sagsvurdering", day(4), goals),
        ],
    }
}

fn dice_day(number: usize) -> u8 {
    u8::try_from(number % 28).unwrap_or(0)
}
