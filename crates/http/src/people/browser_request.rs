//! A request of a browser: the person who is signed in, and the browser's address.

use std::sync::Arc;

use actix_web::http::header::{HeaderValue, LOCATION, SET_COOKIE, USER_AGENT};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, Route};
use covibe_dispatch::{BodySender, HeldBody, PersonPermit, Proof, Request};
use covibe_domain::{Failure, Secret, TenantId};
use covibe_identity::{BrowserOrigin, Identity, SignedIn, signed_out};

use super::form_fields::Fields;
use super::page_response;
use super::session_cookies::{
    is_of_another_site, known_cookie, session_cookie, set_known_cookie, set_session_cookie,
};
use crate::app_state::App;
use crate::buffered_body::body_of_stranger;
use crate::connection::{self, CredentialKind};
use crate::host_and_origin_check;
use crate::request_intake::identified;

/// A request of a browser.
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) request: HttpRequest,
    /// The origin under which the browser knows the server.
    pub(crate) origin: String,
    /// The request's id and address.
    pub(crate) identified: Arc<Request>,
    /// The person who is signed in.
    signed_in: Option<SignedIn>,
    /// The token of the session that was started.
    started: Option<Secret>,
    /// The value of the `Set-Cookie` header of the answer.
    cookie: Option<String>,
    /// That of another one, which makes the browser one with which somebody has signed in.
    known: Option<String>,
    payload: Option<Payload>,
}

/// The answer of a page.
pub(crate) type PageResult = Result<HttpResponse, Failure>;

impl Visit {
    async fn begin(app: App, request: HttpRequest, payload: Payload) -> Result<Self, Failure> {
        let origin = host_and_origin_check::origin_of(&app.doors, request.headers());
        let mut signed_in = None;
        let mut cookie = None;
        if let Some(token) = session_cookie(request.headers(), &origin) {
            signed_in = app.dispatcher.identity().session(token, true).await?;
            if let Some(SignedIn { user, .. }) = &signed_in {
                let by = CredentialKind::Session;
                connection::mark_authenticated(&request, by, Some(&user.id));
            }
            let renewed = signed_in.as_mut().and_then(|of| of.renewed.take());
            cookie = renewed.map(|token| set_session_cookie(&origin, Some(token.expose())));
        }
        let identified = identified(&request);
        Ok(Self {
            app,
            request,
            origin,
            identified,
            signed_in,
            started: None,
            cookie,
            known: None,
            payload: Some(payload),
        })
    }

    /// Finds the request a place among those of the person who is signed in, before anything of its body is read.
    ///
    /// # Errors
    ///
    /// Limited if too many requests of theirs are in progress.
    fn admit(&self) -> Result<Option<PersonPermit>, Failure> {
        let admit = |of: &SignedIn| self.app.dispatcher.admit_person(&of.user.id);
        self.signed_in().map(admit).transpose()
    }

    /// Returns the service that authenticates people.
    pub(crate) fn identity(&self) -> &Identity {
        self.app.dispatcher.identity()
    }

    /// Returns the person who is signed in, if somebody is.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref()
    }

    /// Returns the person who is signed in.
    ///
    /// # Errors
    ///
    /// Unauthenticated if nobody is; the page for signing in is the answer to it.
    pub(crate) fn person(&self) -> Result<&SignedIn, Failure> {
        self.signed_in().ok_or_else(signed_out)
    }

    /// Returns the address and the name of the browser.
    pub(crate) fn from(&self) -> BrowserOrigin {
        let agent = self.request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        BrowserOrigin {
            address: self.identified.address(),
            agent: agent.map(str::to_owned),
            known: known_cookie(self.request.headers(), &self.origin).map(Secret::new),
        }
    }

    /// Returns a part of the path.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// Returns a parameter of the query, which is empty if it is missing.
    pub(crate) fn query(&self, name: &str) -> String {
        let pairs = crate::request_intake::query(&self.request).unwrap_or_default();
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Takes the body of a request that no page of another site sent.
    ///
    /// # Errors
    ///
    /// Forbidden if one did; invalid if it was taken before.
    pub(crate) fn take_payload(&mut self) -> Result<Payload, Failure> {
        if is_of_another_site(self.request.headers()) {
            return Err(Failure::forbidden("A page of another site sent this form."));
        }
        self.payload.take().ok_or_else(|| Failure::invalid("The form was already read."))
    }

    /// Reads the form that a page sent before anybody was signed in.
    ///
    /// # Errors
    ///
    /// Those of [`Fields::read`]; forbidden if the page of another site sent it.
    pub(crate) async fn form(&mut self) -> Result<Fields, Failure> {
        let payload = self.take_payload()?;
        let held = body_of_stranger(&self.app.dispatcher, &self.request);
        Fields::read(&self.request, payload, held).await
    }

    /// Reads the form that a page of the session sent.
    ///
    /// # Errors
    ///
    /// Those of [`Visit::form`]; unauthenticated if nobody is signed in; forbidden if it is not from a page of
    /// the session.
    pub(crate) async fn own_form(&mut self) -> Result<Fields, Failure> {
        let payload = self.take_payload()?;
        let tenant = self.tenant().await?;
        let held = self.begin_body(tenant);
        let fields = Fields::read(&self.request, payload, held).await?;
        self.check_session().await?;
        self.person()?.check(Proof::Sent(fields.text("csrf")))?;
        Ok(fields)
    }

    /// Checks the session again, which may have ended while the body arrived.
    ///
    /// # Errors
    ///
    /// Unauthenticated if it has.
    pub(crate) async fn check_session(&mut self) -> Result<(), Failure> {
        let token = session_cookie(self.request.headers(), &self.origin).unwrap_or_default();
        self.signed_in = self.identity().session(token, false).await?;
        self.person().map(drop)
    }

    /// Returns the tenant where the person works, if they are a member of one.
    ///
    /// # Errors
    ///
    /// Unauthenticated if nobody is signed in.
    pub(crate) async fn tenant(&self) -> Result<Option<TenantId>, Failure> {
        self.identity().tenant(self.person()?).await
    }

    /// Starts to receive the body of this request, which counts for a tenant; nothing of it has arrived.
    pub(crate) fn begin_body(&self, of: Option<TenantId>) -> HeldBody {
        match of {
            Some(tenant) => self.app.dispatcher.begin_body(BodySender::Tenant(tenant)),
            None => body_of_stranger(&self.app.dispatcher, &self.request),
        }
    }

    /// Makes the answer give the browser another session, which is audited.
    pub(crate) fn sign_in(&mut self, token: &Secret) {
        self.started = Some(token.clone());
        self.cookie = Some(set_session_cookie(&self.origin, Some(token.expose())));
    }

    /// Makes the answer mark the browser as one with which somebody has signed in.
    pub(crate) fn remember_browser(&mut self, cookie: Option<&Secret>) {
        self.known = cookie.map(|cookie| set_known_cookie(&self.origin, cookie.expose()));
    }

    /// Makes the answer take the session from the browser.
    pub(crate) fn sign_out(&mut self) {
        self.cookie = Some(set_session_cookie(&self.origin, None));
    }

    /// Returns the answer with the cookie, if there is one to set.
    fn finish(&self, answer: PageResult) -> HttpResponse {
        let mut response = match answer {
            Ok(response) => response,
            Err(failure) if failure.kind == covibe_domain::Kind::Unauthenticated => {
                self.to_sign_in()
            }
            Err(failure) => self.failure_page(&failure),
        };
        for cookie in [&self.cookie, &self.known].into_iter().flatten() {
            if let Ok(cookie) = HeaderValue::from_str(cookie) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        response
    }

    /// Counts a refusal, and returns the page that reports it.
    pub(super) fn failure_page(&self, failure: &Failure) -> HttpResponse {
        self.app.dispatcher.count_refusal(failure);
        page_response::failure_page(failure, self.identified.id().as_str())
    }

    /// Returns the redirect to the page for signing in, which leads back to the requested page.
    fn to_sign_in(&self) -> HttpResponse {
        let location = self.path_with_return(covibe_console::paths::SIGN_IN);
        HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
    }

    /// Returns the path of a page with the requested one, to which it leads back.
    pub(super) fn path_with_return(&self, page: &str) -> String {
        let wanted = match *self.request.method() {
            actix_web::http::Method::GET => self.request.uri().to_string(),
            _ => covibe_console::paths::OVERVIEW.to_owned(),
        };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("returnTo", &wanted)
            .finish();
        format!("{page}?{query}")
    }
}

/// Returns the route of a handler for requests of browsers. A failure is a page; if nobody is signed in, it is
/// the page for signing in.
pub(crate) fn browser_route<H>(app: &App, route: Route, handler: H) -> Route
where
    H: AsyncFn(&mut Visit) -> PageResult + Clone + 'static,
{
    let app = app.clone();
    route.to(move |request: HttpRequest, payload: web::Payload| {
        let (app, handler) = (app.clone(), handler.clone());
        async move {
            let id = identified(&request);
            match Visit::begin(app, request, payload).await {
                Ok(mut visit) => {
                    // The answer to a refused request has the cookie, too, if there is one to set.
                    let answer = match visit.admit() {
                        Ok(_place) => handler(&mut visit).await,
                        Err(failure) => Err(failure),
                    };
                    if let Some(token) = &visit.started {
                        visit.app.dispatcher.note_signed_in(token, &visit.identified).await;
                    }
                    visit.finish(answer)
                }
                Err(failure) => page_response::failure_page(&failure, id.id().as_str()),
            }
        }
    })
}
