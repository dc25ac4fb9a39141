//! Destructive calls need the exact name of what they delete.

use covibe_domain::Failure;

/// Checks that a call that deletes something gave its exact name.
///
/// # Errors
/// 409. The failure does not contain the name, so that the caller must look it up with the tool `look`.
pub fn confirm(given: Option<&str>, name: &str, look: &str) -> Result<(), Failure> {
    if given == Some(name) {
        return Ok(());
    }
    Err(Failure::conflict("Confirmation required")
        .hint(format!("Get its exact name with {look}, then retry with that name as `confirm`.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_the_exact_name() {
        assert!(confirm(Some("my-site"), "my-site", "apps.get").is_ok());
        for wrong in [None, Some(""), Some("My-Site"), Some("my-site "), Some("my-sit")] {
            let refused = confirm(wrong, "my-site", "apps.get").unwrap_err();
            assert_eq!(
                (refused.kind.status(), refused.message.as_str()),
                (409, "Confirmation required")
            );
            assert!(!format!("{refused:?}").contains("my-site"));
            assert!(refused.hint.unwrap().contains("apps.get"));
        }
    }
}
