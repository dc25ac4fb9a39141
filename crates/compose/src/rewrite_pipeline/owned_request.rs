//! A request that borrows nothing, so that another thread can judge by it.

use super::Request;
use crate::operator_rules::Rules;
use crate::repository::Repository;
use crate::stored_file::StoredFile;
use crate::volumes::Layout;

/// A copy of a [`Request`] that borrows nothing.
pub struct OwnedRequest {
    app: Option<String>,
    variables: Vec<(String, String)>,
    secret: Vec<String>,
    present: Option<String>,
    running: Option<Layout>,
    confirmed: Vec<String>,
    /// The service, the target and the text of each file.
    files: Vec<(String, String, Option<String>)>,
    repository: Option<Repository>,
    rules: Rules,
}

impl OwnedRequest {
    /// Copies a request.
    pub fn from_request(request: &Request<'_>) -> Self {
        let owned = |text: &&str| (*text).to_owned();
        let file = |file: &StoredFile<'_>| {
            (file.service.to_owned(), file.target.to_owned(), file.text.map(str::to_owned))
        };
        let variables = request.variables.iter();
        Self {
            app: request.app.map(str::to_owned),
            variables: variables.map(|(name, value)| (owned(name), owned(value))).collect(),
            secret: request.secret.iter().map(owned).collect(),
            present: request.present.map(str::to_owned),
            running: request.running.cloned(),
            confirmed: request.confirmed.iter().map(owned).collect(),
            files: request.files.iter().map(file).collect(),
            repository: request.repository.cloned(),
            rules: request.rules.clone(),
        }
    }

    /// Returns the request.
    pub fn as_request(&self) -> Request<'_> {
        let files = self.files.iter().map(|(service, target, text)| StoredFile {
            service,
            target,
            text: text.as_deref(),
        });
        let variables = self.variables.iter();
        Request {
            app: self.app.as_deref(),
            variables: variables.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            secret: self.secret.iter().map(String::as_str).collect(),
            present: self.present.as_deref(),
            running: self.running.as_ref(),
            confirmed: self.confirmed.iter().map(String::as_str).collect(),
            files: files.collect(),
            repository: self.repository.as_ref(),
            rules: self.rules.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::CommittedFile;

    #[test]
    fn a_copied_request_is_the_same_request() {
        let mut repository = Repository::new("", "/compose.yml");
        repository.add("a", CommittedFile::Other);
        let layout = Layout::default();
        let request = Request {
            app: Some("shop"),
            variables: vec![("A", "1")],
            secret: vec!["B"],
            present: Some("services: {}"),
            running: Some(&layout),
            confirmed: vec!["data"],
            files: vec![StoredFile { service: "web", target: "/a", text: Some("x") }],
            repository: Some(&repository),
            rules: Rules { processes: Some(5), ..Rules::default() },
        };
        let copy = OwnedRequest::from_request(&request);
        assert_eq!(format!("{:?}", copy.as_request()), format!("{request:?}"));
    }
}
