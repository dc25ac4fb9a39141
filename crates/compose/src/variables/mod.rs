//! Variables in the values of a compose file: `$NAME` and `${NAME…}`.

pub(crate) mod interpolation;
pub(crate) mod stored;
