//! What holds of every migration and every case: no answer is lost.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use metode::case::{Answers, Case};
use metode::definition::{Library, Loaded};
use metode::diagnostic::render;
use metode::value::DateTime;
use metode::version::{Migrated, Migration};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::random::cases;

/// Random choices, one after the other, from the beginning again when they are used up.
struct Tape<'a> {
    picks: &'a [u16],
    at: usize,
}

impl Tape<'_> {
    fn pick(&mut self, of: usize) -> usize {
        let pick = self.picks[self.at % self.picks.len()];
        self.at += 1;
        // Each time round the picks are others.
        (usize::from(pick) + self.at / self.picks.len()) % of
    }
}

const KINDS: [&str; 7] = [
    "text", "longtext", "yes_no", "number", "choice", "choices", "score",
];
const CODES: [&str; 5] = ["c0", "c1", "c2", "c3", "c4"];

/// Two versions of a method and a migration between them: what stands in the files.
#[derive(Default)]
struct Versions {
    old: String,
    new: String,
    /// What comes into the second form.
    aside: String,
    steps: String,
}

fn field(id: &str, kind: &str, indent: &str) -> String {
    let options = match kind {
        "choice" | "choices" | "score" => ", options: x.list",
        _ => "",
    };
    format!("{indent}- {{id: {id}, label: {id}, type: {kind}{options}}}\n")
}

impl Versions {
    fn step(&mut self, step: std::fmt::Arguments) {
        writeln!(self.steps, "  - {step}").unwrap();
    }

    /// A field of the form, and something that happens to it.
    fn add(&mut self, tape: &mut Tape, number: usize) {
        let kind = KINDS[tape.pick(KINDS.len())];
        let (id, other) = (format!("f{number}"), format!("g{number}"));
        self.old += &field(&id, kind, "      ");
        match (tape.pick(8), kind) {
            (0, _) => self.new += &field(&id, kind, "      "),
            (1, _) => {
                self.new += &field(&other, kind, "      ");
                self.step(format_args!("{{rename: a.{id}, to: a.{other}}}"));
            }
            (2, _) => {
                self.aside += &field(&other, kind, "      ");
                self.step(format_args!("{{move: a.{id}, to: b.{other}}}"));
            }
            (3, "text" | "longtext") => {
                self.new += &field(&other, "number", "      ");
                self.step(format_args!(
                    "{{convert: a.{id}, to: a.{other}, value: number({id})}}"
                ));
            }
            (3, "number") => {
                self.new += &field(&id, "text", "      ");
                self.new += &field(&other, "number", "      ");
                self.step(format_args!(
                    "{{split: a.{id}, to: {{a.{id}: string({id}), a.{other}: {id} * 2}}}}"
                ));
            }
            (4, "text") => {
                let beside = format!("h{number}");
                self.old += &field(&beside, "text", "      ");
                self.new += &field(&other, "longtext", "      ");
                self.step(format_args!(
                    "{{combine: [a.{id}, a.{beside}], to: a.{other}, value: '{id} + \" \" + {beside}'}}"
                ));
            }
            (5, "text" | "longtext") => {
                let beside = format!("h{number}");
                self.old += &field(&beside, "text", "      ");
                self.new += &field(&other, "longtext", "      ");
                for from in [&id, &beside] {
                    self.step(format_args!("{{move: a.{from}, to: a.{other}, joined: true}}"));
                }
            }
            (5, "choice" | "choices" | "score") => {
                self.new += &field(&id, kind, "      ");
                self.step(format_args!(
                    "{{codes: a.{id}, map: {{c1: [{{when: 'last = \"text\"', to: c0}}]}}}}"
                ));
            }
            (6, _) => self.step(format_args!(
                "{{retire: a.{id}, reason: because, decide: a.last}}"
            )),
            _ => self.step(format_args!("{{retire: a.{id}, reason: because}}")),
        }
    }

    /// A group of rows, of people's own or one for each code, with a field that goes somewhere.
    fn rows(&mut self, tape: &mut Tape, number: usize) {
        let (group, other) = (format!("r{number}"), format!("q{number}"));
        let each = if tape.pick(2) == 0 {
            ""
        } else {
            "\n        for_each: x.list\n        as: code"
        };
        let open = |group: &str| {
            format!(
                "      - id: {group}\n        label: {group}\n        type: group{each}\n        fields:\n"
            )
        };
        let kind = KINDS[tape.pick(KINDS.len())];
        self.old +=
            &(open(&group) + &field("inner", kind, "          ") + &field("same", "text", "          "));
        let moved = if tape.pick(2) == 0 { &group } else { &other };
        if moved == &other {
            self.step(format_args!("{{rename: a.{group}, to: a.{other}}}"));
        }
        self.new += &open(moved);
        if tape.pick(2) == 0 {
            self.new += &field("inner", kind, "          ");
        } else {
            self.step(format_args!("{{retire: a.{group}.inner, reason: because}}"));
        }
        self.new += &field("same", "text", "          ");
    }

    fn write(&self, tape: &mut Tape, folder: &Path) {
        let put = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let list = |edition: usize, codes: &[String]| {
            let mut text =
                format!("catalogue: x\nedition: \"{edition}\"\nlist: list\ntitle: List\nconcepts:\n");
            for (level, code) in codes.iter().enumerate() {
                writeln!(text, "  - {{code: {code}, label: {code}, level: {level}}}").unwrap();
            }
            text
        };
        let (mut codes, mut map) = (vec!["c0".to_owned()], String::new());
        for code in &CODES[1..] {
            match tape.pick(4) {
                0 => codes.push((*code).to_owned()),
                1 => {
                    codes.push(format!("n{code}"));
                    write!(map, "{code}: n{code}, ").unwrap();
                }
                2 => write!(map, "{code}: {{retire: gone}}, ").unwrap(),
                _ => write!(map, "{code}: {{decide: [c0], reason: unclear}}, ").unwrap(),
            }
        }
        let mut steps = self.steps.clone();
        if !map.is_empty() {
            writeln!(steps, "  - {{codes: x.list, map: {{{map}}}}}").unwrap();
        }
        put("catalogues/1.yaml", &list(1, &CODES.map(str::to_owned)));
        put("catalogues/2.yaml", &list(2, &codes));
        let base = concat!(env!("CARGO_MANIFEST_DIR"), "/refused/base/texts/en.yaml");
        put("texts/en.yaml", &fs::read_to_string(base).unwrap());
        for (version, edition, from, fields, aside) in [
            (
                "1.0.0",
                1,
                "valid_from: \"2020-01-01\"\nvalid_to: \"2021-01-01\"",
                &self.old,
                "",
            ),
            (
                "2.0.0",
                2,
                "valid_from: \"2021-01-01\"",
                &self.new,
                self.aside.as_str(),
            ),
        ] {
            let method = format!(
                "method: x\nversion: {version}\ntitle: X\nlanguage: en\n{from}\nnamespace: 6f9619ff-8b86-d011-b42d-00cf4fc964aa\n\
                 catalogues: {{x: \"{edition}\"}}\nphases: [{{id: p, title: P}}]\ncase: {{fields: [{{id: number, label: N, type: text}}]}}\n\
                 citizen: {{fields: [{{id: name, label: N, type: text}}]}}\n"
            );
            let form = |id: &str, fields: &str| {
                format!(
                    "form: {id}\nphase: p\ntitle: {id}\nsections:\n  - id: s\n    title: S\n    fields:\n{fields}"
                )
            };
            let last = "      - {id: last, label: last, type: text}\n";
            put(&format!("methods/{version}/method.yaml"), &method);
            put(
                &format!("methods/{version}/a.yaml"),
                &form("a", &format!("{fields}{last}")),
            );
            put(
                &format!("methods/{version}/b.yaml"),
                &form("b", &format!("{aside}{last}")),
            );
        }
        put(
            "methods/2.0.0/migration.yaml",
            &format!("migration: 1.0.0\nsteps:\n{steps}"),
        );
    }
}

/// Some answer, fitting or not.
fn value(tape: &mut Tape) -> Json {
    match tape.pick(9) {
        0 => Json::Null,
        1 => json!("text"),
        2 => json!("12.5"),
        3 => json!(tape.pick(100)),
        4 => json!(tape.pick(2) == 0),
        5 => json!([CODES[tape.pick(5)], CODES[tape.pick(5)]]),
        6 => json!({"name": "A"}),
        _ => json!(CODES[tape.pick(5)]),
    }
}

fn answers(tape: &mut Tape) -> Answers {
    let mut answers = Answers::default();
    for number in 0..8 {
        if tape.pick(3) > 0 {
            answers.enter(&format!("f{number}"), value(tape));
            answers.enter(&format!("h{number}"), value(tape));
        }
        let group = format!("r{number}");
        let keys = ["k1", CODES[tape.pick(5)], CODES[tape.pick(5)]];
        for key in keys.into_iter().collect::<BTreeSet<_>>() {
            if tape.pick(2) == 0 {
                answers
                    .rows
                    .entry(group.clone())
                    .or_default()
                    .push(key.to_owned());
                answers.enter(&format!("{group}.{key}.inner"), value(tape));
                answers.enter(&format!("{group}.{key}.same"), value(tape));
            }
        }
    }
    answers.enter("last", value(tape));
    answers.enter("nowhere", value(tape));
    answers
}

fn some_case(tape: &mut Tape) -> Case {
    let mut responses = Vec::new();
    for (id, form) in [("b1", "b"), ("a1", "a"), ("a2", "a"), ("b2", "b")] {
        if tape.pick(3) > 0 {
            let completed = (tape.pick(2) == 0).then_some("2020-06-01");
            responses.push(json!({"id": id, "form": form, "started": "2020-05-01", "completed": completed, "answers": answers(tape)}));
        }
    }
    let case = json!({"id": "c", "method": "x@1.0.0", "responses": responses, "record": {"fields": {"number": {"value": "7", "origin": "entered"}}}});
    serde_json::from_value(case).unwrap()
}

/// Every answer of a case: the response, the path, the value.
fn all(case: &Case) -> Vec<(&str, &str, &Json)> {
    let records = [("case", &case.record), ("citizen", &case.citizen)];
    let responses = case.responses.iter().map(|one| (one.id.as_str(), &one.answers));
    let parts = records.into_iter().chain(responses);
    parts
        .flat_map(|(place, answers)| {
            answers
                .fields
                .iter()
                .map(move |(path, answer)| (place, path.as_str(), &answer.value))
        })
        .filter(|(_, _, value)| !value.is_null())
        .collect()
}

fn nothing_is_lost(migration: &Migration, case: &Case) -> Result<(), TestCaseError> {
    let now = DateTime::parse("2021-06-01").unwrap();
    let Migrated {
        case: new,
        mapped,
        retired,
        kept,
        ..
    } = migration.migrate(case, &now);
    let stands = all(&new);
    let mut same = 0;
    for (place, path, value) in all(case) {
        let there = stands.contains(&(place, path, value));
        let goes = mapped
            .iter()
            .any(|one| one.place == place && one.path == path && one.value == *value);
        let left = retired
            .iter()
            .any(|one| one.place == place && one.path == path && one.value == *value);
        prop_assert!(there || goes || left, "{} {} {} is lost", place, path, value);
        same += usize::from(there);
    }
    prop_assert!(kept <= same, "{} answers are said to be kept, {} are", kept, same);
    for one in &mapped {
        let there = stands.iter().any(|(place, path, value)| {
            let whole = match (value.as_str(), one.to_value.as_str()) {
                (Some(text), Some(part)) => text.contains(part),
                _ => true,
            };
            *place == one.to_place && *path == one.to_path && whole
        });
        prop_assert!(
            there || one.to_value.is_null(),
            "{} {} is not there",
            one.to_place,
            one.to_path
        );
    }
    for one in &retired {
        prop_assert!(
            !one.reason.is_empty(),
            "{} {} left without a reason",
            one.place,
            one.path
        );
    }
    rows_are_there(migration, case, &new)?;
    let again = migration.migrate(case, &now);
    prop_assert_eq!(again.case, new);
    Ok(())
}

/// Rows that people made are there under their keys, whatever the group is called now.
fn rows_are_there(migration: &Migration, case: &Case, new: &Case) -> Result<(), TestCaseError> {
    for response in &case.responses {
        let forms = migration.from.forms();
        let form = forms.iter().find(|form| form.id == response.form).unwrap();
        let now = new.response(&response.id).map(|response| &response.answers.rows);
        for (group, keys) in &response.answers.rows {
            if form.field_at(group).and_then(|field| form.group(field)).is_none() {
                continue;
            }
            let other = group.replace('r', "q");
            let there = |key: &String| {
                let mut groups = [group, &other].into_iter().filter_map(|group| now?.get(group));
                groups.any(|keys| keys.contains(key))
            };
            let lost: Vec<&String> = keys.iter().filter(|key| !there(key)).collect();
            prop_assert!(lost.is_empty(), "rows {:?} of {} are lost", lost, group);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(96))]

    /// Every answer that stood in a case stands in the migrated case, or is told as mapped or as retired.
    #[test]
    fn a_migration_loses_no_answer(picks in prop::collection::vec(any::<u16>(), 40..120)) {
        let mut tape = Tape { picks: &picks, at: 0 };
        let mut versions = Versions::default();
        for number in 0..8 {
            if tape.pick(4) == 0 {
                versions.rows(&mut tape, number);
            } else {
                versions.add(&mut tape, number);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        versions.write(&mut tape, folder.path());
        let Loaded { library, diagnostics, .. } = Library::load(folder.path());
        let migration = library.migration("x@1.0.0", "x@2.0.0");
        prop_assert!(migration.is_some(), "{}\n{}", render(&diagnostics), versions.steps);
        for _ in 0..24 {
            nothing_is_lost(migration.unwrap(), &some_case(&mut tape))?;
        }
    }
}
