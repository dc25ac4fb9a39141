//! People as answers show them.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Revealed, Secret, Timestamp, UserId};
use covibe_workspace::{Colleague, Workspace};
use schemars::JsonSchema;
use serde::Serialize;

/// A member of the company.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    /// The person's id.
    #[schemars(example = &"usr_0123456789abcdef")]
    id: UserId,
    email: Email,
    /// Their name; may be empty.
    #[schemars(example = &"Ada Lovelace")]
    name: String,
    /// Their role in the company. An admin acts in all workspaces.
    #[schemars(example = &"member")]
    role: Role,
    /// Their role in this workspace, if they are a member of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"member")]
    workspace_role: Option<Role>,
    /// The path of their photo, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/photos/0123456789abcdef0123456789abcdef.jpg")]
    photo: Option<String>,
    /// The time at which they became a member.
    #[schemars(example = &"2026-11-23T10:00:00.000Z")]
    since: Timestamp,
}

impl From<Colleague> for Person {
    fn from(of: Colleague) -> Self {
        let Colleague { member, workspace_role } = of;
        Self {
            id: member.user.id,
            email: member.user.email,
            name: member.user.name,
            role: member.role,
            workspace_role,
            photo: photo_path(member.user.photo),
            since: member.since,
        }
    }
}

/// Returns the path of a photo.
pub(crate) fn photo_path(name: Option<String>) -> Option<String> {
    name.map(|name| format!("/photos/{name}"))
}

/// Returns a member as they are now.
pub(super) async fn person(cx: &Workspace, user: &UserId) -> Result<Person, Failure> {
    cx.people().get(user).await.map(Person::from)
}

/// A link that opens something once. Anyone who has it can use it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OneTimeLink")]
pub(crate) struct Link {
    /// The link, which is shown once: pass it to that person alone.
    #[schemars(example = &"https://co-vibe.example/auth/link/example")]
    link: Revealed,
    /// The time at which the link expires.
    #[schemars(example = &"2026-11-30T10:00:00.000Z")]
    expires_at: Timestamp,
}

impl Link {
    /// Returns the link to a path of this server that ends with the token.
    pub(crate) fn new(
        cx: &Workspace,
        path: &str,
        token: &Secret,
        expires_at: Timestamp,
    ) -> Result<Self, Failure> {
        let link = Secret::new(format!("{}{path}{}", cx.settings().origin()?, token.expose()));
        Ok(Self { link: Revealed::new(link), expires_at })
    }

    /// Returns the link by which a person chooses their password.
    pub(super) fn password(cx: &Workspace, token: &Secret) -> Result<Self, Failure> {
        let expires_at = Timestamp::now().after(covibe_workspace::PASSWORD_LINK);
        Self::new(cx, "/auth/link/", token, expires_at)
    }
}
