//! A value against its schema.

use serde_json::{Map, Value};

use super::{Complaint, Contract, Nulls};

impl Contract {
    /// Returns the parts of `value` that do not match the schema.
    pub(super) fn complaints_about_value(
        &self,
        schema: &Value,
        value: &Value,
        place: &str,
    ) -> Vec<Complaint> {
        let (place, schema) = self.resolve(place, schema);
        let complaint = |what: String| vec![Complaint { place: place.clone(), what }];
        let kinds: Vec<_> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        if value.is_null() {
            let is_allowed = self.nulls == Nulls::Allowed
                || kinds.is_empty()
                || kinds.contains(&"null")
                || schema["nullable"] == true;
            return if is_allowed { Vec::new() } else { complaint("is null".to_owned()) };
        }
        if !kinds.is_empty() && !kinds.iter().any(|kind| is_kind(kind, value)) {
            return complaint(format!("is no {}", kinds.join(" and no ")));
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            return complaint(format!("is none of its list: {value}"));
        }
        match value {
            Value::Array(items) => {
                let at = format!("{place}[]");
                let each = items.iter();
                each.flat_map(|item| self.complaints_about_value(&schema["items"], item, &at))
                    .collect()
            }
            Value::Object(members) => self.of_members(schema, members, &place),
            _ => Vec::new(),
        }
    }

    fn of_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        place: &str,
    ) -> Vec<Complaint> {
        let at = |name: &str| format!("{place}.{name}");
        let complaint =
            |name: &str, what: &str| Complaint { place: at(name), what: what.to_owned() };
        let required = schema["required"].as_array().into_iter().flatten();
        let missing =
            required.filter_map(Value::as_str).filter(|name| !members.contains_key(*name));
        let mut complaints: Vec<_> = missing.map(|name| complaint(name, "is missing")).collect();
        let rest = schema.get("additionalProperties");
        let Some(known) = schema["properties"].as_object() else {
            let of = rest.unwrap_or(&Value::Null);
            let each = members.iter();
            complaints.extend(
                each.flat_map(|(name, value)| self.complaints_about_value(of, value, &at(name))),
            );
            return complaints;
        };
        for (name, value) in members {
            match known.get(name).or(rest) {
                Some(schema) => {
                    complaints.extend(self.complaints_about_value(schema, value, &at(name)));
                }
                None => complaints.push(complaint(name, "is not described")),
            }
        }
        complaints
    }
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contract(nulls: Nulls) -> Contract {
        let response = json!({ "content": { "application/json": { "schema": {
            "$ref": "#/components/schemas/Thing" } } } });
        let text = json!({
            "paths": { "/things/{uuid}": { "get": { "responses": {
                "200": response, "404": { "description": "No such thing." } } } } },
            "components": { "schemas": { "Thing": {
                "type": "object", "required": ["id"],
                "properties": {
                    "id": { "type": "integer" },
                    "tags": { "type": "array", "items": { "type": "string" } },
                    "kind": { "type": "string", "enum": ["a", "b"] },
                    "note": { "type": "string", "nullable": true },
                    "size": { "type": ["integer", "null"] },
                    "parts": { "type": "object", "additionalProperties": { "type": "boolean" } },
                },
            } } },
        });
        Contract { text, nulls }
    }

    fn complaint_texts(nulls: Nulls, value: &Value) -> Vec<String> {
        let body = Some(("application/json", value));
        let complaints = contract(nulls).complaints("get", "/things/{uuid}", 200, body);
        complaints.iter().map(Complaint::to_string).collect()
    }

    #[test]
    fn a_value_that_matches_its_schema_has_no_complaints() {
        let good = json!({ "id": 1, "tags": ["x"], "kind": "a", "note": null, "size": null,
                           "parts": { "any": true } });
        assert!(complaint_texts(Nulls::Described, &good).is_empty());
    }

    #[test]
    fn a_complaint_names_the_path_of_the_mismatch() {
        let wrong = json!({ "tags": [2], "kind": "c", "note": 1, "size": "1", "parts": { "p": 1 },
                            "surplus": 0 });
        let expected = [
            "Thing.id: is missing",
            "Thing.kind: is none of its list: \"c\"",
            "Thing.note: is no string",
            "Thing.parts.p: is no boolean",
            "Thing.size: is no integer and no null",
            "Thing.surplus: is not described",
            "Thing.tags[]: is no string",
        ];
        // In the order of the members, which depends on how serde_json is built.
        let mut found = complaint_texts(Nulls::Described, &wrong);
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(complaint_texts(Nulls::Described, &json!([])), ["Thing: is no object"]);
        let null = json!({ "id": null });
        assert_eq!(complaint_texts(Nulls::Described, &null), ["Thing.id: is null"]);
        assert!(complaint_texts(Nulls::Allowed, &null).is_empty());
    }

    #[test]
    fn undescribed_statuses_and_bodies_lead_to_complaints() {
        let contract = contract(Nulls::Described);
        let of = |status, body: Option<(&str, &Value)>| {
            let complaints = contract.complaints("GET", "/things/{uuid}", status, body);
            complaints.iter().map(Complaint::to_string).collect::<Vec<_>>()
        };
        let text = json!("text");
        assert_eq!(of(500, None), ["GET /things/{uuid} 500: is not described"]);
        assert_eq!(of(200, None), ["GET /things/{uuid} 200: has no body"]);
        let body = "GET /things/{uuid} 200: has a body that is not described";
        assert_eq!(of(200, Some(("text/html", &text))), [body]);
        assert!(of(404, None).is_empty());
        assert_eq!(contract.template("/things/a"), Some("/things/{uuid}"));
        assert_eq!(contract.template("/things"), None);
    }
}
