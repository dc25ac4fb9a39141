//! Setting up a device (the shape of RFC 8628): its companion shows a short code, a person who is signed in approves it,
//! and the companion gets a key for each agent, once.
//!
//! Until somebody has decided, a row of `device_grants` belongs to no tenant and is reached by its codes alone; the
//! decision makes it the tenant's own. The keys are minted in the transaction that consumes it.

mod device_approval;
mod key_delivery;
mod setup_request;
mod user_code;

pub use device_approval::{DeviceRequest, device_person};
pub use key_delivery::{ApprovedDevice, DeliveredDevice, DevicePoll};
pub use setup_request::{DEVICE_INTERVAL, DEVICE_LIFETIME, NewDevice, StartedDevice};
