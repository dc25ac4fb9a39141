//! Records between our form, which is that of zone files, and the library's.

use covibe_upstream::Cause;
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::dns_name::DnsName;
use crate::record_set::{RecordKind, RecordSet, read_quoted_strings, strings};

/// The prefix of the name of a type without one; its number follows (RFC 3597).
const NUMBERED: &str = "TYPE";

/// Returns a name in the library's form.
pub(super) fn name(name: &DnsName) -> Result<Name, Cause> {
    Name::from_ascii(name.dotted()).map_err(|_| Cause::Malformed)
}

/// Returns a type in our form.
pub(super) fn kind(kind: RecordType) -> Option<RecordKind> {
    match kind {
        RecordType::Unknown(number) => RecordKind::parse(&format!("{NUMBERED}{number}")),
        known => RecordKind::parse(&known.to_string()),
    }
}

/// Returns a type in the library's form.
pub(super) fn record_type(kind: &RecordKind) -> Result<RecordType, Cause> {
    let number = kind.as_str().strip_prefix(NUMBERED).and_then(|number| number.parse::<u16>().ok());
    match number {
        Some(number) => Ok(number.into()),
        None => kind.as_str().parse().map_err(|_| Cause::Malformed),
    }
}

/// Returns a record's data in our form. Types that this client does not write may contain decoded
/// IDNs.
pub(super) fn text(data: &RData) -> String {
    match data {
        RData::TXT(text) => strings(text.txt_data.iter().map(AsRef::as_ref)),
        RData::CNAME(target) => target.to_ascii(),
        RData::NS(server) => server.to_ascii(),
        RData::MX(mx) => format!("{} {}", mx.preference, mx.exchange.to_ascii()),
        RData::Unknown { rdata, .. } => {
            format!("\\# {} {}", rdata.anything.len(), hex::encode(&rdata.anything))
        }
        other => other.to_string(),
    }
}

/// Returns the records of a set that is to be written.
pub(super) fn records(set: &RecordSet) -> Result<Vec<Record>, Cause> {
    let owner = name(&set.name)?;
    let record = |text: &String| Ok(Record::from_rdata(owner.clone(), set.ttl, data(set, text)?));
    set.data.iter().map(record).collect()
}

fn data(set: &RecordSet, text: &str) -> Result<RData, Cause> {
    if set.kind != RecordKind::Txt {
        let kind = record_type(&set.kind)?;
        return RData::try_from_str(kind, text).map_err(|_| Cause::Malformed);
    }
    let strings = read_quoted_strings(text).ok_or(Cause::Malformed)?;
    let strings = strings.iter().map(Vec::as_slice).collect();
    Ok(RData::TXT(TXT::from_bytes(strings)))
}
