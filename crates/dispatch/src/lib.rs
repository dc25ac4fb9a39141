//! The way of one call, behind every surface: admit, record, run, record.

mod admission;
mod call;
mod call_errors;
mod call_execution;
mod call_recording;
mod callers;
mod companion_activity;
mod device_setup;
mod dispatcher;
mod measurements;
mod people;
mod permits;
mod rate_limits;
mod refused_calls;
mod repeated_reads;
mod request_origin;
mod waiting_calls;
mod webhook_deliveries;

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
pub use device_setup::{DeviceKey, PolledDevice};
pub use dispatcher::Dispatcher;
pub use measurements::Readiness;
pub use permits::{BodySender, HeldBody, PersonPermit, RequestPermit};
pub use request_origin::Request;
