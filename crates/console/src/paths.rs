//! The paths of the pages, and those to which their forms are sent.

/// The page on which people sign in.
pub const SIGN_IN: &str = "/auth/sign-in";

/// Signs out, by POST.
pub const SIGN_OUT: &str = "/auth/sign-out";

/// Chooses one of the person's companies, by POST of `company`.
pub const COMPANY: &str = "/auth/company";

/// The page on which a company and its first workspace are created.
pub const ONBOARDING: &str = "/onboarding";

/// The page that lists the people whom an account made admins before its person took it over.
pub const TAKEN_OVER: &str = "/auth/taken-over";

/// The page on which a device is approved.
pub const DEVICE: &str = "/setup/authorize";

/// The overview.
pub const OVERVIEW: &str = "/console";

/// The workspace's repositories.
pub const CODE: &str = "/console/code";

/// The list of apps, databases and other running things.
pub const LIVE: &str = "/console/live";

/// An app's page is `{APPS}/{uuid}`.
pub const APPS: &str = "/console/live/apps";

/// An auth provider's page is `{AUTH}/{uuid}`. It is opened by POST to `{AUTH}/{uuid}/open`.
pub const AUTH: &str = "/console/live/auth";

/// A deployment's page is `{DEPLOYMENTS}/{uuid}`, its log as it grows `{DEPLOYMENTS}/{uuid}/log`.
pub const DEPLOYMENTS: &str = "/console/live/deployments";

/// The calls and sessions of agents.
pub const ACTIVITY: &str = "/console/activity";

/// The audit.
pub const AUDIT: &str = "/console/audit";

/// Chooses another workspace, by POST of `slug`.
pub const SWITCH: &str = "/console/workspace";

/// Provisions the workspace, by POST.
pub const PROVISION: &str = "/console/workspace/provision";

/// The steps of setting the workspace up, as server-sent events.
pub const SETUP: &str = "/console/setup";

/// The people of the company.
pub const PEOPLE: &str = "/console/settings/people";

/// Invites a person, by POST of `email` and `role`.
pub const INVITE: &str = "/console/settings/people/invite";

/// Creates a person, by POST of `email`, `name` and `role`.
pub const CREATE_PERSON: &str = "/console/settings/people/create";

/// An invitation is revoked by POST to `{INVITATIONS}/{id}/revoke`.
pub const INVITATIONS: &str = "/console/settings/invitations";

/// A link is revoked by POST to `{LINKS}/{id}/revoke`.
pub const LINKS: &str = "/console/settings/links";

/// The keys of the workspace. One is revoked by POST to `{KEYS}/{id}/revoke`.
pub const KEYS: &str = "/console/settings/keys";

/// Mints a key, by POST.
pub const MINT_KEY: &str = "/console/settings/keys/mint";

/// The instructions for connecting agents.
pub const AGENTS: &str = "/console/settings/agents";

/// Mints a key for an agent, by POST of `name` and `client`.
pub const CONNECT_AGENT: &str = "/console/settings/agents/connect";

/// The person's own settings.
pub const PROFILE: &str = "/console/settings/profile";

/// A session is ended by POST to `{SESSIONS}/{id}/revoke`.
pub const SESSIONS: &str = "/console/settings/profile/sessions";

/// The files of the pages.
pub const ASSETS: &str = "/assets";
