//! The description that a sandbox prints when it has started.

use covibe_config::{Config, Storage};
use covibe_domain::Secret;
use covibe_http::clients::{Client, FormTarget, KEY_VARIABLE, Server};
use covibe_sandbox::{Simulator, google};
use serde_json::{Value, json};
use url::Url;

use super::simulators::Simulators;
use crate::cli::sandbox::Story;

/// The slug of the provisioned workspace.
pub(super) const SLUG: &str = "mark";

/// Describes a running sandbox for programs.
pub(super) fn description(
    origin: &str,
    token: &Secret,
    sign_in: &str,
    config: &Config,
    simulators: &Simulators,
) -> Value {
    let coolify = config.coolify.as_ref().map(|at| upstream(&at.url, simulators.coolify.as_ref()));
    let docker = simulators.docker.as_ref().map(
        |engine| json!({ "url": engine.url, "sandbox_token": engine.control_token().expose() }),
    );
    let gitea = config.gitea.as_ref().map(|at| upstream(&at.url, simulators.gitea.as_ref()));
    let registrar = config.registrar.as_ref().and_then(|at| at.url.as_ref());
    let registrar = registrar.map(|url| upstream(url, simulators.registrar.as_ref()));
    let storage = config.storage.as_ref().and_then(|at| storage(at, simulators));
    let zones = simulators.cloud.as_ref().filter(|_| simulators.serves_zones);
    let dns = zones.map(|cloud| {
        json!({
            "url": cloud.url,
            "address": cloud.dns().to_string(),
            "sandbox_token": cloud.control_token().expose(),
        })
    });
    json!({
        "origin": origin,
        "mcp_url": format!("{origin}/api/mcp"),
        "workspace": SLUG,
        "token": token.expose(),
        "console": { "url": format!("{origin}/console"), "sign_in": sign_in },
        "upstreams": { "coolify": coolify, "docker": docker, "gitea": gitea, "registrar": registrar,
                       "dns": dns, "storage": storage },
    })
}

/// Adds the story that the sandbox began with.
pub(super) fn with_story(mut described: Value, story: Option<Story>) -> Value {
    if let Some(story) = story {
        let (name, told, prompt) = (story.name(), story.text(), story.prompt());
        described["story"] = json!({ "name": name, "told": told, "prompt": prompt });
    }
    described
}

/// Returns suggestions for an agent: the prompt of the story, or a few to begin with.
fn prompts(story: Option<Story>) -> String {
    match story {
        Some(story) => format!(
            "The story {}: {}\nAsk your agent:\n\n    {}",
            story.name(),
            story.text(),
            story.prompt()
        ),
        None => "Then ask it:\n\n    \
                 Deploy nginx:alpine as \"hello\" and tell me its URL.\n    \
                 Add a Postgres database and give its URL to the app.\n    \
                 Show me the logs of the last deployment."
            .to_owned(),
    }
}

/// Describes object storage that is not at Google. Operator's commands reach a simulated one by its key file, which
/// is not a secret.
fn storage(at: &Storage, simulators: &Simulators) -> Option<Value> {
    let url = at.url.as_ref()?.as_str();
    let simulated = simulators.cloud.as_ref().filter(|cloud| url.starts_with(&cloud.url));
    let url = url.trim_end_matches('/');
    let key_file = |cloud| serde_json::from_str::<Value>(google::key_file(cloud).expose()).ok();
    Some(match simulated {
        Some(cloud) => json!({ "url": url, "project": at.project, "key_file": key_file(cloud) }),
        None => json!({ "url": url }),
    })
}

/// Describes an upstream. A simulator's token is not a secret; the token of a real upstream is not
/// printed.
fn upstream(url: &Url, simulator: Option<&Simulator>) -> Value {
    let url = url.as_str().trim_end_matches('/');
    match simulator {
        Some(simulator) => json!({
            "url": url,
            "token": simulator.token.expose(),
            "sandbox_token": simulator.control_token().expose(),
        }),
        None => json!({ "url": url }),
    }
}

/// Returns a line that names the real upstreams.
pub(super) fn upstreams(config: &Config, simulators: &Simulators) -> String {
    let real = |url: Option<&Url>| url.map(|url| format!("is real: {url}")).unwrap_or_default();
    let coolify = match simulators.coolify {
        Some(_) => "is simulated, so apps do not run and their URLs do not work".to_owned(),
        None => real(config.coolify.as_ref().map(|at| &at.url)),
    };
    let gitea = match simulators.gitea {
        Some(_) => "is simulated, with real repositories that are gone at exit".to_owned(),
        None => real(config.gitea.as_ref().map(|at| &at.url)),
    };
    let registrar = match simulators.registrar {
        Some(_) => "is simulated, so domains cost nothing and belong to nobody",
        None => "is real: buying domains costs money",
    };
    let dns = match &simulators.cloud {
        Some(cloud) if simulators.serves_zones => {
            format!("is simulated, and answers at {} over UDP and TCP", cloud.dns())
        }
        _ => "is real, where it is configured".to_owned(),
    };
    let storage = match (&simulators.cloud, config.storage.as_ref().and_then(|at| at.url.as_ref()))
    {
        (Some(cloud), Some(at)) if at.as_str().starts_with(&cloud.url) => {
            format!("is simulated, and speaks S3 at {}", cloud.url)
        }
        _ => "is real".to_owned(),
    };
    format!(
        "Coolify {coolify}.\nGitea {gitea}.\nThe registrar {registrar}.\nDNS {dns}.\nObject storage {storage}."
    )
}

/// The clients that are used most.
const MOST_USED: [&str; 3] = ["claude-code", "codex", "cursor"];

/// Returns the line with which a client connects.
fn client_line(id: &str, server: Server<'_>) -> Option<String> {
    let client = Client::find(id)?;
    let form = client.form(server);
    Some(match client.place {
        FormTarget::File(path) => {
            let compact = serde_json::from_str::<Value>(&form).map_or(form, |v| v.to_string());
            format!("    {} ({path}): {compact}", client.title)
        }
        FormTarget::Shell | FormTarget::Text => format!("    {form}"),
    })
}

/// Returns the command of this program, which need not be on `PATH`.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let path = path.map(|path| path.display().to_string()).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) { path } else { "covibe-server".to_owned() }
}

/// Describes a running sandbox for people.
pub(super) fn for_people(
    origin: &str,
    token: &Secret,
    sign_in: &str,
    upstreams: &str,
    story: Option<Story>,
) -> String {
    let (token, name) = (token.expose(), format!("vibn-{SLUG}"));
    let server = Server { name: &name, origin };
    let clients: Vec<_> = MOST_USED.iter().filter_map(|id| client_line(id, server)).collect();
    let clients = clients.join("\n");
    let connect = format!("{} connect --origin {origin} --workspace {SLUG}", program());
    format!(
        "Co-Vibe sandbox at {origin}, workspace {SLUG}\n{upstreams}\n\n\
         The console is at {origin}/console; this link signs you in once:\n\n    {sign_in}\n\n\
         Set these where you start a client, or call the API yourself:\n\n    \
         export ORIGIN={origin} KEY={token}\n    export {KEY_VARIABLE}=$KEY\n\n\
         Connect a client:\n\n{clients}\n\n\
         For another client (`--help` lists them):\n\n    {connect} CLIENT\n\n\
         {}\n\n\
         Stop it with Ctrl-C.",
        prompts(story)
    )
}
