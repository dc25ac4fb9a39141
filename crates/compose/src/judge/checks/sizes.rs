//! Sizes in bytes, in the notations of Docker Compose (`docker/go-units` 0.5, `RAMInBytes`).

/// Returns the number of bytes of a size; a fraction of a byte is cut off.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = 1024_u64.pow(power(unit)?);
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let Some((whole, fraction)) = number.split_once('.') else {
        let whole = Some(number).filter(|number| is_digits(number))?;
        return whole.parse::<u64>().ok()?.checked_mul(factor);
    };
    let is_number = is_digits(whole) && is_digits(fraction) && whole.len() + fraction.len() > 0;
    let value = number.parse::<f64>().ok().filter(|_| is_number)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float holds the bytes of every memory, and is not negative"
    )]
    let bytes = (value * factor as f64) as u64;
    Some(bytes)
}

/// Returns a size in a notation that every version of Docker Compose reads: a whole number, perhaps with the letter of
/// its unit.
pub(crate) fn sent_size(text: &str) -> Option<String> {
    let bytes = bytes(text)?;
    let (number, unit) = split(text)?;
    let is_common = matches!(unit, "" | "b" | "k" | "m" | "g" | "kb" | "mb" | "gb");
    if !number.contains('.') && is_common && !text.contains(' ') {
        return Some(text.to_owned());
    }
    let units = [(1024_u64.pow(2), "m"), (1024, "k")];
    let whole = units.iter().find(|(factor, _)| bytes.is_multiple_of(*factor) && bytes > 0);
    Some(
        whole.map_or_else(
            || bytes.to_string(),
            |(factor, unit)| format!("{}{unit}", bytes / factor),
        ),
    )
}

/// Splits a size into its number and its unit, in lower case.
fn split(text: &str) -> Option<(&str, &'static str)> {
    const UNITS: [&str; 18] = [
        "kib", "mib", "gib", "tib", "kb", "mb", "gb", "tb", "ki", "mi", "gi", "ti", "k", "m", "g",
        "t", "b", "",
    ];
    let lower = text.to_ascii_lowercase();
    let unit = UNITS.iter().find(|unit| lower.ends_with(**unit))?;
    let number = text.get(..text.len() - unit.len())?;
    Some((number.strip_suffix(' ').unwrap_or(number), *unit))
}

fn power(unit: &str) -> Option<u32> {
    Some(match unit.bytes().next() {
        None | Some(b'b') => 0,
        Some(b'k') => 1,
        Some(b'm') => 2,
        Some(b'g') => 3,
        Some(b't') => 4,
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_in_the_notations_of_docker_compose_and_kubernetes() {
        for (text, size, written) in [
            ("0", 0, "0"),
            ("512", 512, "512"),
            ("512b", 512, "512b"),
            ("512m", 512 << 20, "512m"),
            ("1GB", 1 << 30, "1GB"),
            ("1.5G", 1536 << 20, "1536m"),
            (".5g", 512 << 20, "512m"),
            ("1.g", 1 << 30, "1024m"),
            ("0.5k", 512, "512"),
            ("512MiB", 512 << 20, "512m"),
            ("512Mi", 512 << 20, "512m"),
            ("64 kb", 64 << 10, "64k"),
            ("1t", 1 << 40, "1048576m"),
        ] {
            assert_eq!(bytes(text), Some(size), "{text}");
            assert_eq!(sent_size(text).as_deref(), Some(written), "{text}");
            assert_eq!(bytes(written), Some(size), "{written}");
        }
        for text in [
            "",
            "g",
            ".",
            ".g",
            "-1",
            "-1g",
            "+1",
            "1e3",
            "1..5g",
            "1x",
            "m1",
            "1  g",
            "99999999999999999999",
            "inf",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
