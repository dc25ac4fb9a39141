//! Links by which members choose another password: their operations, and the links as answers show them.

use covibe_domain::{Email, Failure, LinkId, Revealed, Secret, Timestamp, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{MemberLink, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// Create a link that lets a member set a new password. It is shown once, and earlier links become void.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkPerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
}

impl Operation<Workspace> for LinkPerson {
    const SPEC: Spec = Spec::write("people.link", Route::post("/people/{userId}/link"))
        .for_admins()
        .early()
        .creates();

    type Output = Link;

    async fn run(self, cx: &Workspace) -> Result<Link, Failure> {
        let token = cx.people().link(&self.user_id).await?;
        Link::password(cx, &token)
    }
}

/// List the unused links that let members of the company set a new password.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListLinks {}

/// The links, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PendingLinks {
    /// The links.
    links: Vec<PendingLink>,
}

/// A link that nobody has used yet, without its secret part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingLink {
    /// The link's id.
    #[schemars(example = &"lnk_0123456789abcdef")]
    id: LinkId,
    /// The id of the person it is for.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
    email: Email,
    /// The admin who made it.
    #[schemars(example = &"usr_0123456789abcdef")]
    made_by: UserId,
    /// The time at which the link expires.
    #[schemars(example = &"2026-11-30T10:00:00.000Z")]
    expires_at: Timestamp,
}

impl From<MemberLink> for PendingLink {
    fn from(of: MemberLink) -> Self {
        let MemberLink { link, email } = of;
        let (id, user_id, made_by, expires_at) =
            (link.id, link.user, link.made_by, link.expires_at);
        Self { id, user_id, email, made_by, expires_at }
    }
}

impl Operation<Workspace> for ListLinks {
    const SPEC: Spec =
        Spec::read("people.links.list", Route::get("/people/links")).for_admins().early();

    type Output = PendingLinks;

    async fn run(self, cx: &Workspace) -> Result<PendingLinks, Failure> {
        let links = cx.people().links().await?;
        Ok(PendingLinks { links: links.into_iter().map(PendingLink::from).collect() })
    }
}

/// Revoke a link that lets a member set a new password. It stops working.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokeLink {
    /// The id, as people.links.list returns it.
    #[schemars(example = &"lnk_0123456789abcdef")]
    link_id: LinkId,
}

/// The link that was revoked.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RevokedLink {
    /// The link's id.
    #[schemars(example = &"lnk_0123456789abcdef")]
    revoked: LinkId,
}

impl Operation<Workspace> for RevokeLink {
    const SPEC: Spec =
        Spec::destroy("people.links.revoke", Route::delete("/people/links/{linkId}"))
            .for_admins()
            .early();

    type Output = RevokedLink;

    async fn run(self, cx: &Workspace) -> Result<RevokedLink, Failure> {
        cx.people().revoke_link(&self.link_id).await?;
        Ok(RevokedLink { revoked: self.link_id })
    }
}
