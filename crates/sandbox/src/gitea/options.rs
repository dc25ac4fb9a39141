//! How a simulated Gitea is set up.

use std::time::Duration;

use crate::core::Setting;

/// How a simulated Gitea is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site admin's user name.
    pub admin: String,
    /// The site admin's access token, 40 hexadecimal digits; random by default.
    pub token: Option<String>,
    /// How long a push stays unnoticed: Gitea handles pushes in a queue, which takes 125 to 1,640 ms
    /// (seen with 1.25.2 on two loaded cores).
    pub notice_lag: Duration,
    /// The instance's settings.
    pub settings: Settings,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            admin: "operator".to_owned(),
            token: None,
            notice_lag: Duration::from_millis(500),
            settings: Settings::default(),
        }
    }
}

/// The settings of an instance that change what provisioning meets (seen with Gitea 1.25.2, 1.21.4
/// and Forgejo 11.0.1). [`crate::Simulator::set`] replaces them while it runs.
#[expect(clippy::struct_excessive_bools, reason = "an instance's switches are independent")]
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `/version` says; a text with `+gitea-` is a Forgejo's.
    pub version: String,
    /// Whether users who are not administrators may create organisations:
    /// `DISABLE_REGULAR_ORG_CREATION`.
    pub organisation_creation: bool,
    /// Whether users may be private: `ALLOWED_USER_VISIBILITY_MODES`.
    pub private_users: bool,
    /// `MIN_PASSWORD_LENGTH`.
    pub min_password_length: usize,
    /// Whether passwords are looked up, and found, among leaked ones: `PASSWORD_CHECK_PWN`.
    pub leaked_passwords: bool,
    /// The domains of addresses that a user may have; all where there is none: `EMAIL_DOMAIN_ALLOWLIST`.
    pub email_domains: Vec<String>,
    /// Whether ed25519 keys are accepted: `ED25519 = -1` refuses them.
    pub ed25519_keys: bool,
    /// Whether users have SSH keys: `USER_DISABLED_FEATURES = manage_ssh_keys` ends that.
    pub ssh_keys: bool,
    /// Whether everybody must have a second factor, which hides repositories from those without.
    pub two_factor_enforced: bool,
    /// Whether Forgejo's quota is used up.
    pub quota_used_up: bool,
    /// Whether `POST /repos/migrate` works: `DISABLE_MIGRATIONS`.
    pub migrations: bool,
    /// Whether mirrors can be made: `[mirror] ENABLED`.
    pub mirrors: bool,
    /// Whether clones may leave out blobs: `[git] DISABLE_PARTIAL_CLONE`.
    pub partial_clones: bool,
    /// Whether a form lets anybody sign up: `DISABLE_REGISTRATION`.
    pub sign_up: bool,
    /// Whether passwords are accepted: `ENABLE_BASIC_AUTHENTICATION`.
    pub passwords: bool,
    /// Whether the API lists runners of Actions, as later releases do.
    pub runner_lists: bool,
    /// Whether a token in the password's place creates tokens: not in Gitea 1.27 and current Forgejo.
    pub tokens_by_token: bool,
    /// How long after a push its delivery is sent: 0.1 to 4 s (seen with Gitea 1.25.2).
    pub delivery_lag: Duration,
    /// Where hooks may deliver to: `[webhook] ALLOWED_HOST_LIST`, of which this knows `*`, `external`,
    /// `private`, `loopback` and addresses. A real one has `external`, and drops other deliveries in
    /// silence.
    pub webhook_hosts: String,
    /// Whether deliveries get lost, as when Gitea ends before it sent them.
    pub lost_deliveries: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: "1.25.2".to_owned(),
            organisation_creation: true,
            private_users: true,
            min_password_length: 8,
            leaked_passwords: false,
            email_domains: Vec::new(),
            ed25519_keys: true,
            ssh_keys: true,
            two_factor_enforced: false,
            quota_used_up: false,
            migrations: true,
            mirrors: true,
            partial_clones: true,
            sign_up: true,
            passwords: true,
            runner_lists: true,
            tokens_by_token: true,
            delivery_lag: Duration::from_millis(150),
            webhook_hosts: "external,loopback".to_owned(),
            lost_deliveries: false,
        }
    }
}

impl Setting for Settings {}
