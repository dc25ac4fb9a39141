//! A setting, and a group of settings.

/// A variable of the environment that the server reads.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// The default as Markdown: a value in backticks, or a description of it.
    pub(crate) default: &'static str,
    /// The meaning as Markdown, with the bounds and an example. Links are relative to `docs/operating`.
    pub(crate) meaning: &'static str,
    /// True if the value must not be shown.
    pub(crate) is_secret: bool,
}

impl Setting {
    pub(super) const fn new(
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, default, meaning, is_secret: false }
    }

    /// Creates a setting whose value must not be shown.
    pub(super) const fn secret(
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, default, meaning, is_secret: true }
    }
}

/// Settings of one subject.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) settings: &'static [Setting],
}

impl Setting {
    /// Returns the row of a table, with a line feed.
    fn row(&self) -> String {
        let Self { name, default, meaning, is_secret } = self;
        let secret = if *is_secret { "yes" } else { "no" };
        format!("| `{name}` | {default} | {secret} | {meaning} |\n")
    }
}

impl Group {
    /// Returns the section of the page with the settings, after an empty line.
    pub(super) fn section(&self) -> String {
        let rows = self.settings.iter().map(Setting::row).collect::<String>();
        let title = self.title;
        format!(
            "\n## {title}\n\n| variable | default | secret | meaning |\n|---|---|---|---|\n{rows}"
        )
    }
}
