//! Free names in place of taken ones.

/// The highest number that is tried.
const MAX_NUMBER: u32 = 99;

/// The longest base to which a number is appended: a DNS label has at most 63 characters.
const MAX_BASE: usize = 60;

/// Returns the first of `name-2`, `name-3`, … `name-99` that is free. A long `name` is cut, so that
/// the result fits into a DNS label.
pub(crate) fn free_name(name: &str, is_free: impl Fn(&str) -> bool) -> Option<String> {
    let base: String = name.chars().take(MAX_BASE).collect();
    let base = base.trim_end_matches('-');
    let mut names = (2..=MAX_NUMBER).map(|number| format!("{base}-{number}"));
    names.find(|name| is_free(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_first_number_that_is_free() {
        assert_eq!(free_name("web", |_| true).as_deref(), Some("web-2"));
        assert_eq!(free_name("web", |name| name > "web-3").as_deref(), Some("web-4"));
        assert_eq!(free_name("web", |_| false), None);
    }

    #[test]
    fn cuts_names_to_the_length_of_a_label() {
        let cut = |name: &str| free_name(name, |_| true).unwrap();
        assert_eq!(cut(&"a".repeat(63)), format!("{}-2", "a".repeat(60)));
        assert_eq!(cut(&format!("{}-b", "a".repeat(59))), format!("{}-2", "a".repeat(59)));
    }
}
