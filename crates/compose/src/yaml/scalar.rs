//! Scalars by YAML 1.2's core schema; numbers keep the text that the author wrote.

use super::yaml_v3_scalars::reading;

/// A scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    /// A number, or as a value what Docker Compose takes for one or for a date, as it was written: where it is used as a
    /// string, it keeps its zeros.
    Number(String),
    Text(String),
}

impl Scalar {
    /// Reads a plain scalar. Words of YAML 1.1 alone (`yes`, `0b1`, `1:20`) are strings.
    pub(super) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ if is_int(text) || is_float(text) => Self::Number(text.to_owned()),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// Returns the plain scalar at the place of a value.
    pub(super) fn into_value(self) -> Self {
        match self {
            Self::Text(text) if reading(&text).is_some() => Self::Number(text),
            other => other,
        }
    }

    /// Reads a scalar with a tag of the core schema, if its text is of that type.
    pub(super) fn from_tagged(tag: &str, plain: bool, text: &str) -> Option<Self> {
        let read = if plain { Self::of_plain(text) } else { Self::Text(text.to_owned()) };
        let agrees = match (tag, &read) {
            ("str", _) => return Some(Self::Text(text.to_owned())),
            ("null", Self::Null) | ("bool", Self::Bool(_)) => true,
            ("int", Self::Number(text)) => is_int(text),
            ("float", Self::Number(text)) => is_float(text),
            _ => false,
        };
        agrees.then_some(read)
    }

    /// Returns the length of the text, in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 0,
            Self::Number(text) | Self::Text(text) => text.len(),
        }
    }
}

fn without_sign(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn all_bytes(text: &str, of: impl Fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(of)
}

fn is_int(text: &str) -> bool {
    let octal = |digits: &str| all_bytes(digits, |b| (b'0'..=b'7').contains(b));
    all_bytes(without_sign(text), u8::is_ascii_digit)
        || text.strip_prefix("0o").is_some_and(octal)
        || text.strip_prefix("0x").is_some_and(|digits| all_bytes(digits, u8::is_ascii_hexdigit))
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN")
        || matches!(without_sign(text), ".inf" | ".Inf" | ".INF")
    {
        return true;
    }
    let (mantissa, exponent) = match without_sign(text).split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (without_sign(text), None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| all_bytes(without_sign(exponent), u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_scalars_by_the_core_schema() {
        for (text, scalar) in [
            ("~", Scalar::Null),
            ("", Scalar::Null),
            ("TRUE", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
        ] {
            assert_eq!(Scalar::of_plain(text), scalar, "{text}");
        }
        for number in ["0", "-7", "+1", "0755", "0o17", "0xfF", "1.10", ".5", "1.", "1e3", "-.inf"]
        {
            assert_eq!(Scalar::of_plain(number), Scalar::Number(number.into()), "{number}");
        }
        for text in
            ["yes", "On", "n", "tRue", "22:22", "1_000", "0b11", ".", "e3", "1e", "--1", "0x"]
        {
            assert_eq!(Scalar::of_plain(text), Scalar::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn reads_tagged_scalars_of_the_tags_type() {
        assert_eq!(Scalar::from_tagged("str", true, "1"), Some(Scalar::Text("1".into())));
        assert_eq!(Scalar::from_tagged("int", true, "1"), Some(Scalar::Number("1".into())));
        assert_eq!(Scalar::from_tagged("int", true, "1.5"), None);
        assert_eq!(Scalar::from_tagged("bool", false, "true"), None);
        assert_eq!(Scalar::from_tagged("binary", true, "AA=="), None);
    }
}
