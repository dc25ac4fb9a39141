//! Updates: their prerequisites, and the changes if those are met (RFC 2136, 2.4 and 2.5).

use covibe_upstream::Cause;
use hickory_proto::op::{Message, OpCode, Query};
use hickory_proto::rr::{DNSClass, Record, RecordType};

use super::record_conversion;
use super::zone_transfer::CurrentSet;
use crate::dns_name::DnsName;
use crate::record_set::{RecordKind, RecordSet};

/// An update of a zone that is being built.
pub(super) struct Update {
    message: Message,
    removals: Vec<Record>,
    additions: Vec<Record>,
}

impl Update {
    /// Begins an update of a zone.
    pub(super) fn for_zone(domain: &DnsName) -> Result<Self, Cause> {
        let mut message = Message::query();
        message.metadata.op_code = OpCode::Update;
        message.metadata.recursion_desired = false;
        message.add_query(Query::query(record_conversion::name(domain)?, RecordType::SOA));
        Ok(Self { message, removals: Vec::new(), additions: Vec::new() })
    }

    /// Requires that a set has exactly these records.
    pub(super) fn requires(&mut self, records: &[Record]) {
        for record in records {
            let mut record = record.clone();
            record.ttl = 0;
            self.message.add_answer(record);
        }
    }

    /// Requires that there is no set of this name and type.
    pub(super) fn requires_none(&mut self, name: &DnsName, kind: &RecordKind) -> Result<(), Cause> {
        self.message.add_answer(record_without_data(
            name,
            record_conversion::record_type(kind)?,
            DNSClass::NONE,
        )?);
        Ok(())
    }

    /// Requires that there is no set of this name.
    pub(super) fn requires_unused(&mut self, name: &DnsName) -> Result<(), Cause> {
        self.message.add_answer(record_without_data(name, RecordType::ANY, DNSClass::NONE)?);
        Ok(())
    }

    /// Removes a set, if it is still exactly this.
    pub(super) fn removes(&mut self, current: &CurrentSet) -> Result<(), Cause> {
        self.requires(&current.records);
        let kind = record_conversion::record_type(&current.set.kind)?;
        self.removals.push(record_without_data(&current.set.name, kind, DNSClass::ANY)?);
        Ok(())
    }

    /// Adds a set.
    pub(super) fn adds(&mut self, set: &RecordSet) -> Result<(), Cause> {
        self.additions.extend(record_conversion::records(set)?);
        Ok(())
    }

    /// Returns whether nothing is changed.
    pub(super) fn is_empty(&self) -> bool {
        self.removals.is_empty() && self.additions.is_empty()
    }

    /// Returns the message. The server goes through it in order, and leaves out records that
    /// conflict with those present at that point, such as an address beside an alias: so removals
    /// come first.
    pub(super) fn finish(mut self) -> Message {
        self.message.add_authorities(self.removals);
        self.message.add_authorities(self.additions);
        self.message
    }
}

/// Returns a record without data.
fn record_without_data(name: &DnsName, kind: RecordType, class: DNSClass) -> Result<Record, Cause> {
    let mut record = Record::update0(record_conversion::name(name)?, 0, kind);
    record.dns_class = class;
    Ok(record)
}
