//! A person with a browser that keeps cookies, runs no scripts and follows no redirects.

use covibe_domain::entities::Role;
use covibe_domain::{UserId, boxed};
use covibe_identity::BrowserOrigin;
use covibe_testkit::{Agent, AgentAnswer, Member, http_client};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use crate::world::World;

/// A person with a browser.
#[derive(Clone, Debug)]
pub struct Person {
    /// The server's origin.
    pub origin: String,
    /// The cookies, as the header `Cookie` has them.
    pub cookie: String,
    /// The cookie of a browser with which somebody has signed in, likewise.
    known: String,
    client: Client,
}

impl Person {
    /// Creates a person who is not signed in.
    pub fn new(origin: &str) -> Self {
        let client = http_client::client().redirect(Policy::none()).build().expect("a client");
        let (cookie, known) = (String::new(), String::new());
        Self { origin: origin.to_owned(), cookie, known, client }
    }

    /// Creates a member of a workspace's tenant who is signed in, with this role in the tenant; a plain member is
    /// one of the workspace too.
    ///
    /// # Panics
    /// Panics if the database refuses it.
    #[boxed]
    pub async fn member(world: &World, of: &Member, name: &str, role: Role) -> Self {
        let email = format!("{name}@example.com").parse().expect("an address");
        let tenant = &of.record.tenant;
        let user = world.identity.adopt_admin(tenant, &email, name).await.expect("a person");
        if role == Role::Member {
            let mut tx = world.store.tenant(tenant).await.expect("a transaction");
            let now = covibe_domain::Timestamp::now();
            tx.set_role(&user.id, role, None, now).await.expect("a role");
            let (workspace, user) = (of.record.id.clone(), user.id.clone());
            let member = covibe_store::WorkspaceMember { workspace, user, role };
            tx.put_workspace_member(&member, now).await.expect("a membership");
            tx.commit().await.expect("its end");
        }
        Self::new(&of.agent.origin).in_new_session(world, &user.id, of).await
    }

    /// Returns the same person with another browser, who is signed in there to the tenant of a workspace. The session of
    /// this browser does not end.
    ///
    /// # Panics
    /// Panics if nobody is signed in, or the database refuses it.
    #[boxed]
    pub async fn sign_in_again(&self, world: &World, of: &Member) -> Self {
        let signed_in = world.identity.session(self.token(), false).await.expect("an answer");
        let user = signed_in.expect("a session").user.id;
        Self::new(&self.origin).in_new_session(world, &user, of).await
    }

    /// Keeps the cookie of a new session of a user in the tenant of a workspace.
    async fn in_new_session(mut self, world: &World, user: &UserId, of: &Member) -> Self {
        let (from, tenant) = (BrowserOrigin::default(), Some(&of.record.tenant));
        let session = world.identity.start_session(user, from, tenant).await;
        self.keep(session.expect("a session").expose());
        self
    }

    /// Returns the same person at another server.
    #[must_use]
    pub fn at(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    /// Gets a page.
    #[boxed]
    pub async fn get(&mut self, path: &str) -> AgentAnswer {
        self.send(self.client.get(format!("{}{path}", self.origin))).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> AgentAnswer {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self.client.post(format!("{}{path}", self.origin)).body(body);
        self.send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await
    }

    /// Sends a form with a file, as the browser does with the one for a photo.
    #[boxed]
    pub async fn upload(&mut self, path: &str, csrf: &str, file: &[u8]) -> AgentAnswer {
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--B\r\n\
             Content-Disposition: form-data; name=\"photo\"; filename=\"me.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--B--\r\n"].concat();
        let request = self.client.post(format!("{}{path}", self.origin)).body(body);
        self.send(request.header(CONTENT_TYPE, "multipart/form-data; boundary=B")).await
    }

    /// Sends a form of the person's session, as its pages do.
    ///
    /// # Panics
    /// Panics if nobody is signed in.
    pub async fn submit_own(
        &mut self,
        world: &World,
        path: &str,
        fields: &[(&str, &str)],
    ) -> AgentAnswer {
        let csrf = self.csrf(world).await;
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.submit(path, &all).await
    }

    /// Returns what the forms of the person's session contain.
    ///
    /// # Panics
    /// Panics if nobody is signed in.
    #[boxed]
    pub async fn csrf(&self, world: &World) -> String {
        let signed_in = world.identity.session(self.token(), false).await.expect("an answer");
        signed_in.expect("a session").csrf
    }

    /// Returns an agent that calls REST with the person's session, as a script of our pages does.
    #[boxed]
    pub async fn agent(&self, world: &World, slug: &str) -> Agent {
        let csrf = self.csrf(world).await;
        Agent::new(&self.origin, slug, None).with_session(&self.cookie, &csrf)
    }

    /// Returns an agent with the person's cookie alone, which reads.
    pub fn agent_without_proof(&self, slug: &str) -> Agent {
        Agent::new(&self.origin, slug, None).with_session(&self.cookie, "")
    }

    /// Returns the token of the session.
    pub fn token(&self) -> &str {
        self.cookie.split_once('=').map(|(_, token)| token).unwrap_or_default()
    }

    fn keep(&mut self, token: &str) {
        self.cookie = format!("covibe_session={token}");
    }

    async fn send(&mut self, request: RequestBuilder) -> AgentAnswer {
        let cookies = [self.cookie.as_str(), self.known.as_str()];
        let cookies = cookies.into_iter().filter(|cookie| !cookie.is_empty());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies) };
        let response = request.send().await.expect("an answer");
        for set in response.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().ok().and_then(|set| set.split(';').next()).unwrap_or_default();
            if pair.starts_with("covibe_done=") {
                continue;
            }
            if pair.starts_with("covibe_known=") {
                pair.clone_into(&mut self.known);
                continue;
            }
            self.cookie = if pair.ends_with('=') { String::new() } else { pair.to_owned() };
        }
        AgentAnswer::read(response).await
    }
}
