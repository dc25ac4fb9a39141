//! The bare handler that `cargo xtask bench` measures the server against: the same bytes for every request.
//!
//! `bare --bind 127.0.0.1:0 FILE` prints the address it listens on and answers each request with
//! FILE's bytes as JSON. Workers and `TCP_NODELAY` are the server's.
#![expect(clippy::print_stdout, reason = "the address on stdout is the example's interface")]

use std::io::{Error, Result};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flag, bind, file] = arguments.as_slice() else { return Err(usage()) };
    if flag != "--bind" {
        return Err(usage());
    }
    let body = Bytes::from(std::fs::read(file)?);
    let app =
        move || App::new().app_data(web::Data::new(body.clone())).default_service(web::to(answer));
    let server = HttpServer::new(app).tcp_nodelay(true).bind(bind)?;
    for address in server.addrs() {
        println!("{address}");
    }
    server.run().await
}

/// Reads the whole request, as the server has to.
async fn answer(body: web::Data<Bytes>, _request: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(Bytes::clone(&body))
}

fn usage() -> Error {
    Error::other("usage: bare --bind ADDRESS FILE")
}
