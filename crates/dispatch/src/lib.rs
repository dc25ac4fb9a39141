//! The way of one call, behind every surface: admit, record, run, record.

mod admission;
mod call;
mod call_execution;
mod call_recording;
mod callers;
mod companion;
mod deliveries;
mod devices;
mod dispatcher;
mod errors;
mod measurements;
mod people;
mod permits;
mod rates;
mod refused_calls;
mod repeated_reads;
mod request;
mod waiting_calls;

pub use call::{Call, Surface};
pub use call_recording::{CallCounts, Outcome, RefusalCounts, ToolCounts, UNKNOWN};
pub use callers::Credential;
pub use covibe_identity::{
    Caller, DEVICE_INTERVAL, DEVICE_LIFETIME, DeviceRequest, Identity, NewDevice, Proof,
    StartedDevice,
};
pub use covibe_workspace::{
    Activity, AuditHealth, AuditLoad, CallRate, DatabaseHealth, Delivery, DomainCounts, HOOK_KEY,
    HOOK_PATH, HookSecret, HookTrial, HookVerifier, NamedHook, OpenWork, OperationalFigures,
    PoolLoad, Progress, ProgressUpdate, Push, ReceivedBatch, Registry, SeenSession, SeenWorktree,
    Tool, UpstreamState,
};
pub use devices::{DeviceKey, PolledDevice};
pub use dispatcher::Dispatcher;
pub use measurements::Readiness;
pub use permits::{BodySender, HeldBody, RequestPermit};
pub use request::Request;
