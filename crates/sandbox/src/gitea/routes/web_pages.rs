//! Pages for people: signing up, and creating a token with the session that this begins (Gitea 1.25).
//!
//! The protection of a browser against forged requests is left out.

use percent_encoding::percent_decode_str;

use super::users;
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::scopes;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, NewUser, Session, Token};
use crate::gitea::rules::accounts;

/// The cookie of a session.
const COOKIE: &str = "i_like_gitea";

/// Answers a page.
pub(super) fn answer(state: &mut GiteaState, request: &Request) -> ReplyResult {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/user/sign_up") => Ok(form(state)),
        ("POST", "/user/sign_up") => sign_up(state, request),
        ("GET", "/user/settings/applications") => tokens(state, request),
        ("POST", "/user/settings/applications") => create_token(state, request),
        _ => Err(errors::no_route()),
    }
}

/// The form is always there, its fields are not.
fn form(state: &GiteaState) -> Reply {
    let fields = if state.settings.sign_up {
        "<input id=\"user_name\" name=\"user_name\" autofocus required>"
    } else {
        "<p>Registration is disabled.</p>"
    };
    let form = "<form class=\"ui form\" action=\"/user/sign_up\" method=\"post\">";
    Reply::text(&format!("{form}{fields}</form>"))
}

/// Creates an account, and begins its session at once. Rejected input shows the form again, with 200.
fn sign_up(state: &mut GiteaState, request: &Request) -> ReplyResult {
    if !state.settings.sign_up {
        return Err(Reply { status: 403, ..form(state) });
    }
    let [login, email, password] = ["user_name", "email", "password"].map(|it| field(request, it));
    let refused = accounts::check_format(&login, "Username")
        .and_then(|()| accounts::check_password(&state.settings, &password))
        .and_then(|()| accounts::check_name(state, &login))
        .and_then(|()| accounts::check_address(state, &email, None, 422));
    if refused.is_err() || field(request, "retype") != password {
        return Ok(form(state));
    }
    let new = NewUser { login: &login, email: &email, password: &password, visibility: "public" };
    let user = users::add(state, &new);
    let id = random::hex(16);
    let cookie = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax");
    state.sessions.push(Session { id, user, created_token: None });
    Ok(Reply::empty(303).header("location", &"/").header("set-cookie", &cookie))
}

/// Shows a token once: after its creation.
fn tokens(state: &mut GiteaState, request: &Request) -> ReplyResult {
    let shown = session(state, request)?.created_token.take().unwrap_or_default();
    Ok(Reply::text(&format!("<div class=\"flash-message\"><p>{shown}</p></div>")))
}

fn create_token(state: &mut GiteaState, request: &Request) -> ReplyResult {
    let user = session(state, request)?.user;
    let asked = fields(request).into_iter().filter(|(name, _)| name.starts_with("scope"));
    let asked: Vec<_> = asked.map(|(_, scope)| scope).filter(|scope| !scope.is_empty()).collect();
    let name = field(request, "name");
    if name.is_empty() || asked.is_empty() || !asked.iter().all(|scope| scopes::is_scope(scope)) {
        return Ok(Reply::text("<div class=\"flash-error\"></div>"));
    }
    let token = Token::new(state.next_id(), user, &name, asked);
    session(state, request)?.created_token = Some(token.sha1.clone());
    state.tokens.push(token);
    Ok(Reply::empty(303).header("location", &"/user/settings/applications"))
}

/// Returns the session of a request; without one, people are sent to sign in.
fn session<'a>(state: &'a mut GiteaState, request: &Request) -> Result<&'a mut Session, Reply> {
    let cookies = request.header("cookie").split(';').filter_map(|one| one.trim().split_once('='));
    let id =
        cookies.filter(|(name, _)| *name == COOKIE).map(|(_, id)| id).next().unwrap_or_default();
    let found = state.sessions.iter_mut().find(|session| session.id == id);
    found.ok_or_else(|| Reply::empty(303).header("location", &"/user/login"))
}

/// Returns a field of a form; empty when it is absent.
fn field(request: &Request, name: &str) -> String {
    let found = fields(request).into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

fn fields(request: &Request) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(&request.body).replace('+', " ");
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}
