//! An independent reader of the canonical text. Any other YAML is an error.

use serde_json::{Map, Value};

/// Reads a canonical text.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let lines: Vec<_> = text.lines().map(|line| (indent(line), line.trim_start())).collect();
    let mut at = 0;
    let value = block(&lines, &mut at, 0)?;
    if at == lines.len() { Ok(value) } else { Err(format!("line {}: odd indent", at + 1)) }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn block(lines: &[(usize, &str)], at: &mut usize, level: usize) -> Result<Value, String> {
    let is_list = lines.get(*at).is_some_and(|(_, line)| line.starts_with('-'));
    let (mut items, mut members) = (Vec::new(), Map::new());
    while let Some((_, line)) = lines.get(*at).filter(|(indent, _)| *indent == level) {
        *at += 1;
        let (key, rest) = if is_list {
            (None, line.strip_prefix('-').ok_or("an item without -")?)
        } else {
            let mut strings = serde_json::Deserializer::from_str(line).into_iter::<String>();
            let key = strings.next().ok_or("no key")?.map_err(|error| format!("{at}: {error}"))?;
            let rest = line[strings.byte_offset()..].strip_prefix(':').ok_or("no colon")?;
            (Some(key), rest)
        };
        let value = match rest.strip_prefix(' ') {
            Some(leaf) => serde_json::from_str(leaf).map_err(|error| format!("{at}: {error}"))?,
            None if rest.is_empty() => block(lines, at, level + 2)?,
            None => return Err(format!("line {at}: no space")),
        };
        match key {
            None => items.push(value),
            Some(key) if members.contains_key(&key) => return Err(format!("{key} twice")),
            Some(key) => {
                members.insert(key, value);
            }
        }
    }
    Ok(if is_list { Value::Array(items) } else { Value::Object(members) })
}
