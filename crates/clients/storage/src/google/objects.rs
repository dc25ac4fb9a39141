//! The objects of a bucket, reduced to their sizes.

use covibe_domain::boxed;
use covibe_upstream::{Error, Transport};
use serde::Deserialize;

use super::client::GoogleStorage;
use crate::bucket_names::BucketName;
use crate::bucket_usage::{PAGE, PAGES, Usage};

const OBJECTS: &str = "/b/{bucket}/o";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Object>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    /// In bytes, as a text.
    size: String,
}

impl GoogleStorage {
    /// Counts the objects of a bucket, 20,000 at most, without those that were deleted and can be brought
    /// back.
    #[boxed]
    pub async fn usage(&self, bucket: &BucketName) -> Result<Usage, Error> {
        let (mut usage, mut token) = (Usage::default(), None::<String>);
        for _ in 0..PAGES {
            let request = |at: &Transport| {
                let request = at.get(OBJECTS).segment(bucket.as_str()).query("maxResults", PAGE);
                let request = request.query("fields", "items(size),nextPageToken");
                match &token {
                    Some(token) => request.query("pageToken", token),
                    None => request,
                }
            };
            let answer = self.storage(request).await?;
            let unreadable = answer.malformed();
            let page: Page = answer.json()?;
            for object in page.items {
                usage.add(object.size.parse().map_err(|_| unreadable.clone())?);
            }
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Usage { is_complete: true, ..usage });
            }
        }
        Ok(usage)
    }
}
