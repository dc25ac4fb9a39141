//! Names of parameters in messages.
//!
//! A reader takes `composeRaw` in an error for a typing mistake unless it stands in backticks, and for a word of the
//! sentence if it is one, such as `image`. Only names with a capital inside can be told from words, so the rule holds
//! those; in a sentence with one of them, the other names are easily seen.

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::LitStr;

use super::checked_files::{File, Finding, Workspace};

/// The folders with messages that other systems write, or that only tests read.
const FOREIGN: [&str; 3] = ["crates/sandbox/", "crates/testkit/", "xtask/"];

/// A text with fewer words is a key, a title or a part of a file.
const WORDS: usize = 4;

/// Reports each message with the bare name of a parameter.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let has_messages = |file: &&File| {
        file.path.contains("/src/")
            && !file.path.ends_with("tests.rs")
            && !file.path.contains("/tests/")
            && !FOREIGN.iter().any(|folder| file.path.starts_with(folder))
    };
    workspace.sources().filter(has_messages).flat_map(find_bare_names).collect()
}

fn find_bare_names(file: &File) -> Vec<Finding> {
    // The compiler reports what can't be parsed.
    let Ok(tokens) = file.text.parse::<TokenStream>() else { return Vec::new() };
    let mut literals = Vec::new();
    collect_literals(tokens, &mut literals);
    let finding = |literal: Literal| {
        let line = literal.span().start().line;
        let text = syn::parse_str::<LitStr>(&literal.to_string()).ok()?.value();
        let name = bare_name(&text)?;
        Some(Finding::new(&file.path, line, format!("write `{name}` in backticks in a message")))
    };
    literals.into_iter().filter_map(finding).collect()
}

/// Collects the literals outside of attributes, which doc comments are, too, and of modules of tests.
fn collect_literals(tokens: TokenStream, literals: &mut Vec<Literal>) {
    let mut previous = [String::new(), String::new()];
    for token in tokens {
        let text = match &token {
            TokenTree::Group(group) => {
                let is_attribute = group.delimiter() == Delimiter::Bracket
                    && previous
                        .iter()
                        .rev()
                        .find(|text| *text != "!")
                        .is_some_and(|text| text == "#");
                if !is_attribute && previous != ["mod", "tests"] {
                    collect_literals(group.stream(), literals);
                }
                String::new()
            }
            TokenTree::Literal(literal) => {
                literals.push(literal.clone());
                String::new()
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => token.to_string(),
        };
        previous = [std::mem::take(&mut previous[1]), text];
    }
}

/// Returns the first name with a capital inside that stands in a sentence, outside of backticks and placeholders.
fn bare_name(text: &str) -> Option<&str> {
    // Requests of HTTP and parts of files have line breaks inside.
    if text.trim_end().contains(['\n', '\r']) || text.split(' ').count() < WORDS {
        return None;
    }
    let prose = text.split('`').step_by(2).flat_map(|part| part.split('{'));
    let prose = prose.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let mut words = prose.flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()));
    words.find(|word| is_camel_case(word))
}

/// Returns whether a word is like `composeRaw`: small letters, a capital, a small letter.
fn is_camel_case(word: &str) -> bool {
    let small = word.bytes().take_while(u8::is_ascii_lowercase).count();
    let mut rest = word.bytes().skip(small);
    small > 0
        && rest.next().is_some_and(|it| it.is_ascii_uppercase())
        && rest.next().is_some_and(|it| it.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_parameter_in_a_message_is_reported_with_its_line() {
        let source = "//! Pass composeRaw as it is.\n/// Pass composeRaw as it is.\nfn a() {\n    \
                      b(format!(\"Pass composeRaw as {it} is.\"))\n}\n#[doc = \"Pass composeRaw as it is.\"]\n\
                      #[cfg(test)]\nmod tests {\n    const A: &str = \"Pass composeRaw as it is.\";\n}\n";
        let workspace = Workspace::of_files(&[
            ("crates/a/src/a.rs", source),
            ("crates/a/tests/it/a.rs", source),
            ("crates/sandbox/src/a.rs", source),
        ]);
        let found: Vec<_> = check(&workspace).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crates/a/src/a.rs:4: write `composeRaw` in backticks in a message"]);
    }

    #[test]
    fn names_in_backticks_placeholders_and_files_are_not_bare() {
        assert_eq!(bare_name("Pass it as composeRaw."), Some("composeRaw"));
        for text in [
            "Pass it as `composeRaw` instead.",
            "Pass `confirmVolumes: [data]` with the file.",
            "There is {someValue} in the file.",
            "GET / HTTP/1.1\r\nHost: {host}\r\ncamelCase: a b c\r\n\r\n",
            "composeRaw",
            "Coolify and GitHub run on macOS and IPv6.",
        ] {
            assert_eq!(bare_name(text), None, "{text}");
        }
    }
}
