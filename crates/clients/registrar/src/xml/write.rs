//! Writing an envelope.

use quick_xml::escape::escape;

use super::{Ops, is_xml_char};

const HEAD: &str = "<?xml version='1.0' encoding='UTF-8' standalone='no'?>\n\
                    <!DOCTYPE OPS_envelope SYSTEM 'ops.dtd'>\n\
                    <OPS_envelope><header><version>0.9</version></header><body><data_block>";

const TAIL: &str = "</data_block></body></OPS_envelope>";

/// Returns the envelope of a value; `None` when it has a character that XML can't carry.
pub(crate) fn write(value: &Ops) -> Option<String> {
    let mut document = HEAD.to_owned();
    put(value, &mut document)?;
    document.push_str(TAIL);
    Some(document)
}

fn put(value: &Ops, document: &mut String) -> Option<()> {
    match value {
        Ops::Scalar(text) => document.push_str(&escape_text(text)?),
        Ops::Assoc(map) => {
            let members = map.iter().map(|(key, value)| (key.clone(), value));
            put_items("dt_assoc", members, document)?;
        }
        Ops::Array(items) => {
            let members = items.iter().enumerate().map(|(at, value)| (at.to_string(), value));
            put_items("dt_array", members, document)?;
        }
    }
    Some(())
}

fn put_items<'a>(
    name: &str,
    items: impl Iterator<Item = (String, &'a Ops)>,
    document: &mut String,
) -> Option<()> {
    document.extend(["<", name, ">"]);
    for (key, value) in items {
        document.extend(["<item key=\"", &escape_text(&key)?, "\">"]);
        put(value, document)?;
        document.push_str("</item>");
    }
    document.extend(["</", name, ">"]);
    Some(())
}

/// Returns a text for an element or an attribute. A reader would turn bare line ends and tabs into others.
fn escape_text(text: &str) -> Option<String> {
    if !text.chars().all(is_xml_char) {
        return None;
    }
    let text = escape(text);
    Some(text.replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#9;"))
}
