//! The instructions of a Dockerfile.

/// An instruction.
#[derive(Clone, Debug)]
pub(super) struct Instruction {
    /// Its first line and its last one, which count from 1.
    pub(super) lines: (usize, usize),
    /// Its first word as it is written.
    pub(super) name: String,
    /// The rest, in one line.
    pub(super) rest: String,
    /// True if texts follow that it reads as files or scripts.
    pub(super) has_heredoc: bool,
}

impl Instruction {
    /// Returns whether it is the one of that name, which is in upper case.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Returns the instructions; none of a Dockerfile whose lines go on with another character than `\`.
pub(super) fn instructions(text: &str) -> Option<Vec<Instruction>> {
    let directive = |line: &str| line.trim_start_matches('#').trim_start().to_ascii_lowercase();
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    if comments.map(directive).any(|line| line.starts_with("escape")) {
        return None;
    }
    let mut all = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((first, line)) = lines.next() {
        if is_skipped(line) {
            continue;
        }
        let (mut whole, mut last) = (String::new(), first);
        let mut goes_on = append(&mut whole, line);
        while goes_on && let Some((number, line)) = lines.next() {
            if !is_skipped(line) {
                goes_on = append(&mut whole, line);
                last = number;
            }
        }
        let (name, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let ends = heredocs(name, rest);
        for end in &ends {
            last = lines.find(|(_, line)| line.trim() == end).map_or(last, |(number, _)| number);
        }
        let (name, rest) = (name.to_owned(), rest.trim().to_owned());
        let lines = (first + 1, last + 1);
        all.push(Instruction { lines, name, rest, has_heredoc: !ends.is_empty() });
    }
    Some(all)
}

fn is_skipped(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// Appends a line, and returns whether the instruction goes on.
fn append(whole: &mut String, line: &str) -> bool {
    let line = if whole.is_empty() { line.trim() } else { line.trim_end() };
    let continued = line.strip_suffix('\\');
    whole.push_str(continued.unwrap_or(line));
    continued.is_some()
}

/// Returns the words that end the texts after an instruction.
fn heredocs(name: &str, rest: &str) -> Vec<String> {
    let reads = ["RUN", "COPY", "ADD"].iter().any(|reader| name.eq_ignore_ascii_case(reader));
    let words = rest.split_whitespace().filter(|_| reads);
    let ends = words.filter_map(|word| {
        word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")
    });
    let ends = ends.map(|end| end.trim_start_matches('-').trim_matches(['"', '\'']).to_owned());
    ends.filter(|end| !end.is_empty()).collect()
}
