//! The kinds of unclear names and sentences, and the better way to write each.

/// A kind that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A doc comment of a module or an item that begins with this word of a clause.
    Doc(&'static str),
    /// A function whose whole name is this word.
    Function(&'static str),
    /// A source file, not of tests, with fewer than [`SHORT`] lines.
    ShortFile,
    /// A test whose name begins with this word.
    Test(&'static str),
}

/// The number of lines from which a source file is long enough to be one.
pub(super) const SHORT: usize = 40;

/// Every kind that is counted.
pub(super) const KINDS: [Kind; 21] = [
    Kind::Doc("How"),
    Kind::Doc("What"),
    Kind::Doc("Whether"),
    Kind::Doc("Which"),
    Kind::Doc("Who"),
    Kind::ShortFile,
    Kind::Function("end"),
    Kind::Function("found"),
    Kind::Function("had"),
    Kind::Function("look"),
    Kind::Function("missing"),
    Kind::Function("of"),
    Kind::Function("refused"),
    Kind::Function("shown"),
    Kind::Function("taken"),
    Kind::Function("told"),
    Kind::Test("is"),
    Kind::Test("of"),
    Kind::Test("one"),
    Kind::Test("what"),
    Kind::Test("who"),
];

impl Kind {
    /// Returns the kind of a function with this name.
    pub(super) fn from_function(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| matches!(kind, Self::Function(word) if *word == name))
    }

    /// Returns the kind of a test with this name.
    pub(super) fn from_test(name: &str) -> Option<Self> {
        let (first, _) = name.split_once('_')?;
        KINDS.into_iter().find(|kind| matches!(kind, Self::Test(word) if *word == first))
    }

    /// Returns the kind of a doc comment with this text.
    pub(super) fn from_doc(text: &str) -> Option<Self> {
        let first = text.split_whitespace().next()?;
        KINDS.into_iter().find(|kind| matches!(kind, Self::Doc(word) if *word == first))
    }

    /// Returns the kind's name in the record.
    pub(super) fn key(self) -> String {
        match self {
            Self::Doc(word) => format!("doc.{word}"),
            Self::Function(word) => format!("function.{word}"),
            Self::ShortFile => "file.short".to_owned(),
            Self::Test(word) => format!("test.{word}"),
        }
    }

    /// Returns a description that follows a number.
    pub(super) fn description(self) -> String {
        match self {
            Self::Doc(word) => format!("doc comments that begin with `{word}`"),
            Self::Function(word) => format!("functions with the name `{word}`"),
            Self::ShortFile => format!("source files with fewer than {SHORT} lines"),
            Self::Test(word) => format!("tests with names that begin with `{word}_`"),
        }
    }

    /// Returns the better way to write one.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Doc("How") => {
                "begin with a noun, such as `The number of …` or `The time until …`"
            }
            Self::Doc("Whether") => "begin with `Returns whether …`, or with `True if …`",
            Self::Doc("Which") => "begin with a noun, such as `The zones that …`",
            Self::Doc("Who") => "begin with a noun, such as `The person who …`",
            Self::Doc(_) => "begin with a noun or a verb, such as `The answer to …` or `Returns …`",
            Self::Function(_) => {
                "name a function by a verb and its object (`read_policy`), a conversion `from_…` or \
                 `to_…`, and a getter by the noun that it returns"
            }
            Self::ShortFile => "put the items of such a file into another one of the same topic",
            Self::Test(_) => "name a test by who does what, such as `an_agent_restarts_its_app`",
        }
    }

    /// Returns a command that shows the newest commits with one.
    pub(super) fn search(self) -> String {
        match self {
            Self::Doc(word) => format!("git log -p -G'//[/!] {word} ' -- '*.rs'"),
            Self::Function(word) => format!("git log -p -G'fn {word}[<(]' -- '*.rs'"),
            Self::ShortFile => "git log --stat --diff-filter=AM -- '*.rs'".to_owned(),
            Self::Test(word) => format!("git log -p -G'fn {word}_' -- '*.rs'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_by_their_names_in_the_record() {
        assert!(KINDS.map(Kind::key).is_sorted());
    }

    #[test]
    fn only_whole_words_make_a_kind() {
        assert_eq!(Kind::from_function("end"), Some(Kind::Function("end")));
        assert_eq!(Kind::from_function("end_session"), None);
        assert_eq!(Kind::from_test("what_is_read"), Some(Kind::Test("what")));
        assert_eq!(Kind::from_test("whatever_is_read"), None);
        assert_eq!(Kind::from_doc(" Whether it is."), Some(Kind::Doc("Whether")));
        assert_eq!(Kind::from_doc(" Whatever it is."), None);
        assert_eq!(Kind::from_doc(""), None);
    }
}
