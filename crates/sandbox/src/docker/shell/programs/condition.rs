//! `test` and `[`.

use super::super::files::{self, Found, find};
use super::super::place::Place;
use super::outcome::Outcome;

/// `[ … ]`.
pub(super) fn bracket(place: &Place, arguments: &[&str]) -> Outcome {
    match arguments.split_last() {
        Some((&"]", arguments)) => test(place, arguments),
        _ => Outcome::failed(2, "sh: missing ]"),
    }
}

/// `test …`.
pub(super) fn test(place: &Place, arguments: &[&str]) -> Outcome {
    let at = |path: &str| find(&place.files, &files::normal(&place.folder, path));
    let holds = match arguments {
        [] => false,
        ["!", rest @ ..] => return Outcome::ended(i64::from(test(place, rest).code == 0)),
        [text] | ["-n", text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        ["-e", path] => at(path).is_some(),
        ["-f" | "-r", path] => matches!(at(path), Some(Found::File(_))),
        ["-s", path] => matches!(at(path), Some(Found::File(text)) if !text.is_empty()),
        ["-d", path] => matches!(at(path), Some(Found::Folder)),
        [one, "=" | "==", other] => one == other,
        [one, "!=", other] => one != other,
        [one, comparison, other] => {
            let (Ok(one), Ok(other)) = (one.parse::<i64>(), other.parse::<i64>()) else {
                return Outcome::failed(2, &format!("sh: {one}: bad number"));
            };
            match *comparison {
                "-eq" => one == other,
                "-ne" => one != other,
                "-lt" => one < other,
                "-le" => one <= other,
                "-gt" => one > other,
                "-ge" => one >= other,
                _ => return Outcome::failed(2, &format!("sh: {comparison}: unknown operand")),
            }
        }
        _ => return Outcome::failed(2, "sh: test: too many arguments"),
    };
    Outcome::ended(i64::from(!holds))
}
