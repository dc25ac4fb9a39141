//! `/users`, and the creation of users.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::Caller;
use crate::gitea::model::{GiteaState, NewUser, Owner, User};
use crate::gitea::rules::{Input, accounts, paging};
use crate::gitea::{answer_json, errors};

/// `GET /users/{name}`: a user who is not visible does not exist; organisations are users too.
pub(super) fn show(state: &GiteaState, caller: &Caller, name: &str) -> ReplyResult {
    let hidden = || errors::missing_object("Visit Project", &Value::Null);
    match state.owner(name).ok_or_else(|| errors::no_user(name))? {
        Owner::User(user) if caller.may_see_user(state, user) => {
            Ok(Reply::json(200, answer_json::user_for(state, caller, user)))
        }
        Owner::Org(org) if caller.may_see_org(org) => {
            Ok(Reply::json(200, answer_json::org_as_user(state, org)))
        }
        _ => Err(hidden()),
    }
}

/// `GET /users/search?q=`.
pub(super) fn search(state: &GiteaState, request: &Request, caller: &Caller) -> Reply {
    let wanted = request.query.get("q").map(|text| text.to_lowercase()).unwrap_or_default();
    let named = |user: &&User| user.login.to_lowercase().contains(&wanted);
    let visible = state.users.iter().filter(named);
    let visible: Vec<_> = visible
        .filter(|user| caller.may_see_user(state, user))
        .map(|user| answer_json::user_for(state, caller, user))
        .collect();
    let total = visible.len();
    let (page, limit) = paging::requested(request);
    let items: Vec<_> =
        visible.into_iter().skip((page - 1).saturating_mul(limit)).take(limit).collect();
    paging::with_headers(request, Reply::json(200, json!({ "ok": true, "data": items })), total)
}

/// `POST /admin/users`: by default the user must change the password first.
pub(super) fn create(state: &mut GiteaState, request: &Request) -> ReplyResult {
    let input = Input::parse(request)?;
    let (login, email) =
        (input.required("username", "Username")?, input.required("email", "Email")?);
    accounts::check_format(login, "Username")?;
    let visibility = input.visibility()?.unwrap_or("public").to_owned();
    accounts::check_password(&state.settings, input.text("password"))?;
    accounts::check_name(state, login)?;
    accounts::check_address(state, email, None, 422)?;
    if visibility == "private" && !state.settings.private_users {
        return Err(errors::refusal(500));
    }
    let password = input.text("password");
    let id = add(state, &NewUser { login, email, password, visibility: &visibility });
    let user = state.users.iter_mut().find(|user| user.id == id).ok_or_else(errors::not_found)?;
    input.text("login_name").clone_into(&mut user.login_name);
    input.text("full_name").clone_into(&mut user.full_name);
    user.must_change_password = input.flag("must_change_password", true);
    user.is_restricted = input.flag("restricted", false);
    // As people who migrate users from another system set it.
    user.created = Timestamp::parse(input.text("created_at")).unwrap_or_else(timestamp);
    let user = state.user_by_id(id).ok_or_else(errors::not_found)?;
    Ok(Reply::json(201, answer_json::user(state, user)))
}

/// Adds an account and returns its id.
pub(super) fn add(state: &mut GiteaState, new: &NewUser<'_>) -> i64 {
    let NewUser { login, email, password, visibility } = *new;
    let id = state.next_id();
    state.redirects.take(None, login);
    state.users.push(User {
        id,
        login: login.to_owned(),
        login_name: String::new(),
        email: email.to_lowercase(),
        other_emails: Vec::new(),
        full_name: String::new(),
        password: password.to_owned(),
        must_change_password: false,
        is_active: true,
        prohibit_login: false,
        is_admin: false,
        is_restricted: false,
        may_create_orgs: true,
        max_repos: -1,
        visibility: visibility.to_owned(),
        created: timestamp(),
    });
    id
}
