//! Lists, which come in pages: `{data, list_metadata: {after}}`.

use covibe_upstream::{Cause, Error, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The entries of a page, the maximum at WorkOS.
const PAGE: usize = 100;

/// The number of entries of a list of which only the newest count.
const NEWEST: usize = 10;

/// The maximum number of pages that are read.
const PAGES: usize = 50;

/// The longest cursor, in bytes; it is the id of an entry.
const CURSOR: usize = 64;

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    list_metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    after: Option<String>,
}

/// Reads the newest entries of a list, the newest one first.
pub(super) async fn newest<T: DeserializeOwned>(request: Request) -> Result<Vec<T>, Error> {
    let answer = request.query("limit", NEWEST).query("order", "desc").send().await?;
    Ok(answer.json::<Page<T>>()?.data)
}

/// Reads a list whole; `request` makes the request for its first page.
///
/// # Errors
///
/// [`Cause::TooLarge`] for more than 5,000 entries.
pub(super) async fn all<T: DeserializeOwned>(
    request: impl Fn() -> Request,
) -> Result<Vec<T>, Error> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for number in 1.. {
        let page = request().query("limit", PAGE).query("order", "asc");
        let page = match &after {
            Some(after) => page.query("after", after),
            None => page,
        };
        let answer = page.send().await?;
        let unreadable = answer.malformed();
        let mut page: Page<T> = answer.json()?;
        all.append(&mut page.data);
        match page.list_metadata.after.filter(|after| !after.is_empty()) {
            None => break,
            Some(next) if next.len() > CURSOR || Some(&next) == after.as_ref() => {
                return Err(unreadable);
            }
            Some(_) if number >= PAGES => {
                return Err(Error { cause: Cause::TooLarge, ..unreadable });
            }
            next => after = next,
        }
    }
    Ok(all)
}
