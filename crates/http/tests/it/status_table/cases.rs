//! The calls of each line that every surface makes alike.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::Upstream;
use serde_json::{Value, json};

use super::failing_call::Case;
use super::filled_workspaces::{FilledWorkspace, Scene};

/// A well-formed id that nothing has.
const ABSENT: &str = "zzzz2345zzzz2345zzzz2345";

const FIX: [&str; 2] = ["Nothing was changed. Correct", "repeat"];
const STOP: [&str; 2] = ["Stop and ask the user", "do not guess"];

/// Every call, in the order of the table.
pub(super) fn all(scene: &Scene) -> Vec<Case> {
    let lines = [
        bad_requests(scene),
        resources_of_others(scene),
        names_outside(scene),
        not_found(),
        unconfirmed(scene),
        refused_by_coolify(scene),
        refused_before(),
        upstreams_fail(scene),
    ];
    lines.into_iter().flatten().collect()
}

/// 400: fix the body, retry.
fn bad_requests(Scene { own, .. }: &Scene) -> Vec<Case> {
    let uuid = &own.app;
    let domains = json!({ "uuid": uuid, "domains": "x.mark.vibnai.com" });
    let update = json!({ "uuid": uuid, "patch": "main" });
    let misspelt = json!({ "type": "redis", "nmae": "cache" });
    let stray = json!({ "uuid": uuid, "lines": "5" });
    vec![
        Case::new(400, ("databases.create", json!({})), "`type` is missing.", &FIX),
        Case::new(400, ("apps.update", json!({ "uuid": uuid })), "`patch` is missing.", &FIX),
        Case::new(
            400,
            ("apps.domains.set", domains),
            "`domains` must be an array; got a string.",
            &FIX,
        ),
        Case::new(400, ("apps.update", update), "`patch` must be an object; got a string.", &FIX),
        Case::new(
            400,
            ("databases.create", misspelt),
            "Unknown parameter `nmae`.",
            &["Did you mean `name`?"],
        ),
        Case::new(
            400,
            ("apps.deployments", stray),
            "Unknown parameter `lines`.",
            &["Known: uuid."],
        ),
    ]
}

/// 403 for another project's resource: names the caller's project, and says to stop and ask the
/// user.
fn resources_of_others(scene: &Scene) -> Vec<Case> {
    let project = &scene.own.project;
    let of = |FilledWorkspace { estate, stack }: &FilledWorkspace| {
        [
            ("Application", "apps.get", &estate.app),
            ("Application", "apps.deploy", &estate.app),
            ("Application", "apps.delete", &estate.app),
            ("Service", "apps.get", stack),
            ("Service", "apps.delete", stack),
            ("Database", "databases.get", &estate.database),
            ("Database", "databases.delete", &estate.database),
            ("Service", "auth.get", &estate.service),
            ("Service", "auth.delete", &estate.service),
            ("Deployment", "deployments.logs", &estate.deployment),
        ]
        .map(|(noun, tool, id)| {
            let error = format!("{noun} {id} does not belong to project {project}");
            Case::new(403, (tool, json!({ "uuid": id })), error, &STOP)
        })
    };
    scene.others.iter().flat_map(of).collect()
}

/// 403 for domains outside the namespace, with the suffix that they must have, and for repositories
/// of other organisations.
fn names_outside(scene: &Scene) -> Vec<Case> {
    let own = scene.own.name("app");
    let mut cases = Vec::new();
    for host in ["evil.com", "my-site.justine.vibnai.com", "my-site.annex.vibnai.com"] {
        let error = format!("Domain {host} is not allowed; must end with .mark.vibnai.com");
        let set = json!({ "uuid": scene.own.app, "domains": [host] });
        let hint = format!("Use {own}.mark.vibnai.com");
        cases.push(Case::new(403, ("apps.domains.set", set), &*error, &[&hint]));
        let create = json!({ "image": "nginx:1.27", "name": "web", "domain": host });
        cases.push(Case::new(403, ("apps.create", create), error, &["Use web.mark.vibnai.com"]));
    }
    let there = scene.others.iter().map(|FilledWorkspace { estate, .. }| {
        format!("vibn-{}/{}", estate.agent.slug, estate.repo)
    });
    for repo in there.chain(["vibn-nobody/x".to_owned()]) {
        let error = "That repository is outside the organisation vibn-mark.";
        let rewire = json!({ "uuid": scene.own.app, "repo": repo });
        cases.push(Case::new(403, ("apps.create", json!({ "repo": repo })), error, &STOP));
        cases.push(Case::new(403, ("apps.rewire_git", rewire), error, &STOP));
    }
    cases
}

/// 404: list again to find the right uuid.
fn not_found() -> Vec<Case> {
    let of = |(noun, tool, list): (&str, &'static str, &str)| {
        let hint = format!("Use {list} to find the right uuid.");
        let error = format!("{noun} {ABSENT} was not found.");
        Case::new(404, (tool, json!({ "uuid": ABSENT })), error, &[&hint])
    };
    let mut cases: Vec<_> = [
        ("Application", "apps.get", "apps.list"),
        ("Application", "apps.delete", "apps.list"),
        ("Database", "databases.get", "databases.list"),
        ("Service", "auth.get", "auth.list"),
        ("Deployment", "deployments.logs", "apps.deployments"),
    ]
    .map(of)
    .into();
    cases.push(Case::new(
        404,
        ("apps.create", json!({ "repo": "absent" })),
        "Repository vibn-mark/absent was not found.",
        &["Find the right name with repos.list", "repos.create"],
    ));
    cases
}

/// The resources that can be deleted: the tool, the resource, and the tool that shows its name.
pub(super) fn deletions(
    Scene { own, stack, .. }: &Scene,
) -> [(&'static str, &str, &'static str); 4] {
    [
        ("apps.delete", &own.app, "apps.get"),
        ("apps.delete", stack, "apps.get"),
        ("databases.delete", &own.database, "databases.get"),
        ("auth.delete", &own.service, "auth.get"),
    ]
}

/// 409: fetch the name, then retry with `confirm=<name>`; it is not given away.
fn unconfirmed(scene: &Scene) -> Vec<Case> {
    let of = |(delete, uuid, look)| {
        let fetch =
            format!("Get its exact name with {look}, then retry with that name as `confirm`.");
        [json!({ "uuid": uuid }), json!({ "uuid": uuid, "confirm": "wrong" })]
            .map(|params| Case::new(409, (delete, params), "Confirmation required", &[&fetch]))
    };
    deletions(scene).into_iter().flat_map(of).collect()
}

/// Coolify's refusal of a change, with these errors.
fn refusal(path: &str, errors: Value) -> Fault {
    let mut body = json!({ "message": "Validation failed." });
    body["errors"] = errors;
    Fault::new(Name::Status).on("PATCH", path).status(422).body(body)
}

/// 422: check the details. Values that Coolify would refuse are refused before they get there, but
/// for a compose file that it has not read; so the other refusals are arranged.
fn refused_by_coolify(Scene { own, unread, .. }: &Scene) -> Vec<Case> {
    let host = format!("{}-2.mark.vibnai.com", own.name("app"));
    let malformed = format!("Invalid URL: {host}");
    let domains = json!({ "uuid": own.app, "domains": [host] });
    let early = json!({ "uuid": unread, "domains": ["shop.mark.vibnai.com"], "service": "web" });
    let update = json!({ "uuid": own.database, "patch": { "description": "in words" } });
    let coolify = |fields: Value| json!({ "upstream": "coolify", "fields": fields });
    let unread_file = "Cannot set docker_compose_domains without docker_compose_raw. Reload the \
                       compose file from the git repository first.";
    let (error, hint) = ("Coolify refused the values.", ["Correct", "details.fields"]);
    vec![
        Case::new(
            422,
            ("apps.domains.set", early),
            "Coolify has not read the app's compose file yet.",
            &["Deploy it once with apps.deploy"],
        )
        .details(coolify(json!({ "docker_compose_domains": [unread_file] }))),
        Case::new(422, ("apps.domains.set", domains), error, &hint)
            .fault(
                Upstream::Coolify,
                refusal(&format!("/applications/{}", own.app), json!([malformed])),
            )
            .details(coolify(json!({ "domains": [malformed] })))
            .undo(json!({ "uuid": own.app, "domains": [] })),
        Case::new(422, ("databases.update", update), error, &hint)
            .fault(
                Upstream::Coolify,
                refusal(
                    &format!("/databases/{}", own.database),
                    json!({ "description": ["Too dull."] }),
                ),
            )
            .details(coolify(json!({ "description": ["Too dull."] }))),
    ]
}

/// 422: an app that can't be deployed as it is.
fn refused_before() -> Vec<Case> {
    let create = ("apps.create", json!({ "repo": "empty" }));
    let error = "Repository vibn-mark/empty is empty.";
    let case = Case::new(422, create, error, &["Push a first commit", "then retry"]);
    vec![case.details(json!({ "fields": { "repo": ["has no commits"] } }))]
}

/// 502: retry with backoff; no text of the upstream is passed on.
fn upstreams_fail(Scene { own, .. }: &Scene) -> Vec<Case> {
    let fails = |method: &str, path: &str| {
        let body = json!({ "message": "SQLSTATE at vibn-ws-elsewhere" });
        Fault::new(Name::Status).on(method, path).status(500).body(body)
    };
    let backoff = ["Nothing was changed. Retry with backoff"];
    let rewire = json!({ "uuid": own.app, "repo": own.repo });
    let update = json!({ "uuid": own.app, "patch": { "description": "in words" } });
    let app = format!("/applications/{}", own.app);
    let coolify = "Coolify failed with status 500.";
    vec![
        Case::new(502, ("apps.get", json!({ "uuid": own.app })), coolify, &backoff)
            .fault(Upstream::Coolify, fails("GET", &app))
            .details(json!({ "upstream": "coolify" })),
        Case::new(502, ("apps.rewire_git", rewire), "Gitea failed with status 500.", &backoff)
            .fault(Upstream::Gitea, fails("GET", "/repos/"))
            .details(json!({ "upstream": "gitea" })),
        Case::new(502, ("apps.update", update), coolify, &["look", "before repeating the call"])
            .fault(Upstream::Coolify, fails("PATCH", &app))
            .details(json!({ "upstream": "coolify", "mayHaveHappened": true })),
    ]
}
