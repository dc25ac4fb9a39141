//! Texts that Coolify writes without quotes, and that Docker Compose then reads as numbers.

use super::yaml_v3_scalars::{decimal, number};

/// Returns whether Coolify (symfony/yaml 7) writes a text without quotes, and Docker Compose
/// (`go.yaml.in/yaml/v3`) reads a number.
pub(crate) fn is_misread(text: &str) -> bool {
    !is_quoted(text) && number(text).is_some()
}

/// Returns whether Coolify quotes a text that may be a number.
fn is_quoted(text: &str) -> bool {
    let is_hex = |digits: &str| digits.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    let hex = text.get(..2).filter(|start| start.eq_ignore_ascii_case("0x"));
    text.starts_with('-')
        || decimal(text).is_some()
        || hex.is_some_and(|_| is_hex(&text[2..]))
        || text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_texts_that_are_misread_as_numbers() {
        for text in [
            "0b11", "0B1_0", "+0b1", "0o17", "+0x1F", "1_000.5", "+1_000", ".5_0", ".inf", "+.INF",
            ".NaN",
        ] {
            assert!(is_misread(text), "{text}");
        }
        for text in [
            "",
            "3000",
            "1_000",
            "0x1F",
            "-0b11",
            "1.5",
            "1e3",
            "+5",
            "0b12",
            "0b",
            "0o8",
            "1.2.3",
            "v1",
            "10s",
            "25:25",
            "inf",
            "nan",
            "e3",
            "+",
            ".",
            "0b11${COVIBE:+}",
        ] {
            assert!(!is_misread(text), "{text}");
        }
    }
}
