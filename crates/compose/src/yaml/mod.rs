//! Reading YAML into one plain tree: bounded, one document, nothing read in two ways.

mod builder;
mod merge;
mod node;
mod scalar;

use std::rc::Rc;

use saphyr_parser::{Event, Parser};

pub(crate) use node::{Raw, Value};
pub(crate) use scalar::Scalar;

use super::report::{Place, Report};
use builder::Builder;

/// The longest file, in bytes.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Why a file can't be read: what is wrong, and what helps.
type Refusal = (&'static str, Option<&'static str>);

/// Reads the one document of `text`; what is wrong is reported with its path or line.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<Rc<Raw>> {
    // One mark at the beginning says nothing but UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Err((place, (problem, fix))) = check_text(text) {
        report.reject(&place, problem, fix);
        return None;
    }
    match build(text) {
        Ok(root) => Some(root),
        Err((place, (problem, fix))) => {
            report.reject(&place, problem, fix);
            None
        }
    }
}

/// Refuses what parsers disagree about before any has read it.
fn check_text(text: &str) -> Result<(), (Place, Refusal)> {
    if text.len() > LONGEST {
        return Err((Place::file(), ("it is longer than 256 KiB", None)));
    }
    for (number, line) in (1..).zip(text.split(['\n', '\r'])) {
        let strange = |c: char| {
            (c.is_control() && c != '\t')
                || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
        };
        let refusal = if line.contains(strange) {
            ("it contains a control character or byte order mark", Some("Escape it: \"\\x1b\"."))
        } else if line.starts_with('%') {
            ("directives are not taken", Some("Remove the line."))
        } else {
            continue;
        };
        return Err((Place::line(number), refusal));
    }
    Ok(())
}

fn build(text: &str) -> Result<Rc<Raw>, (Place, Refusal)> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let place = Place::line(error.marker().line());
            (place, ("it is not valid YAML", Some("Check the indentation and the quotes there.")))
        })?;
        let ended = matches!(event, Event::StreamEnd);
        builder.take(event).map_err(|refusal| {
            (builder.place().unwrap_or_else(|| Place::line(span.start.line())), refusal)
        })?;
        if ended {
            break;
        }
    }
    builder.finish().ok_or((Place::file(), ("it is empty", Some("Pass a file with `services`."))))
}
