//! Decimal numbers as the rule language defines them.

use std::cmp::Ordering;
use std::fmt;

use fastnum::U256;

/// The number of significant digits a result is rounded to.
pub const PRECISION: u32 = 34;
/// The largest exponent of ten a number can have.
const MAX_EXPONENT: i32 = 6111;
/// The smallest exponent of ten a number can have.
pub(super) const MIN_EXPONENT: i32 = -6176;
/// The largest coefficient: 34 nines.
pub(super) const MAX_COEFFICIENT: u128 = 10u128.pow(PRECISION) - 1;

/// A decimal number of at most 34 significant digits; results are rounded half to even.
///
/// Trailing zeros are kept (`1.10` stays `1.10`), equality and order ignore them.
#[derive(Clone, Copy)]
pub struct Number {
    pub(super) high: u64,
    pub(super) low: u64,
    pub(super) exponent: i16,
    pub(super) negative: bool,
}

/// How [`Number::round`] chooses between two neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, a tie to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// To the nearest, a tie away from zero.
    HalfUp,
    /// To the nearest, a tie towards zero.
    HalfDown,
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceiling,
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number {
        high: 0,
        low: 0,
        exponent: 0,
        negative: false,
    };
    /// One.
    pub const ONE: Number = Number {
        high: 0,
        low: 1,
        exponent: 0,
        negative: false,
    };

    /// Reads a decimal such as `-12.50` or `1.2e-7`; more than 34 digits are rounded.
    pub fn parse(text: &str) -> Option<Number> {
        let bytes = text.as_bytes();
        let (negative, mut at) = match bytes.first()? {
            b'-' => (true, 1),
            b'+' => (false, 1),
            _ => (false, 0),
        };
        let mut coefficient: u128 = 0;
        let (mut exponent, mut digits, mut dot) = (0i32, 0usize, false);
        let (mut dropped_first, mut sticky) = (None, false);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    let digit = byte - b'0';
                    if dropped_first.is_none() && coefficient <= (MAX_COEFFICIENT - 9) / 10 {
                        coefficient = coefficient * 10 + u128::from(digit);
                        exponent = exponent.checked_sub(i32::from(dot))?;
                    } else {
                        match dropped_first {
                            None => dropped_first = Some(digit),
                            Some(_) => sticky |= digit != 0,
                        }
                        exponent = exponent.checked_add(i32::from(!dot))?;
                    }
                }
                b'.' if !dot => dot = true,
                _ => break,
            }
            at += 1;
        }
        if digits == 0 {
            return None;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            let written: i32 = text.get(at + 1..)?.parse().ok()?;
            exponent = exponent.checked_add(written)?;
            at = bytes.len();
        }
        if at != bytes.len() {
            return None;
        }
        let up = match dropped_first {
            Some(6..) => true,
            Some(5) => sticky || coefficient % 2 == 1,
            _ => false,
        };
        Self::finish(negative, coefficient + u128::from(up), exponent)
    }

    /// `coefficient * 10^exponent`, rounded to 34 digits; nothing when it is too large.
    pub fn from_parts(negative: bool, coefficient: u128, exponent: i32) -> Option<Number> {
        Self::finish(negative, coefficient, exponent)
    }

    pub(super) fn raw(negative: bool, coefficient: u128, exponent: i32) -> Number {
        Number {
            high: (coefficient >> 64) as u64,
            low: coefficient as u64,
            exponent: exponent as i16,
            negative: negative && coefficient != 0,
        }
    }

    /// The digits without sign and decimal point.
    pub fn coefficient(&self) -> u128 {
        (u128::from(self.high) << 64) | u128::from(self.low)
    }

    /// The power of ten the coefficient is multiplied with.
    pub fn exponent(&self) -> i32 {
        i32::from(self.exponent)
    }

    pub(super) fn finish(negative: bool, coefficient: u128, exponent: i32) -> Option<Number> {
        if coefficient <= MAX_COEFFICIENT && (MIN_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
            return Some(Self::raw(negative, coefficient, exponent));
        }
        Self::finish_wide(negative, wide(coefficient), exponent, false)
    }

    /// Rounds an intermediate result to what a number can hold; `sticky` says that digits other than
    /// zero were cut off before.
    pub(super) fn finish_wide(
        negative: bool,
        mut coefficient: U256,
        mut exponent: i32,
        mut sticky: bool,
    ) -> Option<Number> {
        loop {
            let digits = digits_wide(&coefficient);
            let excess = digits.saturating_sub(PRECISION) as i32;
            let below = MIN_EXPONENT.saturating_sub(exponent).max(0);
            let drop = excess.max(below);
            if drop == 0 {
                break;
            }
            if drop > 76 {
                return Some(Self::raw(false, 0, MIN_EXPONENT));
            }
            let divisor = ten_wide(drop as u32);
            let (quotient, rest) = (coefficient / divisor, coefficient % divisor);
            let half = divisor / wide(2);
            let up = match rest.cmp(&half) {
                Ordering::Greater => true,
                Ordering::Equal => sticky || narrow(&quotient) % 2 == 1,
                Ordering::Less => false,
            };
            sticky = false;
            coefficient = if up { quotient + U256::ONE } else { quotient };
            exponent += drop;
        }
        let mut coefficient = narrow(&coefficient);
        if coefficient == 0 {
            exponent = exponent.min(MAX_EXPONENT);
        }
        while exponent > MAX_EXPONENT {
            coefficient = coefficient.checked_mul(10).filter(|c| *c <= MAX_COEFFICIENT)?;
            exponent -= 1;
        }
        Some(Self::raw(negative, coefficient, exponent))
    }

    /// The value as a whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_zero() {
            return Some(0);
        }
        let mut coefficient = self.coefficient();
        if self.exponent < 0 {
            let divisor = 10u128.checked_pow(u32::from(self.exponent.unsigned_abs()))?;
            if !coefficient.is_multiple_of(divisor) {
                return None;
            }
            coefficient /= divisor;
        } else {
            coefficient = coefficient.checked_mul(10u128.checked_pow(u32::from(self.exponent as u16))?)?;
        }
        let value = i128::try_from(coefficient).ok()?;
        i64::try_from(if self.negative { -value } else { value }).ok()
    }

    /// The value without its fraction, if it fits.
    pub fn truncate_i64(&self) -> Option<i64> {
        self.round(0, Rounding::Down)?.to_i64()
    }

    /// The nearest binary floating-point number, for handing over to formats that know nothing else.
    pub fn to_f64(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}e{}", self.coefficient(), self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// Whether the value is less than zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the value has no fraction.
    pub fn is_integer(&self) -> bool {
        if self.exponent >= 0 || self.is_zero() {
            return true;
        }
        match 10u128.checked_pow(u32::from(self.exponent.unsigned_abs())) {
            Some(divisor) => self.coefficient().is_multiple_of(divisor),
            None => false,
        }
    }

    /// The value with the opposite sign.
    pub fn negate(&self) -> Number {
        Number {
            negative: !self.negative && !self.is_zero(),
            ..*self
        }
    }

    /// The value without its sign.
    pub fn abs(&self) -> Number {
        Number {
            negative: false,
            ..*self
        }
    }

    /// The value without trailing zeros after the decimal point.
    pub fn normalized(&self) -> Number {
        let (mut coefficient, mut exponent) = (self.coefficient(), self.exponent());
        if coefficient == 0 {
            return Number::ZERO;
        }
        while exponent < 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            exponent += 1;
        }
        Self::raw(self.negative, coefficient, exponent)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::raw(value < 0, u128::from(value.unsigned_abs()), 0)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Number::raw(false, value as u128, 0)
    }
}

pub(super) fn digits(value: u128) -> u32 {
    value.checked_ilog10().map_or(1, |log| log + 1)
}

pub(super) fn wide(value: u128) -> U256 {
    U256::from_digits([value as u64, (value >> 64) as u64, 0, 0])
}

/// INVARIANT: `value` is below 2^128 wherever the result matters.
fn narrow(value: &U256) -> u128 {
    let [low, high, ..] = *value.digits();
    (u128::from(high) << 64) | u128::from(low)
}

fn digits_wide(value: &U256) -> u32 {
    let [_, _, c, d] = *value.digits();
    if c == 0 && d == 0 {
        return digits(narrow(value));
    }
    // 10^38 is the largest power of ten below 2^128.
    let (mut rest, mut count) = (*value, 0);
    let step = ten_wide(19);
    while rest >= step {
        rest /= step;
        count += 19;
    }
    count + digits(narrow(&rest))
}

pub(super) fn ten_wide(power: u32) -> U256 {
    let first = power.min(38);
    let base = wide(10u128.pow(first));
    if power > 38 {
        base * wide(10u128.pow((power - 38).min(38)))
    } else {
        base
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let small = |number: &Number| number.high == 0 && !number.negative;
        if self.exponent == other.exponent && small(self) && small(other) {
            return self.low.cmp(&other.low);
        }
        self.compare(other)
    }
}

impl Number {
    fn compare(&self, other: &Number) -> Ordering {
        if self.negative != other.negative {
            return if self.negative {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        let magnitude = compare_magnitudes(self, other);
        if self.negative {
            magnitude.reverse()
        } else {
            magnitude
        }
    }
}

fn compare_magnitudes(left: &Number, right: &Number) -> Ordering {
    let (a, b) = (left.coefficient(), right.coefficient());
    if left.exponent == right.exponent || a == 0 || b == 0 {
        return a.cmp(&b);
    }
    let gap = u32::from(left.exponent.abs_diff(right.exponent));
    if left.high == 0 && right.high == 0 && gap <= 19 {
        // 64 bits times 10^19 fit into 128.
        let ten = 10u128.pow(gap);
        return if left.exponent > right.exponent {
            (a * ten).cmp(&b)
        } else {
            a.cmp(&(b * ten))
        };
    }
    let top = |coefficient: u128, exponent: i16| i32::from(exponent) + digits(coefficient) as i32;
    match top(a, left.exponent).cmp(&top(b, right.exponent)) {
        // Equal tops differ by at most 34 in the exponent, so that the products fit into 256 bits.
        Ordering::Equal if left.exponent > right.exponent => {
            (wide(a) * ten_wide((left.exponent - right.exponent) as u32)).cmp(&wide(b))
        }
        Ordering::Equal => wide(a).cmp(&(wide(b) * ten_wide((right.exponent - left.exponent) as u32))),
        decided => decided,
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.coefficient().to_string();
        let exponent = i32::from(self.exponent);
        let sign = if self.negative { "-" } else { "" };
        let written = match exponent {
            0 => format!("{sign}{text}"),
            1..=60 if !self.is_zero() => format!("{sign}{text}{}", "0".repeat(exponent as usize)),
            -80..0 => {
                let places = exponent.unsigned_abs() as usize;
                if text.len() > places {
                    let (whole, fraction) = text.split_at(text.len() - places);
                    format!("{sign}{whole}.{fraction}")
                } else {
                    format!("{sign}0.{}{text}", "0".repeat(places - text.len()))
                }
            }
            _ if self.is_zero() => text,
            _ => {
                let (first, rest) = text.split_at(1);
                let shown = exponent + rest.len() as i32;
                let dot = if rest.is_empty() { "" } else { "." };
                format!("{sign}{first}{dot}{rest}e{shown}")
            }
        };
        f.pad_integral(true, "", &written)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
