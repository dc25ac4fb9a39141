//! Messages of JSON-RPC, one a line.

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// The maximum length of a line, in bytes.
pub(super) const MAX_LINE: usize = 4 * 1024 * 1024;

/// The codes of JSON-RPC.
const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;

/// A line of the input.
pub(super) enum Line {
    /// Its text.
    Text(Vec<u8>),
    /// It is longer than [`MAX_LINE`].
    TooLong,
}

/// Returns the next line; none at the end of the input. A line that is too long is skipped, so that the next one is read.
///
/// # Errors
///
/// An error of the input.
pub(super) async fn read_line<R: AsyncBufRead + Unpin>(
    input: &mut R,
) -> std::io::Result<Option<Line>> {
    let (mut line, mut is_long) = (Vec::new(), false);
    loop {
        let buffer = input.fill_buf().await?;
        if buffer.is_empty() {
            let is_end = line.is_empty() && !is_long;
            return Ok((!is_end).then(|| finish(line, is_long)));
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(buffer.len(), |at| at + 1);
        is_long |= line.len() + taken > MAX_LINE;
        if is_long {
            line.clear();
        } else {
            line.extend_from_slice(&buffer[..taken]);
        }
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(finish(line, is_long)));
        }
    }
}

fn finish(line: Vec<u8>, is_long: bool) -> Line {
    if is_long { Line::TooLong } else { Line::Text(line) }
}

/// A message of the agent.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    /// The message.
    pub(super) value: Value,
    /// Its id, if it is a request.
    pub(super) id: Option<Value>,
    /// Its method, unless it is a response.
    pub(super) method: Option<String>,
}

impl Incoming {
    /// Reads a line; none if it is empty.
    ///
    /// # Errors
    ///
    /// The answer to a line that is not a message.
    pub(super) fn read(line: &Line) -> Result<Option<Self>, Value> {
        let text = match line {
            Line::Text(text) => text.trim_ascii(),
            Line::TooLong => {
                let text = format!("The message is longer than {MAX_LINE} bytes.");
                return Err(error(&Value::Null, INVALID_REQUEST, &text));
            }
        };
        if text.is_empty() {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(text).map_err(|why| {
            let message = format!("The message can't be read as JSON: {why}.");
            error(&id_of_unreadable(text), PARSE_ERROR, &message)
        })?;
        if !value.is_object() {
            let text = "The message is not an object: batches are not supported.";
            return Err(error(&Value::Null, INVALID_REQUEST, text));
        }
        let method = value.get("method").and_then(Value::as_str).map(str::to_owned);
        let id = value.get("id").filter(|id| !id.is_null() && method.is_some()).cloned();
        Ok(Some(Self { value, id, method }))
    }

    /// Returns whether the message has this method.
    pub(super) fn has_method(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }
}

/// Returns the id of a message that can't be read because of a value elsewhere in it, such as half of a pair of surrogates
/// or a number that is too large: whoever sent it waits for an answer with that id.
fn id_of_unreadable(text: &[u8]) -> Value {
    #[derive(Deserialize)]
    struct OnlyId {
        id: Value,
    }
    serde_json::from_slice(text).map_or(Value::Null, |OnlyId { id }| id)
}

/// Returns the error that answers a request.
pub(super) fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_overlong_line_is_skipped_with_an_error() {
        let text = format!("{}\n{{\"id\":1,\"method\":\"ping\"}}\nrest", "x".repeat(MAX_LINE + 1));
        let mut input = text.as_bytes();
        let long = read_line(&mut input).await.unwrap().unwrap();
        assert!(
            Incoming::read(&long).unwrap_err()["error"]["message"]
                .as_str()
                .unwrap()
                .contains("longer")
        );
        let next = read_line(&mut input).await.unwrap().unwrap();
        assert!(Incoming::read(&next).unwrap().unwrap().has_method("ping"));
        let rest = read_line(&mut input).await.unwrap().unwrap();
        assert_eq!(Incoming::read(&rest).unwrap_err()["error"]["code"], PARSE_ERROR);
        assert!(read_line(&mut input).await.unwrap().is_none());
    }

    #[test]
    fn an_unparsable_request_is_answered_with_its_id() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for value in [r#""\ud83d""#, "1e999", &deep] {
            let text = format!(r#"{{"id":"seven","method":"x","params":{{"text":{value}}}}}"#);
            let answer = Incoming::read(&Line::Text(text.into_bytes())).unwrap_err();
            assert_eq!(
                (&answer["id"], &answer["error"]["code"]),
                (&json!("seven"), &json!(PARSE_ERROR))
            );
        }
        let answer = Incoming::read(&Line::Text(b"no JSON".to_vec())).unwrap_err();
        assert_eq!(answer["id"], Value::Null);
    }

    #[test]
    fn requests_notifications_responses_and_batches_are_distinguished() {
        let read =
            |text: &str| Incoming::read(&Line::Text(text.as_bytes().to_vec())).unwrap().unwrap();
        assert!(read(r#"{"id":1,"method":"ping"}"#).id.is_some());
        assert!(read(r#"{"method":"notifications/initialized"}"#).id.is_none());
        let response = read(r#"{"id":1,"result":{}}"#);
        assert!(response.id.is_none() && response.method.is_none());
        assert!(Incoming::read(&Line::Text(b"[]".to_vec())).is_err());
        assert!(Incoming::read(&Line::Text(b"\r\n".to_vec())).unwrap().is_none());
    }
}
