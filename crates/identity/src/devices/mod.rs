//! Setting up a device (the shape of RFC 8628): its companion shows a short code, a person who is signed in approves it,
//! and the companion gets a key for each agent, once.
//!
//! Until somebody has decided, a row of `device_grants` belongs to no tenant and is reached by its codes alone; the
//! decision makes it the tenant's own. The keys are minted in the transaction that consumes it.

mod code;
mod decision;
mod key_delivery;
mod setup_request;

pub use decision::{DeviceRequest, device_person};
pub use key_delivery::{ApprovedDevice, DeliveredDevice, DevicePoll};
pub use setup_request::{DEVICE_INTERVAL, DEVICE_LIFETIME, NewDevice, StartedDevice};
