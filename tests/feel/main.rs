//! The rule language by example: each case stands beside what it must give.
//!
//! A file holds sections. `== name` begins one; the expression follows, over one or more lines, then optionally
//! `-- context` with a context written in the rule language itself, `-- compiled` when the names of that context
//! are declared with the types of their values before the rule is compiled, and `-- gives` with the value, its
//! type, and whatever was said on the way: message, line, hint.
//!
//! `METODE_BLESS=1 cargo test -p metode-tests --test feel` writes what is given now; read the difference like code.

mod reference;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use metode::diagnostic::{self, Diagnostic};
use metode::feel::{
    Compiled, Env, Evaluation, HostCall, Misuse, Names, Slot, Type, builtins, compile, evaluate_text,
};
use metode::source::Source;
use metode::value::{Context, DateTime, Value};

/// One case of a file.
#[derive(Default)]
struct Section {
    /// Comments and blank lines before the section.
    before: String,
    name: String,
    expression: String,
    context: Option<String>,
    compiled: bool,
    gives: String,
}

#[derive(PartialEq)]
enum Part {
    Before,
    Expression,
    Context,
    Gives,
}

fn sections(text: &str) -> (Vec<Section>, String) {
    let mut sections: Vec<Section> = Vec::new();
    let (mut part, mut before) = (Part::Before, String::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            sections.push(Section {
                before: std::mem::take(&mut before),
                name: name.to_owned(),
                ..Section::default()
            });
            part = Part::Expression;
            continue;
        }
        let Some(section) = sections.last_mut() else {
            before += &format!("{line}\n");
            continue;
        };
        match line {
            "-- context" => {
                section.context = Some(String::new());
                part = Part::Context;
            }
            "-- compiled" => section.compiled = true,
            "-- gives" => part = Part::Gives,
            line if part == Part::Gives && (line.is_empty() || line.starts_with("# ")) => {
                before += &format!("{line}\n");
                part = Part::Before;
            }
            line => {
                let into = match part {
                    Part::Before => &mut before,
                    Part::Expression => &mut section.expression,
                    Part::Context => section.context.get_or_insert_default(),
                    Part::Gives => &mut section.gives,
                };
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    (sections, before)
}

fn written(sections: &[Section], after: &str) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = write!(
            text,
            "{}== {}\n{}",
            section.before, section.name, section.expression
        );
        if let Some(context) = &section.context {
            let _ = write!(text, "-- context\n{context}");
        }
        if section.compiled {
            text.push_str("-- compiled\n");
        }
        let _ = write!(text, "-- gives\n{}", section.gives);
    }
    text + after
}

/// A Sunday in June.
fn now() -> DateTime {
    DateTime::parse("2025-06-01T12:00:00").unwrap()
}

/// The entries of a context, declared with the types of their values.
struct Declared(Context);

impl Names for Declared {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let place = self.0.iter().position(|(key, _)| &**key == name)?;
        Some((Slot(place as u32), Type::within(self.0.get(name)?)))
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.to_string()).collect()
    }

    fn host_function(&self, _: &str, _: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        None
    }
}

impl Env for Declared {
    fn get(&self, slot: Slot) -> Value {
        let entry = self.0.iter().nth(slot.0 as usize);
        entry.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn call(&self, _: u32, _: &[Value]) -> Result<Value, String> {
        Err("there is nothing to call".to_owned())
    }

    fn now(&self) -> DateTime {
        now()
    }
}

/// The context of a section.
fn context(section: &Section) -> Context {
    let text = section.context.as_deref().unwrap_or("{}");
    match evaluate_text(text, &Context::new(), now()).map(|evaluation| evaluation.value) {
        Ok(Value::Context(context)) => Context::clone(&context),
        other => panic!("{}: the context is no context: {other:?}", section.name),
    }
}

/// What a section gives: the value with its type, then all that is said.
fn given(section: &Section) -> String {
    let context = context(section);
    let text = section.expression.trim_end();
    let (evaluation, problems) = if section.compiled {
        let declared = Declared(context);
        let Compiled {
            program, problems, ..
        } = compile(text, &declared);
        (program.map(|program| program.evaluate(&declared)), problems)
    } else {
        match evaluate_text(text, &context, now()) {
            Ok(evaluation) => (Some(evaluation), Vec::new()),
            Err(problems) => (None, problems),
        }
    };
    let mut out = match &evaluation {
        Some(Evaluation { value, .. }) if value.is_null() => "null\n".to_owned(),
        Some(Evaluation { value, .. }) => format!("{value} ({})\n", value.kind()),
        None => "refused\n".to_owned(),
    };
    let source = Arc::new(Source {
        path: "rule".to_owned(),
        text: text.to_owned(),
    });
    let told = |diagnostic: Diagnostic| {
        let rendered = diagnostic::render(&[diagnostic]);
        let lines = rendered
            .lines()
            .filter(|line| !line.starts_with("  -->") && !line.is_empty());
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for problem in problems {
        out += &told(problem.told(&source));
    }
    for warning in evaluation.into_iter().flat_map(|evaluation| evaluation.warnings) {
        let note = diagnostic::Severity::Note;
        out += &told(Diagnostic::new(note, &source, warning.span, warning.message));
    }
    out
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("feel")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "feel"))
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_known_of_the_names_does_not_change_what_a_rule_gives() {
    let mut compared = 0;
    for file in files() {
        for section in sections(&fs::read_to_string(file).unwrap()).0 {
            let text = section.expression.trim_end();
            let declared = Declared(context(&section));
            let untyped = evaluate_text(text, &declared.0, now());
            if let (Some(program), Ok(untyped)) = (compile(text, &declared).program, untyped) {
                let (typed, untyped) = (program.evaluate(&declared).value, untyped.value);
                assert_eq!(typed.to_string(), untyped.to_string(), "{}: {text}", section.name);
                compared += 1;
            }
        }
    }
    assert!(compared >= 100, "only {compared} rules are compared");
}

#[test]
fn every_function_has_a_case_and_one_that_fails() {
    let (sections, _) = sections(&fs::read_to_string(folder().join("calls.feel")).unwrap());
    let gives = |name: &str| {
        let section = sections.iter().find(|section| section.name == name);
        section.map(|section| section.gives.as_str())
    };
    for builtin in builtins() {
        let (good, failing) = (gives(builtin.name), gives(&format!("{} fails", builtin.name)));
        assert!(
            good.is_some_and(|gives| !gives.contains("null\n")),
            "{}",
            builtin.name
        );
        assert!(
            failing.is_some_and(|gives| gives.starts_with("null\n")),
            "{}",
            builtin.name
        );
    }
}

#[test]
fn each_expression_gives_what_stands_beside_it() {
    let (mut wrong, mut count, mut failures) = (Vec::new(), 0, 0);
    for file in &files() {
        let (mut sections, after) = sections(&fs::read_to_string(file).unwrap());
        for section in &mut sections {
            let given = given(section);
            count += 1;
            failures += usize::from(given.lines().count() > 1);
            if given != section.gives {
                wrong.push(format!(
                    "--- {}, {}: expected\n{}--- given\n{given}",
                    file.display(),
                    section.name,
                    section.gives
                ));
            }
            section.gives = given;
        }
        if std::env::var_os("METODE_BLESS").is_some() {
            fs::write(file, written(&sections, &after)).unwrap();
            wrong.clear();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 100, "only {count} cases are found");
    assert!(failures * 4 >= count, "only {failures} of {count} cases fail");
}
