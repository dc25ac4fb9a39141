//! The client: one key on one server.

use std::time::Duration;

use covibe_domain::entities::{Project, ProjectKind};
use covibe_domain::{Failure, ProjectId, Secret, Slug};
use covibe_upstream::{
    CallStatistics, ConfigError, Expiry, Request, Settings, Transport, api_base,
};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::status_errors::{answered, several_workspaces, too_many_pages};

const UPSTREAM: &str = "Co-Vibe";

/// The maximum number of pages of a list: a page has 30 KB, and a workspace has at most 1,000 projects.
const MAX_PAGES: usize = 100;

/// The maximum size of an answer, in bytes. Those of the server have at most 32 KiB.
const BODY_LIMIT: usize = 1024 * 1024;

/// A client of the operations for workspaces and projects.
#[derive(Clone, Debug)]
pub(in crate::platform::prd) struct CoVibe {
    transport: Transport,
    workspace: Option<Slug>,
}

#[derive(Deserialize)]
struct Workspaces {
    workspaces: Vec<Named>,
    next: Option<String>,
}

/// A workspace; the rest of it is not needed.
#[derive(Deserialize)]
struct Named {
    slug: Slug,
}

#[derive(Deserialize)]
struct Projects {
    projects: Vec<Project>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(default)]
    body: String,
    body_next: Option<usize>,
}

impl CoVibe {
    pub(super) fn new(
        address: &Url,
        key: &Secret,
        workspace: Option<Slug>,
    ) -> Result<Self, ConfigError> {
        let [connect_timeout, timeout, deadline] = [5, 15, 25].map(Duration::from_secs);
        let transport = Transport::new(Settings {
            upstream: UPSTREAM,
            base: api_base(UPSTREAM, address, "/api")?,
            authorization: Secret::new(format!("Bearer {}", key.expose())),
            timeout,
            expiry: Expiry::default(),
            connect_timeout,
            deadline,
            body_limit: BODY_LIMIT,
            limiter: None,
            observed: CallStatistics::default(),
            classify: |_, _| None,
            vet: None,
            slow: None,
        })?;
        Ok(Self { transport, workspace })
    }

    /// Returns the address that the key is for.
    pub(in crate::platform::prd) fn address(&self) -> String {
        self.transport.base().to_string()
    }

    /// Returns the workspace that was named, or the only one that the key has.
    pub(in crate::platform::prd) async fn workspace(&self) -> Result<Slug, Failure> {
        if let Some(slug) = &self.workspace {
            return Ok(slug.clone());
        }
        let listed: Workspaces = answered(self.transport.get("/workspaces")).await?;
        let mut slugs: Vec<_> = listed.workspaces.into_iter().map(|each| each.slug).collect();
        match (slugs.pop(), slugs.is_empty() && listed.next.is_none()) {
            (Some(only), true) => Ok(only),
            (last, _) => Err(several_workspaces(slugs.iter().chain(&last))),
        }
    }

    /// Returns the PRDs with this title, without their texts.
    pub(in crate::platform::prd) async fn titled(
        &self,
        workspace: &Slug,
        title: &str,
    ) -> Result<Vec<ProjectId>, Failure> {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let request =
                self.transport.get("/workspaces/{slug}/projects").segment(workspace.as_str());
            let request = match &next {
                Some(next) => request.query("next", next),
                None => request,
            };
            let page: Projects = answered(request).await?;
            let same = |each: &Project| each.kind == ProjectKind::Prd && each.name == title;
            found.extend(page.projects.into_iter().filter(same).map(|each| each.id));
            match page.next {
                Some(more) => next = Some(more),
                None => return Ok(found),
            }
        }
        Err(too_many_pages())
    }

    /// Returns the whole text of a project.
    pub(in crate::platform::prd) async fn text(
        &self,
        workspace: &Slug,
        id: &ProjectId,
    ) -> Result<String, Failure> {
        let mut text = String::new();
        for _ in 0..MAX_PAGES {
            let offset = text.len();
            let request = with_project_segments(self.transport.get(PROJECT), workspace, id);
            let part: Part = answered(request.query("bodyOffset", offset)).await?;
            text.push_str(&part.body);
            if part.body_next != Some(text.len()) || text.len() == offset {
                return Ok(text);
            }
        }
        Err(too_many_pages())
    }

    /// Creates a project. It is not repeated where an answer was lost: the caller looks for what became of it.
    pub(in crate::platform::prd) async fn create(
        &self,
        workspace: &Slug,
        title: &str,
        text: &str,
    ) -> Result<ProjectId, Failure> {
        let request =
            self.transport.post("/workspaces/{slug}/projects").segment(workspace.as_str());
        let project: Project = answered(request.body(body(title, text))).await?;
        Ok(project.id)
    }

    /// Replaces a project's title and text. Fails as not found where it is gone.
    pub(in crate::platform::prd) async fn update(
        &self,
        workspace: &Slug,
        id: &ProjectId,
        (title, text): (&str, &str),
    ) -> Result<(), Failure> {
        let request =
            with_project_segments(self.transport.patch(PROJECT).repeatable(), workspace, id);
        answered::<Project>(request.body(body(title, text))).await.map(drop)
    }
}

/// The path of a project.
const PROJECT: &str = "/workspaces/{slug}/projects/{project_id}";

fn with_project_segments(request: Request, workspace: &Slug, id: &ProjectId) -> Request {
    request.segment(workspace.as_str()).segment(id.as_str())
}

fn body(title: &str, text: &str) -> serde_json::Value {
    json!({ "name": title, "kind": ProjectKind::Prd, "body": text })
}
