//! Tests of the values.

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn decimal_fractions_are_exact() {
    assert_eq!(number("0.1").checked_add(&number("0.2")), Some(number("0.3")));
    assert_eq!(
        number("1.10").checked_mul(&number("3")).unwrap().to_string(),
        "3.30"
    );
    assert_eq!(
        number("1").checked_div(&number("3")).unwrap().to_string(),
        format!("0.{}", "3".repeat(34))
    );
    assert_eq!(
        number("2").checked_div(&number("3")).unwrap().to_string(),
        format!("0.{}7", "6".repeat(33))
    );
    assert_eq!(number("10").checked_div(&number("4")).unwrap().to_string(), "2.5");
    assert_eq!(number("1").checked_div(&Number::ZERO), None);
}

#[test]
fn results_are_rounded_half_to_even_at_34_digits() {
    let nines = number(&"9".repeat(34));
    assert_eq!(
        nines.checked_add(&number("0.5")),
        Some(number(&format!("1{}", "0".repeat(34))))
    );
    assert_eq!(nines.checked_add(&number("0.4")), Some(nines));
    assert_eq!(nines.checked_add(&number("1e-60")), Some(nines));
    assert_eq!(number("1e6000").checked_mul(&number("1e6000")), None);
    assert_eq!(
        number("1e-6000").checked_mul(&number("1e-6000")),
        Some(Number::ZERO)
    );
    assert_eq!(number("2.5").round(0, Rounding::HalfEven), Some(number("2")));
    assert_eq!(number("-2.5").round(0, Rounding::HalfUp), Some(number("-3")));
    assert_eq!(number("1234").round(-2, Rounding::Ceiling), Some(number("1300")));
}

#[test]
fn order_ignores_trailing_zeros() {
    assert_eq!(number("1.50"), number("1.5"));
    assert_eq!(number("1e3"), number("1000"));
    assert!(number("-2") < number("-1.999"));
    assert!(number("1e30") > number("9.99e29"));
    assert_eq!(number("-0"), Number::ZERO);
    assert_eq!(number("1.50").to_string(), "1.50");
}

#[test]
fn powers_and_roots() {
    assert_eq!(number("2").checked_pow(&number("10")), Some(number("1024")));
    assert_eq!(number("2").checked_pow(&number("-2")), Some(number("0.25")));
    assert_eq!(number("16").sqrt(), Some(number("4")));
    assert_eq!(
        number("2").sqrt().unwrap().to_string(),
        "1.414213562373095048801688724209698"
    );
    assert_eq!(number("-1").sqrt(), None);
    assert_eq!(number("10").checked_pow(&number("999999999999")), None);
    assert_eq!(
        number("1").exp().unwrap().to_string(),
        "2.718281828459045235360287471352662"
    );
    assert_eq!(number("99999").exp(), None);
    assert_eq!(Number::ONE.ln(), Some(Number::ZERO));
}

#[test]
fn months_end_where_the_shorter_month_ends() {
    let date = |text| Date::parse(text).unwrap();
    assert_eq!(date("2025-01-31").add_months(1), Some(date("2025-02-28")));
    assert_eq!(date("2024-01-31").add_months(1), Some(date("2024-02-29")));
    assert_eq!(date("2024-02-29").add_months(12), Some(date("2025-02-28")));
    assert_eq!(date("2025-03-31").add_months(-1), Some(date("2025-02-28")));
    assert_eq!(Date::parse("2025-02-29"), None);
    assert_eq!(Date::parse("1900-02-29"), None);
    assert!(Date::parse("2000-02-29").is_some());
    assert_eq!(date("999999999-12-31").add_days(1), None);
    assert_eq!(date("0000-03-01").add_days(-1), Some(date("0000-02-29")));
}

#[test]
fn zones_shift_instants_but_not_clocks() {
    let time = |text| DateTime::parse(text).unwrap();
    let summer = time("2025-03-30T01:30:00@Europe/Copenhagen");
    let later = summer.add(&DaysDuration::from_seconds(3600)).unwrap();
    assert_eq!(later.to_string(), "2025-03-30T03:30:00@Europe/Copenhagen");
    assert_eq!(later.since(&summer), Some(DaysDuration::from_seconds(3600)));
    assert_eq!(
        time("2025-01-01T00:00:00").since(&time("2025-01-01T00:00:00Z")),
        None
    );
    assert_eq!(DateTime::parse("2025-01-01T00:00:00@No/Where"), None);
    assert_eq!(Time::parse("24:00:01"), None);
}

#[test]
fn durations_read_and_write() {
    for text in ["PT0S", "P1DT2H3M4.5S", "-PT1.5S", "P10D", "PT16H40M0.999999999S"] {
        assert_eq!(DaysDuration::parse(text).unwrap().to_string(), text);
    }
    for text in ["P0M", "P1Y2M", "-P3M", "P99999999Y"] {
        assert_eq!(MonthsDuration::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "P", "PT", "P1H", "1D", "P1DT", "P1.5D", "", "P1S", "PT1D", "P1W", "PT5M3H",
    ] {
        assert_eq!(DaysDuration::parse(text), None, "{text}");
    }
}

#[test]
fn plain_json_keeps_numbers_exact() {
    let json = serde_json::json!({"a": [1, 2.5, "x", null, true], "b": {"c": "2025-06-01"}});
    let value = Value::from_plain_json(&json);
    assert_eq!(value.to_plain_json(), json);
    assert_eq!(
        Value::Number(number("0.1")).to_plain_json(),
        serde_json::json!(0.1)
    );
    let long = "0.1000000000000000000000000000000001";
    assert_eq!(
        Value::Number(number(long)).to_plain_json(),
        serde_json::json!(long)
    );
    assert_eq!(
        value.to_string(),
        "{a: [1, 2.5, \"x\", null, true], b: {c: \"2025-06-01\"}}"
    );
}

proptest! {
    #[test]
    fn addition_agrees_with_integers(a in -1_000_000_000_000i64..1_000_000_000_000, b in -1_000_000_000_000i64..1_000_000_000_000) {
        let (x, y) = (Number::from(a), Number::from(b));
        prop_assert_eq!(x.checked_add(&y).and_then(|n| n.to_i64()), Some(a + b));
        prop_assert_eq!(x.checked_sub(&y).and_then(|n| n.to_i64()), Some(a - b));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        let product = i128::from(a) * i128::from(b);
        prop_assert_eq!(x.checked_mul(&y), Number::from_parts(product < 0, product.unsigned_abs(), 0));
    }

    #[test]
    fn division_is_undone_by_multiplication(a in 1i64..1_000_000_000_000, b in 1i64..1_000_000, scale in -20i32..20) {
        let a = Number::from_parts(false, a.unsigned_abs().into(), scale).unwrap();
        let b = Number::from(b);
        let back = a.checked_div(&b).unwrap().checked_mul(&b).unwrap();
        let gap = back.checked_sub(&a).unwrap().abs();
        prop_assert!(gap <= a.checked_mul(&number("1e-32")).unwrap());
    }

    #[test]
    fn numbers_survive_writing(coefficient in 0u64.., exponent in -40i32..40, negative: bool) {
        let number = Number::from_parts(negative, coefficient.into(), exponent).unwrap();
        prop_assert_eq!(Number::parse(&number.to_string()), Some(number));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+0-9.eEPTDHMSYZ:@/]{0,24}") {
        let _ = (Number::parse(&text), Date::parse(&text), Time::parse(&text), DateTime::parse(&text));
        let _ = (DaysDuration::parse(&text), MonthsDuration::parse(&text));
    }

    #[test]
    fn days_and_dates_agree(days in -400_000_000_000i64..300_000_000_000) {
        if let Some(date) = Date::from_days(days) {
            prop_assert_eq!(date.to_days(), days);
            prop_assert_eq!(Date::parse(&date.to_string()), Some(date));
        }
    }
}
