//! Strategies that generate configurations like those of people and programs, in each style that editors must keep.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The style of a JSON file.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of a file")]
pub(crate) struct Style {
    newline: &'static str,
    indent: &'static str,
    has_mark: bool,
    has_comments: bool,
    has_trailing_commas: bool,
    has_last_newline: bool,
}

pub(crate) fn style() -> impl Strategy<Value = Style> {
    let newline = prop_oneof![Just("\n"), Just("\r\n"), Just("")];
    let indent = prop_oneof![Just("  "), Just("    "), Just("\t"), Just("")];
    (newline, indent, any::<[bool; 4]>()).prop_map(|(newline, indent, flags)| Style {
        newline,
        indent,
        has_mark: flags[0],
        has_comments: flags[1],
        has_trailing_commas: flags[2],
        has_last_newline: flags[3],
    })
}

/// A JSON object with members of any kind, some of them those that agents know.
pub(crate) fn object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~äöü€]{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::vec((name(), value), 0..5).prop_map(|members| members.into_iter().collect())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", Just("model".to_owned()), Just("a b/\"c\"".to_owned())]
}

/// Servers of others, and an entry for the same server or none.
pub(crate) fn servers() -> impl Strategy<Value = Option<Value>> {
    let foreign = prop_oneof![
        Just(json!({ "command": "npx", "args": ["-y", "x"], "env": { "KEY": "secret" } })),
        Just(json!({ "type": "http", "url": "https://x.example.com/mcp" })),
    ];
    let ours = prop_oneof![
        Just(json!({ "command": "npm", "args": ["exec", "--", "covibe-mcp"] })),
        Just(json!({ "url": "https://co-vibe.example.com/api/mcp" })),
    ];
    let members = prop::collection::vec((name(), foreign), 0..3);
    prop::option::of((members, prop::option::weighted(0.2, ours)).prop_map(|(members, ours)| {
        let mut servers: Map<_, _> = members.into_iter().collect();
        servers.extend(ours.map(|ours| ("covibe".to_owned(), ours)));
        Value::Object(servers)
    }))
}

/// Hooks of others in the nested form, or none.
pub(crate) fn hooks() -> impl Strategy<Value = Option<Value>> {
    let event = prop_oneof![Just("Stop"), Just("PreToolUse"), Just("SessionStart"), Just("stop")];
    let group = prop_oneof![
        Just(json!({ "hooks": [{ "type": "command", "command": "say hello" }] })),
        Just(json!({ "matcher": "Bash", "hooks": [] })),
        Just(json!({ "command": "./mine.sh" })),
    ];
    let list = prop::collection::vec(group, 0..3).prop_map(Value::from);
    prop::option::of(prop::collection::vec((event, list), 0..3).prop_map(|events| {
        Value::Object(events.into_iter().map(|(event, list)| (event.to_owned(), list)).collect())
    }))
}

/// Renders an object in a style.
pub(crate) fn render(object: &Map<String, Value>, style: &Style) -> String {
    let mut text = String::new();
    if style.has_mark {
        text.push('\u{feff}');
    }
    if style.has_comments && !style.newline.is_empty() {
        text.extend(["// \"mine\": {", style.newline]);
    }
    write(&mut text, &Value::Object(object.clone()), style, 0);
    if style.has_last_newline {
        text.push_str(style.newline);
    }
    text
}

fn write(text: &mut String, value: &Value, style: &Style, depth: usize) {
    let (open, close, members): (_, _, Vec<(String, &Value)>) = match value {
        Value::Object(it) => {
            let member = |(name, value)| (format!("{}: ", Value::from(String::clone(name))), value);
            ('{', '}', it.iter().map(member).collect())
        }
        Value::Array(it) => ('[', ']', it.iter().map(|value| (String::new(), value)).collect()),
        other => return text.push_str(&other.to_string()),
    };
    text.push(open);
    let count = members.len();
    for (at, (name, value)) in members.into_iter().enumerate() {
        text.push_str(style.newline);
        text.push_str(&style.indent.repeat(depth + 1));
        if style.has_comments && at % 2 == 1 {
            text.push_str("/* a , comment */ ");
        }
        text.push_str(&name);
        write(text, value, style, depth + 1);
        if at + 1 < count || style.has_trailing_commas {
            text.push(',');
        }
        if style.has_comments && !style.newline.is_empty() && at % 3 == 0 {
            text.push_str(" // after");
        }
    }
    if count > 0 {
        text.push_str(style.newline);
        text.push_str(&style.indent.repeat(depth));
    }
    text.push(close);
}

/// The text of a configuration of Codex.
pub(crate) fn toml() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("# a comment\n".to_owned()),
        Just("\n".to_owned()),
        "[a-d]{1,3}[0-9]{4,6} = [0-9]{1,3} # why\n",
        "[a-d]{1,3}[0-9]{4,6} = [\n  \"x\", # y\n  'z',\n]\n",
        "[a-d]{1,3}[0-9]{4,6} = '''\nlines\n\n'''\n",
    ];
    let table = prop_oneof![
        "\\[mcp_servers\\.[a-d][0-9]{4,6}\\]\ncommand = \"x\"\n",
        "\\[profiles\\.[a-d][0-9]{4,6}\\]\nmodel = \"o\"   # best\n",
        "\\[\\[things\\]\\]\na = 1\n",
        Just("[mcp_servers]\n".to_owned()),
        Just("[mcp_servers.covibe]\nurl = \"https://co-vibe.example.com/api/mcp\"\n".to_owned()),
        Just("# the end".to_owned()),
    ];
    let parts = (prop::collection::vec(part, 0..4), prop::collection::vec(table, 0..4));
    let newline = prop_oneof![Just("\n"), Just("\r\n"), Just("mixed")];
    (parts, newline, any::<bool>()).prop_map(|((parts, tables), newline, has_mark)| {
        let lines = parts.concat() + &tables.join("\n");
        let text = match newline {
            "mixed" => lines.replacen('\n', "\r\n", 2),
            other => lines.replace('\n', other),
        };
        if has_mark { format!("\u{feff}{text}") } else { text }
    })
}
