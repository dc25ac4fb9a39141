//! A server that answers for workspaces and projects as Co-Vibe's REST does, and can lose answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The key that it accepts.
pub(crate) const KEY: &str = "vibn_sk_hunter2";

/// The longest part of a text in an answer, in bytes.
const PART: usize = 24 * 1024;

/// The number of projects of a page.
const PAGE: usize = 2;

/// The fate of the next request.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// It takes effect, and the connection closes without an answer.
    LostAnswer,
    /// The connection closes, and it takes no effect.
    LostRequest,
    /// It is answered with this status, header lines and body.
    Answer(u16, String, String),
}

#[derive(Default)]
pub(crate) struct CoVibeState {
    pub(crate) slugs: Vec<&'static str>,
    pub(crate) projects: Vec<Value>,
    made: usize,
    /// Trouble for requests with this method, in turn.
    pub(crate) trouble: VecDeque<(&'static str, Trouble)>,
    /// The lines and `Authorization` headers of the requests.
    pub(crate) seen: Vec<(String, String)>,
}

#[derive(Clone)]
pub(crate) struct CoVibe {
    pub(crate) url: String,
    state: Arc<Mutex<CoVibeState>>,
}

impl CoVibe {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = CoVibeState { slugs: vec!["mark"], ..CoVibeState::default() };
        let server = Self { url, state: Arc::new(Mutex::new(state)) };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, CoVibeState> {
        self.state.lock().unwrap()
    }

    /// Lets the next requests with this method meet trouble.
    pub(crate) fn trouble(&self, method: &'static str, trouble: Trouble) {
        self.state().trouble.push_back((method, trouble));
    }

    /// Adds a project past the surface.
    pub(crate) fn add(&self, name: &str, body: &str) {
        let project = json!({ "name": name, "kind": "prd", "body": body });
        self.state().create(&project);
    }

    /// Returns the lines of the requests since this was called last.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        self.state().seen.drain(..).map(|(line, _)| line).collect()
    }

    async fn serve(self, mut stream: TcpStream) -> Option<()> {
        let (head, body) = receive(&mut stream).await?;
        let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
        let key = head
            .lines()
            .find_map(|line| line.strip_prefix("authorization: "))
            .unwrap_or_default()
            .to_owned();
        let (method, path) = line.split_once(' ')?;
        let (status, headers, answer) = {
            let mut state = self.state();
            state.seen.push((line.clone(), key.clone()));
            let next = state.trouble.front().is_some_and(|(each, _)| *each == method);
            let trouble =
                if next { state.trouble.pop_front().map(|(_, trouble)| trouble) } else { None };
            match trouble {
                Some(Trouble::LostRequest) => return None,
                Some(Trouble::LostAnswer) => {
                    state.answer(method, path, &body);
                    return None;
                }
                Some(Trouble::Answer(status, headers, body)) => (status, headers, body),
                None if key != format!("Bearer {KEY}") => {
                    (401, String::new(), error("The key is not valid."))
                }
                None => {
                    let (status, answer) = state.answer(method, path, &body);
                    (status, String::new(), answer.to_string())
                }
            }
        };
        let length = answer.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{answer}"
        );
        stream.write_all(text.as_bytes()).await.ok()
    }
}

fn error(text: &str) -> String {
    json!({ "error": text }).to_string()
}

impl CoVibeState {
    fn create(&mut self, body: &Value) -> Value {
        self.made += 1;
        let mut project = body.clone();
        project["id"] = json!(format!("prj_{:016}", self.made));
        project["createdAt"] = json!("2026-11-20T08:00:00Z");
        project["updatedAt"] = json!("2026-11-20T08:00:00Z");
        self.projects.push(project.clone());
        without_body(&project)
    }

    fn answer(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments: Vec<_> = path.trim_start_matches("/api/").split('/').collect();
        let missing = (404, json!({ "error": "No such project.", "hint": "Use list." }));
        match (method, segments.as_slice()) {
            ("GET", ["workspaces"]) => {
                let workspaces: Vec<_> =
                    self.slugs.iter().map(|slug| json!({ "slug": slug, "name": slug })).collect();
                (200, json!({ "workspaces": workspaces }))
            }
            (_, ["workspaces", slug, ..]) if !self.slugs.contains(slug) => missing,
            ("GET", [_, _, "projects"]) => (200, self.page(query)),
            ("POST", [_, _, "projects"]) => {
                (201, self.create(&serde_json::from_str(body).unwrap()))
            }
            (_, [_, _, "projects", id]) => {
                let Some(project) = self.projects.iter_mut().find(|each| each["id"] == *id) else {
                    return missing;
                };
                if method == "PATCH" {
                    let changes: Value = serde_json::from_str(body).unwrap();
                    project.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
                    return (200, without_body(project));
                }
                (200, part(project, query))
            }
            _ => missing,
        }
    }

    fn page(&self, query: &str) -> Value {
        let after = query.strip_prefix("next=");
        let begin =
            self.projects.iter().position(|each| Some(each["id"].as_str().unwrap()) == after);
        let begin = begin.map_or(0, |at| at + 1);
        let page: Vec<_> = self.projects.iter().skip(begin).take(PAGE).map(without_body).collect();
        let mut answer = json!({ "projects": page });
        if begin + PAGE < self.projects.len() {
            answer["next"] = page.last().unwrap()["id"].clone();
        }
        answer
    }
}

fn without_body(project: &Value) -> Value {
    let mut project = project.clone();
    project.as_object_mut().unwrap().remove("body");
    project
}

fn part(project: &Value, query: &str) -> Value {
    let offset: usize = query.strip_prefix("bodyOffset=").unwrap().parse().unwrap();
    let body = project["body"].as_str().unwrap();
    let end = body.floor_char_boundary(offset + PART);
    let mut answer = project.clone();
    answer["body"] = json!(body[offset..end]);
    if end < body.len() {
        answer["bodyNext"] = json!(end);
    }
    answer
}

async fn receive(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
