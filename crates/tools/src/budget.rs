//! What one answer may cost its reader: about 8,000 tokens, unless the caller asks for more.

use covibe_domain::Failure;
use serde::Serialize;

/// The size of a text in an answer, in bytes.
pub(crate) const TEXT_BUDGET: usize = 24 * 1024;

/// How large the items of one page may be together, in bytes of JSON.
const PAGE_BUDGET: usize = 30 * 1024;

/// The items of a list that fit into one answer after the one that `next` names, and what to pass
/// as `next` for the rest. A page has at least one item, whatever its size.
pub(crate) fn page<T: Serialize>(
    items: Vec<T>,
    next: Option<&str>,
    id: fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Failure> {
    let start = match next {
        None => 0,
        Some(next) => 1 + items.iter().position(|item| id(item) == next).ok_or_else(lost)?,
    };
    let (mut page, mut size) = (Vec::new(), 0);
    for item in items.into_iter().skip(start) {
        size += serde_json::to_string(&item).map_or(0, |text| text.len());
        if size > PAGE_BUDGET && !page.is_empty() {
            let last = page.last().map(id);
            return Ok((page, last));
        }
        page.push(item);
    }
    Ok((page, None))
}

fn lost() -> Failure {
    Failure::invalid("`next` names nothing that is in the list now.")
        .hint("Begin again without next.")
}

/// The same where the caller asked for more.
pub(crate) const ASKED_BUDGET: usize = 256 * 1024;

/// A text that was cut in the middle to fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Head, a line that says what is missing, and tail.
    pub(crate) text: String,
    /// Where in the whole text the part begins that was left out; its end where nothing was.
    pub(crate) begins: usize,
    /// How many bytes were left out.
    pub(crate) omitted: usize,
}

/// Keeps a quarter of the budget for the head and the rest for the tail, whole characters each.
pub(crate) fn cut(text: String, budget: usize, how_to_ask: &str) -> Cut {
    if text.len() <= budget {
        return Cut { begins: text.len(), text, omitted: 0 };
    }
    let head_end = text.floor_char_boundary(budget / 4);
    let tail_start = text.ceil_char_boundary(text.len() - (budget - budget / 4));
    let omitted = tail_start - head_end;
    let (head, tail) = (&text[..head_end], &text[tail_start..]);
    let text = format!("{head}\n[… {omitted} bytes left out; {how_to_ask} …]\n{tail}");
    Cut { text, begins: head_end, omitted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items: Vec<_> = (0..100).map(|n| format!("{n:03}{}", "x".repeat(1000))).collect();
        let id: fn(&String) -> String = |item| item[..3].to_owned();
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let (page, more) = page(items.clone(), next.as_deref(), id).unwrap();
            assert!(!page.is_empty() && page.len() < 40);
            seen.extend(page);
            next = more;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        assert!(page(items, Some("gone"), id).is_err());
    }

    #[test]
    fn one_that_is_too_large_is_a_page_of_its_own() {
        let items = vec!["a".repeat(40_000), "b".to_owned()];
        let id: fn(&String) -> String = |item| item[..1].to_owned();
        assert_eq!(page(items.clone(), None, id).unwrap().1.as_deref(), Some("a"));
        assert_eq!(page(items, Some("a"), id).unwrap(), (vec!["b".to_owned()], None));
    }

    proptest! {
        #[test]
        fn keeps_head_and_tail_of_any_text(text in "\\PC{0,300}", budget in 8_usize..200) {
            let length = text.len();
            let cut = cut(text.clone(), budget, "ask");
            if length <= budget {
                prop_assert_eq!(cut, Cut { text, begins: length, omitted: 0 });
            } else {
                prop_assert!(cut.text.len() <= budget + 60);
                prop_assert!(cut.omitted >= length - budget && cut.omitted <= length);
                prop_assert!(cut.text.starts_with(&text[..cut.begins]));
            }
        }
    }
}
