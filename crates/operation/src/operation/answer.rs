//! The answer of an operation, as the text of one JSON value.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// The answer of an operation: the text of one JSON value, which surfaces pass on unchanged.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct JsonAnswer(Box<RawValue>);

/// Shows only the length, because the text may hold a key.
impl fmt::Debug for JsonAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer of {} bytes", self.text().len())
    }
}

impl JsonAnswer {
    /// Serializes an output to an answer.
    ///
    /// # Errors
    ///
    /// The output contains a map whose keys are not texts.
    pub fn from_output(output: &impl Serialize) -> serde_json::Result<Self> {
        let text = to_raw_value(output)?;
        debug_assert!(names_once(&text), "a member appears twice: {text}");
        Ok(Self(text))
    }

    /// Returns the text, which has no line breaks.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Reads the answer as another type.
    ///
    /// # Errors
    ///
    /// The answer has another form.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.text())
    }

    /// Parses the text.
    pub fn value(&self) -> Value {
        self.read().unwrap_or_else(|error| {
            // It was written as JSON, and no output is nested as deeply as a reader would refuse.
            tracing::error!(%error, "a stored answer could not be read");
            Value::Null
        })
    }
}

impl From<JsonAnswer> for String {
    fn from(answer: JsonAnswer) -> Self {
        Box::<str>::from(answer.0).into()
    }
}

/// Returns whether no object has a duplicate member, as two flattened types would write it. Readers differ in the one
/// that they use.
fn names_once(text: &RawValue) -> bool {
    let read = serde_json::from_str::<Value>(text.get());
    read.is_ok_and(|value| value.to_string().len() == text.get().len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let answer = JsonAnswer::from_output(&json!({ "b": [1, "x\n"], "a": null })).unwrap();
        assert_eq!(answer.text(), r#"{"b":[1,"x\n"],"a":null}"#);
        assert_eq!(answer.value()["b"][1], "x\n");
        assert_eq!(answer.read::<(u8,)>().ok(), None);
        assert_eq!(format!("{answer:?}"), "Answer of 24 bytes");
        assert_eq!(String::from(answer.clone()), answer.text());
        assert_eq!(serde_json::to_string(&[answer]).unwrap(), r#"[{"b":[1,"x\n"],"a":null}]"#);
    }

    #[test]
    #[should_panic(expected = "a member appears twice")]
    fn a_duplicate_member_panics_in_tests() {
        #[derive(Serialize)]
        struct Part {
            a: u8,
        }
        #[derive(Serialize)]
        struct Whole {
            #[serde(flatten)]
            part: Part,
            a: u8,
        }
        let _answer = JsonAnswer::from_output(&Whole { part: Part { a: 1 }, a: 2 });
    }
}
