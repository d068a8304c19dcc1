//! The reference of the built-in functions, for authors: written from the table of the engine.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use metode::feel::{Builtin, Kind, Presence, chapters, evaluate_text, limits};
use metode::value::{Context, Value};

const HEAD: &str = "\
<!-- Written from `tests/feel/language.md` and the engine's table; `METODE_BLESS=1 cargo test -p metode-tests --test feel` writes
it anew. -->

";

const LIMITS: &str = "\
## Limits

No rule can run away. One that is too long or too deep is refused when the definition is loaded. An evaluation that reaches a limit ends:
its result is null, whatever the rest of the rule says, and a warning names the limit. Rules of forms do not come near.

";

/// The language in short, with what its examples give where `?` stands.
fn language() -> String {
    let mut parts = include_str!("language.md").split("` → ?");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let example = text.rsplit('`').next().unwrap_or_default();
        let evaluation = evaluate_text(example, &Context::new(), super::now());
        let value = evaluation
            .unwrap_or_else(|_| panic!("{example}: the example cannot be read"))
            .value;
        let _ = write!(text, "` → `{value}`{part}");
    }
    text
}

fn value(text: &str) -> Option<Value> {
    let evaluation = evaluate_text(text, &Context::new(), super::now()).ok()?;
    evaluation.warnings.is_empty().then_some(evaluation.value)
}

/// An example with what it gives. Many are written as equations, of which the left side is the example.
fn example(builtin: &Builtin) -> String {
    let text = builtin.example;
    let call = match text.rsplit_once(" = ") {
        Some((call, result)) if value(result).is_some() && value(call).is_some() => call,
        _ => text,
    };
    let given = value(call).unwrap_or_else(|| panic!("{call}: the example does not work"));
    format!("`{call}` → `{given}`")
}

fn takes(builtin: &Builtin) -> String {
    let one = |parameter: &metode::feel::Parameter| {
        let kind = parameter.kind.describe();
        let many = match (parameter.presence, parameter.kind) {
            (Presence::Rest, Kind::Any) => "any values",
            _ => kind,
        };
        let null =
            parameter.nullable && parameter.kind != Kind::Any && parameter.presence == Presence::Required;
        let null = if null { ", or null" } else { "" };
        format!("`{}`: {many}{null}", parameter.name)
    };
    builtin.parameters.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn gives(builtin: &Builtin) -> String {
    match builtin.result {
        Kind::SameAs(_) => "a list of the same kind".to_owned(),
        Kind::ItemOf(_) => "an item of the list".to_owned(),
        kind => kind.describe().to_owned(),
    }
}

fn reference() -> String {
    let mut text = HEAD.to_owned() + &language();
    for (title, table) in chapters() {
        let _ = writeln!(text, "## {title}\n");
        let mut names: Vec<&str> = table.iter().map(|builtin| builtin.name).collect();
        names.dedup();
        for name in names {
            let _ = writeln!(text, "### {name}\n");
            for builtin in table.iter().filter(|builtin| builtin.name == name) {
                let _ = writeln!(text, "**`{}`** {}.\n", builtin.signature(), builtin.description);
                if !builtin.parameters.is_empty() {
                    let _ = writeln!(text, "- Takes {}", takes(builtin));
                }
                let _ = writeln!(text, "- Gives {}", gives(builtin));
                let _ = writeln!(text, "- {}\n", example(builtin));
            }
        }
    }
    text.push_str(LIMITS);
    for limit in limits() {
        let _ = writeln!(text, "- {limit}");
    }
    text
}

#[test]
fn the_reference_for_authors_is_that_of_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions/feel.md");
    let reference = reference();
    if std::env::var_os("METODE_BLESS").is_some() {
        fs::write(&file, &reference).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        reference == committed,
        "`definitions/feel.md` is stale; METODE_BLESS=1 writes it"
    );
}
