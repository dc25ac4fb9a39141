//! Signatures, commands and answers.

use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};

use super::ops_xml;
use crate::core::request_types::{Body, Reply, Request};

/// A command that arrived.
pub(super) struct Command {
    pub(super) action: String,
    pub(super) object: String,
    pub(super) attributes: Map<String, Value>,
}

impl Command {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let Value::Object(mut whole) = ops_xml::read(body)? else { return None };
        let text = |name: &str| whole.get(name)?.as_str().map(str::to_ascii_lowercase);
        let (action, object) = (text("action")?, text("object")?);
        let is_protocol = text("protocol")? == "xcp";
        let attributes = match whole.remove("attributes") {
            Some(Value::Object(attributes)) => attributes,
            _ => Map::new(),
        };
        is_protocol.then_some(Self { action, object, attributes })
    }

    /// Returns an attribute's text; `None` when it is empty or absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns an attribute's text, or the refusal of a command without it.
    pub(super) fn required(&self, name: &str) -> Result<&str, CommandAnswer> {
        self.text(name).ok_or_else(|| CommandAnswer::code(460, &format!("{name} is required")))
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name) == Some("1")
    }
}

/// Attributes that no record shows.
const SECRET: [&str; 2] = ["reg_password", "domain_auth_info"];

/// Gives a request the path of its command, and its plain attributes as the query.
pub(super) fn name(mut request: Request) -> Request {
    if request.method != "POST" || request.path != "/" {
        return request;
    }
    if let Some(command) = Command::read(&request.body) {
        request.path = format!("/{}", command.action);
        request.endpoint.clone_from(&request.path);
        let plain = command.attributes.iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
        let texts =
            plain.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        request.query = texts.collect();
    }
    request
}

/// Returns whether a request has the signature of this reseller over exactly its bytes.
pub(super) fn is_signed(request: &Request, username: &str, key: &str) -> bool {
    let inner = hex::encode(Md5::new().chain_update(&request.body).chain_update(key).finalize());
    let signature = hex::encode(Md5::new().chain_update(inner).chain_update(key).finalize());
    let has_length = request.header("content-length").parse() == Ok(request.body.len());
    has_length
        && request.header("content-type") == "text/xml"
        && request.header("x-username") == username
        && request.header("x-signature") == signature
}

/// An answer before it is written.
pub(super) struct CommandAnswer {
    pub(super) code: u16,
    pub(super) is_success: bool,
    pub(super) text: String,
    pub(super) attributes: Value,
}

/// An answer either way: `Err` is a refusal that ends a command early.
pub(super) type CommandOutcome = Result<CommandAnswer, CommandAnswer>;

impl CommandAnswer {
    /// Returns a refusal, or a success without attributes.
    pub(super) fn code(code: u16, text: &str) -> Self {
        let is_success = matches!(code, 200 | 210 | 211 | 221 | 250);
        Self { code, is_success, text: text.to_owned(), attributes: Value::Null }
    }

    /// Returns a success.
    pub(super) fn ok(attributes: Value) -> Self {
        Self { attributes, ..Self::code(200, "Command Successful") }
    }

    pub(super) fn reply(self, object: &str) -> Reply {
        let mut whole = json!({
            "protocol": "XCP",
            "action": "REPLY",
            "object": object.to_ascii_uppercase(),
            "is_success": self.is_success,
            "response_code": self.code,
            "response_text": self.text,
        });
        if !self.attributes.is_null() {
            whole["attributes"] = self.attributes;
        }
        bytes(200, "text/xml", ops_xml::write(&whole))
    }
}

pub(super) fn bytes(status: u16, media_type: &str, bytes: Vec<u8>) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::Bytes(media_type.to_owned(), bytes) }
}
