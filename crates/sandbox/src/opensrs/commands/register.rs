//! Buying a domain.

use serde_json::{Value, json};

use super::availability_and_price::unserved;
use crate::opensrs::envelope::{Command, CommandAnswer, CommandOutcome};
use crate::opensrs::model::{Domain, OpenSrsState};
use crate::opensrs::options::TroubleKind;
use crate::opensrs::tlds_prices_and_names::{
    Ending, LEGAL_TYPES, are_known, dollars, ending_of, premium,
};

/// The members that each contact must have.
const CONTACT: [&str; 8] =
    ["first_name", "last_name", "address1", "city", "country", "postal_code", "phone", "email"];

/// The price of WHOIS privacy for a year, in cents. Prices in answers do not include it.
const PRIVACY: i64 = 300;

pub(super) fn register(
    state: &mut OpenSrsState,
    command: &Command,
    breaks_off: bool,
    trouble: Option<&TroubleKind>,
) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let ending = ending_of(&state.settings, &name).ok_or_else(unserved)?;
    let years = term(command, ending)?;
    check_account(command)?;
    check_contacts(command, &name)?;
    if command.is_on("f_whois_privacy") && !ending.has_privacy {
        return Err(CommandAnswer::code(465, "WHOIS privacy is not available"));
    }
    if state.domains.contains_key(&name) {
        return Err(CommandAnswer::code(485, "Domain taken"));
    }
    if state.is_in_process(&name) {
        return Err(CommandAnswer::code(486, "Domain already exists in processing state"));
    }
    if premium(&state.settings, &name).is_some() && !state.settings.sells_premium {
        return Err(CommandAnswer::code(485, "Domain taken"));
    }
    let mut cost = cost(state, command, &name, ending, years)?;
    if command.is_on("f_whois_privacy") {
        cost += PRIVACY * i64::from(years);
    }
    let domain = domain(state, command, years)?;
    if !are_known(&state.settings, &domain.nameservers) {
        state.place(&name, "declined", cost, domain);
        return Err(CommandAnswer::code(435, "Nameserver validation failed at the registry"));
    }
    let trouble = if breaks_off { Some(&TroubleKind::Waits) } else { trouble };
    Ok(place_order(state, command, (&name, cost, domain), trouble))
}

fn place_order(
    state: &mut OpenSrsState,
    command: &Command,
    (name, cost, domain): (&str, i64, Domain),
    trouble: Option<&TroubleKind>,
) -> CommandAnswer {
    let is_saved = command.text("handle") == Some("save");
    if is_saved || state.available_balance() < cost || trouble == Some(&TroubleKind::Held) {
        let id = state.place(name, "pending", cost, domain);
        let attributes = json!({ "id": id, "registration_code": 200, "forced_pending": id });
        return CommandAnswer {
            text: "Registration successful".to_owned(),
            ..CommandAnswer::ok(attributes)
        };
    }
    let waiting = match trouble {
        Some(TroubleKind::Waits) => Some("waiting"),
        Some(TroubleKind::OwnerApproval) => Some("ca_owner_approval"),
        _ => None,
    };
    if let Some(status) = waiting {
        let id = state.place(name, status, cost, domain);
        let attributes = json!({ "id": id, "registration_code": 250, "async_reason": "Waiting for the registry" });
        return CommandAnswer { attributes, ..CommandAnswer::code(250, "Order accepted") };
    }
    let id = state.place(name, "completed", cost, domain);
    state.complete(id);
    let text = "Domain registration successfully completed";
    CommandAnswer::ok(json!({ "id": id, "registration_code": 200, "registration_text": text }))
}

/// Returns the term: two years if the command has none.
fn term(command: &Command, ending: Ending) -> Result<u8, CommandAnswer> {
    let years = command.text("period").unwrap_or("2").parse().unwrap_or(0);
    let fits = (ending.min_years..=10).contains(&years);
    if fits { Ok(years) } else { Err(CommandAnswer::code(465, "Invalid period")) }
}

fn check_account(command: &Command) -> Result<(), CommandAnswer> {
    let (name, password) = (command.required("reg_username")?, command.required("reg_password")?);
    command.required("custom_nameservers")?;
    command.required("custom_tech_contact")?;
    let signs = b"!@$^,.~|=-+_{}#";
    let is_name = (3..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_password = (10..=20).contains(&password.len())
        && password.bytes().all(|b| b.is_ascii_alphanumeric() || signs.contains(&b));
    let is_new = command.required("reg_type")? == "new";
    if is_name && is_password && is_new {
        Ok(())
    } else {
        Err(CommandAnswer::code(465, "Invalid data"))
    }
}

fn check_contacts(command: &Command, name: &str) -> Result<(), CommandAnswer> {
    let is_canadian = name.rsplit('.').next() == Some("ca");
    for role in ["owner", "admin", "billing", "tech"] {
        let contact = &command.attributes.get("contact_set").map_or(&Value::Null, |all| &all[role]);
        let text = |field: &str| contact[field].as_str().unwrap_or_default();
        if CONTACT.iter().any(|field| text(field).is_empty()) {
            return Err(CommandAnswer::code(460, "A contact is incomplete"));
        }
        if is_canadian && text("country") == "CA" && text("state").len() != 2 {
            return Err(CommandAnswer::code(465, "Invalid state"));
        }
        if !text("phone").starts_with('+') || !text("phone").contains('.') {
            return Err(CommandAnswer::code(470, "Invalid phone"));
        }
    }
    if is_canadian {
        command.required("isa_trademark")?;
        let legal_type = command.required("legal_type")?;
        if !LEGAL_TYPES.split(' ').any(|known| known == legal_type) {
            return Err(CommandAnswer::code(465, "Invalid legal_type"));
        }
    }
    Ok(())
}

/// Returns the price in cents. For a premium domain, the command has to contain it, too.
fn cost(
    state: &OpenSrsState,
    command: &Command,
    name: &str,
    ending: Ending,
    years: u8,
) -> Result<i64, CommandAnswer> {
    let years = i64::from(years);
    let Some(special) = premium(&state.settings, name) else { return Ok(ending.price * years) };
    let cost = special * years;
    if command.text("premium_price_to_verify") == Some(&dollars(cost)) {
        return Ok(cost);
    }
    Err(CommandAnswer::code(465, "The premium price does not match"))
}

/// Returns the domain that an order registers. Lock and renewal are on unless the command turns them off.
fn domain(state: &OpenSrsState, command: &Command, years: u8) -> Result<Domain, CommandAnswer> {
    let list = command.attributes.get("nameserver_list").and_then(Value::as_array);
    let hosts: Vec<String> = if command.is_on("custom_nameservers") {
        let list = list.ok_or_else(|| CommandAnswer::code(460, "nameserver_list is required"))?;
        list.iter().filter_map(|item| Some(item["name"].as_str()?.to_owned())).collect()
    } else {
        vec!["ns1.systemdns.com".to_owned(), "ns2.systemdns.com".to_owned()]
    };
    if hosts.len() < 2 {
        return Err(CommandAnswer::code(465, "At least two nameservers are required"));
    }
    Ok(Domain {
        is_locked: command.text("f_lock_domain") != Some("0"),
        has_privacy: command.is_on("f_whois_privacy"),
        auto_renew: command.text("auto_renew") != Some("0"),
        ..state.domain(years, hosts)
    })
}
