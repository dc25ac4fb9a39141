//! OpenSRS (Tucows) as a registrar: the part of its XCP API for finding, buying and keeping a
//! domain.
//!
//! Every command is a POST to one address, an XML document that is signed with the reseller's key,
//! and is answered with HTTP 200; the document contains the outcome. All codes are read in one
//! place (`response_codes`). Money moves here, so an [`Error`] says whether a change may have happened, and
//! no command that changes something is ever sent twice. An order that waits is not a success: see
//! [`OrderOutcome`].
//!
//! Bodies hold personal data and passwords. They appear in no log, no error and no `Debug`.
//!
//! | module | what it contains |
//! |---|---|
//! | `xml` | the envelope: written, and read within limits, without entities and document types |
//! | `signature` | the signature over exactly the bytes that are sent |
//! | `client`, `concurrency_limit` | the account, and how many of its commands are under way |
//! | `response_codes`, `error`, `caller_failure` | the meaning of answers, and the failures that callers get |
//! | `tld` | the terms and requirements of each top-level domain |
//! | `contact`, `domain_and_order_names` | values, and their checks before anything is sent |
//! | `commands` | the commands |
//!
//! OpenSRS ends a connection after a minute or a hundred commands, so the client sends the bytes as they were
//! signed on a connection of its own. At most four commands are under way at once, and three of them may read, so
//! that a purchase does not wait for searches. The groups of shares, such as tenants, take turns: a group has at most
//! one read and two changes under way. A code that does not decide a purchase leaves it in doubt. OpenSRS
//! calls an order that the balance does not cover a success; the client calls it `Standing::Held`. Amounts are
//! whole cents with their currency.

mod caller_failure;
mod client;
mod commands;
mod concurrency_limit;
mod contact;
mod country;
mod domain_and_order_names;
mod error;
mod reply;
mod response_codes;
mod signature;
mod tld;
mod xml;

pub use client::{Client, Config, System};
pub use commands::{
    Availability, Balance, Credentials, Details, Lookup, Order, OrderLine, OrderOutcome,
    OrderStatus, Owned, Price, Purchase, Registered, Registration, Renewal, Status,
};
pub use contact::Contact;
pub use covibe_domain::Money;
pub use covibe_upstream::{
    AttemptOutcome, CallStatistics, Cause, ConfigError, Effect, Error as CallError, Expiry, Share,
};
pub use error::{Complaint, Error};
pub use response_codes::Reason;
pub use tld::{Ca, CaFields, Extra, LEGAL_TYPES, Tld, ca_fields, tld_of};
