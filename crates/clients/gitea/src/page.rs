//! Lists, read page by page.

use covibe_upstream::{Cause, Error, Request};
use serde::de::DeserializeOwned;

/// Gitea's default page size limit. An instance may have another, so that a short page is not
/// necessarily the last.
const LIMIT: usize = 50;

/// The most pages of a list.
const PAGES: usize = 200;

/// Returns the first page of a list, and how many items the whole list has.
pub(crate) async fn first<T: DeserializeOwned>(request: Request) -> Result<(Vec<T>, usize), Error> {
    numbered(request, 1).await
}

/// Returns a page of a list, by its number from 1, and how many items the whole list has.
pub(crate) async fn numbered<T: DeserializeOwned>(
    request: Request,
    page: usize,
) -> Result<(Vec<T>, usize), Error> {
    let answer = request.query("page", page).query("limit", LIMIT).send().await?;
    let total = answer.number("x-total-count").and_then(|total| usize::try_from(total).ok());
    let items: Vec<T> = answer.json()?;
    let total = total.unwrap_or(items.len());
    Ok((items, total))
}

/// Returns every item of a list: until the total is reached, or a page is empty.
///
/// Fails as too large for a list with more pages than are read: one that is cut would hide what it
/// is searched for.
pub(crate) async fn all<T: DeserializeOwned>(
    request: impl Fn() -> Request,
) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    for page in 1..=PAGES {
        let answer = request().query("page", page).query("limit", LIMIT).send().await?;
        let unfinished = answer.malformed();
        let total = answer.number("x-total-count").and_then(|total| usize::try_from(total).ok());
        let more: Vec<T> = answer.json()?;
        let empty = more.is_empty();
        items.extend(more);
        if empty || total.is_some_and(|total| items.len() >= total) {
            return Ok(items);
        }
        if page == PAGES {
            return Err(Error { cause: Cause::TooLarge, ..unfinished });
        }
    }
    Ok(items)
}
