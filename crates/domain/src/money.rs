//! Amounts of money: whole minor units with their currency, never a fraction in binary.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::entities::words;

/// The largest amount that is read from a text, in minor units: anything above is a mistake.
const MOST: i64 = 1_000_000_000_000;

words! {
    /// A currency, by its code of ISO 4217.
    Currency {
        /// US dollars, of 100 cents.
        Usd = "USD",
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Money {
    /// The amount in cents: 1450 is 14.50.
    #[serde(rename = "amount")]
    #[schemars(range(min = -1_000_000_000_000_i64, max = 1_000_000_000_000_i64), example = 1450)]
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Returns an amount of US cents.
    pub const fn usd(minor: i64) -> Self {
        Self { minor, currency: Currency::Usd }
    }

    /// Reads a decimal number of dollars such as `14.50`, `111` or `-3.5`. A fraction of a cent is
    /// refused, never rounded.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !only_digits(whole) || !only_digits(fraction) {
            return None;
        }
        let cents = fraction.trim_end_matches('0');
        if cents.len() > 2 {
            return None;
        }
        let minor: i64 =
            format!("{whole}{cents:0<2}").parse().ok().filter(|minor| *minor <= MOST)?;
        Some(Self::usd(if negative { -minor } else { minor }))
    }

    /// Returns that many times the amount.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self { minor: self.minor.saturating_mul(count), ..self }
    }

    /// Returns the sum with an amount in the same currency.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { minor: self.minor.saturating_add(other.minor), ..self }
    }

    /// Returns whether an amount in the same currency is larger; an amount in another one never is within.
    pub fn covers(self, other: Self) -> bool {
        self.currency == other.currency && other.minor <= self.minor
    }
}

impl fmt::Display for Money {
    /// Writes the amount as a decimal number, without the currency: `14.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_amounts_in_whole_cents_are_parsed() {
        for (text, minor) in
            [("14.50", 1450), ("111", 11100), ("0.5", 50), ("-3.05", -305), (" 1.2300 ", 123)]
        {
            assert_eq!(Money::parse(text), Some(Money::usd(minor)), "{text}");
        }
        let refused = ["", ".", ".5", "1,50", "1.005", "1e3", "--1", "+1", "1.2.3", "NaN"];
        for bad in refused.into_iter().chain(["99999999999999999999"]) {
            assert_eq!(Money::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_covers_amounts_up_to_itself() {
        assert!(Money::usd(10).covers(Money::usd(10)) && !Money::usd(10).covers(Money::usd(11)));
    }

    proptest! {
        #[test]
        fn amounts_are_parsed_as_displayed(minor in -MOST..=MOST) {
            let money = Money::usd(minor);
            prop_assert_eq!(Money::parse(&money.to_string()), Some(money));
        }
    }
}
