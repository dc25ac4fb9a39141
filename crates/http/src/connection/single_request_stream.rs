//! The stream below the HTTP library: one request at a time, and progress within bounded times.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::connection_limits::ConnectionLimits;
use super::exchange::{Exchange, Stage};
use super::framing::Framer;
use super::refused_heads::RefusedHead;

/// The number of bytes that are ignored before a connection is closed. Most clients send a whole body before they read
/// the answer, so that one whose body is several times too large gets its answer too.
pub(super) const MAX_IGNORED: usize = 8 * 1024 * 1024;

/// The number of bytes that are read at once.
const PIECE: usize = 8 * 1024;

/// The interval at which a stalled connection is checked.
const CHECK: Duration = Duration::from_secs(1);

/// The time for which a request is still answered once its client has closed the connection. Some only close the side that
/// they send by, and read a short answer.
const LEFT: Duration = Duration::from_millis(500);

/// A stream that can be closed without waiting for the client to receive the bytes that were sent.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// Makes the stream drop the bytes that wait in the system once it is closed.
    fn forget(&self);
}

impl Transport for TcpStream {
    fn forget(&self) {
        // Without it, the system keeps the bytes until the client receives them.
        let _unsupported = self.set_zero_linger();
    }
}

/// A guarded stream.
///
/// - It hands over one request, and holds the next one back until the answer is written. The HTTP
///   library would read as many as come, and keep them.
/// - It ends if the head of a request takes too long, is too long or does not say where the body ends, and if none
///   comes for long.
/// - It hands over a body as its reader takes it.
/// - It fails if the client receives nothing of an answer for long.
/// - It ends after an answer before which the request was not read to its end.
/// - It fails if the client closes the connection before the answer to a call is written, so the call is cancelled.
///   Other requests are answered to their end, unless another connection needs the place of a stranger's, or of one
///   that has not arrived to its end.
#[derive(Debug)]
pub(crate) struct Guarded<T> {
    inner: T,
    exchange: Rc<Exchange>,
    framer: Framer,
    /// Bytes after the current request.
    ahead: BytesMut,
    /// The deadline of a head, or the next check of a stalled answer.
    timer: Pin<Box<Sleep>>,
    has_begun: bool,
    stalled: Option<Instant>,
    closing: Closing,
}

/// The state of closing a stream.
#[derive(Clone, Copy, Debug)]
enum Closing {
    No,
    /// Nothing more is sent, and this many bytes were ignored.
    Ignoring(usize),
}

impl<T: Transport> Guarded<T> {
    /// Guards a new connection.
    pub(super) fn new(inner: T, exchange: Rc<Exchange>) -> Self {
        let timer = Box::pin(sleep(exchange.table().limits().head));
        Self {
            inner,
            exchange,
            framer: Framer::default(),
            ahead: BytesMut::new(),
            timer,
            has_begun: false,
            stalled: None,
            closing: Closing::No,
        }
    }

    /// Returns the state that the service needs.
    pub(super) fn exchange(&self) -> &Rc<Exchange> {
        &self.exchange
    }

    fn set_timer(&mut self, wait: Duration) {
        self.timer.as_mut().reset(Instant::now() + wait);
    }

    /// Begins with the next request.
    fn renew(&mut self) {
        self.framer = Framer::default();
        self.has_begun = false;
        self.exchange.renew();
        self.set_timer(self.exchange.table().limits().idle);
    }

    /// Returns whether the deadline of a head has passed; otherwise wakes the task then.
    fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        self.exchange.stage() == Stage::Waiting && self.timer.as_mut().poll(cx).is_ready()
    }

    /// Reads bytes of the current request, and keeps those after it.
    fn poll_request(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let head = self.framer.head();
        let most = buffer.remaining().min(PIECE);
        let read = if self.ahead.is_empty() {
            let mut piece = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut piece[..most]);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut piece))?;
            let read = self.framer.feed(piece.filled());
            let (own, ahead) = piece.filled().split_at(read);
            buffer.put_slice(own);
            self.ahead.extend_from_slice(ahead);
            read
        } else {
            let most = most.min(self.ahead.len());
            let read = self.framer.feed(&self.ahead[..most]);
            buffer.put_slice(&self.ahead[..read]);
            self.ahead.advance(read);
            read
        };
        self.exchange.handed_over(read - (self.framer.head() - head));
        if self.ahead.is_empty() {
            self.ahead = BytesMut::new();
        }
        if !self.has_begun && !self.framer.is_at_start() {
            self.has_begun = true;
            self.set_timer(self.exchange.table().limits().head);
        }
        self.exchange.set_received(self.framer.is_at_end());
        Poll::Ready(Ok(()))
    }

    /// Waits for the client to close the connection after its request, until this is answered. A piece of the next
    /// requests is kept. Bytes that a client sends beyond it stay in the system, which does not report an end behind
    /// them.
    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.exchange.has_left() {
            let room = PIECE.saturating_sub(self.ahead.len());
            if room == 0 {
                return Poll::Pending;
            }
            let mut piece = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut piece[..room]);
            let read = ready!(Pin::new(&mut self.inner).poll_read(cx, &mut piece));
            self.ahead.extend_from_slice(piece.filled());
            if read.is_err() || piece.filled().is_empty() {
                self.exchange.set_left();
                self.set_timer(LEFT);
            }
        }
        Poll::Ready(())
    }

    /// Waits for the client to close the connection; returns the error that ends a call a while later.
    fn poll_abandoned(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_left(cx));
        if !self.exchange.is_bound() {
            return Poll::Pending;
        }
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    /// Waits for the client to receive something; returns the error that ends this.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.stalled.is_none() {
            self.set_timer(ConnectionLimits::GRACE);
        }
        let since = *self.stalled.get_or_insert_with(Instant::now);
        loop {
            let is_evicted = self.exchange.place.is_evicted(cx);
            if is_evicted || since.elapsed() >= self.exchange.table().stall_limit() {
                self.inner.forget();
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            ready!(self.timer.as_mut().poll(cx));
            self.exchange.place.set_busy(false);
            self.set_timer(CHECK);
        }
    }

    /// Drops the bytes that the client did not receive of answers that were written a while ago. Otherwise the system
    /// would keep them, though the connection has lost its place.
    fn forget_unread(&self) {
        let written = self.exchange.written_at();
        if written.is_some_and(|at| at.elapsed() >= ConnectionLimits::GRACE) {
            self.inner.forget();
        }
    }

    /// Returns why the head of the request is refused, if it is.
    fn refused_head(&self) -> Option<RefusedHead> {
        let is_long = self.framer.head() > ConnectionLimits::HEAD;
        if is_long { Some(RefusedHead::TooLong) } else { self.framer.refused_head() }
    }

    /// Answers a request whose head is refused. Nothing else waits to be written then, so that the whole answer has
    /// room in the system's buffer.
    fn refuse_head(&mut self, cx: &mut Context<'_>, reason: RefusedHead) {
        let _unwritten = Pin::new(&mut self.inner).poll_write(cx, reason.answer().as_bytes());
        let _unflushed = Pin::new(&mut self.inner).poll_flush(cx);
    }

    fn progressed(&mut self) {
        if self.stalled.take().is_some() {
            self.exchange.update_busy();
        }
    }

    /// Receives and ignores the bytes that the client still sends. If the system closed the connection while bytes
    /// arrive, the client might lose the answer.
    fn poll_ignore(&mut self, cx: &mut Context<'_>, mut ignored: usize) -> Poll<()> {
        let mut scratch = [0; 8192];
        while ignored < MAX_IGNORED && !self.exchange.place.is_evicted(cx) {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.inner).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    ignored += buffer.filled().len();
                    self.closing = Closing::Ignoring(ignored);
                }
                Poll::Ready(_) => break,
                Poll::Pending => return self.timer.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }

    /// Returns whether bytes of the refused request may still arrive.
    fn may_receive_more(&self) -> bool {
        let is_idle = self.framer.is_at_start();
        let is_done = self.framer.is_at_end() && self.exchange.stage() != Stage::Waiting;
        !(is_idle || is_done) || !self.ahead.is_empty()
    }
}

impl<T: Transport> AsyncRead for Guarded<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let stage = this.exchange.stage();
        if this.exchange.place.is_evicted(cx) {
            if stage != Stage::Running {
                this.forget_unread();
                return Poll::Ready(Ok(()));
            }
            if !this.exchange.place.is_busy() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
        }
        if stage == Stage::Written {
            if this.exchange.is_last() {
                return Poll::Ready(Ok(()));
            }
            this.renew();
        }
        this.exchange.wake_when_wanted(cx.waker());
        let is_held = stage == Stage::Answered || this.exchange.is_last();
        let before = buffer.filled().len();
        if !is_held
            && !this.framer.is_at_end()
            && !this.exchange.is_ahead()
            && let Poll::Ready(read) = this.poll_request(cx, buffer)
        {
            if let Some(reason) = this.refused_head() {
                this.refuse_head(cx, reason);
                buffer.set_filled(before);
            }
            return Poll::Ready(read);
        }
        if this.framer.is_at_end()
            && matches!(stage, Stage::Waiting | Stage::Running)
            && let Poll::Ready(left) = this.poll_abandoned(cx)
        {
            return Poll::Ready(left);
        }
        // The end of the stream closes the connection without an answer.
        if this.is_overdue(cx) { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl<T: Transport> AsyncWrite for Guarded<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_write(cx, bytes) {
            Poll::Ready(written) => {
                this.progressed();
                Poll::Ready(written)
            }
            Poll::Pending => this.poll_stalled(cx).map(Err),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.inner).poll_flush(cx))?;
        this.exchange.set_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let ignored = match this.closing {
            Closing::Ignoring(ignored) => ignored,
            Closing::No => {
                ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
                this.closing = Closing::Ignoring(0);
                this.set_timer(this.exchange.table().limits().linger);
                0
            }
        };
        if this.may_receive_more() {
            ready!(this.poll_ignore(cx, ignored));
        }
        Poll::Ready(Ok(()))
    }
}
