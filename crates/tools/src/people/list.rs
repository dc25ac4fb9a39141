//! `GET …/people`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::Person;

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
