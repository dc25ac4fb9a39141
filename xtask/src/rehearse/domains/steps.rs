//! The steps: from a search to a domain that DNS answers for.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::operator_accounts::Accounts;
use crate::rehearse::dns_queries;
use crate::rehearse::rehearsed_server::Sandbox;
use crate::rehearse::step_outcomes::{Outcome, Report, passed_with};

/// The port of name servers.
const PORT: u16 = 53;

/// The context of the steps.
pub(super) struct Steps<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) accounts: &'a Accounts,
    pub(super) domain: &'a str,
    /// True if the provider of DNS has a zone of the domain, or creates one.
    pub(super) has_zone: bool,
}

impl Steps<'_> {
    /// Takes the steps. Returns whether there may be a zone.
    pub(super) async fn take(&self, report: &mut Report) -> bool {
        report.print_step("a domain without what .ca needs is refused", self.incomplete().await);
        report.print_step("a term raised to the minimum is reported", self.raise_term().await);
        let is_bought = report.print_step("a domain is found and bought", self.buy().await)
            && report.print_step("the same call again buys nothing", self.buy_again().await);
        if !is_bought {
            report.skip("the domain is attached", "it was not bought");
            return false;
        }
        if !self.accounts.has_dns && self.sandbox.dns().is_none() {
            report.skip("the domain is attached", "no DNS provider");
            return false;
        }
        if !self.has_zone {
            report.skip("the domain is attached", "pass --domain with a zone that the server has");
            return false;
        }
        report.print_step("an alias for the domain itself is refused", self.apex_alias().await);
        self.attach(report).await;
        true
    }

    async fn attach(&self, report: &mut Report) {
        let app = match self.app().await {
            Ok(app) => app,
            Err(error) => {
                report.print_step("an app", Err(error));
                return;
            }
        };
        let attached = self.attach_domain(&app).await;
        let nameservers =
            attached.as_ref().map(|it| strings(&it["nameservers"])).unwrap_or_default();
        let is_attached = report
            .print_step("the domain is attached to an app", attached.and_then(|it| steps(&it)));
        if !is_attached {
            return;
        }
        for host in [self.domain.to_owned(), format!("www.{}", self.domain)] {
            let step = if host == self.domain { "the domain resolves to it" } else { "and www" };
            report.print_step(step, self.ask_nameservers(&nameservers, &host).await);
        }
        report.print_step("the app has the hosts", self.hosts(&app).await);
        report.print_step("the same call again changes nothing", self.attach_again(&app).await);
    }

    async fn incomplete(&self) -> Result<Outcome> {
        let params = json!({ "domain": "covibe-rehearsal.ca", "contact": contact() });
        let refused = self.sandbox.expect_refusal("domains.register", params).await?;
        let says = refused.body.to_string();
        ensure!(refused.status == 400 && says.contains("legalType"), "{} {says}", refused.status);
        Ok(passed_with("it names legalType"))
    }

    async fn raise_term(&self) -> Result<Outcome> {
        let names = [self.domain.replace(".com", ".ai")];
        let found =
            self.sandbox.call("domains.search", json!({ "names": names, "period": 1 })).await?;
        let found = &found["domains"][0];
        if found["available"] != true {
            return Ok(Outcome::Skipped("the registrar's system does not sell .ai".to_owned()));
        }
        ensure!(found["period"] == 2, "the term of .ai is {}", found["period"]);
        Ok(passed_with(format!(".ai for 2 years costs {}", price(&found["price"]))))
    }

    async fn buy(&self) -> Result<Outcome> {
        let found = self.sandbox.call("domains.search", json!({ "names": [self.domain] })).await?;
        let found = &found["domains"][0];
        ensure!(found["available"] == true, "{} is not free", self.domain);
        let bought = self.register(&found["price"]).await?;
        ensure!(bought["status"] == "registered", "its status is {}", bought["status"]);
        Ok(passed_with(format!("{} for {}", self.domain, price(&bought["price"]))))
    }

    async fn buy_again(&self) -> Result<Outcome> {
        let get = || self.sandbox.call("domains.get", json!({ "domain": self.domain }));
        let first = get().await?;
        let again = self.register(&first["price"]).await?;
        ensure!(again["orderId"] == first["orderId"], "it is another order");
        let listed = self.sandbox.call("domains.list", json!({})).await?;
        let count = listed["domains"].as_array().map_or(0, Vec::len);
        ensure!(count == 1, "{count} domains are listed");
        let kinds = get().await?["events"].to_string();
        ensure!(kinds.contains("register.success"), "the events lack register.success");
        Ok(passed_with(""))
    }

    async fn register(&self, at: &Value) -> Result<Value> {
        let params = json!({ "domain": self.domain, "contact": contact(), "maxPrice": at });
        self.sandbox.call("domains.register", params).await
    }

    async fn apex_alias(&self) -> Result<Outcome> {
        let params = json!({ "domain": self.domain, "cname": "target.example.net" });
        let refused = self.sandbox.expect_refusal("domains.attach", params).await?;
        ensure!((400..500).contains(&refused.status), "{refused}");
        Ok(passed_with(""))
    }

    async fn app(&self) -> Result<Value> {
        let params = json!({ "image": "nginx:1.27", "name": "rehearsal", "instantDeploy": false });
        Ok(self.sandbox.call("apps.create", params).await?["uuid"].take())
    }

    /// Attaches the domain. The registry of the system for tests knows few name servers: without ours, the
    /// registrar keeps its own.
    async fn attach_domain(&self, app: &Value) -> Result<Value> {
        let params = json!({ "domain": self.domain, "appUuid": app });
        let refused = match self.sandbox.answer("domains.attach", params).await? {
            Ok(attached) => return Ok(attached),
            Err(refused) => refused,
        };
        let last = refused.body["details"]["steps"].as_array().and_then(|steps| steps.last());
        ensure!(
            last.is_some_and(|step| step["step"] == "nameservers"),
            "domains.attach: {refused}"
        );
        let params = json!({ "domain": self.domain, "appUuid": app, "updateRegistrarNs": false });
        self.sandbox.call("domains.attach", params).await
    }

    async fn attach_again(&self, app: &Value) -> Result<Outcome> {
        let attached = self.attach_domain(app).await?;
        let changed = words(&attached).into_iter().filter(|word| word.ends_with(":changed"));
        let changed: Vec<_> = changed.collect();
        ensure!(changed.is_empty(), "it changed {}", changed.join(", "));
        Ok(passed_with(""))
    }

    async fn hosts(&self, app: &Value) -> Result<Outcome> {
        let listed = self.sandbox.call("apps.domains.list", json!({ "uuid": app })).await?;
        let listed = listed["domains"].to_string();
        let wanted = [format!("\"{}\"", self.domain), format!("\"www.{}\"", self.domain)];
        ensure!(wanted.iter().all(|host| listed.contains(host)), "it has {listed}");
        Ok(passed_with(""))
    }

    /// Asks the zone's name servers. A server of dynamic updates may be hidden behind them, and is asked itself.
    async fn ask_nameservers(&self, nameservers: &[String], host: &str) -> Result<Outcome> {
        let direct = self.sandbox.dns().or(self.accounts.update_server.as_deref());
        let servers = match direct {
            Some(server) => vec![server.to_owned()],
            None => nameservers.iter().map(|name| format!("{name}:{PORT}")).collect(),
        };
        ensure!(!servers.is_empty(), "the zone has no name servers");
        for server in &servers {
            dns_queries::leads_to(server, host, &self.accounts.ingress).await?;
        }
        Ok(passed_with(format!(
            "{host} resolves to {}, by {}",
            self.accounts.ingress,
            servers.join(", ")
        )))
    }
}

/// Returns the steps of an attachment. Fails if one is still open.
fn steps(attached: &Value) -> Result<Outcome> {
    let words = words(attached);
    let is_open = |word: &String| word.ends_with(":failed") || word.ends_with(":later");
    ensure!(!words.is_empty() && !words.iter().any(is_open), "{}", words.join(", "));
    Ok(passed_with(words.join(", ")))
}

fn words(attached: &Value) -> Vec<String> {
    let steps = attached["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let word =
        |step: &Value| Some(format!("{}:{}", step["step"].as_str()?, step["state"].as_str()?));
    steps.iter().filter_map(word).collect()
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns a price as people read it.
fn price(of: &Value) -> String {
    let (cents, currency) = (of["amount"].as_i64().unwrap_or_default(), &of["currency"]);
    let currency = currency.as_str().unwrap_or_default();
    format!("{}.{:02} {currency}", cents / 100, cents % 100)
}

/// Returns the owner of the domain. The system for tests publishes it nowhere.
fn contact() -> Value {
    json!({
        "firstName": "Ada",
        "lastName": "Lovelace",
        "orgName": "Co-Vibe rehearsal",
        "address1": "1 Main St",
        "city": "Ottawa",
        "state": "ON",
        "country": "CA",
        "postalCode": "K1A 0B1",
        "phone": "+1.6135550123",
        "email": "rehearsal@example.com"
    })
}
