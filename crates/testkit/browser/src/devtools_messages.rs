//! Messages of the DevTools protocol over a pipe: JSON texts, each ended by a zero byte.

use std::io::{BufRead, Write};

use serde_json::Value;

/// Writes a message.
pub(crate) fn write(into: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let mut text = message.to_string().into_bytes();
    text.push(0);
    into.write_all(&text)?;
    into.flush()
}

/// Reads a message; `None` at the end.
pub(crate) fn read(from: &mut impl BufRead) -> Option<Value> {
    let mut text = Vec::new();
    from.read_until(0, &mut text).ok()?;
    text.pop()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_read_one_by_one_up_to_their_zero_byte() {
        let mut pipe = Vec::new();
        for n in [1, 2] {
            write(&mut pipe, &json!({ "id": n })).unwrap();
        }
        let mut from = pipe.as_slice();
        assert_eq!(read(&mut from), Some(json!({ "id": 1 })));
        assert_eq!(read(&mut from), Some(json!({ "id": 2 })));
        assert_eq!(read(&mut from), None);
    }
}
