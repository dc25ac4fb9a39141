//! Notes that match a search, and the part of a long one that does.

use std::fmt::Write as _;

use covibe_operation::excerpt;

use super::note::Entry;

/// The words by which notes are searched for.
#[derive(Clone, Debug, Default)]
pub(in crate::platform) struct Filter {
    tag: Option<String>,
    words: Vec<String>,
}

impl Filter {
    /// Searches for notes that have this tag, and each word of the query in their content or tags, without regard to case.
    pub(in crate::platform) fn new(tag: Option<&str>, query: Option<&str>) -> Self {
        let lower = |text: &str| text.trim().to_lowercase();
        let words = query.unwrap_or_default().split_whitespace().map(lower).collect();
        Self { tag: tag.map(lower), words }
    }

    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let tags: Vec<_> = entry.tags.iter().map(|tag| tag.to_lowercase()).collect();
        if self.tag.as_ref().is_some_and(|tag| !tags.contains(tag)) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let content = entry.content.to_lowercase();
        self.words
            .iter()
            .all(|word| content.contains(word) || tags.iter().any(|tag| tag.contains(word)))
    }

    /// Returns about `max` bytes of a text: around the first word that was searched for, or head and tail.
    pub(in crate::platform) fn part(&self, text: &str, max: usize, how_to_ask: &str) -> String {
        let found = self.words.iter().find_map(|word| position(text, word));
        let Some(at) = found.filter(|_| text.len() > max) else {
            return excerpt(text.to_owned(), max, how_to_ask).text;
        };
        let last = text.len() - max;
        let begin = text.floor_char_boundary(at.saturating_sub(max / 4).min(last));
        let end = text.floor_char_boundary(begin + max);
        let mut part = text[begin..end].to_owned();
        if begin > 0 {
            part.insert_str(0, &format!("[… {begin} bytes before this …]\n"));
        }
        let after = text.len() - end;
        if after > 0 {
            let _written = write!(part, "\n[… {after} bytes after this; {how_to_ask} …]");
        }
        part
    }
}

/// Returns the offset of a word in lower case in a text. A letter whose lower case has several is not found.
fn position(text: &str, word: &str) -> Option<usize> {
    let starts = |rest: &str| {
        let mut letters = rest.chars().flat_map(char::to_lowercase);
        word.chars().all(|expected| letters.next() == Some(expected))
    };
    text.char_indices().map(|(at, _)| at).find(|at| starts(&text[*at..]))
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;

    use super::*;

    fn entry(tags: &[&str], content: &str) -> Entry {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Entry::new(Timestamp::from_millis(0), &tags, content.to_owned()).unwrap()
    }

    #[test]
    fn a_note_matches_if_it_has_the_tag_and_every_query_word_in_any_case() {
        let note = entry(&["Deploy"], "The \u{dc}bung uses port 8080.");
        for (tag, query, expected) in [
            (None, None, true),
            (Some("deploy"), None, true),
            (Some("dep"), None, false),
            (None, Some("PORT \u{fc}bung"), true),
            (None, Some("port 9090"), false),
            (None, Some("deploy port"), true),
            (Some("DEPLOY"), Some("8080"), true),
            (Some("other"), Some("8080"), false),
        ] {
            assert_eq!(Filter::new(tag, query).matches(&note), expected, "{tag:?} {query:?}");
        }
    }

    #[test]
    fn a_long_note_is_cut_to_the_part_around_the_query_word() {
        let text = format!("{}Needle{}", "\u{e4}".repeat(5_000), "b".repeat(10_000));
        let part = Filter::new(None, Some("needle")).part(&text, 500, "ask");
        assert!(part.contains("Needle") && part.len() < 620, "{part}");
        assert!(part.starts_with("[… ") && part.ends_with("; ask …]"), "{part}");
        let end = Filter::new(None, Some("b")).part("aaaaaaaaab", 4, "ask");
        assert_eq!(end, "[… 6 bytes before this …]\naaab");
        assert!(Filter::default().part(&text, 500, "ask").contains("bytes omitted"));
        assert_eq!(Filter::new(None, Some("b")).part("abc", 500, "ask"), "abc");
    }
}
