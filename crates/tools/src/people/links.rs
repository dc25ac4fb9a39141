//! `GET …/people/links`.

use covibe_domain::{Email, Failure, LinkId, Timestamp, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{MemberLink, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the links by which members of the company can choose another password and that nobody has used yet.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListLinks {}

/// The links, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PendingLinks {
    /// The links.
    links: Vec<PendingLink>,
}

/// A link that nobody has used yet, without what opens it.
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
