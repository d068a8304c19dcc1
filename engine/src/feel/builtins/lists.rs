//! Functions of lists.

use std::sync::Arc;

use super::{Builtin, Context, Kind, optional, required, rest, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::{Budget, ITEMS};
use crate::feel::ops;
use crate::value::{Function, Number, Value};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "list contains",
        &[required("list", Kind::List), required("element", Kind::Any)],
        Kind::Boolean,
        |context, args| {
            let budget = &mut context.machine.budget;
            contains(list(args, 0), &arg(args, 1), budget).map(Value::Boolean)
        },
        "tells whether a list has an item",
        "list contains([1, 2, 3], 2) = true",
    ),
    row(
        "count",
        &[required("list", Kind::List)],
        Kind::Number,
        |_, args| Ok(Value::Number(Number::from(list(args, 0).len()))),
        "counts the items",
        "count([1, 2, 3]) = 3",
    )
    .passing(),
    row(
        "sublist",
        &[
            required("list", Kind::List),
            required("start position", Kind::Number),
            optional("length", Kind::Number),
        ],
        Kind::SameAs(0),
        |_, args| sublist(args),
        "gives a part of a list",
        "sublist([4, 5, 6], 1, 2) = [4, 5]",
    )
    .passing(),
    row(
        "append",
        &[required("list", Kind::List), rest("item", Kind::Any)],
        Kind::List,
        |_, args| append(args),
        "adds items to the end",
        "append([1], 2, 3) = [1, 2, 3]",
    ),
    row(
        "concatenate",
        &[rest("list", Kind::Any)],
        Kind::List,
        |_, args| gathered(list(args, 0)),
        "puts lists together",
        "concatenate([1, 2], [3]) = [1, 2, 3]",
    ),
    row(
        "insert before",
        &[
            required("list", Kind::List),
            required("position", Kind::Number),
            required("newItem", Kind::Any),
        ],
        Kind::List,
        |_, args| {
            let mut items = list(args, 0).to_vec();
            let at = position(args, &items)?;
            items.insert(at, arg(args, 2));
            limited(items)
        },
        "inserts an item",
        "insert before([1, 3], 1, 2) = [2, 1, 3]",
    ),
    row(
        "remove",
        &[required("list", Kind::List), required("position", Kind::Number)],
        Kind::SameAs(0),
        |_, args| {
            let mut items = list(args, 0).to_vec();
            items.remove(position(args, &items)?);
            Ok(Value::list(items))
        },
        "removes an item",
        "remove([1, 2, 3], 2) = [1, 3]",
    )
    .passing(),
    row(
        "list replace",
        &[
            required("list", Kind::List),
            required("position", Kind::Number),
            required("newItem", Kind::Any),
        ],
        Kind::List,
        |_, args| {
            let mut items = list(args, 0).to_vec();
            let at = position(args, &items)?;
            if let Some(item) = items.get_mut(at) {
                *item = arg(args, 2);
            }
            Ok(Value::list(items))
        },
        "replaces the item at a position",
        "list replace([2, 4, 7], 3, 6) = [2, 4, 6]",
    ),
    row(
        "list replace",
        &[
            required("list", Kind::List),
            required("match", Kind::Function),
            required("newItem", Kind::Any),
        ],
        Kind::List,
        replace_matching,
        "replaces the items a function chooses",
        "list replace([2, 4, 7], function(item, newItem) item < newItem, 5) = [5, 5, 7]",
    ),
    row(
        "reverse",
        &[required("list", Kind::List)],
        Kind::SameAs(0),
        |_, args| Ok(Value::list(list(args, 0).iter().rev().cloned().collect())),
        "turns the order around",
        "reverse([1, 2, 3]) = [3, 2, 1]",
    )
    .passing(),
    row(
        "index of",
        &[required("list", Kind::List), required("match", Kind::Any)],
        Kind::Numbers,
        |context, args| {
            let mut found = Vec::new();
            for (at, item) in list(args, 0).iter().enumerate() {
                if ops::equal(item, &arg(args, 1), &mut context.machine.budget)? == Some(true) {
                    found.push(Value::Number(Number::from(at + 1)));
                }
            }
            Ok(Value::list(found))
        },
        "gives the positions of an item",
        "index of([1, 2, 3, 2], 2) = [2, 4]",
    ),
    row(
        "union",
        &[rest("list", Kind::Any)],
        Kind::List,
        |context, args| match gathered(list(args, 0))? {
            Value::List(items) => distinct(context, &items),
            other => Ok(other),
        },
        "puts lists together without duplicates",
        "union([1, 2], [2, 3]) = [1, 2, 3]",
    ),
    row(
        "distinct values",
        &[required("list", Kind::List)],
        Kind::SameAs(0),
        |context, args| distinct(context, list(args, 0)),
        "drops duplicates",
        "distinct values([1, 2, 3, 2, 1]) = [1, 2, 3]",
    ),
    row(
        "flatten",
        &[required("list", Kind::List)],
        Kind::List,
        |context, args| {
            let mut flat = Vec::new();
            flatten(context, list(args, 0), &mut flat)?;
            Ok(Value::list(flat))
        },
        "replaces inner lists by their items",
        "flatten([[1, 2], [[3]], 4]) = [1, 2, 3, 4]",
    ),
    row(
        "sort",
        &[required("list", Kind::List), optional("precedes", Kind::Function)],
        Kind::SameAs(0),
        |context, args| match args {
            [Value::List(items), Value::Function(precedes)] => sort(context, items, precedes),
            _ => sort_natural(list(args, 0), &mut context.machine.budget),
        },
        "sorts by a function that tells whether its first argument comes first",
        "sort([3, 1, 2], function(x, y) x < y) = [1, 2, 3]",
    )
    .passing(),
];

fn list(args: &[Value], at: usize) -> &[Value] {
    args.get(at).and_then(Value::as_list).unwrap_or(&[])
}

fn arg(args: &[Value], at: usize) -> Value {
    args.get(at).cloned().unwrap_or_default()
}

fn limited(items: Vec<Value>) -> Outcome {
    ITEMS.allow(items.len())?;
    Ok(Value::list(items))
}

fn contains(items: &[Value], element: &Value, budget: &mut Budget) -> Result<bool, Fault> {
    for item in items {
        if ops::equal(item, element, budget)? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The place a position means: from the front, or from the end when negative.
fn position(args: &[Value], items: &[Value]) -> Result<usize, Fault> {
    let at = args
        .get(1)
        .and_then(Value::as_number)
        .and_then(Number::truncate_i64)
        .unwrap_or(0);
    let count = items.len() as i64;
    let place = if at > 0 { at - 1 } else { count.saturating_add(at) };
    match usize::try_from(place) {
        Ok(place) if at != 0 && place < items.len() => Ok(place),
        _ => Err(format!("the list has no position {at}, it has {count} items").into()),
    }
}

fn sublist(args: &[Value]) -> Outcome {
    let items = list(args, 0);
    let from = position(args, items)?;
    let rest = items.get(from..).unwrap_or(&[]);
    let length = match args.get(2) {
        Some(Value::Number(length)) => {
            let length = length
                .truncate_i64()
                .and_then(|length| usize::try_from(length).ok());
            length
                .filter(|length| *length <= rest.len())
                .ok_or(Fault::new("the length does not fit"))?
        }
        _ => rest.len(),
    };
    Ok(Value::list(rest.get(..length).unwrap_or(&[]).to_vec()))
}

fn append(args: &[Value]) -> Outcome {
    let mut items = list(args, 0).to_vec();
    items.extend_from_slice(list(args, 1));
    limited(items)
}

/// All items of lists; what is no list counts as one item.
fn gathered(lists: &[Value]) -> Outcome {
    let mut items = Vec::new();
    for part in lists {
        match part {
            Value::List(more) => items.extend_from_slice(more),
            Value::Null => return Err(Fault::missing("a list is null")),
            other => items.push(other.clone()),
        }
        ITEMS.allow(items.len())?;
    }
    limited(items)
}

fn distinct(context: &mut Context<'_, '_>, items: &[Value]) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let budget = &mut context.machine.budget;
        budget.spend(1 + kept.len() / 64)?;
        if !contains(&kept, item, budget)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn flatten(context: &mut Context<'_, '_>, items: &[Value], flat: &mut Vec<Value>) -> Result<(), Fault> {
    for item in items {
        context.machine.budget.step()?;
        match item {
            Value::List(inner) => flatten(context, inner, flat)?,
            other => {
                ITEMS.allow(flat.len() + 1)?;
                flat.push(other.clone());
            }
        }
    }
    Ok(())
}

fn sort_natural(items: &[Value], budget: &mut Budget) -> Outcome {
    // Each item is compared about as often as the number of items has binary digits.
    let turns = items.len().checked_ilog2().unwrap_or(0) as usize + 1;
    for item in items {
        budget.spend(turns / 4)?;
        (0..turns).try_for_each(|_| budget.look_at(item))?;
    }
    for pair in items.windows(2) {
        if let [a, b] = pair {
            ops::order(a, b)?;
        }
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| ops::order(a, b).unwrap_or(std::cmp::Ordering::Equal));
    Ok(Value::list(sorted))
}

/// A stable merge sort, because a comparison written in a rule may fail or contradict itself.
fn sort(context: &mut Context<'_, '_>, items: &[Value], precedes: &Arc<Function>) -> Outcome {
    context.machine.budget.make(3 * size_of_val(items))?;
    let mut runs: Vec<Vec<Value>> = items.iter().map(|item| vec![item.clone()]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(context, left, right, precedes)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(Value::list(runs.pop().unwrap_or_default()))
}

fn merge(
    context: &mut Context<'_, '_>,
    left: Vec<Value>,
    right: Vec<Value>,
    precedes: &Arc<Function>,
) -> Result<Vec<Value>, Fault> {
    let mut result = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let right_first = context.call(precedes, vec![b.clone(), a.clone()])?;
        match right_first {
            Value::Boolean(true) => result.extend(right.next()),
            Value::Boolean(false) => result.extend(left.next()),
            other => {
                return Err(format!(
                    "the sorting function gave a {} instead of true or false",
                    other.kind()
                )
                .into());
            }
        }
    }
    result.extend(left);
    result.extend(right);
    Ok(result)
}

fn replace_matching(context: &mut Context<'_, '_>, args: &[Value]) -> Outcome {
    let [Value::List(items), Value::Function(matches), new] = args else {
        return Err("a list and a function are needed".into());
    };
    let mut replaced = Vec::with_capacity(items.len());
    for item in items.iter() {
        match context.call(matches, vec![item.clone(), new.clone()])? {
            Value::Boolean(true) => replaced.push(new.clone()),
            Value::Boolean(false) => replaced.push(item.clone()),
            other => {
                return Err(format!("the function gave a {} instead of true or false", other.kind()).into());
            }
        }
    }
    Ok(Value::list(replaced))
}
