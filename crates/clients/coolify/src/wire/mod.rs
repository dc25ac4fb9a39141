//! Reading Coolify's answers: members, lists, and refusals.

mod error_sentences;
mod fields;
mod listing;
pub(crate) mod operator_errors;
mod refusal;

pub(crate) use error_sentences::Sentence;
pub(crate) use fields::{Created, flag, hosts, lenient, moment, name, number, text, urls};
pub(crate) use listing::{Listing, list};
pub(crate) use refusal::classify;
