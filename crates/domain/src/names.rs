//! The names that a workspace has on the systems behind it, and those of apps and variables.

use crate::Slug;

/// The name of the environment that Coolify makes with each project.
pub const ENVIRONMENT: &str = "production";

/// The workspace's Gitea organisation.
pub fn gitea_org(slug: &Slug) -> String {
    format!("vibn-{slug}")
}

/// The workspace's Gitea bot user.
pub fn gitea_bot(slug: &Slug) -> String {
    format!("{slug}-bot")
}

/// The workspace's Coolify project.
pub fn coolify_project(slug: &Slug) -> String {
    format!("vibn-ws-{slug}")
}

/// The suffix that every host of the workspace ends with, its dot included.
pub fn domain_suffix(slug: &Slug, base: &str) -> String {
    format!(".{slug}.{base}")
}

/// The host that an app of this name gets by itself.
pub fn app_host(app: &str, slug: &Slug, base: &str) -> String {
    format!("{}{}", label(app), domain_suffix(slug, base))
}

/// A text as one DNS label: lower case, `[a-z0-9-]`, at most 63 long; `app` when nothing is left.
pub fn label(text: &str) -> String {
    let mut label = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => label.push(c),
            _ if label.is_empty() || label.ends_with('-') => {}
            _ => label.push('-'),
        }
    }
    label.truncate(63);
    let label = label.trim_end_matches('-');
    if label.is_empty() { "app".to_owned() } else { label.to_owned() }
}

/// A text of a caller's, fit to be shown back: without control characters, at most `max` long.
pub fn shown(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

/// Whether a text may name an environment variable: `^[A-Z_][A-Z0-9_]*$` (C section 7.3).
pub fn is_env_key(text: &str) -> bool {
    text.bytes()
        .enumerate()
        .all(|(at, b)| b.is_ascii_uppercase() || b == b'_' || (at > 0 && b.is_ascii_digit()))
        && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_are_dns_labels() {
        assert_eq!(label("My API_v2"), "my-api-v2");
        assert_eq!(label("--x--"), "x");
        assert_eq!(label("ünïcode"), "n-code");
        assert_eq!(label("///"), "app");
        let mark: Slug = "mark".parse().unwrap();
        assert_eq!(app_host("my-site", &mark, "vibnai.com"), "my-site.mark.vibnai.com");
    }

    #[test]
    fn what_is_shown_back_is_short_and_on_one_line() {
        assert_eq!(shown("a\n\u{1b}[31mbcd", 6), "a[31mb");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_label(text in ".{0,200}") {
            let label = label(&text);
            prop_assert!((1..=63).contains(&label.len()));
            prop_assert!(!label.starts_with('-') && !label.ends_with('-'));
            prop_assert!(label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')));
        }
    }
}
