//! TOML, edited in place: comments, order and line endings of others stay.

use serde_json::{Map, Value};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::{Line, Refusal, compare, decode, encode, line_ending};

/// A TOML file.
#[derive(Debug)]
pub struct TomlFile {
    document: DocumentMut,
    /// The text as it was read, without its mark.
    text: String,
    has_mark: bool,
}

impl TomlFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A refusal if it is not UTF-8 or not TOML.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let (text, has_mark) = decode(bytes)?;
        // The editor writes its own line endings; those of the file are put back at the end.
        let plain = text.replace("\r\n", "\n");
        let document = plain.parse::<DocumentMut>().map_err(|error| {
            let at = error.span().map_or(0, |span| span.start).min(plain.len());
            let line = plain.as_bytes()[..at].split(|byte| *byte == b'\n').count();
            Refusal::new(format!("is not valid TOML (line {line})"))
        })?;
        Ok(Self { document, text: text.to_owned(), has_mark })
    }

    /// Returns the file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let after = self.document.to_string();
        let text = if self.text.contains("\r\n") { self.with_endings(&after) } else { after };
        encode(text, self.has_mark)
    }

    /// Returns the text with the line endings that its lines had, and those of most lines for new ones.
    fn with_endings(&self, after: &str) -> String {
        let usual = line_ending(&self.text);
        let before: Vec<_> = self.text.split_inclusive('\n').collect();
        let plain: Vec<_> = before.iter().map(|line| line.trim_end_matches(['\r', '\n'])).collect();
        let lines: Vec<_> = after.split_inclusive('\n').collect();
        let new: Vec<_> = lines.iter().map(|line| line.trim_end_matches('\n')).collect();
        let mut text = String::new();
        for line in compare(&plain, &new) {
            match line {
                Line::Kept(at, to) if lines[to].ends_with('\n') == before[at].ends_with('\n') => {
                    text.push_str(before[at]);
                }
                Line::Kept(_, to) | Line::Added(to) => {
                    text.push_str(new[to]);
                    text.push_str(if lines[to].ends_with('\n') { usual } else { "" });
                }
                Line::Removed(_) => {}
            }
        }
        text
    }

    /// Returns the whole content.
    pub fn value(&self) -> Value {
        table_value(self.document.as_table())
    }

    /// Returns the names of the tables in a table.
    pub fn names(&self, parent: &str) -> Vec<String> {
        let table = self.document.get(parent).and_then(Item::as_table_like);
        table.map(|it| it.iter().map(|(name, _)| name.to_owned()).collect()).unwrap_or_default()
    }

    /// Sets members of a table in a table, and removes others from it. Members that are not named stay.
    ///
    /// # Errors
    ///
    /// A refusal if one of the two is something other than a table.
    pub fn merge(
        &mut self,
        [parent, name]: [&str; 2],
        members: &Map<String, Value>,
        dropped: &[&str],
    ) -> Result<(), Refusal> {
        let is_empty = self.document.iter().next().is_none() && self.text.trim().is_empty();
        let root = self.document.as_table_mut();
        if !root.contains_key(parent) {
            let mut table = Table::new();
            table.set_implicit(true);
            root.insert(parent, Item::Table(table));
        }
        let is_table = root.get(parent).is_some_and(Item::is_table);
        let above = root.get_mut(parent).and_then(Item::as_table_like_mut);
        let above = above.ok_or_else(|| not_table(parent))?;
        if !above.contains_key(name) {
            above.insert(name, new_table(self.text.as_str(), is_empty, is_table));
        }
        let table = above.get_mut(name).and_then(Item::as_table_like_mut);
        let table = table.ok_or_else(|| not_table(name))?;
        for name in dropped {
            table.remove(name);
        }
        for (key, wanted) in members {
            let is_same = table.get(key).is_some_and(|item| item_value(item) == *wanted);
            if !is_same {
                table.insert(key, item(wanted));
            }
        }
        Ok(())
    }

    /// Removes a table in a table. Returns whether there was one.
    pub fn remove(&mut self, [parent, name]: [&str; 2]) -> bool {
        let Some(above) = self.document.get_mut(parent).and_then(Item::as_table_like_mut) else {
            return false;
        };
        let is_there = above.remove(name).is_some();
        if is_there && above.is_empty() {
            self.document.remove(parent);
        }
        is_there
    }
}

/// A table is set off by a blank line; in an inline table, it is an inline one.
fn new_table(text: &str, is_empty: bool, is_in_table: bool) -> Item {
    if !is_in_table {
        return value(InlineTable::new());
    }
    let mut table = Table::new();
    if !is_empty && !text.is_empty() {
        table.decor_mut().set_prefix("\n");
    }
    Item::Table(table)
}

fn not_table(name: &str) -> Refusal {
    Refusal::new(format!("has a `{name}` that is not a table"))
}

fn item(wanted: &Value) -> Item {
    match wanted {
        Value::Array(values) => value(values.iter().filter_map(Value::as_str).collect::<Array>()),
        Value::Bool(it) => value(*it),
        other => value(other.as_str().unwrap_or_default()),
    }
}

fn table_value(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(key, it)| (key.to_owned(), item_value(it))).collect())
}

fn item_value(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(it) => plain_value(it),
        Item::Table(table) => table_value(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|it| table_value(it)).collect(),
    }
}

fn plain_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(it) => it.value().as_str().into(),
        toml_edit::Value::Integer(it) => (*it.value()).into(),
        toml_edit::Value::Float(it) => (*it.value()).into(),
        toml_edit::Value::Boolean(it) => (*it.value()).into(),
        toml_edit::Value::Datetime(it) => it.value().to_string().into(),
        toml_edit::Value::Array(it) => it.iter().map(plain_value).collect(),
        toml_edit::Value::InlineTable(it) => table_value(it),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATH: [&str; 2] = ["mcp_servers", "covibe"];

    fn members() -> Map<String, Value> {
        let json = json!({ "command": "/bin/x", "args": ["--agent", "codex"] });
        json.as_object().cloned().unwrap()
    }

    fn merged(text: &str) -> String {
        let mut file = TomlFile::parse(text.as_bytes()).unwrap();
        file.merge(PATH, &members(), &["url"]).unwrap();
        String::from_utf8(file.to_bytes()).unwrap()
    }

    #[test]
    fn merging_a_table_is_idempotent_and_removing_it_restores_the_text() {
        for text in [
            "",
            "# mine\nmodel = \"o\" # best\n\n[mcp_servers.a]\ncommand = 'a'\n",
            "\u{feff}model = \"o\"\r\n\r\n[profiles.x]\r\ny = 1\r\n",
            "a = 1\r\nb = 2\nc = '''\nx\r\ny'''\r\n",
            "mcp_servers = { a = { command = \"a\" } }\n",
        ] {
            let after = merged(text);
            assert_eq!(merged(&after), after, "the second time changes nothing");
            let mut file = TomlFile::parse(after.as_bytes()).unwrap();
            assert_eq!(file.value()["mcp_servers"]["covibe"], Value::Object(members()));
            assert!(file.remove(PATH));
            assert_eq!(String::from_utf8(file.to_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn a_new_table_is_appended_at_the_end() {
        assert_eq!(
            merged("a = 1\n"),
            "a = 1\n\n[mcp_servers.covibe]\ncommand = \"/bin/x\"\nargs = [\"--agent\", \"codex\"]\n"
        );
    }

    #[test]
    fn foreign_members_of_the_table_are_kept() {
        let text = "[mcp_servers.covibe]\nurl = \"x\"\ntool_timeout_sec = 9 # long\n";
        let after = merged(text);
        assert!(
            after.contains("tool_timeout_sec = 9 # long\n") && !after.contains("url"),
            "{after}"
        );
    }

    #[test]
    fn invalid_toml_is_refused_by_line_without_its_content() {
        let error = TomlFile::parse(b"a = 1\nb = = \"secret\"\n").unwrap_err().to_string();
        assert_eq!(error, "is not valid TOML (line 2)");
        let mut file = TomlFile::parse(b"mcp_servers = 1\n").unwrap();
        assert!(file.merge(PATH, &members(), &[]).is_err());
    }
}
