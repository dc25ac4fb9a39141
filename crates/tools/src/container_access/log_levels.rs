//! The level of a line of a log, where its program wrote one.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The level of a line of a log, the least severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-aliases" = aliases()))]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// Returns the other words that parameters accept, each with the word for its level.
fn aliases() -> Value {
    json!({ "trace": "debug", "notice": "info", "warning": "warn", "err": "error", "fatal": "error", "critical": "error" })
}

/// The words that programs write for each level, in lower case.
const WORDS: [(LogLevel, &[&str]); 4] = [
    (LogLevel::Debug, &["debug", "trace", "verbose", "dbug", "dbg", "trc", "vrb"]),
    (LogLevel::Info, &["info", "information", "informational", "notice", "log", "inf"]),
    (LogLevel::Warn, &["warn", "warning", "wrn"]),
    (
        LogLevel::Error,
        &[
            "error",
            "err",
            "fatal",
            "ftl",
            "critical",
            "crit",
            "fail",
            "severe",
            "panic",
            "alert",
            "emerg",
            "emergency",
        ],
    ),
];

/// The keys of a level in logfmt.
const KEYS: [&str; 4] = ["level", "lvl", "severity", "loglevel"];

/// The names of months and days in times.
const TIMES: [&str; 19] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon",
    "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
];

/// The number of words among which a level is looked for.
const MOST_WORDS: usize = 24;

/// The maximum number of bytes of a line in JSON whose level is read.
const MAX_JSON: usize = 64 << 10;

/// The members of a line in JSON that have its level, the first one first.
const MEMBERS: [&str; 5] = ["level", "severity", "lvl", "levelname", "log.level"];

/// The beginnings of lines by which runtimes report an error.
const ERRORS: [&str; 5] = [
    "Traceback (most recent call last)",
    "fatal error:",
    "Exception in thread",
    "Unhandled ",
    "Uncaught ",
];

/// Returns the level of a line; `None` if its program wrote none in a form that is known: JSON, logfmt, or a word before
/// the text, in brackets or upper case.
pub(super) fn level_of(line: &str) -> Option<LogLevel> {
    let line = line.trim_start();
    if line.starts_with('{') {
        return in_json(line);
    }
    if is_error_report(line) {
        return Some(LogLevel::Error);
    }
    let words: Vec<_> = Words(line).take(MOST_WORDS).collect();
    for (place, word) in words.iter().enumerate() {
        let pair = pair(word);
        let level = match pair {
            Some((key, value)) => in_pair(key, value),
            None => before_text(word, place == 0),
        };
        if level.is_some() {
            return level;
        }
        if pair.is_none() && !is_preface(word) && !is_delimited(&words, place) {
            return None;
        }
    }
    None
}

fn from_word(word: &str) -> Option<LogLevel> {
    let word = word.to_ascii_lowercase();
    WORDS.iter().find(|(_, words)| words.contains(&&*word)).map(|(level, _)| *level)
}

/// Returns whether a runtime reports an error by a line.
fn is_error_report(line: &str) -> bool {
    ERRORS.iter().any(|beginning| line.starts_with(beginning))
        || (line.starts_with("thread '") && line.contains(" panicked at"))
        || line.split_once(':').is_some_and(|(name, _)| is_exception(name))
}

/// Returns whether it is the name of an exception, as in `ValueError: no` and `java.lang.IllegalStateException: no`.
fn is_exception(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"._$\\".contains(&b);
    name.bytes().all(is_part) && (name.ends_with("Error") || name.ends_with("Exception"))
}

fn in_json(line: &str) -> Option<LogLevel> {
    let line = Some(line).filter(|line| line.len() <= MAX_JSON)?;
    let Levels(levels) = serde_json::from_str(line).ok()?;
    levels.into_iter().flatten().next()
}

/// The level that each of the [`MEMBERS`] names; of members with the same key, the first that names one.
struct Levels([Option<LogLevel>; MEMBERS.len()]);

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LevelsVisitor)
    }
}

/// Reads [`Levels`], and builds no value of any other member.
struct LevelsVisitor;

impl<'de> Visitor<'de> for LevelsVisitor {
    type Value = Levels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Levels, A::Error> {
        let mut levels = [None; MEMBERS.len()];
        while let Some(key) = members.next_key::<String>()? {
            let place = MEMBERS.iter().position(|member| *member == key);
            if let Some(level) = place.and_then(|place| levels.get_mut(place)) {
                *level = level.or(in_member(members.next_value()?));
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Levels(levels))
    }
}

/// Returns the level that a string or a number names.
fn in_member(value: &RawValue) -> Option<LogLevel> {
    let value = value.get();
    if value.starts_with('"') {
        from_word(&serde_json::from_str::<String>(value).ok()?)
    } else {
        from_number(value.parse().ok()?)
    }
}

/// Returns the level of a number as pino and bunyan write it.
fn from_number(number: u64) -> Option<LogLevel> {
    match number {
        10 | 20 => Some(LogLevel::Debug),
        30 => Some(LogLevel::Info),
        40 => Some(LogLevel::Warn),
        50 | 60 => Some(LogLevel::Error),
        _ => None,
    }
}

/// Returns the key and the value of a word of logfmt.
fn pair(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once('=')?;
    let is_key = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (!key.is_empty() && key.bytes().all(is_key)).then_some((key, value))
}

fn in_pair(key: &str, value: &str) -> Option<LogLevel> {
    let is_level = KEYS.contains(&key.to_ascii_lowercase().as_str());
    is_level.then(|| from_word(value.trim_matches('"'))).flatten()
}

/// Returns the level that a word before the text names: `ERROR`, `[error]`, `ERROR:root:`, `production.ERROR:`, or `error:`
/// as the first word.
fn before_text(word: &str, is_first: bool) -> Option<LogLevel> {
    let bare = word.trim_matches(|c| "[]()<>:|,-".contains(c));
    let first = bare.split(':').next().unwrap_or_default();
    let last = bare.rsplit(['.', ':']).next().unwrap_or_default();
    let is_label = word.ends_with(':');
    let is_named = is_bracketed(word) || (is_first && is_label) || (is_upper(last) && is_label);
    let upper = Some(first).filter(|first| is_upper(first)).and_then(from_word);
    upper.or_else(|| is_named.then(|| from_word(last)).flatten())
}

fn is_upper(word: &str) -> bool {
    word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_bracketed(word: &str) -> bool {
    let word = word.trim_end_matches(':');
    [('[', ']'), ('(', ')'), ('<', '>')]
        .iter()
        .any(|(open, close)| word.starts_with(*open) && word.ends_with(*close))
}

/// Returns whether a word may stand between the beginning of a line and its level: a part of a time, a number, or
/// something in brackets.
fn is_preface(word: &str) -> bool {
    let bare = word.trim_start_matches(['[', '(', '<', '"']);
    let is_zone = |bare: &str| bare.len() <= 5 && bare.bytes().all(|b| b.is_ascii_uppercase());
    word.starts_with(['[', '('])
        || !word.bytes().any(|b| b.is_ascii_alphabetic())
        || bare.starts_with(|c: char| c.is_ascii_digit())
        || TIMES.contains(&bare.trim_end_matches(','))
        || is_zone(bare.trim_end_matches([']', ')']))
}

/// Returns whether a word stands between two dashes or bars, as the name of a logger does.
fn is_delimited(words: &[&str], place: usize) -> bool {
    let is_delimiter = |word: Option<&&str>| word.is_some_and(|word| *word == "-" || *word == "|");
    let before = place.checked_sub(1).and_then(|before| words.get(before));
    is_delimiter(before) && is_delimiter(words.get(place + 1))
}

/// The words of a line. Blanks within quotes end none.
struct Words<'a>(&'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let (mut is_quoted, mut is_escaped) = (false, false);
        let end = text.find(|c: char| {
            is_quoted ^= c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            c.is_whitespace() && !is_quoted
        });
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use LogLevel::{Debug, Error, Info, Warn};

    use super::*;

    #[test]
    fn levels_are_read_in_the_usual_forms() {
        for (line, level) in [
            (r#"{"level":"error","msg":"no"}"#, Error),
            (r#"{"time":1,"level":40,"msg":"slow"}"#, Warn),
            (r#"{"severity":"WARNING","message":"x"}"#, Warn),
            (r#"{"log.level":"debug"}"#, Debug),
            (r#"time="2026-11-29T10:00:00Z" level=warning msg="a level=error b""#, Warn),
            ("ts=1 caller=main.go:1 lvl=eror level=info", Info),
            ("2026-11-29T10:00:00Z level=error err=EOF", Error),
            ("ERROR: relation \"users\" does not exist", Error),
            ("2026-11-29 10:00:00.000 UTC [1] FATAL:  password authentication failed", Error),
            ("2026-11-29 10:00:00.000 UTC [1] LOG:  database system is ready", Info),
            ("2026/11/29 10:00:00 [error] 31#31: *1 connect() failed", Error),
            ("2026/11/29 10:00:00 [notice] 1#1: start worker processes", Info),
            ("[Sun Nov 29 10:00:00.000000 2026] [core:error] [pid 1] no", Error),
            ("2026-11-29 10:00:00.123  WARN 1 --- [main] o.s.Boot : slow", Warn),
            ("10:00:00.123 [main] ERROR com.x.Y - no", Error),
            ("2026-11-29T10:00:00.1Z DEBUG hyper::proto: parsed", Debug),
            ("[2026-11-29 10:00:00] production.ERROR: Undefined variable", Error),
            ("2026-11-29 10:00:00,123 - shop.db - ERROR - no", Error),
            ("ERROR:root:no", Error),
            ("INFO:     127.0.0.1:1 - \"GET / HTTP/1.1\" 200 OK", Info),
            ("[2026-11-29 10:00:00 +0000] [7] [INFO] Listening", Info),
            ("2026-11-29T10:00:00Z 0 [Warning] [MY-010068] [Server] CA", Warn),
            ("[10:00:00 ERR] no", Error),
            ("fail: Microsoft.AspNetCore[0]", Error),
            ("Error: Cannot find module 'x'", Error),
            ("warning: unused", Warn),
            ("Traceback (most recent call last):", Error),
            ("fatal error: all goroutines are asleep - deadlock!", Error),
            ("Exception in thread \"main\" java.lang.NullPointerException", Error),
            ("Unhandled exception. System.InvalidOperationException: no", Error),
            ("Uncaught TypeError: x is not a function", Error),
            ("thread 'main' panicked at src/main.rs:1:1:", Error),
            ("thread 'main' (7) panicked at src/main.rs:1:1:", Error),
            ("ValueError: x", Error),
            ("TypeError: y", Error),
            ("java.lang.IllegalStateException: z", Error),
        ] {
            assert_eq!(level_of(line), Some(level), "{line}");
        }
    }

    #[test]
    fn a_word_in_the_text_is_not_a_level() {
        for line in [
            "",
            "    at Object.<anonymous> (/app/index.js:1:1)",
            "GET /error 200",
            "retry after ERROR in job",
            "no error: all is well",
            "started with level=debug",
            r#"{"msg":"level"}"#,
            r#"{"level":"#,
            r#"{"level":3}"#,
            "1:M 29 Nov 2026 10:00:00.000 * Ready to accept connections",
            "10.0.1.7 - - \"GET /items HTTP/1.1\" 500",
            "2026/11/29 10:00:00 listening on 3000",
            "an \"open quote level=error",
            "thread 'main' starts",
            "a ValueError: x",
            "msg=Error: x",
        ] {
            assert_eq!(level_of(line), None, "{line}");
        }
    }

    #[test]
    fn the_level_of_hostile_json_is_read_up_to_a_size_limit() {
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        for (line, level) in [
            (r#"{"level":"error","level":"info"}"#.to_owned(), Some(Error)),
            (r#"{"level":{},"level":"error"}"#.to_owned(), Some(Error)),
            (r#"{"level":"error","level":null}"#.to_owned(), Some(Error)),
            (r#"{"severity":"info","level":40}"#.to_owned(), Some(Warn)),
            (r#"{"\u006cevel":"w\u0061rn"}"#.to_owned(), Some(Warn)),
            (format!(r#"{{"level":{deep},"lvl":"error"}}"#), Some(Error)),
            (format!(r#"{{"x":{deep},"level":"error"}}"#), Some(Error)),
            (format!(r#"{{"level":"error","x":"{}"}}"#, "x".repeat(60 << 10)), Some(Error)),
            (format!(r#"{{"level":"error","x":"{}"}}"#, "x".repeat(64 << 10)), None),
        ] {
            let beginning: String = line.chars().take(40).collect();
            assert_eq!(level_of(&line), level, "{beginning}");
        }
    }
}
