//! The readings of Docker Compose (`go.yaml.in/yaml/v3`) of plain scalars that are no texts to it.

/// The value that Docker Compose reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A number, as it writes it where a text is expected.
    Number(String),
    /// A point in time, which it does not take for a text.
    Date,
}

/// Returns what Docker Compose reads in place of this text; `None` if it reads the same.
pub(crate) fn reading(text: &str) -> Option<Reading> {
    if is_date(text) {
        return Some(Reading::Date);
    }
    let number = number(text)?;
    (number != text).then_some(Reading::Number(number))
}

/// Returns a number as Go writes it. A leading zero means octal digits, and underscores do not count.
pub(super) fn number(text: &str) -> Option<String> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let sign = if plain.starts_with('-') { "-" } else { "" };
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(format!("{}Inf", if sign.is_empty() { "+" } else { sign }));
        }
        ".nan" | ".NaN" | ".NAN" if plain == unsigned => return Some("NaN".to_owned()),
        _ => {}
    }
    integer(unsigned).map(|whole| format!("{sign}{whole}")).or_else(|| float(&plain))
}

fn integer(unsigned: &str) -> Option<u64> {
    let (start, digits) = unsigned.split_at_checked(2).unwrap_or_default();
    let of_base = |digits: &str, base| {
        let is_plain = !digits.starts_with(['+', '-']);
        u64::from_str_radix(digits, base).ok().filter(|_| is_plain)
    };
    match start.to_ascii_lowercase().as_str() {
        "0x" => of_base(digits, 16),
        "0o" => of_base(digits, 8),
        "0b" => of_base(digits, 2),
        _ => match unsigned.strip_prefix('0') {
            Some(digits) if !digits.is_empty() => of_base(digits, 8),
            _ => of_base(unsigned, 10),
        },
    }
}

/// Returns the value of a decimal number, perhaps with a fraction and an exponent.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let is_of_number = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    text.bytes().all(is_of_number).then(|| text.parse().ok())?
}

/// Returns a float in the shortest form, with an exponent where Go writes one.
fn float(plain: &str) -> Option<String> {
    let value = decimal(plain)?;
    if value == 0.0 || (1e-4..1e21).contains(&value.abs()) {
        return Some(format!("{value}"));
    }
    let short = format!("{value:e}");
    let (mantissa, exponent) = short.split_once('e')?;
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    Some(format!("{mantissa}e{sign}{digits:0>2}"))
}

/// Returns whether a text is a date such as `2026-01-31`, perhaps with a time behind it.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let mut is_part = |lengths: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let is_date = is_part(4..=4) && is_part(1..=2) && is_part(1..=2);
    let is_time = |time: &str| {
        time.starts_with(|c: char| c.is_ascii_digit()) && time.matches(':').count() >= 2
    };
    is_date && parts.next().is_none() && time.is_none_or(is_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_docker_compose_does() {
        for (text, number) in [
            ("1.50", "1.5"),
            ("3.10", "3.1"),
            ("0755", "493"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("1e3", "1000"),
            ("+5", "5"),
            ("-0755", "-493"),
            ("0899", "899"),
            ("1_000", "1000"),
            ("1.", "1"),
            (".5", "0.5"),
            ("1e21", "1e+21"),
            ("1.5e-7", "1.5e-07"),
            (".inf", "+Inf"),
            ("-.Inf", "-Inf"),
            (".NaN", "NaN"),
        ] {
            assert_eq!(reading(text), Some(Reading::Number(number.to_owned())), "{text}");
        }
    }

    #[test]
    fn unquoted_dates_are_reported_because_docker_compose_reads_them_as_dates() {
        for text in
            ["2026-01-31", "2026-1-3", "2026-01-31T10:00:00Z", "2026-01-31 10:00:00.5 +01:00"]
        {
            assert_eq!(reading(text), Some(Reading::Date), "{text}");
        }
    }

    #[test]
    fn scalars_that_docker_compose_reads_alike_are_not_reported() {
        for text in [
            "",
            "0",
            "-7",
            "3000",
            "1.5",
            "v1.50",
            "1.2.3",
            "10s",
            "25:25",
            "yes",
            "inf",
            "2026-01",
            "2026-01-31-5",
            "2026-01-31 noon",
            "12-01-31",
            "0x",
            "0b2",
            "+",
            ".",
        ] {
            assert_eq!(reading(text), None, "{text}");
        }
    }
}
