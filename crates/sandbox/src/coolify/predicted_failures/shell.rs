//! The statements of a simple shell script.

/// The result of a statement: its exit code, what it printed, and whether it ends the script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScriptResult {
    pub(crate) code: i64,
    pub(crate) output: Vec<String>,
    pub(crate) ends: bool,
}

/// The separators of statements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// `;` or the end of a line.
    Then,
    /// `&&`.
    IfDone,
}

/// Runs a script: `statement` runs one statement by its words, and returns `None` if its effect is unknown.
///
/// Returns `None` for a script that has more than words, `;` and `&&`, such as a variable or a pipe.
pub(crate) fn run(
    script: &str,
    statement: impl Fn(&[String]) -> Option<ScriptResult>,
) -> Option<ScriptResult> {
    let mut whole = ScriptResult::default();
    for (link, words) in statements(script)? {
        let is_skipped = link == Link::IfDone && whole.code != 0;
        if words.is_empty() || is_skipped {
            continue;
        }
        let done = statement(&words)?;
        whole.output.extend(done.output);
        (whole.code, whole.ends) = (done.code, done.ends);
        if done.ends {
            break;
        }
    }
    Some(whole)
}

/// Returns the words of the statements, and what links each to the one before.
fn statements(script: &str) -> Option<Vec<(Link, Vec<String>)>> {
    let mut all = vec![(Link::Then, Vec::new())];
    let (mut word, mut left) = (None::<String>, script.chars().peekable());
    while let Some(c) = left.next() {
        match c {
            '\'' | '"' => {
                let quoted = read_quoted(c, &mut left)?;
                word.get_or_insert_default().push_str(&quoted);
            }
            '\\' => word.get_or_insert_default().push(left.next()?),
            '&' => {
                left.next_if_eq(&'&')?;
                finish(&mut all, &mut word);
                all.push((Link::IfDone, Vec::new()));
            }
            ';' | '\n' => {
                finish(&mut all, &mut word);
                all.push((Link::Then, Vec::new()));
            }
            // Standard error is in the log, too.
            '>' => {
                ['&', '2'].iter().try_for_each(|wanted| left.next_if_eq(wanted).map(drop))?;
                word = word.filter(|number| number != "1");
            }
            '$' | '`' | '|' | '<' | '(' | ')' | '{' | '}' | '#' | '*' | '?' => return None,
            c if c.is_whitespace() => finish(&mut all, &mut word),
            c => word.get_or_insert_default().push(c),
        }
    }
    finish(&mut all, &mut word);
    Some(all)
}

/// Reads up to the end of a quoted text; none if it has a variable.
fn read_quoted(quote: char, left: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    for c in left {
        match c {
            c if c == quote => return Some(text),
            '$' | '`' | '\\' if quote == '"' => return None,
            c => text.push(c),
        }
    }
    None
}

fn finish(all: &mut [(Link, Vec<String>)], word: &mut Option<String>) {
    if let (Some(word), Some((_, words))) = (word.take(), all.last_mut()) {
        words.push(word);
    }
}
