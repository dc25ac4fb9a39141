//! The workplace of a person: the workspace, their rights there, and the form that they sent.

use std::sync::Arc;

use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use covibe_console::pages::error_pages;
use covibe_console::{
    Frame, Loaded, Markup, OtherCompany, Problem, Section, WorkspaceChoice, paths,
};
use covibe_dispatch::{Call, Caller, Dispatcher, Progress, Request, RequestPermit, Surface};
use covibe_domain::entities::Role;
use covibe_domain::{Failure, Kind};
use covibe_identity::{SignedIn, Standing, Whereabouts};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::flash::CompletedAction;
use crate::app_state::AuthMode;
use crate::packages::Packages;
use crate::people::{Fields, PageResult, Visit, lead_to_choice, refused_form, see_other};

/// The name of the console's calls in entries of the audit.
pub(super) const CONSOLE: &str = "console";

/// The outcome of entering.
pub(super) enum WorkplaceEntry {
    /// The person works there.
    At(Box<Workplace>),
    /// They are redirected to another page first.
    Led(HttpResponse),
}

/// The workplace of a person.
pub(super) struct Workplace {
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) origin: String,
    /// The packages of the companion.
    pub(super) packages: Packages,
    /// True if people have passwords of this server.
    pub(super) has_passwords: bool,
    pub(super) signed_in: SignedIn,
    pub(super) frame: Frame,
    /// The fields of the form that was sent.
    pub(super) form: Fields,
    pub(super) identified: Arc<Request>,
    request: HttpRequest,
    caller: Caller,
    place: Arc<RequestPermit>,
    done: Option<CompletedAction>,
}

impl Workplace {
    /// Returns the operations that pages of the console call only to show something. Their calls would leave no room for
    /// the work of agents and people where calls are listed.
    pub(super) fn page_reads(&self) -> Vec<&'static str> {
        let specs = self.dispatcher.registry().operations().map(|tool| &tool.spec);
        let reads = specs.filter(|spec| !spec.access.changes() && !spec.discloses);
        reads.map(|spec| spec.name).collect()
    }

    /// Returns the workplace of a request for a page; or the redirect of a person who is a member of no company, or has
    /// to choose one of several.
    ///
    /// # Errors
    ///
    /// Unauthenticated if nobody is signed in; forbidden for a person without a workspace; limited if the person
    /// asks for too much.
    pub(super) async fn enter(visit: &Visit) -> Result<WorkplaceEntry, Failure> {
        let (dispatcher, signed_in) = (Arc::clone(&visit.app.dispatcher), visit.person()?.clone());
        let (standing, elsewhere) = match dispatcher.identity().whereabouts(&signed_in).await? {
            Whereabouts::At { standing, elsewhere } => (standing, elsewhere),
            Whereabouts::Nowhere => return Ok(WorkplaceEntry::Led(see_other(paths::ONBOARDING))),
            Whereabouts::Unchosen => return Ok(WorkplaceEntry::Led(lead_to_choice(visit))),
        };
        let others = dispatcher.identity().standings(&signed_in.user.id, &elsewhere).await?;
        let caller = dispatcher.identity().caller_at(&signed_in, &standing, None).await;
        let caller = caller.map_err(|why| or_another_company(why, &others))?;
        let (caller, mut place) =
            dispatcher.enter_as(caller, Arc::clone(&visit.identified)).await?;
        dispatcher.begin(&caller, &mut place).await?;
        let (request, done) = (visit.request.clone(), CompletedAction::before(&visit.request));
        let mut frame = frame(&signed_in, &standing, &others, &caller);
        frame.flash = done.map(|done| done.flash(&frame));
        Ok(WorkplaceEntry::At(Box::new(Self {
            dispatcher,
            origin: visit.origin.clone(),
            packages: visit.app.packages.clone(),
            has_passwords: matches!(visit.app.auth_mode, AuthMode::Local),
            signed_in,
            frame,
            form: Fields::default(),
            request,
            identified: Arc::clone(&visit.identified),
            caller,
            place: Arc::new(place),
            done,
        })))
    }

    /// Likewise for a form of a page of the session.
    ///
    /// # Errors
    ///
    /// Those of [`Self::enter`] and of [`Visit::own_form`].
    pub(super) async fn receive(visit: &mut Visit) -> Result<WorkplaceEntry, Failure> {
        let form = visit.own_form().await?;
        Ok(match Self::enter(visit).await? {
            WorkplaceEntry::At(at) => WorkplaceEntry::At(Box::new(Self { form, ..*at })),
            led @ WorkplaceEntry::Led(_) => led,
        })
    }

    /// Checks that the page of the form showed this workspace: the person may have gone to another one in another tab.
    ///
    /// # Errors
    ///
    /// Conflict if it showed another one.
    pub(super) fn check_page(&self) -> Result<(), Failure> {
        let here = self.caller.principal.workspace.as_str();
        if SignedIn::workspace_of_page(self.form.text("csrf")).is_none_or(|shown| shown == here) {
            return Ok(());
        }
        let (company, slug) = (&self.frame.tenant, &self.caller.principal.slug);
        Err(Failure::conflict("This page showed another workspace, so nothing was changed.").hint(
            format!(
                "You are now in the workspace {slug} of {company}. Reload the page to act in this workspace, or first \
                 choose the other one in the menu."
            ),
        ))
    }

    /// Returns the person as a caller in the workspace.
    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Calls an operation as the person.
    pub(super) async fn call(&self, name: &str, params: Value) -> Result<Value, Failure> {
        self.ask(name, params).await.map(|answer| answer.value())
    }

    async fn ask(
        &self,
        name: &str,
        params: Value,
    ) -> Result<covibe_operation::JsonAnswer, Failure> {
        let call = self.call_with(name, params, None)?;
        // Boxed because the future is large, and a page makes several calls.
        Box::pin(self.dispatcher.call(call)).await
    }

    /// Returns a call of an operation as the person, which reports its progress there.
    pub(super) fn call_with(
        &self,
        name: &str,
        params: Value,
        progress: Option<Progress>,
    ) -> Result<Call, Failure> {
        let mut operations = self.dispatcher.registry().operations();
        let tool = operations.find(|tool| tool.spec.name == name).cloned();
        Ok(Call {
            caller: self.caller.clone(),
            tool: tool.ok_or_else(not_offered)?,
            params,
            surface: Surface::Console,
            slug: None,
            progress,
            place: Some(Arc::clone(&self.place)),
        })
    }

    /// Returns an operation's answer as a view.
    pub(super) async fn view<T: DeserializeOwned>(
        &self,
        name: &str,
        params: Value,
    ) -> Result<T, Failure> {
        let answer = self.ask(name, params).await?;
        answer.read().map_err(|error| {
            tracing::error!(tool = name, %error, "a page could not show an answer");
            Failure::new(Kind::Upstream, "This page can't show the answer.")
        })
    }

    /// Returns the part of a page with an operation's answer: the view, or the reason why there is none.
    pub(super) async fn load<T: DeserializeOwned>(&self, name: &str, params: Value) -> Loaded<T> {
        self.view(name, params).await.map_err(|why| self.problem(&why))
    }

    /// Returns a failure as pages show it, with the id of the request.
    pub(super) fn problem(&self, why: &Failure) -> Problem {
        Problem::from(why).of_request(self.identified.id().as_str())
    }

    /// Returns a part of the path.
    pub(super) fn part(&self, name: &str) -> String {
        let text = self.request.match_info().get(name).unwrap_or_default();
        percent_decode_str(text).decode_utf8_lossy().into_owned()
    }

    /// Returns a parameter of the query without the spaces around it; empty if it is missing.
    pub(super) fn query(&self, name: &str) -> String {
        let pairs = crate::request_intake::query(&self.request).unwrap_or_default();
        let found = pairs.into_iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }

    /// Returns the answer that leads to another page, which reports a completed action.
    #[expect(clippy::unnecessary_wraps, reason = "it is what a handler answers")]
    pub(super) fn go(&self, path: &str, done: CompletedAction) -> PageResult {
        let mut response = see_other(path);
        if let Ok(cookie) =
            HeaderValue::from_str(&CompletedAction::set_cookie(Some(done), &self.origin))
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Returns a page that shows a form again, with the status of its error.
    #[expect(clippy::unnecessary_wraps, reason = "it is what a handler answers")]
    pub(super) fn refused_form(why: &Failure, markup: Markup) -> PageResult {
        Ok(refused_form(why, markup))
    }

    /// Returns the answer; a failure becomes a page of the console. A completed action is reported once.
    pub(super) fn finish(&self, answer: PageResult, section: Section) -> PageResult {
        let mut response = match answer {
            Err(why) if why.kind != Kind::Unauthenticated => {
                let shown = error_pages::failure(
                    &self.frame,
                    section,
                    "This did not work",
                    &self.problem(&why),
                );
                Self::refused_form(&why, shown)?
            }
            answer => answer?,
        };
        let is_told = self.done.is_some() && !response.headers().contains_key(SET_COOKIE);
        let forget = is_told
            .then(|| HeaderValue::from_str(&CompletedAction::set_cookie(None, &self.origin)));
        if let Some(Ok(cookie)) = forget {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Returns the failure of a page whose operation this server does not have.
pub(super) fn not_offered() -> Failure {
    Failure::not_found("This server does not offer this function.")
}

/// Returns the reason why a person can't work in their company, with the advice to go to another one.
fn or_another_company(why: Failure, others: &[Standing]) -> Failure {
    if others.is_empty() {
        return why;
    }
    why.hint("Ask an admin of this company to add you to one, or choose another at /auth/company.")
}

/// Returns the workspaces of a company that are open to a person.
fn choices(standing: &Standing) -> Vec<WorkspaceChoice> {
    let choice = |slug: String, name: String| WorkspaceChoice { slug, name };
    let open = standing.workspaces.iter();
    open.map(|(each, _)| choice(each.slug.to_string(), each.name.clone())).collect()
}

fn frame(signed_in: &SignedIn, standing: &Standing, others: &[Standing], caller: &Caller) -> Frame {
    let other = |at: &Standing| OtherCompany { name: at.name.clone(), workspaces: choices(at) };
    Frame {
        name: signed_in.user.name.clone(),
        email: signed_in.user.email.to_string(),
        photo: signed_in.user.photo.as_ref().map(|name| format!("/photos/{name}")),
        tenant: standing.name.clone(),
        workspaces: choices(standing),
        companies: others.iter().map(other).collect(),
        workspace: Some(caller.principal.slug.to_string()),
        is_admin: standing.role == Role::Admin,
        csrf: signed_in.token_for_page(&caller.principal.workspace),
        flash: None,
    }
}
