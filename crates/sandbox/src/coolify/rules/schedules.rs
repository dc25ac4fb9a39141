//! Frequencies of tasks and backups.

/// Returns whether a text is a frequency: a word of Coolify's, or a cron expression.
pub(crate) fn is_frequency(text: &str) -> bool {
    const WORDS: [&str; 6] = ["every_minute", "hourly", "daily", "weekly", "monthly", "yearly"];
    let is_cron_field =
        |field: &str| field.bytes().all(|b| b.is_ascii_digit() || b"*/,-?LW#".contains(&b));
    let word = text.trim_start_matches('@');
    WORDS.contains(&word)
        || (text.split_whitespace().count() == 5 && text.split_whitespace().all(is_cron_field))
}

#[cfg(test)]
mod tests {
    use super::is_frequency;

    #[test]
    fn words_and_cron_expressions_are_frequencies() {
        for good in ["daily", "@hourly", "0 3 * * *", "*/5 1-3 1,15 * 0"] {
            assert!(is_frequency(good), "{good}");
        }
        for bad in ["never", "0 3 * *", "a b c d e", ""] {
            assert!(!is_frequency(bad), "{bad}");
        }
    }
}
