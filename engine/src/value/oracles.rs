//! Numbers beside decNumber, dates and times beside jiff: other people's work must come to the same.

use dec::{Context, Decimal, Decimal128};
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use proptest::prelude::*;

use super::*;

/// A number of up to 34 digits.
fn numbers(exponents: std::ops::Range<i32>) -> impl Strategy<Value = Number> {
    let length = 0u32..=34;
    (any::<bool>(), any::<u128>(), length, exponents).prop_map(|(negative, digits, length, exponent)| {
        Number::from_parts(negative, digits % 10u128.pow(length), exponent).unwrap()
    })
}

/// Numbers whose digits come close to each other, so that sums cancel and quotients end.
fn near() -> impl Strategy<Value = Number> {
    (any::<bool>(), 0u64..1_000_000, -6i32..6).prop_map(|(negative, digits, exponent)| {
        Number::from_parts(negative, digits.into(), exponent).unwrap()
    })
}

fn pairs() -> impl Strategy<Value = (Number, Number)> {
    prop_oneof![
        (numbers(-40..40), numbers(-40..40)),
        (numbers(-6176..6111), numbers(-6176..6111)),
        (near(), near()),
        (near(), numbers(-40..40)),
    ]
}

fn written(number: &Number) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}e{}", number.coefficient(), number.exponent())
}

fn theirs(number: &Number) -> Decimal128 {
    written(number).parse().unwrap()
}

/// Ours again, nothing when it is none.
fn ours(number: Decimal128) -> Option<Number> {
    number
        .is_finite()
        .then(|| Number::parse(&number.to_string()).unwrap())
}

/// Digit by digit the same: `1.50` is not `1.5`.
fn same(mine: Option<Number>, other: Option<Number>) -> bool {
    let whole = |number: Option<Number>| number.map(|n| (n.is_negative(), n.coefficient(), n.exponent()));
    whole(mine) == whole(other)
}

/// Functions that cannot be computed exactly, to 34 digits.
fn close(mine: Option<Number>, other: Decimal<13>) -> Result<(), TestCaseError> {
    let other = Number::parse(&other.to_string());
    let (Some(mine), Some(other)) = (mine, other) else {
        prop_assert!(mine.is_none() && other.is_none(), "{mine:?} is not {other:?}");
        return Ok(());
    };
    let gap = mine.checked_sub(&other).unwrap().abs();
    let last = Number::from_parts(false, other.coefficient(), other.exponent() - 33).unwrap();
    prop_assert!(gap <= last, "{mine} is not {other}");
    Ok(())
}

fn context() -> Context<Decimal<13>> {
    let mut context = Context::<Decimal<13>>::default();
    context.set_precision(34).unwrap();
    context.set_max_exponent(6_144).unwrap();
    context.set_min_exponent(-6_143).unwrap();
    context
}

fn wide(number: &Number) -> Decimal<13> {
    written(number).parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_products_and_quotients_are_those_of_decnumber((a, b) in pairs()) {
        let mut context = Context::<Decimal128>::default();
        let (x, y) = (theirs(&a), theirs(&b));
        let (sum, product) = (ours(context.add(x, y)), ours(context.mul(x, y)));
        prop_assert!(same(a.checked_add(&b), sum), "{a:?} + {b:?} = {:?}, not {sum:?}", a.checked_add(&b));
        prop_assert!(same(a.checked_mul(&b), product), "{a:?} * {b:?} = {:?}, not {product:?}", a.checked_mul(&b));
        let quotient = ours(context.div(x, y));
        prop_assert!(same(a.checked_div(&b), quotient), "{a:?} / {b:?} = {:?}, not {quotient:?}", a.checked_div(&b));
        prop_assert_eq!(Some(a.cmp(&b)), x.partial_cmp(&y));
    }

    #[test]
    fn rounding_is_that_of_decnumber(number in prop_oneof![numbers(-40..40), near()], scale in -10i32..40) {
        use dec::Rounding as Theirs;
        let ways = [
            (Rounding::HalfEven, Theirs::HalfEven),
            (Rounding::Up, Theirs::Up),
            (Rounding::Down, Theirs::Down),
            (Rounding::HalfUp, Theirs::HalfUp),
            (Rounding::HalfDown, Theirs::HalfDown),
            (Rounding::Floor, Theirs::Floor),
            (Rounding::Ceiling, Theirs::Ceiling),
        ];
        for (mine, other) in ways {
            let mut context = Context::<Decimal128>::default();
            context.set_rounding(other);
            let unit = format!("1e{}", -scale).parse().unwrap();
            // Where there is no room for so many places theirs is not a number, and ours stays as it is.
            let other = ours(context.quantize(theirs(&number), unit)).unwrap_or(number);
            prop_assert_eq!(number.round(scale, mine), Some(other));
        }
    }

    #[test]
    fn roots_are_those_of_decnumber(number in prop_oneof![numbers(-40..40), numbers(-6176..6111), near()]) {
        let mut root = wide(&number);
        context().sqrt(&mut root);
        prop_assert_eq!(number.sqrt(), Number::parse(&root.to_string()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn powers_are_those_of_decnumber(base in near(), power in -40i64..40) {
        let mut result = wide(&base);
        context().pow(&mut result, &wide(&Number::from(power)));
        let result = if base.is_zero() && power == 0 { Decimal::from(1) } else { result };
        close(base.checked_pow(&Number::from(power)), result)?;
    }

    #[test]
    fn exponentials_and_logarithms_are_those_of_decnumber(number in near()) {
        let mut logarithm = wide(&number.abs());
        context().ln(&mut logarithm);
        close(number.abs().ln(), logarithm)?;
        let small = number.checked_div(&Number::from(1_000_000_000i64)).unwrap();
        let mut exponential = wide(&small);
        context().exp(&mut exponential);
        close(small.exp(), exponential)?;
    }

    #[test]
    fn fractional_powers_are_those_of_decnumber(base in near(), power in near()) {
        let (base, power) = (base.abs(), power.checked_div(&Number::from(1_000_000i64)).unwrap());
        prop_assume!(!base.is_zero() && power.to_i64().is_none());
        let mut result = wide(&base);
        context().pow(&mut result, &wide(&power));
        close(base.checked_pow(&power), result)?;
    }
}

fn days() -> impl Strategy<Value = Date> {
    (-719_000i64..2_900_000).prop_map(|day| Date::from_days(day).unwrap())
}

fn civil_date(date: &Date) -> civil::Date {
    civil::date(date.year() as i16, date.month() as i8, date.day() as i8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dates_are_those_of_jiff(date in days(), other in days(), months in -5_000i32..5_000, shift in -100_000i32..100_000) {
        let (a, b) = (civil_date(&date), civil_date(&other));
        prop_assert_eq!(date.to_string(), a.to_string());
        prop_assert_eq!(i16::try_from(date.day_of_year()).unwrap(), a.day_of_year());
        prop_assert_eq!(date.weekday() as i8, a.weekday().to_monday_one_offset());
        prop_assert_eq!(date.week_of_year() as i8, a.iso_week_date().week());
        let between = a.until((jiff::Unit::Month, b)).unwrap();
        prop_assert_eq!(date.months_until(&other).months(), i64::from(between.get_months()));
        let moved = |span: Span| a.checked_add(span).ok().filter(|date| date.year() > 0).map(|date| date.to_string());
        let mine = |date: Option<Date>| date.filter(|date| (1..=9_999).contains(&date.year())).map(|date| date.to_string());
        prop_assert_eq!(mine(date.add_months(months.into())), moved(Span::new().months(months)));
        prop_assert_eq!(mine(date.add_days(shift.into())), moved(Span::new().days(shift)));
    }

    #[test]
    fn times_in_zones_are_those_of_jiff(
        date in days(),
        second in 0u32..86_400,
        zone in proptest::sample::select(&["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"][..]),
        shift in -10_000_000i64..10_000_000,
    ) {
        let (hour, minute, rest) = (second / 3_600, second / 60 % 60, second % 60);
        let clock = format!("{hour:02}:{minute:02}:{rest:02}");
        let mine = DateTime::parse(&format!("{date}T{clock}@{zone}")).unwrap();
        let civil = civil_date(&date).at(hour as i8, minute as i8, rest as i8, 0);
        let other = civil.to_zoned(TimeZone::get(zone).unwrap()).unwrap();
        prop_assert_eq!(mine.offset(), Some(other.offset().seconds()));
        let later = mine.add(&DaysDuration::from_seconds(shift)).unwrap();
        let moved = other.checked_add(SignedDuration::from_secs(shift)).unwrap();
        prop_assert_eq!(later.to_string(), format!("{}@{zone}", moved.datetime()));
        let stamp = moved.timestamp().as_second() - other.timestamp().as_second();
        let between = later.since(&mine).map(|gap| gap.floor_seconds());
        // A clock that is set back shows an hour twice, and the time does not say which.
        let twice = later.offset() != Some(moved.offset().seconds());
        prop_assert!(twice || between == Some(stamp));
    }
}
