//! Roots, powers and logarithms of decimal numbers.

use fastnum::decimal::{Context, Sign};
use fastnum::{D256, U256};

use super::number::{Number, PRECISION, Rounding, digits};

impl Number {
    /// The power; nothing when it is undefined or too large.
    pub fn checked_pow(&self, power: &Number) -> Option<Number> {
        if let Some(whole) = power.to_i64() {
            return self.whole_power(whole);
        }
        if self.is_negative() {
            return None;
        }
        if self.is_zero() {
            return if power.is_negative() {
                None
            } else {
                Some(Number::ZERO)
            };
        }
        let logarithm = big(self).ln();
        exponential(logarithm * big(power))
    }

    fn whole_power(&self, power: i64) -> Option<Number> {
        if power == 0 {
            return Some(Number::ONE);
        }
        if self.is_zero() {
            return if power < 0 { None } else { Some(Number::ZERO) };
        }
        let mut left = power.unsigned_abs();
        let exact = u64::from(digits(self.coefficient())).saturating_mul(left) <= u64::from(PRECISION);
        if !exact {
            // Rounded once at the end, not with every product.
            return wide_power(big(self), left, power < 0);
        }
        let (mut square, mut result) = (*self, Number::ONE);
        loop {
            if left & 1 == 1 {
                result = result.checked_mul(&square)?;
            }
            left >>= 1;
            if left == 0 {
                break;
            }
            square = square.checked_mul(&square)?;
        }
        if power < 0 {
            Number::ONE.checked_div(&result)
        } else {
            Some(result)
        }
    }

    /// The square root; nothing for a negative number.
    pub fn sqrt(&self) -> Option<Number> {
        if self.is_negative() {
            return None;
        }
        if self.is_zero() {
            return Some(Number::ZERO);
        }
        // An even exponent can be halved, so that only the coefficient needs a root.
        let exponent = self.exponent();
        let odd = exponent.rem_euclid(2);
        let coefficient = Number::from_parts(false, self.coefficient(), odd)?;
        let root = small(&big(&coefficient).sqrt())?;
        let half = Number::from_parts(false, root.coefficient(), root.exponent() + (exponent - odd) / 2)?;
        Some(half.normalized())
    }

    /// The natural exponential; nothing when it is too large.
    pub fn exp(&self) -> Option<Number> {
        exponential(big(self))
    }

    /// The natural logarithm; nothing unless the number is positive.
    pub fn ln(&self) -> Option<Number> {
        if self.is_negative() || self.is_zero() {
            return None;
        }
        small(&big(self).ln())
    }
}

fn wide_power(mut square: D256, mut left: u64, inverse: bool) -> Option<Number> {
    let mut result = big(&Number::ONE);
    while left > 0 {
        if left & 1 == 1 {
            result = result.mul(square);
        }
        left >>= 1;
        if left > 0 {
            square = square.mul(square);
        }
    }
    if inverse {
        result = big(&Number::ONE).div(result);
    }
    Number::parse(&result.to_scientific_notation())
}

fn exponential(power: D256) -> Option<Number> {
    let rounded = small(&power)?;
    if rounded > Number::from(14_200i64) {
        return None;
    }
    if rounded < Number::from(-14_300i64) {
        return Some(Number::ZERO);
    }
    small(&power.exp())
}

/// A context in which nothing traps: a failure shows as not-a-number instead.
fn quiet() -> Context {
    Context::default().without_traps()
}

fn big(number: &Number) -> D256 {
    let coefficient = number.coefficient();
    let digits = U256::from_digits([coefficient as u64, (coefficient >> 64) as u64, 0, 0]);
    let sign = if number.is_negative() {
        Sign::Minus
    } else {
        Sign::Plus
    };
    D256::from_parts(digits, number.exponent(), sign, quiet())
}

fn small(decimal: &D256) -> Option<Number> {
    if decimal.is_nan() || decimal.is_infinite() {
        return None;
    }
    let number = Number::parse(&decimal.to_scientific_notation())?.normalized();
    // Series leave their last digits unsure; a value that is whole to 34 digits is meant to be whole.
    let whole = number.round(0, Rounding::HalfEven)?;
    Some(if number == whole { whole } else { number })
}
