//! `domains.attach`.

use covibe_domain::entities::{AttachState, AttachStep};
use covibe_domain::{AppUuid, DomainName, Failure};
use covibe_operation::{Operation, Route, Spec, parameter_rules};
use covibe_workspace::{Attaching, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::attach_target::AttachTarget;
use super::attached_hosts::{self, hosts};
use super::attachment_steps::{Step, Steps, change_state, delegation_state, lock_state};
use super::domain_names::{LONGEST, domain};
use crate::apps::{Appended, append_hosts};

/// The maximum number of subdomains of a call.
const MOST: usize = 20;

/// Point a registered domain at an app, IP or CNAME, and lock it. Safe to repeat.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = parameter_rules::exactly_one(&["appUuid", "ip", "cname"])),
    example = json!({ "appUuid": "vgsco4occ8ksgsc4s8ck4kco" })
)]
pub(crate) struct AttachDomain {
    /// A domain bought with domains.register, such as `example.com`.
    #[schemars(length(max = LONGEST), example = &"example.com")]
    domain: String,
    /// The app to point it at: its uuid or exact name. Or pass ip or cname.
    #[serde(default)]
    app_uuid: Option<AppUuid>,
    /// Or the public IP address to point it at, such as `8.8.8.8`.
    #[serde(default)]
    #[schemars(length(max = 45), example = &"8.8.8.8")]
    ip: Option<String>,
    /// Or the host to point its subdomains at, such as `shops.example.net`. Not for the domain itself (`@`).
    #[serde(default)]
    #[schemars(length(max = LONGEST), example = &"shops.example.net")]
    cname: Option<String>,
    /// The hosts below the domain; `@` is the domain itself. Default: `@` and `www`.
    #[serde(default)]
    #[schemars(length(min = 1, max = MOST), inner(length(max = attached_hosts::LONGEST)))]
    #[schemars(example = ["@", "www"])]
    subdomains: Option<Vec<String>>,
    /// Set the nameservers at the registrar; else the domain won't resolve. Default: true.
    #[serde(default)]
    update_registrar_ns: Option<bool>,
}

/// The outcome of the steps.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AttachedDomain")]
pub(crate) struct Attached {
    /// The domain.
    domain: DomainName,
    /// The nameservers of the zone.
    #[schemars(example = vec!["ns-cloud-a1.googledomains.com"])]
    nameservers: Vec<String>,
    /// The hosts that point to the target.
    #[schemars(example = vec!["example.com"])]
    hosts: Vec<String>,
    /// The outcome of each step, in order.
    steps: Vec<Step>,
    /// The app's hosts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["example.com"])]
    app_domains: Vec<String>,
    /// True if apps.deploy has to be called next.
    needs_deploy: bool,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<String>,
}

impl Operation<Workspace> for AttachDomain {
    const SPEC: Spec =
        Spec::write("domains.attach", Route::post("/domains/{domain}/attach")).idempotent();

    type Output = Attached;

    async fn run(self, cx: &Workspace) -> Result<Attached, Failure> {
        let name = domain(&self.domain)?;
        let hosts = hosts(&name, self.subdomains.as_deref())?;
        let target = AttachTarget::read(self.app_uuid, self.ip.as_deref(), self.cname.as_deref())?;
        target.check(&name, &hosts)?;
        target.check_host(cx)?;
        let mut attaching = cx.domains().attach(&name, &target.event_text()).await?;
        let plan = Plan { target, hosts, delegates: self.update_registrar_ns.unwrap_or(true) };
        let mut steps = Steps::default();
        match plan.run_steps(cx, &mut attaching, &mut steps).await {
            Ok(done) => {
                let record = attaching.finish(steps.are_done()).await?;
                Ok(plan.answer(record.name, steps, done))
            }
            Err(failure) => Err(steps.add_to_failure(attaching.fail(failure).await)),
        }
    }
}

/// The checked parameters of a call.
struct Plan {
    target: AttachTarget,
    hosts: Vec<DomainName>,
    /// True if the registrar is to get the zone's name servers.
    delegates: bool,
}

/// The results for the zone and the app.
#[derive(Default)]
struct Done {
    nameservers: Vec<String>,
    app: Option<Appended>,
}

impl Plan {
    /// Carries out the steps. Each reads the current state, and changes only what differs. The app's hosts come first: if
    /// they lead to another app, nothing is changed.
    async fn run_steps(
        &self,
        cx: &Workspace,
        attaching: &mut Attaching<'_>,
        steps: &mut Steps,
    ) -> Result<Done, Failure> {
        let destination = self.target.destination(cx).await?;
        attaching.check().await?;
        steps.begin_step(AttachStep::App);
        let app = self.append(cx).await?;
        steps.end_step(app.as_ref().map_or(AttachState::Skipped, app_state));
        steps.begin_step(AttachStep::Zone);
        let zone = attaching.zone().await?;
        steps.end_step(change_state(zone.is_new));
        steps.begin_step(AttachStep::Records);
        steps.end_step(change_state(attaching.point(&zone, &self.hosts, &destination).await?));
        steps.begin_step(AttachStep::Nameservers);
        steps.end_step(if self.delegates {
            delegation_state(attaching.delegate(&zone).await?)
        } else {
            AttachState::Skipped
        });
        steps.begin_step(AttachStep::Lock);
        steps.end_step(lock_state(attaching.lock().await?));
        Ok(Done { nameservers: zone.nameservers(), app })
    }

    /// Adds the hosts to the domains of the app.
    async fn append(&self, cx: &Workspace) -> Result<Option<Appended>, Failure> {
        let Some(uuid) = self.target.app() else { return Ok(None) };
        let hosts: Vec<_> = self.hosts.iter().map(ToString::to_string).collect();
        // Boxed because the future is large.
        Box::pin(append_hosts(cx, uuid, &hosts)).await.map(Some)
    }

    fn answer(self, domain: DomainName, steps: Steps, done: Done) -> Attached {
        let Done { nameservers, app } = done;
        let hint = hint(&steps, app.as_ref());
        let needs_deploy = app.as_ref().is_some_and(|app| app.needs_deploy);
        let app_domains = app.map(|app| app.domains).unwrap_or_default();
        let hosts = self.hosts.into_iter().map(String::from).collect();
        let steps = steps.into_steps();
        Attached { domain, nameservers, hosts, steps, app_domains, needs_deploy, hint }
    }
}

/// Returns the state of the app's domains: Coolify may accept some and not keep them.
fn app_state(appended: &Appended) -> AttachState {
    match appended {
        Appended { is_kept: false, .. } => AttachState::Failed,
        Appended { needs_deploy, .. } => change_state(*needs_deploy),
    }
}

/// Returns the next steps, in their order.
fn hint(steps: &Steps, app: Option<&Appended>) -> Option<String> {
    let mut hints: Vec<String> = app.and_then(|app| app.hint.clone()).into_iter().collect();
    if app.is_some_and(|app| app.needs_deploy) {
        hints.push("Call apps.deploy: after that, the app answers on the new hosts.".to_owned());
    }
    if steps.has_outcome(AttachStep::Nameservers, AttachState::Later) {
        hints.push(
            "The registry does not list the nameservers yet: repeat the call in a few minutes."
                .to_owned(),
        );
    }
    if steps.has_outcome(AttachStep::Nameservers, AttachState::Changed) {
        hints.push("Resolvers may take hours to notice the new nameservers.".to_owned());
    }
    if steps.has_outcome(AttachStep::Lock, AttachState::Later) {
        hints.push("The server will set the registrar's lock later.".to_owned());
    }
    (!hints.is_empty()).then(|| hints.join(" "))
}
