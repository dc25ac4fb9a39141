//! The head of an engine's answer.

use super::HEAD;

/// The headers of an answer that a client gets, if their values are ordinary.
const PASSED: [&str; 3] = ["Api-Version", "Content-Type", "X-Docker-Container-Path-Stat"];

/// The way in which the end of an answer's body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    None,
    Length(u64),
    Chunked,
    /// It ends with the connection.
    Close,
}

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    /// Names and values of the headers that are passed on.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// Reads a head from the beginning of `bytes`, and returns it with its length; `None` if it is
/// incomplete. An error means that it is not HTTP.
pub(crate) fn parse_answer(bytes: &[u8]) -> Result<Option<(AnswerHead, usize)>, ()> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(&bytes[..bytes.len().min(HEAD)]) {
        Ok(httparse::Status::Complete(length)) => {
            let status = response.code.filter(|code| matches!(code, 101 | 200..=599)).ok_or(())?;
            let framing = framing(status, response.headers)?;
            let headers = passed(response.headers);
            Ok(Some((AnswerHead { status, framing, headers }, length)))
        }
        Ok(httparse::Status::Partial) if bytes.len() < HEAD => Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => Err(()),
    }
}

fn value<'a>(headers: &[httparse::Header<'a>], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok()
}

fn framing(status: u16, headers: &[httparse::Header<'_>]) -> Result<Framing, ()> {
    if matches!(status, 204 | 304) {
        return Ok(Framing::None);
    }
    match (value(headers, "Transfer-Encoding"), value(headers, "Content-Length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (Some(_), _) => Err(()),
        (None, Some(length)) => length.parse().map(Framing::Length).map_err(|_| ()),
        (None, None) => Ok(Framing::Close),
    }
}

fn passed(headers: &[httparse::Header<'_>]) -> Vec<(&'static str, String)> {
    let is_ordinary = |value: &&str| {
        value.len() <= 4096 && value.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
    };
    let named = PASSED.into_iter().map(|name| (name, value(headers, name).filter(is_ordinary)));
    named.filter_map(|(name, value)| Some((name, value?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Option<(AnswerHead, usize)>, ()> {
        parse_answer(text.as_bytes())
    }

    #[test]
    fn only_allowed_headers_of_an_answer_are_kept() {
        let text = "HTTP/1.1 200 OK\r\nServer: Docker/28\r\ncontent-type: application/json\r\n\
                    Set-Cookie: a=b\r\nContent-Length: 5\r\n\r\nhello";
        let (answer, length) = answer(text).unwrap().unwrap();
        assert_eq!((answer.status, answer.framing), (200, Framing::Length(5)));
        assert_eq!(answer.headers, [("Content-Type", "application/json".to_owned())]);
        assert_eq!(&text[length..], "hello");
    }

    #[test]
    fn the_framing_of_a_body_follows_from_status_and_headers() {
        let of = |text: &str| answer(text).map(|it| it.unwrap().0.framing);
        assert_eq!(of("HTTP/1.1 204 x\r\n\r\n"), Ok(Framing::None));
        assert_eq!(of("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n"), Ok(Framing::None));
        assert_eq!(
            of("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Ok(Framing::Chunked)
        );
        assert_eq!(of("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"), Ok(Framing::Close));
        assert_eq!(of("HTTP/1.1 200 x\r\nContent-Length: x\r\n\r\n"), Err(()));
        assert_eq!(of("HTTP/1.1 200 x\r\nTransfer-Encoding: gzip\r\n\r\n"), Err(()));
    }

    #[test]
    fn malformed_answers_are_errors() {
        assert_eq!(answer("HTTP/1.1 200 OK\r\n"), Ok(None));
        assert_eq!(answer("SSH-2.0-OpenSSH\r\n\r\n"), Err(()));
        assert_eq!(answer("HTTP/1.1 999 OK\r\n\r\n"), Err(()));
        assert_eq!(answer(&format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(HEAD))), Err(()));
    }
}
