//! The signature of a command, as OpenSRS' XCP guide defines it.

use covibe_domain::Secret;
use md5::{Digest as _, Md5};

/// Returns `md5(md5(body + key) + key)` in lower-case hexadecimal digits.
///
/// The vendor prescribes MD5. The connection's TLS protects the content; the signature only
/// identifies the sender.
pub(crate) fn sign(body: &[u8], key: &Secret) -> Secret {
    let key = key.expose().as_bytes();
    let inner = hex::encode(Md5::new().chain_update(body).chain_update(key).finalize());
    Secret::new(hex::encode(Md5::new().chain_update(inner).chain_update(key).finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_md5_digest_matches_the_vendors_example() {
        let digest = hex::encode(Md5::digest("ConnecttoOpenSRSviaSSL"));
        assert_eq!(digest, "e787cc1d1951dfec4827cede7b1a0933");
    }

    #[test]
    fn a_signature_matches_one_computed_with_pythons_hashlib() {
        // k = b"0123456789abcdef"; m = lambda b: hashlib.md5(b).hexdigest().encode()
        // m(m("<a>é</a>\n".encode() + k) + k)
        let key = Secret::new("0123456789abcdef");
        assert_eq!(sign("<a>é</a>\n".as_bytes(), &key).expose(), VECTOR);
        assert_ne!(sign("<a>é</a>".as_bytes(), &key).expose(), VECTOR);
    }

    const VECTOR: &str = "04674da60ccfa6efe9ca19a5af0b8863";
}
