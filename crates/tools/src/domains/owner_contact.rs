//! The owner of a domain.

use covibe_workspace::{Ca, Contact};
use schemars::JsonSchema;
use serde::Deserialize;

/// The owner, as the registry records it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewContact {
    /// The owner's first name.
    #[schemars(length(max = 64), example = &"Ada")]
    first_name: String,
    /// The owner's last name.
    #[schemars(length(max = 64), example = &"Lovelace")]
    last_name: String,
    /// The organisation, which is then the owner.
    #[serde(default)]
    #[schemars(length(max = 64), example = &"Analytical Engines Ltd")]
    org_name: Option<String>,
    /// Street and number.
    #[schemars(length(max = 64), example = &"1 Main St")]
    address1: String,
    /// A second line of the address.
    #[serde(default)]
    #[schemars(length(max = 64), example = &"Suite 2")]
    address2: Option<String>,
    /// A third line of the address.
    #[serde(default)]
    #[schemars(length(max = 64), example = &"Floor 3")]
    address3: Option<String>,
    /// The city.
    #[schemars(length(max = 64), example = &"Ottawa")]
    city: String,
    /// The state or province; in Canada and the USA two letters, such as `ON`.
    #[serde(default)]
    #[schemars(length(max = 32), example = &"ON")]
    state: Option<String>,
    /// The two-letter ISO 3166 country code, such as `CA`.
    #[schemars(length(min = 2, max = 2), example = &"CA")]
    country: String,
    /// The postal code, such as `K1A 0B1`.
    #[schemars(length(max = 32), example = &"K1A 0B1")]
    postal_code: String,
    /// The phone number, with country code and a dot, such as `+1.6135550123`.
    #[schemars(length(max = 32), example = &"+1.6135550123")]
    phone: String,
    /// An address the owner reads: registries verify it.
    #[schemars(length(max = 254), example = &"ada@example.com")]
    email: String,
}

impl From<NewContact> for Contact {
    fn from(new: NewContact) -> Self {
        let lines = [Some(new.address1), new.address2, new.address3];
        Self {
            first_name: new.first_name,
            last_name: new.last_name,
            org_name: new.org_name,
            address: lines.into_iter().flatten().collect(),
            city: new.city,
            state: new.state,
            country: new.country,
            postal_code: new.postal_code,
            phone: new.phone,
            email: new.email,
        }
    }
}

/// The data that a `.ca` domain requires.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewCa {
    /// CIRA's category of Canadian presence, such as `CCO`.
    #[schemars(length(max = 8), example = &"CCO")]
    cpr_category: String,
    /// The same as cprCategory.
    #[schemars(length(max = 8), example = &"CCO")]
    legal_type: String,
}

impl From<NewCa> for Ca {
    fn from(new: NewCa) -> Self {
        Self { cpr_category: new.cpr_category, legal_type: new.legal_type }
    }
}
