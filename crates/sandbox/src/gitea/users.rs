//! Users.

use serde_json::{Value, json};

use super::access::Caller;
use super::input::Input;
use super::state::{State, User};
use super::{errors, names};
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// What Gitea writes for a moment that has not been.
const NEVER: &str = "0001-01-01T00:00:00Z";

impl State {
    /// The user of that name, or 404.
    pub(super) fn user(&self, name: &str) -> Result<&User, Reply> {
        let found = self.users.iter().find(|user| user.login.eq_ignore_ascii_case(name));
        found.ok_or_else(errors::not_found)
    }

    pub(super) fn user_json(&self, user: &User) -> Value {
        json!({
            "id": user.id, "login": user.login, "username": user.login, "login_name": "",
            "source_id": 0, "full_name": user.full_name, "email": user.email,
            "avatar_url": format!("{}/avatars/{}", self.url, user.id),
            "html_url": format!("{}/{}", self.url, user.login), "language": "",
            "is_admin": user.is_admin, "last_login": NEVER, "created": user.created,
            "restricted": user.is_restricted, "active": user.is_active,
            "prohibit_login": user.prohibit_login, "location": "",
            "website": "", "description": "", "visibility": user.visibility, "followers_count": 0,
            "following_count": 0, "starred_repos_count": 0,
        })
    }
}

/// `GET /user`.
pub(super) fn me(state: &State, caller: &Caller) -> Answer {
    let user =
        state.users.iter().find(|user| user.id == caller.user).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, state.user_json(user)))
}

/// `GET /users/{name}`: a user who is not public is not there for others.
pub(super) fn show(state: &State, caller: &Caller, name: &str) -> Answer {
    let user = state.user(name)?;
    if !caller.may_see_user(user) {
        return Err(errors::not_found());
    }
    Ok(Reply::json(200, state.user_json(user)))
}

/// The short texts of a refused password, which come with status 400.
pub(super) fn password_complaint(password: &str) -> Option<&'static str> {
    if password.is_empty() {
        return Some("PasswordIsRequired");
    }
    (password.chars().count() < 8).then_some("PasswordComplexity")
}

/// Refuses a name that no owner may have or one has.
pub(super) fn check_name(state: &State, name: &str) -> Result<(), Reply> {
    if !names::is_owner(name) {
        return Err(errors::message(422, &format!("[UserName]: name is invalid [{name}]")));
    }
    if names::is_reserved(name) {
        return Err(errors::message(422, &format!("name is reserved [name: {name}]")));
    }
    if state.is_taken(name) {
        return Err(errors::message(422, &format!("user already exists [name: {name}]")));
    }
    Ok(())
}

/// `POST /admin/users`: the password must be changed first unless the request says otherwise.
pub(super) fn create(state: &mut State, request: &Request) -> Answer {
    let input = Input::of(request)?;
    let (login, email) =
        (input.required("username", "UserName")?, input.required("email", "Email")?);
    if let Some(text) = password_complaint(input.text("password")) {
        return Err(errors::message(400, text));
    }
    check_name(state, login)?;
    if !email.contains('@') {
        return Err(errors::message(422, "[Email]: Email"));
    }
    if state.users.iter().any(|user| user.email.eq_ignore_ascii_case(email)) {
        return Err(errors::message(422, &format!("e-mail already in use [email: {email}]")));
    }
    let visibility = input.text("visibility");
    let user = User {
        id: state.id(),
        login: login.to_owned(),
        email: email.to_owned(),
        full_name: input.text("full_name").to_owned(),
        password: input.text("password").to_owned(),
        must_change_password: input.flag("must_change_password", true),
        is_active: true,
        prohibit_login: false,
        is_admin: false,
        is_restricted: input.flag("restricted", false),
        visibility: if visibility.is_empty() { "public" } else { visibility }.to_owned(),
        created: random::now(),
    };
    let body = state.user_json(&user);
    state.users.push(user);
    Ok(Reply::json(201, body))
}
