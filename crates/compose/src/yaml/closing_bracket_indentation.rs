//! Closing brackets in the column of their key. YAML 1.2 wants them further right; Docker Compose's reader does not.

use std::borrow::Cow;

use saphyr_parser::Parser;

/// The number of brackets that are moved at most: each costs a reading of the file.
const MOST: usize = 100;

/// The spaces by which a bracket is moved: it is right of each key then.
const INDENT: &str = "                                                                ";

/// Returns a text with each bracket moved that its parser stops at because of its column.
pub(super) fn indent_brackets(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST {
        let stopped = Parser::new_from_str(&text).find_map(Result::err);
        let Some(start) = stopped.and_then(|error| bracket(&text, error.marker().line())) else {
            break;
        };
        text.to_mut().insert_str(start, INDENT);
    }
    text
}

/// Returns where a line begins, if its first letter is a closing bracket that was not moved.
fn bracket(text: &str, line: usize) -> Option<usize> {
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(before..)?;
    let is_closing = rest.trim_start_matches(' ').starts_with([']', '}']);
    (is_closing && !rest.starts_with(INDENT)).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_only_closing_brackets_in_the_column_of_their_key() {
        let text = "a:\n  test: [\n    'x'\n  ]\n  env: [\n    'b'\n  ]\n  text: |\n    ]\n    }\n";
        let expected = text.replace("\n  ]", &format!("\n{INDENT}  ]"));
        assert_eq!(indent_brackets(text), expected);
        assert!(Parser::new_from_str(&expected).all(|event| event.is_ok()));
        for valid in ["a: [\n  'x'\n  ]\n", "a: |\n  ]\n"] {
            assert_eq!(indent_brackets(valid), valid);
        }
        for wrong in ["a: ]\n", "]\n", "a: [\n", "a: {\n]\n", "a: b: c\n"] {
            assert!(
                Parser::new_from_str(&indent_brackets(wrong)).any(|event| event.is_err()),
                "{wrong}"
            );
        }
    }
}
