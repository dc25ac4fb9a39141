//! The streams that a connection runs on.

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream in both directions.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Any such stream.
pub(crate) type Io = Box<dyn Duplex>;
