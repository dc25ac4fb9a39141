//! The head of a request: its line and its headers.

use super::{BODY, BadMessage, HEAD};

/// The maximum number of headers of a request.
const HEADERS: usize = 32;

/// The methods that the gate tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
    /// Always refused; its answer has no body.
    Head,
    /// Always refused.
    Other,
}

/// The way in which the end of a request's body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    /// Its length in bytes, at most [`BODY`]; 0 if there is none.
    Length(usize),
    Chunked,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// Path and query as they were sent, in printable ASCII.
    pub(crate) target: String,
    pub(crate) body: BodyFraming,
    /// True if the client asks for the raw stream (`Connection: Upgrade`, `Upgrade: tcp`).
    pub(crate) upgrade: bool,
    /// True if the client sends no further request.
    pub(crate) close: bool,
}

/// Reads a head from the beginning of `bytes`, and returns it with its length; `None` if it is
/// incomplete.
pub(crate) fn parse_head(bytes: &[u8]) -> Result<Option<(Head, usize)>, BadMessage> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(&bytes[..bytes.len().min(HEAD)]) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD => return Ok(None),
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Err(BadMessage {
                status: 431,
                message: "the head of the request is too large",
            });
        }
        Err(_) => return Err(BadMessage::request("not an HTTP/1.1 request")),
    };
    if has_bare_line_end(&bytes[..length]) {
        return Err(BadMessage::request("a line of the head does not end with CR LF"));
    }
    read(&request).map(|head| Some((head, length)))
}

/// Returns whether a line ends with LF alone, which other parsers take for a part of the line.
fn has_bare_line_end(head: &[u8]) -> bool {
    let lines = head.split_inclusive(|b| *b == b'\n');
    lines.into_iter().any(|line| !line.ends_with(b"\r\n"))
}

fn read(request: &httparse::Request<'_, '_>) -> Result<Head, BadMessage> {
    if request.version != Some(1) {
        return Err(BadMessage { status: 505, message: "only HTTP/1.1 is supported" });
    }
    let target = request.path.unwrap_or_default();
    if !target.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(BadMessage::request("the path has characters other than printable ASCII"));
    }
    let fields = Fields::read(request.headers)?;
    Ok(Head {
        method: method(request.method.unwrap_or_default()),
        target: target.to_owned(),
        body: fields.body()?,
        upgrade: fields.has_option("upgrade")
            && fields.upgrade.is_some_and(|it| it.eq_ignore_ascii_case("tcp")),
        close: fields.has_option("close"),
    })
}

fn method(text: &str) -> Method {
    match text {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        "HEAD" => Method::Head,
        _ => Method::Other,
    }
}

/// The headers that the gate reads. All others are dropped.
#[derive(Default)]
struct Fields<'a> {
    host: Option<&'a str>,
    length: Option<&'a str>,
    encoding: Option<&'a str>,
    connection: Option<&'a str>,
    upgrade: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(headers: &[httparse::Header<'a>]) -> Result<Self, BadMessage> {
        let mut fields = Self::default();
        for header in headers {
            let place = match header.name.to_ascii_lowercase().as_str() {
                "host" => &mut fields.host,
                "content-length" => &mut fields.length,
                "transfer-encoding" => &mut fields.encoding,
                "connection" => &mut fields.connection,
                "upgrade" => &mut fields.upgrade,
                "expect" => {
                    return Err(BadMessage { status: 417, message: "Expect is not supported" });
                }
                _ => continue,
            };
            let value = std::str::from_utf8(header.value);
            let value = value.map_err(|_| BadMessage::request("a header is not text"))?;
            if place.replace(value).is_some() {
                return Err(BadMessage::request("a header appears twice"));
            }
        }
        fields.host.map(|_| ()).ok_or(BadMessage::request("the header Host is missing"))?;
        Ok(fields)
    }

    fn has_option(&self, option: &str) -> bool {
        let options = self.connection.unwrap_or_default().split(',');
        options.into_iter().any(|each| each.trim().eq_ignore_ascii_case(option))
    }

    fn body(&self) -> Result<BodyFraming, BadMessage> {
        match (self.length, self.encoding) {
            (None, None) => Ok(BodyFraming::Length(0)),
            (Some(length), None) => Ok(BodyFraming::Length(body_length(length)?)),
            (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => {
                Ok(BodyFraming::Chunked)
            }
            (None, Some(_)) => {
                Err(BadMessage { status: 501, message: "only chunked is supported" })
            }
            (Some(_), Some(_)) => Err(BadMessage::request("the length of the body appears twice")),
        }
    }
}

fn body_length(text: &str) -> Result<usize, BadMessage> {
    let is_number = (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let length = is_number.then(|| text.parse::<u64>().ok()).flatten();
    let length = length.ok_or(BadMessage::request("the length of the body is not a number"))?;
    let length = usize::try_from(length).ok().filter(|length| *length <= BODY);
    length.ok_or(BadMessage::too_large("the body of the request is longer than 256 KiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_request(text: &str) -> Result<Option<Head>, BadMessage> {
        Ok(parse_head(text.as_bytes())?.map(|(head, _)| head))
    }

    fn head(lines: &str) -> Head {
        parse_request(&format!("{lines}Host: x\r\n\r\n")).unwrap().unwrap()
    }

    #[test]
    fn a_head_is_parsed_once_it_is_complete() {
        assert_eq!(parse_request("GET /_ping HTTP/1.1\r\nHost: x\r\n"), Ok(None));
        let head =
            head("POST /exec/a/start?x=1 HTTP/1.1\r\nUpgrade: TCP\r\nConnection: Upgrade\r\n");
        assert_eq!((head.method, head.target.as_str()), (Method::Post, "/exec/a/start?x=1"));
        assert!(head.upgrade && !head.close && head.body == BodyFraming::Length(0));
    }

    #[test]
    fn ambiguous_invalid_or_too_large_body_lengths_are_refused() {
        let of = |lines: &str| head(&format!("POST / HTTP/1.1\r\n{lines}")).body;
        assert_eq!(of("content-length: 12\r\n"), BodyFraming::Length(12));
        assert_eq!(of("Transfer-Encoding: chunked\r\n"), BodyFraming::Chunked);
        for (lines, status) in [
            ("Content-Length: 12\r\nContent-Length: 12\r\n", 400),
            ("Content-Length: 12\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Content-Length: +12\r\n", 400),
            ("Content-Length: 0x1\r\n", 400),
            ("Content-Length: 1 2\r\n", 400),
            ("Content-Length:\r\n", 400),
            ("Content-Length: 262145\r\n", 413),
            ("Content-Length: 9999999999999999999\r\n", 413),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("Transfer-Encoding : chunked\r\n", 400),
            ("X: a\r\n Content-Length: 3\r\n", 400),
            ("X: a\nContent-Length: 3\r\n", 400),
            ("Expect: 100-continue\r\n", 417),
            ("Host: y\r\n", 400),
        ] {
            let bad =
                parse_request(&format!("POST / HTTP/1.1\r\n{lines}Host: x\r\n\r\n")).unwrap_err();
            assert_eq!(bad.status, status, "{lines}");
        }
    }

    #[test]
    fn malformed_requests_are_refused() {
        for text in [
            "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /é HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / x HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\n\n",
            "\0\0\0\0",
        ] {
            assert!(parse_request(text).is_err(), "{text:?}");
        }
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(HEAD));
        assert_eq!(parse_request(&long).unwrap_err().status, 431);
        let many = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(HEADERS + 1));
        assert_eq!(parse_request(&many).unwrap_err().status, 431);
    }
}
