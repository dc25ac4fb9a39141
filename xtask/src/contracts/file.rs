//! The form of a derived file: short lines where people look, compact below.

use serde_json::Value;

/// The depth to which objects are broken into lines: an operation or a schema has a line of its
/// own.
const DEPTH: usize = 3;

/// Returns the file's text.
pub(super) fn text(document: &Value) -> String {
    let mut text = String::new();
    write(document, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let members = value.as_object().filter(|members| depth < DEPTH && !members.is_empty());
    let Some(members) = members else {
        text.push_str(&value.to_string());
        return;
    };
    let mut mark = "{\n";
    for (name, value) in members {
        text.push_str(mark);
        text.push_str(&" ".repeat(depth + 1));
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push_str(": ");
        write(value, depth + 1, text);
        mark = ",\n";
    }
    text.push('\n');
    text.push_str(&" ".repeat(depth));
    text.push('}');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operation_is_written_on_one_line_without_changing_the_document() {
        let document =
            json!({ "paths": { "/a": { "get": { "responses": { "200": {} } } }, "/b": {} } });
        let text = text(&document);
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines[..4],
            ["{", "\"paths\": {", "\"/a\": {", r#""get": {"responses":{"200":{}}}"#]
        );
        assert!(text.ends_with("\n}\n"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
