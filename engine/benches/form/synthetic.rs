//! A form of any size: sections of fifteen fields, and behind them a group of rows with prices.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use metode::case::{Answers, Case, Response};
use metode::value::Date;
use serde_json::{Value as Json, json};

/// How many fields a section has: a third choices, a third texts, the rest scores, dates and their sum.
const SECTION: usize = 15;
/// Rows with prices in a filled form.
const ROWS: usize = 30;

/// What an edit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text on which nothing depends.
    Text,
    /// A choice at the head of a chain of six fields, of which each shows the next.
    Chain,
    /// A score, which feeds its section's sum and the aggregate over all scores.
    Score,
    /// A date with a constraint.
    Date,
    /// A price in a row, which feeds the row's amount and the total.
    Price,
    /// A choice that requires another field.
    Choice,
}

/// Writes a method with one form of about so many fields.
pub fn write(folder: &Path, fields: usize) -> std::io::Result<()> {
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions/texts/da.yaml");
    fs::copy(texts, folder.join("texts.yaml"))?;
    fs::write(
        folder.join("options.yaml"),
        "catalogue: c\nedition: '1'\nlist: options\ntitle: Options\nconcepts:\n  - {code: a, label: A}\n  - {code: b, label: B}\n  - {code: c, label: C}\n",
    )?;
    let mut scale = "catalogue: c\nedition: '1'\nlist: scale\ntitle: Scale\nconcepts:\n".to_owned();
    for level in 0..5 {
        let _ = writeln!(
            scale,
            "  - {{code: '{level}', label: Level {level}, level: {level}}}"
        );
    }
    fs::write(folder.join("scale.yaml"), scale)?;
    fs::write(
        folder.join("method.yaml"),
        "method: m\nversion: 1.0.0\ntitle: M\nlanguage: da\nvalid_from: '2020-01-01'\nnamespace: 2494e1e7-5513-489a-9fca-1102b69ed7c8\ncatalogues: {c: '1'}\nroles: [{id: worker, title: Worker}]\nphases: [{id: p, title: P}]\ncase: {fields: [{id: number, label: Number, type: text}]}\ncitizen: {fields: [{id: name, label: Name, type: text}]}\n",
    )?;
    fs::write(folder.join("form.yaml"), form(fields))
}

fn form(fields: usize) -> String {
    let mut out = "form: f\nphase: p\ntitle: F\nfilled_by: [worker]\nsections:\n".to_owned();
    let mut scores = Vec::new();
    for section in 0..sections(fields) {
        let _ = writeln!(
            out,
            "  - id: section{section}\n    title: Section {section}\n    fields:"
        );
        let mut field = |id: &str, rest: &str| {
            let _ = writeln!(
                out,
                "      - {{id: {id}{section}, label: Field {id} {section}, {rest}}}"
            );
        };
        let chain = |before: &str| format!("show_if: '{before}{section} = \"a\"'");
        let choice = "type: choice, options: c.options";
        field("head", choice);
        field("second", &format!("{choice}, {}", chain("head")));
        field("third", &format!("{choice}, {}", chain("second")));
        field("fourth", &format!("{choice}, {}", chain("third")));
        field("choice", choice);
        field("text", "type: text");
        field("fifth", &format!("type: text, {}", chain("fourth")));
        field("sixth", &format!("type: longtext, {}", chain("fourth")));
        field(
            "reason",
            &format!("type: text, require_if: 'choice{section} = \"b\"'"),
        );
        field("note", &format!("type: longtext, {}", chain("choice")));
        let own = if section % 2 == 0 {
            ["x", "y", "z"].as_slice()
        } else {
            &["x", "y"]
        };
        own.iter()
            .for_each(|id| field(id, "type: score, options: c.scale"));
        let sum: Vec<String> = own.iter().map(|id| format!("{id}{section}")).collect();
        field("start", "type: date");
        if own.len() == 2 {
            let constraint = format!(
                "constraints: [{{rule: 'end{section} >= start{section}', message: Ends before it starts}}]"
            );
            field("end", &format!("type: date, {constraint}"));
        }
        field("sum", &format!("type: number, value: {}", sum.join(" + ")));
        scores.extend(sum);
    }
    let scores = scores.join(", ");
    let _ = write!(
        out,
        "  - id: economy
    title: Economy
    fields:
      - id: lines
        label: Lines
        type: group
        fields:
          - {{id: price, label: Price, type: money}}
          - {{id: weeks, label: Weeks, type: number}}
          - {{id: amount, label: Amount, type: money, value: price * weeks}}
      - {{id: total, label: Total, type: money, value: sum(lines.amount)}}
      - {{id: all, label: All scores, type: number, value: 'sum([{scores}][item != null])'}}
"
    );
    out
}

/// How many sections a form of about so many fields has.
pub fn sections(fields: usize) -> usize {
    fields / SECTION
}

/// A case with one response of the form, filled in as far as `fill` says.
pub fn case(fields: usize, fill: impl Fn(usize) -> bool) -> Case {
    let mut answers = Answers::default();
    let mut put = |path: String, value: Json| {
        answers.enter(&path, value);
    };
    for section in (0..sections(fields)).filter(|section| fill(*section)) {
        for id in ["head", "second", "third", "fourth", "choice"] {
            put(format!("{id}{section}"), json!("a"));
        }
        for id in ["text", "fifth", "sixth", "reason", "note"] {
            put(
                format!("{id}{section}"),
                json!(format!("What was told, {section}")),
            );
        }
        let own = if section % 2 == 0 {
            ["x", "y", "z"].as_slice()
        } else {
            &["x", "y"]
        };
        own.iter()
            .for_each(|id| put(format!("{id}{section}"), json!((section % 5).to_string())));
        put(format!("start{section}"), json!("2025-03-01"));
        if own.len() == 2 {
            put(format!("end{section}"), json!("2025-03-20"));
        }
    }
    if fill(0) {
        let keys: Vec<String> = (0..ROWS).map(|row| format!("r{row}")).collect();
        for key in &keys {
            put(format!("lines.{key}.price"), json!(1250));
            put(format!("lines.{key}.weeks"), json!(12));
        }
        answers.rows.insert("lines".to_owned(), keys);
    }
    Case {
        id: "case".to_owned(),
        method: "m@1.0.0".to_owned(),
        record: Answers::default(),
        citizen: Answers::default(),
        responses: vec![Response {
            id: "r".to_owned(),
            form: "f".to_owned(),
            started: Date::new(2025, 1, 1).expect("a day"),
            completed: None,
            completed_at: None,
            corrects: None,
            answers,
            acknowledged: Vec::new(),
        }],
    }
}

/// The change of a kind that is made in a section; each turn another than the one before.
pub fn edit(kind: Kind, section: usize, turn: usize) -> (String, Json) {
    match kind {
        Kind::Text => (
            format!("text{section}"),
            json!(format!("What was told at {turn}")),
        ),
        Kind::Chain => (format!("head{section}"), json!(["a", "b"][turn % 2])),
        Kind::Score => (format!("x{section}"), json!(((section + turn) % 5).to_string())),
        Kind::Date => (
            format!("start{section}"),
            json!(format!("2025-03-{:02}", turn % 28 + 1)),
        ),
        Kind::Price => (
            format!("lines.r{}.price", section % ROWS),
            json!(1000 * turn + section),
        ),
        Kind::Choice => (format!("choice{section}"), json!(["a", "b", "c"][turn % 3])),
    }
}
