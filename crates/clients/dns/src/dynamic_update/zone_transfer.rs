//! A whole zone, by AXFR (RFC 5936).

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use covibe_upstream::{Cause, Effect, Error};
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Record, RecordType};

use super::client::UpdateServer;
use super::record_conversion;
use super::tsig_exchange::exchange;
use crate::dns_name::DnsName;
use crate::record_set::RecordSet;

/// The maximum number of records of a zone.
const RECORDS: usize = 50_000;

/// The types that a server adds by itself when it signs its zones.
const SIGNED: [&str; 9] =
    ["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE63", "TYPE65534"];

/// A record set with its records as they arrived.
#[derive(Clone, Debug)]
pub(super) struct CurrentSet {
    pub(super) set: RecordSet,
    pub(super) records: Vec<Record>,
}

/// Returns every set of a zone but those that sign it.
pub(super) async fn transfer(
    client: &UpdateServer,
    domain: &DnsName,
) -> Result<Vec<CurrentSet>, Error> {
    let mut arrived = Arrived::default();
    exchange(client, "AXFR", request(domain)?, |answer| arrived.add_answer(answer)).await?;
    arrived.finish(domain).map_err(error)
}

/// Returns the request for a zone.
pub(super) fn request(domain: &DnsName) -> Result<Message, Error> {
    let mut message = Message::query();
    message.metadata.recursion_desired = false;
    message
        .add_query(Query::query(record_conversion::name(domain).map_err(error)?, RecordType::AXFR));
    Ok(message)
}

fn error(cause: Cause) -> Error {
    UpdateServer::error("AXFR", cause, Effect::None)
}

/// The records that have arrived: the zone's SOA, the others, and the SOA again.
#[derive(Default)]
struct Arrived {
    records: Vec<Record>,
    soas: usize,
}

impl Arrived {
    fn add_answer(&mut self, answer: Message) -> ControlFlow<()> {
        let is_soa = |one: &&Record| one.record_type() == RecordType::SOA;
        self.soas += answer.answers.iter().filter(is_soa).count();
        self.records.extend(answer.answers);
        let is_end = self.soas >= 2 || self.records.is_empty() || self.records.len() > RECORDS;
        if is_end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn finish(mut self, domain: &DnsName) -> Result<Vec<CurrentSet>, Cause> {
        if self.records.len() > RECORDS {
            return Err(Cause::TooLarge);
        }
        let last = self.records.pop().ok_or(Cause::Malformed)?;
        let is_whole = last.record_type() == RecordType::SOA
            && self.records.first().is_some_and(|first| first.data == last.data);
        group_records(domain, self.records).filter(|_| is_whole).ok_or(Cause::Malformed)
    }
}

fn group_records(domain: &DnsName, records: Vec<Record>) -> Option<Vec<CurrentSet>> {
    let mut sets = BTreeMap::<_, CurrentSet>::new();
    for record in records {
        let kind = record_conversion::kind(record.record_type())?;
        if SIGNED.contains(&kind.as_str()) {
            continue;
        }
        let name = DnsName::parse(&record.name.to_ascii()).ok()?;
        if !name.is_within(domain) {
            return None;
        }
        let empty = || {
            let (name, kind, ttl) = (name.clone(), kind.clone(), record.ttl);
            CurrentSet { set: RecordSet { name, kind, ttl, data: Vec::new() }, records: Vec::new() }
        };
        let current = sets.entry((name.clone(), kind.clone())).or_insert_with(empty);
        current.set.data.push(record_conversion::text(&record.data));
        current.records.push(record);
    }
    Some(sets.into_values().collect())
}
