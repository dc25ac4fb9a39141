//! Answers of DNS from the zones (RFC 1034, 4.3.2).

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{Name, Record};

use super::model::{Rrset, Zone, Zones};
use super::record_set_rules;

/// The maximum number of aliases that are followed.
const ALIASES: usize = 8;

/// Returns the answer to a query, with the records of the zone that contains the name.
pub(super) fn answer(zones: &Zones, query: &Message) -> Message {
    let mut answer = Message::new(query.id, MessageType::Response, query.op_code);
    answer.metadata.recursion_desired = query.recursion_desired;
    answer.add_queries(query.queries.iter().cloned());
    let [question] = query.queries.as_slice() else {
        answer.metadata.response_code = ResponseCode::FormErr;
        return answer;
    };
    if query.op_code != OpCode::Query {
        answer.metadata.response_code = ResponseCode::NotImp;
        return answer;
    }
    let name = dotted(&question.name);
    let Some(zone) = zone_of(zones, &name) else {
        answer.metadata.response_code = ResponseCode::Refused;
        return answer;
    };
    answer.metadata.authoritative = true;
    fill(&mut answer, zone, name, &question.query_type.to_string());
    answer
}

fn dotted(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    if text.ends_with('.') { text } else { format!("{text}.") }
}

/// Returns the zone with the longest domain that a name is in.
fn zone_of<'a>(zones: &'a Zones, name: &str) -> Option<&'a Zone> {
    let contains = |zone: &&Zone| {
        let above = name.strip_suffix(&zone.dns_name);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    };
    let all = zones.zones.iter().filter(|zone| zone.visibility == "public");
    all.filter(contains).max_by_key(|zone| zone.dns_name.len())
}

fn fill(answer: &mut Message, zone: &Zone, mut name: String, kind: &str) {
    for _ in 0..ALIASES {
        let at = at(zone, &name);
        let direct = at.iter().find(|set| set.kind == kind);
        let alias = at.iter().find(|set| set.kind == "CNAME");
        if let Some(set) = direct.or(alias) {
            answer.add_answers(records(&name, set));
        }
        match (direct, alias) {
            (None, Some(alias)) => name = alias.rrdatas.first().cloned().unwrap_or_default(),
            (Some(_), _) => return,
            (None, None) => break,
        }
    }
    if answer.answers.is_empty() {
        if !exists(zone, &name) {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        let soa = zone.sets.iter().find(|set| set.kind == "SOA");
        answer.add_authorities(soa.into_iter().flat_map(|soa| records(&zone.dns_name, soa)));
    }
}

/// Returns the sets at a name, or at the wildcard that covers it.
fn at<'a>(zone: &'a Zone, name: &str) -> Vec<&'a Rrset> {
    let named = |name: &str| zone.sets.iter().filter(|set| set.name == name).collect::<Vec<_>>();
    if is_there(zone, name) {
        return named(name);
    }
    let mut rest = name;
    while let Some((_, above)) = rest.split_once('.').filter(|(_, above)| !above.is_empty()) {
        let wildcard = named(&format!("*.{above}"));
        if !wildcard.is_empty() || is_there(zone, above) {
            return wildcard;
        }
        rest = above;
    }
    Vec::new()
}

/// Returns whether a name, or one below it, has sets.
fn is_there(zone: &Zone, name: &str) -> bool {
    let below = format!(".{name}");
    zone.sets.iter().any(|set| set.name == name || set.name.ends_with(&below))
}

fn exists(zone: &Zone, name: &str) -> bool {
    is_there(zone, name) || !at(zone, name).is_empty()
}

fn records(name: &str, set: &Rrset) -> Vec<Record> {
    let Ok(name) = Name::from_ascii(name) else { return Vec::new() };
    let data = set.rrdatas.iter().filter_map(|data| record_set_rules::parse(&set.kind, data));
    data.map(|data| Record::from_rdata(name.clone(), set.ttl, data)).collect()
}
