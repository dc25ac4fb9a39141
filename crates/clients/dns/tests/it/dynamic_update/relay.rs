//! A relay before a server, which loses, holds and forges messages.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, OpCode, ResponseCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The relay's treatment of an update, once.
pub(super) enum Act {
    /// It waits until it is let through.
    Hold(Arc<Hold>),
    /// It does not arrive.
    LoseUpdate,
    /// Its answer does not arrive.
    LoseAnswer,
    /// It does not arrive, and somebody else answers with this code.
    Forge(ResponseCode),
    /// A bit of its answer is changed.
    Tamper,
}

/// An update that waits.
pub(super) struct Hold {
    pub(super) arrived: Semaphore,
    pub(super) released: Semaphore,
}

impl Hold {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { arrived: Semaphore::new(0), released: Semaphore::new(0) })
    }
}

/// A running relay.
pub(super) struct Relay {
    pub(super) address: SocketAddr,
    server: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    acts: VecDeque<Act>,
    updates: Vec<Vec<u8>>,
}

impl Relay {
    /// Starts a relay that does this to the first updates.
    pub(super) async fn start(server: SocketAddr, acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acts = acts.into_iter().collect();
        let state = Arc::new(Mutex::new(State { acts, updates: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(stream, server, Arc::clone(&shared)));
            }
        });
        Self { address, server, state }
    }

    /// Returns the number of updates that came by.
    pub(super) fn updates(&self) -> usize {
        self.state.lock().unwrap().updates.len()
    }

    /// Sends the first update once more, with its signature; returns the answer's code.
    pub(super) async fn replay(&self) -> ResponseCode {
        let first = self.state.lock().unwrap().updates[0].clone();
        let mut server = TcpStream::connect(self.server).await.unwrap();
        send(&mut server, &first).await;
        Message::from_vec(&receive(&mut server).await.unwrap()).unwrap().response_code
    }
}

/// Passes a message and its answer on.
async fn pass(mut client: TcpStream, server: SocketAddr, state: Arc<Mutex<State>>) {
    let Some(request) = receive(&mut client).await else { return };
    let message = Message::from_vec(&request).unwrap();
    let act = if message.op_code == OpCode::Update {
        let mut state = state.lock().unwrap();
        state.updates.push(request.clone());
        state.acts.pop_front()
    } else {
        None
    };
    match &act {
        Some(Act::Hold(hold)) => {
            hold.arrived.add_permits(1);
            hold.released.acquire().await.unwrap().forget();
        }
        Some(Act::LoseUpdate) => return,
        Some(Act::Forge(code)) => {
            let mut answer = Message::response(message.id, OpCode::Update);
            answer.metadata.response_code = *code;
            return send(&mut client, &answer.to_vec().unwrap()).await;
        }
        _ => {}
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    send(&mut server, &request).await;
    while let Some(mut answer) = receive(&mut server).await {
        match &act {
            Some(Act::LoseAnswer) => return,
            Some(Act::Tamper) => answer[3] ^= 1,
            _ => {}
        }
        send(&mut client, &answer).await;
        if act.is_some() || message.op_code == OpCode::Update {
            return;
        }
    }
}

async fn send(stream: &mut TcpStream, message: &[u8]) {
    // A client that is done hangs up, and needs nothing more.
    let _ = stream.write_u16(message.len().try_into().unwrap()).await;
    let _ = stream.write_all(message).await;
}

async fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await.ok()?;
    Some(message)
}
