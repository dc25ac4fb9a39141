//! Servers whose answers are signed wrongly, or say that the request was.

use std::net::SocketAddr;

use covibe_dns::{Cause, Effect, Error, Owner, Provider as _, UpdateServer};
use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::tsig::{TsigAlgorithm, TsigError};
use hickory_proto::rr::{Name, TSigResponseContext, TSigner};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::knot::config;
use crate::simulated_google_cloud::name;

/// A server that answers one request with the result of `answer`.
async fn serve(answer: fn(&Message) -> Message) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; stream.read_u16().await.unwrap().into()];
        stream.read_exact(&mut request).await.unwrap();
        let answer = answer(&Message::from_vec(&request).unwrap()).to_vec().unwrap();
        stream.write_u16(answer.len().try_into().unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    });
    address
}

/// Signs an answer with the key's real secret.
fn sign_answer(
    request: &Message,
    mut answer: Message,
    at: i64,
    error: Option<TsigError>,
) -> Message {
    let secret = b"01234567890123456789012345678901".to_vec();
    let name = Name::from_ascii("covibe.").unwrap();
    let signer = TSigner::new(secret, TsigAlgorithm::HmacSha256, name, 300).unwrap();
    let request = &request.signature.as_ref().unwrap().data;
    let time = request.time.checked_add_signed(at).unwrap();
    let mac = request.mac.clone();
    let context = TSigResponseContext::new(answer.id, time, signer, mac, error);
    let signature = context.sign(&answer.to_vec().unwrap()).unwrap();
    answer.set_signature(signature);
    answer
}

fn answer(request: &Message, code: ResponseCode) -> Message {
    let mut answer = Message::response(request.id, OpCode::Query);
    answer.metadata.response_code = code;
    answer
}

async fn cause(answer: fn(&Message) -> Message) -> Cause {
    let client = UpdateServer::new(config(serve(answer).await)).unwrap();
    let owner = Owner::new("ws_1").unwrap();
    let Error { cause, effect, .. } = client.zone(&name("example.ca"), &owner).await.unwrap_err();
    assert_eq!(effect, Effect::None);
    cause
}

#[tokio::test]
async fn clock_differences_and_server_failures_are_reported_as_operator_trouble() {
    let told = |cause| match cause {
        Cause::Operator(trouble) => trouble.what,
        other => panic!("{other:?}"),
    };
    let bad_time = |request: &Message| {
        sign_answer(request, answer(request, ResponseCode::NotAuth), 0, Some(TsigError::BadTime))
    };
    assert!(told(cause(bad_time).await).contains("clock"));
    let failed =
        |request: &Message| sign_answer(request, answer(request, ResponseCode::ServFail), 0, None);
    assert!(told(cause(failed).await).contains("failed to answer"));
}

#[tokio::test]
async fn an_answer_without_a_valid_signature_is_rejected() {
    let none = |request: &Message| answer(request, ResponseCode::NoError);
    assert_eq!(cause(none).await, Cause::Mistaken);
    let old = |request: &Message| {
        sign_answer(request, answer(request, ResponseCode::NoError), -400, None)
    };
    assert_eq!(cause(old).await, Cause::Mistaken);
    let other = |request: &Message| {
        let mut answer = answer(request, ResponseCode::NoError);
        answer.metadata.id = request.id.wrapping_add(1);
        sign_answer(request, answer, 0, None)
    };
    assert_eq!(cause(other).await, Cause::Mistaken);
    // Signed, but no zone.
    let empty =
        |request: &Message| sign_answer(request, answer(request, ResponseCode::NoError), 0, None);
    assert_eq!(cause(empty).await, Cause::Malformed);
}
