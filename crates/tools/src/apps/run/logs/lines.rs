//! Reads the lines of one container's log that a query asks for.

use std::sync::{Mutex, PoisonError};

use covibe_docker_host::{Judge, LogLine, LogQuery, MAX_LOG_LINES};
use covibe_domain::{Failure, Timestamp};
use covibe_workspace::{OnHost, OwnContainer};

use super::cursor::{Position, Track};
use super::query::{Begin, Query};
use super::warnings::UnreadLines;
use crate::container_access::{Line, LogRules, Selected};

/// The number of lines that are read to know the end of a log: enough for one to be older than the newest ones.
const BEFORE_END: u32 = 200;

/// The part of a container's log that was read.
pub(super) struct Log {
    pub(super) selected: Selected,
    /// The position behind the lines that were read.
    pub(super) position: Position,
    /// Why not all lines were read.
    pub(super) limit: Option<UnreadLines>,
}

/// Reads the lines of a log, at most so many bytes of them.
pub(super) async fn read(
    host: &OnHost,
    container: &OwnContainer,
    query: &Query,
    max_bytes: usize,
) -> Result<Log, Failure> {
    let wanted = |since| LogQuery { tail: query.newest_lines(), since, max_bytes };
    match &query.begin {
        Begin::Newest(since) if query.rules.selection.shows_all_lines() => {
            newest(host, container, &query.rules, wanted(*since)).await
        }
        Begin::Newest(since) => searched(host, container, &query.rules, wanted(*since)).await,
        Begin::End => {
            let wanted = LogQuery { tail: BEFORE_END, ..wanted(None) };
            let log = newest(host, container, &query.rules, wanted).await?;
            Ok(Log { selected: Selected::default(), limit: None, ..log })
        }
        Begin::After(cursor) => {
            let position = cursor.position(container);
            let wanted = LogQuery { tail: MAX_LOG_LINES, ..wanted(Some(position.from)) };
            after(host, container, query, (position, wanted)).await
        }
    }
}

async fn newest(
    host: &OnHost,
    container: &OwnContainer,
    rules: &LogRules,
    wanted: LogQuery,
) -> Result<Log, Failure> {
    let read = host.logs(container, wanted).await?;
    let is_whole = !read.cut && read.lines.len() < size(wanted.tail);
    Ok(Log {
        position: position(&read.lines, is_whole.then(|| beginning(wanted))),
        selected: rules.select(read.lines.iter().map(Line::from), 0),
        limit: read.cut.then_some(UnreadLines::Cut),
    })
}

/// Reads the lines behind a position.
async fn after(
    host: &OnHost,
    container: &OwnContainer,
    query: &Query,
    (begin, wanted): (Position, LogQuery),
) -> Result<Log, Failure> {
    let read = host.logs(container, wanted).await?;
    // Of so many lines, Docker may have left out the first ones.
    let is_full = read.lines.len() + read.left_out >= size(wanted.tail);
    let skipped = if is_full { 0 } else { begin.count.saturating_sub(read.left_out) };
    let is_cut = is_full || read.left_out > begin.count;
    let is_whole = !is_full && !read.cut;
    let mut selected = query.rules.select(read.lines.iter().map(Line::from), skipped);
    selected.keep_newest(query.lines.map_or(usize::MAX, size));
    Ok(Log {
        position: position(&read.lines, is_whole.then_some(begin.from)),
        selected,
        limit: is_cut.then_some(UnreadLines::AfterCursor),
    })
}

/// Searches a log for the lines that are selected.
async fn searched(
    host: &OnHost,
    container: &OwnContainer,
    rules: &LogRules,
    wanted: LogQuery,
) -> Result<Log, Failure> {
    let seen = Mutex::new((Track::default(), 0));
    let note = |at, below| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0.note(at);
        seen.1 = below;
    };
    let begin = || -> Judge<'_> {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = (Track::default(), 0);
        let mut sieve = rules.selection.sieve();
        Box::new(move |line: &LogLine| {
            let is_kept = rules.keeps(&mut sieve, line);
            note(line.at, sieve.below);
            is_kept
        })
    };
    let found = host.search(container, wanted, &begin).await?;
    let (track, below) = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let whole = found.is_whole.then(|| track.position(beginning(wanted)));
    let lines = rules.cleaned(found.lines.iter().map(Line::from));
    Ok(Log {
        position: whole.unwrap_or_else(|| track.position_of_newest()),
        selected: Selected { lines, read: found.seen, below, matches: found.matches },
        limit: (!found.is_whole).then_some(UnreadLines::Searched(found.seen)),
    })
}

/// Returns the position behind lines. Without the moment from which on all of them are here, they are the newest ones.
fn position(lines: &[LogLine], whole_since: Option<Timestamp>) -> Position {
    let mut track = Track::default();
    for line in lines {
        track.note(line.at);
    }
    whole_since.map_or_else(|| track.position_of_newest(), |since| track.position(since))
}

fn beginning(wanted: LogQuery) -> Timestamp {
    wanted.since.unwrap_or(Timestamp::from_millis(0))
}

fn size(lines: u32) -> usize {
    usize::try_from(lines).unwrap_or(usize::MAX)
}
