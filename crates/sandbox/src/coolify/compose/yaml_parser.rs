//! YAML as Coolify's parser (Symfony's) accepts it: one document, anchors and merges resolved.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

/// A YAML value; a mapping keeps its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A text, and whether it was written without quotes.
    Scalar(String, bool),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// The deepest nesting that is accepted.
const MAX_DEPTH: usize = 64;
/// The maximum number of values that are accepted; those behind an alias count each time.
const MAX_VALUES: usize = 50_000;

impl Yaml {
    /// Parses a text; none where Symfony throws: for invalid YAML, a second document, a duplicate
    /// key, or a custom tag.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let events: Result<Vec<_>, _> =
            Parser::new_from_str(text).map(|event| event.map(|(event, _)| event)).collect();
        let mut events = events.ok()?.into_iter().filter(|event| !is_frame(event));
        let documents = Parser::new_from_str(text)
            .filter(|event| matches!(event, Ok((Event::DocumentStart(_), _))))
            .count();
        let Some(first) = events.next() else { return Some(Self::null()) };
        let mut reader = Reader { events, anchors: HashMap::new(), left: MAX_VALUES };
        (documents == 1).then(|| reader.node(first, MAX_DEPTH)).flatten()
    }

    pub(super) fn null() -> Self {
        Self::Scalar(String::new(), true)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(text, true) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Returns the text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text, _) if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list; empty for anything else.
    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// Returns the members of a mapping; empty for anything else.
    pub(super) fn members(&self) -> &[(String, Self)] {
        if let Self::Map(members) = self { members } else { &[] }
    }

    /// Returns a member of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns a member of a mapping for a change.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Map(members) = self else { return None };
        members.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn size(&self) -> usize {
        1 + self.items().iter().map(Self::size).sum::<usize>()
            + self.members().iter().map(|(_, value)| value.size()).sum::<usize>()
    }
}

/// Returns whether an event only marks where the document begins or ends.
fn is_frame(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
    )
}

struct Reader<I> {
    events: I,
    anchors: HashMap<usize, Yaml>,
    left: usize,
}

impl<'a, I: Iterator<Item = Event<'a>>> Reader<I> {
    fn node(&mut self, event: Event<'a>, depth: usize) -> Option<Yaml> {
        let depth = depth.checked_sub(1)?;
        self.spend(1)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref())?;
                (anchor, Yaml::Scalar(text.into_owned(), style == ScalarStyle::Plain))
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor)?.clone();
                self.spend(node.size())?;
                (0, node)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref())?;
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref())?;
                (anchor, self.map(depth)?)
            }
            _ => return None,
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Some(node)
    }

    fn spend(&mut self, values: usize) -> Option<()> {
        self.left = self.left.checked_sub(values)?;
        Some(())
    }

    fn list(&mut self, depth: usize) -> Option<Yaml> {
        let mut items = Vec::new();
        loop {
            match self.events.next()? {
                Event::SequenceEnd => return Some(Yaml::List(items)),
                event => items.push(self.node(event, depth)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Option<Yaml> {
        let (mut members, mut merged) = (Vec::<(String, Yaml)>::new(), Vec::new());
        loop {
            let key = match self.events.next()? {
                Event::MappingEnd => break,
                event => self.node(event, depth)?,
            };
            let value = self.events.next()?;
            let value = self.node(value, depth)?;
            match key {
                Yaml::Scalar(key, true) if key == "<<" => merged.push(value),
                Yaml::Scalar(key, _) if members.iter().all(|(known, _)| *known != key) => {
                    members.push((key, value));
                }
                _ => return None,
            }
        }
        for (key, value) in merged.iter().flat_map(sources).flat_map(Yaml::members) {
            if members.iter().all(|(known, _)| known != key) {
                members.push((key.clone(), value.clone()));
            }
        }
        Some(Yaml::Map(members))
    }
}

/// Returns the mappings that a `<<` merges: one, or a list in which the first wins.
fn sources(merged: &Yaml) -> &[Yaml] {
    if let Yaml::List(items) = merged { items } else { std::slice::from_ref(merged) }
}

fn check_tag(tag: Option<&Tag>) -> Option<()> {
    tag.is_none_or(Tag::is_yaml_core_schema).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_and_merges_are_resolved() {
        let file = "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n";
        let read = Yaml::parse(file).unwrap();
        let (y, z) = (read.get("y").unwrap(), read.get("z").unwrap());
        assert_eq!(
            (y.get("a").unwrap().text(), y.get("b").unwrap().text()),
            (Some("1"), Some("3"))
        );
        assert_eq!(z.get("b").unwrap().text(), Some("2"));
    }

    #[test]
    fn documents_that_symfony_rejects_are_rejected() {
        for bad in ["a: [", "a: 1\na: 2", "a: 1\n---\nb: 2", "a: !own 1", "? [a]\n: 1", "a: *b"] {
            assert_eq!(Yaml::parse(bad), None, "{bad}");
        }
        let level = |at: usize| {
            let of = if at == 0 { "x, ".to_owned() } else { format!("*a{}, ", at - 1) };
            format!("a{at}: &a{at} [{}]\n", of.repeat(10))
        };
        let bomb: String = (0..12).map(level).collect();
        assert_eq!(Yaml::parse(&bomb), None);
        assert_eq!(Yaml::parse(&"[".repeat(500)), None);
        assert!(Yaml::parse("# nothing\n").is_none_or(|read| read.is_null()));
    }

    #[test]
    fn null_values_have_no_text_but_a_quoted_null_does() {
        let read = Yaml::parse("a:\nb: ~\nc: 'null'\n").unwrap();
        let texts = ["a", "b", "c"].map(|key| read.get(key).unwrap().text());
        assert_eq!(texts, [None, None, Some("null")]);
    }
}
