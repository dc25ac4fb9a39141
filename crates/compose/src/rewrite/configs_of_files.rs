//! The configs of a file, and those that files become: their names and texts.

use std::collections::HashMap;

use crate::judge::key_tables::MOST_MEMBERS;
use crate::volumes::slug;
use crate::yaml;

/// The configs of a file, and those that files become.
#[derive(Default)]
pub(crate) struct Configs {
    /// All by their names, with the texts of those that files became.
    texts: HashMap<String, Option<String>>,
    /// The names of those that files became, in their order.
    added: Vec<String>,
    /// The bytes of their texts.
    bytes: usize,
}

impl Configs {
    /// Adds a config that the file declares.
    pub(super) fn add_declared(&mut self, name: &str) {
        self.texts.insert(name.to_owned(), None);
    }

    /// Returns the name of the config that a file with this text becomes: that of no other. If the file has more configs,
    /// or longer ones, than are sent, none is added: the file is refused.
    pub(super) fn name_of_text(&mut self, source: &str, text: String) -> String {
        let wanted = slug(source);
        if self.texts.len() > MOST_MEMBERS || self.bytes > yaml::LONGEST {
            return wanted;
        }
        let others = (2..).map(|number| format!("{wanted}-{number}"));
        let mut names = std::iter::once(wanted.clone()).chain(others);
        let is_own = |name: &String| {
            self.texts.get(name).is_none_or(|known| known.as_deref() == Some(text.as_str()))
        };
        let name = names.find(is_own).unwrap_or_default();
        if !self.texts.contains_key(&name) {
            self.bytes += text.len();
            self.added.push(name.clone());
            self.texts.insert(name.clone(), Some(text));
        }
        name
    }

    /// Returns the configs that files became, with their texts, in their order.
    pub(super) fn added(&self) -> impl Iterator<Item = (&str, &str)> {
        self.added
            .iter()
            .filter_map(|name| Some((name.as_str(), self.texts.get(name)?.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_a_name_of_its_own() {
        let mut configs = Configs::default();
        configs.add_declared("conf");
        for (source, text, name) in [
            ("./conf", "a", "conf-2"),
            ("./conf", "b", "conf-3"),
            ("./conf/", "a", "conf-2"),
            ("./other", "a", "other"),
        ] {
            assert_eq!(configs.name_of_text(source, text.to_owned()), name, "{source} {text}");
        }
        let added: Vec<_> = configs.added().collect();
        assert_eq!(added, [("conf-2", "a"), ("conf-3", "b"), ("other", "a")]);
    }

    #[test]
    fn no_more_configs_are_added_than_could_be_sent() {
        let mut configs = Configs::default();
        for number in 0..2_000 {
            configs.name_of_text("./conf", number.to_string());
        }
        assert_eq!(configs.added().count(), MOST_MEMBERS + 1);

        let mut configs = Configs::default();
        for number in 0..100 {
            configs.name_of_text(&format!("./conf{number}"), "x".repeat(yaml::LONGEST / 4 + 1));
        }
        assert_eq!(configs.added().count(), 4);
    }
}
