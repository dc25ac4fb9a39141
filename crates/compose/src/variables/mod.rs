//! Variables in the values of a compose file: `$NAME` and `${NAME…}`.

pub(crate) mod coolify;
mod error;
pub(crate) mod interpolation;
pub(crate) mod parts;
pub(crate) mod values;

pub(crate) use error::InvalidVariable;
