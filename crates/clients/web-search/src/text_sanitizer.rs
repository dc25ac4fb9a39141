//! Texts and addresses of strangers, made harmless: one line, no tags, no control characters, bounded.

use url::Url;

/// The maximum length of an address, in bytes.
const MAX_URL: usize = 2_000;

/// The longest entity, without its ampersand.
const MAX_ENTITY: usize = 10;

/// Returns an `http` or `https` address without a user and password, with everything unusual
/// encoded; `None` for any other text.
pub(crate) fn link(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && is_plain && url.as_str().len() <= MAX_URL).then_some(url)
}

/// Returns a text in one line of at most `max` bytes, without tags of HTML, with its entities decoded, and without
/// characters that nobody sees.
pub(crate) fn plain(text: &str, max: usize) -> String {
    // Cleaning only shortens, and much of a huge text would be cut anyway.
    let begin = &text[..text.floor_char_boundary(max.saturating_mul(20))];
    let decoded = without_entities(&without_tags(begin));
    let seen: String = decoded.chars().map(blank).filter(|c| !is_unseen(*c)).collect();
    let mut line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > max {
        line.truncate(line.floor_char_boundary(max.saturating_sub('…'.len_utf8())));
        line.push('…');
    }
    line
}

/// Leaves out what is between `<` and the next `>`, if it begins as a tag or comment does. A tag that does not end takes
/// the rest with it.
fn without_tags(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            kept.push('<');
            rest = inner;
            continue;
        }
        if !is_inline(inner) {
            // Words on both sides of a tag such as a line break stay two words.
            kept.push(' ');
        }
        rest = inner.find('>').map_or("", |end| &inner[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

/// Returns whether a tag marks words within a line.
fn is_inline(inner: &str) -> bool {
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    ["b", "em", "i", "mark", "span", "strong"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn without_entities(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('&') {
        kept.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        let found = inner.bytes().take(MAX_ENTITY).position(|b| b == b';');
        let decoded = found.and_then(|end| Some((entity(&inner[..end])?, &inner[end + 1..])));
        let (character, after) = decoded.unwrap_or(('&', inner));
        kept.push(character);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let code = match hexadecimal {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

/// Returns a space for a control character, which may stand between words.
fn blank(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Returns whether a character changes the direction of text, or has no width: people do not see what is written with them,
/// and models do.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_removed_and_entities_are_decoded() {
        for (text, expected) in [
            ("The <strong>Rust</strong> Book", "The Rust Book"),
            ("<strong>Rust</strong>acean", "Rustacean"),
            ("one<br>two\n\tthree", "one two three"),
            ("Tom &amp; Jerry&#x27;s &lt;div&gt; &#169;", "Tom & Jerry's <div> \u{a9}"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("a < b && c > d; R&D;", "a < b && c > d; R&D;"),
            ("before <script>alert(1)</script> after", "before alert(1) after"),
            ("cut <img src=x onerror=", "cut"),
            ("\u{202e}evil\u{0}\u{1b}[31m\u{e0041}\u{200b}", "evil [31m"),
            ("&#0;&#x110000;&#xd800;x", "&#x110000;&#xd800;x"),
        ] {
            assert_eq!(plain(text, 200), expected, "{text:?}");
        }
    }

    #[test]
    fn only_http_addresses_are_accepted_as_links() {
        for (text, expected) in [
            ("https://example.com/a b", Some("https://example.com/a%20b")),
            (" http://EXAMPLE.com ", Some("http://example.com/")),
            ("https://example.com/\u{202e}", Some("https://example.com/%E2%80%AE")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("ftp://example.com/", None),
            ("https://bank.example@evil.example/", None),
            ("//example.com", None),
            ("", None),
        ] {
            assert_eq!(link(text).as_ref().map(Url::as_str), expected, "{text:?}");
        }
        assert_eq!(link(&format!("https://example.com/{}", "a".repeat(MAX_URL))), None);
    }

    proptest! {
        #[test]
        fn any_text_is_reduced_to_one_short_line_without_control_characters(text in "(?s).{0,400}", max in 8_usize..100) {
            let line = plain(&text, max);
            prop_assert!(line.len() <= max);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_unseen(c)));
        }
    }
}
