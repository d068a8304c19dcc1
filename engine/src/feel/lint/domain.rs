//! What a value can still be, once some conditions on it are known.

use std::cmp::Ordering;

use crate::feel::ast::Comparison;
use crate::feel::limits::Budget;
use crate::feel::ops;
use crate::value::{Number, Value};

/// A set of values; what cannot be told apart counts as possible.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    /// Whether null is among them.
    pub null: bool,
    /// The only values besides null, when they are known one by one.
    only: Option<Vec<Value>>,
    except: Vec<Value>,
    low: Option<End>,
    high: Option<End>,
}

#[derive(Clone, Debug)]
struct End {
    value: Value,
    included: bool,
}

impl Domain {
    pub fn anything() -> Domain {
        Domain {
            null: true,
            only: None,
            except: Vec::new(),
            low: None,
            high: None,
        }
    }

    pub fn not_null() -> Domain {
        Domain {
            null: false,
            ..Domain::anything()
        }
    }

    /// These values, of which null may be one.
    pub fn only(values: &[Value]) -> Domain {
        Domain {
            null: values.contains(&Value::Null),
            only: Some(values.iter().filter(|value| !value.is_null()).cloned().collect()),
            ..Domain::anything()
        }
    }

    /// Everything but one value.
    pub fn except(value: &Value) -> Domain {
        if value.is_null() {
            return Domain::not_null();
        }
        Domain {
            except: vec![value.clone()],
            ..Domain::anything()
        }
    }

    /// What stands in this relation to a value.
    pub fn related(comparison: Comparison, value: &Value) -> Domain {
        let end = |included| {
            Some(End {
                value: value.clone(),
                included,
            })
        };
        let between = |low, high| Domain {
            low,
            high,
            ..Domain::not_null()
        };
        match comparison {
            Comparison::Equal => Domain::only(std::slice::from_ref(value)),
            Comparison::NotEqual => Domain::except(value),
            Comparison::Less => between(None, end(false)),
            Comparison::LessOrEqual => between(None, end(true)),
            Comparison::Greater => between(end(false), None),
            Comparison::GreaterOrEqual => between(end(true), None),
        }
    }

    pub fn or_null(self) -> Domain {
        Domain { null: true, ..self }
    }

    /// What lies in both.
    pub fn meet(mut self, other: &Domain) -> Domain {
        self.null &= other.null;
        self.except.extend(other.except.iter().cloned());
        self.only = match (self.only, &other.only) {
            (Some(mine), Some(theirs)) => Some(
                mine.into_iter()
                    .filter(|value| theirs.iter().any(|other| alike(value, other)))
                    .collect(),
            ),
            (mine, theirs) => mine.or_else(|| theirs.clone()),
        };
        self.low = tighter(self.low, other.low.as_ref(), Ordering::Greater);
        self.high = tighter(self.high, other.high.as_ref(), Ordering::Less);
        self
    }

    /// What lies in either, when that can be told.
    pub fn join(mut self, other: &Domain) -> Option<Domain> {
        if other.has_no_values() {
            self.null |= other.null;
            return Some(self);
        }
        let plain =
            |domain: &Domain| domain.except.is_empty() && domain.low.is_none() && domain.high.is_none();
        let both = plain(&self) && plain(other);
        match (&mut self.only, &other.only) {
            (Some(mine), Some(theirs)) if both => {
                mine.extend(theirs.iter().cloned());
                self.null |= other.null;
                Some(self)
            }
            _ => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        !self.null && self.has_no_values()
    }

    fn has_no_values(&self) -> bool {
        if let Some(only) = &self.only {
            return !only.iter().any(|value| self.admits(value));
        }
        let (Some(low), Some(high)) = (&self.low, &self.high) else {
            return false;
        };
        match ops::order(&low.value, &high.value) {
            Ok(Ordering::Greater) => true,
            Ok(Ordering::Equal) => !low.included || !high.included || !self.admits(&low.value),
            _ => false,
        }
    }

    /// Whether one of the values listed fits the other conditions.
    fn admits(&self, value: &Value) -> bool {
        let beyond = |end: &Option<End>, outside: Ordering| {
            end.as_ref()
                .is_some_and(|end| match ops::order(value, &end.value) {
                    Ok(Ordering::Equal) => !end.included,
                    Ok(found) => found == outside,
                    Err(_) => false,
                })
        };
        let excepted = self
            .except
            .iter()
            .any(|other| matches!(ops::equal(value, other, &mut Budget::new()), Ok(Some(true))));
        !excepted && !beyond(&self.low, Ordering::Less) && !beyond(&self.high, Ordering::Greater)
    }

    /// The same seen from the other side of a comparison, when the values are orders.
    pub fn mirrored(&self) -> Domain {
        let turn = |value: &Value| match value {
            Value::Number(number) if number.is_negative() => Value::integer(1),
            Value::Number(number) if *number == Number::from(1_i64) => Value::integer(-1),
            other => other.clone(),
        };
        Domain {
            only: self.only.as_ref().map(|only| only.iter().map(turn).collect()),
            ..self.clone()
        }
    }
}

/// Whether two values may be the same.
fn alike(left: &Value, right: &Value) -> bool {
    !matches!(ops::equal(left, right, &mut Budget::new()), Ok(Some(false)))
}

/// The end that leaves less.
fn tighter(mine: Option<End>, theirs: Option<&End>, inner: Ordering) -> Option<End> {
    let (Some(own), Some(other)) = (&mine, theirs) else {
        return mine.or_else(|| theirs.cloned());
    };
    let replaces = match ops::order(&other.value, &own.value) {
        Ok(Ordering::Equal) => !other.included,
        Ok(found) => found == inner,
        Err(_) => false,
    };
    if replaces { Some(other.clone()) } else { mine }
}
