//! The id of each request, which the client may choose, and the address that it came from.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use covibe_dispatch::Request;

use super::exchange::Exchange;

/// The header with the id.
const NAME: HeaderName = HeaderName::from_static("x-request-id");

/// Passes a request on with its id, which the answer has too.
pub(crate) fn identify<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, actix_web::Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    let given = request.headers().get(&NAME).and_then(|value| value.to_str().ok());
    let exchange = request.conn_data::<Rc<Exchange>>();
    let address = exchange.map(|exchange| {
        let proxies = &exchange.table().limits().proxies;
        proxies.client(exchange.peer, request.headers()).unwrap_or(exchange.peer)
    });
    let identified = Request::new(given, address);
    let id = HeaderValue::from_str(identified.id().as_str());
    request.extensions_mut().insert(Arc::new(identified));
    let call = service.call(request);
    async move {
        let mut response = call.await?;
        if let Ok(id) = id {
            response.headers_mut().insert(NAME, id);
        }
        Ok(response)
    }
}
