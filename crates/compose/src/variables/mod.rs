//! Variables in the values of a compose file: `$NAME` and `${NAME…}`.

pub(crate) mod coolify_env_values;
pub(crate) mod docker_compose_interpolation;
pub(crate) mod interpolation_parts;
mod variable_error;
pub(crate) mod variable_values;

pub(crate) use variable_error::InvalidVariable;
