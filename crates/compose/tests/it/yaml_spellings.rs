//! The spelling of a file changes nothing about what is accepted and what is refused.

use crate::compose;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::yaml_spelling_writer::Speller;
use crate::{canonical_text_reader, forbidden_parts, random_accepted_files, safety_checker};

fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..400)
}

/// Returns what is sent for a text, without the order of its members.
fn sent_value(text: &str) -> Result<Value, TestCaseError> {
    let accepted =
        compose(text).map_err(|failure| TestCaseError::fail(format!("{failure:?}\n{text}")))?;
    canonical_text_reader::read(accepted.text()).map_err(TestCaseError::fail)
}

/// Disguises a word from a check that compares letters.
fn hide(word: &str, how: usize) -> String {
    let first = word.chars().next().unwrap();
    match how {
        0 => word.to_uppercase(),
        1 => word.replacen(first, &first.to_uppercase().to_string(), 1),
        2 => format!("{word}\u{200b}"),
        3 => format!("\u{202e}{word}"),
        4 => word.replace('p', "р").replace('e', "е"),
        5 => format!("{word} "),
        6 => format!(" {word}"),
        7 => word.replace('_', "-"),
        8 => format!("{word}\u{0}"),
        9 => format!("\u{feff}{word}"),
        10 => format!("${{X:-{word}}}"),
        11 => format!("$$${{{word}:-x}}"),
        12 => format!("$A{{{word}:-x}}"),
        13 => format!("${{A}}{{ {word} -x}}"),
        14 => format!("${{A:-${{B}}{{ {word}:-x}}}}"),
        15 => format!("$${word}"),
        16 => format!("$A$${{{word}}}"),
        17 => format!("{{{{{word}}}}}"),
        _ => word.replace(first, "${A}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]

    #[test]
    fn every_spelling_of_an_accepted_file_is_sent_alike(file in random_accepted_files::file(), choices in choices()) {
        let plain = sent_value(&serde_json::to_string(&file).unwrap())?;
        prop_assert_eq!(safety_checker::findings(&plain), [""; 0]);
        let spelled = Speller::file(&file, choices);
        prop_assert_eq!(sent_value(&spelled)?, plain, "{}", spelled);
    }

    #[test]
    fn every_spelling_of_a_forbidden_member_is_refused_by_name(
        file in random_accepted_files::file(),
        plant in select(forbidden_parts::refused_plants()),
        choices in choices(),
    ) {
        let mut file = file;
        forbidden_parts::plant(&mut file, &plant);
        let spelled = Speller::file(&file, choices);
        let failure = match compose(&spelled) {
            Ok(accepted) => panic!("{plant:?}\n{spelled}\n{}", accepted.text()),
            Err(failure) => failure,
        };
        // The reason is the plant, not the spelling.
        prop_assert!(!failure.message.contains("not valid YAML"), "{:?} {}", failure, spelled);
        let names_it = failure.details["problems"].to_string().contains(plant.1);
        prop_assert!(names_it, "{:?} {}", failure, spelled);
    }

    #[test]
    fn disguised_forbidden_members_are_refused_or_made_harmless(
        file in random_accepted_files::file(),
        plant in select(forbidden_parts::all_plants()),
        how in 0_usize..19,
        in_value in any::<bool>(),
        choices in choices(),
    ) {
        let (path, name, value) = plant;
        let value = match value {
            Value::String(text) if in_value => Value::String(hide(&text, how)),
            value => value,
        };
        let name = if in_value || name.is_empty() { name.to_owned() } else { hide(name, how) };
        let mut file = file;
        forbidden_parts::plant(&mut file, &(path, &name, value));
        let spelled = Speller::file(&file, choices);
        if let Ok(accepted) = compose(&spelled) {
            let tree = canonical_text_reader::read(accepted.text()).map_err(TestCaseError::fail)?;
            prop_assert_eq!(safety_checker::findings(&tree), [""; 0], "{}", spelled);
        }
    }

    #[test]
    fn forbidden_members_with_yaml_tags_are_refused(
        plant in select(forbidden_parts::all_plants()).prop_filter("of a key", |(_, name, _)| !name.is_empty()),
        tag in select(&["!reset", "!override", "!!binary", "!!merge", "!", "!<x:y>"][..]),
        on_key in any::<bool>(),
        choices in choices(),
    ) {
        let (_, name, value) = plant;
        let mut speller = Speller::new(choices);
        let member = speller.member(name, &value);
        let member = match (on_key, member.split_once(": ")) {
            (false, Some((key, value))) => format!("{key}: {tag} {value}"),
            _ => format!("{tag} {member}"),
        };
        let text = format!("{}services: {{web: {{{member}}}}}\n", speller.anchored_values());
        let failure = compose(&text).expect_err(&text);
        prop_assert!(failure.message.contains("the tag is not supported")
            || failure.message.contains("not valid YAML"), "{:?} {}", failure, text);
    }

    #[test]
    fn refuses_a_duplicate_key(
        plant in select(forbidden_parts::all_plants()).prop_filter("of a key", |(_, name, _)| !name.is_empty()),
        choices in choices(),
        first in any::<bool>(),
        merged in any::<bool>(),
    ) {
        let (_, name, value) = plant;
        let mut members = [(name, value), (name, Value::Null)];
        if first {
            members.reverse();
        }
        let mut speller = Speller::new(choices);
        let members: Vec<_> = members.iter().map(|(key, value)| speller.member(key, value)).collect();
        let merge = if merged { "<<: {init: true}, " } else { "" };
        let web = format!("{{{merge}image: nginx, {}}}", members.join(", "));
        let text = format!("{}services: {{web: {web}}}\n", speller.anchored_values());
        let failure = compose(&text).expect_err(&text);
        prop_assert!(failure.message.contains("the key appears twice"), "{:?} {}", failure, text);
    }
}
