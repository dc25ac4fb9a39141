//! Mutated files of the corpus cause no panic and no delay, and nothing dangerous is accepted.

use std::time::Duration;

use crate::compose;
use proptest::prelude::*;
use proptest::sample::select;

use crate::processor_time::measure;
use crate::{canonical_text_reader, corpus, safety_checker};

/// Pieces with a meaning in YAML or Compose.
const PIECES: [&str; 44] = [
    "&a ",
    "*a",
    "<<: *a",
    "<<",
    "!!str ",
    "!x ",
    "{",
    "}",
    "[",
    "]",
    ",",
    ": ",
    "- ",
    "? ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    " #",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "  ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{200b}",
    "\0",
    "\\x70",
    "$",
    "${A",
    "$$",
    "{{team.A}}",
    "privileged: true\n",
    "/etc:/etc",
    "ports: [80]\n",
    "null",
    "~",
    "0",
];

/// The longest time for any file. Test builds do not optimize this crate.
const LONGEST: Duration = Duration::from_secs(5);

fn corpus_file() -> impl Strategy<Value = String> {
    let all = [corpus::files("accepted"), corpus::files("refused")].concat();
    select(all.into_iter().map(|(_, text)| text).collect::<Vec<_>>())
}

/// Asserts that an accepted text is canonical and harmless.
fn holds(text: &str) -> Result<(), TestCaseError> {
    let (result, took) = measure(|| compose(text));
    prop_assert!(took < LONGEST, "{:?} for {}", took, text);
    let Ok(accepted) = result else { return Ok(()) };
    let again = compose(accepted.text()).unwrap();
    prop_assert_eq!(again.text(), accepted.text());
    let tree = canonical_text_reader::read(accepted.text()).map_err(TestCaseError::fail)?;
    prop_assert_eq!(safety_checker::findings(&tree), [""; 0], "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1536))]

    #[test]
    fn corpus_files_with_random_changes_are_refused_or_sent_harmless(
        text in corpus_file(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, select(&PIECES[..])), 1..5),
    ) {
        let mut text: Vec<char> = text.chars().collect();
        for (index, cut, piece) in changes {
            let at = index.index(text.len() + 1);
            let end = (at + cut % 4).min(text.len());
            let piece = if cut < 8 { piece } else { "" };
            text.splice(at..end, piece.chars());
        }
        holds(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn random_sequences_of_pieces_are_refused_or_sent_harmless(pieces in prop::collection::vec(select(&PIECES[..]), 0..40)) {
        holds(&pieces.concat())?;
        holds(&format!("services:\n  web:\n    image: nginx\n    {}", pieces.concat()))?;
    }

    #[test]
    fn random_texts_are_refused_or_sent_harmless(text in "\\PC{0,200}|[ -~\n\t]{0,400}") {
        holds(&text)?;
    }

    #[test]
    fn spliced_corpus_files_are_refused_or_sent_harmless(one in corpus_file(), two in corpus_file(), at in any::<prop::sample::Index>()) {
        let lines: Vec<_> = one.lines().collect();
        let cut = at.index(lines.len());
        holds(&[&lines[..cut].join("\n"), "\n", &two, &lines[cut..].join("\n")].concat())?;
    }
}
