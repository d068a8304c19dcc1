//! Filters and iterations.

use std::sync::Arc;

use super::{Machine, Truth, no_condition};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::{ITEMS, NESTING, PARTIAL};
use crate::feel::node::{Filter, For, Loop, Quantified};
use crate::value::{Date, List, Number, Value};

impl Machine<'_> {
    pub(super) fn filter(&mut self, filter: &Filter) -> Outcome {
        let list = self.eval(&filter.list);
        let items = match list {
            Value::List(items) => items,
            Value::Null => return Err(Fault::missing("there is nothing to filter: it is null")),
            other => Arc::new(List::from(vec![other])),
        };
        if !filter.each {
            // The place of the item exists all the same.
            self.locals.push(Value::Null);
            let condition = self.eval(&filter.condition);
            self.locals.pop();
            return match condition {
                Value::Number(index) => index_of(&items, &index),
                Value::Boolean(true) => Ok(Value::List(items)),
                Value::Boolean(false) => Ok(Value::list(Vec::new())),
                Value::Null => Err(Fault::missing("the filter is null")),
                other => Err(format!(
                    "the filter is a {} instead of a condition or a position",
                    other.kind()
                )
                .into()),
            };
        }
        let mut keep = Vec::with_capacity(items.len());
        for item in items.iter() {
            self.budget.step()?;
            self.locals.push(item.clone());
            let holds = self.eval(&filter.condition);
            self.locals.pop();
            match holds {
                Value::Boolean(holds) => keep.push(holds),
                Value::Null => keep.push(false),
                Value::Number(index) => return index_of(&items, &index),
                other => {
                    return Err(format!("the filter is a {} instead of true or false", other.kind()).into());
                }
            }
        }
        let mut keep = keep.into_iter();
        let mut kept = move || keep.next().unwrap_or(false);
        let kept = match Arc::try_unwrap(items) {
            // A list that was made for the filter is thinned out where it lies.
            Ok(items) => {
                let mut items = Vec::from(items);
                items.retain(|_| kept());
                items
            }
            Err(items) => items.iter().filter(|_| kept()).cloned().collect(),
        };
        self.budget.made(Value::list(kept))
    }

    /// Calls `visit` for every combination of the values of the loops.
    pub(super) fn combinations(
        &mut self,
        loops: &[Loop],
        visit: &mut dyn FnMut(&mut Self) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        let Some((first, rest)) = loops.split_first() else {
            self.budget.step()?;
            return visit(self);
        };
        let from = self.eval(&first.from);
        let to = first.to.as_ref().map(|to| self.eval(to));
        let series = Series::new(from, to)?;
        let depth = self.locals.len();
        for item in series {
            self.budget.step()?;
            self.locals.push(item);
            let go_on = self.combinations(rest, visit);
            self.locals.truncate(depth);
            if !go_on? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn iteration(&mut self, iteration: &For) -> Outcome {
        let mut results: Vec<Value> = Vec::new();
        let place = self.locals.len();
        let mut shared = Arc::<List>::default();
        if iteration.partial {
            self.locals.push(Value::List(shared.clone()));
        }
        let outcome = self.combinations(&iteration.loops, &mut |machine| {
            if iteration.partial {
                machine.expose(place, &mut shared, &results)?;
            }
            let value = machine.eval(&iteration.body);
            if iteration.partial {
                let mut left = PARTIAL.most;
                if !value.fits(&mut left, NESTING.most + 1) {
                    return Err(PARTIAL.fault());
                }
                machine.budget.spend((PARTIAL.most - left) / 16)?;
            }
            ITEMS.allow(results.len() + 1)?;
            results.push(value);
            Ok(true)
        });
        self.locals.truncate(place);
        outcome.and_then(|_| self.budget.made(Value::list(results)))
    }

    /// Makes the results so far visible as `partial`, without copying them again each time.
    fn expose(&mut self, place: usize, shared: &mut Arc<List>, results: &[Value]) -> Result<(), Fault> {
        if let Some(local) = self.locals.get_mut(place) {
            *local = Value::Null;
        }
        match Arc::get_mut(shared) {
            Some(list) => {
                let known = list.len();
                list.extend(results.iter().skip(known).cloned());
            }
            None => {
                self.budget.spend(results.len() / 16)?;
                self.budget.make(size_of_val(results))?;
                *shared = Arc::new(List::from(results.to_vec()));
            }
        }
        if let Some(local) = self.locals.get_mut(place) {
            *local = Value::List(shared.clone());
        }
        Ok(())
    }

    pub(super) fn quantified(&mut self, quantified: &Quantified) -> Outcome {
        let (mut decided, mut unknown) = (false, false);
        self.combinations(
            &quantified.loops,
            &mut |machine| match machine.truth(&quantified.condition) {
                Truth::True if quantified.every => Ok(true),
                Truth::False if !quantified.every => Ok(true),
                Truth::True | Truth::False => {
                    decided = true;
                    Ok(false)
                }
                Truth::Null => {
                    unknown = true;
                    Ok(true)
                }
                Truth::Other(kind) => Err(no_condition(kind)),
            },
        )?;
        Ok(match (decided, unknown) {
            (true, _) => Value::Boolean(!quantified.every),
            (false, true) => Value::Null,
            (false, false) => Value::Boolean(quantified.every),
        })
    }
}

fn index_of(items: &[Value], index: &Number) -> Outcome {
    let count = items.len() as i64;
    let at = index.to_i64().ok_or(Fault::new("a position is a whole number"))?;
    let place = if at > 0 { at - 1 } else { count + at };
    let found = if at == 0 {
        None
    } else {
        usize::try_from(place).ok().and_then(|place| items.get(place))
    };
    found
        .cloned()
        .ok_or_else(|| format!("the list has no item {at}, it has {count}").into())
}

/// The values an iteration goes through.
enum Series {
    Items(Arc<List>, usize),
    Numbers { next: i64, left: u64, step: i64 },
    Dates { next: i64, left: u64, step: i64 },
}

impl Series {
    fn new(from: Value, to: Option<Value>) -> Result<Series, Fault> {
        let Some(to) = to else {
            return match from {
                Value::List(items) => Ok(Series::Items(items, 0)),
                Value::Range(range) => match (&range.low, &range.high) {
                    (Some(low), Some(high)) => {
                        Series::between(low, high, !range.low_included, !range.high_included)
                    }
                    _ => Err("a range without an end cannot be gone through".into()),
                },
                Value::Null => Err(Fault::missing("there is nothing to go through: it is null")),
                other => Ok(Series::Items(Arc::new(List::from(vec![other])), 0)),
            };
        };
        Series::between(&from, &to, false, false)
    }

    fn between(low: &Value, high: &Value, skip_first: bool, skip_last: bool) -> Result<Series, Fault> {
        let whole = |number: &Number| {
            number
                .to_i64()
                .ok_or(Fault::new("an iteration goes from whole number to whole number"))
        };
        let (from, to, dates) = match (low, high) {
            (Value::Number(low), Value::Number(high)) => (whole(low)?, whole(high)?, false),
            (Value::Date(low), Value::Date(high)) => (low.to_days(), high.to_days(), true),
            (Value::Null, _) | (_, Value::Null) => {
                return Err(Fault::missing("an end of the iteration is null"));
            }
            _ => return Err(format!("nothing can go from {} to {}", low.kind(), high.kind()).into()),
        };
        let step = if from <= to { 1 } else { -1 };
        let skipped = u64::from(skip_first) + u64::from(skip_last);
        let left = from.abs_diff(to).saturating_add(1).saturating_sub(skipped);
        let next = if skip_first {
            from.saturating_add(step)
        } else {
            from
        };
        Ok(if dates {
            Series::Dates { next, left, step }
        } else {
            Series::Numbers { next, left, step }
        })
    }
}

impl Iterator for Series {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Series::Items(items, at) => {
                *at += 1;
                items.get(*at - 1).cloned()
            }
            Series::Numbers { next, left, step } | Series::Dates { next, left, step } if *left > 0 => {
                let value = *next;
                *next = next.saturating_add(*step);
                *left -= 1;
                match self {
                    Series::Dates { .. } => Date::from_days(value).map(Value::Date),
                    _ => Some(Value::integer(value)),
                }
            }
            _ => None,
        }
    }
}
