//! The paths of the pages and of what their forms are sent to.

/// Where people sign in.
pub const SIGN_IN: &str = "/auth/sign-in";

/// Where people sign out, by POST.
pub const SIGN_OUT: &str = "/auth/sign-out";

/// Where a person chooses among their companies, by POST of `company`.
pub const COMPANY: &str = "/auth/company";

/// Where a company and its first workspace are created.
pub const ONBOARDING: &str = "/onboarding";

/// Where a person sees whom their account made an admin before they took it over.
pub const TAKEN_OVER: &str = "/auth/taken-over";

/// Where a device is approved.
pub const DEVICE: &str = "/setup/authorize";

/// The overview.
pub const OVERVIEW: &str = "/console";

/// The workspace's repositories.
pub const CODE: &str = "/console/code";

/// What runs.
pub const LIVE: &str = "/console/live";

/// An app's page is `{APPS}/{uuid}`.
pub const APPS: &str = "/console/live/apps";

/// An auth provider's page is `{AUTH}/{uuid}`. It is opened by POST to `{AUTH}/{uuid}/open`.
pub const AUTH: &str = "/console/live/auth";

/// A deployment's page is `{DEPLOYMENTS}/{uuid}`, its log as it grows `{DEPLOYMENTS}/{uuid}/log`.
pub const DEPLOYMENTS: &str = "/console/live/deployments";

/// What agents did.
pub const ACTIVITY: &str = "/console/activity";

/// The audit.
pub const AUDIT: &str = "/console/audit";

/// Where another workspace is chosen, by POST of `slug`.
pub const SWITCH: &str = "/console/workspace";

/// Where the workspace is provisioned, by POST.
pub const PROVISION: &str = "/console/workspace/provision";

/// The people of the company.
pub const PEOPLE: &str = "/console/settings/people";

/// Where a person is invited, by POST of `email` and `role`.
pub const INVITE: &str = "/console/settings/people/invite";

/// Where a person is created, by POST of `email`, `name` and `role`.
pub const CREATE_PERSON: &str = "/console/settings/people/create";

/// An invitation is revoked by POST to `{INVITATIONS}/{id}/revoke`.
pub const INVITATIONS: &str = "/console/settings/invitations";

/// A link is revoked by POST to `{LINKS}/{id}/revoke`.
pub const LINKS: &str = "/console/settings/links";

/// The keys of the workspace. One is revoked by POST to `{KEYS}/{id}/revoke`.
pub const KEYS: &str = "/console/settings/keys";

/// Where a key is minted, by POST.
pub const MINT_KEY: &str = "/console/settings/keys/mint";

/// How agents are connected.
pub const AGENTS: &str = "/console/settings/agents";

/// Where a key for an agent is minted, by POST of `name` and `client`.
pub const CONNECT_AGENT: &str = "/console/settings/agents/connect";

/// The person's own settings.
pub const PROFILE: &str = "/console/settings/profile";

/// A session is ended by POST to `{SESSIONS}/{id}/revoke`.
pub const SESSIONS: &str = "/console/settings/profile/sessions";

/// The files of the pages.
pub const ASSETS: &str = "/assets";
