//! Signing in where people sign in with WorkOS: `/auth/sign-in` leads there, and `/callback` is where they come
//! back.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use covibe_console::pages::signed_out::signed_out;
use covibe_console::paths;
use covibe_domain::{Failure, Kind};
use covibe_identity::{SignInCallback, SignInRequest, StartedSignIn};

use super::browser_request::{PageResult, Visit};
use super::page_response::{page, see_other};
use super::return_to::return_to;
use super::session_cookies::{set_sign_in_cookie, sign_in_cookie};

/// The header that leads a browser on from a page. A redirect that follows a form may lead only to where the
/// page's policy lets forms be sent.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Sends a browser to WorkOS, with a cookie that it has to bring back.
pub(super) fn begin(visit: &Visit, wanted: &str) -> PageResult {
    let (screen, invitation) = (visit.query("screen"), visit.query("invitation_token"));
    let StartedSignIn { location, cookie } = visit.identity().begin_sign_in(SignInRequest {
        return_to: return_to(wanted),
        signs_up: screen == "sign-up",
        invitation_token: Some(invitation.as_str()).filter(|token| !token.is_empty()),
    })?;
    let cookie = set_sign_in_cookie(&visit.origin, Some(cookie.expose()));
    let redirect = HttpResponse::SeeOther()
        .insert_header((LOCATION, location.as_str()))
        .insert_header((SET_COOKIE, cookie))
        .finish();
    Ok(redirect)
}

/// Signs in who comes back. Whoever comes from a page of WorkOS that was not opened from here, such as that of an
/// invitation, brings no state: their sign-in starts anew, and asks for nothing that they entered there.
pub(super) async fn callback(visit: &mut Visit) -> PageResult {
    let given = |name: &str| Some(visit.query(name)).filter(|text| !text.is_empty());
    let (state, code, error) = (given("state"), given("code"), given("error"));
    if state.is_none() && error.is_none() {
        return Ok(see_other(paths::SIGN_IN));
    }
    let cookie = sign_in_cookie(visit.request.headers(), &visit.origin).map(str::to_owned);
    let answer = match error {
        Some(_) => Err(refused_sign_in()),
        None => finish(visit, cookie.as_deref(), state.as_deref(), code.as_deref()).await,
    };
    // A redirect to the page for signing in would lead to WorkOS again, without end.
    let mut response = answer.unwrap_or_else(|failure| visit.failure_page(&failure));
    let cleared = set_sign_in_cookie(&visit.origin, None);
    if let Ok(cleared) = HeaderValue::from_str(&cleared) {
        response.headers_mut().append(SET_COOKIE, cleared);
    }
    Ok(response)
}

async fn finish(
    visit: &mut Visit,
    cookie: Option<&str>,
    state: Option<&str>,
    code: Option<&str>,
) -> PageResult {
    let back = SignInCallback { cookie, state, code };
    let finished = visit.identity().finish_sign_in(back, visit.from()).await?;
    if let Some(before) = visit.signed_in() {
        visit.identity().end_session(&before.user.id, &before.session).await?;
    }
    visit.sign_in(&finished.token);
    Ok(see_other(return_to(&finished.return_to)))
}

/// Leads a browser whose session has ended here to where it ends at WorkOS, if it is one there.
pub(super) fn leave(there: Option<&str>) -> HttpResponse {
    let Some(there) = there else { return see_other(paths::SIGN_IN) };
    let mut response = page(200, signed_out(there));
    if let Ok(value) = HeaderValue::from_str(&format!("0; url={there}")) {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}

fn refused_sign_in() -> Failure {
    Failure::new(Kind::Unauthenticated, "WorkOS did not sign you in.")
        .hint("Start again at /auth/sign-in.")
}
