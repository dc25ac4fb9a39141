//! Reading YAML into a tree: one document, within limits, and nothing that parsers read
//! differently.

mod closing_bracket_indentation;
mod merge_keys;
mod node;
mod scalar;
mod size_limits;
mod tree_builder;
mod unquoted_numbers;
mod yaml_v3_scalars;

use std::rc::Rc;

use saphyr_parser::{Event, Parser};

pub(crate) use node::{Node, Value};
pub(crate) use scalar::Scalar;
pub(crate) use unquoted_numbers::is_misread;
pub(crate) use yaml_v3_scalars::{Reading, reading};

use crate::file_location::Location;
use crate::problem::Problem;
use crate::refusals;
use size_limits::Limits;
use tree_builder::Builder;

/// The longest file of a caller, in bytes.
pub(crate) const LONGEST: usize = Limits::CALLER.longest;

/// Reads the one document of a caller's text.
///
/// # Errors
/// The first problem, with its path or line.
pub(crate) fn read(text: &str) -> Result<Rc<Node>, (Location, Problem)> {
    // A byte order mark at the start only says that the file is UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_text(text)?;
    build(&closing_bracket_indentation::indent_brackets(text), Limits::CALLER)
}

/// Reads a document that Coolify stores or generated. It may be larger than a caller's, because
/// Coolify adds variables and labels to each service, and contain any character.
///
/// # Errors
/// The first problem, with its path or line.
pub(crate) fn read_stored(text: &str) -> Result<Rc<Node>, (Location, Problem)> {
    if text.len() > Limits::STORED.longest {
        return Err((Location::file(), refusals::long_file()));
    }
    build(text, Limits::STORED)
}

/// Refuses text that parsers disagree about, before one reads it.
fn check_text(text: &str) -> Result<(), (Location, Problem)> {
    if text.len() > LONGEST {
        return Err((Location::file(), refusals::long_file()));
    }
    for (number, line) in (1..).zip(text.split(['\n', '\r'])) {
        let is_unusual = |c: char| {
            (c.is_control() && c != '\t')
                || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
        };
        if line.contains(is_unusual) {
            return Err((Location::line(number), refusals::control_character()));
        }
        if line.starts_with('%') {
            return Err((Location::line(number), refusals::yaml_directive()));
        }
    }
    Ok(())
}

fn build(text: &str, limits: Limits) -> Result<Rc<Node>, (Location, Problem)> {
    let mut builder = Builder::within(limits);
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error| (Location::line(error.marker().line()), refusals::invalid_yaml()))?;
        let is_end = matches!(event, Event::StreamEnd);
        builder.take(event).map_err(|problem| {
            let line = || Location::line(span.start.line());
            (builder.location().unwrap_or_else(line), problem)
        })?;
        if is_end {
            break;
        }
    }
    builder.finish().ok_or_else(|| (Location::file(), refusals::empty_file()))
}
