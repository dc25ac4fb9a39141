//! Reading an envelope: within limits, without entities of its own, and without a document type's content.

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::{Assoc, Ops, is_xml_char};

/// The maximum nesting of elements. OpenSRS' deepest answers have about twelve levels.
const DEPTH: usize = 32;

/// The maximum number of elements.
const ELEMENTS: usize = 50_000;

/// An element while it is read.
struct Element {
    name: String,
    /// The attribute of an `item`.
    key: Option<String>,
    text: String,
    children: Vec<Element>,
}

/// Returns the value in an envelope; `None` for anything else.
pub(crate) fn read(document: &str) -> Option<Ops> {
    let envelope = tree(document)?;
    if envelope.name != "OPS_envelope" {
        return None;
    }
    let block = single_element(single_element(envelope.children, "body")?.children, "data_block")?;
    value(block)
}

/// Returns the only element of that name.
fn single_element(elements: Vec<Element>, name: &str) -> Option<Element> {
    let mut named = elements.into_iter().filter(|element| element.name == name);
    let first = named.next()?;
    named.next().is_none().then_some(first)
}

/// Returns the value in an `item` or the data block.
fn value(element: Element) -> Option<Ops> {
    let mut children = element.children.into_iter();
    let Some(child) = children.next() else { return Some(Ops::Scalar(element.text)) };
    if children.next().is_some() || !is_blank(&element.text) {
        return None;
    }
    match child.name.as_str() {
        "dt_scalar" if child.children.is_empty() => Some(Ops::Scalar(child.text)),
        "dt_assoc" => assoc(child),
        "dt_array" => array(child),
        _ => None,
    }
}

fn assoc(element: Element) -> Option<Ops> {
    let mut map = Assoc::new();
    for (key, value) in items(element)? {
        // If a key has two values, neither can be trusted.
        if map.insert(key, value).is_some() {
            return None;
        }
    }
    Some(Ops::Assoc(map))
}

/// Returns a list in the order of its keys, which is not that of the document.
fn array(element: Element) -> Option<Ops> {
    let numbered = items(element)?.into_iter().map(|(key, value)| Some((key.parse().ok()?, value)));
    let mut items: Vec<(u32, Ops)> = numbered.collect::<Option<_>>()?;
    items.sort_by_key(|(at, _)| *at);
    if items.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    Some(Ops::Array(items.into_iter().map(|(_, value)| value).collect()))
}

fn items(element: Element) -> Option<Vec<(String, Ops)>> {
    if !is_blank(&element.text) {
        return None;
    }
    let read = |mut item: Element| {
        let key = item.key.take().filter(|_| item.name == "item")?;
        Some((key, value(item)?))
    };
    element.children.into_iter().map(read).collect()
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Returns the document's root with everything in it.
fn tree(document: &str) -> Option<Element> {
    let mut reader = Reader::from_str(document.strip_prefix('\u{feff}').unwrap_or(document));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let (mut root, mut elements) = (None, 0);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                elements += 1;
                if open.len() >= DEPTH || elements > ELEMENTS || root.is_some() {
                    return None;
                }
                open.push(read_start_tag(&start)?);
            }
            Event::End(_) => {
                let ended = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(ended),
                    None => root = Some(ended),
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content())?,
            Event::CData(text) => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => add(&mut open, &resolve_reference(&reference)?)?,
            Event::Decl(declaration) if elements == 0 => check_declaration(&declaration)?,
            // The one that every answer names; what it could define is never looked at.
            Event::DocType(text) if elements == 0 && !text.contains('[') => {}
            Event::Comment(_) => {}
            Event::Eof if open.is_empty() => return root,
            _ => return None,
        }
    }
}

fn read_start_tag(start: &BytesStart<'_>) -> Option<Element> {
    let mut key = None;
    // All of them are looked at, because one that is there twice is an error.
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        if attribute.key.as_ref() == "key" {
            key = Some(unescape(&attribute.value).ok()?.into_owned());
        }
    }
    let name = start.name().as_ref().to_owned();
    Some(Element { name, key, text: String::new(), children: Vec::new() })
}

/// Adds text to the innermost element; outside the root there may only be blanks.
fn add(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) if text.chars().all(is_xml_char) => element.text.push_str(text),
        None if is_blank(text) => {}
        _ => return None,
    }
    Some(())
}

/// Returns the text of a reference; the only entities are XML's own five.
fn resolve_reference(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned)
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Option<()> {
    let is_first_version = declaration.version().ok()? == "1.0";
    let encoding = declaration.encoding().transpose().ok()?;
    let is_utf8 = encoding.is_none_or(|name| name.eq_ignore_ascii_case("utf-8"));
    (is_first_version && is_utf8).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap_in_envelope(inner: &str) -> String {
        format!(
            "<?xml version='1.0' encoding=\"UTF-8\" standalone=\"no\" ?>\n\
             <!DOCTYPE OPS_envelope SYSTEM \"ops.dtd\">\n<OPS_envelope>\n <header>\n  \
             <version>0.9</version>\n  <msg_id>7</msg_id></header>\n <body>\n  <data_block>\n   \
             {inner}\n  </data_block>\n </body>\n</OPS_envelope>\n"
        )
    }

    fn read_wrapped(inner: &str) -> Option<Ops> {
        read(&wrap_in_envelope(inner))
    }

    #[test]
    fn an_answer_in_opensrs_format_is_parsed() {
        let read = read_wrapped(
            "<dt_assoc><item key=\"a\">x &lt; &#233;<!-- c --></item><item key='n'/>\
             <item key=\"l\"><dt_array><item key=\"10\">z</item><item key=\"2\">y</item></dt_array></item>\
             <item key=\"s\"><dt_scalar>old</dt_scalar></item><item key='c'><![CDATA[<&]]></item></dt_assoc>",
        );
        let list = Ops::Array(vec!["y".into(), "z".into()]);
        let expected = Ops::from_members([
            ("a", "x < é".into()),
            ("n", "".into()),
            ("l", list),
            ("s", "old".into()),
            ("c", "<&".into()),
        ]);
        assert!(read == Some(expected));
    }

    #[test]
    fn ambiguous_documents_are_refused() {
        for bad in [
            "<dt_assoc><item key='a'>1</item><item key='a'>2</item></dt_assoc>",
            "<dt_array><item key='0'>1</item><item key='0'>2</item></dt_array>",
            "<dt_array><item key='x'>1</item></dt_array>",
            "<dt_array><item key='-1'>1</item></dt_array>",
            "<dt_assoc><item>1</item></dt_assoc>",
            "<dt_assoc><other key='a'>1</other></dt_assoc>",
            "<dt_assoc>text<item key='a'>1</item></dt_assoc>",
            "<dt_assoc><item key='a'>1<dt_assoc/></item></dt_assoc>",
            "<dt_assoc/><dt_assoc/>",
            "<dt_assoc><item key='a'>1</dt_assoc></item>",
            "<dt_assoc><item key='a' key='b'>1</item></dt_assoc>",
            "<dt_assoc><item key='a'>&unknown;</item></dt_assoc>",
            "<dt_assoc><item key='&unknown;'>1</item></dt_assoc>",
            "<dt_assoc><item key='a'>&#0;</item></dt_assoc>",
            "<dt_assoc><item key='a'>\u{0}</item></dt_assoc>",
            "<?php 1 ?><dt_assoc/>",
        ] {
            assert!(read_wrapped(bad).is_none(), "{bad}");
        }
        assert!(read(&(wrap_in_envelope("<dt_assoc/>") + "<a/>")).is_none());
        assert!(read(&(wrap_in_envelope("<dt_assoc/>") + "text")).is_none());
    }

    #[test]
    fn documents_with_entities_or_other_encodings_are_refused() {
        let whole = wrap_in_envelope("<dt_assoc><item key='a'>&a;</item></dt_assoc>");
        let bomb = "<!DOCTYPE OPS_envelope [<!ENTITY b \"bbbb\"><!ENTITY a \"&b;&b;&b;\">]>";
        let external = "<!DOCTYPE OPS_envelope [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>";
        for kind in [bomb, external] {
            let attack = whole.replace("<!DOCTYPE OPS_envelope SYSTEM \"ops.dtd\">", kind);
            assert!(attack.contains("ENTITY") && read(&attack).is_none());
            // Not even if nothing uses them.
            assert!(read(&attack.replace("&a;", "")).is_none());
        }
        let good = wrap_in_envelope("<dt_assoc/>");
        assert!(read(&good).is_some());
        assert!(read(&good.replace("UTF-8", "ISO-8859-1")).is_none());
        assert!(read(&good.replace("UTF-8", "utf-7")).is_none());
        assert!(read(&good.replace("'1.0'", "'1.1'")).is_none());
    }

    #[test]
    fn documents_with_deep_nesting_or_too_many_elements_are_refused() {
        let deep = |levels: usize| {
            let open = "<dt_assoc><item key='a'>".repeat(levels);
            read_wrapped(&format!("{open}{}", "</item></dt_assoc>".repeat(levels)))
        };
        assert!(deep(14).is_some());
        assert!(deep(15).is_none());
        assert!(deep(100_000).is_none());
        let many = |items: usize| {
            let items: Vec<_> = (0..items).map(|at| format!("<item key='{at}'/>")).collect();
            let items = items.concat();
            read_wrapped(&format!("<dt_array>{items}</dt_array>"))
        };
        assert!(many(1_000).is_some());
        assert!(many(ELEMENTS).is_none());
    }
}
