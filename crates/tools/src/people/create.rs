//! `POST …/people`.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::view::{Link, Person, person};
use crate::names::{VISIBLE, check_label};

/// Create a person who is a member of the company, and of this workspace. The link by which they choose their password is
/// shown once.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({ "email": "ada@example.com", "name": "Ada" }))]
pub(crate) struct CreatePerson {
    /// The email address of the person, like ada@example.com.
    email: Email,
    /// Their name, like Ada.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), extend("x-pattern" = VISIBLE), example = &"Ada")]
    name: Option<String>,
    /// Their role in the company; default: `member`.
    #[serde(default)]
    #[schemars(example = &"member")]
    role: Option<Role>,
}

/// The person, and their link where they sign in with a password.
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
