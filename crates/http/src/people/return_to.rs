//! Where a person wanted to go before they signed in: a path of ours, and nothing else.

use covibe_console::paths;

/// The maximum length of a path.
const MAX: usize = 512;

/// Returns the path if it is one of ours, otherwise that of the overview.
///
/// Browsers read `//host` and `/\host` as other hosts, and leave out tabs and line breaks.
pub(crate) fn return_to(wanted: &str) -> &str {
    let mut chars = wanted.chars();
    let is_path = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let is_plain = wanted.len() <= MAX && wanted.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    // To come back to where people sign in would be a circle. An invitation is for somebody who has signed in.
    let is_circle = wanted.starts_with("/auth/") || wanted == "/callback";
    let leads_on = !is_circle || wanted.starts_with("/auth/invitation/");
    if is_path && is_plain && leads_on { wanted } else { paths::OVERVIEW }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn keeps_own_paths_and_replaces_others_by_the_overview() {
        for path in [
            "/",
            "/console/live",
            "/setup/authorize?code=ABCD-EFGH",
            "/a?b=https://c",
            "/auth/invitation/AB-_c",
        ] {
            assert_eq!(return_to(path), path);
        }
        let long = format!("/{}", "a".repeat(600));
        for other in [
            "",
            "console",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
            "javascript:alert(1)",
            "/auth/sign-in",
            "/auth/sign-in?returnTo=/auth/sign-in",
            "/callback",
            "/auth/link/AB-_c",
            "/\u{a0}",
            &long,
        ] {
            assert_eq!(return_to(other), paths::OVERVIEW, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_return_path_stays_on_this_host(wanted in r"[/\\a-z.:@?#%\t\n ]{0,12}") {
            let base = Url::parse("https://co-vibe.example/auth/sign-in").unwrap();
            let led = base.join(return_to(&wanted)).unwrap();
            prop_assert_eq!(led.origin(), base.origin());
        }
    }
}
