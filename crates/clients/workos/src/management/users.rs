//! Users: the people of a WorkOS environment.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error, Identified, optional};
use serde::Deserialize;
use serde_json::json;

use super::pagination;
use crate::client::WorkOs;
use crate::ids::UserId;

const ALL: &str = "/user_management/users";

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address, as they wrote it.
    pub email: String,
    /// True if WorkOS has verified that the address is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// Their first name, as they wrote it.
    pub first_name: Option<String>,
    /// Their last name, as they wrote it.
    pub last_name: Option<String>,
}

impl Identified for User {
    fn is_about(&self, segments: &[String]) -> bool {
        segments.iter().all(|id| self.id.as_str() == id)
    }
}

/// A person who is to be created.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The email address, which WorkOS asks them to verify.
    pub email: &'a str,
    /// The first name, if it is known.
    pub first_name: Option<&'a str>,
    /// The last name, if it is known.
    pub last_name: Option<&'a str>,
}

impl WorkOs {
    /// Returns a person.
    #[boxed]
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let request = self.transport().get("/user_management/users/{id}").segment(id.as_str());
        optional(request.json_asked().await)
    }

    /// Returns the person with this email address, which is unique. WorkOS compares it without
    /// regard to case.
    #[boxed]
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        let list = pagination::all::<User>(|| self.transport().get(ALL).query("email", email));
        Ok(list.await?.into_iter().find(|user| user.email.eq_ignore_ascii_case(email)))
    }

    /// Changes the first and the last name of a person; empty for none.
    #[boxed]
    pub async fn rename_user(
        &self,
        id: &UserId,
        (first, last): (&str, &str),
    ) -> Result<User, Error> {
        let request = self.transport().put("/user_management/users/{id}").segment(id.as_str());
        let body = json!({ "first_name": first, "last_name": last });
        request.body(body).repeatable().json_asked().await
    }

    /// Creates a person without a password. The email address makes it safe to repeat.
    ///
    /// # Errors
    ///
    /// [`crate::Conflict::Exists`] if somebody has the address.
    #[boxed]
    pub async fn create_user<'a>(&'a self, new: NewUser<'a>) -> Result<User, Error> {
        let mut body = json!({ "email": new.email });
        for (name, value) in [("first_name", new.first_name), ("last_name", new.last_name)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        let answer = self.transport().post(ALL).body(body).repeatable().send().await?;
        let unreadable = answer.malformed();
        let made: User = answer.json()?;
        if made.email.eq_ignore_ascii_case(new.email) {
            return Ok(made);
        }
        Err(Error { cause: Cause::Mistaken, ..unreadable })
    }
}
