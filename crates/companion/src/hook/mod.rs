//! The hooks of agents: each event becomes one small record in the inbox.
//!
//! A hook reads files and no more: it starts no process, opens no connection, and is done within milliseconds. Whatever
//! happens, it answers `{}`, so that no agent is held up.

mod event_classification;
mod generic_payload;
mod payload;

use std::env;
use std::io::Read;
use std::path::Path;

use covibe_domain::Timestamp;

use crate::exclude::Exclusions;
use crate::git::locate;
use crate::home::CompanionHome;
use crate::inbox::{Event, Inbox, Record};
use crate::origin::Origin;
use crate::transcript;

pub use event_classification::Harness;

/// The answer of every hook: an object without members, which every harness accepts.
pub const ANSWER: &str = "{}";

/// The maximum size of what a harness passes, in bytes.
pub const MAX_INPUT: u64 = 8 * 1024 * 1024;

/// The maximum length of the id of a session, in bytes. A longer one is replaced by its tag.
const MAX_SESSION: usize = 128;

/// Notes an event of a harness, and returns what to print. The exit code is always 0.
pub fn run(harness: &str, input: impl Read, home: &CompanionHome) -> &'static str {
    // In a cloud session, the folders are not those of this user's machine.
    let is_remote = env::var_os("CLAUDE_CODE_REMOTE").is_some_and(|value| value == "true");
    if !is_remote {
        note(harness, input, home);
    }
    ANSWER
}

fn note(harness: &str, input: impl Read, home: &CompanionHome) -> Option<()> {
    let harness: Harness = harness.parse().ok()?;
    let mut text = Vec::new();
    input.take(MAX_INPUT + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > MAX_INPUT {
        return None;
    }
    let occurrence = match harness {
        Harness::Generic => generic_payload::parse(&text)?,
        _ => event_classification::parse(harness, &text)?,
    };
    let rules = Exclusions::load(home).ok()?;
    let place = occurrence.places.iter().find_map(|path| locate(path))?;
    if rules.reason(&place).is_some() {
        return None;
    }
    let transcript = occurrence.transcript.filter(|path| {
        transcript::is_allowed(&occurrence.agent, path, &transcript::usual_roots(&occurrence.agent))
    });
    let record = Record {
        at: Timestamp::now(),
        agent: occurrence.agent,
        via: harness.as_str().to_owned(),
        session: bounded_session(occurrence.session),
        event: occurrence.event,
        key: occurrence.key,
        model: occurrence.model,
        worktree: place.worktree,
        common_dir: place.common_dir,
        transcript,
        tokens: occurrence.tokens,
        server: None,
    };
    Inbox::new(home).add(&record).ok().map(|_| ())
}

/// Notes that a bridge connected an agent of a folder to a server, so that the activity there goes to that server.
///
/// Returns whether it was noted: a folder outside repositories, and a private one, is not.
pub fn note_connection(home: &CompanionHome, agent: &str, folder: &Path, server: &Origin) -> bool {
    let Some(place) = locate(folder) else { return false };
    let Ok(rules) = Exclusions::load(home) else { return false };
    if rules.reason(&place).is_some() {
        return false;
    }
    let record = Record {
        at: Timestamp::now(),
        agent: agent.to_owned(),
        via: "bridge".to_owned(),
        session: String::new(),
        event: Event::Connect,
        key: None,
        model: None,
        worktree: place.worktree,
        common_dir: place.common_dir,
        transcript: None,
        tokens: None,
        server: Some(server.clone()),
    };
    Inbox::new(home).add(&record).is_ok()
}

fn bounded_session(session: String) -> String {
    let is_plain = session.len() <= MAX_SESSION && session.bytes().all(|b| b.is_ascii_graphic());
    if is_plain { session } else { crate::files_without_fsync::tag(session.as_bytes()) }
}
