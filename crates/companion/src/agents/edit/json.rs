//! JSON with comments, edited in place: comments, order, indentation and line endings of others stay.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Map, Value};

use super::{Refusal, decode, encode};

/// A JSON file whose root is an object.
#[derive(Debug)]
pub struct JsonFile {
    root: CstRootNode,
    has_mark: bool,
}

impl JsonFile {
    /// Reads a file. An empty one is an object without members.
    ///
    /// # Errors
    ///
    /// A refusal if it is not UTF-8, not JSON (comments and trailing commas are allowed), or not an object.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let (text, has_mark) = decode(bytes)?;
        let root = CstRootNode::parse(text, &options()).map_err(|error| {
            let before = &text[..error.range().start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            Refusal::new(format!("is not valid JSON (line {line})"))
        })?;
        if root.value().is_some_and(|value| value.as_object().is_none()) {
            return Err(Refusal::new("is not a JSON object"));
        }
        Ok(Self { root, has_mark })
    }

    /// Returns the file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self.root.to_string(), self.has_mark)
    }

    /// Returns the whole content.
    pub fn value(&self) -> Value {
        let object = self.root.object_value();
        object
            .and_then(|object| object.to_serde_value())
            .unwrap_or_else(|| Value::Object(Map::new()))
    }

    /// Returns the object at a path; none if a member of the path is absent.
    ///
    /// # Errors
    ///
    /// A refusal if something on the path is not an object, or has a member twice.
    pub fn object(&self, path: &[&str]) -> Result<Option<CstObject>, Refusal> {
        let Some(mut object) = self.root.object_value() else { return Ok(None) };
        check_members(&object, "the root")?;
        for name in path {
            let Some(member) = object.get(name) else { return Ok(None) };
            object = member
                .object_value()
                .ok_or_else(|| Refusal::new(format!("has a `{name}` that is not an object")))?;
            check_members(&object, name)?;
        }
        Ok(Some(object))
    }

    /// Returns the object at a path, and creates what is absent.
    ///
    /// # Errors
    ///
    /// Those of [`JsonFile::object`].
    pub fn create_object(&self, path: &[&str]) -> Result<CstObject, Refusal> {
        if let Some(object) = self.object(path)? {
            return Ok(object);
        }
        let mut object = self.root.object_value_or_set();
        for name in path {
            object = object.object_value_or_set(name);
        }
        Ok(object)
    }

    /// Returns a member of the object at a path.
    ///
    /// # Errors
    ///
    /// Those of [`JsonFile::object`].
    pub fn get(&self, path: &[&str], name: &str) -> Result<Option<Value>, Refusal> {
        let Some(object) = self.object(path)? else { return Ok(None) };
        Ok(object.get(name).and_then(|member| member.to_serde_value()))
    }

    /// Sets a member of the object at a path.
    ///
    /// # Errors
    ///
    /// Those of [`JsonFile::object`].
    pub fn set(&self, path: &[&str], name: &str, value: &Value) -> Result<(), Refusal> {
        let object = self.create_object(path)?;
        match object.get(name) {
            Some(member) if member.to_serde_value().as_ref() == Some(value) => {}
            Some(member) => member.set_value(input(value)),
            None => drop(object.append(name, input(value))),
        }
        Ok(())
    }

    /// Removes a member of the object at a path, and the objects on the path that become empty by that. Returns whether
    /// there was one.
    ///
    /// # Errors
    ///
    /// Those of [`JsonFile::object`].
    pub fn remove(&self, path: &[&str], name: &str) -> Result<bool, Refusal> {
        let Some(object) = self.object(path)? else { return Ok(false) };
        let Some(member) = object.get(name) else { return Ok(false) };
        member.remove();
        if let (true, [above @ .., last]) = (object.properties().is_empty(), path) {
            self.remove(above, last)?;
        }
        Ok(true)
    }
}

/// Returns JSON as the editor takes it.
pub(crate) fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(it) => CstInputValue::Bool(*it),
        Value::Number(it) => CstInputValue::Number(it.to_string()),
        Value::String(it) => CstInputValue::String(it.clone()),
        Value::Array(it) => CstInputValue::Array(it.iter().map(input).collect()),
        Value::Object(it) => {
            CstInputValue::Object(it.iter().map(|(k, v)| (k.clone(), input(v))).collect())
        }
    }
}

/// Refuses an object with a name that two members have: programs disagree which of them counts.
pub(crate) fn check_members(object: &CstObject, place: &str) -> Result<(), Refusal> {
    let mut names: Vec<_> = object
        .properties()
        .iter()
        .filter_map(jsonc_parser::cst::CstObjectProp::decoded_name)
        .collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Refusal::new(format!("has `{}` twice in {place}", pair[0]))),
        None => Ok(()),
    }
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(text: &str) -> String {
        let file = JsonFile::parse(text.as_bytes());
        match file.and_then(|file| file.set(&["servers"], "a", &json!(1))) {
            Ok(()) => String::new(),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn setting_a_member_is_idempotent_and_removing_it_restores_the_value() {
        for text in [
            "{\r\n  // mine\r\n  \"servers\": {\r\n    \"b\": 1,\r\n  },\r\n}\r\n",
            "\u{feff}{ \"servers\": {\"b\": [1, 2 /* two */]}, \"c\": null }",
            "// nothing but a servers\n{\n\t\"servers\": {\n\t\t\"b\": {}\n\t}\n}",
        ] {
            let file = JsonFile::parse(text.as_bytes()).unwrap();
            file.set(&["servers"], "a", &json!({ "x": ["y"] })).unwrap();
            let after = file.to_bytes();
            let again = JsonFile::parse(&after).unwrap();
            assert_eq!(again.value()["servers"]["a"], json!({ "x": ["y"] }));
            again.set(&["servers"], "a", &json!({ "x": ["y"] })).unwrap();
            assert_eq!(again.to_bytes(), after, "the second time changes nothing");
            assert!(again.remove(&["servers"], "a").unwrap());
            let before = JsonFile::parse(text.as_bytes()).unwrap();
            assert_eq!(again.value(), before.value());
        }
    }

    #[test]
    fn setting_a_member_of_an_empty_file_creates_an_object() {
        for text in ["", "\n", "// a comment\n"] {
            let file = JsonFile::parse(text.as_bytes()).unwrap();
            file.set(&["servers"], "a", &json!({ "b": 1 })).unwrap();
            let text = String::from_utf8(file.to_bytes()).unwrap();
            assert!(text.ends_with("}\n"), "{text}");
            assert_eq!(file.value(), json!({ "servers": { "a": { "b": 1 } } }));
        }
    }

    #[test]
    fn json_files_that_cannot_be_edited_safely_are_refused_with_the_reason() {
        for (text, reason) in [
            ("{", "is not valid JSON (line 1)"),
            ("{\n'a': 1}", "is not valid JSON (line 2)"),
            ("[]", "is not a JSON object"),
            ("{\"servers\": []}", "has a `servers` that is not an object"),
            ("{\"servers\": {}, \"servers\": {}}", "has `servers` twice in the root"),
            ("{\"servers\": {\"a\": 1, \"\\u0061\": 2}}", "has `a` twice in servers"),
        ] {
            assert_eq!(refusal(text), reason, "{text}");
        }
        assert!(JsonFile::parse(b"{\"a\": \"\xff\"}").is_err());
        assert!(JsonFile::parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
