//! Lists, read page by page.

use std::fmt;
use std::marker::PhantomData;

use covibe_upstream::{Cause, Error, Request};
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};

/// Gitea's default page size limit. An instance may have another, so that a short page is not
/// necessarily the last.
const LIMIT: usize = 50;

/// The maximum number of pages of a list.
const PAGES: usize = 200;

/// The maximum number of items of a page, whatever its limit: an answer with more is not a page.
const MOST: usize = 1000;

/// The maximum number of bytes of all pages of a list.
const BYTES: usize = 32 * 1024 * 1024;

/// The items of a page.
struct Page<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(PhantomData)).map(Self)
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == MOST {
                return Err(de::Error::invalid_length(MOST + 1, &self));
            }
            list.push(item);
        }
        Ok(list)
    }
}

/// Returns the first page of a list, and the number of items of the whole list.
pub(crate) async fn read_first_page<T: DeserializeOwned>(
    request: Request,
) -> Result<(Vec<T>, usize), Error> {
    read_page(request, 1).await
}

/// Returns a page of a list, by its number from 1, and the number of items of the whole list.
pub(crate) async fn read_page<T: DeserializeOwned>(
    request: Request,
    page: usize,
) -> Result<(Vec<T>, usize), Error> {
    let answer = request.query("page", page).query("limit", LIMIT).send().await?;
    let total = answer.number("x-total-count").and_then(|total| usize::try_from(total).ok());
    let Page(items) = answer.json::<Page<T>>()?;
    let total = total.unwrap_or(items.len());
    Ok((items, total))
}

/// Returns the items of a list that Gitea does not split into pages, at most 1,000 of them.
pub(crate) async fn read_unpaged<T: DeserializeOwned>(request: Request) -> Result<Vec<T>, Error> {
    let Page(items) = request.json::<Page<T>>().await?;
    Ok(items)
}

/// Returns every item of a list: until the total is reached, or a page is empty.
///
/// Fails as too large for a list with more pages or bytes than are read: a shortened list could
/// lack the item that the caller looks for.
pub(crate) async fn read_all<T: DeserializeOwned>(
    request: impl Fn() -> Request,
) -> Result<Vec<T>, Error> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for page in 1..=PAGES {
        let answer = request().query("page", page).query("limit", LIMIT).send().await?;
        let unfinished = answer.malformed();
        let total = answer.number("x-total-count").and_then(|total| usize::try_from(total).ok());
        bytes += answer.size();
        let Page(more) = answer.json::<Page<T>>()?;
        let empty = more.is_empty();
        items.extend(more);
        if empty || total.is_some_and(|total| items.len() >= total) {
            return Ok(items);
        }
        if page == PAGES || bytes > BYTES {
            return Err(Error { cause: Cause::TooLarge, ..unfinished });
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_too_many_items_is_refused() {
        let parse = |items: usize| {
            let text = format!("[1{}]", ",1".repeat(items - 1));
            serde_json::from_str::<Page<u8>>(&text).map(|Page(items)| items.len())
        };
        assert_eq!(parse(MOST).unwrap(), MOST);
        assert!(parse(MOST + 1).is_err());
    }
}
