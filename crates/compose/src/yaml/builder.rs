//! Events of the parser to the tree.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::node::{Raw, Size, Value};
use super::scalar::Scalar;
use super::{Refusal, merge};
use crate::report::Place;

/// A list or mapping that is being read.
struct Frame {
    anchor: usize,
    items: Items,
}

enum Items {
    List(Vec<Rc<Raw>>),
    Map { entries: Vec<(String, Rc<Raw>)>, known: HashSet<String>, key: Option<String> },
}

/// The tree so far.
#[derive(Default)]
pub(crate) struct Builder {
    open: Vec<Frame>,
    anchors: HashMap<usize, Rc<Raw>>,
    root: Option<Rc<Raw>>,
    documents: usize,
    /// All that was read, an alias at the size of what it names: what merges copy is within it.
    spent: Size,
}

const TOO_LARGE: Refusal = (
    "it is too large: at most 32 levels, 20,000 values and 512 KiB, aliases counted where they stand",
    None,
);

impl Builder {
    pub(crate) fn take(&mut self, event: Event<'_>) -> Result<(), Refusal> {
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

    pub(crate) fn finish(self) -> Option<Rc<Raw>> {
        self.root
    }

    /// Where the reader is, when it is inside the document.
    pub(crate) fn place(&self) -> Option<Place> {
        let mut place = Place::file();
        for frame in &self.open {
            place = match &frame.items {
                Items::Map { key: Some(key), .. } => place.key(key),
                Items::Map { key: None, .. } => place,
                Items::List(items) => place.at(items.len()),
            };
        }
        (place != Place::file()).then_some(place)
    }

    fn document(&mut self) -> Result<(), Refusal> {
        self.documents += 1;
        let one = self.documents == 1;
        one.then_some(()).ok_or(("it is more than one document", Some("Pass one document.")))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Refusal> {
        let plain = style == ScalarStyle::Plain;
        let tag = tag.map(core).transpose()?;
        let scalar = match tag {
            Some(tag) => Scalar::of_tagged(tag, plain, text).ok_or(TAG)?,
            None if plain => Scalar::of_plain(text),
            None => Scalar::Text(text.to_owned()),
        };
        if self.expects_key() {
            if anchor != 0 {
                return Err(("an anchor on a key is not taken", None));
            }
            return self.key(scalar, plain && tag.is_none());
        }
        if let Scalar::Text(text) = &scalar
            && text.contains(unprintable)
        {
            return Err(("a value contains a control character", None));
        }
        let node = Raw::new(Value::Scalar(scalar));
        self.spend(node.size)?;
        self.add(anchor, Rc::new(node))
    }

    /// Takes a key: visible ASCII, a text, once in its mapping. A `<<` that is written in any other
    /// way than the plain one is a merge to some parsers and a key to others.
    fn key(&mut self, scalar: Scalar, bare: bool) -> Result<(), Refusal> {
        let Scalar::Text(text) = scalar else {
            return Err(("a key is not a text", Some("Quote the key.")));
        };
        let Some(Frame { items: Items::Map { known, key, .. }, .. }) = self.open.last_mut() else {
            return Err(("a key stands outside a mapping", None));
        };
        let twice = !known.insert(text.clone());
        let fine =
            (1..=255).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        let merge = text == merge::KEY && !bare;
        // A place that is shown leads up to this key.
        *key = fine.then_some(text);
        if !fine {
            Err(("a key is empty, too long, or not of visible ASCII characters", None))
        } else if twice {
            Err(("the key appears twice", Some("Keep one of them.")))
        } else if merge {
            Err(("a merge key is quoted or tagged", Some("Write << without quotes.")))
        } else {
            Ok(())
        }
    }

    fn alias(&mut self, anchor: usize) -> Result<(), Refusal> {
        if self.expects_key() {
            return Err(("an alias stands for a key", Some("Write the key out.")));
        }
        let inside = ("an alias refers to what it is in", None);
        let node = self.anchors.get(&anchor).map(Rc::clone).ok_or(inside)?;
        self.spend(node.size)?;
        self.add(0, node)
    }

    fn spend(&mut self, size: Size) -> Result<(), Refusal> {
        self.spent = self.spent.and(size);
        self.spent.fits().then_some(()).ok_or(TOO_LARGE)
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        kind: &str,
        items: Items,
    ) -> Result<(), Refusal> {
        if tag.map(core).transpose()?.is_some_and(|tag| tag != kind) {
            return Err(TAG);
        }
        if self.expects_key() {
            return Err(("a key is not a text", Some("Use a plain word as the key.")));
        }
        self.spend(Size::at_depth(self.open.len() + 1))?;
        self.open.push(Frame { anchor, items });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let Some(Frame { anchor, items }) = self.open.pop() else { return Ok(()) };
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Map { entries, .. } => Value::Map(merge::resolve(entries)?),
        };
        self.add(anchor, Rc::new(Raw::new(value)))
    }

    fn expects_key(&self) -> bool {
        let items = self.open.last().map(|frame| &frame.items);
        matches!(items, Some(Items::Map { key: None, .. }))
    }

    fn add(&mut self, anchor: usize, node: Rc<Raw>) -> Result<(), Refusal> {
        if !node.size.fits() {
            return Err(TOO_LARGE);
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

const TAG: Refusal = (
    "a tag is not taken here: only those of YAML's core schema that agree with the value are",
    Some("Remove the tag; merges are written out by Co-Vibe."),
);

/// The name of a tag of YAML's core schema.
fn core(tag: &Tag) -> Result<&str, Refusal> {
    if tag.is_yaml_core_schema() { Ok(&tag.suffix) } else { Err(TAG) }
}

/// What YAML does not take even in quotes, except for breaks and tabs.
fn unprintable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}
