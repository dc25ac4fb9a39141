//! Names of a workspace on its upstreams, and names of apps and variables.

mod domain_name;
mod slug;

use crate::{ProjectUuid, has_uuid_form};

pub use domain_name::{DomainName, InvalidDomainName};
pub use slug::Slug;

/// The environment that Coolify creates with each project.
pub const ENVIRONMENT: &str = "production";

/// The prefix of the names of the workspaces' Coolify projects.
const PROJECT: &str = "vibn-ws-";

/// The prefix of the names of the workspaces' Docker networks.
const NETWORK: &str = "covibe-";

/// Returns the workspace's Gitea organisation.
pub fn gitea_org(slug: &Slug) -> String {
    format!("vibn-{slug}")
}

/// Returns the workspace's Gitea bot user.
pub fn gitea_bot(slug: &Slug) -> String {
    format!("{slug}-bot")
}

/// Returns the name of the workspace's Coolify project.
pub fn coolify_project(slug: &Slug) -> String {
    format!("{PROJECT}{slug}")
}

/// Returns the Docker network of a workspace, by its Coolify project: `covibe-` and the uuid. The gate on a
/// docker host creates and removes networks of this form only.
pub fn workspace_network(project: &ProjectUuid) -> String {
    format!("{NETWORK}{project}")
}

/// Returns whether a Docker network has a name of the form `covibe-` and a uuid, as those of workspaces have.
pub fn is_workspace_network(name: &str) -> bool {
    name.strip_prefix(NETWORK).is_some_and(has_uuid_form)
}

/// Returns the slug in the name of a workspace's Coolify project, or `None` if the name has another form.
pub fn slug_of_project(name: &str) -> Option<&str> {
    name.strip_prefix(PROJECT)
}

/// Returns the suffix of every host of the workspace, with its leading dot.
pub fn domain_suffix(slug: &Slug, base: &str) -> String {
    format!(".{slug}.{base}")
}

/// Returns the default host of an app.
pub fn app_host(app: &str, slug: &Slug, base: &str) -> String {
    format!("{}{}", label(app), domain_suffix(slug, base))
}

/// Turns a text into a DNS label: 1 to 63 characters of `[a-z0-9-]`; `app` if nothing else remains.
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

/// Returns a caller's text for use in a message: at most `max` characters, without control characters and without
/// characters that are invisible or change how the rest is displayed.
pub fn displayable(text: &str, max: usize) -> String {
    text.chars().filter(|c| is_visible(*c)).take(max).collect()
}

/// Returns whether a character has a form of its own: it is neither a control character nor one of
/// Unicode's separators of lines, marks and overrides of direction, joiners, variation selectors, tags and
/// other format characters.
pub fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Returns whether a text may name an environment variable: `^[A-Z_][A-Z0-9_]*$`.
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
    fn turns_names_into_dns_labels() {
        assert_eq!(label("My API_v2"), "my-api-v2");
        assert_eq!(label("--x--"), "x");
        assert_eq!(label("ünïcode"), "n-code");
        assert_eq!(label("///"), "app");
        let mark: Slug = "mark".parse().unwrap();
        assert_eq!(app_host("my-site", &mark, "vibnai.com"), "my-site.mark.vibnai.com");
    }

    #[test]
    fn displayable_shortens_texts_and_removes_control_characters() {
        assert_eq!(displayable("a\n\u{1b}[31mbcd", 6), "a[31mb");
    }

    #[test]
    fn displayable_removes_characters_that_hide_or_reorder_text() {
        let hidden = "\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{e0041}\u{ad}";
        assert_eq!(displayable(&format!("app{hidden}s.list"), 64), "apps.list");
        assert_eq!(displayable("größe 日本 🦀", 64), "größe 日本 🦀");
    }

    proptest! {
        #[test]
        fn turns_any_text_into_a_valid_dns_label(text in ".{0,200}") {
            let label = label(&text);
            prop_assert!((1..=63).contains(&label.len()));
            prop_assert!(!label.starts_with('-') && !label.ends_with('-'));
            prop_assert!(label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')));
        }
    }
}
