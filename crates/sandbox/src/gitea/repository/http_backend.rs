//! Git's smart HTTP, served by git's own CGI program `git http-backend`.

use super::bare_repository::{BareRepository, run};
use super::branch_protection::Protection;
use crate::core::request_types::{Body, Reply, ReplyResult};
use crate::gitea::errors::internal;

/// An authorised request of git's protocol.
pub(crate) struct GitRequest {
    pub(crate) bare: BareRepository,
    /// The protected branches.
    pub(crate) protections: Vec<Protection>,
    /// True if a clone may leave out blobs. Otherwise that wish is ignored.
    pub(crate) partial_clones: bool,
    pub(crate) method: String,
    /// The path below the repository: `info/refs` or the service.
    pub(crate) endpoint: String,
    /// `git-upload-pack` or `git-receive-pack`.
    pub(crate) service: &'static str,
    pub(crate) content_type: String,
    pub(crate) content_encoding: String,
    pub(crate) protocol: String,
    /// The login of the caller; empty for an anonymous one.
    pub(crate) user: String,
    pub(crate) body: Vec<u8>,
}

impl GitRequest {
    /// Runs `git http-backend`.
    pub(crate) fn serve(self) -> ReplyResult {
        let mut command = self.bare.program("git-http-backend");
        self.bare.enforce(&self.protections, &mut command);
        if !self.partial_clones {
            command.env("GIT_CONFIG_PARAMETERS", "'uploadpack.allowfilter'='false'");
        }
        command.env("PATH_TRANSLATED", self.bare.dir().join(&self.endpoint));
        let query = if self.endpoint == "info/refs" { self.service } else { "" };
        for (name, value) in [
            ("GIT_HTTP_EXPORT_ALL", "1"),
            ("REQUEST_METHOD", self.method.as_str()),
            ("QUERY_STRING", &format!("service={query}")),
            ("CONTENT_TYPE", &self.content_type),
            ("CONTENT_LENGTH", &self.body.len().to_string()),
            ("HTTP_CONTENT_ENCODING", &self.content_encoding),
            ("HTTP_GIT_PROTOCOL", &self.protocol),
            ("REMOTE_USER", &self.user),
            ("REMOTE_ADDR", "127.0.0.1"),
        ] {
            if !value.is_empty() {
                command.env(name, value);
            }
        }
        let before = (self.endpoint == "git-receive-pack").then(|| self.bare.noticed());
        let output = run(&mut command, &self.body)?;
        if let Some((branches, default_branch)) = before {
            self.bare.update_head()?;
            self.bare.pushes().queue(branches, default_branch);
            self.bare.report_pushed_branches(&self.body);
        }
        let error = String::from_utf8_lossy(&output.stderr);
        parse(output.stdout).ok_or_else(|| internal(format!("git http-backend: {error}")))
    }
}

/// Parses a CGI program's output: headers, an empty line, the body.
fn parse(mut output: Vec<u8>) -> Option<Reply> {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = output.split_off(end + 4);
    let head = String::from_utf8(output).ok()?;
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let status = header("Status").and_then(|status| status.get(..3)?.parse().ok()).unwrap_or(200);
    let kind = header("Content-Type").unwrap_or("text/plain").to_owned();
    let reply = Reply { status, headers: Vec::new(), body: Body::Bytes(kind, body) };
    Some(reply.header("Cache-Control", &"no-cache, max-age=0, must-revalidate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_a_cgi_program_is_parsed() {
        let reply = parse(b"Status: 404 Not Found\r\nContent-Type: a/b\r\n\r\nno\r\n\r\n".to_vec());
        let reply = reply.unwrap();
        assert_eq!(reply.status, 404);
        assert!(
            matches!(reply.body, Body::Bytes(kind, body) if kind == "a/b" && body == b"no\r\n\r\n")
        );
        assert_eq!(parse(b"Expires: never\r\n\r\n".to_vec()).unwrap().status, 200);
        assert!(parse(b"fatal".to_vec()).is_none());
    }
}
