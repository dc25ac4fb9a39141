//! The common parts of all upstream clients: transport, retries, the rate budget, errors,
//! redaction, and fetching once for all who wait.
//!
//! A [`Transport`] belongs to one account on one upstream. It bounds everything: connecting, one
//! attempt, all attempts together, and the body. It repeats a request only where that can't
//! double a change, and its [`Error`] says whether a change may have happened.

mod base_url;
mod caller_failure;
mod error;
mod google;
mod http;
mod limiter;
mod log_throttle;
mod shown_message_fields;
mod single_flight;
mod test_timeouts;
mod userinfo_redaction;

pub use base_url::{ConfigError, api_base};
pub use error::{Cause, Conflict, Effect, Error, Refusal, Trouble, ignore_not_found, optional};
pub use google::{
    Credentials, GoogleAuth, GoogleSettings, InvalidOwner, KeyFile, KeyFileError, METADATA, Owner,
    classify_google,
};
pub use http::{
    Attempt, AttemptOutcome, BODY_LIMIT, Bounds, CallStatistics, Classify, DEADLINE, Identified,
    LongText, Outgoing, Request, Settings, SignedBody, Slow, Transport, UpstreamAnswer, Vet,
    client_builder,
};
pub use limiter::{
    BoxFuture, BudgetLoad, CallPermit, Exhausted, Grant, Limiter, Priority, Rate, RateBudget,
    RateLimitState, Share, WaitLimits,
};
pub use log_throttle::Throttle;
pub use shown_message_fields::Fields;
pub use single_flight::{Changing, ChangingOf, Shared, SingleFlight, SingleFlights};
pub use test_timeouts::Expiry;
pub use userinfo_redaction::without_userinfo;
