//! Options of a simulated Gitea.

use std::time::Duration;

use crate::core::Setting;

/// Options of a simulated Gitea.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site admin's user name.
    pub admin: String,
    /// The site admin's access token, 40 hexadecimal digits; random by default.
    pub token: Option<String>,
    /// The time for which a push stays unnoticed: Gitea handles pushes in a queue, which takes 125 to 1,640 ms (seen
    /// with 1.25.2 on two loaded cores).
    pub notice_lag: Duration,
    /// The instance's settings.
    pub settings: Settings,
    /// The number of workspaces of others: each has a bot with an organisation.
    pub neighbours: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            admin: "operator".to_owned(),
            token: None,
            notice_lag: Duration::from_millis(500),
            settings: Settings::default(),
            neighbours: 0,
        }
    }
}

/// The settings of an instance that affect provisioning (seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1).
/// [`crate::Simulator::set`] replaces them while it runs.
#[expect(clippy::struct_excessive_bools, reason = "an instance's switches are independent")]
#[derive(Clone, Debug)]
pub struct Settings {
    /// The text of `/version`; one with `+gitea-` is a Forgejo's.
    pub version: String,
    /// True if users who are not administrators may create organisations: `DISABLE_REGULAR_ORG_CREATION`.
    pub organisation_creation: bool,
    /// True if users may be private: `ALLOWED_USER_VISIBILITY_MODES`.
    pub private_users: bool,
    /// `MIN_PASSWORD_LENGTH`.
    pub min_password_length: usize,
    /// True if passwords are looked up, and found, among leaked ones: `PASSWORD_CHECK_PWN`.
    pub leaked_passwords: bool,
    /// The domains of addresses that a user may have; empty for all: `EMAIL_DOMAIN_ALLOWLIST`.
    pub email_domains: Vec<String>,
    /// True if ed25519 keys are accepted: `ED25519 = -1` refuses them.
    pub ed25519_keys: bool,
    /// True if users have SSH keys: `USER_DISABLED_FEATURES = manage_ssh_keys` ends that.
    pub ssh_keys: bool,
    /// True if everybody must have a second factor, which hides repositories from those without.
    pub two_factor_enforced: bool,
    /// True if Forgejo's quota is used up.
    pub quota_used_up: bool,
    /// True if `POST /repos/migrate` works: `DISABLE_MIGRATIONS`.
    pub migrations: bool,
    /// True if mirrors can be created: `[mirror] ENABLED`.
    pub mirrors: bool,
    /// True if clones may leave out blobs: `[git] DISABLE_PARTIAL_CLONE`.
    pub partial_clones: bool,
    /// True if a form lets anybody sign up: `DISABLE_REGISTRATION`.
    pub sign_up: bool,
    /// True if passwords are accepted: `ENABLE_BASIC_AUTHENTICATION`.
    pub passwords: bool,
    /// True if the API lists runners of Actions, as later releases do.
    pub runner_lists: bool,
    /// True if a token in the password's place creates tokens: not in Gitea 1.27 and current Forgejo.
    pub tokens_by_token: bool,
    /// The time from a push until its delivery is sent: 0.1 to 4 s (seen with Gitea 1.25.2).
    pub delivery_lag: Duration,
    /// The hosts that hooks may deliver to: `[webhook] ALLOWED_HOST_LIST`; this knows `*`, `external`, `private`,
    /// `loopback` and addresses. A real one has `external`, and drops other deliveries silently.
    pub webhook_hosts: String,
    /// True if deliveries get lost, as when Gitea ends before it sent them.
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
