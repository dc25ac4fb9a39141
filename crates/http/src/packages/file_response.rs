//! A file as an answer, read piece by piece.

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, EntityTag};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use covibe_domain::{Failure, Kind};
use futures_util::stream::{self, Stream};
use tokio::task::spawn_blocking;

use super::download_permits::{SendPermit, SendPermits};
use super::package_folder::Folder;
use super::package_record::Tarball;
use super::regular_files;
use crate::connection::Streamed;
use crate::request_intake::identified;
use crate::responses;

/// The size of a piece, in bytes.
const PIECE: usize = 64 * 1024;

/// The longest time for a file: a client that receives slowly would otherwise keep its place from others for ever.
const LIMIT: Duration = Duration::from_mins(10);

/// The time that caches keep a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cached {
    /// The same address has other content later.
    Checked,
    /// The address has one content for ever.
    ForEver,
}

impl Cached {
    const fn header(self) -> &'static str {
        match self {
            Self::Checked => "no-cache",
            Self::ForEver => "public, max-age=31536000, immutable",
        }
    }
}

/// Answers with a tarball of the folder; without it to a client that has it, and to a `HEAD`.
pub(super) async fn tarball(
    request: &HttpRequest,
    (folder, places): (&Arc<Folder>, &SendPermits),
    (name, tarball): (String, &Tarball),
    cached: Cached,
) -> Result<HttpResponse, Failure> {
    let tag = EntityTag::new_strong(tarball.sha256.clone());
    if responses::is_known(request, &tag) {
        let headers = ((CACHE_CONTROL, cached.header()), (ETAG, tag.to_string()));
        return Ok(HttpResponse::NotModified()
            .insert_header(headers.0)
            .insert_header(headers.1)
            .finish());
    }
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/gzip")
        .insert_header((CACHE_CONTROL, cached.header()))
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename={name}")));
    let size = tarball.size;
    if request.method() == Method::HEAD {
        let nothing = stream::empty::<io::Result<Bytes>>();
        return Ok(mark_streamed(response.body(SizedStream::new(size, nothing))));
    }
    let place = places.take(identified(request).address())?;
    let path = folder.file(&name);
    let opened = spawn_blocking(move || regular_files::open(&path)).await;
    let (file, found) =
        opened.map_err(io::Error::other).flatten().map_err(|_| replaced_package())?;
    if found != size {
        return Err(replaced_package());
    }
    let ends = Instant::now() + LIMIT;
    let sent = SentFile { file, left: size, ends, _place: place };
    Ok(mark_streamed(response.body(SizedStream::new(size, pieces(sent)))))
}

/// Says that only one piece of the answer is in memory.
fn mark_streamed(mut response: HttpResponse) -> HttpResponse {
    response.extensions_mut().insert(Streamed(PIECE));
    response
}

/// A file that is being sent.
struct SentFile {
    file: File,
    left: u64,
    ends: Instant,
    _place: SendPermit,
}

impl SentFile {
    /// Reads the next piece.
    fn read_piece(mut self) -> io::Result<(Bytes, Self)> {
        let size = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; size];
        self.file.read_exact(&mut piece)?;
        self.left -= u64::try_from(size).unwrap_or_default();
        Ok((piece.into(), self))
    }
}

/// Returns the pieces of a file. An error ends the connection, so that the client knows that the file is not whole.
fn pieces(sent: SentFile) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(sent, async |sent: SentFile| {
        if sent.left == 0 {
            return Ok(None);
        }
        if Instant::now() > sent.ends {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
        spawn_blocking(move || sent.read_piece()).await.map_err(io::Error::other)?.map(Some)
    })
}

/// Returns the failure of a package that was replaced between two looks at the folder.
fn replaced_package() -> Failure {
    Failure::new(Kind::Unready, "The package of the companion is being replaced at the moment.")
        .hint("Retry in a few seconds.")
        .retry_after(Duration::from_secs(5))
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    fn sent_file(size: u64, ends: Instant) -> (SendPermits, SentFile) {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &vec![7; 3 * PIECE]).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let places = SendPermits::default();
        let place = places.take(None).unwrap();
        (places, SentFile { file, left: size, ends, _place: place })
    }

    #[tokio::test]
    async fn a_file_is_sent_in_pieces() {
        let size = u64::try_from(2 * PIECE + 5).unwrap();
        let (_places, sent) = sent_file(size, Instant::now() + LIMIT);
        let pieces: Vec<Bytes> = pieces(sent).try_collect().await.unwrap();
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [PIECE, PIECE, 5]);
    }

    #[tokio::test]
    async fn a_file_that_shrank_or_takes_too_long_ends_with_an_error() {
        let long = u64::try_from(4 * PIECE).unwrap();
        for (size, ends, kind) in [
            (long, Instant::now() + LIMIT, io::ErrorKind::UnexpectedEof),
            (1, Instant::now(), io::ErrorKind::TimedOut),
        ] {
            let (_places, sent) = sent_file(size, ends);
            let ended = pieces(sent).try_collect::<Vec<_>>().await.unwrap_err();
            assert_eq!(ended.kind(), kind);
        }
    }
}
