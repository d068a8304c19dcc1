//! Functions of contexts.

use std::sync::Arc;

use super::{Builtin, Kind, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::{Budget, NESTING};
use crate::value::{Context, Value};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "get value",
        &[required("m", Kind::Context), required("key", Kind::String)],
        Kind::Any,
        |_, args| match args {
            [Value::Context(context), Value::String(key)] => match context.get(key) {
                Some(value) => Ok(value.clone()),
                None => Err(format!("the context has no entry `{key}`").into()),
            },
            _ => Err("a context and a name are needed".into()),
        },
        "gives the entry of this name",
        "get value({a: 1}, \"a\") = 1",
    ),
    row(
        "get entries",
        &[required("m", Kind::Context)],
        Kind::List,
        |call, args| {
            let entry = |(name, value): (&Arc<str>, &Value)| {
                Value::context([
                    ("key".into(), Value::String(name.clone())),
                    ("value".into(), value.clone()),
                ])
            };
            let context = args
                .first()
                .and_then(Value::as_context)
                .ok_or(Fault::new("a context is needed"))?;
            // Each entry becomes a context of two.
            call.machine.budget.make(256 * context.len())?;
            Ok(Value::list(context.iter().map(entry).collect()))
        },
        "gives a list of contexts with `key` and `value`",
        "get entries({a: 1}) = [{key: \"a\", value: 1}]",
    ),
    row(
        "context",
        &[required("entries", Kind::List)],
        Kind::Context,
        |call, args| {
            let mut context = Context::new();
            for entry in args.first().and_then(Value::as_list).unwrap_or(&[]) {
                call.machine.budget.step()?;
                let entry = entry.as_context().ok_or(Fault::new("an item is no context"))?;
                let key = entry
                    .get("key")
                    .and_then(Value::as_str)
                    .ok_or(Fault::new("a `key` is missing"))?;
                let value = entry.get("value").ok_or(Fault::new("a `value` is missing"))?;
                if context.get(key).is_some() {
                    return Err(format!("the key `{key}` is there twice").into());
                }
                context.insert(Arc::from(key), value.clone());
            }
            Ok(Value::Context(Arc::new(context)))
        },
        "makes a context of a list of contexts with `key` and `value`",
        "context([{key: \"a\", value: 1}]) = {a: 1}",
    ),
    row(
        "context put",
        &[
            required("context", Kind::Context),
            required("key", Kind::String),
            required("value", Kind::Any),
        ],
        Kind::Context,
        |_, args| match args {
            [Value::Context(context), Value::String(key), value] => {
                let mut copy = Context::clone(context);
                copy.insert(key.clone(), value.clone());
                Ok(Value::Context(Arc::new(copy)))
            }
            _ => Err("a context and a name are needed".into()),
        },
        "sets an entry",
        "context put({a: 1}, \"b\", 2) = {a: 1, b: 2}",
    ),
    row(
        "context put",
        &[
            required("context", Kind::Context),
            required("keys", Kind::Strings),
            required("value", Kind::Any),
        ],
        Kind::Context,
        |call, args| match args {
            [Value::Context(context), Value::List(keys), value] => {
                put(context, keys, value, &mut call.machine.budget)
            }
            _ => Err("a context and a list of names are needed".into()),
        },
        "sets the entry at the end of a path of names",
        "context put({a: {b: 1}}, [\"a\", \"b\"], 2) = {a: {b: 2}}",
    ),
    row(
        "context merge",
        &[required("contexts", Kind::List)],
        Kind::Context,
        |call, args| {
            let mut merged = Context::new();
            for context in args.first().and_then(Value::as_list).unwrap_or(&[]) {
                let context = context.as_context().ok_or(Fault::new("an item is no context"))?;
                call.machine.budget.spend(context.len() / 2)?;
                for (name, value) in context.iter() {
                    merged.insert(name.clone(), value.clone());
                }
            }
            Ok(Value::Context(Arc::new(merged)))
        },
        "puts the entries of several contexts together, the later ones winning",
        "context merge([{a: 1}, {b: 2}]) = {a: 1, b: 2}",
    ),
];

fn put(context: &Context, keys: &[Value], value: &Value, budget: &mut Budget) -> Outcome {
    budget.spend(context.len() / 2)?;
    budget.make(64 * context.len())?;
    let Some((first, rest)) = keys.split_first() else {
        return Err("no name is given".into());
    };
    NESTING.allow(rest.len())?;
    let key = first.as_str().ok_or(Fault::new("a name is null"))?;
    let value = match (rest, context.get(key)) {
        ([], _) => value.clone(),
        (rest, Some(Value::Context(inner))) => put(inner, rest, value, budget)?,
        (_, None) => return Err(format!("the context has no entry `{key}`").into()),
        _ => return Err(format!("`{key}` is no context").into()),
    };
    let mut copy = context.clone();
    copy.insert(Arc::from(key), value);
    Ok(Value::Context(Arc::new(copy)))
}
