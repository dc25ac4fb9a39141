//! Domains: their registration, and what happened to them.

use super::words;

words! {
    /// How far the registration of a domain is.
    RegistrationState {
        /// It is being ordered, or was ordered with an outcome that is not known yet.
        Registering = "registering",
        /// It is ordered, and the registry or the owner has still to confirm it.
        Pending = "pending",
        /// It is ordered, and the registrar holds the order back.
        Held = "held",
        /// The workspace has it.
        Registered = "registered",
        /// It was not bought.
        Failed = "failed",
        /// The workspace had it until its term ended.
        Expired = "expired",
    }
}

words! {
    /// What happened to a domain.
    DomainEventKind {
        /// An order is about to be sent.
        RegisterAttempt = "register.attempt",
        /// The registrar did not say what became of the order.
        RegisterUnknown = "register.unknown",
        /// The registrar has the order, and it waits.
        RegisterPending = "register.pending",
        /// The domain is registered.
        RegisterSuccess = "register.success",
        /// Nothing was bought.
        RegisterFailed = "register.failed",
        /// Its term got longer.
        RegisterRenewed = "register.renewed",
        /// The registrar's account does not have it any more.
        RegisterExpired = "register.expired",
        /// It is about to be attached.
        AttachAttempt = "attach.attempt",
        /// It has a zone at its provider of DNS.
        AttachZone = "attach.zone",
        /// Records of its zone changed.
        AttachRecords = "attach.records",
        /// The registrar's lock is about to be removed for a change.
        AttachUnlock = "attach.unlock",
        /// The registrar names the zone's name servers.
        AttachNameservers = "attach.nameservers",
        /// The registrar's lock is set.
        AttachLock = "attach.lock",
        /// It is attached.
        AttachSuccess = "attach.success",
        /// A step of attaching it failed.
        AttachFailed = "attach.failed",
        /// Its zone was removed: the account had lost it, or the operator decided so.
        ZoneRemoved = "zone.removed",
    }
}

words! {
    /// A step of attaching a domain.
    AttachStep {
        /// Its zone.
        Zone = "zone",
        /// The records of its hosts.
        Records = "records",
        /// The name servers that the registrar names.
        Nameservers = "nameservers",
        /// The domains of the app.
        App = "app",
        /// The registrar's lock.
        Lock = "lock",
    }
}

words! {
    /// What became of a step.
    AttachState {
        /// It was done.
        Changed = "changed",
        /// It had been done before.
        Unchanged = "unchanged",
        /// It was requested, and is not seen yet.
        Later = "later",
        /// There was nothing to do.
        Skipped = "skipped",
        /// It failed.
        Failed = "failed",
    }
}

words! {
    /// A provider of authoritative DNS.
    DnsProvider {
        /// Google Cloud DNS.
        CloudDns = "cloud_dns",
        /// A server that takes dynamic updates.
        Rfc2136 = "rfc2136",
    }
}
