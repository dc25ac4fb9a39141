//! `/user` and `/users`, and the creation of users.

use crate::core::clock::timestamp;
use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::auth::Caller;
use crate::gitea::errors;
use crate::gitea::model::{State, User};
use crate::gitea::rules::{Input, accounts};
use crate::gitea::views;

/// `GET /user`.
pub(super) fn me(state: &State, caller: &Caller) -> Answer {
    let user = state.user_by_id(caller.user).ok_or_else(errors::not_found)?;
    Ok(Reply::json(200, views::user(state, user)))
}

/// `GET /users/{name}`: a user who is not public does not exist for others.
pub(super) fn show(state: &State, caller: &Caller, name: &str) -> Answer {
    let user = state.user(name)?;
    if !caller.may_see_user(user) {
        return Err(errors::not_found());
    }
    Ok(Reply::json(200, views::user(state, user)))
}

/// `POST /admin/users`: by default the user must change the password first.
pub(super) fn create(state: &mut State, request: &Request) -> Answer {
    let input = Input::parse(request)?;
    let (login, email) =
        (input.required("username", "UserName")?, input.required("email", "Email")?);
    accounts::check_password(input.text("password"))?;
    accounts::check_name(state, login)?;
    if !email.contains('@') {
        return Err(errors::message(422, "[Email]: Email"));
    }
    if state.users.iter().any(|user| user.email.eq_ignore_ascii_case(email)) {
        return Err(errors::message(422, &format!("e-mail already in use [email: {email}]")));
    }
    let visibility = input.text("visibility");
    let user = User {
        id: state.next_id(),
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
        created: timestamp(),
    };
    let body = views::user(state, &user);
    state.users.push(user);
    Ok(Reply::json(201, body))
}
