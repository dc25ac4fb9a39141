//! Everything that names something of a workspace, each beside a name of the same form that nobody
//! has.

use covibe_dispatch::Tool;
use covibe_store::WorkspaceRecord;
use serde_json::Value;

use crate::support::{Estate, parameter_samples};

/// A name of something.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    kind: &'static str,
    /// A name that exists in another workspace, but not here.
    pub(super) theirs: String,
    /// A name that exists nowhere.
    pub(super) nobodys: String,
}

impl Probe {
    fn new(kind: &'static str, theirs: impl Into<String>) -> Self {
        let theirs = theirs.into();
        Self { kind, nobodys: twin(&theirs), theirs }
    }

    /// Returns whether this parameter of the operation takes names of this kind.
    pub(super) fn fits_parameter(&self, tool: &Tool, parameter: &str) -> bool {
        parameter_samples::id_parameter(tool) == Some(parameter)
            && tool.spec.name.split('.').next() == Some(self.kind)
    }

    /// Returns whether it is a Coolify resource, whose refusal names the caller's own project.
    pub(super) fn is_of_coolify(&self) -> bool {
        ["apps", "auth", "databases", "deployments"].contains(&self.kind)
    }

    /// Returns whether an error is that refusal, with any noun.
    pub(super) fn is_refused_by_sentence(&self, error: &Value, own_project: &str) -> bool {
        let nouns = ["Application", "Service", "Database", "Deployment"];
        self.is_of_coolify()
            && nouns.iter().any(|noun| {
                *error == format!("{noun} {} does not belong to project {own_project}", self.theirs)
            })
    }
}

/// A text of the same form: letters and digits after the prefix of an id, or in each word of a
/// name, are others.
fn twin(text: &str) -> String {
    let (prefix, rest) = match text.split_once('_') {
        Some((prefix, rest)) => (format!("{prefix}_"), rest),
        None => (String::new(), text),
    };
    let other = |c: char| match c {
        'a'..='y' => 'z',
        'z' => 'y',
        '0'..='8' => '9',
        '9' => '8',
        c => c,
    };
    let kept = ["vibn-", ".vibnai.com"];
    let head = if rest.starts_with(kept[0]) { kept[0] } else { "" };
    let tail = if rest.ends_with(kept[1]) { kept[1] } else { "" };
    let middle: String = rest[head.len()..rest.len() - tail.len()].chars().map(other).collect();
    format!("{prefix}{head}{middle}{tail}")
}

/// All names of a workspace and of its resources.
pub(super) fn probes_of(record: &WorkspaceRecord, estate: &Estate) -> Vec<Probe> {
    let slug = record.slug.as_str();
    let host = format!("shop.{slug}.vibnai.com");
    let mut probes = vec![
        Probe::new("apps", &estate.app),
        Probe::new("databases", &estate.database),
        Probe::new("auth", &estate.service),
        Probe::new("deployments", &estate.deployment),
        Probe::new("command", &estate.command),
        Probe::new("keys", &estate.key),
        Probe::new("projects", &estate.plan),
        Probe::new("project", &estate.project),
        Probe::new("repository", &estate.repo),
        Probe::new("repository", format!("{}/{}", record.gitea_org, estate.repo)),
        Probe::new("organisation", &record.gitea_org),
        Probe::new("bot", &record.gitea_bot_username),
        Probe::new("slug", slug),
        Probe::new("host", host),
        Probe::new("workspace", record.id.as_str()),
        Probe::new("tenant", record.tenant.as_str()),
    ];
    let private_key = record.coolify_private_key_uuid.as_ref();
    probes.extend(private_key.map(|uuid| Probe::new("private key", uuid.as_str())));
    probes
}

/// The parameters that name something which exists already.
pub(super) fn parameters(tool: &Tool) -> impl Iterator<Item = &str> {
    const NAMES: [&str; 4] = ["confirm", "domain", "next", "repo"];
    let members = tool.input["properties"].as_object().into_iter().flatten();
    let texts = members.filter(|(_, schema)| schema["type"] == "string");
    texts
        .map(|(name, _)| name.as_str())
        .filter(|name| name.to_lowercase().ends_with("id") || NAMES.contains(name))
}

#[test]
fn a_twin_id_has_the_form_of_the_original() {
    assert_eq!(twin("key_abz9"), "key_zzy8");
    assert_eq!(twin("vibn-mark/shop"), "vibn-zzzz/zzzz");
    assert_eq!(twin("shop.mark.vibnai.com"), "zzzz.zzzz.vibnai.com");
}
