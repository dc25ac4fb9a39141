//! Building the tree from the parser's events.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::merge_keys;
use super::node::{Node, Size, Value};
use super::scalar::Scalar;
use super::size_limits::Limits;
use crate::file_location::Location;
use crate::problem::Problem;
use crate::refusals;

/// A list or mapping that is not complete yet.
struct Frame {
    anchor: usize,
    items: Items,
}

enum Items {
    List(Vec<Rc<Node>>),
    Map { entries: Vec<(String, Rc<Node>)>, known: HashSet<String>, key: Option<String> },
}

/// The tree so far.
pub(super) struct Builder {
    limits: Limits,
    open: Vec<Frame>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    documents: usize,
    /// The size of everything read so far. An alias counts as much as what it names, which bounds
    /// what merges copy.
    spent: Size,
}

impl Builder {
    /// Returns a builder of a tree within these limits.
    pub(super) fn within(limits: Limits) -> Self {
        let (open, anchors) = (Vec::new(), HashMap::new());
        Self { limits, open, anchors, root: None, documents: 0, spent: Size::default() }
    }

    pub(super) fn take(&mut self, event: Event<'_>) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) => self.document(),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref())
            }
            Event::Alias(anchor) => self.alias(anchor),
            Event::SequenceStart(anchor, tag) => {
                self.open(anchor, tag.as_deref(), "seq", Items::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Map { entries: Vec::new(), known: HashSet::new(), key: None };
                self.open(anchor, tag.as_deref(), "map", items)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Option<Rc<Node>> {
        self.root
    }

    /// Returns the location of the next event, if it is inside the document.
    pub(super) fn location(&self) -> Option<Location> {
        let mut location = Location::file();
        for frame in &self.open {
            location = match &frame.items {
                Items::Map { key: Some(key), .. } => location.key(key),
                Items::Map { key: None, .. } => location,
                Items::List(items) => location.item(items.len()),
            };
        }
        (location != Location::file()).then_some(location)
    }

    fn document(&mut self) -> Result<(), Problem> {
        self.documents += 1;
        if self.documents == 1 { Ok(()) } else { Err(refusals::several_documents()) }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Problem> {
        let plain = style == ScalarStyle::Plain;
        let tag = tag.map(core).transpose()?;
        let scalar = match tag {
            Some(tag) => {
                Scalar::from_tagged(tag, plain, text).ok_or_else(refusals::unsupported_tag)?
            }
            None if plain => Scalar::of_plain(text),
            None => Scalar::Text(text.to_owned()),
        };
        if self.expects_key() {
            if anchor != 0 {
                return Err(refusals::anchored_key());
            }
            return self.key(scalar, plain && tag.is_none());
        }
        let scalar = if plain && tag.is_none() { scalar.into_value() } else { scalar };
        if let Scalar::Text(text) = &scalar
            && !self.limits.allows_unprintable
            && text.contains(is_unprintable)
        {
            return Err(refusals::unprintable_value());
        }
        let node = Node::new(Value::Scalar(scalar));
        self.spend(node.size)?;
        self.add(anchor, Rc::new(node))
    }

    /// Takes a key: a string of printable ASCII, once in its mapping. A `<<` that is not a plain
    /// scalar is a merge key to some parsers and an ordinary key to others.
    fn key(&mut self, scalar: Scalar, is_plain: bool) -> Result<(), Problem> {
        let Scalar::Text(text) = scalar else {
            return Err(refusals::key_not_text());
        };
        let Some(Frame { items: Items::Map { known, key, .. }, .. }) = self.open.last_mut() else {
            return Err(refusals::stray_key());
        };
        let is_duplicate = !known.insert(text.clone());
        let is_usual =
            (1..=255).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        let is_odd_merge = text == merge_keys::KEY && !is_plain;
        // The location of a problem with this key includes the key.
        *key = is_usual.then_some(text);
        if !is_usual {
            Err(refusals::unusual_key())
        } else if is_duplicate {
            Err(refusals::duplicate_key())
        } else if is_odd_merge {
            Err(refusals::quoted_merge_key())
        } else {
            Ok(())
        }
    }

    fn alias(&mut self, anchor: usize) -> Result<(), Problem> {
        if self.expects_key() {
            return Err(refusals::alias_as_key());
        }
        let node =
            self.anchors.get(&anchor).map(Rc::clone).ok_or_else(refusals::recursive_alias)?;
        self.spend(node.size)?;
        self.add(0, node)
    }

    fn spend(&mut self, size: Size) -> Result<(), Problem> {
        self.spent = self.spent.and(size);
        if self.spent.fits(self.limits.tree) { Ok(()) } else { Err(refusals::large_tree()) }
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        kind: &str,
        items: Items,
    ) -> Result<(), Problem> {
        if tag.map(core).transpose()?.is_some_and(|tag| tag != kind) {
            return Err(refusals::unsupported_tag());
        }
        if self.expects_key() {
            return Err(refusals::collection_as_key());
        }
        self.spend(Size::at_depth(self.open.len() + 1))?;
        self.open.push(Frame { anchor, items });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        let Some(Frame { anchor, items }) = self.open.pop() else { return Ok(()) };
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Map { entries, .. } => Value::Map(merge_keys::resolve(entries)?),
        };
        self.add(anchor, Rc::new(Node::new(value)))
    }

    fn expects_key(&self) -> bool {
        let items = self.open.last().map(|frame| &frame.items);
        matches!(items, Some(Items::Map { key: None, .. }))
    }

    fn add(&mut self, anchor: usize, node: Rc<Node>) -> Result<(), Problem> {
        if !node.size.fits(self.limits.tree) {
            return Err(refusals::large_tree());
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        match self.open.last_mut().map(|frame| &mut frame.items) {
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map { entries, key, .. }) => {
                entries.extend(key.take().map(|key| (key, node)));
            }
            None => self.root = Some(node),
        }
        Ok(())
    }
}

/// Returns the name of a tag of YAML's core schema.
fn core(tag: &Tag) -> Result<&str, Problem> {
    if tag.is_yaml_core_schema() { Ok(&tag.suffix) } else { Err(refusals::unsupported_tag()) }
}

/// Returns whether YAML does not allow the character even in quotes, except for breaks and tabs.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
