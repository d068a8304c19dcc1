//! Evaluates one FEEL expression a line, as the conformance data asks for it.

use std::io::{BufRead, Write};

use metode::feel::evaluate_text;
use metode::value::{Context, DateTime, Value};
use serde_json::{Value as Json, json};

fn main() -> std::io::Result<()> {
    let input = std::io::stdin().lock();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in input.lines() {
        let test: Json = serde_json::from_str(&line?)?;
        let mut result = evaluate(&test).unwrap_or_else(|message| json!({ "fail": message }));
        result["id"] = test["id"].clone();
        writeln!(output, "{result}")?;
    }
    Ok(())
}

fn evaluate(test: &Json) -> Result<Json, String> {
    let mut context = Context::new();
    if let Some(entries) = test["context"].as_object() {
        for (name, value) in entries {
            context.insert(name.as_str().into(), Value::from_tagged_json(value)?);
        }
    }
    let now = DateTime::parse("2025-06-01T12:00:00Z").ok_or("no time")?;
    let expression = test["expression"].as_str().ok_or("no expression")?;
    let result = evaluate_text(expression, &context, now).map_err(|problems| {
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
            .join("; ")
    })?;
    let warnings: Vec<_> = result
        .warnings
        .iter()
        .map(|warning| warning.message.as_ref())
        .collect();
    Ok(json!({ "value": result.value.to_tagged_json(), "warnings": warnings }))
}
