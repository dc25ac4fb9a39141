//! The file that is passed on: texts without the values of settings, in a compressed archive.

use std::path::Path;

use anyhow::Context as _;
use covibe_config::{Config, Sources};
use covibe_domain::Secret;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use url::Url;

use crate::server_files::{absolute_path, new_private_file};

/// The length in bytes from which a value is replaced: a shorter one would be found by chance, and is no secret.
const SHORTEST: usize = 8;

/// Texts by name, in which the values of settings are replaced by their names.
///
/// The texts contain no secret as a rule. This is the second barrier, against secrets in messages of an upstream or a
/// driver.
pub(super) struct Bundle {
    files: Vec<(&'static str, String)>,
    /// The values that are replaced, the longest first, each with its replacement.
    values: Vec<(Secret, String)>,
}

impl Bundle {
    /// Begins an empty one, which knows the values of the settings.
    pub(super) fn new(sources: &Sources, config: Option<&Config>) -> Self {
        let mut values = Vec::new();
        for (name, value) in sources.hidden() {
            let stand_in = format!("[{name}]");
            values.extend(parts(&value).map(|part| (Secret::new(part), stand_in.clone())));
            values.push((Secret::new(value), stand_in));
        }
        let file = config.map(|config| std::fs::read_to_string(config.secrets_path()));
        if let Some(Ok(key)) = file {
            let stand_in = "[secrets.key]".to_owned();
            values.extend(parts(&key).map(|part| (Secret::new(part), stand_in.clone())));
        }
        values.retain(|(value, _)| value.expose().len() >= SHORTEST);
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.expose().len()));
        Self { files: Vec::new(), values }
    }

    /// Adds a text.
    pub(super) fn add(&mut self, name: &'static str, text: &str) {
        let mut text = text.to_owned();
        for (value, stand_in) in &self.values {
            if text.contains(value.expose()) {
                text = text.replace(value.expose(), stand_in);
            }
        }
        self.files.push((name, text));
    }

    /// Adds a JSON value, indented.
    pub(super) fn add_json(&mut self, name: &'static str, value: &Value) {
        self.add(name, &format!("{value:#}\n"));
    }

    /// Writes all of it into a new file that only its owner can read.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let file = new_private_file(path)?;
        let written = self.archive(&file).and_then(|()| file.sync_all());
        written.with_context(|| format!("{} could not be written", absolute_path(path)))
    }

    fn archive(&self, file: &std::fs::File) -> std::io::Result<()> {
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        for (name, text) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(u64::try_from(text.len()).unwrap_or_default());
            header.set_mode(0o600);
            archive.append_data(&mut header, format!("covibe-support/{name}"), text.as_bytes())?;
        }
        archive.into_inner()?.finish()?;
        Ok(())
    }
}

/// Returns the parts of a value that may be secrets: the password in an address, and the items of a list.
fn parts(value: &str) -> impl Iterator<Item = String> + use<> {
    let password = Url::parse(value).ok().and_then(|url| Some(url.password()?.to_owned()));
    let decoded = password
        .clone()
        .map(|text| percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned());
    let items = value.split([',', ';', ':', ' ', '\n']).map(str::to_owned).collect::<Vec<_>>();
    let items = if value.contains("://") { Vec::new() } else { items };
    password.into_iter().chain(decoded).chain(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(settings: &[(&str, &str)], text: &str) -> String {
        let mut bundle = Bundle::new(&Sources::new(settings.iter().copied()), None);
        bundle.add("a", text);
        bundle.files.remove(0).1
    }

    #[test]
    fn the_value_of_a_secret_setting_is_replaced_by_its_name() {
        let settings = [("COOLIFY_API_TOKEN", "1|abcdefghij"), ("GITEA_USERNAME", "me")];
        assert_eq!(
            mask(&settings, "Bearer 1|abcdefghij of me"),
            "Bearer [COOLIFY_API_TOKEN] of me"
        );
    }

    #[test]
    fn the_password_in_a_url_is_replaced_plain_and_percent_encoded() {
        let settings = [("DATABASE_URL", "postgres://covibe:p%40ssword-9@db/covibe")];
        let told = mask(&settings, "p@ssword-9 and p%40ssword-9");
        assert_eq!(told, "[DATABASE_URL] and [DATABASE_URL]");
    }

    #[test]
    fn each_key_of_a_key_list_is_replaced() {
        let settings = [("VIBN_SECRETS_KEY", "new1:0123456789abcdef,old1:fedcba9876543210")];
        assert_eq!(mask(&settings, "key fedcba9876543210"), "key [VIBN_SECRETS_KEY]");
    }
}
