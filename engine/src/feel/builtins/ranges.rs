//! Functions of ranges and single values.

use super::{Builtin, Kind, Parameter, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::ops::{in_range, order};
use crate::value::{Range, Value};

const POINTS: &[Parameter] = &[required("point1", Kind::Point), required("point2", Kind::Point)];
const POINT_RANGE: &[Parameter] = &[required("point", Kind::Point), required("range", Kind::Range)];
const RANGE_POINT: &[Parameter] = &[required("range", Kind::Range), required("point", Kind::Point)];
const RANGES: &[Parameter] = &[required("range1", Kind::Range), required("range2", Kind::Range)];

type Test = fn(&Bounds, &Bounds) -> Result<bool, Fault>;

macro_rules! relation {
    ($name:literal, $parameters:expr, $test:expr, $description:literal, $example:literal) => {
        row(
            $name,
            $parameters,
            Kind::Boolean,
            |_, args| relate(args, $test),
            $description,
            $example,
        )
    };
}

pub(super) const TABLE: &[Builtin] = &[
    relation!(
        "before",
        POINTS,
        before,
        "tells whether one lies wholly before the other",
        "before(1, 10) = true"
    ),
    relation!(
        "before",
        POINT_RANGE,
        before,
        "tells whether one lies wholly before the other",
        "before(1, [2..5]) = true"
    ),
    relation!(
        "before",
        RANGE_POINT,
        before,
        "tells whether one lies wholly before the other",
        "before([1..5], 10) = true"
    ),
    relation!(
        "before",
        RANGES,
        before,
        "tells whether one lies wholly before the other",
        "before([1..5), [5..10]) = true"
    ),
    relation!(
        "after",
        POINTS,
        after,
        "tells whether one lies wholly after the other",
        "after(10, 5) = true"
    ),
    relation!(
        "after",
        POINT_RANGE,
        after,
        "tells whether one lies wholly after the other",
        "after(12, [1..5]) = true"
    ),
    relation!(
        "after",
        RANGE_POINT,
        after,
        "tells whether one lies wholly after the other",
        "after([11..20], 12) = false"
    ),
    relation!(
        "after",
        RANGES,
        after,
        "tells whether one lies wholly after the other",
        "after([11..20], [1..11)) = true"
    ),
    relation!(
        "meets",
        RANGES,
        meets,
        "tells whether the first ends where the second begins",
        "meets([1..5], [5..10]) = true"
    ),
    relation!(
        "met by",
        RANGES,
        |a, b| meets(b, a),
        "tells whether the first begins where the second ends",
        "met by([5..10], [1..5]) = true"
    ),
    relation!(
        "overlaps",
        RANGES,
        overlaps,
        "tells whether two ranges have values in common",
        "overlaps([1..5], [3..8]) = true"
    ),
    relation!(
        "overlaps before",
        RANGES,
        overlaps_before,
        "tells whether the first begins before the second and ends in it",
        "overlaps before([1..5], [3..8]) = true"
    ),
    relation!(
        "overlaps after",
        RANGES,
        overlaps_after,
        "tells whether the first begins in the second but later, and ends no earlier",
        "overlaps after([3..8], [1..5]) = true"
    ),
    relation!(
        "finishes",
        POINT_RANGE,
        finishes,
        "tells whether the first ends where the second ends",
        "finishes(10, [1..10]) = true"
    ),
    relation!(
        "finishes",
        RANGES,
        finishes,
        "tells whether the first ends where the second ends",
        "finishes([5..10], [1..10]) = true"
    ),
    relation!(
        "finished by",
        RANGE_POINT,
        |a, b| finishes(b, a),
        "tells whether the second ends where the first ends",
        "finished by([1..10], 10) = true"
    ),
    relation!(
        "finished by",
        RANGES,
        |a, b| finishes(b, a),
        "tells whether the second ends where the first ends",
        "finished by([1..10], [5..10]) = true"
    ),
    relation!(
        "includes",
        RANGE_POINT,
        |a, b| during(b, a),
        "tells whether the second lies in the first",
        "includes([1..10], 5) = true"
    ),
    relation!(
        "includes",
        RANGES,
        |a, b| during(b, a),
        "tells whether the second lies in the first",
        "includes([1..10], [4..6]) = true"
    ),
    relation!(
        "during",
        POINT_RANGE,
        during,
        "tells whether the first lies in the second",
        "during(5, [1..10]) = true"
    ),
    relation!(
        "during",
        RANGES,
        during,
        "tells whether the first lies in the second",
        "during([4..6], [1..10]) = true"
    ),
    relation!(
        "starts",
        POINT_RANGE,
        starts,
        "tells whether the first begins where the second begins",
        "starts(1, [1..5]) = true"
    ),
    relation!(
        "starts",
        RANGES,
        starts,
        "tells whether the first begins where the second begins",
        "starts([1..5], [1..10]) = true"
    ),
    relation!(
        "started by",
        RANGE_POINT,
        |a, b| starts(b, a),
        "tells whether the second begins where the first begins",
        "started by([1..10], 1) = true"
    ),
    relation!(
        "started by",
        RANGES,
        |a, b| starts(b, a),
        "tells whether the second begins where the first begins",
        "started by([1..10], [1..5]) = true"
    ),
    relation!(
        "coincides",
        POINTS,
        coincides,
        "tells whether both are the same",
        "coincides(5, 5) = true"
    ),
    relation!(
        "coincides",
        RANGES,
        coincides,
        "tells whether both are the same",
        "coincides([1..5], [1..5]) = true"
    ),
    row(
        "range",
        &[required("from", Kind::String)],
        Kind::Range,
        |_, args| crate::feel::literal::read_range(args.first().and_then(Value::as_str).unwrap_or("")),
        "reads a range",
        "range(\"[18..21)\") = [18..21)",
    ),
];

/// A range, or a single value as the range of itself.
struct Bounds {
    low: Value,
    low_included: bool,
    high: Value,
    high_included: bool,
    point: bool,
}

fn relate(args: &[Value], test: Test) -> Outcome {
    match args {
        [a, b] => Ok(Value::Boolean(test(&bounds(a), &bounds(b))?)),
        _ => Err("two arguments are needed".into()),
    }
}

/// An end that a range does not have is null, which spoils only the relations that look at it.
fn bounds(value: &Value) -> Bounds {
    let Value::Range(range) = value else {
        return Bounds {
            low: value.clone(),
            low_included: true,
            high: value.clone(),
            high_included: true,
            point: true,
        };
    };
    Bounds {
        low: range.low.clone().unwrap_or_default(),
        low_included: range.low_included,
        high: range.high.clone().unwrap_or_default(),
        high_included: range.high_included,
        point: false,
    }
}

fn before(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    let order = order(&a.high, &b.low)?;
    Ok(order.is_lt() || order.is_eq() && !(a.high_included && b.low_included))
}

fn after(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    before(b, a)
}

fn meets(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    Ok(a.high_included && b.low_included && order(&a.high, &b.low)?.is_eq())
}

fn overlaps(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    Ok(!before(a, b)? && !before(b, a)?)
}

/// Whether `a` begins before `b` does; of two that begin at the same value, the one that includes it.
fn begins_first(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    let order = order(&a.low, &b.low)?;
    Ok(order.is_lt() || order.is_eq() && a.low_included && !b.low_included)
}

fn ends_first(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    let order = order(&a.high, &b.high)?;
    Ok(order.is_lt() || order.is_eq() && !a.high_included && b.high_included)
}

fn overlaps_before(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    Ok(begins_first(a, b)? && !before(a, b)? && !ends_first(b, a)?)
}

fn overlaps_after(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    Ok(begins_first(b, a)? && !before(b, a)? && !ends_first(a, b)?)
}

fn finishes(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    let same_end = order(&a.high, &b.high)?.is_eq() && a.high_included == b.high_included;
    Ok(same_end && (a.point || !begins_first(a, b)?))
}

fn starts(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    let same_start = order(&a.low, &b.low)?.is_eq() && a.low_included == b.low_included;
    Ok(same_start && (a.point || !ends_first(b, a)?))
}

fn during(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    if a.point {
        let range = Range {
            low: Some(b.low.clone()),
            low_included: b.low_included,
            high: Some(b.high.clone()),
            high_included: b.high_included,
        };
        return in_range(&a.low, &range);
    }
    Ok(!begins_first(a, b)? && !ends_first(b, a)?)
}

fn coincides(a: &Bounds, b: &Bounds) -> Result<bool, Fault> {
    Ok(order(&a.low, &b.low)?.is_eq()
        && order(&a.high, &b.high)?.is_eq()
        && a.low_included == b.low_included
        && a.high_included == b.high_included)
}
