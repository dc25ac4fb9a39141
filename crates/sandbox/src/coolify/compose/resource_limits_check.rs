//! Docker Compose's check of limits in a file: it refuses one that differs between the service and its
//! `deploy.resources` (compose-go 2.16.2, `checkConsistency`).

use super::yaml_parser::Yaml;

/// A key of a service, and the section and member of `deploy.resources` with the same meaning.
const PLACES: [(&str, &str, &str); 4] = [
    ("cpus", "limits", "cpus"),
    ("mem_limit", "limits", "memory"),
    ("pids_limit", "limits", "pids"),
    ("mem_reservation", "reservations", "memory"),
];

/// Returns whether Docker Compose accepts the limits of every service of a file.
pub(super) fn are_accepted(file: &str) -> bool {
    let root = Yaml::parse(file);
    let services = root.as_ref().and_then(|root| root.get("services"));
    services.map(Yaml::members).unwrap_or_default().iter().all(|(_, service)| is_accepted(service))
}

fn is_accepted(service: &Yaml) -> bool {
    let resources = service.get("deploy").and_then(|deploy| deploy.get("resources"));
    PLACES.iter().all(|(key, section, member)| {
        let Some(own) = service.get(key).and_then(Yaml::text).and_then(amount) else { return true };
        let section = resources.and_then(|resources| resources.get(section));
        let Some(section) = section.filter(|section| !section.is_null()) else { return true };
        let other = section.get(member).and_then(Yaml::text).and_then(amount);
        own == 0.0 || own.to_bits() == other.unwrap_or_default().to_bits()
    })
}

/// Returns whether each size of a service has a unit that Docker Compose knows; `Mi` is unknown.
pub(super) fn have_known_units(service: &Yaml) -> bool {
    const SIZES: [&str; 4] = ["mem_limit", "mem_reservation", "memswap_limit", "shm_size"];
    let resources = service.get("deploy").and_then(|deploy| deploy.get("resources"));
    let of_section = |name: &str| resources.and_then(|resources| resources.get(name));
    let sections = ["limits", "reservations"].map(of_section);
    let of = |key: &str| {
        sections
            .into_iter()
            .flatten()
            .filter_map(move |it| it.get(key))
            .filter_map(Yaml::text)
            .collect::<Vec<_>>()
    };
    let own = SIZES.iter().filter_map(|key| service.get(key)).filter_map(Yaml::text);
    let is_size = |text: &str| {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
        let unit = unit.to_ascii_lowercase();
        matches!(unit.as_str(), "" | "b")
            || "kmgtp".contains(&unit[..1]) && matches!(&unit[1..], "" | "b" | "ib")
    };
    own.chain(of("memory")).all(|text| text.contains('$') || is_size(text))
        && of("cpus").iter().all(|text| text.contains('$') || text.parse::<f64>().is_ok())
}

/// Returns a number of bytes, processes or processors.
fn amount(text: &str) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match text[number.len()..].chars().next() {
        Some('k') => 1,
        Some('m') => 2,
        Some('g') => 3,
        _ => 0,
    };
    Some(number.parse::<f64>().ok()? * 1024_f64.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_limits_that_differ_from_deploy_resources_are_refused() {
        for (service, is) in [
            ("mem_limit: 1g, pids_limit: 9", true),
            ("mem_limit: 1g, deploy: {restart_policy: {delay: 1s}}", true),
            ("mem_limit: 1g, deploy: {resources: {limits: {memory: 1024m}}}", true),
            ("mem_limit: 1g, deploy: {resources: {limits: {memory: 2g}}}", false),
            ("pids_limit: 9, deploy: {resources: {limits: {memory: 512M}}}", false),
            ("pids_limit: 9, deploy: {resources: {limits: {}}}", false),
            ("pids_limit: 9, deploy: {resources: {limits: }}", true),
            ("mem_limit: 1g, deploy: {resources: {reservations: {memory: 1m}}}", true),
            ("mem_reservation: 1g, deploy: {resources: {reservations: {cpus: '1'}}}", false),
        ] {
            let file = format!("services: {{web: {{image: x, {service}}}}}");
            assert_eq!(are_accepted(&file), is, "{service}");
        }
    }
}
