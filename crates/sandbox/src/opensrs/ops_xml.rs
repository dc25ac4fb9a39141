//! The envelope of OpenSRS, read and written as JSON: a map is an object, a list an array, the rest texts.

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity, unescape};
use quick_xml::events::Event;
use serde_json::{Map, Value};

/// A value that is being read: its key, its text, and the map or list in it.
#[derive(Default)]
struct Open {
    key: String,
    text: String,
    inner: Option<Value>,
}

/// Reads the content of an envelope's data block; `None` if it is not a valid one.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let mut reader = Reader::from_str(str::from_utf8(body).ok()?);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => match start.name().as_ref() {
                "data_block" => open.push(Open::default()),
                "item" => {
                    let key = start.try_get_attribute("key").ok()??;
                    let key = unescape(&key.value).ok()?.into_owned();
                    open.push(Open { key, ..Open::default() });
                }
                "dt_assoc" => open.last_mut()?.inner = Some(Value::Object(Map::new())),
                "dt_array" => open.last_mut()?.inner = Some(Value::Array(Vec::new())),
                _ => {}
            },
            Event::End(end) => match end.name().as_ref() {
                "item" => {
                    let closed = open.pop()?;
                    put(open.last_mut()?.inner.as_mut()?, closed);
                }
                "data_block" => return open.pop()?.inner,
                _ => {}
            },
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(c) => add(&mut open, &c.to_string()),
                None => add(&mut open, resolve_predefined_entity(&reference)?),
            },
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn add(open: &mut [Open], text: &str) {
    if let Some(innermost) = open.last_mut() {
        innermost.text.push_str(text);
    }
}

fn put(parent: &mut Value, closed: Open) {
    let value = closed.inner.unwrap_or(Value::String(closed.text));
    match parent {
        Value::Object(members) => drop(members.insert(closed.key, value)),
        Value::Array(items) => items.push(value),
        _ => {}
    }
}

/// Writes an envelope as OpenSRS does: with line ends and indents, and with lists in any order.
pub(super) fn write(value: &Value) -> Vec<u8> {
    let mut document = "<?xml version='1.0' encoding=\"UTF-8\" standalone=\"no\" ?>\n\
         <!DOCTYPE OPS_envelope SYSTEM \"ops.dtd\">\n<OPS_envelope>\n <header>\n  \
         <version>0.9</version>\n  </header>\n <body>\n  <data_block>\n   "
        .to_owned();
    put_value(value, &mut document);
    document.push_str("\n  </data_block>\n </body>\n</OPS_envelope>");
    document.into_bytes()
}

fn put_value(value: &Value, document: &mut String) {
    match value {
        Value::Object(members) => {
            document.push_str("<dt_assoc>\n");
            for (key, member) in members {
                put_item(key, member, document);
            }
            document.push_str("</dt_assoc>\n");
        }
        Value::Array(items) => {
            document.push_str("<dt_array>\n");
            for (at, item) in items.iter().enumerate().rev() {
                put_item(&at.to_string(), item, document);
            }
            document.push_str("</dt_array>\n");
        }
        Value::String(text) => document.push_str(&escape(text.as_str())),
        Value::Bool(is_on) => document.push(if *is_on { '1' } else { '0' }),
        Value::Number(number) => document.push_str(&number.to_string()),
        Value::Null => {}
    }
}

fn put_item(key: &str, value: &Value, document: &mut String) {
    document.extend(["<item key=\"", &escape(key), "\">"]);
    put_value(value, document);
    document.push_str("</item>\n");
}
