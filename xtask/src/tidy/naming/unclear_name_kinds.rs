//! The kinds of unclear names and sentences, and the better way to write each.

/// A kind of unclear name or sentence, or of file.
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

/// Every kind.
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

    /// Returns a description of one occurrence; of short files, one that follows their number.
    pub(super) fn description(self) -> String {
        match self {
            Self::Doc(word) => format!("a doc comment that begins with `{word}`"),
            Self::Function(word) => format!("a function with the name `{word}`"),
            Self::ShortFile => format!("source files with fewer than {SHORT} lines"),
            Self::Test(word) => format!("a test with a name that begins with `{word}_`"),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_recognised_as_unclear() {
        assert_eq!(Kind::from_function("end"), Some(Kind::Function("end")));
        assert_eq!(Kind::from_function("end_session"), None);
        assert_eq!(Kind::from_test("what_is_read"), Some(Kind::Test("what")));
        assert_eq!(Kind::from_test("whatever_is_read"), None);
        assert_eq!(Kind::from_doc(" Whether it is."), Some(Kind::Doc("Whether")));
        assert_eq!(Kind::from_doc(" Whatever it is."), None);
        assert_eq!(Kind::from_doc(""), None);
    }
}
