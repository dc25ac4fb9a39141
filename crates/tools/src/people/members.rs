//! The members of the company: their operations, and the members as answers show them.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Timestamp, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Colleague, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::password_links::Link;
use crate::resource_names::{VISIBLE, check_label};

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
async fn person(cx: &Workspace, user: &UserId) -> Result<Person, Failure> {
    cx.people().get(user).await.map(Person::from)
}

/// List the members of the company, and their roles in this workspace.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListPeople {}

/// The members, by email address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PeopleOfCompany")]
pub(crate) struct People {
    /// The members.
    people: Vec<Person>,
}

impl Operation<Workspace> for ListPeople {
    const SPEC: Spec = Spec::read("people.list", Route::get("/people")).for_people().early();

    type Output = People;

    async fn run(self, cx: &Workspace) -> Result<People, Failure> {
        let people = cx.people().list().await?;
        Ok(People { people: people.into_iter().map(Person::from).collect() })
    }
}

/// Create a member of the company and of this workspace. The link that lets them set a password is shown once.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({ "email": "ada@example.com", "name": "Ada" }))]
pub(crate) struct CreatePerson {
    /// The email address of the person, such as `ada@example.com`.
    email: Email,
    /// Their name, such as `Ada`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), extend("x-pattern" = VISIBLE), example = &"Ada")]
    name: Option<String>,
    /// Their role in the company; default: `member`.
    #[serde(default)]
    #[schemars(example = &"member")]
    role: Option<Role>,
}

/// The person, and their link if people sign in with passwords.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CreatedPerson {
    #[serde(flatten)]
    person: Person,
    #[serde(flatten)]
    link: Option<Link>,
}

impl Operation<Workspace> for CreatePerson {
    const SPEC: Spec =
        Spec::write("people.create", Route::post("/people")).for_admins().early().creates();

    type Output = CreatedPerson;

    async fn run(self, cx: &Workspace) -> Result<CreatedPerson, Failure> {
        let (name, role) = (self.name.unwrap_or_default(), self.role.unwrap_or(Role::Member));
        check_label(&name)?;
        let (user, token) = cx.people().create(&self.email, &name, role).await?;
        let link = token.map(|token| Link::password(cx, &token)).transpose()?;
        Ok(CreatedPerson { person: person(cx, &user.id).await?, link })
    }
}

/// Change a member's role in the company, or whether they are a member of this workspace. Revokes the keys they minted
/// with rights that they no longer have.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({ "role": "admin" }))]
pub(crate) struct UpdatePerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
    /// Their role in the company.
    #[serde(default)]
    #[schemars(example = &"admin")]
    role: Option<Role>,
    /// true adds them to this workspace; false removes them.
    #[serde(default)]
    #[schemars(example = true)]
    in_workspace: Option<bool>,
}

impl Operation<Workspace> for UpdatePerson {
    const SPEC: Spec = Spec::write("people.update", Route::patch("/people/{userId}"))
        .for_admins()
        .early()
        .idempotent();

    type Output = Person;

    async fn run(self, cx: &Workspace) -> Result<Person, Failure> {
        if self.role.is_none() && self.in_workspace.is_none() {
            return Err(Failure::invalid("The call changes nothing.")
                .hint("Pass `role`, `inWorkspace`, or both."));
        }
        let people = cx.people();
        let present = people.get(&self.user_id).await?;
        // Before the role in the company: an admin becomes a member of what they stay in.
        match (self.in_workspace, present.workspace_role) {
            (Some(true), None) => {
                people.set_workspace_role(&self.user_id, Some(Role::Member)).await?;
            }
            (Some(false), _) => people.set_workspace_role(&self.user_id, None).await?,
            _ => {}
        }
        if let Some(role) = self.role.filter(|role| *role != present.member.role) {
            people.set_role(&self.user_id, role).await?;
        }
        person(cx, &self.user_id).await
    }
}

/// Remove a member from the company. Ends their sessions in it and voids the keys, links and invitations they made.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovePerson {
    /// The id, as people.list returns it.
    #[schemars(example = &"usr_0123456789abcdef")]
    user_id: UserId,
}

/// The person who was removed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RemovedPerson {
    /// The person's id.
    #[schemars(example = &"usr_0123456789abcdef")]
    removed: UserId,
    /// The credentials that they may still know.
    #[schemars(example = &OUTLIVES)]
    hint: &'static str,
}

/// The credentials that belong to the workspace and not to a person or a key, and the way to replace them.
pub(crate) const OUTLIVES: &str = "The tokens of the workspace's bot at Gitea keep working for \
                                   anyone who has read them with gitea.credentials. To replace \
                                   them, call workspace.provision with `rotate: [\"pat\"]`. \
                                   Passwords of databases and variables of apps stay as they are, \
                                   too.";

impl Operation<Workspace> for RemovePerson {
    const SPEC: Spec =
        Spec::destroy("people.remove", Route::delete("/people/{userId}")).for_admins().early();

    type Output = RemovedPerson;

    async fn run(self, cx: &Workspace) -> Result<RemovedPerson, Failure> {
        cx.people().remove(&self.user_id).await?;
        Ok(RemovedPerson { removed: self.user_id, hint: OUTLIVES })
    }
}

/// Leave the company. Ends the caller's sessions in it and revokes the keys they minted.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Leave {}

/// The result of leaving the company.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LeftCompany {
    /// Always true.
    #[schemars(example = true)]
    left: bool,
}

impl Operation<Workspace> for Leave {
    const SPEC: Spec =
        Spec::destroy("people.leave", Route::post("/people/leave")).for_people().early();

    type Output = LeftCompany;

    async fn run(self, cx: &Workspace) -> Result<LeftCompany, Failure> {
        cx.people().leave().await?;
        Ok(LeftCompany { left: true })
    }
}
