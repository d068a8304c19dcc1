//! Sums, products, quotients and rounding of decimal numbers.

use fastnum::U256;

use super::number::{MAX_COEFFICIENT, MIN_EXPONENT, Number, PRECISION, Rounding, digits, ten_wide, wide};

impl Number {
    /// The sum; nothing when it is too large.
    pub fn checked_add(&self, other: &Number) -> Option<Number> {
        let (big, small) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        let gap = (i32::from(big.exponent) - i32::from(small.exponent)) as u32;
        let (a, b) = (big.coefficient(), small.coefficient());
        if a == 0 || b == 0 {
            let (mut zero_exponent, kept) = (i32::from(small.exponent), if a == 0 { small } else { big });
            let coefficient = kept.coefficient();
            let mut result = coefficient;
            let mut exponent = i32::from(kept.exponent);
            zero_exponent = zero_exponent.max(MIN_EXPONENT);
            while exponent > zero_exponent {
                match result.checked_mul(10).filter(|c| *c <= MAX_COEFFICIENT) {
                    Some(next) if coefficient != 0 => {
                        result = next;
                        exponent -= 1;
                    }
                    _ if coefficient == 0 => exponent = zero_exponent,
                    _ => break,
                }
            }
            return Self::finish(kept.negative, result, exponent);
        }
        if gap == 0 || (gap <= 38 && digits(a) + gap <= 37) {
            let a = a * 10u128.pow(gap);
            let exponent = i32::from(small.exponent);
            return if big.negative == small.negative {
                Self::finish(big.negative, a + b, exponent)
            } else if a >= b {
                Self::finish(big.negative, a - b, exponent)
            } else {
                Self::finish(small.negative, b - a, exponent)
            };
        }
        let widened = PRECISION - digits(a).min(PRECISION);
        let (a, mut exponent, gap) = if gap > widened {
            (
                a * 10u128.pow(widened),
                i32::from(big.exponent) - widened as i32,
                gap - widened,
            )
        } else {
            (a, i32::from(big.exponent), gap)
        };
        let (a, b) = if gap > 40 {
            // What is left of the smaller one lies below the last digit: only its presence matters.
            exponent -= 2;
            (wide(a) * ten_wide(2), U256::ONE)
        } else {
            exponent -= gap as i32;
            (wide(a) * ten_wide(gap), wide(b))
        };
        if big.negative == small.negative {
            Self::finish_wide(big.negative, a + b, exponent, false)
        } else if a >= b {
            Self::finish_wide(big.negative, a - b, exponent, false)
        } else {
            Self::finish_wide(small.negative, b - a, exponent, false)
        }
    }

    /// The difference; nothing when it is too large.
    pub fn checked_sub(&self, other: &Number) -> Option<Number> {
        self.checked_add(&other.negate())
    }

    /// The product; nothing when it is too large.
    pub fn checked_mul(&self, other: &Number) -> Option<Number> {
        let negative = self.negative != other.negative;
        let exponent = self.exponent() + other.exponent();
        if self.high == 0 && other.high == 0 {
            return Self::finish(negative, u128::from(self.low) * u128::from(other.low), exponent);
        }
        Self::finish_wide(
            negative,
            wide(self.coefficient()) * wide(other.coefficient()),
            exponent,
            false,
        )
    }

    /// The quotient; nothing when the divisor is zero or the result too large.
    pub fn checked_div(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let ideal = self.exponent() - other.exponent();
        let negative = self.negative != other.negative;
        if self.is_zero() {
            return Self::finish(false, 0, ideal);
        }
        let (a, b) = (self.coefficient(), other.coefficient());
        let shift = (PRECISION + 1 + digits(b)).saturating_sub(digits(a));
        let dividend = wide(a) * ten_wide(shift);
        let divisor = wide(b);
        let (mut quotient, rest) = (dividend / divisor, dividend % divisor);
        let mut exponent = ideal - shift as i32;
        let exact = rest.is_zero();
        if exact {
            let ten = ten_wide(1);
            while exponent < ideal && (quotient % ten).is_zero() {
                quotient /= ten;
                exponent += 1;
            }
        }
        Self::finish_wide(negative, quotient, exponent, !exact)
    }

    /// The remainder with the sign of the divisor; nothing when the divisor is zero.
    pub fn checked_modulo(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let quotient = self.checked_div(other)?.round(0, Rounding::Floor)?;
        self.checked_sub(&other.checked_mul(&quotient)?)
    }

    /// Rounds to `scale` digits after the decimal point (before it, when negative).
    pub fn round(&self, scale: i32, how: Rounding) -> Option<Number> {
        let target = scale.checked_neg()?;
        let exponent = self.exponent();
        let coefficient = self.coefficient();
        if exponent >= target {
            let missing = (exponent - target) as u32;
            return match 10u128
                .checked_pow(missing)
                .and_then(|ten| coefficient.checked_mul(ten))
            {
                Some(padded) if padded <= MAX_COEFFICIENT && target >= MIN_EXPONENT => {
                    Some(Self::raw(self.negative, padded, target))
                }
                _ => Some(*self),
            };
        }
        let drop = (target - exponent) as u32;
        let (quotient, rest, half) = match 10u128.checked_pow(drop) {
            Some(divisor) => (coefficient / divisor, coefficient % divisor, divisor / 2),
            None => (0, coefficient, u128::MAX),
        };
        let away = rest != 0
            && match how {
                Rounding::Up => true,
                Rounding::Down => false,
                Rounding::Floor => self.negative,
                Rounding::Ceiling => !self.negative,
                Rounding::HalfUp => rest >= half,
                Rounding::HalfDown => rest > half,
                Rounding::HalfEven => rest > half || (rest == half && quotient % 2 == 1),
            };
        Self::finish(self.negative, quotient + u128::from(away), target)
    }
}
