//! The data that `.ca` requires of a registrant, and their form in an order.

use crate::error::Complaint;

/// The legal types of a registrant, which are CIRA's categories of Canadian presence.
pub const LEGAL_TYPES: [&str; 18] = [
    "CCO", "CCT", "RES", "GOV", "EDU", "ASS", "HOP", "PRT", "TDM", "TRD", "PLT", "LAM", "TRS",
    "ABO", "INB", "LGR", "OMK", "MAJ",
];

const WANTS: &str = "must be one of CCO, CCT, RES, GOV, EDU, ASS, HOP, PRT, TDM, TRD, PLT, LAM, TRS, \
                     ABO, INB, LGR, OMK, MAJ (CCO: a corporation, CCT: a citizen, RES: a permanent \
                     resident)";

/// The statements of the buyer of a `.ca` domain, as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ca {
    /// The category of Canadian presence.
    pub cpr_category: String,
    /// The legal type.
    pub legal_type: String,
}

/// The top-level fields of an order of a `.ca` domain (OpenSRS' PHP toolkit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaFields {
    /// `legal_type`.
    pub legal_type: &'static str,
    /// `isa_trademark`: only for a registered trade mark.
    pub is_trademark: bool,
    /// True if the registrant must be a person.
    pub is_person: bool,
}

/// Returns the fields that are sent for `.ca`, or the complaints about absent and invalid values.
///
/// OpenSRS knows no category: its legal types and CIRA's categories are one list of codes. Both have to be
/// given, so that nobody buys with a type that was not meant, and have to be the same.
pub fn ca_fields(ca: Option<&Ca>) -> Result<CaFields, Vec<Complaint>> {
    let given = |text: fn(&Ca) -> &String| {
        let code = ca.map(|ca| text(ca).trim().to_ascii_uppercase()).unwrap_or_default();
        LEGAL_TYPES.into_iter().find(|known| *known == code)
    };
    let (category, legal_type) = (given(|ca| &ca.cpr_category), given(|ca| &ca.legal_type));
    let missing = |field, found: Option<_>| match found {
        None => Some(Complaint { field, wants: WANTS }),
        Some(_) => None,
    };
    match (category, legal_type) {
        (Some(category), Some(legal_type)) if category == legal_type => Ok(CaFields {
            legal_type,
            is_trademark: legal_type == "TDM",
            is_person: matches!(legal_type, "CCT" | "RES"),
        }),
        (Some(_), Some(_)) => Err(vec![Complaint {
            field: "ca.legalType",
            wants: "must be the same as `ca.cprCategory`",
        }]),
        _ => Err([missing("ca.cprCategory", category), missing("ca.legalType", legal_type)]
            .into_iter()
            .flatten()
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(category: &str, legal_type: &str) -> Result<CaFields, Vec<&'static str>> {
        let ca = Ca { cpr_category: category.to_owned(), legal_type: legal_type.to_owned() };
        ca_fields(Some(&ca)).map_err(|all| all.iter().map(|one| one.field).collect())
    }

    #[test]
    fn category_and_legal_type_are_required_and_must_match() {
        for code in LEGAL_TYPES {
            let found = fields(code, &code.to_lowercase()).unwrap();
            assert_eq!((found.legal_type, found.is_trademark), (code, code == "TDM"));
            assert!(WANTS.contains(code));
        }
        assert_eq!(fields("CCO", ""), Err(vec!["ca.legalType"]));
        assert_eq!(fields("corporation", "CCO"), Err(vec!["ca.cprCategory"]));
        assert_eq!(fields("CCO", "CCT"), Err(vec!["ca.legalType"]));
        assert_eq!(ca_fields(None).unwrap_err().len(), 2);
        assert_eq!(fields("RES", "RES").map(|found| found.is_person), Ok(true));
    }
}
