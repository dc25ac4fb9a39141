//! Reading a page of objects: `ListBucketResult` of `ListObjectsV2`.

use quick_xml::Reader;
use quick_xml::events::Event;

/// A page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The sizes of the objects, in bytes.
    pub(super) sizes: Vec<u64>,
    /// The token of the next page.
    pub(super) next: Option<String>,
}

/// Reads a page; `None` for anything else. The names of objects are not kept.
pub(super) fn read(text: &str) -> Option<Page> {
    let mut reader = Reader::from_str(text);
    let (mut page, mut path, mut inner) = (Page::default(), Vec::<String>::new(), String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                inner.clear();
            }
            Event::Text(text) => inner.push_str(&text),
            Event::End(_) => {
                close(&mut page, &path, &inner)?;
                path.pop();
                inner.clear();
            }
            Event::DocType(_) => return None,
            Event::Eof => break,
            _ => {}
        }
    }
    let is_listing = path.is_empty() && text.contains("<ListBucketResult");
    is_listing.then_some(page)
}

fn close(page: &mut Page, path: &[String], text: &str) -> Option<()> {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["ListBucketResult", "Contents", "Size"] => page.sizes.push(text.trim().parse().ok()?),
        ["ListBucketResult", "NextContinuationToken"] => page.next = Some(text.to_owned()),
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_sizes_and_the_continuation_token_are_read_from_a_page() {
        let text = "<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>\
            <IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>3</Size></Contents>\
            <Contents><Key>b</Key><Size>4</Size></Contents>\
            <NextContinuationToken>1/+=</NextContinuationToken></ListBucketResult>";
        let page = Page { sizes: vec![3, 4], next: Some("1/+=".to_owned()) };
        assert_eq!(read(text), Some(page));
        assert_eq!(read("<ListBucketResult/>"), Some(Page::default()));
        for other in ["", "<html/>", "<ListBucketResult>", "<!DOCTYPE x><ListBucketResult/>"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
