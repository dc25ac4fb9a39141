//! The front matter of a `SKILL.md`: YAML between two lines `---` at its beginning.

use saphyr_parser::{Event, Parser};

/// The maximum size of a front matter, in bytes.
const MAX_SIZE: usize = 8 * 1024;

/// The maximum size of a description, in bytes.
const MAX_DESCRIPTION: usize = 400;

/// Returns the `description` of a front matter in one line; `None` if it is missing, or not YAML.
pub(super) fn description(text: &str) -> Option<String> {
    let value = member(front_matter(text)?, "description")?;
    let seen: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > MAX_DESCRIPTION {
        line.truncate(line.floor_char_boundary(MAX_DESCRIPTION));
        line.push('…');
    }
    Some(line).filter(|line| !line.is_empty())
}

fn front_matter(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != "---" {
        return None;
    }
    let begin = &rest[..rest.floor_char_boundary(MAX_SIZE)];
    let mut end = 0;
    for line in begin.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(&begin[..end]);
        }
        end += line.len();
    }
    None
}

/// Returns the text that a member of the outermost mapping has.
fn member(yaml: &str, name: &str) -> Option<String> {
    let (mut depth, mut key, mut is_key) = (0_usize, None, true);
    for event in Parser::new_from_str(yaml) {
        match event.ok()?.0 {
            Event::SequenceStart(..) if depth == 0 => return None,
            Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
            Event::MappingEnd | Event::SequenceEnd => {
                depth = depth.checked_sub(1)?;
                is_key = if depth == 1 { !is_key } else { is_key };
            }
            Event::Scalar(text, ..) if depth == 1 => {
                if is_key {
                    key = Some(text.into_owned());
                } else if key.as_deref() == Some(name) {
                    return Some(text.into_owned());
                }
                is_key = !is_key;
            }
            Event::Alias(_) if depth == 1 => is_key = !is_key,
            Event::StreamEnd => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_parsed_from_yaml_front_matter() {
        for (text, expected) in [
            ("---\nname: deploy\ndescription: Deploy an app\n---\n# Deploy", Some("Deploy an app")),
            ("---\r\ndescription: \"Quoted: yes\"\r\n---\r\n", Some("Quoted: yes")),
            ("---\ndescription: >\n  Two\n  lines\nlicense: MIT\n---\n", Some("Two lines")),
            ("---\ndescription: |\n  a\u{7f}b\n---\n", Some("a b")),
            ("---\nmetadata:\n  description: inner\ndescription: outer\n---\n", Some("outer")),
            ("---\ntags: [description, x]\ndescription: after\n---\n", Some("after")),
            ("---\nx: &a description\n*a : y\ndescription: z\n---\n", Some("z")),
            ("\u{feff}---\ndescription: marked\n---\n", Some("marked")),
            ("---\ndescription: [a, b]\n---\n", None),
            ("---\ndescription:\n---\n", None),
            ("---\n- description\n- x\n---\n", None),
            ("---\ndescription: no end\n", None),
            ("---\n: : {\n---\n", None),
            ("# Deploy\n---\ndescription: x\n---\n", None),
            ("", None),
        ] {
            assert_eq!(description(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_description_is_truncated_and_endless_front_matter_ignored() {
        let text = format!("---\ndescription: {}\n---\n", "\u{e4}".repeat(1_000));
        assert!(description(&text).unwrap().len() <= MAX_DESCRIPTION + 3);
        let endless = format!("---\ndescription: {}\n---\n", "x".repeat(MAX_SIZE));
        assert_eq!(description(&endless), None);
    }
}
