//! The DNS server: UDP and TCP on one free port of 127.0.0.1, each on a thread of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hickory_proto::op::Message;
use parking_lot::Mutex;

use super::model::Zones;
use super::zone_lookup;

/// The longest answer over UDP without EDNS, in bytes (RFC 1035).
const DATAGRAM: u16 = 512;

/// The longest message, in bytes.
const MESSAGE: usize = 65_535;

/// The maximum number of attempts to find a port that is free for both protocols.
const TRIES: usize = 20;

/// The time for which a connection may be idle.
const IDLE: Duration = Duration::from_secs(10);

/// A running DNS server. It stops when this is dropped.
pub(in crate::google) struct Responder {
    /// Its address, for UDP and TCP.
    pub(in crate::google) address: SocketAddr,
    ends: Arc<AtomicBool>,
}

impl Responder {
    /// Starts a server of these zones.
    pub(in crate::google) fn start(zones: &Arc<Mutex<Zones>>) -> io::Result<Self> {
        let (udp, tcp) = sockets()?;
        let address = tcp.local_addr()?;
        let ends = Arc::new(AtomicBool::new(false));
        let (over_udp, over_tcp) = (Arc::clone(zones), Arc::clone(zones));
        let (udp_ends, tcp_ends) = (Arc::clone(&ends), Arc::clone(&ends));
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        named("sandbox-dns").spawn(move || serve_udp(&udp, &over_udp, &udp_ends))?;
        named("sandbox-dns").spawn(move || serve_tcp(&tcp, &over_tcp, &tcp_ends))?;
        Ok(Self { address, ends })
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        // Each thread waits for one more arrival. If that fails, it has ended already.
        let woken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        drop(woken.and_then(|socket| socket.send_to(&[], self.address)));
        drop(TcpStream::connect(self.address));
    }
}

/// Returns sockets of both protocols on one port.
fn sockets() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = None;
    for _ in 0..TRIES {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        match UdpSocket::bind(tcp.local_addr()?) {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

fn serve_udp(socket: &UdpSocket, zones: &Mutex<Zones>, ends: &AtomicBool) {
    let mut buffer = vec![0; MESSAGE];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        if ends.load(Ordering::Acquire) {
            return;
        }
        let Ok(query) = Message::from_vec(buffer.get(..length).unwrap_or_default()) else {
            continue;
        };
        let most = query.edns.as_ref().map_or(DATAGRAM, |edns| edns.max_payload().max(DATAGRAM));
        let answer = zone_lookup::answer(&zones.lock(), &query);
        let Ok(mut bytes) = answer.to_vec() else { continue };
        if bytes.len() > usize::from(most) {
            let Ok(cut) = answer.truncate().to_vec() else { continue };
            bytes = cut;
        }
        // A client that has left gets nothing.
        drop(socket.send_to(&bytes, from));
    }
}

fn serve_tcp(listener: &TcpListener, zones: &Arc<Mutex<Zones>>, ends: &AtomicBool) {
    while let Ok((stream, _)) = listener.accept() {
        if ends.load(Ordering::Acquire) {
            return;
        }
        let zones = Arc::clone(zones);
        // A connection that breaks ends its thread; the client sees it.
        thread::spawn(move || drop(converse(stream, &zones)));
    }
}

/// Answers the queries of a connection, each with its length before it.
fn converse(mut stream: TcpStream, zones: &Mutex<Zones>) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let query = Message::from_vec(&message).map_err(io::Error::other)?;
        let answer =
            zone_lookup::answer(&zones.lock(), &query).to_vec().map_err(io::Error::other)?;
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat())?;
    }
}
