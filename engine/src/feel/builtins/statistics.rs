//! Functions of lists of numbers and of truth values.

use super::{Builtin, Context, Kind, rest, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::ROOT;
use crate::feel::ops;
use crate::value::{Number, Value};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "min",
        &[rest("list", Kind::List)],
        Kind::ItemOf(0),
        |context, args| extreme(context, items(args), std::cmp::Ordering::Less),
        "gives the smallest item",
        "min([1, 2, 3]) = 1",
    ),
    row(
        "max",
        &[rest("list", Kind::List)],
        Kind::ItemOf(0),
        |context, args| extreme(context, items(args), std::cmp::Ordering::Greater),
        "gives the largest item",
        "max([1, 2, 3]) = 3",
    ),
    row(
        "sum",
        &[rest("list", Kind::Numbers)],
        Kind::Number,
        |_, args| match items(args) {
            [] => Err(EMPTY.into()),
            items => sum(items).map(Value::Number),
        },
        "adds numbers",
        "sum([1, 2, 3]) = 6",
    ),
    row(
        "product",
        &[rest("list", Kind::Numbers)],
        Kind::Number,
        |_, args| product(items(args)),
        "multiplies numbers",
        "product([2, 3, 4]) = 24",
    ),
    row(
        "mean",
        &[rest("list", Kind::Numbers)],
        Kind::Number,
        |_, args| mean(items(args)).map(Value::Number),
        "gives the average",
        "mean([1, 2, 3]) = 2",
    ),
    row(
        "median",
        &[rest("list", Kind::Numbers)],
        Kind::Number,
        |_, args| median(items(args)),
        "gives the middle number",
        "median([8, 2, 5, 3, 4]) = 4",
    ),
    row(
        "stddev",
        &[rest("list", Kind::Numbers)],
        Kind::Number,
        |call, args| {
            call.machine.budget.spend(ROOT)?;
            deviation(items(args))
        },
        "gives the standard deviation of a sample",
        "decimal(stddev([2, 4, 7, 5]), 2) = 2.08",
    ),
    row(
        "mode",
        &[rest("list", Kind::Numbers)],
        Kind::Numbers,
        |_, args| mode(items(args)),
        "gives the most frequent numbers",
        "mode([6, 3, 9, 6, 6]) = [6]",
    ),
    row(
        "all",
        &[rest("list", Kind::List)],
        Kind::Boolean,
        |_, args| logic(items(args), true),
        "tells whether all items are true",
        "all([true, false]) = false",
    ),
    row(
        "any",
        &[rest("list", Kind::List)],
        Kind::Boolean,
        |_, args| logic(items(args), false),
        "tells whether an item is true",
        "any([false, true]) = true",
    ),
];

const EMPTY: &str = "the list is empty";

fn items(args: &[Value]) -> &[Value] {
    args.first().and_then(Value::as_list).unwrap_or(&[])
}

fn extreme(context: &mut Context<'_, '_>, items: &[Value], wanted: std::cmp::Ordering) -> Outcome {
    let mut items = items.iter();
    let Some(mut best) = items.next() else {
        return Err(EMPTY.into());
    };
    // A single item must have an order too.
    ops::order(best, best)?;
    for item in items {
        context.machine.budget.look_at(item)?;
        if ops::order(item, best)? == wanted {
            best = item;
        }
    }
    Ok(best.clone())
}

fn numbers(items: &[Value]) -> impl Iterator<Item = &Number> {
    items.iter().filter_map(Value::as_number)
}

fn large() -> Fault {
    Fault::new("the result is too large")
}

fn sum(items: &[Value]) -> Result<Number, Fault> {
    numbers(items)
        .try_fold(Number::ZERO, |sum, number| sum.checked_add(number))
        .ok_or_else(large)
}

fn product(items: &[Value]) -> Outcome {
    if items.is_empty() {
        return Err(EMPTY.into());
    }
    let product = numbers(items).try_fold(Number::ONE, |product, number| product.checked_mul(number));
    product.map(Value::Number).ok_or_else(large)
}

fn mean(items: &[Value]) -> Result<Number, Fault> {
    sum(items)?
        .checked_div(&Number::from(items.len()))
        .ok_or(EMPTY.into())
}

fn median(items: &[Value]) -> Outcome {
    let mut sorted: Vec<Number> = numbers(items).copied().collect();
    sorted.sort();
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).ok_or(Fault::new(EMPTY))?;
    if sorted.len() % 2 == 1 {
        return Ok(Value::Number(*upper));
    }
    let lower = sorted.get(middle - 1).ok_or(Fault::new(EMPTY))?;
    let half = lower
        .checked_add(upper)
        .and_then(|sum| sum.checked_div(&Number::from(2i64)));
    half.map(Value::Number).ok_or_else(large)
}

fn deviation(items: &[Value]) -> Outcome {
    if items.len() < 2 {
        return Err("at least two numbers are needed".into());
    }
    let mean = mean(items)?;
    let square = |number: &Number| number.checked_sub(&mean).and_then(|gap| gap.checked_mul(&gap));
    let squares = numbers(items).try_fold(Number::ZERO, |sum, number| sum.checked_add(&square(number)?));
    let variance = squares.and_then(|sum| sum.checked_div(&Number::from(items.len() - 1)));
    variance
        .and_then(|variance| variance.sqrt())
        .map(Value::Number)
        .ok_or_else(large)
}

fn mode(items: &[Value]) -> Outcome {
    let mut sorted: Vec<Number> = numbers(items).copied().collect();
    sorted.sort();
    let runs: Vec<&[Number]> = sorted.chunk_by(|a, b| a == b).collect();
    let longest = runs.iter().map(|run| run.len()).max().unwrap_or(0);
    let modes = runs
        .iter()
        .filter(|run| run.len() == longest)
        .filter_map(|run| run.first());
    Ok(Value::list(modes.map(|number| Value::Number(*number)).collect()))
}

fn logic(items: &[Value], all: bool) -> Outcome {
    if items.contains(&Value::Boolean(!all)) {
        return Ok(Value::Boolean(!all));
    }
    match items.iter().find(|item| item.as_bool().is_none()) {
        None => Ok(Value::Boolean(all)),
        Some(Value::Null) => Err(Fault::missing("an item is null")),
        Some(other) => Err(format!("an item is a {} instead of true or false", other.kind()).into()),
    }
}
