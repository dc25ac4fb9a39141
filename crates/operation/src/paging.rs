//! Pages of lists: what fits into one answer.

use covibe_domain::Failure;
use serde::Serialize;

/// The size limit of the items of one page, in bytes of JSON: about 8,000 tokens.
pub const MAX_PAGE: usize = 30 * 1024;

/// Returns the items after the one that `next` identifies, as many as fit into one answer, and the
/// `next` of the following page. A page has at least one item, whatever its size.
///
/// # Errors
///
/// Not found if no item has the id `next`.
pub fn page<T: Serialize>(
    items: Vec<T>,
    next: Option<&str>,
    id: fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Failure> {
    let start = match next {
        None => 0,
        Some(next) => {
            1 + items.iter().position(|item| id(item) == next).ok_or_else(unknown_next)?
        }
    };
    let (mut page, mut size) = (Vec::new(), 0);
    for item in items.into_iter().skip(start) {
        size += serde_json::to_string(&item).map_or(0, |text| text.len());
        if size > MAX_PAGE && !page.is_empty() {
            let last = page.last().map(id);
            return Ok((page, last));
        }
        page.push(item);
    }
    Ok((page, None))
}

/// 404: no item of the list has the id `next`.
pub fn unknown_next() -> Failure {
    Failure::not_found("`next` does not match any item of the current list.")
        .hint("Start again without `next`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_whole_list_in_order() {
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
    fn an_oversized_item_gets_its_own_page() {
        let items = vec!["a".repeat(40_000), "b".to_owned()];
        let id: fn(&String) -> String = |item| item[..1].to_owned();
        assert_eq!(page(items.clone(), None, id).unwrap().1.as_deref(), Some("a"));
        assert_eq!(page(items, Some("a"), id).unwrap(), (vec!["b".to_owned()], None));
    }
}
