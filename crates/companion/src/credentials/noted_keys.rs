//! The keys of the environment that a bridge sends, because `setup` noted them.
//!
//! A configuration file in a repository can choose the companion's folder, by `COVIBE_HOME` or `HOME`, and so the server
//! that the folder names. So `setup` notes the digest of a key that it is given and does not store, and a bridge sends a
//! key of the environment only to a server for which it is noted. Nobody who does not have the key can write its digest
//! into another folder.

use covibe_domain::Secret;

use super::noted_network::{add_digest, digest, digests};
use super::{Credentials, KeySource, SelectedKey, TOKEN_VARIABLE, member};
use crate::command_error::{Exit, Problem};
use crate::origin::Origin;

/// The member of a server with the digests of keys that are not stored.
const KEYS: &str = "noted_keys";

impl Credentials {
    /// Notes a key with which a person set this machine up for a server. The key is not stored.
    pub fn note_key(&mut self, server: &Origin, key: &Secret) {
        let server = member(member(&mut self.content, "servers"), server.as_str());
        add_digest(server, KEYS, &digest(key.expose().as_bytes()));
    }

    /// Checks that a selected key may be sent to a server: that it is stored for the server, or noted.
    ///
    /// # Errors
    ///
    /// A problem with exit code 78 and the command that notes the key, for one of the environment that is not noted.
    pub fn check_key(&self, server: &Origin, key: &SelectedKey) -> Result<(), Problem> {
        let noted = self.server(server).map(|it| digests(it, KEYS)).unwrap_or_default();
        if key.source == KeySource::File || noted.contains(&digest(key.token.expose().as_bytes())) {
            return Ok(());
        }
        let message = format!(
            "This machine was not set up for {server} with the key in {TOKEN_VARIABLE}, so the key is not sent."
        );
        Err(Problem::new(Exit::NoCredentials, message).hint(format!(
            "If {server} is your server, run `covibe-local setup --base-url {server}` in a \
             terminal where {TOKEN_VARIABLE} has the same value. Otherwise, unset {TOKEN_VARIABLE}."
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_of_the_environment_is_sent_only_to_the_server_for_which_it_is_noted() {
        let mut credentials = Credentials::default();
        let origin = |text: &str| Origin::judge(text).unwrap().origin;
        let server = origin("https://a.example.com");
        let key = |text: &str| SelectedKey {
            token: Secret::new(text),
            source: KeySource::Variable,
            expires_at: None,
        };
        let problem = credentials.check_key(&server, &key("vibn_sk_a")).unwrap_err();
        assert_eq!(problem.exit, Exit::NoCredentials);
        assert!(problem.to_string().contains("covibe-local setup --base-url"), "{problem}");
        assert!(!problem.to_string().contains("vibn_sk_a"), "{problem}");
        credentials.note_key(&server, &Secret::new("vibn_sk_a"));
        assert_eq!(credentials.check_key(&server, &key("vibn_sk_a")), Ok(()));
        assert!(credentials.check_key(&server, &key("vibn_sk_b")).is_err());
        let other = origin("https://b.example.com");
        assert!(credentials.check_key(&other, &key("vibn_sk_a")).is_err());
        assert!(credentials.servers().is_empty(), "no key is stored");
        assert!(!Value::Object(credentials.content.clone()).to_string().contains("vibn_sk_a"));
    }
}
