//! Removing userinfo from texts.

/// Returns the text with the userinfo of every URL in it replaced by `…`.
///
/// Upstreams keep clone URLs with their token inside, and print them.
pub fn without_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(ends_authority).unwrap_or(after.len());
        let host = after[..end].rfind('@').unwrap_or(0);
        if host > 0 {
            out.push('…');
        }
        out.push_str(&after[host..end]);
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

fn ends_authority(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`' | '\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_userinfo_is_removed_from_urls() {
        for (text, expected) in [
            (
                "git clone https://bot:0123@git.test/o/r.git .",
                "git clone https://…@git.test/o/r.git .",
            ),
            ("'https://0123@git.test'", "'https://…@git.test'"),
            ("https://git.test/o/r@v1 a@b", "https://git.test/o/r@v1 a@b"),
            ("postgres://u:p@h/d, redis://:p@h/0", "postgres://…@h/d, redis://…@h/0"),
            ("https://a:b@c@d/e", "https://…@d/e"),
            ("", ""),
        ] {
            assert_eq!(without_userinfo(text), expected);
        }
    }

    proptest! {
        #[test]
        fn the_password_of_a_url_is_always_removed(before in "[^:]{0,20}", password in "[a-zA-Z0-9%._-]{12,40}", after in ".{0,20}") {
            let text = format!("{before}https://bot:{password}@git.test/{after}");
            let clean = without_userinfo(&text);
            prop_assert!(!clean.contains(&password) || before.contains(&password) || after.contains(&password), "{}", clean);
        }
    }
}
