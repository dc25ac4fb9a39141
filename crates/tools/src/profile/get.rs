//! `GET …/profile`.

use covibe_domain::{Email, Failure, UserId};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{User, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::people::photo_path;

/// Describe the signed-in person.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetProfile {}

/// The person who calls.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// The person's id.
    #[schemars(example = &"usr_0123456789abcdef")]
    id: UserId,
    email: Email,
    /// Their name; may be empty.
    #[schemars(example = &"Ada Lovelace")]
    name: String,
    /// The path of their photo, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/photos/0123456789abcdef0123456789abcdef.jpg")]
    photo: Option<String>,
}

impl From<User> for Profile {
    fn from(of: User) -> Self {
        Self { id: of.id, email: of.email, name: of.name, photo: photo_path(of.photo) }
    }
}

impl Operation<Workspace> for GetProfile {
    const SPEC: Spec = Spec::read("profile.get", Route::get("/profile")).for_people().early();

    type Output = Profile;

    async fn run(self, cx: &Workspace) -> Result<Profile, Failure> {
        cx.people().profile().await.map(Profile::from)
    }
}
